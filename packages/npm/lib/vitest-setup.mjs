// Vitest's global set-up: one emulator for the whole run, ended with it. Where EMULATOR_CONTROL_URL
// names one that is there already, that one is used and stays.
import core from './index.cjs';

export async function setup() {
  if (process.env.EMULATOR_CONTROL_URL) {
    await core.emulator.start();
    return;
  }
  process.env.EMULATOR_RUN_PROCESS ??= String(process.pid);
  const { control } = await core.emulator.start();
  process.env.EMULATOR_CONTROL_URL = control;
  process.env.EMULATOR_RUN_ID ??= ''; // the server is this run's alone: keys need no mark of it
}

export async function teardown() {
  await core.emulator.stop();
}
