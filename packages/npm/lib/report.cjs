// What a sandbox saw, in the words of a test runner's failure report.
'use strict';

const MOST = 20; // requests that are told in full

// The emulator's own explanation of one exchange, below its heading "Why".
async function why(control, key, id) {
  const path = `/sandboxes/${key}/requests/${encodeURIComponent(id)}?format=text`;
  const text = await control.text('GET', path);
  const section = text.split('\n\n').find(one => one.startsWith('Why\n'));
  return section ? section.trimEnd().split('\n').slice(1).map(line => line.trim()) : [];
}

function taskLine(task) {
  const state = task.end ? `${task.state}: ${task.end}` : task.state;
  return `  task ${task.id}  ${task.provider} ${task.endpoint}, ${state}, "${task.prompt}"`;
}

async function requestLines(control, key) {
  const { requests, seen } = await control.json('GET', `/sandboxes/${key}/requests`);
  if (seen === 0) return ['  no request came with this key'];
  const told = requests.slice(-MOST);
  const out = [];
  if (seen > told.length) out.push(`  (${seen - told.length} earlier requests are left out)`);
  const reasons = await Promise.all(told.map(one => why(control, key, one.id).catch(() => [])));
  told.forEach((one, i) => {
    out.push(`  ${one.id}  ${one.method} ${one.target} -> ${one.status}`);
    for (const line of reasons[i]) out.push(`      ${line}`);
  });
  return out;
}

async function findingLines(control, key) {
  try {
    const { findings } = await control.json('GET', `/sandboxes/${key}/findings`);
    return findings.map(one => `  ${one.severity} ${one.code}: ${one.what}. ${one.remedy}`);
  } catch (error) {
    if (error.status === 404) return []; // an emulator from before findings
    throw error;
  }
}

/** Never rejects: what cannot be told is said so. */
async function report(control, key) {
  const lines = [`What the emulator saw in sandbox ${key}:`];
  try {
    const [box, requests, { tasks }, findings] = await Promise.all([
      control.json('GET', `/sandboxes/${key}`),
      requestLines(control, key),
      control.json('GET', `/sandboxes/${key}/tasks`),
      findingLines(control, key),
    ]);
    lines[0] = `What the emulator saw in sandbox ${key} (scenario ${box.scenario}, its clock at ${box.now}):`;
    lines.push(...requests, ...tasks.map(taskLine), ...findings);
  } catch (error) {
    lines.push(`  ${error.message}`);
  }
  return lines.join('\n');
}

/** Puts a report below an error's message, so that every reporter shows it. */
function told(error, text) {
  if (typeof error !== 'object' || error === null) return new Error(`${String(error)}\n\n${text}`);
  const before = typeof error.message === 'string' ? error.message : '';
  const after = `${before}\n\n${text}\n`;
  try {
    const stack = typeof error.stack === 'string' ? error.stack : '';
    error.message = after;
    if (before !== '' && stack.includes(before)) error.stack = stack.replace(before, () => after);
    else error.stack = `${stack}\n\n${text}\n`;
  } catch {
    /* a frozen error stays as it was */
  }
  return error;
}

module.exports = { report, told };
