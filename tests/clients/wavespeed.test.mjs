// The official SDK of WaveSpeed in three generations, and its command line, unmodified.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';

const require = createRequire(import.meta.url);
const current = require('wavespeed');
const previous = require('wavespeed-v0.2');
const oldest = require('wavespeed-v0.0');

const ultra = 'wavespeed-ai/flux-1.1-pro-ultra';
const schnell = 'wavespeed-ai/flux-schnell';
const flagged = 'Content flagged as potentially sensitive. Please try different prompts or images.';

let emulator;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-wavespeed-'));
  writeFileSync(join(folder, 'quick.yaml'), 'name: quick\ndefaults: { run: 50ms }\n');
  writeFileSync(join(folder, 'picture.png'), 'not quite a picture');
  emulator = await startEmulator({ clock: 'wall', args: ['--scenario', join(folder, 'quick.yaml')] });
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await emulator?.stop();
});

const ask = (key, path, body, headers = {}) =>
  fetch(`${emulator.base}/api/v3/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
const bytesOf = async url => Buffer.from(await (await fetch(url)).arrayBuffer());

for (const [version, sdk] of [['0.3.2', current], ['0.2.3', previous]]) {
  describe(`wavespeed ${version}`, { concurrency: true }, () => {
    const key = name => `ws-${version}-${name}`;
    const connect = (name, options = {}) =>
      new sdk.Client(key(name), { baseUrl: emulator.base, ...options });
    const run = (name, model, input, options = {}) =>
      connect(name, options.client).run(model, input, { pollInterval: 0.02, ...options });

    test('a picture comes back, as large as ultra makes it', async () => {
      const { outputs } = await run('picture', ultra, { prompt: 'a red apple', seed: 7 });
      assert.equal(outputs.length, 1);
      assert.match(outputs[0], /\/output\/[0-9a-f-]{36}-u[12]_[0-9a-f-]{36}\.jpg$/);
      assert.equal(new URL(outputs[0]).origin, emulator.base);
      const made = picture(new Uint8Array(await bytesOf(outputs[0])));
      assert.deepEqual([made.width, made.height], [2048, 2048]);
    });

    test('several pictures, in the size asked for', async () => {
      const input = { prompt: 'a', num_images: 3, size: '512*256' };
      const { outputs } = await run('several', schnell, input);
      assert.equal(new Set(outputs).size, 3);
    });

    test('base64 comes bare', async () => {
      const { outputs } = await run('base64', ultra, {
        prompt: 'a',
        output_format: 'png',
        enable_base64_output: true,
      });
      const made = picture(new Uint8Array(Buffer.from(outputs[0], 'base64')));
      assert.deepEqual([made.width, made.height], [2048, 2048]);
    });

    test('sync mode answers at once', async () => {
      const { outputs } = await run('sync', schnell, { prompt: 'a' }, { enableSyncMode: true });
      assert.equal(outputs.length, 1);
    });

    test('a moderated task fails with the reason', async () => {
      await assert.rejects(run('moderated', schnell, { prompt: 'x [[end: input_moderated]]' }), error => {
        assert.ok(error.message.includes(flagged), error.message);
        return true;
      });
    });

    test('a bad body, no key that counts and no credit are said as the provider does', async () => {
      for (const [prompt, text] of [
        ['', 'field \\"prompt\\" is required'],
        ['x [[refuse: unauthenticated]]', 'Invalid API key.'],
        ['x [[refuse: out_of_credit]]', 'Insufficient credits.'],
      ])
        await assert.rejects(run('refused', schnell, { prompt }), error => {
          assert.ok(error.message.includes(text), error.message);
          return true;
        });
    });

    test('an uploaded file is served again', async () => {
      const url = await connect('upload').upload(join(folder, 'picture.png'));
      assert.match(url, /\/media\/images\/\d{19}_[A-Za-z0-9]{8}\.png$/);
      assert.equal(String(await bytesOf(url)), 'not quite a picture');
    });
  });
}

describe('wavespeed 0.3.2 alone', { concurrency: true }, () => {
  const client = name => new current.Client(name, { baseUrl: emulator.base, retryInterval: 0.01 });

  test('a poll that fails for a while is asked again, a submission is not', async () => {
    const key = 'ws-flaky';
    await fetch(`${emulator.base}/_emulator/sandboxes/${key}/scenario`, {
      method: 'PUT',
      body: 'name: flaky\ndefaults: { run: 0s }\nrules:\n  - when: { on: poll, first: 2 }\n    then: { refuse: unavailable }\n',
    });
    const { outputs } = await client(key).run(schnell, { prompt: 'a' });
    assert.equal(outputs.length, 1);
    await assert.rejects(client(key).run(schnell, { prompt: 'x [[refuse: unavailable]]' }));
    const submits = await emulator.sandbox(key).requests('?on=submit');
    assert.equal(submits.length, 2);
  });

  test('statuses of 2026 end the wait', async () => {
    for (const end of ['timed_out', 'cancelled'])
      await assert.rejects(client('ws-ends').run(schnell, { prompt: `x [[run: 0s, end: ${end}]]` }));
  });

  test('a sync wait that runs out leaves a task that can be asked for', async () => {
    const key = 'ws-sync-late';
    await emulator.sandbox(key).freeze();
    const late = client(key).run(schnell, { prompt: 'x [[run: 100s]]' }, { enableSyncMode: true });
    const failed = assert.rejects(late, error => {
      assert.match(error.message, /Sync mode timed out after 90 seconds/);
      assert.match(error.resultUrl, /\/api\/v3\/predictions\/[0-9a-f]{32}\/result$/);
      return true;
    });
    while ((await emulator.sandbox(key).tasks()).length === 0) await sleep(5);
    await emulator.sandbox(key).advance('90s');
    await failed;
    await emulator.sandbox(key).advance('10s');
    const [{ id }] = await emulator.sandbox(key).tasks();
    const { data } = await (await ask(key, `predictions/${id}/result`)).json();
    assert.equal(data.status, 'completed');
  });
});

describe('wavespeed 0.0.15', { concurrency: true }, () => {
  const connect = name => new oldest.WaveSpeed(name, { baseUrl: `${emulator.base}/api/v3/` });

  test('a picture comes back', async () => {
    const result = await connect('ws-0.0-picture').run(schnell, { prompt: 'a' });
    assert.equal(result.status, 'completed');
    assert.equal(result.outputs.length, 1);
  });

  test('a failed task is reported', async () => {
    const run = connect('ws-0.0-failed').run(schnell, { prompt: 'x [[end: input_moderated]]' });
    const result = await run.catch(error => ({ status: 'failed', error: String(error) }));
    assert.equal(result.status, 'failed');
    assert.ok(JSON.stringify(result.error).includes('flagged'), JSON.stringify(result.error));
  });

  test('a webhook address is taken unencoded, the file goes to version 2', async () => {
    const key = 'ws-0.0-upload';
    await connect(key).run(schnell, { prompt: 'a' }, { webhook: 'http://127.0.0.1:9/hook' });
    const url = await connect(key).upload(new Blob(['hello']), { filename: 'a.png' });
    assert.equal(String(await bytesOf(url)), 'hello');
    const [sent] = await emulator.sandbox(key).requests('?on=upload');
    assert.ok(JSON.stringify(sent).includes('/api/v2/media/upload/binary'), JSON.stringify(sent));
  });
});

describe('@wavespeed/cli 0.2.2', () => {
  const key = 'ws-cli';
  const cli = fileURLToPath(new URL('node_modules/@wavespeed/cli/dist/cli.js', import.meta.url));
  const run = (...args) =>
    new Promise((resolve, reject) =>
      execFile(
        process.execPath,
        [cli, ...args],
        {
          cwd: folder,
          env: { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder, WAVESPEED_API_KEY: key },
        },
        (error, stdout, stderr) => (error ? reject(new Error(stderr + stdout)) : resolve(stdout)),
      ),
    );
  const json = async (...args) => JSON.parse(await run(...args, '--json'));

  test('run, balance, history, show, price, upload, delete, models', async () => {
    await run('config', '--base-url', emulator.base);
    assert.equal((await json('balance')).balance, 1000000);
    const made = await json('run', schnell, '-p', 'a red apple');
    assert.equal(made.outputs.length, 1);
    const history = await json('history');
    assert.equal(history.items.length, 1);
    assert.equal(history.items[0].inputs.prompt, 'a red apple');
    const { id } = history.items[0];
    const shown = await json('show', id);
    assert.equal(shown.status, 'completed');
    const price = await json('price', schnell, '-i', 'num_images=2');
    assert.deepEqual(price, { model_id: schnell, unit_price: 0.006, currency: 'USD' });
    const { url } = await json('upload', join(folder, 'picture.png'));
    assert.equal(String(await bytesOf(url)), 'not quite a picture');
    assert.deepEqual(await json('delete', id), { deleted: [id] });
    assert.equal((await json('show', id)).status, 'deleted');
    assert.equal((await json('history')).items.length, 0);
    assert.ok(JSON.stringify(await json('models', '--no-cache')).includes(ultra));
  });
});

test('the catalogue describes ultra as it was recorded', async () => {
  const text = await (await ask('ws-catalogue', 'models')).text();
  const schema =
    '"api_path":"/api/v3/wavespeed-ai/flux-1.1-pro-ultra","request_schema":{"additionalProperties":false,"properties":{"aspect_ratio":{"default":"1:1","enum":["1:1","16:9","9:16","4:3","3:4"],"type":"string"},';
  assert.ok(text.startsWith('{"code":200,"message":"success","data":[{"model_id":"wavespeed-ai/flux-1.1-pro-ultra","name":"wavespeed-ai/flux-1.1-pro-ultra","base_price":0.06,"description":'));
  assert.ok(text.includes(schema));
  assert.ok(text.includes('"required":["prompt"],"type":"object","x-order-properties":["prompt","aspect_ratio","output_format","raw","seed","enable_base64_output"]}'));
});
