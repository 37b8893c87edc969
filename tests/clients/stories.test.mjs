// What real SDKs do in stories that come with the emulator: wait, give up, hang, fail. Each key names
// its story, as an application would do it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';
import { createFalClient } from '@fal-ai/client';
import * as wavespeed from 'wavespeed';

import { startEmulator } from './emulator.mjs';

let emulator;
before(async () => {
  emulator = await startEmulator({ clock: 'wall' });
});
after(() => emulator?.stop());

const asked = async (key, on) => (await emulator.sandbox(key).requests(`?on=${on}`)).length;
// Waits for what the SDK does by itself; the limit is only a safety net.
async function until(condition) {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, 'it did not happen');
    await sleep(5);
  }
}

describe('real SDKs in the stories', { concurrency: true }, () => {
  test('lost-responses: WaveSpeed submits once, fails, and the second attempt of the app is paid twice', async () => {
    const key = 'emu.lost-responses.wavespeed';
    const client = new wavespeed.Client(key, { baseUrl: emulator.base });
    const model = 'wavespeed-ai/flux-schnell';
    const run = () => client.run(model, { prompt: 'a' }, { pollInterval: 0.02 });
    await run();
    await assert.rejects(run());
    assert.equal(await asked(key, 'submit'), 2); // the SDK does not submit again by itself
    await run();
    assert.equal((await emulator.sandbox(key).tasks()).length, 3);
  });

  test('stuck: the AI SDK gives up on BFL at its own time limit', async () => {
    const key = 'emu.stuck.bfl';
    const bfl = createBlackForestLabs({
      baseURL: `${emulator.base}/bfl/v1`,
      apiKey: key,
      pollIntervalMillis: 10,
      pollTimeoutMillis: 100,
    });
    const call = bfl.image('flux-pro-1.1').doGenerate({ prompt: 'a', n: 1, providerOptions: {} });
    await assert.rejects(call, /timed? ?out/i);
    assert.ok((await asked(key, 'poll')) > 1);
  });

  test('stuck: fal.subscribe has no time limit, and polls until somebody aborts it', async () => {
    const key = 'emu.stuck.fal';
    const abort = new AbortController();
    const fal = createFalClient({
      credentials: `${key}:secret`,
      requestMiddleware: async request => ({
        ...request,
        url: request.url.replace(/^https:\/\//, `${emulator.base}/`),
      }),
    });
    let settled = false;
    const call = fal.subscribe('fal-ai/flux/dev', {
      input: { prompt: 'a' },
      pollInterval: 10,
      abortSignal: abort.signal,
    });
    call.catch(() => {}).finally(() => (settled = true));
    await until(async () => (await asked(key, 'poll')) >= 20);
    assert.equal(settled, false);
    abort.abort();
    await assert.rejects(call);
  });

  test('moderated: the AI SDK takes a withheld picture for an end, not for work going on', async () => {
    const key = 'emu.moderated.bfl';
    const bfl = createBlackForestLabs({
      baseURL: `${emulator.base}/bfl/v1`,
      apiKey: key,
      pollIntervalMillis: 10,
      pollTimeoutMillis: 10_000,
    });
    const call = () => bfl.image('flux-pro-1.1').doGenerate({ prompt: 'a', n: 1, providerOptions: {} });
    await assert.rejects(call()); // Request Moderated
    await assert.rejects(call()); // Content Moderated
    assert.equal(await asked(key, 'submit'), 2);
  });

  test('polls-down: WaveSpeed asks again a few times, then gives the paid task up', async () => {
    const key = 'emu.polls-down.wavespeed';
    const client = new wavespeed.Client(key, { baseUrl: emulator.base, retryInterval: 0.01 });
    await assert.rejects(client.run('wavespeed-ai/flux-schnell', { prompt: 'a' }, { pollInterval: 0.02 }));
    assert.equal((await emulator.sandbox(key).tasks()).length, 1);
    assert.ok((await asked(key, 'poll')) > 1);
  });
});
