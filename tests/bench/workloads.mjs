// What is measured, server by server. Each workload returns figures as load.mjs has them.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { load, rawRequest, wrk } from './load.mjs';
import { model } from './peers/configure.mjs';

const fal = { authorization: 'Key bench:x', 'x-fal-target-host': 'queue.fal.run' };
export const forever = { ...fal, authorization: 'Key forever:x' };
const prompt = { prompt: 'a red apple on a wooden table, soft morning light' };
const idleMs = 500;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function ticket(server, headers = fal) {
  const { status, body } = await server.post(model, prompt, headers);
  if (status !== 200) throw new Error(`${server.name} answered a submission with ${status}: ${JSON.stringify(body)}`);
  return `${model}/requests/${body.request_id}/status`;
}

export async function poll(server, connections, { seconds, close }) {
  const path = server.name === 'bare epoll' ? '/' : await ticket(server);
  return wrk(server, { path, headers: fal, connections, seconds, close });
}

export const submit = (server, connections, { seconds }) =>
  wrk(server, { path: model, method: 'POST', body: prompt, headers: fal, connections, seconds });

// Submit, poll to the end, fetch the result. One is three requests here, each after the other.
export const lifecycle = (server, connections, { seconds, tools }) =>
  load(tools.load, server, 'lifecycle', [connections, seconds, model, 'queue.fal.run']);

// The same with a webhook, which is waited for, and a picture of four megapixels that is fetched
// (GET), asked about (HEAD) or left alone (none).
export const whole = (server, connections, method, { seconds, tools }) =>
  load(tools.load, server, 'whole', [connections, seconds, model, 'queue.fal.run', method]);

export async function stream(server, connections, { seconds, tools }) {
  const path = `${await ticket(server)}/stream`;
  return load(tools.load, server, 'stream', [connections, seconds], { path, headers: fal });
}

export async function pollBfl(server, connections, { seconds }) {
  const headers = { 'x-key': 'bench' };
  const { body } = await server.post('/bfl/v1/flux-dev', prompt, headers);
  const path = new URL(body.polling_url);
  return wrk(server, { path: path.pathname + path.search, headers, connections, seconds });
}

const pictures = {
  'JPEG 2752x1536': ['flux-pro-1.1-ultra', { aspect_ratio: '16:9', output_format: 'jpeg' }],
  'PNG 2752x1536': ['flux-pro-1.1-ultra', { aspect_ratio: '16:9', output_format: 'png' }],
  'PNG 1024x1024': ['flux-dev', { width: 1024, height: 1024, output_format: 'png' }],
};
export const pictureKinds = Object.keys(pictures);

// Each download is another picture: nothing is kept between them, and there are 200 to go round.
export async function picture(server, kind, connections, { seconds, distinct = 200 }) {
  const [endpoint, wishes] = pictures[kind];
  const headers = { 'x-key': 'bench' };
  const paths = [];
  let bytes = 0;
  for (let i = 0; i < distinct; ++i) {
    const { body } = await server.post(`/bfl/v1/${endpoint}`, { prompt: `picture ${i}`, seed: i, ...wishes }, headers);
    const polled = await server.get(new URL(body.polling_url).pathname + new URL(body.polling_url).search);
    const link = new URL(JSON.parse(polled.body).result.sample);
    paths.push(link.pathname + link.search);
  }
  bytes = (await (await fetch(`http://127.0.0.1:${server.port}${paths[0]}`)).arrayBuffer()).byteLength;
  return { ...(await wrk(server, { paths, connections, seconds })), bytes };
}

// Pollers that come by the clock, as applications do.
export async function paced(server, connections, { seconds, everyMs, tools }) {
  const path = await ticket(server, forever);
  return load(tools.load, server, 'paced', [connections, seconds, everyMs], { path, headers: forever });
}

// The p99 of polls, alone and beside replies that a scenario holds back for ten seconds.
export async function beside(server, connections, { seconds, held }) {
  const path = await ticket(server);
  const polls = () => wrk(server, { path, headers: fal, connections, seconds });
  const alone = await polls();
  const request = rawRequest(server, { path: model, method: 'POST', body: prompt, headers: { ...fal, authorization: 'Key held:x' } });
  const sockets = await Promise.all(Array.from({ length: held }, () => new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  })));
  let early = 0;
  for (const socket of sockets) {
    socket.on('data', () => { early += 1; });
    socket.write(request);
  }
  await pause(idleMs);
  const with_ = await polls();
  const answered = early;
  sockets.forEach((socket) => socket.destroy());
  return { ...with_, alone: alone.p99, errors: with_.errors + alone.errors + answered };
}

