// Hunts over suites with real SDKs, as docs/judge.md has them: its commands are run, and every trial
// comes out as its table says.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binary } from '../clients/emulator.mjs';

const clients = fileURLToPath(new URL('../clients', import.meta.url));
const page = readFileSync(new URL('../../docs/judge.md', import.meta.url), 'utf8');
const pinned = JSON.parse(readFileSync(join(clients, 'package.json'), 'utf8')).dependencies;

// Below each heading that names an SDK: the command, and the table of what came out.
function chapters() {
  const parts = page.split(/^### /m).slice(1).map(part => part.split(/^## /m)[0]);
  return parts.flatMap(part => {
    const [, name, version] = /^`([^`]+)` (\S+)\n/.exec(part) ?? [];
    const [, command] = /^```sh\n([\s\S]*?)^```$/m.exec(part) ?? [];
    if (name === undefined || command === undefined) return [];
    const rows = [...part.matchAll(/^\| `(\w+)` \| (\w+) \| (\w+)(?:: ([\w, -]+))? \|/gm)].map(
      ([, outcome, on, verdict, codes]) => ({ outcome, on, verdict, codes: codes?.split(', ') ?? [] }),
    );
    return [{ name, version, command, rows }];
  });
}

// A test runner inside a test runner: the inner one must not take itself for a part of the outer.
function environment() {
  const out = { ...process.env };
  for (const name of Object.keys(out)) if (name.startsWith('NODE_TEST')) delete out[name];
  // The program by that name may be too old, and another than this one.
  out.PATH = [dirname(process.execPath), out.PATH].join(delimiter);
  return out;
}

// The report of a command of the page, whose reports go elsewhere than beside the suites.
async function hunted(command) {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-suites-'));
  try {
    const line = command.replaceAll('\\\n', ' ').replace('provider-emulator hunt', '"$EMULATOR" hunt --out "$REPORTS"');
    assert.notEqual(line, command, 'not a hunt');
    const env = { ...environment(), EMULATOR: binary(), REPORTS: folder };
    const ended = await new Promise(resolve =>
      execFile('sh', ['-c', line], { cwd: clients, env, encoding: 'utf8', timeout: 600_000 }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, stderr }),
      ),
    );
    assert.equal(ended.code, 6, ended.stderr);
    return { ...JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')), stderr: ended.stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const errors = trial => [...new Set(trial.findings.filter(one => one.severity === 'error').map(one => one.code))];

const told = chapters();

test('docs/judge.md tells of two SDKs', () => assert.equal(told.length, 2));

// Most of their time they wait.
describe('suites of real SDKs', { concurrency: 2 }, () => {
  for (const { name, version, command, rows } of told) {
    test(`${name} fares as docs/judge.md has it`, async () => {
      assert.equal(version, pinned[name], 'a new version wants a new look: hunt, and see whether the table is still true');
      assert(rows.length > 10, `the table has ${rows.length} rows`);
      const report = await hunted(command);
      assert.equal(report.cut_short, false, report.stderr);
      const [fair, ...trials] = report.trials;
      assert.equal(fair.occasion, 'fair');
      // What fair weather shows already is in every trial, and no fault of its outcome.
      const usual = errors(fair);
      const row = { outcome: 'fair', on: 'all', verdict: fair.verdict, codes: usual };
      const seen = new Map([['fair all', row]]);
      for (const trial of trials) {
        const codes = errors(trial).filter(code => !usual.includes(code));
        const one = { outcome: trial.outcome, on: trial.on, verdict: trial.verdict, codes };
        // How many polls there are, and so whether there is a later one, is up to the machine: in a
        // trial in which it does not come nothing happens.
        const place = `${trial.outcome} ${trial.on}`;
        const eventless = one.verdict === 'held' && codes.length === 0;
        if (!seen.has(place)) seen.set(place, one);
        else if (!eventless) assert.deepEqual(one, seen.get(place), `${trial.occasion}: other than the first`);
      }
      const sorted = list => list.map(one => JSON.stringify(one)).sort();
      assert.deepEqual(sorted([...seen.values()]), sorted(rows), report.stderr);
    });
  }
});
