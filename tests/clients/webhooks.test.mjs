// Receivers of webhooks as each provider's documentation wants them: Node's crypto, nothing of ours.
import assert from 'node:assert/strict';
import { createHash, createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';

import { startEmulator } from './emulator.mjs';

const start = 1_767_225_600; // 2026-01-01T00:00:00Z, where the emulator's clock stands

/** @type {Awaited<ReturnType<typeof startEmulator>>} */
let emulator;
/** @type {import('node:http').Server} */
let server;
let address = '';
/** @type {{ headers: import('node:http').IncomingHttpHeaders, body: Buffer }[]} */
let arrived = [];

before(async () => {
  emulator = await startEmulator();
  server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const pieces = [];
    request.on('data', piece => pieces.push(piece));
    request.on('end', () => {
      arrived.push({ headers: request.headers, body: Buffer.concat(pieces) });
      response.end('ok');
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const at = server.address();
  assert(at && typeof at === 'object');
  address = `http://127.0.0.1:${at.port}/hook`;
});
after(async () => {
  server?.close();
  await emulator?.stop();
});
beforeEach(() => {
  arrived = [];
});

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {object} body
 * @param {string} [then] what the scenario says of it
 */
async function submit(path, headers, body, then) {
  const answer = await fetch(emulator.base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...(then ? { 'x-emulator-then': then } : {}) },
    body: JSON.stringify(body),
  });
  assert(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** @param {string} name */
const header = name => String(arrived[0]?.headers[name] ?? '');

// Moves the clock until the task is over; what came is then there.
/** @param {string} key */
async function delivered(key) {
  await emulator.sandbox(key).advance('1m');
  assert.equal(arrived.length, 1);
  return arrived[0].body;
}

/** @param {string} a @param {string} b */
const equal = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

// fal.ai/docs: Ed25519 over request id, user id, timestamp and hex SHA-256 of the raw body, a line
// each, with any of the keys published.
async function falVerifies(/** @type {Buffer} */ body, /** @type {string} */ sandbox) {
  const keys = `${emulator.base}/rest.fal.ai/.well-known/jwks.json?x-emulator-sandbox=${sandbox}`;
  const { keys: published } = /** @type {any} */ (await (await fetch(keys)).json());
  assert.equal(published.length, 2);
  const message = [
    header('x-fal-webhook-request-id'),
    header('x-fal-webhook-user-id'),
    header('x-fal-webhook-timestamp'),
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const signature = Buffer.from(header('x-fal-webhook-signature'), 'hex');
  return published.some((/** @type {import('node:crypto').JsonWebKey} */ jwk) =>
    verify(null, Buffer.from(message), createPublicKey({ key: jwk, format: 'jwk' }), signature));
}

describe('fal', () => {
  /** @param {string} key @param {string} [then] */
  const ask = (key, then) =>
    submit(`/queue.fal.run/fal-ai/flux/dev?fal_webhook=${encodeURIComponent(address)}`,
      { authorization: `Key ${key}:secret` }, { prompt: 'a red apple' }, then);

  test('verifies with one of the published keys', async () => {
    const { request_id } = /** @type {any} */ (await ask('fal-good'));
    const body = await delivered('fal-good');
    assert(await falVerifies(body, 'fal-good'));
    assert.equal(header('x-fal-webhook-request-id'), request_id);
    const off = Math.abs(Number(header('x-fal-webhook-timestamp')) - start);
    assert(off < 300, `timestamp is ${off} s off`);
    const parsed = JSON.parse(body.toString());
    assert.equal(parsed.status, 'OK');
    assert.equal(parsed.error, null);
    // Re-serialised, the bytes are others, and a receiver that hashes those is wrong.
    assert(!(await falVerifies(Buffer.from(JSON.stringify(parsed)), 'fal-good')));
  });

  test('verifies after a rotation, with keys fetched before it too', async () => {
    await emulator.control('POST', 'sandboxes/fal-turned/webhook-keys/rotate', {});
    await ask('fal-turned');
    const body = await delivered('fal-turned');
    assert(await falVerifies(body, 'fal-turned'));
    assert(await falVerifies(body, 'fal-good')); // the set of a sandbox that has not rotated
  });

  for (const trouble of ['bad_signature', 'wrong_key', 'changed_body'])
    test(`does not verify with ${trouble}`, async () => {
      await ask(`fal-${trouble}`, `webhook: ${trouble}`);
      assert(!(await falVerifies(await delivered(`fal-${trouble}`), `fal-${trouble}`)));
    });

  test('verifies with old_timestamp, which is too old', async () => {
    await ask('fal-old', 'webhook: old_timestamp');
    assert(await falVerifies(await delivered('fal-old'), 'fal-old'));
    assert(start - Number(header('x-fal-webhook-timestamp')) > 300);
  });
});

describe('WaveSpeed', () => {
  // wavespeed.ai/docs: HMAC-SHA256 over "{id}.{timestamp}.{body}", the key being the secret's text
  // behind "whsec_".
  async function verifies(/** @type {Buffer} */ body, /** @type {string} */ key) {
    const answer = await fetch(`${emulator.base}/wavespeed/api/v3/webhook/secret`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const { data } = /** @type {any} */ (await answer.json());
    assert.match(data.secret, /^whsec_.{44}$/);
    const signed = createHmac('sha256', data.secret.replace('whsec_', ''))
      .update(`${header('webhook-id')}.${header('webhook-timestamp')}.`).update(body).digest('hex');
    return equal(header('webhook-signature'), `v3,${signed}`);
  }
  /** @param {string} key @param {string} [then] */
  const ask = (key, then) =>
    submit(`/wavespeed/api/v3/wavespeed-ai/flux-dev?webhook=${encodeURIComponent(address)}`,
      { authorization: `Bearer ${key}` }, { prompt: 'a red apple' }, then);

  test('verifies with the secret of the key, and of no other', async () => {
    const { data } = /** @type {any} */ (await ask('wave-good'));
    const body = await delivered('wave-good');
    assert(await verifies(body, 'wave-good'));
    assert(!(await verifies(body, 'wave-other')));
    assert.equal(header('webhook-id'), data.id);
    assert(Math.abs(Number(header('webhook-timestamp')) - start) < 300);
    assert.equal(JSON.parse(body.toString()).status, 'completed');
  });
  for (const trouble of ['bad_signature', 'wrong_key', 'changed_body'])
    test(`does not verify with ${trouble}`, async () => {
      await ask(`wave-${trouble}`, `webhook: ${trouble}`);
      assert(!(await verifies(await delivered(`wave-${trouble}`), `wave-${trouble}`)));
    });
});

describe('Apiframe', () => {
  // docs-v2.apiframe.ai and the official SDK: HMAC-SHA256 of the raw body, the key being the 32
  // bytes of the API key's SHA-256.
  function verifies(/** @type {Buffer} */ body, /** @type {string} */ key) {
    const secret = createHash('sha256').update(key).digest();
    return equal(header('x-webhook-signature'), `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  }
  /** @param {string} key @param {string} [then] */
  const ask = (key, then) =>
    submit('/apiframe/v2/images/generate', { 'x-api-key': key },
      { model: 'flux-1.1-pro', prompt: 'a red apple', webhookUrl: address }, then);

  test('verifies with the API key', async () => {
    const { jobId } = /** @type {any} */ (await ask('frame-good'));
    const body = await delivered('frame-good');
    assert(verifies(body, 'frame-good'));
    assert(!verifies(body, 'frame-other'));
    assert.equal(header('x-webhook-event'), 'completed');
    assert.equal(JSON.parse(body.toString()).jobId, jobId);
  });
  for (const trouble of ['bad_signature', 'wrong_key', 'changed_body'])
    test(`does not verify with ${trouble}`, async () => {
      await ask(`frame-${trouble}`, `webhook: ${trouble}`);
      assert(!verifies(await delivered(`frame-${trouble}`), `frame-${trouble}`));
    });
});

describe('BFL', () => {
  const secret = 'my own secret';
  /** @param {string} key @param {string} [then] */
  const ask = (key, then) =>
    submit('/bfl/v1/flux-pro-1.1', { 'x-key': key },
      { prompt: 'a red apple', webhook_url: address, webhook_secret: secret }, then);

  test('sends the secret as it was given', async () => {
    const { id } = /** @type {any} */ (await ask('bfl-good'));
    const body = JSON.parse((await delivered('bfl-good')).toString());
    assert(equal(header('x-webhook-secret'), secret));
    assert.equal(body.task_id, id);
    assert.equal(body.status, 'SUCCESS');
    assert.equal((await fetch(body.result.sample)).status, 200);
  });
  for (const trouble of ['bad_signature', 'wrong_key'])
    test(`sends another one with ${trouble}`, async () => {
      await ask(`bfl-${trouble}`, `webhook: ${trouble}`);
      await delivered(`bfl-${trouble}`);
      assert(!equal(header('x-webhook-secret'), secret));
    });
});
