// For node:test.
'use strict';
const runner = require('node:test');
const { emulator } = require('./index.cjs');
const { testFunction } = require('./test-function.cjs');

const test = testFunction(
  (method, name, { scenario, clock, ...options }, body) => {
    const register = method === undefined ? runner.test : runner.test[method];
    if (body === undefined) return register(name, options);
    return register(name, options, t =>
      body({ file: t.filePath ?? process.argv[1], title: t.fullName ?? t.name }, { t }),
    );
  },
  ['only', 'skip', 'todo'],
);

module.exports = { emulator, test };
