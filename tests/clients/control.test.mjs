// The control API against its own description, and its metrics against a parser of Prometheus' format.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import parsePrometheus from 'parse-prometheus-text-format';
import { startEmulator } from './emulator.mjs';

let emulator;
let document;
const seen = new Set();

before(async () => {
  emulator = await startEmulator();
  document = await (await fetch(`${emulator.base}/_emulator/openapi.json`)).json();
});
after(() => emulator.stop());

const post = (path, body, headers = {}) =>
  fetch(emulator.base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

// Compiles the schema at `pointer` of the document, its references included.
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
function validatorOf(schema) {
  return ajv.compile({ ...schema, components: document.components });
}

const resolved = value =>
  value.$ref ? value.$ref.slice(2).split('/').reduce((at, key) => at[key], document) : value;

// Calls, and holds the call and its answer against the document.
async function call(method, template, { names = {}, query = '', body, status = 200, type } = {}) {
  const operation = document.paths[`/_emulator${template}`]?.[method.toLowerCase()];
  assert(operation, `${method} ${template} is not described`);
  const path = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(names[name]));
  if (body !== undefined && typeof body !== 'string' && status < 400) {
    const valid = validatorOf(operation.requestBody.content['application/json'].schema);
    assert(valid(body), `${method} ${path} body: ${ajv.errorsText(valid.errors)}`);
  }
  const response = await fetch(`${emulator.base}/_emulator${path}${query}`, {
    method,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  assert.equal(response.status, status, `${method} ${path}${query}`);
  const answers = operation.responses[status] ?? operation.responses.default;
  assert(answers, `${method} ${template} does not describe ${status}`);
  const described = resolved(answers).content;
  const sent = response.headers.get('content-type').split(';')[0];
  assert(described[sent], `${method} ${template} ${status} does not describe ${sent}`);
  if (type) assert.equal(sent, type);
  seen.add(`${method} ${template}`);
  const text = await response.text();
  if (sent !== 'application/json') return text;
  const answer = JSON.parse(text);
  const valid = validatorOf(described[sent].schema);
  assert(valid(answer), `${method} ${path} ${status}: ${ajv.errorsText(valid.errors)}\n${text}`);
  return answer;
}

test('the description is a valid OpenAPI 3.1 document', async () => {
  const validator = new Validator();
  const result = await validator.validate(document);
  assert(result.valid, JSON.stringify(result.errors, null, 1));
  assert.equal(validator.version, '3.1');
});

test('every call answers as it is described, errors included', async () => {
  const names = { sandbox: 'me' };
  const scenario = [
    'name: story',
    'rules:',
    '  - { name: beach, when: { prompt: beach }, then: { run: 1s..2s, delay: 2s } }',
    'expect:',
    '  - { when: { on: submit }, times: { at_least: 1, at_most: 5 } }',
  ].join('\n');
  await call('PUT', '/sandboxes/{sandbox}/scenario', { names, body: scenario });
  await call('PUT', '/sandboxes/{sandbox}/scenario', { names, body: 'rules: 1', status: 422 });
  await call('PUT', '/sandboxes/{sandbox}/scenario', { names, body: '{"name":"x"}', status: 422 });
  await call('GET', '/sandboxes/{sandbox}/scenario', { names });
  assert.match(await call('GET', '/ca.pem'), /^-----BEGIN CERTIFICATE-----/);
  assert.deepEqual(await call('POST', '/check', { body: scenario }), { ok: true, problems: [] });
  const bad = await call('POST', '/check', { body: 'rules: 1' });
  assert.equal(bad.ok, false);
  assert.deepEqual([bad.problems[0].line, bad.problems[0].level], [1, 'error']);

  const key = { 'x-key': 'me' };
  const made = await (await post('/bfl/v1/flux-dev', { prompt: 'a cat' }, key)).json();
  await post('/bfl/v1/flux-dev', { prompt: 'a cat', width: 1 }, key);
  await post('/bfl/v1/flux-dev?x=1', 'no json', key);
  const held = post('/bfl/v1/flux-dev', { prompt: 'a beach' }, key);
  const waiting = call('POST', '/sandboxes/{sandbox}/verify', {
    names,
    body: { when: { prompt: 'beach' }, times: 1, within: '5s' },
  });
  assert.equal((await waiting).ok, true);
  const open = await call('GET', '/sandboxes/{sandbox}/requests/{id}', { names: { ...names, id: '4' } });
  assert.equal(open.answered, null);
  const pending = await call('GET', '/sandboxes/{sandbox}/clock', { names });
  assert.equal(pending.pending.length, 1);
  const moved = await call('POST', '/sandboxes/{sandbox}/clock', { names, body: { advance: '1h' } });
  assert.deepEqual([...new Set(moved.fired.map(item => item.kind))].sort(), ['link', 'reply', 'task']);
  assert.equal((await held).status, 200);
  await fetch(made.polling_url);
  await call('POST', '/sandboxes/{sandbox}/clock', { names, body: { advance: '1' }, status: 400 });

  await call('GET', '/sandboxes/{sandbox}/findings', { names });
  await call('GET', '/sandboxes/{sandbox}/coverage', { names });
  await call('GET', '/health');
  assert.deepEqual(await call('GET', '/state'), { store: 'none' });
  await call('GET', '/openapi.json');
  await call('GET', '/metrics', { type: 'text/plain' });
  const { providers } = await call('GET', '/providers');
  assert(providers.length >= 5);
  for (const { name, endpoints } of providers)
    for (const endpoint of endpoints)
      await call('GET', '/providers/{provider}/endpoints/{endpoint}', { names: { provider: name, endpoint } });
  await call('GET', '/providers/{provider}/endpoints/{endpoint}', { names: { provider: 'bfl', endpoint: 'x' }, status: 404 });
  const { scenarios } = await call('GET', '/scenarios');
  assert(scenarios.some(({ name, about }) => name === 'nsfw' && about.length > 5));
  await call('GET', '/scenarios/{scenario}', { names: { scenario: 'nsfw' } });
  await call('GET', '/scenarios/{scenario}', { names: { scenario: 'nswf' }, status: 404 });
  assert.equal((await call('GET', '/sandboxes')).sandboxes.length, 1);
  await call('GET', '/sandboxes/{sandbox}', { names });
  assert.equal((await call('GET', '/sandboxes/{sandbox}/tasks', { names })).tasks.length, 2);
  await call('GET', '/sandboxes/{sandbox}/tasks/{id}', { names: { ...names, id: made.id } });
  await call('GET', '/sandboxes/{sandbox}/tasks/{id}', { names: { ...names, id: 'x' }, status: 404 });
  const brief = await call('GET', '/sandboxes/{sandbox}/tasks', { names, query: '?brief=true&limit=1' });
  assert.equal(brief.kept, 2);
  const older = await call('GET', '/sandboxes/{sandbox}/tasks', { names, query: `?before=${brief.tasks[0].id}` });
  assert.equal(older.tasks.length, 1);
  await call('GET', '/sandboxes/{sandbox}/tasks', { names, query: '?before=x', status: 400 });
  const picture = { ...names, id: made.id, index: '0' };
  const pictures = '/sandboxes/{sandbox}/tasks/{id}/pictures/{index}';
  await call('GET', pictures, { names: picture, type: 'image/jpeg' });
  await call('GET', pictures, { names: picture, query: '?thumb=320', type: 'image/jpeg' });
  await call('GET', pictures, { names: picture, query: '?thumb=321', status: 400 });
  await call('GET', pictures, { names: { ...picture, index: '1' }, status: 404 });
  const requests = await call('GET', '/sandboxes/{sandbox}/requests', { names, query: '?on=submit&limit=9' });
  assert.equal(requests.requests.length, 4);
  await call('GET', '/sandboxes/{sandbox}/requests', { names, query: '?on=pole', status: 400 });
  for (const { id } of requests.requests) {
    await call('GET', '/sandboxes/{sandbox}/requests/{id}', { names: { ...names, id } });
    await call('GET', '/sandboxes/{sandbox}/requests/{id}', {
      names: { ...names, id },
      query: '?format=text',
      type: 'text/plain',
    });
  }
  await call('GET', '/sandboxes/{sandbox}/requests/{id}', { names: { ...names, id: '99' }, status: 404 });
  const failed = await call('POST', '/sandboxes/{sandbox}/verify', {
    names,
    body: { order: [{ prompt: 'cat' }, { prompt: 'dog' }], spacing: { at_least: '1s' }, since: 'me-0' },
  });
  assert.equal(failed.ok, false);
  assert(failed.closest.length > 0);
  await call('POST', '/sandboxes/{sandbox}/verify', { names, body: {}, status: 400 });
  const expected = await call('GET', '/sandboxes/{sandbox}/expect', { names });
  assert.equal(expected.met, true);
  await call('POST', '/sandboxes/{sandbox}/reset', { names, body: { what: ['journal'] } });
  await call('GET', '/sandboxes/{sandbox}/requests/{id}', { names: { ...names, id: '1' }, status: 404 });
  await call('DELETE', '/sandboxes/{sandbox}', { names });
});

test('webhooks and inboxes answer as they are described', async () => {
  const names = { sandbox: 'hooks', inbox: 'mine' };
  await call('POST', '/inbox/{inbox}', { names, body: 'no webhook of anybody' });
  const inbox = encodeURIComponent(`${emulator.base}/_emulator/inbox/mine`);
  await post(`/queue.fal.run/fal-ai/flux/dev?fal_webhook=${inbox}`, { prompt: 'a cat' }, {
    authorization: 'Key hooks',
  });
  const moved = await call('POST', '/sandboxes/{sandbox}/clock', { names, body: { advance: '1m' } });
  assert(moved.fired.some(item => item.kind === 'webhook'));
  const { webhooks } = await call('GET', '/sandboxes/{sandbox}/webhooks', { names, query: '?state=delivered' });
  assert.equal(webhooks.length, 1);
  const whole = { ...names, id: webhooks[0].id };
  await call('GET', '/sandboxes/{sandbox}/webhooks/{id}', { names: whole });
  await call('GET', '/sandboxes/{sandbox}/webhooks/{id}', { names: { ...names, id: 'x' }, status: 404 });
  await call('GET', '/sandboxes/{sandbox}/webhooks/{id}/body', { names: whole });
  await call('POST', '/sandboxes/{sandbox}/webhooks/{id}/redeliver', { names: whole, status: 202 });
  await call('POST', '/sandboxes/{sandbox}/webhook-keys/rotate', { names, body: { provider: 'fal' } });
  await call('POST', '/sandboxes/{sandbox}/webhook-keys/rotate', { names, body: { provider: 'bfl' }, status: 409 });
  const { inboxes } = await call('GET', '/inbox');
  assert.deepEqual(inboxes.map(one => one.name), ['mine']);
  const { requests } = await call('GET', '/inbox/{inbox}', { names });
  assert(requests.length >= 2);
  assert.equal(requests[0].check, null);
  assert.equal(requests[1].check.provider, 'fal');
  await call('DELETE', '/inbox/{inbox}', { names });
});

test('events come live, as they are described', async () => {
  const stop = new AbortController();
  const response = await fetch(`${emulator.base}/_emulator/sandboxes/live/events?kind=request`, {
    signal: stop.signal,
  });
  const all = await fetch(`${emulator.base}/_emulator/events`, { signal: stop.signal });
  assert.equal(all.headers.get('content-type'), 'text/event-stream');
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const valid = validatorOf(document.components.schemas.RequestLine);
  await post('/bfl/v1/flux-dev', { prompt: 'a cat' }, { 'x-key': 'live' });
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('event: request')) break;
  }
  const data = JSON.parse(/^data: (.*)$/m.exec(text)[1]);
  assert(valid(data), ajv.errorsText(valid.errors));
  assert.equal(data.id, 'live-1');
  stop.abort();
  seen.add('GET /sandboxes/{sandbox}/events');
  seen.add('GET /events');
});

