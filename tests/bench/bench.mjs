// The benchmark: node bench.mjs --emulator FILE --tools FOLDER [--rounds N] [--seconds S]
//                     [--smoke] [--no-peers] [--only TEXT] [--out FOLDER]
//
// Runs each server in turn, and all of them in rounds, so that a slow minute of the machine meets
// everybody. Writes bench.json, bench.md and bench.svg into --out, and the tables to standard output.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as reach from './reach.mjs';
import { drawing, reachTable, tables } from './report.mjs';
import { catalogue, scratch } from './servers.mjs';
import * as work from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    emulator: { type: 'string' }, tools: { type: 'string' }, rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' }, smoke: { type: 'boolean', default: false },
    'no-peers': { type: 'boolean', default: false }, only: { type: 'string' }, out: { type: 'string' },
  },
});
const smoke = options.smoke;
const rounds = smoke ? 1 : Number(options.rounds);
const seconds = smoke ? 1 : Number(options.seconds);
const tools = { load: join(options.tools, 'bench_load'), receiver: join(options.tools, 'bench_receiver'), sender: join(options.tools, 'bench_sender'), start: join(options.tools, 'start_bench') };
const servers = catalogue({ emulator: options.emulator, tools: options.tools });
const say = (text) => process.stderr.write(`${text}\n`);

const steps = smoke ? [16] : [16, 64, 256, 1000, 10000];
const sizes = smoke ? [100] : [1_000, 100_000, 1_000_000];
const manyPollers = smoke ? 100 : 10_000;

// The workloads of one server in one round, by name.
function plan(name) {
  const common = { seconds, tools };
  const poll = (n, more = {}) => [`poll, ${n}${more.close ? ', closing' : ''}`, (s) => work.poll(s, n, { ...common, ...more })];
  const submit = (n) => [`submit, ${n}`, (s) => work.submit(s, n, common)];
  const lifecycle = (n) => [`lifecycle, ${n}`, (s) => work.lifecycle(s, n, common)];
  const whole = (method) => [`whole lifecycle, ${method}`, (s) => work.whole(s, smoke ? 4 : 64, method, common)];
  if (name === 'provider-emulator')
    return [
      ...steps.map((n) => poll(n)), poll(smoke ? 4 : 64, { close: true }),
      ...steps.map(submit), ...(smoke ? [16] : [64, 1000]).map(lifecycle), ...['none', 'HEAD', 'GET'].map(whole),
      [`poll BFL, ${smoke ? 16 : 64}`, (s) => work.pollBfl(s, smoke ? 16 : 64, common)],
      [`stream, ${smoke ? 16 : 64}`, (s) => work.stream(s, smoke ? 16 : 64, common)],
      ...work.pictureKinds.map((kind) => [`picture, ${kind}`, (s) => work.picture(s, kind, 16, { seconds, distinct: smoke ? 10 : 200 })]),
      ['pollers every 2 s', (s) => work.paced(s, manyPollers, { ...common, seconds: smoke ? 1 : 10, everyMs: smoke ? 200 : 2000 })],
      ['beside 200 held', (s) => work.beside(s, smoke ? 16 : 64, { seconds, held: smoke ? 10 : 200 })],
    ];
  if (name === 'bare epoll') return (smoke ? [16] : [64, 1000]).map((n) => poll(n));
  if (name === 'Beast alone') return (smoke ? [16] : [64, 1000]).flatMap((n) => [poll(n), submit(n)]);
  const peer = [poll(64), poll(1000), submit(64)];
  return name === 'aimock' ? [...peer, lifecycle(64)] : peer;
}

const wanted = (what) => !options.only || what.includes(options.only);
const results = {};
function keep(name, what, result) {
  ((results[name] ??= {})[what] ??= []).push(result);
  const p99 = result.p99 === undefined ? '' : `  p99 ${result.p99.toFixed(1)} ms`;
  const rate = result.rate === undefined ? '' : `  ${Math.round(result.rate)}/s`;
  say(`  ${name.padEnd(18)} ${what.padEnd(24)}${rate}${p99}${result.errors ? `  ${result.errors} ERRORS` : ''}`);
}

