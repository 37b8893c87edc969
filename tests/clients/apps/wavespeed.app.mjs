// The same with WaveSpeed's SDK.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const { Client } = createRequire(import.meta.url)('wavespeed');
const wavespeed = new Client(process.env.WAVESPEED_API_KEY, { baseUrl: process.env.WAVESPEED_BASE_URL });

async function pictureOf(prompt) {
  const { outputs } = await wavespeed.run('wavespeed-ai/flux-dev', { prompt });
  const reply = await fetch(outputs[0]);
  return Buffer.from(await reply.arrayBuffer());
}

test('a prompt becomes a picture', async () => {
  const bytes = await pictureOf('a lighthouse at dusk');
  assert(bytes.length > 1_000);
});

test('two prompts become two pictures', async () => {
  const [one, other] = await Promise.all([pictureOf('a red apple'), pictureOf('a green pear')]);
  assert.notDeepEqual(one, other);
});
