'use strict';
const { binary } = require('./binary.cjs');
const { EmulatorError } = require('./control.cjs');
const { told } = require('./report.cjs');
const { openSandbox, Sandbox, testKey, VerifyError } = require('./sandbox.cjs');
const { keyEnd, server } = require('./server.cjs');

let joining; // the promise of this process's server

const emulator = {
  /** Joins or starts the run's server; once, whoever calls. `args`: flags of `serve`. */
  start(options) {
    joining ??= server(options).catch(error => {
      joining = undefined;
      throw error;
    });
    return joining.then(({ url, pid }) => ({ url, control: `${url}/_emulator`, pid }));
  },

  /** A fresh sandbox. */
  async sandbox(options) {
    await emulator.start();
    return openSandbox(await joining, options);
  },

  /** Ends the server, where it was started for this run. */
  async stop() {
    const stopping = joining;
    joining = undefined;
    await (await stopping?.catch(() => undefined))?.stop();
  },
};

/**
 * One attempt at a test, for the runners: opens its sandbox, runs `body(box)`, and puts what the
 * sandbox saw below the message of the error that comes out.
 */
async function withSandbox({ file, title, attempt, scenario, clock }, body) {
  await emulator.start();
  const one = await joining;
  const key = testKey({ file, title, attempt, end: keyEnd(one) });
  const box = await openSandbox(one, { key, scenario, clock });
  let failed = false;
  try {
    return await body(box);
  } catch (error) {
    failed = true;
    throw told(error, await box.report());
  } finally {
    await close(box, one, title, failed);
  }
}

// Of a server that goes on, a failed test's sandbox can still be looked at.
async function close(box, one, title, failed) {
  const done = box.release({ keep: failed && one.joined, by: `"${title}" has ended` });
  await done.catch(error => {
    if (!failed) throw error;
  });
}

/** The same in two parts, for runners with fixtures. */
async function openForTest({ file, title, attempt, scenario, clock }) {
  await emulator.start();
  const one = await joining;
  const key = testKey({ file, title, attempt, end: keyEnd(one) });
  const box = await openSandbox(one, { key, scenario, clock });
  return { box, close: failed => close(box, one, title, failed) };
}

module.exports = { binary, emulator, EmulatorError, openForTest, Sandbox, told, VerifyError, withSandbox };
