// The servers under test: each is started on a free port, waited for, measured by /proc, stopped.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configure } from './peers/configure.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ticksPerSecond = 100;
const startLimitMs = 60_000;

export const scratch = mkdtempSync(join(tmpdir(), 'emulator-bench-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

// All processes of a program started here, children included.
function family(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

export class Server {
  constructor(name, port, child) {
    Object.assign(this, { name, port, child });
  }

  // Seconds of processor time used so far, user and system.
  cpu() {
    return family(this.child.pid).reduce((sum, pid) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
      return sum + (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    }, 0);
  }

  // Resident memory in bytes: now, and the most there ever was.
  memory(field = 'VmRSS') {
    return family(this.child.pid).reduce((sum, pid) => {
      const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`${field}:\\s+(\\d+)`));
      return sum + Number(line[1]) * 1024;
    }, 0);
  }

  async get(path, headers = {}) {
    const reply = await fetch(`http://127.0.0.1:${this.port}${path}`, { headers });
    return { status: reply.status, body: await reply.text() };
  }

  async post(path, body, headers = {}) {
    const reply = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers },
    });
    return { status: reply.status, body: await reply.json() };
  }

  stop() {
    return new Promise((resolve) => {
      this.child.once('exit', resolve);
      for (const pid of family(this.child.pid)) process.kill(pid, 'SIGKILL');
    });
  }
}

async function started(name, command, args, { port, printsPort = false } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: here });
  let output = '';
  child.stdout.on('data', (text) => { output += text; });
  child.stderr.on('data', (text) => { output += text; });
  let ended = false;
  child.once('exit', () => { ended = true; });
  child.once('error', (error) => { ended = true; output += error.message; });
  const until = Date.now() + startLimitMs;
  while (Date.now() < until && !ended) {
    const told = output.match(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
    const known = printsPort ? told && Number(told[1]) : port;
    if (known) {
      try {
        await fetch(`http://127.0.0.1:${known}/`);
        return new Server(name, known, child);
      } catch { /* not yet */ }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (!ended) child.kill('SIGKILL');
  throw new Error(`${name} did not start: ${output.slice(-2000)}`);
}

const bin = (name) => join(here, 'node_modules', '.bin', name);

// Each by name: how it is started, and its settings in words.
export function catalogue(folders) {
  const tool = (name) => join(folders.tools, name);
  return {
    'provider-emulator': {
      settings: 'static release build, journal on (10,000 entries), log off',
      start: (extra = [], program = folders.emulator) => started('provider-emulator', program,
        ['serve', '--port', '0', '--log', 'off', '--seed', '1', '--scenario', join(here, 'bench.scenario.yaml'), ...extra], { printsPort: true }),
    },
    'bare epoll': {
      settings: 'own program, one thread, parses nothing, one fixed reply of 420 bytes; GET only',
      start: () => started('bare epoll', tool('bench_bare'), ['420'], { printsPort: true }),
    },
    'Beast alone': {
      settings: 'own program, one thread, Beast and nlohmann/json, the same two calls and no more',
      start: () => started('Beast alone', tool('bench_beast'), [], { printsPort: true }),
    },
    aimock: {
      peer: true,
      settings: '@copilotkit/aimock 1.43.0 by its API, log silent, its journal at its default',
      start: async () => {
        const port = await freePort();
        return started('aimock', process.execPath, ['peers/aimock.mjs', String(port)], { port });
      },
    },
    WireMock: {
      peer: true,
      settings: 'wiremock 3.13.2, --no-request-journal --disable-request-logging, 32 container threads, JVM at its defaults',
      start: async () => {
        const port = await freePort();
        const folder = join(here, 'node_modules', 'wiremock', 'build');
        const jar = join(folder, readdirSync(folder).find((name) => name.endsWith('.jar')));
        return started('WireMock', 'java', ['-jar', jar, '--port', String(port), '--bind-address', '127.0.0.1',
          '--no-request-journal', '--disable-request-logging', '--disable-banner', '--container-threads', '32',
          '--root-dir', configure.wiremock(join(scratch, 'wiremock'))], { port });
      },
    },
    Mockoon: {
      peer: true,
      settings: '@mockoon/cli 9.9.0, templating off, no log file, one kept transaction',
      start: async () => {
        const port = await freePort();
        return started('Mockoon', bin('mockoon-cli'), ['start', '--data', configure.mockoon(join(scratch, 'mockoon.json'), port),
          '--disable-log-to-file', '--disable-admin-api', '--max-transaction-logs', '1', '--port', String(port)], { port });
      },
    },
    Prism: {
      peer: true,
      settings: '@stoplight/prism-cli 5.16.0 mock, examples, log silent',
      start: async () => {
        const port = await freePort();
        return started('Prism', bin('prism'), ['mock', configure.prism(join(scratch, 'prism.json')), '--port', String(port),
          '--verboseLevel', 'silent'], { port });
      },
    },
  };
}
