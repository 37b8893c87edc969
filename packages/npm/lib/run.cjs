// Which run of tests this process belongs to, so that all its workers share one emulator.
'use strict';
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { existsSync, lstatSync, mkdirSync, readFileSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir, userInfo } = require('node:os');
const { join } = require('node:path');

/**
 * The process whose end is the end of the run: the runner's, for a worker that it forked; else this
 * one. EMULATOR_RUN_PROCESS says so where the workers of a runner cannot be told.
 */
function runProcess(env = process.env) {
  const given = Number(env.EMULATOR_RUN_PROCESS);
  if (Number.isInteger(given) && given > 0) return given;
  const forked = process.connected === true;
  const worker = ['JEST_WORKER_ID', 'VITEST_POOL_ID', 'TEST_WORKER_INDEX'].some(
    name => env[name] !== undefined,
  );
  if ((forked && worker) || (env.NODE_TEST_CONTEXT ?? '').startsWith('child')) return process.ppid;
  return process.pid;
}

// When a process began, in whatever words the system has: ids are used again, these are not.
// Undefined when it has ended.
function began(pid) {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // "12 (name) S 34 ...": the name may hold anything; the time is the 20th behind its bracket.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    const line = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return line.trim().replace(/[^A-Za-z0-9]+/g, '-') || undefined;
  } catch {
    return undefined;
  }
}

const alive = pid => began(pid) !== undefined;

// Ours alone: what lies in it is trusted. The emulator sweeps a folder of another name.
function home() {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `provider-emulator-runs-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const made = lstatSync(folder);
  if (!made.isDirectory() || (uid >= 0 && made.uid !== uid) || (made.mode & 0o022) !== 0)
    throw new Error(`${folder} is not a folder of yours alone; remove it, or set TMPDIR to another`);
  return folder;
}

/** A folder of the run's own, made where it is missing. Those of runs that have ended go. */
function runFolder(pid) {
  const parent = home();
  const name = `${pid}-${began(pid) ?? 'ended'}`;
  if (!existsSync(join(parent, name))) {
    for (const other of readdirSync(parent)) {
      const [, process_, since] = /^(\d+)-(.+)$/.exec(other) ?? [];
      if (process_ !== undefined && began(Number(process_)) !== since)
        rmSync(join(parent, other), { recursive: true, force: true });
    }
    mkdirSync(join(parent, name), { recursive: true, mode: 0o700 });
  }
  return join(parent, name);
}

/** Four letters that tell one run from another; equal in all workers of one. */
function runMark(pid) {
  return createHash('sha256').update(`${pid} ${began(pid)}`).digest('hex').slice(0, 4);
}

module.exports = { alive, runFolder, runMark, runProcess };