async function oneRound() {
  for (const [name, { start, peer }] of Object.entries(servers)) {
    if (peer && (smoke || options['no-peers'])) continue;
    const todo = plan(name).filter(([what]) => wanted(what));
    if (todo.length === 0) continue;
    let server = await start();
    if (!smoke && name !== 'bare epoll') await work.poll(server, 16, { seconds: 1 }); // a JVM warms up
    for (const [what, run] of todo) {
      const result = await run(server);
      result.peak = server.memory('VmHWM');
      keep(name, what, result);
      // What a run left behind must not weigh on the next.
      if (name === 'provider-emulator') {
        await server.stop();
        server = await start();
      }
    }
    await server.stop();
  }
}

async function onlyOnce() {
  const start = servers['provider-emulator'].start;
  const own = 'provider-emulator';
  if (wanted('start')) {
    const text = execFileSync(tools.start, [options.emulator, smoke ? '3' : '40'], { encoding: 'utf8' });
    const median = (line) => Number(text.match(new RegExp(`${line}\\s+median\\s+([\\d.]+)`))[1]);
    keep(own, 'start', { startMs: median('start to first answer'), idleMiB: median('resident memory'), stopMs: median('SIGTERM to exit') });
  }
  if (wanted('idle connections')) {
    const server = await start();
    keep(own, 'idle connections', await work.idleConnections(server, manyPollers, { tools }));
    await server.stop();
  }
  for (const [what, connections, everyMs] of [['beside webhooks', 64], ['paced beside webhooks', 400, 100]]) {
    if (!wanted(what)) continue;
    // Several processes: where one happens to lie in memory makes a difference of its own.
    for (let started = 0; started < (smoke ? 1 : 4); ++started) {
      const server = await start();
      const common = { seconds: smoke ? 1 : 4, tools, everyMs, count: smoke ? 100 : 10_000, pairs: smoke ? 1 : 4 };
      for (const one of await work.besideWebhooks(server, smoke ? 16 : connections, common)) keep(own, what, one);
      await server.stop();
    }
  }
  // Anew each time: how a process happens to lie in memory makes a difference of several percent.
  for (let time = 0; wanted('journal') && time < (smoke ? 1 : 10); ++time) {
    const pair = [await start(), await start(['--max-journal', '0'])];
    for (const one of await work.journalCost(pair, smoke ? 16 : 64, { seconds: 1, pairs: smoke ? 1 : 4 })) keep(own, 'journal', one);
    for (const server of pair) await server.stop();
  }
  await whatReachCosts(start, (what, figures) => keep(own, what, figures));
  // The same of findings: what the emulator thinks of its clients.
  for (const kind of ['polite polls', 'accused polls', 'submit'])
    for (let time = 0; wanted(`judge, ${kind}`) && time < (smoke ? 1 : 3); ++time) {
      const patient = kind === 'polite polls' ? ['--contract', new URL('patient.contract.yaml', import.meta.url).pathname] : [];
      const pair = [await start(patient), await start([...patient, '--max-watched', '0'])];
      const runs = { seconds, pairs: smoke ? 1 : 4, tasks: smoke ? 100 : 1_000, tools };
      for (const one of await work.judgeCost(pair, kind, smoke ? 16 : 64, runs)) keep(own, `judge, ${kind}`, one);
      for (const server of pair) await server.stop();
    }
  await whatStateCosts(start, (what, figures) => keep(own, what, figures));
  if (!wanted('tasks')) return;
  const server = await start(['--max-tasks', '2000000']);
  await work.fill(server, 1, { tools });
  let paths = [];
  let last = { count: 0, memory: server.memory() };
  for (const size of sizes) {
    paths = paths.concat(await work.fill(server, size - paths.length, { tools }));
    const memory = server.memory();
    // The journal fills while the first tasks are made, so the slope behind it is what a task takes.
    const each = (memory - last.memory) / (size - last.count);
    last = { count: size, memory };
    const sample = Array.from({ length: Math.min(size, 20_000) }, (_, i) => paths[Math.floor((i + 0.5) * size / Math.min(size, 20_000))]);
    for (let i = 0; i < (smoke ? 1 : 3); ++i)
      keep(own, `poll among ${size} tasks`, { ...(await work.pollAmong(server, sample, smoke ? 16 : 64, { seconds })), each, memory });
  }
  await server.stop();
}