// A receiver of webhooks that takes its time, as a process of its own.
async function slowReceiver(tool, ms) {
  const child = spawn(tool, [String(ms)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = new Promise((_, reject) => { child.once('error', reject); });
  const told = () => Promise.race([failed, new Promise((resolve) => {
    child.stdout.once('data', (text) => resolve(Number(text)));
  })]);
  const port = await told();
  return {
    port,
    count: () => { child.stdin.write('?\n'); return told(); },
    stop: () => child.stdin.end(),
  };
}

// The p99 of polls, alone and beside `count` webhooks that another sandbox has to deliver to one
// slow receiver, in pairs. All of them come due while the last measurement of a pair runs. Between
// the two, the same polls beside as many requests a second of a sender that has nothing to do with
// the emulator: what receiver and connections take of the machine, whoever sends.
export async function besideWebhooks(server, connections, { seconds, count, pairs, tools, everyMs }) {
  const slowMs = 200, places = 32; // an emulator's for one sandbox, --max-webhook-share
  const receiver = await slowReceiver(tools.receiver, slowMs);
  const hook = encodeURIComponent(`http://127.0.0.1:${receiver.port}/`);
  const path = await ticket(server, everyMs ? forever : fal);
  const polls = () => (everyMs
    ? load(tools.load, server, 'paced', [connections, seconds, everyMs], { path, headers: forever })
    : wrk(server, { path, headers: fal, connections, seconds }));
  const control = async (call, body) => {
    const { status, body: answer } = await server.post(`/_emulator/sandboxes/hooks/${call}`, body);
    if (status !== 200) throw new Error(`${call} answered ${status}: ${JSON.stringify(answer)}`);
  };
  const out = [];
  for (let i = 0; i < pairs; ++i) {
    await control('clock', { freeze: true });
    const made = await load(tools.load, server, 'count', [64, count], {
      path: `${model}?fal_webhook=${hook}`, method: 'POST', body: prompt,
      headers: { ...fal, authorization: 'Key hooks:x' },
    });
    const before = await receiver.count();
    const alone = await polls();
    const early = (await receiver.count()) - before;
    const sender = spawn(tools.sender, [receiver.port, slowMs * 1000 / places].map(String), { stdio: ['pipe', 'ignore', 'inherit'] });
    const bare = await polls();
    sender.stdin.end();
    await new Promise((resolve) => { sender.once('exit', resolve); });
    await pause(2 * slowMs);
    const sent = (await receiver.count()) - before - early;
    await control('clock', { freeze: false });
    const with_ = await polls();
    const came = (await receiver.count()) - before - early - sent;
    await control('reset', {});
    await pause(idleMs);
    const rows = everyMs ? { rowsAlone: alone.p99OfRows, rowsBare: bare.p99OfRows, rows: with_.p99OfRows } : {};
    out.push({ ...with_, ...rows, alone: alone.p99, bare: bare.p99, sent, came, errors: with_.errors + alone.errors + bare.errors + made.errors + early + (came > 0 && sent > 0 ? 0 : 1) });
  }
  receiver.stop();
  return out;
}

// What a part of the server costs: each measure of one that has it beside the same of one that has
// not, in turn, so that whoever comes second gains nothing by it.
async function inPairs([on, off], measure, pairs) {
  const out = [];
  for (let i = 0; i < pairs; ++i) {
    const first = i % 2 === 0;
    const a = first ? await measure(on) : null;
    const b = await measure(off);
    const c = a ?? (await measure(on));
    out.push({ ...c, off: b.rate, offPerCpu: b.perCpu, errors: c.errors + b.errors });
  }
  return out;
}

// What the journal costs: the same polls of one server that keeps one, and of one that keeps none.
export async function journalCost(pair, connections, { seconds, pairs }) {
  for (const server of pair) server.path = await ticket(server);
  return inPairs(pair, (server) => wrk(server, { path: server.path, headers: fal, connections, seconds }), pairs);
}

// The same of a server that judges its clients and one that does not. Whoever polls one task with
// all connections is accused at every poll; who polls many in turn, of a patient provider, never.
export async function judgeCost(pair, kind, connections, { seconds, pairs, tasks, tools }) {
  if (kind === 'submit') return inPairs(pair, (server) => submit(server, connections, { seconds }), pairs);
  for (const server of pair) server.paths = await fill(server, kind === 'polite polls' ? tasks : 1, { tools });
  return inPairs(pair, (server) => wrk(server, { paths: server.paths, headers: forever, connections, seconds }), pairs);
}

// The same of a server that writes what it answers to a file of state, and one that does not.
export async function stateCost(pair, kind, connections, { seconds, pairs }) {
  if (kind === 'submit') return inPairs(pair, (server) => submit(server, connections, { seconds }), pairs);
  return journalCost(pair, connections, { seconds, pairs });
}

// Bytes of memory for each of `count` idle connections, after one request each.
export async function idleConnections(server, count, { tools }) {
  const before = server.memory();
  const path = await ticket(server, forever);
  let largest = 0;
  const watch = setInterval(() => { largest = Math.max(largest, server.memory()); }, 100);
  const result = await load(tools.load, server, 'paced', [count, 3, 60_000], { path, headers: forever });
  clearInterval(watch);
  return { ...result, each: (largest - before) / count };
}

// Makes live tasks up to `count` in all; returns their status paths.
export async function fill(server, count, { tools }) {
  const made = await load(tools.load, server, 'count', [64, count], { path: model, method: 'POST', body: prompt, headers: forever });
  if (made.errors > 0) throw new Error(`${made.errors} of ${count} submissions failed`);
  return made.ids.map((id) => `${model}/requests/${id}/status`);
}

export const pollAmong = (server, paths, connections, { seconds }) =>
  wrk(server, { paths, headers: forever, connections, seconds });
