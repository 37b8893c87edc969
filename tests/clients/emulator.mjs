// Starts the emulator for one test file and speaks its control API.
//
//   const emulator = await startEmulator({ clock: 'wall', args: ['--scenario', path] });
//   emulator.base                     "http://127.0.0.1:40123"
//   emulator.sandbox('my-key')        clock, tasks and requests of one sandbox
//   await emulator.stop()             fails unless the emulator ends by itself with code 0
//
// An API key names a sandbox, so tests that use different keys never meet.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startFleet } from './fleet.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

// A file of this folder, as a path that can be handed to the emulator.
export const here = name => fileURLToPath(new URL(name, import.meta.url));

export function binary() {
  const candidates = [
    process.env.EMULATOR_BINARY,
    join(root, 'build/release/emulator/provider-emulator'),
    join(root, 'build/dev/emulator/provider-emulator'),
  ].filter(path => path !== undefined);
  const found = candidates.find(path => existsSync(path));
  assert(found, `no emulator at ${candidates.join(', ')}; build it: cmake --build --preset release`);
  return found;
}

// What was found about the clients of a test file, a line each, into the file that EMULATOR_FINDINGS
// names: to see whether the real SDKs are accused of anything.
async function tellFindings(control) {
  for (const { name } of (await control('GET', 'sandboxes')).sandboxes) {
    const { findings } = await control('GET', `sandboxes/${encodeURIComponent(name)}/findings`);
    for (const one of findings)
      appendFileSync(
        String(process.env.EMULATOR_FINDINGS),
        `${one.severity} ${one.code} ${one.provider} ${one.sandbox}: ${one.what} (${one.requests.join(', ')})\n`,
      );
  }
}

// One process that serves; `stop` fails unless it ends by itself with code 0.
async function startOne({ clock, seed, wanted, args }) {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-clients-'));
  const portFile = join(folder, 'port');
  const child = spawn(
    binary(),
    ['serve', '--port', String(wanted), '--port-file', portFile, '--clock', clock, '--seed', String(seed), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => (stdout += chunk));
  child.stderr.on('data', chunk => (stderr += chunk));
  const ended = new Promise(resolve => {
    child.on('error', error => resolve(String(error)));
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  let over;
  ended.then(how => (over = how));

  // The file appears, whole, once requests are answered.
  const deadline = performance.now() + 15_000;
  while (!existsSync(portFile)) {
    if (over !== undefined || performance.now() > deadline) {
      child.kill('SIGKILL');
      assert.fail(`the emulator did not start (${over ?? 'no port file'}): ${stderr || stdout}`);
    }
    await sleep(5);
  }
  const port = Number(readFileSync(portFile, 'utf8'));
  assert(port > 0 && port < 65536, `no port in the port file: ${readFileSync(portFile, 'utf8')}`);
  return {
    port,
    pid: child.pid,
    said: () => stderr,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      const code = await ended;
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
      assert.equal(code, 0, `the emulator ended with ${code}: ${stderr}`);
      assert.equal(stdout.split('\n')[0], `listening on http://127.0.0.1:${port}`);
    },
  };
}

export async function startEmulator({ clock = 'manual', seed = 1, port: wanted = 0, args = [] } = {}) {
  const one = more => startOne({ clock, seed, wanted, args: [...args, ...more] });
  const { port, pid, said, stop } = process.env.EMULATOR_FLEET && wanted === 0 ? await startFleet(one) : await one([]);
  const base = `http://127.0.0.1:${port}`;

  // `text`: a body that is no JSON, such as a scenario in YAML.
  async function control(method, path, body, text) {
    const response = await fetch(`${base}/_emulator/${path}`, {
      method,
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: text ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const answer = await response.text();
    assert(response.ok, `${method} ${path} answered ${response.status}: ${answer}`);
    return answer === '' ? null : JSON.parse(answer);
  }

  return {
    base,
    port,
    pid,
    said,
    control,
    sandbox(name) {
      const at = `sandboxes/${encodeURIComponent(name)}`;
      return {
        name,
        clock: change => control('POST', `${at}/clock`, change),
        advance: by => control('POST', `${at}/clock`, { advance: by }),
        freeze: () => control('POST', `${at}/clock`, { freeze: true }),
        tasks: async () => (await control('GET', `${at}/tasks`)).tasks,
        requests: async (query = '') => (await control('GET', `${at}/requests${query}`)).requests,
      };
    },
    async stop() {
      if (process.env.EMULATOR_FINDINGS) await tellFindings(control);
      await stop();
    },
  };
}
