// Twelve small clients, each with one classic bug, and each of them mended: the hunt finds the bug
// of the one at the first try, says with which rules, and has nothing to say of the other.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { binary } from '../clients/emulator.mjs';

const clients = fileURLToPath(new URL('clients', import.meta.url));

// Hunts a client for a few outcomes, the one that is its own among them.
async function hunt(client, only, more = []) {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-hunt-test-'));
  try {
    const program = client.endsWith('.py') ? 'python3' : process.execPath;
    const words = ['hunt', '--seed', '1', '--jobs', '2', '--out', folder, '--only', only.join(',')];
    const ended = await new Promise(resolve =>
      execFile(
        binary(),
        [...words, '--', program, join(clients, client), ...more],
        { encoding: 'utf8', timeout: 300_000 },
        (error, stdout, stderr) => resolve({ status: error === null ? 0 : error.code, stderr }),
      ),
    );
    assert.notEqual(ended.status, 2, ended.stderr);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    return { code: ended.status, stderr: ended.stderr, trials: report.trials, files: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const bugs = [
  { client: 'pays-twice.py', outcome: 'lost', on: 'submit', verdict: 'misbehaved', code: 'paid-twice' },
  { client: 'ignores-retry-after.mjs', outcome: 'rate_limited', on: 'submit', verdict: 'broke', code: 'retried-too-early' },
  { client: 'polls-after-moderation.mjs', outcome: 'output_moderated', on: 'submit', verdict: 'hung', code: 'polled-after-end' },
  { client: 'keeps-a-cut-picture.py', outcome: 'truncated', on: 'download', verdict: 'misbehaved', code: 'broken-picture-kept' },
  { client: 'trusts-any-webhook.mjs', outcome: 'bad_signature', on: 'webhook', verdict: 'misbehaved', code: 'webhook-unverified' },
  { client: 'gives-up-after-five-polls.py', outcome: 'run', on: 'submit', verdict: 'misbehaved', code: 'gave-up-early' },
  { client: 'uses-the-link-later.mjs', outcome: 'links_live', on: 'submit', verdict: 'misbehaved', code: 'dead-link-used' },
  { client: 'follows-redirects-with-its-key.mjs', outcome: 'redirect', on: 'poll', verdict: 'misbehaved', code: 'key-sent-to-link' },
  { client: 'reads-an-empty-list.py', outcome: 'empty_result', on: 'poll', verdict: 'broke' },
  { client: 'takes-202-for-a-failure.mjs', outcome: 'status_202', on: 'submit', verdict: 'broke' },
  { client: 'has-no-time-limit.mjs', outcome: 'hang', on: 'poll', verdict: 'hung' },
];

// Most of their time they wait: for work that takes seconds, and for limits to run out.
describe('twelve clients', { concurrency: 4 }, () => {
  for (const bug of bugs) {
    test(`${bug.client}: found by ${bug.outcome}, and mended it is clean`, async () => {
      const only = [bug.outcome, 'unavailable', 'out_of_credit'];
      const found = await hunt(bug.client, only);
      assert.equal(found.code, 6, found.stderr);
      const trial = found.trials.find(
        one => one.outcome === bug.outcome && one.on === bug.on && one.occasion === 'first',
      );
      assert(trial, found.stderr);
      assert.equal(trial.verdict, bug.verdict, found.stderr);
      assert(trial.rules.length >= 1 && trial.rules.length <= 2);
      assert(found.files.includes(trial.file), `${trial.file} is not among ${found.files}`);
      if (bug.code !== undefined) {
        const codes = trial.findings.map(one => one.code);
        assert(codes.includes(bug.code), `${bug.code} is not among ${codes}`);
      }
      const clean = await hunt(bug.client, only, ['mended']);
      assert.equal(clean.code, 0, clean.stderr);
      assert.deepEqual(clean.trials.filter(one => one.findings.some(found => found.severity === 'error')), []);
    });
  }

  test('sends-bearer-to-fal.py: found in fair weather, and mended it is clean', async () => {
    // Once for each of the endpoints that it asks.
    const codes = trials => [...new Set(trials.find(one => one.occasion === 'fair').findings.map(one => one.code))];
    assert.deepEqual(codes((await hunt('sends-bearer-to-fal.py', ['lost'])).trials), ['wrong-scheme']);
    assert.deepEqual(codes((await hunt('sends-bearer-to-fal.py', ['lost'], ['mended'])).trials), []);
  });
});
