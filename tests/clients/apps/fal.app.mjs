// The suite of a small app that makes pictures with @fal-ai/client, as an app would have it: nothing
// in it knows of the emulator but for the address. `hunt -- node --test apps/fal.app.mjs` is tried with it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createFalClient } from '@fal-ai/client';

const fal = createFalClient({
  credentials: process.env.FAL_KEY,
  proxyUrl: { url: process.env.EMULATOR_FAL_PROXY_URL, when: 'always' },
});

async function pictureOf(prompt) {
  const { data } = await fal.subscribe('fal-ai/flux/dev', { input: { prompt } });
  const [image] = data.images;
  const reply = await fetch(image.url);
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
