// fal's own JavaScript clients, as published, against the emulator: the current one by each way of
// pointing it somewhere, and the older serverless client.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { ApiError, createFalClient } from '@fal-ai/client';
import * as serverless from '@fal-ai/serverless-client';

import { here, startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';

const ULTRA = 'fal-ai/flux-pro/v1.1-ultra';
const FAL_HOST = /^https:\/\/((?:[a-z0-9.]+\.)?fal\.(?:run|ai|media))\//;

let emulator;
before(async () => {
  emulator = await startEmulator({ clock: 'wall', args: ['--scenario', here('fal.scenario.yaml')] });
});
after(() => emulator?.stop());

// "https://queue.fal.run/x" as "http://127.0.0.1:PORT/queue.fal.run/x"; other addresses as they are.
const rewritten = url => String(url).replace(FAL_HOST, `${emulator.base}/$1/`);

const ways = {
  requestMiddleware: key => ({
    credentials: `${key}:secret`,
    requestMiddleware: async request => ({ ...request, url: rewritten(request.url) }),
  }),
  proxyUrl: key => ({
    credentials: `${key}:secret`,
    proxyUrl: { url: `${emulator.base}/fal/proxy`, when: 'always' },
  }),
  fetch: key => ({
    credentials: `${key}:secret`,
    fetch: (url, options) => fetch(rewritten(url), options),
  }),
};

async function download(url) {
  const response = await fetch(rewritten(url));
  assert.equal(response.status, 200);
  return { type: response.headers.get('content-type'), bytes: Buffer.from(await response.arrayBuffer()) };
}

async function checkImage(image) {
  const { type, bytes } = await download(image.url);
  assert.equal(type, image.content_type);
  const { width, height } = picture(bytes);
  assert.deepEqual({ width, height }, { width: image.width, height: image.height });
}

for (const [way, options] of Object.entries(ways)) {
  describe(`@fal-ai/client by ${way}`, { concurrency: true }, () => {
    const key = name => `fal-${way}-${name}`;
    const connect = name => createFalClient(options(key(name)));

    test('subscribe, polling, with logs', async () => {
      const seen = [];
      const result = await connect('subscribe').subscribe(ULTRA, {
        input: { prompt: 'a lighthouse', seed: 7, aspect_ratio: '1:1' },
        logs: true,
        pollInterval: 20,
        onQueueUpdate: update => seen.push(update),
      });
      assert.equal(result.data.seed, 7);
      assert.equal(result.data.prompt, 'a lighthouse');
      assert.match(result.requestId, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      await checkImage(result.data.images[0]);
      assert.equal(seen.at(-1).status, 'COMPLETED');
      assert.deepEqual(seen.at(-1).logs.map(line => line.message), ['Step 1/4', 'Step 2/4', 'Step 3/4', 'Step 4/4']);
      assert(seen.some(update => update.status !== 'COMPLETED'));
    });

    test('subscribe by the status stream: every line of log once', async () => {
      const seen = [];
      const result = await connect('streaming').subscribe(ULTRA, {
        input: { prompt: 'a lighthouse' },
        mode: 'streaming',
        logs: true,
        onQueueUpdate: update => seen.push(structuredClone(update)),
      });
      await checkImage(result.data.images[0]);
      assert.deepEqual([...new Set(seen.map(update => update.status))].slice(-2), ['IN_PROGRESS', 'COMPLETED']);
      assert.deepEqual(seen.at(-1).logs.map(line => line.message), ['Step 1/4', 'Step 2/4', 'Step 3/4', 'Step 4/4']);
    });

    test('submit, status, result, and the result again', async () => {
      const fal = connect('queue');
      const { request_id: requestId, status } = await fal.queue.submit('fal-ai/flux/dev', { input: { prompt: 'x' } });
      assert.equal(status, 'IN_QUEUE');
      await assert.rejects(fal.queue.result('fal-ai/flux/dev', { requestId }), error => {
        assert(error instanceof ApiError);
        assert.equal(error.status, 400);
        assert.deepEqual(error.body, { detail: 'Request is still in progress' });
        return true;
      });
      await fal.queue.subscribeToStatus('fal-ai/flux/dev', { requestId, pollInterval: 20 });
      const first = await fal.queue.result('fal-ai/flux/dev', { requestId });
      const second = await fal.queue.result('fal-ai/flux/dev', { requestId });
      assert.deepEqual(first, second);
      assert.equal(first.requestId, requestId);
      await checkImage(first.data.images[0]);
    });

    test('run', async () => {
      const { data } = await connect('run').run('fal-ai/flux/schnell', {
        input: { prompt: 'x', image_size: { width: 640, height: 320 } },
      });
      assert.equal(data.images[0].width, 640);
      await checkImage(data.images[0]);
    });

    test('run with sync_mode: the pictures are in the answer', async () => {
      const { data } = await connect('inline').run(ULTRA, {
        input: { prompt: 'x', aspect_ratio: '9:16', output_format: 'png', sync_mode: true },
      });
      const [image] = data.images;
      assert.match(image.url, /^data:image\/png;base64,[A-Za-z0-9+/]+=*$/);
      assert.equal(image.content_type, 'image/png');
      assert.deepEqual(picture(Buffer.from(image.url.split(',')[1], 'base64')), {
        format: 'png',
        width: image.width,
        height: image.height,
      });
    });

    test('stream: previews, then the result', async () => {
      const stream = await connect('stream').stream('fal-ai/flux/dev', { input: { prompt: 'x' } });
      const events = [];
      for await (const event of stream) events.push(event);
      const result = await stream.done();
      assert.equal(events.length, 3);
      assert.match(events[0].images[0].url, /^data:image\/jpeg;base64,/);
      await checkImage(result.images[0]);
    });

    test('a request cancelled while it waits is over within one poll', async () => {
      const fal = connect('cancel');
      const { request_id: requestId } = await fal.queue.submit(ULTRA, { input: { prompt: 'long queue' } });
      const over = fal.queue.subscribeToStatus(ULTRA, { requestId, pollInterval: 50 });
      await fal.queue.cancel(ULTRA, { requestId });
      assert.equal((await over).status, 'COMPLETED');
      await assert.rejects(fal.queue.result(ULTRA, { requestId }), error => error.status === 499);
      await assert.rejects(fal.queue.cancel(ULTRA, { requestId }), error => error.status === 400);
    });

    test('a request cancelled at work goes on to its end', async () => {
      const fal = connect('cancel-running');
      const { request_id: requestId } = await fal.queue.submit(ULTRA, { input: { prompt: 'x [[queue: 0s, run: 1500ms]]' } });
      await fal.queue.cancel(ULTRA, { requestId });
      const over = await fal.queue.subscribeToStatus(ULTRA, { requestId, pollInterval: 50 });
      assert.equal(over.status, 'COMPLETED');
      const { data } = await fal.queue.result(ULTRA, { requestId });
      assert.equal(data.images.length, 1);
    });

    test('a client that runs out of time cancels', async () => {
      const fal = connect('timeout');
      await assert.rejects(
        fal.subscribe(ULTRA, { input: { prompt: 'slow picture' }, timeout: 150, pollInterval: 30 }),
        /timed out/,
      );
      const box = emulator.sandbox(key('timeout'));
      for (let i = 0; i < 100; i++) {
        const requests = await box.requests();
        if (requests.some(request => request.method === 'PUT' || request.on === 'cancel')) return;
        await new Promise(resolve => setTimeout(resolve, 10));
      }
      assert.fail('no cancel came');
    });

    test('a Blob in the input is uploaded and used', async () => {
      const fal = connect('upload');
      const made = await fal.run('fal-ai/flux-2', { input: { prompt: 'x', image_size: { width: 1400, height: 600 } } });
      const { bytes } = await download(made.data.images[0].url);
      const blob = new Blob([bytes], { type: 'image/png' });
      const url = await fal.storage.upload(blob);
      const back = await download(url);
      assert.equal(back.type, 'image/png');
      assert(back.bytes.equals(bytes));
      // The output's shape follows the picture that was sent in.
      const { data } = await fal.subscribe('fal-ai/flux-pro/kontext', {
        input: { prompt: 'x', image_url: blob },
        pollInterval: 20,
      });
      assert.deepEqual([data.images[0].width, data.images[0].height], [1568, 672]);
    });

    test('bad input is accepted and turns up at the result', async () => {
      await assert.rejects(
        connect('invalid').subscribe(ULTRA, { input: { prompt: 'x', num_images: 99 }, pollInterval: 20 }),
        error => {
          assert.equal(error.status, 422);
          assert.equal(error.name, 'ValidationError');
          assert.equal(error.fieldErrors[0].type, 'less_than_equal');
          return true;
        },
      );
    });

    test('a prompt against the rules, a flagged picture, a lost runner', async () => {
      const fal = connect('failures');
      const ask = prompt => fal.subscribe('fal-ai/flux/dev', { input: { prompt }, pollInterval: 20 });
      await assert.rejects(ask('refused prompt'), error => {
        assert.equal(error.body.detail[0].type, 'content_policy_violation');
        return error.status === 422;
      });
      assert.deepEqual((await ask('flagged picture')).data.has_nsfw_concepts, [true]);
      const { request_id: requestId } = await fal.queue.submit('fal-ai/flux/dev', { input: { prompt: 'lost runner' } });
      const over = await fal.queue.subscribeToStatus('fal-ai/flux/dev', { requestId, pollInterval: 20 });
      assert.equal(over.error_type, 'runner_disconnected');
    });

    test('a direct call that does not start in time is not tried again', async () => {
      const box = emulator.sandbox(key('start'));
      await assert.rejects(
        connect('start').run('fal-ai/flux/dev', { input: { prompt: 'long queue' }, startTimeout: 1.1 }),
        error => error.status === 504 && error.isUserTimeout,
      );
      assert.equal((await box.requests()).length, 1);
    });
  });
}

describe('@fal-ai/client, large files', () => {
  test('above 90 MB a file goes up in parts and comes back whole', async () => {
    const bytes = Buffer.alloc(91 * 1024 * 1024);
    for (let at = 0; at < bytes.length; at += 4096) bytes.writeUInt32LE(at, at);
    const fal = createFalClient(ways.fetch('fal-large'));
    const url = await fal.storage.upload(new Blob([bytes], { type: 'application/zip' }));
    const back = await download(url);
    assert.equal(back.type, 'application/zip');
    assert(back.bytes.equals(bytes));
  });
});

describe('@fal-ai/client, realtime', () => {
  test('inputs in msgpack, results in msgpack', async () => {
    const Plain = globalThis.WebSocket ?? (await import('undici')).WebSocket;
    const before = globalThis.WebSocket;
    globalThis.WebSocket = class extends Plain {
      constructor(url, ...rest) {
        super(String(url).replace('wss://fal.run/', `${emulator.base.replace('http', 'ws')}/fal.run/`), ...rest);
      }
    };
    try {
      const fal = createFalClient(ways.fetch('fal-realtime'));
      const result = await new Promise((resolve, reject) => {
        const connection = fal.realtime.connect('fal-ai/flux/schnell', {
          connectionKey: 'one',
          throttleInterval: 0,
          onResult: data => {
            connection.close();
            resolve(data);
          },
          onError: reject,
        });
        connection.send({ prompt: 'a lighthouse', seed: 7, image_size: 'square' });
      });
      assert.equal(result.seed, 7);
      await checkImage(result.images[0]);
    } finally {
      globalThis.WebSocket = before;
    }
  });
});

describe('@fal-ai/serverless-client', () => {
  before(() =>
    serverless.config({
      credentials: 'fal-serverless:secret',
      requestMiddleware: async request => ({ ...request, url: rewritten(request.url) }),
    }),
  );

  test('subscribe', async () => {
    const result = await serverless.subscribe(ULTRA, { input: { prompt: 'a lighthouse', seed: 9 }, pollInterval: 20 });
    assert.equal(result.seed, 9);
    await checkImage(result.images[0]);
  });

  test('run', async () => {
    const result = await serverless.run('fal-ai/flux/dev', { input: { prompt: 'x' } });
    await checkImage(result.images[0]);
  });

  test('upload', async () => {
    const url = await serverless.storage.upload(new Blob(['hello'], { type: 'text/plain' }));
    assert.equal((await download(url)).bytes.toString(), 'hello');
  });
});
