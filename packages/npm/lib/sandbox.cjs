// One sandbox, as a test sees it.
'use strict';
const { createHash, randomBytes } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const { EmulatorError } = require('./control.cjs');
const { report } = require('./report.cjs');

const template = JSON.parse(readFileSync(join(__dirname, 'environment.json'), 'utf8'));
const PROVIDERS = { bfl: 'BFL', fal: 'FAL', wavespeed: 'WAVESPEED', apiframe: 'APIFRAME', vtrix: 'VTRIX' };

/** What `provider-emulator env` prints for a key. */
function environment(url, key, token) {
  const out = {};
  for (const [name, value] of Object.entries(template))
    out[name] = value.replaceAll('http://emulator.invalid', url).replaceAll('KEY', key);
  if (token !== undefined) out.EMULATOR_CONTROL_TOKEN = token;
  return out;
}

/** A `verify` that was not met; `result` is the emulator's whole answer. */
class VerifyError extends Error {
  constructor(message, result) {
    super(message);
    this.name = 'VerifyError';
    this.result = result;
  }
}

// A key that any provider takes, and that is the same in every run: of what the test is called.
function keyOf(title, more) {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '');
  const digest = createHash('sha256').update([title, ...more].join('\0')).digest('hex');
  return `${slug || 'test'}-${digest.slice(0, 8)}`;
}

/** The key of one attempt at a test. `end` tells runs that share a server apart. */
function testKey({ file = '', title, attempt = 0, end = '' }) {
  const key = keyOf(title, [file && relative(process.cwd(), file), String(attempt)]);
  return end === '' ? key : `${key}-${end}`;
}

const freshKey = () => `box-${randomBytes(6).toString('hex')}`;

// A scenario as somebody names it: its text, a file, or the name of a built-in one.
function scenarioBody(scenario) {
  if (typeof scenario === 'object') return JSON.stringify(scenario);
  if (/[\n:]/.test(scenario)) return scenario;
  if (/[\\/]|\.(ya?ml|json)$/.test(scenario)) {
    try {
      return readFileSync(scenario, 'utf8');
    } catch (error) {
      const why = error.code === 'ENOENT' ? `it does not exist in ${process.cwd()}` : error.code;
      throw new EmulatorError(`cannot read the scenario ${scenario}: ${why}`, { code: 'bad_scenario' });
    }
  }
  return JSON.stringify({ name: scenario });
}

function query(filter) {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(filter ?? {}))
    if (value !== undefined) out.set(name, String(value));
  const text = out.toString();
  return text === '' ? '' : `?${text}`;
}

function unmet(key, question, result) {
  const lines = [
    `sandbox ${key}: ${result.problems.join('; ')}`,
    `  asked for: ${JSON.stringify(question)}`,
  ];
  if (result.closest?.length > 0) lines.push('  closest:');
  for (const one of result.closest ?? [])
    lines.push(`    ${one.id}  ${one.method} ${one.target} -> ${one.status}: ${one.failed}`);
  if (result.count === 0 && !(result.closest?.length > 0))
    lines.push('  nothing like it came at all');
  return lines.join('\n');
}

class Sandbox {
  #server;
  #over;

  constructor(server, key) {
    this.#server = server;
    this.key = key;
    this.url = server.url;
    this.control = `${server.url}/_emulator/sandboxes/${key}`;
    this.env = environment(server.url, key, server.token);
    this.urls = {};
    for (const [name, word] of Object.entries(PROVIDERS))
      this.urls[name] = this.env[`EMULATOR_${word}_URL`];
    this.urls.falProxy = this.env.EMULATOR_FAL_PROXY_URL;
  }

  #check() {
    if (this.#over !== undefined)
      throw new EmulatorError(
        `sandbox ${this.key} was used after its test (${this.#over}): a call that was not awaited, ` +
          'or a box kept in a variable outside',
        { code: 'over' },
      );
  }

  async #call(method, path, value) {
    this.#check();
    return this.#server.control.json(method, `/sandboxes/${this.key}${path}`, value);
  }

  advance(duration) {
    return this.#call('POST', '/clock', { advance: duration });
  }
  toNext() {
    return this.#call('POST', '/clock', { to: 'next' });
  }
  freeze(frozen = true) {
    return this.#call('POST', '/clock', { freeze: frozen });
  }
  /** Any body of the control API's clock; without one, the clock as it stands. */
  clock(body) {
    return body === undefined ? this.#call('GET', '/clock') : this.#call('POST', '/clock', body);
  }
  reset(...what) {
    return this.#call('POST', '/reset', what.length === 0 ? {} : { what });
  }

  async scenario(scenario) {
    if (scenario === undefined) return this.#call('GET', '/scenario');
    this.#check();
    const body = scenarioBody(scenario);
    const text = await this.#server.control
      .text('PUT', `/sandboxes/${this.key}/scenario`, { body, type: 'application/yaml' })
      .catch(error => {
        if (error instanceof EmulatorError && error.code !== 'gone')
          error.message = `the scenario does not load: ${error.message}`;
        throw error;
      });
    return JSON.parse(text);
  }

  async verify(when, { times, ...more } = {}) {
    const question = { ...(when === undefined ? {} : { when }), ...more };
    if (times !== undefined) question.times = times;
    const result = await this.#call('POST', '/verify', question);
    if (!result.ok) throw new VerifyError(unmet(this.key, question, result), result);
    return result;
  }

  async tasks() {
    return (await this.#call('GET', '/tasks')).tasks;
  }
  task(id) {
    return this.#call('GET', `/tasks/${encodeURIComponent(id)}`);
  }
  async requests(filter) {
    return (await this.#call('GET', `/requests${query(filter)}`)).requests;
  }
  request(id) {
    return this.#call('GET', `/requests/${encodeURIComponent(id)}`);
  }
  async webhooks() {
    return (await this.#call('GET', '/webhooks')).webhooks;
  }
  async findings() {
    return (await this.#call('GET', '/findings')).findings;
  }
  expect() {
    return this.#call('GET', '/expect');
  }
  async explain(id) {
    this.#check();
    const path = `/sandboxes/${this.key}/requests/${encodeURIComponent(id)}?format=text`;
    return this.#server.control.text('GET', path);
  }

  /** What the sandbox saw, for a failure report. Never rejects. */
  report() {
    return report(this.#server.control, this.key);
  }

  /** The end of its test. `keep` leaves it in the emulator, to be looked at. */
  async release({ keep = false, by = 'it was released' } = {}) {
    if (this.#over !== undefined) return;
    this.#over = by;
    if (keep) return;
    await this.#server.control.send('DELETE', `/sandboxes/${this.key}`);
  }
}
if (Symbol.asyncDispose !== undefined)
  Sandbox.prototype[Symbol.asyncDispose] = function () {
    return this.release();
  };

/** A sandbox as a test wants it: empty, with its scenario and clock. */
async function openSandbox(server, { key = freshKey(), scenario, clock } = {}) {
  if (!/^[A-Za-z0-9._-]+$/.test(key))
    throw new EmulatorError(`"${key}" is no key: letters, digits, . _ - only`, { code: 'bad_key' });
  const box = new Sandbox(server, key);
  await server.control.send('DELETE', `/sandboxes/${key}`);
  try {
    if (scenario !== undefined && scenario !== 'default') await box.scenario(scenario);
    if (clock !== undefined) await box.clock(clock);
  } catch (error) {
    await box.release().catch(() => undefined);
    throw error;
  }
  return box;
}

module.exports = { environment, openSandbox, Sandbox, testKey, VerifyError };
