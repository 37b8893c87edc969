// The emulator's page without a mouse: the rooms whose keyboard page.test.mjs does not try, and that
// what has the focus keeps it, whatever comes meanwhile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { startEmulator } from '../clients/emulator.mjs';
import { openBrowser } from './browser.mjs';
import { client, openPage } from './page.mjs';

let emulator, browser;

before(async () => {
  [emulator, browser] = await Promise.all([startEmulator(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await emulator?.stop();
});

// To a room as somebody without a mouse goes there.
async function goTo(at, room) {
  await at.tabTo(at.page.getByRole('navigation').getByRole('link', { name: room }));
  await at.page.keyboard.press('Enter');
}
// What has the focus, as its text.
const focused = page => page.evaluate(() => document.activeElement.textContent);
const waitForFocus = (page, text) => page.waitForFunction(wanted => document.activeElement.textContent.includes(wanted), text);

test('requests by keyboard alone: sifted, opened, why, the curl line, and back where one was', async () => {
  const mine = client(emulator, 'asks');
  await emulator.control('PUT', 'sandboxes/asks/scenario', { name: 'day', rules: [{ name: 'dogs', when: { on: 'submit', prompt: 'dog' }, then: { refuse: 'rate_limited' } }] });
  for (let i = 0; i < 60; i++) await mine.fal(i === 5 ? 'a dog' : `cat ${i} [[run: 0s]]`);
  const at = await openPage(browser, emulator, '#tasks&sandbox=asks');
  const { page } = at;
  const { keyboard } = page;
  await page.locator('.tile').first().waitFor();
  await goTo(at, 'Requests');
  await page.locator('.row').first().waitFor();
  await at.tabTo(page.getByLabel('Answer'));
  for (const _ of '2xx 3xx 4xx'.split(' ')) await keyboard.press('ArrowDown');
  await page.waitForFunction(() => document.querySelectorAll('.row').length === 1);
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await page.getByText('Refused: rate limited.').waitFor();
  await at.tabTo(page.getByRole('button', { name: 'Copy curl' }));
  await keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -i .*a dog/);
  await keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement.matches('.row'));
  await keyboard.press('Shift+Tab');
  await keyboard.press('Home');
  await page.waitForFunction(() => document.querySelectorAll('.row').length > 10);
  // From one end of the list to the other, and into its midst.
  await keyboard.press('Tab');
  const place = () => page.evaluate(() => Number(document.activeElement.closest('li').ariaPosInSet));
  assert.equal(await place(), 1);
  await keyboard.press('End');
  assert.equal(await place(), 60);
  await keyboard.press('ArrowUp');
  assert.equal(await place(), 59);
  await keyboard.press('Tab');
  assert.equal(await place(), 60);
  await keyboard.press('Home');
  assert.equal(await place(), 1);
  await keyboard.press('PageDown');
  await keyboard.press('ArrowDown');
  const here = await place();
  assert(here > 10 && here < 30, `${here}`);
  const inView = () => page.evaluate(() => {
    const { top, bottom } = document.activeElement.getBoundingClientRect();
    const main = document.getElementById('main').getBoundingClientRect();
    return top >= main.top && bottom <= main.bottom;
  });
  assert(await inView(), 'what has the focus is out of sight');
  const row = await focused(page);
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: /^asks-/ }).waitFor();
  await keyboard.press('Escape');
  await waitForFocus(page, row);
  assert(await inView(), 'what was open is out of sight');
  await at.close();
});

test('what has the focus in a list keeps it, in its place, when the list moves on', async () => {
  const mine = client(emulator, 'moves');
  for (let i = 0; i < 80; i++) await mine.fal(`picture ${i} [[run: 0s]]`);
  // A picture may be asked for at the moment when its sandbox is dropped.
  const at = await openPage(browser, emulator, '#tasks&sandbox=moves', { allow: [/status of 404/] });
  const { page } = at;
  await page.locator('.tile').first().waitFor();
  await at.tabTo(page.locator('.tile').nth(7));
  assert.match(await focused(page), /picture 72/);
  const main = page.locator('#main');
  const rendered = () => page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const height = await main.evaluate(one => one.scrollHeight);
  for (const part of [0.2, 0.3, 0.6, 1, 0.4, 0]) {
    await main.evaluate((one, top) => (one.scrollTop = top), part * height);
    await rendered();
    assert.match(await focused(page), /picture 72/, `scrolled to ${part}`);
    // In the order of sight, or Tab would leap.
    const order = await page.evaluate(() => [...document.querySelectorAll('.gallery li')].map(one => Number(one.ariaPosInSet)));
    assert.deepEqual(order, order.toSorted((a, b) => a - b), `scrolled to ${part}`);
  }
  // Many come at once while one looks at the top.
  await Promise.all(Array.from({ length: 100 }, (_, i) => mine.fal(`another ${i} [[run: 0s]]`)));
  await page.getByRole('button', { name: 'All 180' }).waitFor();
  await page.waitForFunction(() => document.activeElement.closest('li').ariaPosInSet === '108');
  const tops = await page.evaluate(() => [...document.querySelectorAll('.gallery li')].map(one => `${one.style.left} ${one.style.top}`));
  assert.equal(new Set(tops).size, tops.length, 'one lies over another');
  // What is gone does not stay for having the focus.
  await emulator.control('DELETE', 'sandboxes/moves');
  await page.waitForFunction(() => document.querySelectorAll('.tile').length === 0);
  await at.close();
});

