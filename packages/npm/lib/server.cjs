// The one emulator of a run: joined through EMULATOR_CONTROL_URL, else started once, by whoever
// comes first, and gone with the run.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { join } = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');
const { binary } = require('./binary.cjs');
const { Control, EmulatorError } = require('./control.cjs');
const { alive, runFolder, runMark, runProcess } = require('./run.cjs');

const PATIENCE = 15_000; // ms for the start of a server
const STEP = 4; // ms between two looks at a file

function readJson(path) {
  try {
    return JSON.parse(fs.readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function writeWhole(path, text) {
  fs.writeFileSync(`${path}.${process.pid}`, text, { mode: 0o600 });
  fs.renameSync(`${path}.${process.pid}`, path);
}

// The last lines a server said, for an error message.
function lastWords(folder) {
  try {
    const lines = fs.readFileSync(join(folder, 'log'), 'utf8').trim().split('\n');
    return lines.slice(-5).join('\n  ');
  } catch {
    return '';
  }
}

function flags(args, env, folder, pid) {
  const given = name => args.some(one => one === name || one.startsWith(`${name}=`));
  const out = ['serve', '--port-file', join(folder, 'port'), '--exit-with', String(pid)];
  if (!given('--port')) out.push('--port', env.EMULATOR_PORT ?? '0');
  if (!given('--host')) out.push('--host', '127.0.0.1');
  if (!given('--seed')) out.push('--seed', env.EMULATOR_SEED ?? '1');
  if (!given('--log')) out.push('--log', env.EMULATOR_LOG ?? 'off');
  return [...out, ...args];
}

// Starts the server of a run; its files are in `folder`.
async function launch(folder, pid, args, env) {
  const program = binary(env);
  const log = fs.openSync(join(folder, 'log'), 'w', 0o600);
  fs.rmSync(join(folder, 'port'), { force: true });
  const child = spawn(program, flags(args, env, folder, pid), {
    stdio: ['ignore', log, log],
    // A signal that the terminal sends to the run must not end the emulator before the tests have.
    detached: true,
    env,
  });
  fs.closeSync(log);
  child.unref();
  let over;
  child.on('error', error => (over = error.message));
  child.on('exit', (code, signal) => (over ??= signal ? `signal ${signal}` : `code ${code}`));
  const deadline = performance.now() + PATIENCE;
  while (!fs.existsSync(join(folder, 'port'))) {
    if (over !== undefined || performance.now() > deadline) {
      if (over === undefined) child.kill('SIGKILL');
      throw new EmulatorError(
        `the emulator did not start (${over ?? `no answer in ${PATIENCE / 1000} s`}): ` +
          (lastWords(folder) || program),
        { code: 'not_started' },
      );
    }
    await pause(STEP);
  }
  const port = fs.readFileSync(join(folder, 'port'), 'utf8').trim();
  const at = args.indexOf('--control-token');
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}`,
    token: at < 0 ? env.EMULATOR_CONTROL_TOKEN : args[at + 1],
  };
}

// Whoever makes the lock starts the server; the others wait for its file.
async function joinOrLaunch(folder, pid, args, env) {
  const file = join(folder, 'server.json');
  const lock = join(folder, 'lock');
  const deadline = performance.now() + 2 * PATIENCE;
  for (;;) {
    const known = readJson(file);
    if (known !== undefined) return known;
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = Number(readText(lock));
      // Ended in the middle of it. Two that see this at once may both remove the lock; the second
      // then finds the file, or one server too many that ends with the run.
      if (holder > 0 && !alive(holder)) fs.rmSync(lock, { force: true });
      if (performance.now() > deadline)
        throw new EmulatorError(`the emulator of this run did not start; see ${join(folder, 'log')}`, {
          code: 'not_started',
        });
      await pause(STEP);
      continue;
    }
    try {
      // Whoever had the lock may have started it since the file was looked for.
      const known = readJson(file);
      if (known !== undefined) return known;
      const server = await launch(folder, pid, args, env);
      writeWhole(file, JSON.stringify(server));
      return server;
    } finally {
      fs.rmSync(lock, { force: true });
    }
  }
}

function readText(path) {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

class Server {
  constructor({ url, token, pid, folder, joined }) {
    this.url = url;
    this.token = token || undefined;
    this.pid = pid;
    this.folder = folder;
    this.joined = joined;
    this.control = new Control(`${url}/_emulator`, token, () => this.#why());
  }

  #why() {
    if (this.pid === undefined || alive(this.pid)) return undefined;
    const words = lastWords(this.folder);
    return (
      `the emulator of this run (process ${this.pid}, ${this.url}) has ended` +
      (words ? `; its last words:\n  ${words}` : '')
    );
  }

  /** Ends a server that was started for this run, and waits for it. A joined one stays. */
  async stop() {
    this.control.close();
    if (this.joined || this.pid === undefined) return;
    const deadline = performance.now() + 5_000;
    let signal = 'SIGTERM';
    while (alive(this.pid)) {
      try {
        if (signal !== undefined) process.kill(this.pid, signal);
      } catch {
        break;
      }
      signal = performance.now() > deadline ? 'SIGKILL' : undefined;
      await pause(STEP);
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function joinedServer(env) {
  const text = env.EMULATOR_CONTROL_URL;
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new EmulatorError(`EMULATOR_CONTROL_URL: "${text}" is no address`, { code: 'not_started' });
  }
  if (!/^https?:$/.test(url.protocol) || !/\/_emulator\/?$/.test(url.pathname))
    throw new EmulatorError(
      `EMULATOR_CONTROL_URL: "${text}" is not like http://127.0.0.1:4242/_emulator`,
      { code: 'not_started' },
    );
  return new Server({
    url: text.replace(/\/_emulator\/?$/, ''),
    token: env.EMULATOR_CONTROL_TOKEN,
    joined: true,
  });
}

/** The run's server, started where there is none yet. */
async function server({ args = [], env = process.env } = {}) {
  if (env.EMULATOR_CONTROL_URL) {
    const joined = joinedServer(env);
    await joined.control.json('GET', '/health');
    return joined;
  }
  const pid = runProcess(env);
  const folder = runFolder(pid);
  const started = await joinOrLaunch(folder, pid, args, env);
  return new Server({ ...started, folder, joined: false });
}

/** What a key of this run carries at its end: "" where the server is this run's alone. */
function keyEnd(one, env = process.env) {
  if (env.EMULATOR_RUN_ID !== undefined) return env.EMULATOR_RUN_ID;
  return one.joined ? runMark(runProcess(env)) : '';
}

module.exports = { keyEnd, server };
