// Jest's globalSetup; `provider-emulator/jest/teardown` is its globalTeardown.
'use strict';
const { emulator } = require('./index.cjs');

module.exports = async () => {
  if (process.env.EMULATOR_CONTROL_URL) return;
  process.env.EMULATOR_RUN_PROCESS ??= String(process.pid);
  const { control } = await emulator.start();
  process.env.EMULATOR_CONTROL_URL = control;
  process.env.EMULATOR_RUN_ID ??= '';
};