test('metrics are read by a parser of the format', async () => {
  await post('/bfl/v1/flux-dev', { prompt: 'a "quoted" cat' }, { 'x-key': 'metrics' });
  const families = parsePrometheus(await (await fetch(`${emulator.base}/_emulator/metrics`)).text());
  const named = Object.fromEntries(families.map(family => [family.name, family]));
  assert(families.length > 12);
  for (const { name, type, help } of families) {
    assert.match(name, /^(emulator|process)_[a-z_]+$/);
    assert(help.length > 5, name);
    assert.equal(type === 'COUNTER', name.endsWith('_total'), name);
  }
  const submits = named.emulator_requests_total.metrics.filter(
    ({ labels }) => labels.provider === 'bfl' && labels.on === 'submit' && labels.status === '200',
  );
  assert.equal(submits.length, 1);
  assert(Number(submits[0].value) >= 1);
  const durations = named.emulator_request_duration_seconds;
  assert.equal(durations.type, 'HISTOGRAM');
  assert.equal(durations.metrics[0].buckets['+Inf'], durations.metrics[0].count);
  assert(Number(named.process_resident_memory_bytes.metrics[0].value) > 1e6);
});

test('no call is left out of these tests', () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter(method => method !== 'parameters')
      .map(method => `${method.toUpperCase()} ${path.replace('/_emulator', '')}`),
  );
  assert.deepEqual([...seen].sort(), described.sort());
});
