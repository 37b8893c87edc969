// What both halves of the action need of the runner: inputs, files it reads, one way to fail.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

export const input = name => (process.env[`INPUT_${name.toUpperCase()}`] ?? '').trim();

/** The folder that holds the binary, its log and its port for the time of the job. */
export function folder() {
  const temporary = process.env.RUNNER_TEMP;
  if (!temporary) throw new Error('RUNNER_TEMP is not set: this is no step of a job');
  return join(temporary, 'provider-emulator');
}

// Appends `name=value` to one of the files by which a step tells the runner something.
export function tell(file, name, value) {
  const path = process.env[file];
  if (!path) throw new Error(`${file} is not set: this is no step of a job`);
  if (!/[\r\n]/.test(value)) return appendFileSync(path, `${name}=${value}\n`);
  const mark = `EMULATOR_${process.pid}_${Date.now()}`;
  appendFileSync(path, `${name}<<${mark}\n${value}\n${mark}\n`);
}

export function addPath(path) {
  if (!process.env.GITHUB_PATH) throw new Error('GITHUB_PATH is not set: this is no step of a job');
  appendFileSync(process.env.GITHUB_PATH, `${path}\n`);
}

// One line for the runner's list of annotations.
const escaped = text => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
export const error = text => console.log(`::error title=provider-emulator::${escaped(text)}`);

export async function step(work) {
  try {
    await work();
  } catch (problem) {
    error(problem.message);
    process.exitCode = 1;
  }
}
