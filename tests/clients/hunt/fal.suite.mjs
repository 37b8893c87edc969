// The tests of a small application on @fal-ai/client, for `provider-emulator hunt -- node --test`. It
// knows nothing of the emulator: key and network are those that the hunt gives it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createFalClient } from '@fal-ai/client';

import { picture } from '../picture.mjs';

const fal = createFalClient();

test('a picture by the queue', async () => {
  const { data } = await fal.subscribe('fal-ai/flux/dev', {
    input: { prompt: 'a red apple', image_size: 'square' },
    pollInterval: 200,
  });
  assert.equal(data.images.length, 1);
  const response = await fetch(data.images[0].url);
  assert.equal(response.status, 200);
  const { format, width, height } = picture(new Uint8Array(await response.arrayBuffer()));
  assert.deepEqual([`image/${format}`, width, height], [data.images[0].content_type, 512, 512]);
});
