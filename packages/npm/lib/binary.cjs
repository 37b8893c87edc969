// Where the emulator's binary is: EMULATOR_BINARY, else the platform package beside this one.
'use strict';
const { accessSync, constants, statSync } = require('node:fs');
const { dirname, join } = require('node:path');

// Those that were made along with this package.
const PLATFORMS = Object.keys(require('../package.json').optionalDependencies).map(name =>
  name.replace('provider-emulator-', ''),
);

const elsewhere =
  'Elsewhere run it as a container and set EMULATOR_CONTROL_URL to http://HOST:PORT/_emulator.';

function problemOf(path) {
  try {
    if (!statSync(path).isFile()) return 'is no file';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return 'does not exist';
    if (error.code === 'EACCES') return 'may not be executed';
    return `cannot be used (${error.code})`;
  }
}

/** The path of a binary that can be executed. Throws an Error that says what to do without one. */
function binary(env = process.env, platform = `${process.platform}-${process.arch}`) {
  if (env.EMULATOR_BINARY) {
    const problem = problemOf(env.EMULATOR_BINARY);
    if (problem) throw new Error(`EMULATOR_BINARY: ${env.EMULATOR_BINARY} ${problem}`);
    return env.EMULATOR_BINARY;
  }
  const name = `provider-emulator-${platform}`;
  let folder;
  try {
    folder = dirname(require.resolve(`${name}/package.json`));
  } catch {
    if (!PLATFORMS.includes(platform))
      throw new Error(
        `provider-emulator has no binary for ${platform}; it has those for ${PLATFORMS.join(' and ')}. ${elsewhere}`,
      );
    throw new Error(
      `provider-emulator: its platform package ${name} is not installed. npm leaves it out with ` +
        '--omit=optional, or when the lock file was made on another platform: ' +
        `npm install --no-save ${name}, or set EMULATOR_BINARY to a binary of your own.`,
    );
  }
  const path = join(folder, 'bin', 'provider-emulator');
  const problem = problemOf(path);
  if (problem) throw new Error(`provider-emulator: ${path} ${problem}; install ${name} again`);
  return path;
}

module.exports = { binary, PLATFORMS };