test('the inbox by keyboard alone: a letter unfolded, the next ones, its task, emptied', async () => {
  const mine = client(emulator, 'post');
  await mine.bfl('tell me', { webhook_url: `${emulator.base}/_emulator/inbox/keys`, webhook_secret: 'hush' });
  await fetch(`${emulator.base}/_emulator/inbox/other`, { method: 'POST', body: 'another' });
  await emulator.sandbox('post').advance('1m');
  const at = await openPage(browser, emulator, '#tasks&sandbox=post');
  const { page } = at;
  const { keyboard } = page;
  await page.locator('.tile').first().waitFor();
  await goTo(at, 'Inbox');
  const box = page.getByRole('group', { name: 'Inboxes' }).getByRole('link', { name: /^keys/ });
  await at.tabTo(box);
  await keyboard.press('Enter');
  const letters = page.getByRole('article');
  await letters.first().getByText('signature good').waitFor();
  await at.tabTo(letters.first().locator('summary'));
  await keyboard.press('Enter');
  await letters.first().getByText(/^x-webhook-secret$/i).waitFor();
  const label = await letters.first().getAttribute('aria-label');
  // Another comes: what was unfolded stays so, and the focus where it was.
  await fetch(`${emulator.base}/_emulator/inbox/keys`, { method: 'POST', body: 'and another' });
  await letters.nth(1).waitFor();
  await letters.nth(1).getByText(/^x-webhook-secret$/i).waitFor();
  assert.match(await focused(page), /headers$/);
  assert.equal(await page.evaluate(() => document.activeElement.closest('article').ariaLabel), label);
  await keyboard.press('Shift+Tab');
  assert.equal(await focused(page), 'its task');
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'tell me', level: 1 }).waitFor();
  await goTo(at, 'Inbox');
  await at.tabTo(box);
  await keyboard.press('Enter');
  await letters.nth(1).waitFor();
  await at.tabTo(page.getByRole('button', { name: 'Empty it' }));
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Nothing came to "keys" yet' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'the focus is lost');
  await at.close();
});

test('findings by keyboard alone, as the emulator finds them: to the request, and to the task', async () => {
  const mine = client(emulator, 'finds');
  const at = await openPage(browser, emulator, '#tasks&sandbox=finds');
  const { page } = at;
  const { keyboard } = page;
  await goTo(at, 'Findings');
  await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
  const failed = async prompt => {
    const made = await mine.bfl(`${prompt} [[end: failed]]`);
    await emulator.sandbox('finds').advance('1m');
    for (let i = 0; i < 4; i++) {
      await mine.poll(made);
      await emulator.sandbox('finds').advance('1s');
    }
  };
  await failed('first');
  const cards = page.getByRole('article');
  await cards.getByText('polled-after-end').waitFor();
  await cards.getByText('Instead: stop at every end').waitFor();
  await at.tabTo(cards.getByRole('link', { name: /^finds-/ }).first());
  const id = await focused(page);
  // Another is found, and the focus stays.
  await failed('second');
  await cards.nth(1).waitFor();
  assert.equal(await focused(page), id);
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: id }).waitFor();
  await goTo(at, 'Findings');
  await at.tabTo(cards.getByRole('link', { name: 'Its task' }).first());
  await keyboard.press('Enter');
  await page.getByRole('heading', { name: 'first', level: 1 }).waitFor();
  await at.close();
});

test('what keeps coming is shown while it does', async () => {
  const mine = client(emulator, 'stream');
  const at = await openPage(browser, emulator, '#tasks&sandbox=stream');
  await at.page.getByRole('heading', { name: 'No task yet' }).waitFor();
  let over = false;
  let last = 0;
  const going = (async () => {
    while (!over) {
      await mine.fal(`number ${last++} [[run: 0s]]`);
      // One with every frame: often enough to be without a pause, and the page gets its turn.
      await at.page.evaluate(() => new Promise(resolve => requestAnimationFrame(resolve)));
    }
  })();
  await at.page.locator('.tile').first().waitFor();
  over = true;
  await going;
  await at.page.getByRole('button', { name: `All ${last.toLocaleString('en')}`, exact: true }).waitFor();
  const order = await at.page.locator('.tile .prompt').allTextContents();
  assert.deepEqual(order.slice(0, 5), [1, 2, 3, 4, 5].map(i => `number ${last - i}`));
  await at.close();
});
