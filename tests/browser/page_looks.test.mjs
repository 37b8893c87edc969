// How the page looks: every room at a desk's and a phone's width, light and dark, pictured for
// people to look at, and held against the rules of accessibility.
//
// SHOTS=DIR keeps every picture there. DOCS=docs/images makes anew those that the documentation shows.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { startEmulator } from '../clients/emulator.mjs';
import { openBrowser } from './browser.mjs';
import { client, openPage } from './page.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
function folder(name) {
  if (!name) return undefined;
  mkdirSync(resolve(root, name), { recursive: true });
  return resolve(root, name);
}
const shots = folder(process.env.SHOTS);
const docs = folder(process.env.DOCS);

let emulator, browser, story;

before(async () => {
  [emulator, browser] = await Promise.all([startEmulator(), openBrowser()]);
  story = await tell('shop');
});
after(async () => {
  await browser?.close();
  await emulator?.stop();
});

// An afternoon of an app: pictures, a refusal, a flagged one, a webhook, one that still runs.
async function tell(key) {
  const mine = client(emulator, key);
  const box = emulator.sandbox(key);
  const inbox = `${emulator.base}/_emulator/inbox/orders`;
  await emulator.control('PUT', `sandboxes/${key}/scenario`, undefined,
    'name: afternoon\nabout: Beaches are flagged, every fourth submission to BFL waits.\ndefaults: { run: 2s }\nrules:\n' +
    '  - name: beach is flagged\n    when: { on: submit, prompt: beach }\n    then: { end: output_moderated }\n' +
    '  - name: busy\n    when: { provider: bfl, on: submit, every: 4 }\n    then: { refuse: rate_limited, retry_after: 5s }\n');
  const apple = await mine.bfl('a red apple on a wooden table, morning light', { width: 1024, height: 768, webhook_url: inbox, webhook_secret: 'hush' });
  for (let i = 0; i < 4; i++) {
    await mine.poll(apple);
    await box.advance('400ms');
  }
  await box.advance('3s');
  const { result } = await mine.poll(apple);
  await (await fetch(result.sample)).arrayBuffer();
  const instant = ['a lighthouse in a storm', 'two cats playing chess', 'a city of glass at dusk', 'a paper boat on a river', 'portrait of a robot gardener', 'an octopus in a library'];
  for (const [i, prompt] of instant.entries()) await mine.fal(`${prompt} [[run: 0s]]`, { num_images: i === 1 ? 4 : 1, image_size: ['square_hd', 'landscape_16_9', 'portrait_4_3'][i % 3] });
  await mine.wavespeed('a mountain lake in autumn', { size: '1024*1024' });
  const beach = await mine.bfl('a beach at noon');
  await mine.bfl('تفاحة حمراء على طاولة');
  await mine.bfl('one too many');
  await mine.wavespeed('a hot air balloon over fields', { size: '1536*864' });
  await box.advance('1m');
  await mine.fal('a train in the snow [[run: 0s, image: truncated]]');
  await mine.bfl('a violin made of ice [[run: 40s]]');
  await mine.bfl('a garden behind a wall [[queue: 50s, run: 20s]]');
  await box.advance('14s');
  // Asked for on and on, though it has ended: that is found.
  for (let i = 0; i < 4; i++) await mine.poll(beach);
  return { apple, refused: (await box.requests('?status=429'))[0].id };
}

// The browser's own encoder makes them small.
async function asWebp(png) {
  const page = await browser.newPage();
  const url = await page.evaluate(async data => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', 0.85);
  }, png.toString('base64'));
  await page.close();
  return Buffer.from(url.split(',')[1], 'base64');
}

const rooms = () => [
  ['tasks', '#tasks&sandbox=shop', page => page.locator('.frame.there').nth(8).waitFor()],
  ['task', `#task=${story.apple.id}&sandbox=shop`, async page => {
    await page.getByText('Downloaded').first().waitFor();
    await page.waitForFunction(() => document.querySelector('.big img')?.naturalWidth === 1024);
    // What was done at a time stands behind the move of the clock that led there.
    const life = (await page.locator('.life > li').allTextContents()).join('; ');
    assert.match(life, /^start.*Submitted.*; start.*Polled.*; \+400 msClock moved.*; \+400 ms.*Polled.*Ended: succeeded.*Webhook/s);
  }],
  ['unfolded', `#task=${story.apple.id}&sandbox=shop`, async page => {
    await page.locator('.life summary').first().click();
    await page.locator('.exchange').waitFor();
  }],
  ['requests', '#requests', page => page.locator('.row').nth(10).waitFor()],
  ['request', `#request=${story.refused}`, page => page.getByText('Refused: rate limited.').waitFor()],
  ['webhooks', '#webhooks&sandbox=shop', async page => {
    await page.locator('article summary').first().click();
    await page.getByRole('heading', { name: 'Body' }).waitFor();
  }],
  ['findings', '#findings&sandbox=shop', page => page.getByText('polled-after-end').waitFor()],
  ['inbox', '#inbox=orders', page => page.getByText('signature good').waitFor()],
  ['scenario', '#scenario&sandbox=shop', async page => {
    await page.getByText('This is what decides now.').waitFor();
    const text = page.getByLabel('Text (YAML)');
    await text.fill((await text.inputValue()).replace('end: output_moderated', 'end: output_moderatd'));
    await page.getByText('1 error').waitFor();
  }],
  ['try', '#try&sandbox=shop', async page => {
    await page.getByLabel('Endpoint').selectOption('flux-dev');
    await page.getByText('/bfl/v1/flux-dev').first().waitFor();
  }],
];

const looks = [
  { name: 'desk-light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'desk-dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'narrow-light', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  { name: 'narrow-dark', viewport: { width: 360, height: 740 }, colorScheme: 'dark', reducedMotion: 'reduce' },
];
const shown = { 'desk-light tasks': 'page-tasks', 'desk-light task': 'page-task', 'desk-light scenario': 'page-scenario', 'narrow-dark tasks': 'page-narrow' };

// How many things of the page would be seen to move.
const moving = page => page.evaluate(() => [...document.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  return style.animationName !== 'none' || style.transitionDuration.split(',').some(time => parseFloat(time) > 0);
}).length);

for (const { name: look, ...options } of looks)
  test(`every room fits and is accessible: ${look}`, async () => {
    const at = await openPage(browser, emulator, '#tasks&sandbox=shop', options);
    const barriers = [];
    for (const [room, hash, ready] of rooms()) {
      await at.page.evaluate(to => (location.hash = to), hash);
      await ready(at.page);
      const wide = await at.page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth, document.getElementById('main').scrollWidth - document.getElementById('main').clientWidth));
      assert(wide <= 0, `${room} is ${wide} px too wide`);
      if (options.reducedMotion) assert.equal(await moving(at.page), 0, `${room} moves`);
      else if (room === 'tasks') assert(await moving(at.page) > 0, 'nothing of the page moves, so that this test shows nothing');
      barriers.push(...(await at.barriers(`${look} ${room}`)));
      if (shots) await at.page.screenshot({ path: join(shots, `${look}-${room}.png`), animations: 'disabled' });
      const doc = shown[`${look} ${room}`];
      if (docs && doc) writeFileSync(join(docs, `${doc}.webp`), await asWebp(await at.page.screenshot({ animations: 'disabled' })));
    }
    await at.close();
    assert.deepEqual(barriers, []);
  });
