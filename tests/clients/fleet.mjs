// Three emulators with one Redis, behind a real balancer that hands requests round, one after the
// other: for a client they are one emulator. With EMULATOR_FLEET=1 the tests of this folder have
// that in the place of one process (emulator.mjs).
//
//   const fleet = await startFleet(start);
//   fleet.port                        the balancer's
//   await fleet.stop()
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const emulators = 3;

// Neither Redis nor HAProxy tells which port it was given, so one is looked for.
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(/** @type {import('node:net').AddressInfo} */ (address).port));
    });
  });

const answers = port =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false)).on('connect', () => socket.end());
  });

async function comesTrue(what, asked) {
  const deadline = performance.now() + 15_000;
  while (!(await asked().catch(() => false))) {
    assert(performance.now() < deadline, `${what} did not start`);
    await sleep(10);
  }
}

function program(words) {
  const child = spawn(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise(resolve => {
    child.on('error', error => resolve(error));
    child.on('exit', resolve);
  });
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const balancer = (front, ports) => `
defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 120s
frontend front
  bind 127.0.0.1:${front}
  default_backend all
backend all
  balance roundrobin
  http-reuse always
${ports.map((port, i) => `  server s${i} 127.0.0.1:${port}`).join('\n')}
`;

// `start(flags)` starts one emulator with further flags and gives `{ port, pid, said(), stop() }`.
export async function startFleet(start) {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-fleet-'));
  const store = await freePort();
  const redis = program(['redis-server', '--port', String(store), '--bind', '127.0.0.1', '--save', '', '--dir', folder, '--loglevel', 'warning']);
  const members = [];
  let proxy;
  const stop = async () => {
    await proxy?.stop();
    const ends = await Promise.allSettled(members.map(one => one.stop()));
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
  try {
    await comesTrue('redis-server', () => answers(store));
    const flags = ['--state', `redis://127.0.0.1:${store}/0`, '--state-wait', '60000'];
    for (let i = 0; i < emulators; i++) members.push(await start(flags));
    const front = await freePort();
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, balancer(front, members.map(one => one.port)));
    proxy = program(['haproxy', '-q', '-db', '-f', file]);
    await comesTrue('haproxy', async () => (await fetch(`http://127.0.0.1:${front}/_emulator/health`)).ok);
    return { port: front, pid: members[0].pid, said: () => members.map(one => one.said()).join(''), stop };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}
