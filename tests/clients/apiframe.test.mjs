// apiframe-js 1.1.1, unmodified, against the legacy API.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import ApiframeClient from 'apiframe-js';

import { startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';

let emulator;
before(async () => {
  emulator = await startEmulator();
});
after(() => emulator?.stop());

// A key, so a sandbox, for each test. The address is a field of the client.
function connect(key) {
  const client = new ApiframeClient(key);
  client.baseURL = `${emulator.base}/apiframe`;
  return client;
}

// The SDK prints what it was refused with and returns undefined.
async function refusedWith(run) {
  const said = [];
  const { log } = console;
  console.log = (...words) => said.push(words.join(' '));
  try {
    assert.equal(await run(), undefined);
  } finally {
    console.log = log;
  }
  return said.join('').trim();
}

describe('apiframe-js 1.1.1', () => {
  test('imagines, fetches, downloads', async () => {
    const client = connect('js-imagine');
    const { task_id } = await client.imagine({ prompt: 'a cat [[queue: 1s, run: 10s]]' });
    assert.match(task_id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(await client.fetch({ task_id }), { task_id, task_type: 'imagine', status: 'staged', percentage: 0 });
    await emulator.sandbox('js-imagine').advance('5s');
    const { status, percentage } = await client.fetch({ task_id });
    assert.deepEqual({ status, percentage }, { status: 'processing', percentage: 40 });
    await emulator.sandbox('js-imagine').advance('6s');
    const done = await client.fetch({ task_id });
    assert.equal(done.status, 'finished');
    assert.equal(done.image_urls.length, 4);
    for (const url of [...done.image_urls, done.original_image_url]) {
      const file = picture(Buffer.from(await (await fetch(url)).arrayBuffer()));
      assert.deepEqual([file.width, file.height], [1024, 1024]);
    }
  });

  test('fetches many', async () => {
    const client = connect('js-many');
    const ids = [];
    for (const prompt of ['one', 'two']) ids.push((await client.imagine({ prompt })).task_id);
    await emulator.sandbox('js-many').advance('1s');
    const { tasks } = await client.fetch_many({ task_ids: ids });
    assert.deepEqual(tasks.map(task => [task.task_id, task.status]), ids.map(id => [id, 'finished']));
  });

  test('is told its account', async () => {
    const client = connect('js-account');
    const before = await client.account();
    assert.deepEqual(Object.keys(before), ['email', 'credits', 'plan', 'next_billing_date', 'total_images']);
    await client.imagine({ prompt: 'a cat' });
    assert.equal((await client.account()).credits, before.credits - 10);
  });

  test('prints why it is refused', async () => {
    const client = connect('js-refused');
    assert.equal(await refusedWith(() => client.imagine({ prompt: '' })),
      '[ERROR] Invalid request');
    assert.equal(await refusedWith(() => client.fetch({ task_id: 'unknown' })), '[ERROR] Task not found');
    assert.equal(await refusedWith(() => client.imagine({ prompt: 'x [[refuse: out_of_credit]]' })),
      '[ERROR] Insufficient credits');
  });
});
