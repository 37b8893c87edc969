// For Jest.
'use strict';
const { emulator } = require('./index.cjs');
const { testFunction } = require('./test-function.cjs');

const globals = () => (typeof globalThis.test === 'function' ? globalThis : require('@jest/globals'));
const attempts = new Map(); // of tests that jest.retryTimes runs again

const test = testFunction(
  (method, name, { timeout }, body) => {
    const runner = globals();
    const register = method === undefined ? runner.test : runner.test[method];
    if (body === undefined) return register(name);
    return register(
      name,
      () => {
        const { currentTestName: title = name, testPath: file } = runner.expect.getState();
        const attempt = attempts.get(title) ?? 0;
        attempts.set(title, attempt + 1);
        return body({ title, file, attempt });
      },
      timeout,
    );
  },
  ['only', 'skip', 'todo', 'failing'],
);

module.exports = { emulator, test };
