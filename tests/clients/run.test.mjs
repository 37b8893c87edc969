// `provider-emulator run -- node --test`: a suite with real SDKs, as a CI job runs it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { binary, here } from './emulator.mjs';

const folder = mkdtempSync(join(tmpdir(), 'emulator-run-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// A test runner inside a test runner: the inner one must not take itself for a part of the outer.
function clean(environment) {
  const out = { ...environment };
  for (const name of Object.keys(out)) if (name.startsWith('NODE_TEST')) delete out[name];
  return out;
}

function run(...words) {
  const child = spawn(binary(), ['run', ...words], { env: clean(process.env), cwd: here('.') });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => (out.stdout += chunk));
  child.stderr.on('data', chunk => (out.stderr += chunk));
  return new Promise(resolve => child.on('close', code => resolve({ ...out, code })));
}

const suite = ['--', process.execPath, '--test', '--test-force-exit', '--test-reporter=tap', here('run/suite.mjs')];

test('a suite of three SDKs passes, and does what its story expects', async () => {
  const report = join(folder, 'report.xml');
  const { code, stdout, stderr } = await run('--scenario', here('run/story.yaml'), '--report', report, ...suite);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^# pass 4$/m);
  assert.match(stdout, /^# fail 0$/m);
  assert.match(stderr, /^expect: 4 met, 0 unmet$/m);
  assert.match(readFileSync(report, 'utf8'), /<testsuite name="provider-emulator" tests="8" failures="0"/);
});

test('the same suite fails its story when that expects more', async () => {
  const story = join(folder, 'more.yaml');
  writeFileSync(story, readFileSync(here('run/story.yaml'), 'utf8').replace('times: 1 }', 'times: 3 }'));
  const { code, stdout, stderr } = await run('--scenario', story, ...suite);
  assert.equal(code, 3, stdout + stderr);
  assert.match(stderr, /^expect: 3 met, 1 unmet$/m);
  assert.match(stderr, /UNMET  3 +1 /);
});
