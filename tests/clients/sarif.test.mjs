// The findings of a run as SARIF, held against the schema of SARIF 2.1.0 by a validator that is not
// ours.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';

import { binary } from './emulator.mjs';

const require = createRequire(import.meta.url);
const schema = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats(ajv);
const valid = ajv.compile(schema);

// Asks again what was refused for good, and sends its key along where none belongs.
const client = `
const base = process.env.EMULATOR_BFL_URL;
const headers = { 'x-key': process.env.BFL_API_KEY, 'content-type': 'application/json' };
const body = JSON.stringify({ prompt: 'a "cat" <\\u0001>', widht: 3 });
const submit = () => fetch(base + '/v1/flux-pro-1.1', { method: 'POST', headers, body });
await submit();
const { polling_url } = await (await submit()).json();
const { result } = await (await fetch(polling_url)).json();
// An answer whose body nobody reads holds its connection, and with it the process.
await (await fetch(result.sample, { headers })).arrayBuffer();
`;

test('findings are SARIF 2.1.0, with what proves them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-sarif-'));
  try {
    const scenario = join(folder, 'story.yaml');
    writeFileSync(
      scenario,
      'name: story\ndefaults: { run: 0s }\nrules: [{ when: { on: submit, first: 1 }, then: { refuse: out_of_credit } }]\n',
    );
    const sarif = join(folder, 'found.sarif');
    const ended = spawnSync(
      binary(),
      ['run', '--scenario', scenario, '--sarif', sarif, '--', process.execPath, '--input-type=module', '-e', client],
      { encoding: 'utf8', timeout: 60_000 },
    );
    assert.equal(ended.status, 0, ended.stderr);
    const log = JSON.parse(readFileSync(sarif, 'utf8'));
    assert(valid(log), JSON.stringify(valid.errors, undefined, 1));
    const [run] = log.runs;
    const found = run.results.map(one => `${one.level} ${one.ruleId}`).sort();
    assert.deepEqual(found, ['error key-sent-to-link', 'error retried-final', 'warning ignored-field']);
    for (const one of run.results) assert.equal(run.tool.driver.rules[one.ruleIndex].id, one.ruleId);
    assert.deepEqual(
      run.results.find(one => one.ruleId === 'retried-final').locations.map(one => one.logicalLocations[0].name),
      ['run-1', 'run-2'],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a run without findings is SARIF as well', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-sarif-'));
  try {
    const sarif = join(folder, 'none.sarif');
    assert.equal(spawnSync(binary(), ['run', '--sarif', sarif, '--', 'true']).status, 0);
    const log = JSON.parse(readFileSync(sarif, 'utf8'));
    assert(valid(log), JSON.stringify(valid.errors, undefined, 1));
    assert.deepEqual(log.runs[0].results, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
