// @ai-sdk/fal, as published, against the emulator: images by baseURL, in both majors.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as current from '@ai-sdk/fal';
import * as previous from '@ai-sdk/fal-v2';

import { here, startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';

let emulator;
before(async () => {
  emulator = await startEmulator({ clock: 'wall', args: ['--scenario', here('fal.scenario.yaml')] });
});
after(() => emulator?.stop());

for (const sdk of [current, previous]) {
  for (const path of ['', '/fal', '/fal.run']) {
    describe(`@ai-sdk/fal ${sdk.VERSION} at "${path}"`, { concurrency: true }, () => {
      const model = (name, id) =>
        sdk.createFal({ apiKey: `ai-${sdk.VERSION}-${name}:secret`, baseURL: emulator.base + path }).image(id);
      const generate = (name, id, call = {}) =>
        model(name, id).doGenerate({ prompt: 'a lighthouse', n: 1, providerOptions: {}, ...call });

      const rows = [
        ['ultra takes no image_size', 'fal-ai/flux-pro/v1.1-ultra', { size: '1024x768' }, 2752, 1536],
        ['a preset by ratio', 'fal-ai/flux/dev', { aspectRatio: '16:9' }, 1024, 576],
        ['a size', 'fal-ai/flux/dev', { size: '640x320' }, 640, 320],
        ['an unlisted model', 'fal-ai/some-other-model', { size: '512x256' }, 512, 256],
      ];
      for (const [name, id, call, width, height] of rows) {
        test(name, async () => {
          const { images } = await generate(name, id, call);
          assert.equal(images.length, 1);
          assert.deepEqual(picture(images[0]), { format: 'jpeg', width, height });
        });
      }

      test('several at once', async () => {
        const { images } = await generate('several', 'fal-ai/flux/schnell', { n: 3 });
        assert.equal(images.length, 3);
        assert(!Buffer.from(images[0]).equals(Buffer.from(images[1])));
      });

      test('what is wrong with the input is told', async () => {
        await assert.rejects(
          generate('invalid', 'fal-ai/flux/dev', { n: 5 }),
          error => {
            assert.equal(error.statusCode, 422);
            assert.match(error.message, /less than or equal to 4/);
            return true;
          },
        );
      });

      test('a prompt against the rules', async () => {
        await assert.rejects(
          generate('policy', 'fal-ai/flux/dev', { prompt: 'refused prompt' }),
          error => error.statusCode === 422,
        );
      });
    });
  }
}
