// The second half of the action, when the job has ended: what was found goes into its summary, and
// the emulator goes.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { error, folder, input, step } from './runner.mjs';

const url = process.env.STATE_url;
const pid = Number(process.env.STATE_pid);
const ranks = ['note', 'warning', 'error'];

async function asked(path) {
  const answer = await fetch(`${url}/_emulator${path}`);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

async function allFindings() {
  const out = [];
  const { sandboxes } = await asked('/sandboxes');
  for (const { name } of sandboxes)
    out.push(...(await asked(`/sandboxes/${encodeURIComponent(name)}/findings`)).findings);
  return out.sort((a, b) => ranks.indexOf(b.severity) - ranks.indexOf(a.severity));
}

// Text of a cell: nothing in it is markup.
const cell = text => String(text).replace(/[\\`*_{}[\]<>()#+!|~&-]/g, '\\$&').replace(/\s+/g, ' ');

function summary(findings) {
  const lines = ['## What the provider emulator found', ''];
  if (findings.length === 0) return [...lines, 'Nothing.', ''].join('\n');
  lines.push('| severity | finding | where | what was seen | remedy |', '| --- | --- | --- | --- | --- |');
  for (const one of findings.slice(0, 100)) {
    const where = [one.provider, one.endpoint, one.requests.join(', ')].filter(part => part).join(' ');
    const times = one.times > 1 ? ` (${one.times} times)` : '';
    lines.push(`| ${one.severity} | ${cell(one.code)} | ${cell(where)} | ${cell(one.what + times)} | ${cell(one.remedy)} |`);
  }
  if (findings.length > 100) lines.push('', `${findings.length - 100} more are not shown.`);
  return [...lines, ''].join('\n');
}

await step(async () => {
  if (!url) return; // it never started, which the first half has said
  const path = process.env.GITHUB_STEP_SUMMARY;
  try {
    const findings = await allFindings();
    if (path) appendFileSync(path, summary(findings));
    const limit = ranks.indexOf(input('fail-on'));
    const bad = limit < 0 ? [] : findings.filter(one => ranks.indexOf(one.severity) >= limit);
    if (bad.length > 0) {
      error(`${bad.length} of ${findings.length} findings fail this job (fail-on: ${input('fail-on')})`);
      process.exitCode = 1;
    }
  } catch (problem) {
    const log = join(folder(), 'log');
    const words = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-5).join('\n') : '';
    throw new Error(`the emulator cannot be asked any more (${problem.cause?.message ?? problem.message}): ${words}`);
  } finally {
    try {
      process.kill(pid, 'SIGTERM');
    } catch (problem) {
      if (problem.code !== 'ESRCH') throw problem;
    }
  }
});
