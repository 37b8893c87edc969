// The table of README.md under "With an SDK": each row, exactly as it is written there, makes a
// picture here. Only the port is that of this test's emulator.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { createBlackForestLabs } from '@ai-sdk/black-forest-labs';
import { createFal } from '@ai-sdk/fal';
import { createFalClient } from '@fal-ai/client';
import ApiframeClient from 'apiframe-js';

import { here, startEmulator } from './emulator.mjs';

const { Client } = createRequire(import.meta.url)('wavespeed');

const ORIGIN = 'http://127.0.0.1:4242';
const page = readFileSync(here('../../README.md'), 'utf8');
const section = page.split(/^## /m).find(each => each.startsWith('With an SDK\n'));
const rows = [...section.matchAll(/^\| (.+?) \| (.+) \|$/gm)]
  .map(([, name, how]) => ({ name, how }))
  .filter(({ name }) => name !== 'SDK' && name !== '---');
const code = how => how.match(/^`(.+)`$/)?.[1];

let emulator;
before(async () => {
  emulator = await startEmulator({ clock: 'wall' });
});
after(() => emulator?.stop());

// Runs a line of JavaScript with these names in reach.
const evaluate = (line, names) =>
  new Function(...Object.keys(names), `return (${line.replaceAll(ORIGIN, emulator.base)});`)(...Object.values(names));

const generate = model => model.doGenerate({ prompt: 'a red apple', n: 1, providerOptions: {} });
const byFal = async fal => {
  const { data } = await fal.subscribe('fal-ai/flux/dev', { input: { prompt: 'a red apple' }, pollInterval: 20 });
  assert.equal(data.prompt, 'a red apple');
  return data.images.length;
};

const json = { 'content-type': 'application/json' };
// A submission to each provider below its path, as the last row promises.
const submissions = {
  '/bfl': ['/v1/flux-dev', { 'x-key': 'me' }, { prompt: 'a red apple' }],
  '/fal': ['/fal-ai/flux/dev', { authorization: 'Key me:secret' }, { prompt: 'a red apple' }],
  '/wavespeed': ['/api/v3/wavespeed-ai/flux-schnell', { authorization: 'Bearer me' }, { prompt: 'a red apple' }],
  '/apiframe': ['/v2/images/generate', { 'x-api-key': 'me' }, { model: 'flux-1.1-pro', prompt: 'a red apple' }],
  '/vtrix': ['/model/v1/generation', { authorization: 'Bearer me' }, {
    model: 'flux_2_pro', input: [{ params: { prompt: 'a red apple' } }],
  }],
};

const byHost = () =>
  new Promise((resolve, reject) => {
    const headers = { ...json, host: 'api.bfl.ai', 'x-key': 'me' };
    const call = request(`${emulator.base}/v1/flux-dev`, { method: 'POST', headers }, answer => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    call.on('error', reject);
    call.end(JSON.stringify({ prompt: 'a red apple' }));
  });

// How to make tasks by each row; the number of them.
const driven = {
  '`@ai-sdk/black-forest-labs`': async line =>
    (await generate(evaluate(line, { createBlackForestLabs }).image('flux-dev'))).images.length,
  '`@fal-ai/client`': line => byFal(evaluate(line, { createFalClient })),
  '`@fal-ai/client`, by host': line => byFal(evaluate(line, { createFalClient })),
  '`@ai-sdk/fal`': async line => (await generate(evaluate(line, { createFal }).image('fal-ai/flux/dev'))).images.length,
  '`wavespeed`': async line => {
    const client = evaluate(line, { Client });
    const { outputs } = await client.run('wavespeed-ai/flux-schnell', { prompt: 'a red apple' }, { pollInterval: 0.02 });
    return outputs.length;
  },
  '`apiframe-js`': async line => {
    const client = new ApiframeClient('me');
    evaluate(line, { client });
    assert.match((await client.imagine({ prompt: 'a red apple' })).task_id, /^[0-9a-f-]{36}$/);
    return 1;
  },
  'anything else': async line => {
    for (const [provider, [path, headers, body]] of Object.entries(submissions)) {
      assert(line.includes(`\`${provider}\``), provider);
      const answer = await fetch(emulator.base + provider + path, {
        method: 'POST',
        headers: { ...json, ...headers },
        body: JSON.stringify(body),
      });
      assert(answer.ok, `${provider}: ${answer.status} ${await answer.text()}`);
    }
    assert.equal(await byHost(), 200);
    return Object.keys(submissions).length + 1;
  },
};

describe('README.md, "With an SDK"', () => {
  test('every row is driven here', () => {
    assert.deepEqual(rows.map(({ name }) => name).sort(), Object.keys(driven).sort());
  });

  for (const { name, how } of rows)
    test(`${name} comes to the sandbox of its key`, async () => {
      const tasks = async () => (await emulator.sandbox('me').tasks()).length;
      const before = name === rows[0].name ? 0 : await tasks();
      const made = await driven[name](code(how) ?? how);
      assert.equal(await tasks(), before + made);
    });

  test('a plain proxyUrl goes to the real fal, as the page warns', async () => {
    assert.match(section, /`proxyUrl` as a plain text is not enough in Node\.js/);
    let asked = '';
    const fal = createFalClient({
      credentials: 'me:secret',
      proxyUrl: `${emulator.base}/fal/proxy`,
      fetch: async url => {
        asked = String(url);
        throw new Error('kept here');
      },
    });
    await assert.rejects(fal.queue.submit('fal-ai/flux/dev', { input: { prompt: 'x' } }), /kept here/);
    assert.equal(asked, 'https://queue.fal.run/fal-ai/flux/dev');
  });
});
