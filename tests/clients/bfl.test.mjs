// @ai-sdk/black-forest-labs, as published, against the emulator: pictures, and the reaction to
// everything else that BFL may say. The same tests run with the current and the previous major.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as current from '@ai-sdk/black-forest-labs';
import * as previous from '@ai-sdk/black-forest-labs-v1';

import { here, startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';

let emulator;
before(async () => {
  emulator = await startEmulator({ clock: 'wall', args: ['--scenario', here('bfl.scenario.yaml')] });
});
after(() => emulator?.stop());

// How the SDK's error looks from outside. `says` is a text, or the body's `detail` list.
const answers = (status, says, retryable) => error => {
  assert.equal(error.name, 'AI_APICallError');
  assert.equal(error.statusCode, status);
  assert.equal(error.message, typeof says === 'string' ? says : JSON.stringify(says));
  assert.equal(error.isRetryable, retryable);
  return true;
};

for (const sdk of [current, previous]) {
  describe(`@ai-sdk/black-forest-labs ${sdk.VERSION}`, { concurrency: true }, () => {
    // A key, so a sandbox, for each test.
    const key = name => `sdk-${sdk.VERSION}-${name}`;

    const connect = (name, { path = '/bfl/v1', origin = emulator.base, ...options } = {}) =>
      sdk.createBlackForestLabs({
        baseURL: origin + path,
        apiKey: key(name),
        pollIntervalMillis: 10,
        pollTimeoutMillis: 20_000,
        ...options,
      });

    const generate = (bfl, model, { options = {}, ...call } = {}) =>
      bfl.image(model).doGenerate({
        prompt: 'a lighthouse at dusk',
        n: 1,
        providerOptions: { blackForestLabs: options },
        ...call,
      });

    const pictureOf = result => {
      assert.equal(result.images.length, 1);
      return picture(result.images[0]);
    };
    const facts = result => result.providerMetadata.blackForestLabs.images[0];
    const post = (name, model, body) =>
      fetch(`${emulator.base}/v1/${model}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-key': key(name) },
        body: JSON.stringify(body),
      });

    describe('gets pictures', () => {
      const rows = [
        ['ultra as it is', 'flux-pro-1.1-ultra', {}, 'jpeg', 2752, 1536],
        ['ultra 16:9', 'flux-pro-1.1-ultra', { aspectRatio: '16:9' }, 'jpeg', 2752, 1536],
        ['ultra 1:1', 'flux-pro-1.1-ultra', { aspectRatio: '1:1' }, 'jpeg', 2048, 2048],
        ['ultra, its size read as a ratio', 'flux-pro-1.1-ultra', { size: '1024x1024' }, 'jpeg', 2048, 2048],
        ['ultra raw as PNG', 'flux-pro-1.1-ultra', { options: { raw: true, outputFormat: 'png' } }, 'png', 2752, 1536],
        ['pro 1.1', 'flux-pro-1.1', { options: { width: 1440, height: 256 } }, 'jpeg', 1440, 256],
        ['kontext pro, PNG by default', 'flux-kontext-pro', {}, 'png', 1024, 1024],
        ['kontext max 16:9', 'flux-kontext-max', { aspectRatio: '16:9' }, 'png', 1392, 752],
        ['flux-2 pro', 'flux-2-pro', {}, 'jpeg', 1024, 1024],
        ['flux-2 flex', 'flux-2-flex', { options: { width: 768, height: 1024 } }, 'jpeg', 768, 1024],
        ['flux-2 max', 'flux-2-max', { options: { outputFormat: 'png' } }, 'png', 1024, 1024],
      ];
      for (const [name, model, call, format, width, height] of rows) {
        test(name, async () => {
          const result = await generate(connect(`pictures-${name}`), model, call);
          assert.deepEqual(pictureOf(result), { format, width, height });
          assert.equal(result.response.headers['content-type'], `image/${format}`);
        });
      }

      for (const path of ['/bfl/v1', '/v1']) {
        test(`at ${path}`, async () => {
          const result = await generate(connect('path', { path }), 'flux-pro-1.1-ultra');
          assert.deepEqual(pictureOf(result), { format: 'jpeg', width: 2752, height: 1536 });
        });
      }

      test('at localhost, where links must not say 127.0.0.1', async () => {
        const bfl = connect('localhost', { origin: `http://localhost:${emulator.port}` });
        assert.equal(pictureOf(await generate(bfl, 'flux-pro-1.1')).width, 1024);
      });

      test('of the size of the picture to edit', async () => {
        const bfl = connect('edit');
        const first = await generate(bfl, 'flux-pro-1.1', { options: { width: 512, height: 768 } });
        const files = [{ type: 'file', mediaType: 'image/jpeg', data: first.images[0] }];
        const edited = await generate(bfl, 'flux-2-pro', { prompt: 'now at noon', files });
        assert.deepEqual(pictureOf(edited), { format: 'jpeg', width: 512, height: 768 });
        assert.equal(facts(edited).inputMegapixels > 0, true);
      });
    });

    test('is told seed, times and cost', async () => {
      const told = facts(await generate(connect('facts'), 'flux-pro-1.1-ultra', { seed: 42 }));
      assert.equal(told.seed, 42);
      assert.equal(told.cost ?? null, null); // the poll says it, and the SDK reads it of the submission
      assert(Math.abs(told.end_time - told.start_time - told.duration) < 1e-3);
      assert(told.duration > 0.03 && told.duration < 0.05, `duration ${told.duration}`);
      const two = facts(await generate(connect('facts'), 'flux-2-pro', { seed: 42 }));
      assert.equal(two.cost, 3);
      assert.equal(two.outputMegapixels, 1);
    });

    test('gets the same bytes for the same seed and prompt, others for another seed', async () => {
      const of = async (sandbox, seed) =>
        Buffer.from((await generate(connect(sandbox), 'flux-pro-1.1', { seed })).images[0]);
      const first = await of('same-1', 7);
      assert(first.equals(await of('same-2', 7)));
      assert(!first.equals(await of('same-1', 8)));
    });

    describe('meets moderation', () => {
      test('of the prompt: polls on until its own time limit', async () => {
        const bfl = connect('request-moderated', { pollTimeoutMillis: 300 });
        await assert.rejects(generate(bfl, 'flux-pro-1.1-ultra', { prompt: 'a refused prompt' }), {
          message: 'Black Forest Labs generation timed out.',
        });
      });

      test('of the prompt: stops when the caller does', async () => {
        await assert.rejects(
          generate(connect('request-moderated-aborted'), 'flux-2-pro', {
            prompt: 'a refused prompt',
            abortSignal: AbortSignal.timeout(300),
          }),
          error => ['AbortError', 'TimeoutError'].includes(error.name),
        );
      });

      test('of the picture: a word that it does not know', async () => {
        const bfl = connect('content-moderated');
        await assert.rejects(generate(bfl, 'flux-pro-1.1-ultra', { prompt: 'a refused picture' }), error => {
          assert.equal(error.message, 'Invalid JSON response');
          const { status, result, details } = JSON.parse(error.responseBody);
          assert.equal(status, 'Content Moderated');
          assert.equal(result, null);
          assert.equal(typeof details['Moderation Reasons'][0], 'string');
          return true;
        });
      });

      test('chosen by the key alone, with a scenario that comes with the emulator', async () => {
        const bfl = connect('unused', {
          apiKey: `emu.moderated.${key('by-key')}`,
          pollTimeoutMillis: 300,
        });
        await assert.rejects(generate(bfl, 'flux-pro-1.1-ultra', { prompt: 'anything' }), {
          message: /^(Black Forest Labs generation timed out\.|Invalid JSON response)$/,
        });
      });
    });

    test('gives up on a task that fails', async () => {
      await assert.rejects(generate(connect('failed'), 'flux-2-pro', { prompt: 'a failing picture' }), {
        message: 'Black Forest Labs generation failed.',
      });
    });

    test('gives up on a task that never ends', async () => {
      const bfl = connect('stuck', { pollTimeoutMillis: 300 });
      await assert.rejects(generate(bfl, 'flux-2-pro', { prompt: 'an endless picture' }), {
        message: 'Black Forest Labs generation timed out.',
      });
    });

    test('gives up on a task that is not known any more', async () => {
      await assert.rejects(
        generate(connect('vanished'), 'flux-2-pro', { prompt: 'a forgotten picture' }),
        answers(404, 'Unknown Black Forest Labs error', false),
      );
    });

    test('waits as long as the sandbox clock says', async () => {
      const sandbox = emulator.sandbox(key('frozen'));
      await sandbox.freeze();
      let polls = 0;
      const bfl = connect('frozen', {
        fetch: async (url, init) => {
          if (String(url).includes('/get_result') && ++polls === 3) await sandbox.advance('10m');
          return fetch(url, init);
        },
      });
      const result = await generate(bfl, 'flux-pro-1.1', { prompt: 'a slow picture' });
      assert.equal(polls, 3);
      assert(Math.abs(facts(result).duration - 600) < 1e-3);
    });

    describe('is refused', () => {
      const rows = [
        ['an unknown key', { prompt: 'an unknown key' }, 403, 'Not authenticated - Invalid Authentication', false],
        ['an empty purse', { prompt: 'an empty purse' }, 402, 'Insufficient credits', false],
      ];
      for (const [name, call, status, says, retryable] of rows) {
        test(name, () =>
          assert.rejects(
            generate(connect(`refused-${name}`), 'flux-pro-1.1-ultra', call),
            answers(status, says, retryable),
          ));
      }

      test('without a key', () =>
        assert.rejects(
          generate(connect('no-key', { headers: { 'x-key': '' } }), 'flux-pro-1.1-ultra'),
          answers(403, 'Not authenticated', false),
        ));

      test('twice by a faulty service, which then works', async () => {
        const bfl = connect('faulty');
        const call = { prompt: 'a faulty service' };
        await assert.rejects(generate(bfl, 'flux-2-pro', call), answers(500, 'Internal Server Error', true));
        await assert.rejects(generate(bfl, 'flux-2-pro', call), answers(503, 'Service Unavailable', true));
        assert.equal(pictureOf(await generate(bfl, 'flux-2-pro', call)).width, 1024);
      });
    });

    describe('is told what is wrong with its input', () => {
      const rows = [
        ['a safety tolerance', 'flux-2-pro', { options: { safetyTolerance: 6 } }, [
          { type: 'less_than_equal', loc: ['body', 'safety_tolerance'],
            msg: 'Input should be less than or equal to 5', input: 6, ctx: { le: 5 } },
        ]],
        ['a guidance', 'flux-2-flex', { options: { guidance: 20 } }, [
          { type: 'less_than_equal', loc: ['body', 'guidance'],
            msg: 'Input should be less than or equal to 10', input: 20, ctx: { le: 10 } },
        ]],
        ['two sizes at once', 'flux-pro-1.1', { options: { width: 1000, height: 1472 } }, [
          { type: 'multiple_of', loc: ['body', 'width'],
            msg: 'Input should be a multiple of 32', input: 1000, ctx: { multiple_of: 32 } },
          { type: 'less_than_equal', loc: ['body', 'height'],
            msg: 'Input should be less than or equal to 1440', input: 1472, ctx: { le: 1440 } },
        ]],
        ['a ratio', 'flux-kontext-pro', { prompt: 'a', aspectRatio: '5:1' }, [
          { type: 'value_error', loc: ['body'],
            msg: 'Value error, Invalid aspect ratio: Aspect ratio 5:1 (5.000) must be between 1:4 and 4:1',
            input: { prompt: 'a', aspect_ratio: '5:1' }, ctx: { error: {} } },
        ]],
      ];
      for (const [name, model, call, detail] of rows) {
        test(name, () =>
          assert.rejects(generate(connect(`invalid-${name}`), model, call), answers(422, detail, false)));
      }
    });

    describe('meets the limit of active tasks', () => {
      for (const [model, limit] of [['flux-pro-1.1', 24], ['flux-kontext-max', 6]]) {
        test(`${limit} of ${model}`, async () => {
          const name = `active-${model}`;
          for (let i = 0; i < limit; ++i) {
            assert.equal((await post(name, model, { prompt: 'a slow picture' })).status, 200);
          }
          const bfl = connect(name);
          await assert.rejects(generate(bfl, model), answers(429, 'Rate limit exceeded', true));
          await emulator.sandbox(key(name)).advance('10m');
          assert.equal(pictureOf(await generate(bfl, model)).width, 1024);
        });
      }
    });

    test('cannot use the answer to a request with a webhook', async () => {
      const call = { options: { webhookUrl: 'http://127.0.0.1:9/hook' } };
      await assert.rejects(generate(connect('webhook'), 'flux-pro-1.1-ultra', call), error => {
        assert.equal(error.message, 'Invalid JSON response');
        const answer = JSON.parse(error.responseBody);
        assert.equal(answer.webhook_url, 'http://127.0.0.1:9/hook');
        assert.equal('polling_url' in answer, false);
        return true;
      });
    });

    test('meets an expired link, and a fresh one at the next poll', async () => {
      const sandbox = emulator.sandbox(key('expired'));
      await sandbox.freeze();
      await sandbox.clock({ set: '2026-01-01T00:00:00Z' });  // so that ten minutes are exactly that
      let poll;
      const bfl = connect('expired', {
        fetch: async (url, init) => {
          if (String(url).includes('/get_result')) {
            poll = String(url);
            await sandbox.advance('1s');
          }
          if (/\/sample\.jpeg\?/.test(url)) await sandbox.advance('10m');
          return fetch(url, init);
        },
      });
      await assert.rejects(generate(bfl, 'flux-pro-1.1-ultra'), error => {
        answers(403, 'Forbidden', false)(error);
        assert.match(error.responseBody, /<Code>AuthenticationFailed<\/Code>/);
        return true;
      });
      const again = await (await fetch(poll)).json();
      const download = await fetch(again.result.sample);
      assert.equal(download.status, 200);
      assert.equal(picture(await download.arrayBuffer()).width, 2752);
    });

    test('can be followed in the journal of its sandbox', async () => {
      const sandbox = emulator.sandbox(key('journal'));
      await generate(connect('journal'), 'flux-pro-1.1-ultra');
      const tasks = await sandbox.tasks();
      assert.equal(tasks.length, 1);
      const requests = await sandbox.requests();
      assert(requests.length >= 3, `submit, polls and download: ${requests.length}`);
    });
  });
}
