// A strict client of Apiframe's API v2, after its OpenAPI document 2.0.0: every type, every key.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';
import {
  boolean, caller, headers, integer, list, matching, nullable, object, one, text, that, time, url, uuid,
} from './strict.mjs';

/** @type {Awaited<ReturnType<typeof startEmulator>>} */
let emulator;
before(async () => {
  emulator = await startEmulator();
});
after(() => emulator?.stop());

const accepted = object({ jobId: uuid, status: one('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED') });
const percent = that('0 to 100', value => Number.isInteger(value) && value >= 0 && value <= 100);
const job = {
  id: uuid,
  status: one('QUEUED', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'),
  model: text,
  progress: nullable(percent),
  result: nullable(object({ images: list(url), 'gridUrl?': url })),
  error: nullable(text),
  creditCost: nullable(integer),
  webhookStatus: nullable(one('pending', 'delivered', 'failed')),
  createdAt: time,
  completedAt: nullable(time),
};
const single = object({ ...job, input: that('an object', value => value !== null && typeof value === 'object'), 'expired?': boolean });
const page = object({
  jobs: list(object({ ...job, expired: boolean })), nextCursor: nullable(text), hasMore: boolean, 'models?': list(text),
});
const refusal = object({ error: text });
const invalid = object({
  error: text,
  details: that('lists of texts by path', value =>
    Object.values(value).every(texts => Array.isArray(texts) && texts.length > 0 && texts.every(each => typeof each === 'string'))),
});
const poor = object({ error: one('Insufficient credits'), creditsRequired: integer, creditsAvailable: integer });
// Null for callers without a key, which are not served here: team and apiKey.
const me = object({
  user: object({ id: uuid, email: matching(/^[^@]+@[^@]+$/), role: one('ADMIN', 'MEMBER', 'OWNER') }),
  team: object({ id: uuid, name: text, credits: integer, plan: text, customerId: nullable(text) }),
  apiKey: object({ id: uuid, name: text, prefix: text }),
});

const type = 'application/json; charset=utf-8';
const connect = key => {
  const call = caller({ base: `${emulator.base}/apiframe`, headers: { 'x-api-key': key, accept: 'application/json' } });
  /**
   * @template T
   * @param {string} method
   * @param {string} path
   * @param {import('./strict.mjs').Expected<T>} expected
   */
  return (method, path, expected) => call(method, path, { type, ...expected });
};
/**
 * @template [T={ jobId: string, status: string }]
 * @param {ReturnType<typeof connect>} call
 * @param {unknown} json
 * @param {Partial<import('./strict.mjs').Expected<T>>} [more]
 */
const generate = (call, json, more = {}) =>
  call('POST', '/v2/images/generate', {
    json, status: 202, shape: /** @type {import('./strict.mjs').Shape<T>} */ (/** @type {unknown} */ (accepted)), ...more,
  });
/** @type {(call: ReturnType<typeof connect>, id: string) => Promise<any>} */
const get = (call, id) => call('GET', `/v2/jobs/${id}`, { shape: single });

describe('apiframe v2', () => {
  test('the live smoke test of the official SDK', async () => {
    const call = connect('v2-smoke');
    assert.notEqual((await call('GET', '/v2/me', { shape: me })).user.email, '');
    const input = { model: 'flux-1.1-pro', prompt: 'a red apple', fluxParams: { width: 512, height: 512, output_format: 'jpg' } };
    const { jobId, status } = await generate(call, { ...input, webhookUrl: 'https://example.com/?id=1' });
    assert.equal(status, 'QUEUED');
    const started = await get(call, jobId);
    assert.deepEqual([started.status, started.progress, started.completedAt, started.webhookStatus], ['PROCESSING', 0, null, 'pending']);
    assert.deepEqual(started.input, input);
    await emulator.sandbox('v2-smoke').advance('1s');
    const done = await get(call, jobId);
    assert.equal(done.status, 'COMPLETED');
    const file = await fetch(done.result.images[0]);
    assert.equal(file.headers.get('content-type'), 'image/jpeg');
    assert.deepEqual(picture(Buffer.from(await file.arrayBuffer())), { format: 'jpeg', width: 512, height: 512 });
  });

  /** @type {Record<string, [string, object, string, number, number]>} */
  const models = {
    'flux-1.1-pro-ultra': ['fluxParams', { aspect_ratio: '9:16', output_format: 'png', raw: true }, 'png', 1536, 2752],
    'flux-2-pro': ['fluxParams', { aspect_ratio: 'match_input_image', input_images: ['https://example.com/a.png'] }, 'jpeg', 1024, 1024],
    'flux-2-flex': ['fluxParams', { steps: 30, guidance: 4.5, width: 768, height: 1024, output_format: 'webp' }, 'webp', 768, 1024],
    'gpt-image-1.5': ['gptImageParams', {}, 'jpeg', 1024, 1024],
    'imagen-4': ['imagenParams', { aspect_ratio: '1:1' }, 'jpeg', 1024, 1024],
  };
  for (const [model, [name, parameters, format, width, height]] of Object.entries(models))
    test(`a picture by ${model}`, async () => {
      const call = connect(`v2-${model}`);
      const { jobId } = await generate(call, { model, prompt: 'a fox', [name]: parameters });
      await emulator.sandbox(`v2-${model}`).advance('1s');
      const { result } = await get(call, jobId);
      assert.deepEqual(picture(Buffer.from(await (await fetch(result.images[0])).arrayBuffer())), { format, width, height });
    });

  test('failures give the credits back', async () => {
    const call = connect('v2-failures');
    const { team } = await call('GET', '/v2/me', { shape: me });
    const { jobId } = await generate(call, { model: 'flux-2-max', prompt: 'x [[end: output_moderated]]' });
    assert.equal((await call('GET', '/v2/me', { shape: me })).team.credits, team.credits - 10);
    await emulator.sandbox('v2-failures').advance('1s');
    const failed = await get(call, jobId);
    assert.deepEqual([failed.status, failed.error, failed.creditCost, failed.result],
      ['FAILED', 'Provider returned an error: content policy violation', 0, null]);
    assert.equal((await call('GET', '/v2/me', { shape: me })).team.credits, team.credits);
    const cancelled = (await generate(call, { model: 'flux-2-max', prompt: 'x [[end: cancelled, run: 0s]]' })).jobId;
    assert.deepEqual([(await get(call, cancelled)).status, (await get(call, cancelled)).error], ['CANCELLED', null]);
  });

  test('a key used again answers with its job', async () => {
    const call = connect('v2-repeats');
    const json = { model: 'flux-1.1-pro', prompt: 'x' };
    const headers = { 'idempotency-key': 'abc' };
    const first = await generate(call, json, { headers });
    assert.equal((await generate(call, json, { headers })).jobId, first.jobId);
    assert.notEqual((await generate(call, json)).jobId, first.jobId);
    assert.notEqual((await generate(connect('v2-repeats-2'), json, { headers })).jobId, first.jobId);
    // The answer was lost on the way; the client sends the same again and pays once.
    const lost = { 'idempotency-key': 'lost', 'x-emulator-then': 'wire: lost' };
    await assert.rejects(generate(call, json, { headers: lost }));
    await generate(call, json, { headers: { 'idempotency-key': 'lost' } });
    assert.equal((await emulator.sandbox('v2-repeats').tasks()).length, 3);
    const long = await generate(call, json, { headers: { 'idempotency-key': 'k'.repeat(256) }, status: 400, shape: invalid });
    assert.deepEqual(Object.keys(long.details), ['Idempotency-Key']);
  });

  test('lists by pages, to the last job', async () => {
    const call = connect('v2-lists');
    const made = [];
    for (let i = 0; i < 5; ++i) made.unshift((await generate(call, { model: 'flux-1.1-pro', prompt: `${i} [[run: ${i + 1}s]]` })).jobId);
    const seen = [];
    for (let cursor = /** @type {string | null} */ (''); cursor !== null; ) {
      const { jobs, nextCursor, hasMore } = await call('GET', `/v2/jobs?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, { shape: page });
      seen.push(...jobs.map(each => each.id));
      assert.equal(hasMore, nextCursor !== null);
      cursor = nextCursor;
    }
    assert.deepEqual(seen.toSorted(), made.toSorted());
    await emulator.sandbox('v2-lists').advance('2s');
    const { jobs, models: known } = await call('GET', '/v2/jobs?status=COMPLETED&include_models=true', { shape: page });
    assert.deepEqual([jobs.length, known], [2, ['flux-1.1-pro']]);
    for (const query of ['cursor=x', 'cursor=e30', 'limit=0', 'limit=1.5', 'limit=x', 'status=done', 'scope=all', 'search=1', 'include_models=1'])
      await call('GET', `/v2/jobs?${query}`, { status: 400, shape: invalid });
  });

  test('what is refused', async () => {
    const call = connect('v2-refusals');
    const rows = [
      [{}, 'model'], [{ model: 'flux-pro', prompt: 'x' }, 'model'], [{ model: 'flux-2-pro' }, 'prompt'],
      [{ model: 'flux-2-pro', prompt: 'x'.repeat(2001) }, 'prompt'], [{ model: 'flux-2-pro', prompt: 'x', size: '1x1' }, ''],
      [{ model: 'flux-2-pro', prompt: 'x', dalleParams: {} }, ''], [{ model: 'flux-2-pro', prompt: 'x', fluxParams: null }, 'fluxParams'],
      [{ model: 'flux-2-pro', prompt: 'x', fluxParams: { aspect_ratio: '16x9' } }, 'fluxParams.aspect_ratio'],
      [{ model: 'flux-2-pro', prompt: 'x', fluxParams: { width: 2049 } }, 'fluxParams.width'],
      [{ model: 'flux-2-pro', prompt: 'x', fluxParams: { input_images: Array(11).fill('https://example.com') } }, 'fluxParams.input_images'],
      [{ model: 'flux-2-pro', prompt: 'x', webhookUrl: 'x' }, 'webhookUrl'], [[], ''], [7, ''], [null, ''],
    ];
    for (const [json, path] of rows) {
      const { details } = await generate(call, json, { status: 400, shape: invalid });
      assert.deepEqual(Object.keys(details), [path], JSON.stringify(json));
    }
    await call('POST', '/v2/images/generate', { body: '{"model":', status: 400, shape: refusal });
    const then = (what, status, shape = refusal) =>
      generate(call, { model: 'flux-2-pro', prompt: 'x' }, { headers: { 'x-emulator-then': `refuse: ${what}` }, status, shape });
    await then('unauthenticated', 401);
    await then('forbidden', 403);
    await then('conflict', 409);
    await then('server_error', 500);
    await then('unavailable', 503);
    await then('out_of_credit', 402, poor);
    assert.equal((await then('rate_limited, retry_after: 3s', 429))[headers].get('retry-after'), '3');
    await call('GET', '/v2/jobs/nonsense', { status: 400, shape: refusal });
    const { jobId } = await generate(call, { model: 'flux-2-pro', prompt: 'x' });
    await connect('v2-stranger')('GET', `/v2/jobs/${jobId}`, { status: 404, shape: refusal });
  });

  test('uploads are kept and handed out', async () => {
    const call = connect('v2-uploads');
    const { jobId } = await generate(call, { model: 'flux-1.1-pro', prompt: 'x', fluxParams: { width: 256, height: 256 } });
    await emulator.sandbox('v2-uploads').advance('1s');
    const made = Buffer.from(await (await fetch((await get(call, jobId)).result.images[0])).arrayBuffer());
    const form = bytes => {
      const body = new FormData();
      body.append('file', new Blob([bytes]), 'a.bin');
      return body;
    };
    const upload = await call('POST', '/v2/uploads', {
      body: form(made), status: 201,
      shape: object({ id: uuid, url, kind: one('image', 'video', 'audio'), contentType: text, byteSize: integer, expiresAt: time }),
    });
    assert.deepEqual([upload.kind, upload.contentType, upload.byteSize], ['image', 'image/jpeg', made.length]);
    assert(Buffer.from(await (await fetch(upload.url)).arrayBuffer()).equals(made));
    await call('POST', '/v2/uploads', { body: form('words'), status: 400, shape: refusal });
    await call('POST', '/v2/uploads', { json: {}, status: 400, shape: refusal });
    const cut = '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nID3';
    await call('POST', '/v2/uploads', {
      body: cut, headers: { 'content-type': 'multipart/form-data; boundary=x' }, status: 400, shape: refusal,
    });
  });

  test('the models, to everybody', async () => {
    const open = caller({ base: `${emulator.base}/apiframe`, headers: {} });
    const { models: known } = await open('GET', '/v2/models?modality=image', {
      type,
      shape: object({
        models: list(object({
          id: text, label: text, modality: one('image'), pricingMode: one('flat'), costMin: integer, costMax: integer,
        })),
      }),
    });
    for (const model of Object.keys(models)) assert(known.some(({ id }) => id === model), model);
    await open('GET', '/v2/models?modality=text', { status: 400, shape: invalid, type });
    await open('GET', '/v2/me', { status: 401, shape: refusal, type });
  });
});
