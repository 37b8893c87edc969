// The page with more than anybody looks at. How fast that is depends on the machine and is measured by
// page_figures.mjs; here it is that the page stays small and that everything can be reached.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startEmulator } from '../clients/emulator.mjs';
import { openBrowser } from './browser.mjs';
import { heap, holds, many, openPage } from './page.mjs';

let emulator, browser;

before(async () => {
  [emulator, browser] = await Promise.all([startEmulator({ args: ['--log', 'off', '--max-journal', '20000'] }), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await emulator?.stop();
});

const framesDrawn = page => page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));

test('10,000 tasks and requests: few elements and pictures, and each is within reach', async () => {
  const count = 10_000;
  await many(emulator, 'many', count);
  const at = await openPage(browser, emulator, '#tasks&sandbox=many', {
    prepare: page => page.addInitScript(() => {
      // The pictures that the page holds at this moment.
      window.held = new Set();
      window.made = 0;
      const { createObjectURL, revokeObjectURL } = URL;
      URL.createObjectURL = blob => {
        const url = createObjectURL.call(URL, blob);
        window.held.add(url);
        window.made++;
        return url;
      };
      URL.revokeObjectURL = url => {
        window.held.delete(url);
        revokeObjectURL.call(URL, url);
      };
    }),
  });
  const { page } = at;
  await holds(page, count);
  const main = page.locator('#main');
  for (const [room, item] of [['Tasks', '.tile'], ['Requests', '.row']]) {
    await at.room(room);
    await page.locator(item).first().waitFor();
    const reached = () => page.evaluate(() => {
      const { ariaPosInSet, ariaSetSize } = document.activeElement.closest('li');
      return `${ariaPosInSet} of ${ariaSetSize}`;
    });
    await page.locator(item).first().focus();
    assert.equal(await reached(), '1 of 10000');
    await page.keyboard.press('End');
    assert.equal(await reached(), '10000 of 10000');
    if (room === 'Tasks') assert.match(await page.evaluate(() => document.activeElement.textContent), /the very first/);
    await page.keyboard.press('Home');
    assert.equal(await reached(), '1 of 10000');
    if (room === 'Tasks') assert.match(await page.evaluate(() => document.activeElement.textContent), /the very last/);
    const height = await main.evaluate(one => one.scrollHeight);
    assert(height > count * 30, `${room} is ${height} px high`);
    for (let step = 0; step <= 8; step++) {
      await main.evaluate((one, top) => (one.scrollTop = top), (step / 8) * height);
      await framesDrawn(page);
      const { items, elements } = await page.evaluate(what => ({ items: document.querySelectorAll(what).length, elements: document.querySelectorAll('*').length }), item);
      assert(items > 5 && items < 120, `${room} has ${items} items at ${step}`);
      assert(elements < 2500, `${room} has ${elements} elements at ${step}`);
      // Drawing half a hundred pictures takes a busy machine its time.
      if (room === 'Tasks') await page.waitForFunction(() => [...document.querySelectorAll('.frame')].every(one => one.classList.contains('there')), undefined, { timeout: 300_000 });
    }
    const last = page.locator(`li[aria-posinset="${count}"]`);
    await last.waitFor();
    assert(await last.evaluate(one => one.getBoundingClientRect().bottom <= document.getElementById('main').getBoundingClientRect().bottom), `the last of ${room} is not in sight`);
  }
  const { made, held } = await page.evaluate(() => ({ made: window.made, held: window.held.size }));
  assert(made > 300, `only ${made} pictures were looked at`);
  assert(held <= 250, `${held} of ${made} pictures are held`);
  const bytes = await heap(page);
  assert(bytes < 64 * 2 ** 20, `${bytes} bytes of heap`);
  await at.close();
});

test('of more than it can hold the page keeps the latest, and says so', async () => {
  const at = await openPage(browser, emulator, '#tasks&sandbox=over', {
    prepare: page => page.route('**/page/store.js', async route => {
      const response = await route.fetch();
      const text = await response.text();
      assert.match(text, /const most = 20_000;/);
      await route.fulfill({ response, body: text.replace('const most = 20_000;', 'const most = 300;') });
    }),
  });
  const { page } = at;
  await page.getByRole('heading', { name: 'No task yet' }).waitFor();
  await many(emulator, 'over', 400);
  await page.getByRole('button', { name: 'All 300' }).waitFor();
  await page.getByText('100 older tasks not held by this page.').waitFor();
  await page.locator('.tile').first().getByText('the very last').waitFor();
  await at.close();
});
