// The strict clients hold together as TypeScript sees them: a key that no shape has is an error.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';

import { here } from './emulator.mjs';

test('the strict clients agree with the shapes they declare', () => {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', here('tsconfig.json')], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
