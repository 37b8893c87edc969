// Real SDKs on a clock that skips: ten minutes of work, and they are done at once though they poll as
// they always do.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { createFalClient } from '@fal-ai/client';

import { startEmulator } from './emulator.mjs';

const MODEL = 'fal-ai/flux/dev';

let emulator;
let folder;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-skip-'));
  const story = join(folder, 'slow.yaml');
  writeFileSync(story, 'name: slow\ndefaults: { queue: 5m, run: 10m }\n');
  emulator = await startEmulator({ clock: 'skip', args: ['--scenario', story] });
});
after(async () => {
  await emulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const connect = key =>
  createFalClient({ credentials: `${key}:secret`, proxyUrl: { url: `${emulator.base}/fal/proxy`, when: 'always' } });

// What the clock of a sandbox says has passed since `from`, in minutes.
const minutes = async (key, from) => {
  const { now } = await emulator.control('GET', `sandboxes/${key}/clock`);
  return (Date.parse(now) - from) / 60_000;
};

for (const mode of ['polling', 'streaming']) {
  test(`subscribe() of @fal-ai/client is done at once, ${mode}`, { timeout: 20_000 }, async () => {
    const began = Date.now();
    const states = [];
    const result = await connect('default').subscribe(MODEL, {
      input: { prompt: `a lighthouse, ${mode}` },
      mode,
      onQueueUpdate: update => states.push(update.status),
    });
    assert.equal(result.data.images.length, 1);
    assert.ok(states.includes('IN_PROGRESS'), states.join());
    assert.equal(states.at(-1), 'COMPLETED');
    assert.ok((await minutes('default', began)) >= 15);
  });
}

test('run() of @fal-ai/client is done at once', { timeout: 20_000 }, async () => {
  const result = await connect('default').run(MODEL, { input: { prompt: 'a pier' } });
  assert.equal(result.data.images.length, 1);
});
