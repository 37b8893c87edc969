// Apps as their authors wrote them, one a client, which know nothing of an emulator: no address, no
// option, no variable but their key. `node apps.mjs NAME` prints what each prompt came to, as JSON.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

import { picture } from '../picture.mjs';

const require = createRequire(import.meta.url);
const { env } = process;

// One request by a client of HTTP: its status, its JSON, and its bytes.
const http = {
  async fetch(method, url, headers, body) {
    const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
  },
  async undici(method, url, headers, body) {
    const { request } = await import('undici');
    const response = await request(url, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.statusCode, bytes: Buffer.from(await response.body.arrayBuffer()) };
  },
  async axios(method, url, headers, body) {
    const { default: axios } = await import('axios');
    const response = await axios.request({
      method, url, headers, data: body, responseType: 'arraybuffer', validateStatus: () => true,
    });
    return { status: response.status, bytes: Buffer.from(response.data) };
  },
  async got(method, url, headers, body) {
    const { default: got } = await import('got');
    const response = await got(url, {
      method, headers, json: body, responseType: 'buffer', throwHttpErrors: false, retry: { limit: 0 },
    });
    return { status: response.statusCode, bytes: response.rawBody };
  },
  async https(method, url, headers, body) {
    const { request } = await import('node:https');
    return new Promise((resolve, reject) => {
      const asked = request(url, { method, headers }, response => {
        const pieces = [];
        response.on('data', piece => pieces.push(piece));
        response.on('end', () => resolve({ status: response.statusCode, bytes: Buffer.concat(pieces) }));
      });
      asked.on('error', reject);
      asked.end(body && JSON.stringify(body));
    });
  },
};

// BFL by its documentation: submit, poll, download.
const byHand = send => async prompt => {
  const headers = { 'x-key': env.BFL_API_KEY, 'content-type': 'application/json' };
  const json = reply => JSON.parse(reply.bytes.toString());
  const made = await send('POST', 'https://api.bfl.ai/v1/flux-dev', headers, { prompt, width: 512, height: 256 });
  if (made.status !== 200) throw Object.assign(new Error('refused'), { status: made.status });
  for (;;) {
    const task = json(await send('GET', json(made).polling_url, headers));
    if (task.status === 'Ready') return task.result.sample;
    if (!['Pending', 'Queued'].includes(task.status)) throw new Error(task.status);
    await sleep(10);
  }
};

const clients = {
  'fal-client': async prompt => {
    const { createFalClient } = require('@fal-ai/client');
    const { data } = await createFalClient({}).subscribe('fal-ai/flux/dev', {
      input: { prompt, image_size: { width: 512, height: 256 } }, pollInterval: 10,
    });
    return data.images[0].url;
  },
  'ai-sdk-fal': async prompt => {
    const { createFal } = await import('@ai-sdk/fal');
    const { images } = await createFal({}).image('fal-ai/flux/dev')
      .doGenerate({ prompt, n: 1, size: '512x256', providerOptions: {} });
    return images[0];
  },
  'ai-sdk-bfl': async prompt => {
    const { createBlackForestLabs } = await import('@ai-sdk/black-forest-labs');
    const { images } = await createBlackForestLabs({ pollIntervalMillis: 10, pollTimeoutMillis: 1_500 }).image('flux-dev')
      .doGenerate({ prompt, n: 1, size: '512x256', providerOptions: { blackForestLabs: { width: 512, height: 256 } } });
    return images[0];
  },
  wavespeed: async prompt => {
    const { Client } = require('wavespeed');
    const { outputs } = await new Client(env.WAVESPEED_API_KEY)
      .run('wavespeed-ai/flux-dev', { prompt, size: '512*256' }, { pollInterval: 0.02 });
    return outputs[0];
  },
  // It says no by printing, and answers nothing.
  'apiframe-js': async prompt => {
    const { default: Apiframe } = await import('apiframe-js');
    const client = new Apiframe(env.APIFRAME_API_KEY);
    const made = await client.imagine({ prompt, aspect_ratio: '2:1' });
    if (!made) throw new Error('refused');
    for (;;) {
      const task = await client.fetch({ task_id: made.task_id });
      if (task.status === 'finished') return task.image_urls[0];
      if (!['staged', 'processing'].includes(task.status)) throw new Error(task.status);
      await sleep(10);
    }
  },
  ...Object.fromEntries(Object.entries(http).map(([name, send]) => [name, byHand(send)])),
};

// What comes of a prompt: a size, or the words in which the client says no.
async function outcome(name, prompt) {
  try {
    const made = await clients[name](prompt);
    if (typeof made !== 'string') return picture(made);
    const { status, bytes } = await (http[name] ?? http.fetch)('GET', made, {});
    if (status !== 200) return { link: status, host: new URL(made).host };
    const { width, height } = picture(bytes);
    return { width, height, host: new URL(made).host };
  } catch (error) {
    return { no: error.status ?? error.statusCode ?? error.response?.status ?? error.name, says: String(error.message) };
  }
}

const out = {};
for (const prompt of ['a lighthouse', 'refused', 'moderated', 'dead link']) out[prompt] = await outcome(process.argv[2], prompt);
console.log(JSON.stringify(out));
