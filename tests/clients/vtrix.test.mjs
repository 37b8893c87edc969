// A strict client of Vtrix's two protocols and its catalogue, after their documentation and the
// types of the official CLI (1.0.1), which decodes into Go and so takes no other types.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';
import { boolean, caller, headers, integer, list, matching, number, object, one, text, that, url } from './strict.mjs';

/** @type {Awaited<ReturnType<typeof startEmulator>>} */
let emulator;
before(async () => {
  emulator = await startEmulator();
});
after(() => emulator?.stop());

const xid = matching(/^[0-9a-v]{20}$/);
const head = status => ({ id: xid, created_at: integer, status: one(status), model: text });
const submitted = object(head('in_progress'));
const running = object({
  ...head('in_progress'),
  progress: that('a share', value => typeof value === 'number' && value >= 0 && value <= 1),
});
const completed = object({
  ...head('completed'),
  output: list(object({ content: list(object({ type: one('image'), url })) })),
  usage: object({ cost: matching(/^\d+(\.\d+)?$/), discount: number }),
  metadata: object({}),
});
const failed = object({ ...head('failed'), error: object({ code: text, message: text }) });
const refusal = code => object({ error: object({ code: one(code), message: text }), request_id: text });
const detail = object({ detail: text });

const connect = (key, base = emulator.base + '/vtrix') =>
  caller({ base, headers: { authorization: `Bearer ${key}`, 'user-agent': 'vtrix-cli/1.0.1', 'x-source': 'cli' } });

const create = (call, model, params, shape = submitted) =>
  call('POST', '/model/v1/generation', { json: { model, input: [{ params }] }, shape });
const poll = (call, id, shape, status = 200) =>
  call('GET', `/model/v1/generation/task/${id}`, { shape, status });
// Seconds since 1970 in the first four bytes of an xid.
const born = id => [...id.slice(0, 7)].reduce((bits, c) => bits * 32 + parseInt(c, 32), 0) / 8 | 0;

describe('vtrix, generation', () => {
  test('from the catalogue over the parameters to the picture', async () => {
    const call = connect('vtrix-cli');
    /** @type {<T>(data: import('./strict.mjs').Shape<T>) => import('./strict.mjs').Shape<{ data: T }>} */
    const enveloped = data => object({ status: object({ code: one(200), message: one('ok') }), data });
    const { data: found } = await call('GET', '/api/v1/skill/models?keywords=flux', {
      shape: enveloped(object({
        models: list(object({
          id: text, name: text, type: one('image'), description: text,
          input_modalities: list(text), output_modalities: list(text),
        })),
        total: integer, page: integer, page_size: integer, total_pages: integer,
      })),
    });
    assert.equal(found.total, found.models.length);
    for (const { id } of found.models) {
      const { data: spec } = await call('GET', `/api/v1/skill/models/${id}/spec`, {
        shape: enveloped(object({
          model_id: one(id), name: text, vendor: text, type: one('image'),
          api: object({ endpoint: url, method: one('POST'), headers: object({ Authorization: text }) }),
          parameters: list(object({
            name: text, path: matching(/^input\[0\]\.params\./), type: text, required: boolean, description: text,
            'constraints?': object({
              'enum?': list(text), 'default?': that('a value', value => value !== null), 'min?': number, 'max?': number,
            }),
          })),
          agent_prompt: text,
        })),
      });
      // The CLI posts to this address as it is.
      const direct = connect('vtrix-cli', '');
      const task = await direct('POST', spec.api.endpoint, {
        json: { model: id, input: [{ params: { prompt: 'a red apple' } }] }, shape: submitted,
      });
      assert.equal(born(task.id), task.created_at);
      await emulator.sandbox('vtrix-cli').advance('1s');
      const done = await direct('GET', `${spec.api.endpoint}/task/${task.id}`, { shape: completed });
      const file = await fetch(done.output[0].content[0].url);
      assert.equal(picture(Buffer.from(await file.arrayBuffer())).width, 1024);
    }
  });

  test('progress, and the end', async () => {
    const call = connect('vtrix-progress');
    const { id } = await create(call, 'flux_pro_11', { prompt: 'slow [[run: 10s]]', width: 256, height: 288 });
    assert.equal((await poll(call, id, running)).progress, 0);
    await emulator.sandbox('vtrix-progress').advance('4s');
    assert.equal((await poll(call, id, running)).progress, 0.4);
    await emulator.sandbox('vtrix-progress').advance('6s');
    const { output, usage } = await poll(call, id, completed);
    assert.deepEqual(usage, { cost: '0.04', discount: 0 });
    const file = await fetch(output[0].content[0].url);
    const { width, height, format } = picture(Buffer.from(await file.arrayBuffer()));
    assert.deepEqual({ width, height, format }, { width: 256, height: 288, format: 'jpeg' });
  });

  for (const [end, message] of [
    ['failed', 'Image generation failed'],
    ['input_moderated', 'Content blocked by safety policy'],
    ['output_moderated', 'Content blocked by safety policy'],
    ['timed_out', 'Image generation timed out'],
  ])
    test(`a task that ends ${end} is answered by 200`, async () => {
      const call = connect(`vtrix-${end}`);
      const { id } = await create(call, 'flux_2_pro', { prompt: `x [[end: ${end}]]` });
      await emulator.sandbox(`vtrix-${end}`).advance('1s');
      assert.deepEqual((await poll(call, id, failed)).error, { code: '002014001', message });
    });

  test('refusals', async () => {
    const call = connect('vtrix-refusals');
    const post = (json, status, shape, more = {}) => call('POST', '/model/v1/generation', { json, status, shape, ...more });
    await caller({ base: `${emulator.base}/vtrix`, headers: {} })('POST', '/model/v1/generation', {
      json: {}, status: 401, shape: refusal('UNAUTHORIZED'),
    });
    for (const json of [
      {}, [], null, 7, { model: 'flux_pro_11' }, { model: 'flux_pro_11', input: 'x' }, { model: 'flux_pro_11', input: [{}] },
      { model: 'flux_pro_11', input: [{ params: [] }] }, { model: 'flux_pro_11', prompt: 7 },
      { model: 'flux_pro_11', prompt: 'x', width: 1e300 }, { model: 'flux_pro_11', prompt: 'x', width: -32 },
      { model: 'flux_pro_11', prompt: 'x', seed: 1.5 }, { model: 'flux_pro_11', prompt: 'x', prompt_upsampling: 'yes' },
      { model: 'flux_kontext_pro', prompt: 'x', aspect_ratio: '16x9' },
    ])
      await post(json, 400, refusal('INVALID_PARAMETER'));
    await call('POST', '/model/v1/generation', { body: '{"model":', status: 400, shape: refusal('INVALID_PARAMETER') });
    await post({ model: 'flux_none', prompt: 'x' }, 404, detail);
    await post({ model: 'flux_pro_11', prompt: 'x' }, 403, refusal('INSUFFICIENT_BALANCE'), {
      headers: { 'x-emulator-then': 'refuse: out_of_credit' },
    });
    const limited = await post({ model: 'flux_pro_11', prompt: 'x' }, 429, refusal('RATE_LIMIT_EXCEEDED'), {
      headers: { 'x-emulator-then': 'refuse: rate_limited, retry_after: 7s' },
    });
    assert.equal(limited[headers].get('retry-after'), '7');
    await post({ model: 'flux_pro_11', prompt: 'x' }, 500, detail, { headers: { 'x-emulator-then': 'refuse: server_error' } });
    const { id } = await create(call, 'flux_pro_11', { prompt: 'mine' });
    await poll(connect('vtrix-stranger'), id, refusal('NOT_FOUND'), 404);
    await poll(call, 'nonsense', refusal('NOT_FOUND'), 404);
    // Clients try these two first, and move on at 404.
    await call('GET', `/model/v1/generation/${id}`, { status: 404, shape: detail });
    await call('GET', `/model/v1/generation?id=${id}`, { status: 404, shape: detail });
  });

  test('seeds make pictures repeatable, and any integer is one', async () => {
    const call = connect('vtrix-seeds');
    const bytes = async seed => {
      const { id } = await create(call, 'flux_pro_11', { prompt: 'x', seed, width: 256, height: 256 });
      await emulator.sandbox('vtrix-seeds').advance('1s');
      const { output } = await poll(call, id, completed);
      return Buffer.from(await (await fetch(output[0].content[0].url)).arrayBuffer());
    };
    assert((await bytes(-7)).equals(await bytes(-7)));
    assert(!(await bytes(-7)).equals(await bytes(7)));
    await bytes(2 ** 70);
  });
});