// A file of state: submissions that wait for it, polls, and a start with many tasks in it.
async function whatStateCosts(start, keep) {
  let files = 0;
  const fresh = () => ['--state', join(scratch, `state-${++files}.db`)];
  for (const kind of ['submit', 'polls'])
    for (let time = 0; wanted(`state, ${kind}`) && time < (smoke ? 1 : 3); ++time) {
      const pair = [await start(fresh()), await start()];
      const runs = { seconds, pairs: smoke ? 1 : 4 };
      for (const one of await work.stateCost(pair, kind, smoke ? 16 : 64, runs)) keep(`state, ${kind}`, one);
      for (const server of pair) await server.stop();
    }
  if (!wanted('state, start')) return;
  const words = [...fresh(), '--max-tasks', '200000'];
  const before = await start(words);
  const [path] = await work.fill(before, smoke ? 100 : 100_000, { tools });
  await before.stop();
  for (let time = 0; time < (smoke ? 1 : 5); ++time) {
    const text = execFileSync(tools.start, [options.emulator, '1', ...words], { encoding: 'utf8' });
    const after = await start(words);
    const asked = performance.now();
    const { status } = await after.get(path, work.forever);
    const pollMs = performance.now() - asked;
    await after.stop();
    keep('state, start', { startMs: Number(text.match(/start to first answer\s+median\s+([\d.]+)/)[1]), pollMs, errors: status < 300 ? 0 : 1 });
  }
}

// TLS, handshakes and tunnels. A server is started anew where what went before would weigh on it.
async function whatReachCosts(start, keep) {
  const often = smoke ? 1 : 5;
  const served = async (what, measure) => {
    if (!wanted(what)) return;
    const ca = reach.ownCa();
    const server = await start(ca.words);
    try {
      await measure(server, ca);
    } finally {
      await server.stop();
    }
  };
  if (wanted('first handshake')) {
    await reach.firstHandshake(start); // the client warms up
    for (let i = 0; i < often; ++i) keep('first handshake', await reach.firstHandshake(start));
  }
  await served('poll over TLS', async (server) => {
    for (let i = 0; i < often; ++i) keep('poll over TLS', await reach.polls(server, smoke ? 4 : 64, { seconds }));
  });
  for (const version of ['TLSv1.2', 'TLSv1.3'])
    for (const again of [false, true]) {
      const what = `handshakes, ${version}${again ? ', taken up again' : ''}`;
      await served(what, async (server, ca) => {
        await reach.firstUse(server);
        for (let i = 0; i < (smoke ? 1 : 3); ++i)
          keep(what, await reach.handshakes(server, { seconds: smoke ? 0.2 : seconds, ca: ca.certificate(), version, again }));
      });
    }
  for (const secure of [false, true]) {
    const what = `idle connections${secure ? ' over TLS' : ', plain'}`;
    await served(what, async (server, ca) => {
      await reach.firstUse(server);
      keep(what, await reach.idle(server, smoke ? 40 : 1_000, { secure, ca: ca.certificate() }));
    });
  }
  await served('tunnel passed on', async (server) => {
    for (let i = 0; i < often; ++i) keep('tunnel passed on', await reach.tunnel(server, { bytes: smoke ? 2 ** 25 : 2 ** 30 }));
  });
}

const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}`;
const begun = Date.now();
for (let round = 1; round <= rounds; ++round) {
  say(`round ${round} of ${rounds}`);
  await oneRound();
}
await onlyOnce();

const settings = Object.fromEntries(Object.entries(servers).map(([name, { settings }]) => [name, settings]));
const whole = { date: new Date().toISOString().slice(0, 10), machine, rounds, seconds, minutes: (Date.now() - begun) / 60_000, settings, results };
const errors = Object.entries(results).flatMap(([name, all]) => Object.entries(all).flatMap(([what, runs]) =>
  runs.filter((run) => run.errors).map((run) => `${name}, ${what}: ${run.errors} errors`)));
if (!smoke) {
  const markdown = `${tables(whole)}\n${reachTable(whole)}`;
  process.stdout.write(markdown);
  if (options.out) {
    mkdirSync(options.out, { recursive: true });
    writeFileSync(join(options.out, 'bench.json'), `${JSON.stringify(whole, null, 1)}\n`);
    writeFileSync(join(options.out, 'bench.md'), markdown);
    writeFileSync(join(options.out, 'bench.svg'), drawing(whole));
    say(`written to ${options.out}: bench.json, bench.md, bench.svg`);
  }
}
const own = errors.filter((text) => text.startsWith('provider-emulator'));
for (const text of errors) say(text);
if (own.length > 0) process.exitCode = 1;
else if (smoke) process.stdout.write(`${Object.values(results).flatMap(Object.keys).length} measures, 0 errors\n`);
