// The tests of a small application on @ai-sdk/black-forest-labs, for `provider-emulator hunt -- node
// --test`. It knows nothing of the emulator: key and network are those that the hunt gives it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';

import { picture } from '../picture.mjs';

// Its own limit is a minute, which is much for a test.
const bfl = createBlackForestLabs({ pollTimeoutMillis: 8_000 });

test('a picture of the size that was asked for', async () => {
  const { images } = await bfl.image('flux-pro-1.1').doGenerate({
    prompt: 'a red apple',
    n: 1,
    providerOptions: { blackForestLabs: { width: 512, height: 256 } },
  });
  assert.equal(images.length, 1);
  assert.deepEqual(picture(images[0]), { format: 'jpeg', width: 512, height: 256 });
});
