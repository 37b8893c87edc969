// The first half of the action: gets the binary, starts it for the rest of the job, and exports what
// points SDKs at it.
import { createHash } from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addPath, folder, input, step, tell } from './runner.mjs';

const PATIENCE = 20_000; // ms for the start of the emulator

// Names of machines as the archives have them.
const machines = { x64: 'x86_64', arm64: 'aarch64' };

function version() {
  const text = readFileSync(fileURLToPath(new URL('../../CMakeLists.txt', import.meta.url)), 'utf8');
  return /^project\(.* VERSION ([0-9.]+) /m.exec(text)[1];
}

function archiveAddress() {
  if (input('archive')) return input('archive');
  const machine = machines[process.arch];
  if (process.platform !== 'linux' || !machine)
    throw new Error(`there is no archive for ${process.platform} ${process.arch}; use a Linux runner`);
  const repository = process.env.GITHUB_ACTION_REPOSITORY;
  if (!repository) throw new Error('a local copy of this action needs the input archive');
  const server = process.env.GITHUB_SERVER_URL ?? 'https://github.com';
  return `${server}/${repository}/releases/download/v${version()}/provider-emulator-${version()}-linux-${machine}.tar.gz`;
}

async function bytesOf(address) {
  if (!/^https?:/.test(address)) {
    if (!existsSync(address)) throw new Error(`there is no file ${address} (input archive)`);
    return readFileSync(address);
  }
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
}

// What the archive's digest has to be; a missing list is no leave to go without.
async function expectedDigest(address) {
  if (input('sha256')) return input('sha256').toLowerCase();
  const name = basename(address);
  const list = `${address.slice(0, address.length - name.length)}SHA256SUMS`;
  const lines = (await bytesOf(list)).toString().split('\n');
  const line = lines.find(one => one.endsWith(`  ${name}`));
  if (!line) throw new Error(`${list} does not name ${name}; give the input sha256`);
  return line.split(' ')[0];
}

async function unpack(into) {
  const address = archiveAddress();
  const bytes = await bytesOf(address);
  const expected = await expectedDigest(address);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== expected) throw new Error(`${address} has the SHA-256 ${digest}, not ${expected}`);
  rmSync(into, { recursive: true, force: true });
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'archive.tar.gz'), bytes);
  const done = spawnSync('tar', ['xzf', 'archive.tar.gz', '--strip-components=1'], { cwd: into, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${address} cannot be unpacked: ${done.stderr}`);
  rmSync(join(into, 'archive.tar.gz'));
  const program = join(into, 'provider-emulator');
  if (!existsSync(program)) throw new Error(`${address} holds no provider-emulator`);
  return program;
}

async function start(program, into) {
  const log = openSync(join(into, 'log'), 'w');
  const more = input('args').split('\n').map(one => one.trim()).filter(one => one !== '');
  const flags = ['serve', '--port', '0', '--port-file', join(into, 'port'), ...more];
  if (input('scenario')) flags.push('--scenario', input('scenario'));
  const child = spawn(program, flags, { detached: true, stdio: ['ignore', log, log] });
  let over;
  child.on('error', problem => (over = problem.message));
  child.on('exit', code => (over ??= `it ended with code ${code}`));
  const deadline = performance.now() + PATIENCE;
  while (!existsSync(join(into, 'port'))) {
    if (over !== undefined || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`the emulator did not start (${over ?? 'no answer'}): ${readFileSync(join(into, 'log'), 'utf8').trim()}`);
    }
    await pause(10);
  }
  child.unref();
  return { pid: child.pid, url: `http://127.0.0.1:${readFileSync(join(into, 'port'), 'utf8').trim()}` };
}

function environment(program, url) {
  const words = ['env', '--url', url, '--format', 'json'];
  if (input('intercept') === 'true') words.push('--intercept');
  const done = spawnSync(program, words, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`env failed: ${done.stderr.trim()}`);
  return JSON.parse(done.stdout);
}

await step(async () => {
  if (!['', 'true', 'false'].includes(input('intercept')))
    throw new Error(`the input intercept is ${input('intercept')}; true and false are known`);
  if (!['', 'error', 'warning'].includes(input('fail-on')))
    throw new Error(`the input fail-on is ${input('fail-on')}; error and warning are known`);
  const into = folder();
  const program = await unpack(into);
  const { pid, url } = await start(program, into);
  tell('GITHUB_STATE', 'pid', String(pid));
  tell('GITHUB_STATE', 'url', url);
  addPath(into);
  for (const [name, value] of Object.entries(environment(program, url))) tell('GITHUB_ENV', name, value);
  tell('GITHUB_OUTPUT', 'url', url);
  tell('GITHUB_OUTPUT', 'control-url', `${url}/_emulator`);
  console.log(`provider-emulator ${version()} at ${url}`);
});
