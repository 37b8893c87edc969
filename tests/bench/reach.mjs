// What TLS, tunnels and the CA cost, beside plain HTTP of the same run: over loopback, against the
// optimized binary. Each workload returns figures as load.mjs has them, or figures of its own.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect as connectSecure } from 'node:tls';
import { wrk } from './load.mjs';
import { scratch } from './servers.mjs';
import { ticket } from './workloads.mjs';

const fal = { authorization: 'Key bench:x', 'x-fal-target-host': 'queue.fal.run' };
const name = 'api.bfl.ai';

// A server's words for a CA of its own, made at its first handshake.
export function ownCa() {
  const folder = mkdtempSync(join(scratch, 'ca-'));
  return { words: ['--ca-dir', join(folder, 'ca')], certificate: () => readFileSync(join(folder, 'ca', 'ca.pem')) };
}

const once = (emitter, event) => new Promise((resolve, reject) => {
  emitter.once(event, resolve);
  emitter.once('error', reject);
});

// Polls by connections that stay, plain and over TLS one after the other.
export async function polls(server, connections, { seconds }) {
  const path = await ticket(server);
  const plain = await wrk(server, { path, headers: fal, connections, seconds });
  const secure = await wrk(server, { path, headers: fal, connections, seconds, secure: true });
  return {
    ...secure, plainRate: plain.rate, ofPlain: secure.rate / plain.rate, ofPlainCpu: secure.perCpu / plain.perCpu,
    // A measure in which nothing was answered is none.
    errors: plain.errors + secure.errors + (secure.requests === 0 ? 1 : 0),
  };
}

// The CA and a certificate are made, so that what is measured next meets them made.
export async function firstUse(server) {
  const socket = connectSecure({ host: '127.0.0.1', port: server.port, servername: name, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.destroy();
}

// One handshake whose certificate is verified; ends once both sides have closed.
async function shake(port, options) {
  const socket = connectSecure({ host: '127.0.0.1', port, servername: name, ...options });
  const closed = once(socket, 'close');
  await once(socket, 'secureConnect');
  const resumed = socket.isSessionReused();
  socket.resume();
  socket.end();
  await closed;
  return resumed;
}

// A session that can be taken up again: TLS 1.3 hands it over behind the handshake.
async function sessionOf(port, options) {
  const socket = connectSecure({ host: '127.0.0.1', port, servername: name, ...options });
  const session = await once(socket, 'session');
  socket.destroy();
  return session;
}

// Handshakes a second of the server's processor time. The client's own work is not in it, so one core
// of both is enough to find out what one core of the server could do.
export async function handshakes(server, { seconds, ca, version, again }) {
  const options = { minVersion: version, maxVersion: version, ca };
  if (again) options.session = await sessionOf(server.port, options);
  let requests = 0, errors = 0;
  const before = server.cpu(), from = performance.now();
  const worker = async () => {
    while (performance.now() - from < seconds * 1000) {
      if (await shake(server.port, options) !== again) errors += 1;
      requests += 1;
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  const cpu = server.cpu() - before, passed = (performance.now() - from) / 1000;
  return { requests, errors, cpu, rate: requests / passed, perCpu: cpu > 0 ? requests / cpu : null };
}

// The first handshake of a server that has no CA yet: the CA and a certificate are made for it. What
// the server takes of memory before and behind it.
export async function firstHandshake(start) {
  const own = ownCa();
  const server = await start(own.words);
  const idle = server.memory();
  const from = performance.now();
  await firstUse(server);
  const ms = performance.now() - from;
  const result = { ms, idle, after: server.memory(), errors: 0 };
  await server.stop();
  return result;
}

const question = 'GET /_emulator/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

// What an idle connection takes of the server's memory, each having asked once.
export async function idle(server, count, { secure, ca }) {
  const open = () => (secure ? connectSecure({ host: '127.0.0.1', port: server.port, servername: name, ca })
    : connectPlain(server.port, '127.0.0.1'));
  const ask = async () => {
    const socket = open();
    await once(socket, secure ? 'secureConnect' : 'connect');
    socket.write(question);
    await once(socket, 'data');
    return socket;
  };
  // What is made once for all connections is not theirs.
  const sockets = [await ask()];
  const before = server.memory();
  while (sockets.length <= count) sockets.push(...await Promise.all(Array.from({ length: 20 }, ask)));
  const each = (server.memory() - before) / (sockets.length - 1);
  for (const socket of sockets) socket.destroy();
  return { each, errors: 0 };
}

// A far side that sends `bytes` to whoever connects and says something.
const sender = `
const piece = Buffer.alloc(1 << 20);
require('node:net').createServer(socket => {
  socket.on('error', () => {});
  socket.once('data', () => {
    let left = Number(process.argv[1]);
    const more = () => { while (left > 0) { left -= piece.length; if (!socket.write(piece)) return socket.once('drain', more); } socket.end(); };
    more();
  });
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
process.stdin.on('end', () => process.exit()).resume();`;

// Reads to the end without keeping anything; with `to`, by a tunnel to it. MB a second.
function taken(port, bytes, to) {
  return new Promise((resolve, reject) => {
    let got = 0, from, head = to ? '' : undefined;
    const begin = () => { from = performance.now(); socket.write('go'); };
    const socket = connectPlain({
      port, host: '127.0.0.1',
      onread: {
        buffer: Buffer.alloc(1 << 20),
        callback(size, buffer) {
          if (head === undefined) { got += size; return true; }
          head += buffer.toString('latin1', 0, size);
          if (!head.includes('\r\n\r\n')) return true;
          if (!head.startsWith('HTTP/1.1 200')) { reject(new Error(head)); return false; }
          head = undefined;
          begin();
          return true;
        },
      },
    }, () => (to ? socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`) : begin()));
    socket.resume(); // else the end is never told
    socket.once('error', reject);
    socket.once('close', () => (got === bytes ? resolve(got / 1e6 / ((performance.now() - from) / 1000))
      : reject(new Error(`${got} of ${bytes} bytes came`))));
  });
}

// What goes through a tunnel that is passed on, both ends on this machine; beside it the same
// without a tunnel, which is what sender and reader can do.
export async function tunnel(server, { bytes }) {
  const far = spawn(process.execPath, ['-e', sender, String(bytes)], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const port = Number(await once(far.stdout, 'data'));
    const direct = await taken(port, bytes);
    const before = server.cpu();
    const passed = await taken(server.port, bytes, `127.0.0.1:${port}`);
    const cpu = server.cpu() - before;
    return { mbs: passed, direct, mbsCpu: cpu > 0 ? bytes / 1e6 / cpu : null, errors: 0 };
  } finally {
    far.stdin.end();
    await once(far, 'exit');
  }
}
