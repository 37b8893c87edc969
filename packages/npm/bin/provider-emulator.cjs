#!/usr/bin/env node
// The command: runs the binary of this platform in its place, with its streams, signals and code.
'use strict';
const { spawn } = require('node:child_process');
const { constants } = require('node:os');
const { binary } = require('../lib/binary.cjs');

let path;
try {
  path = binary();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}

const words = process.argv.slice(2);
// Should this process be killed outright, a server must not stay behind.
const env = words[0] === 'serve' ? { EMULATOR_EXIT_WITH_PARENT: 'true', ...process.env } : process.env;
const child = spawn(path, words, { stdio: 'inherit', env });
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
for (const signal of signals) process.on(signal, () => child.kill(signal));
child.on('error', error => {
  process.stderr.write(`provider-emulator: cannot run ${path}: ${error.message}\n`);
  process.exit(2);
});
child.on('exit', (code, signal) => {
  if (code !== null) process.exit(code);
  process.exit(128 + constants.signals[signal]);
});
