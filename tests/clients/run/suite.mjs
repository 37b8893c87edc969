// A suite as an application has it, three SDKs in it, for `provider-emulator run -- node --test`. It
// knows nothing of the emulator but what is in its environment.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';

import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';
import { createFalClient } from '@fal-ai/client';

import { picture } from '../picture.mjs';

const { Client } = createRequire(import.meta.url)('wavespeed');
const { env } = process;

async function sizeOf(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  const { width, height } = picture(new Uint8Array(await response.arrayBuffer()));
  return [width, height];
}

describe('pictures, with the keys and addresses of the environment', { concurrency: true }, () => {
  test('@ai-sdk/black-forest-labs', async () => {
    // The key comes from BFL_API_KEY.
    const bfl = createBlackForestLabs({ baseURL: `${env.EMULATOR_BFL_URL}/v1`, pollIntervalMillis: 10 });
    const result = await bfl
      .image('flux-pro-1.1-ultra')
      .doGenerate({ prompt: 'a red apple', n: 1, aspectRatio: '1:1', providerOptions: {} });
    const { width, height } = picture(result.images[0]);
    assert.deepEqual([width, height], [2048, 2048]);
  });

  test('@fal-ai/client', async () => {
    // The key comes from FAL_KEY.
    const fal = createFalClient({ proxyUrl: { url: env.EMULATOR_FAL_PROXY_URL, when: 'always' } });
    const { data } = await fal.subscribe('fal-ai/flux/dev', {
      input: { prompt: 'a green apple' },
      pollInterval: 10,
    });
    assert.equal(data.prompt, 'a green apple');
    const [image] = data.images;
    const address = new URL(image.url);
    const here = `${env.EMULATOR_URL}/${address.host}${address.pathname}${address.search}`;
    assert.deepEqual(await sizeOf(address.origin === env.EMULATOR_URL ? image.url : here), [
      image.width,
      image.height,
    ]);
  });

  test('wavespeed', async () => {
    const client = new Client(env.WAVESPEED_API_KEY, { baseUrl: env.EMULATOR_URL });
    const { outputs } = await client.run(
      'wavespeed-ai/flux-1.1-pro-ultra',
      { prompt: 'a yellow apple' },
      { pollInterval: 0.02 },
    );
    assert.deepEqual(await sizeOf(outputs[0]), [2048, 2048]);
  });

  test('a link is dead after ten minutes, which pass on a clock of this test alone', async () => {
    const clock = change =>
      fetch(`${env.EMULATOR_CONTROL_URL}/sandboxes/own-clock/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(change),
      });
    const client = new Client('own-clock', { baseUrl: env.EMULATOR_URL });
    const headers = { 'x-key': 'own-clock', 'content-type': 'application/json' };
    await client.run('wavespeed-ai/flux-schnell', { prompt: 'a blue apple' }, { pollInterval: 0.02 });
    const submitted = await fetch(`${env.EMULATOR_BFL_URL}/v1/flux-dev`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ prompt: 'a blue apple' }),
    });
    const { polling_url: poll } = await submitted.json();
    assert.equal((await clock({ advance: '1m' })).status, 200);
    const { status, result } = await (await fetch(poll, { headers })).json();
    assert.equal(status, 'Ready');
    assert.equal((await fetch(result.sample)).status, 200);
    assert.equal((await clock({ advance: '10m' })).status, 200);
    assert.equal((await fetch(result.sample)).status, 403);
    // The clocks of the others have not moved.
    const mine = await (await fetch(`${env.EMULATOR_SANDBOX_URL}/clock`)).json();
    assert(Math.abs(Date.parse(mine.now) - Date.now()) < 60_000, mine.now);
  });
});
