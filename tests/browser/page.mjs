// The emulator's page in a real Chromium, with what every test of it holds against it: no error on
// the console, no request to another origin, nothing that axe-core finds.
//
//   const at = await openPage(browser, emulator, '#tasks');
//   await at.page.getByRole('link', { name: 'Requests' }).click();
//   await at.close();                                      fails where something of that was seen
//
// PAGE_FROM=emulator/control/page takes the page's files from there instead of from the binary, so
// that nothing is built while one works on them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../..', import.meta.url));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

// A package of tests/clients: the real SDKs.
export const sdk = name => createRequire(join(root, 'tests/clients/package.json'))(name);

const types = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

async function fromDisk(page, folder) {
  const read = name => readFileSync(join(resolve(root, folder), name), 'utf8');
  await page.route('**/_emulator/page/*', route => {
    const name = new URL(route.request().url()).pathname.split('/').pop();
    return route.fulfill({ body: read(name), contentType: types[name.split('.').pop()] });
  });
  await page.route(url => url.pathname === '/_emulator/', async route => {
    const response = await route.fetch();
    const metas = [...(await response.text()).matchAll(/name="emulator-(\w+)" content="(.*?)"/g)];
    const body = metas.reduce((text, [, name, value]) => text.replace(`{{${name}}}`, value), read('index.html'));
    await route.fulfill({ response, body });
  });
}

export async function openPage(browser, emulator, hash = '', options = {}) {
  const { allow = [], prepare = async () => {}, ...rest } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...rest });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  // A machine that is busy with other work is slow, and not wrong.
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  const seen = [];
  const say = text => allow.some(pattern => pattern.test(text)) || seen.push(text);
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) say(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', error => say(`error: ${error.stack}`));
  page.on('request', request => {
    const url = new URL(request.url());
    if (url.origin !== emulator.base && url.protocol !== 'blob:') say(`foreign request: ${url}`);
  });
  if (process.env.PAGE_FROM) await fromDisk(page, process.env.PAGE_FROM);
  await prepare(page);
  await page.goto(`${emulator.base}/_emulator/${hash}`);
  return {
    page,
    seen,
    room: name => page.getByRole('navigation').getByRole('link', { name }).click(),
    // Tabs on until what has the focus fits, as somebody without a mouse does.
    async tabTo(what, most = 80) {
      for (let i = 0; i < most; i++) {
        await page.keyboard.press('Tab');
        if (await what.evaluate(element => element === document.activeElement)) return;
      }
      assert.fail('the keyboard does not get there');
    },
    // What axe-core finds against level A or AA, in words.
    async barriers(where) {
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
      return violations.map(one => `${where}: ${one.id}, ${one.nodes.length} times: ${one.nodes[0].html} ${one.nodes[0].failureSummary}`);
    },
    async close() {
      await context.close();
      assert.deepEqual(seen, []);
    },
  };
}

// Requests as a client sends them; the answer's JSON.
export function client(emulator, key) {
  const post = async (path, headers, body) =>
    (await fetch(emulator.base + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })).json();
  return {
    bfl: (prompt, more) => post('/bfl/v1/flux-dev', { 'x-key': key }, { prompt, ...more }),
    fal: (prompt, more) => post('/fal.run/fal-ai/flux/schnell', { authorization: `Key ${key}:s` }, { prompt, ...more }),
    wavespeed: (prompt, more) => post('/wavespeed/api/v3/wavespeed-ai/flux-dev', { authorization: `Bearer ${key}` }, { prompt, ...more }),
    poll: async task => (await fetch(`${emulator.base}/bfl/v1/get_result?id=${task.id}`, { headers: { 'x-key': key } })).json(),
  };
}

// So many tasks that have ended, of one sandbox. The first and the last can be told from the others.
// By an agent of its own: fetch takes five times as long for them.
export async function many(emulator, key, count) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const submit = prompt => new Promise((resolve, reject) => {
    const headers = { authorization: `Key ${key}:s`, 'content-type': 'application/json' };
    request(`${emulator.base}/fal.run/fal-ai/flux/schnell`, { agent, method: 'POST', headers }, reply => {
      reply.resume().on('end', () => (reply.statusCode === 200 ? resolve() : reject(new Error(`answered ${reply.statusCode}`))));
    }).on('error', reject).end(JSON.stringify({ prompt: `${prompt} [[run: 0s]]` }));
  });
  let left = count - 2;
  await submit('the very first');
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (left-- > 0) await submit(`picture ${left}`);
  }));
  await submit('the very last');
  agent.destroy();
}

// Waits until the page holds so many tasks and as many requests.
export const holds = (page, count) =>
  page.waitForFunction(n => [...document.querySelectorAll('.rooms .count')].filter(one => Number(one.textContent.replaceAll(',', '')) === n).length === 2, count);

// Bytes of JavaScript heap that are in use.
export async function heap(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}