describe('vtrix, queue', () => {
  const id = matching(/^mmsu_[0-9a-hjkmnp-tv-z]{26}$/);
  const accepted = object({ request_id: id, response_url: url, status_url: url, cancel_url: url, queue_position: one(0) });
  const waiting = object({ status: one('IN_QUEUE'), request_id: id, queue_position: one(0), response_url: url });
  const working = object({ status: one('IN_PROGRESS'), request_id: id, response_url: url });
  const ended = { status: one('COMPLETED'), request_id: id, response_url: url, metrics: object({ inference_time: number }) };
  const result = object({
    request_id: id,
    outputs: list(object({
      type: one('image'), url, content_type: one('image/jpeg', 'image/png'), file_name: text, width: integer, height: integer,
    })),
    metadata: object({ prompt: text }),
  });

  test('from the queue to the picture', async () => {
    const call = connect('queue', '');
    const task = await call('POST', `${emulator.base}/vtrix/model/v1/queue/flux_pro_11`, {
      json: { prompt: 'a fox [[queue: 5s, run: 2s]]' }, shape: accepted,
    });
    await call('GET', task.status_url, { shape: waiting });
    await call('GET', task.response_url, { status: 202, shape: waiting });
    await emulator.sandbox('queue').advance('5s');
    await call('GET', task.status_url, { shape: working });
    await emulator.sandbox('queue').advance('2s');
    assert.equal((await call('GET', task.status_url, { shape: object(ended) })).metrics.inference_time, 2);
    const { outputs } = await call('GET', task.response_url, { shape: result });
    const file = picture(Buffer.from(await (await fetch(outputs[0].url)).arrayBuffer()));
    assert.deepEqual([file.width, file.height], [outputs[0].width, outputs[0].height]);
    await call('PUT', task.cancel_url, { status: 400, shape: object({ status: one('ALREADY_COMPLETED') }) });
  });

  test('cancelled, and unknown', async () => {
    const call = connect('queue-cancel', '');
    const task = await call('POST', `${emulator.base}/vtrix/model/v1/queue/flux_pro_11`, { json: { prompt: 'x' }, shape: accepted });
    await call('PUT', task.cancel_url, { status: 202, shape: object({ status: one('CANCELLATION_REQUESTED') }) });
    await call('GET', task.status_url, { shape: object({ ...ended, error: text, error_type: one('CANCELED') }) });
    await call('PUT', task.cancel_url.replace(/mmsu_\w+/, 'x'), { status: 404, shape: object({ status: one('NOT_FOUND') }) });
    await call('GET', task.status_url.replace(/mmsu_\w+/, 'x'), { status: 404, shape: detail });
    await connect('queue-stranger', '')('GET', task.status_url, { status: 404, shape: detail });
  });
});
