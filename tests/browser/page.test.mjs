// The emulator's page: each of its rooms, by mouse and by keyboard alone, with clients beside it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startEmulator } from '../clients/emulator.mjs';
import { openBrowser } from './browser.mjs';
import { client, openPage, sdk } from './page.mjs';

const run = promisify(execFile);
let emulator, browser;

before(async () => {
  [emulator, browser] = await Promise.all([startEmulator(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await emulator?.stop();
});

const tiles = page => page.locator('.tile');
// The size of a picture once it is there, at least so wide.
const loaded = (image, least = 1) => image.evaluate(async (one, wanted) => {
  for (let i = 0; i < 1000 && one.naturalWidth < wanted; i++) await new Promise(resolve => setTimeout(resolve, 20));
  return [one.naturalWidth, one.naturalHeight];
}, least);
const requestsOf = async key => (await emulator.control('GET', `sandboxes/${key}/requests`)).requests;

test('the bare address leads a browser to the page, and nothing there is an empty room', async () => {
  const fresh = await startEmulator();
  try {
    const at = await openPage(browser, fresh);
    await at.page.getByRole('heading', { name: 'No task yet' }).waitFor();
    for (const [room, heading] of [['Requests', 'No request yet'], ['Webhooks', 'No webhook yet'], ['Findings', 'Nothing found'], ['Inbox', 'No letter yet'], ['Scenario', 'No sandbox yet']]) {
      await at.room(room);
      await at.page.getByRole('heading', { name: heading }).waitFor();
    }
    // A scenario can be set up before the first request.
    await at.page.getByLabel('Make one').fill('early');
    await at.page.getByRole('button', { name: 'Make it' }).click();
    await at.page.getByRole('heading', { name: 'Scenario of early' }).waitFor();
    await at.close();
    const bare = await (await browser.newContext()).newPage();
    await bare.goto(`${fresh.base}/`);
    assert.equal(bare.url(), `${fresh.base}/_emulator/`);
    await bare.context().close();
  } finally {
    await fresh.stop();
  }
});

test('a picture made by a real SDK appears while it works, and opens with its life', async () => {
  const at = await openPage(browser, emulator, '#tasks&sandbox=sdk');
  const { createFalClient } = sdk('@fal-ai/client');
  const fal = createFalClient({ credentials: 'sdk:secret', proxyUrl: { url: `${emulator.base}/fal/proxy`, when: 'always' } });
  const working = fal.subscribe('fal-ai/flux/dev', { input: { prompt: 'a red apple', image_size: 'landscape_4_3' }, pollInterval: 50 });
  const tile = tiles(at.page).filter({ hasText: 'a red apple' });
  await tile.getByText('running').waitFor();
  await emulator.sandbox('sdk').advance('1m');
  const { data } = await working;
  assert.equal((await fetch(data.images[0].url)).status, 200);
  await tile.getByText('succeeded').waitFor();
  assert.deepEqual(await loaded(tile.locator('img')), [320, 240]);

  await tile.click();
  await at.page.getByRole('heading', { name: 'a red apple', level: 1 }).waitFor();
  assert.deepEqual(await loaded(at.page.locator('.big img'), 321), [1024, 768]);
  const life = at.page.locator('.life');
  for (const moment of ['Submitted', 'Clock moved by 1 m', 'Ended: succeeded', 'Result asked for', 'Downloaded'])
    await life.getByText(moment).first().waitFor();
  const before = (await requestsOf('sdk')).length;
  await life.locator('summary', { hasText: 'Submitted' }).click();
  await life.getByText('By default: no rule of scenario').waitFor();
  assert.equal((await requestsOf('sdk')).length, before, 'what the page looks at is journalled');
  await at.page.keyboard.press('Escape');
  await tile.waitFor();
  await at.close();
});

test('tasks are sifted by state, provider and text', async () => {
  const mine = client(emulator, 'sift');
  await mine.bfl('a cat');
  await mine.bfl('a beach [[end: output_moderated]]');
  await mine.fal('a dog [[run: 0s]]');
  await mine.bfl('a failure [[end: failed]]');
  await emulator.sandbox('sift').advance('1m');
  await mine.bfl('a slow one [[run: 20m]]');
  const at = await openPage(browser, emulator, '#tasks&sandbox=sift');
  const shown = async () => (await tiles(at.page).locator('.prompt').allTextContents()).sort();
  await at.page.getByRole('button', { name: 'All 5' }).waitFor();
  assert.deepEqual(await shown(), ['a beach', 'a cat', 'a dog', 'a failure', 'a slow one']);
  for (const [button, prompts] of [['Running 1', ['a slow one']], ['Flagged 1', ['a beach']], ['Failed 1', ['a failure']], ['Succeeded 2', ['a cat', 'a dog']]]) {
    await at.page.getByRole('button', { name: button }).click();
    assert.deepEqual(await shown(), prompts);
  }
  await at.page.getByLabel('Provider').selectOption('fal');
  assert.deepEqual(await shown(), ['a dog']);
  await at.page.getByRole('button', { name: 'All 5' }).click();
  await at.page.getByLabel('Provider').selectOption('');
  await at.page.getByLabel('Search').fill('BEACH');
  await at.page.waitForFunction(() => document.querySelectorAll('.tile').length === 1);
  assert.deepEqual(await shown(), ['a beach']);
  await at.page.getByLabel('Search').fill('nothing like it');
  await at.page.getByRole('button', { name: 'Show all' }).click();
  assert.equal((await shown()).length, 5);
  await at.close();
});

test('by keyboard alone: into a task, through its life, to an exchange, and back', async () => {
  const mine = client(emulator, 'keys');
  const made = await mine.bfl('by keyboard');
  for (let i = 0; i < 4; i++) await mine.poll(made);
  const at = await openPage(browser, emulator, '#tasks&sandbox=keys');
  const { page } = at;
  await tiles(page).first().waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  await at.tabTo(tiles(page).first());
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'by keyboard', level: 1 }).waitFor();
  assert.match(await page.title(), /by keyboard/);
  const polls = page.locator('.life summary', { hasText: 'Polled 4 times' });
  await at.tabTo(polls);
  await page.keyboard.press('Enter');
  await at.tabTo(page.locator('.life .group li summary').nth(1));
  await page.keyboard.press('Enter');
  await page.locator('.life .exchange').getByText('"status": "Pending"').waitFor();
  await page.keyboard.press('Escape');
  await tiles(page).first().waitFor();
  await at.close();
});

test('requests come live and say why; the curl that is shown gets the same answer', async () => {
  await emulator.control('PUT', 'sandboxes/asked/scenario', {
    name: 'evening',
    defaults: { run: '1s' },
    rules: [
      { name: 'cats wait', when: { on: 'submit', prompt: 'cat' }, then: { run: '3s' } },
      { name: 'dogs are refused', when: { on: 'submit', prompt: 'dog' }, then: { refuse: 'rate_limited', retry_after: '5s' } },
    ],
  });
  const at = await openPage(browser, emulator, '#requests&sandbox=asked');
  const { page } = at;
  await page.getByRole('heading', { name: 'No request yet' }).waitFor();
  const mine = client(emulator, 'asked');
  await mine.bfl('a cat');
  await mine.bfl('a dog');
  const refused = page.locator('.row', { hasText: '429' });
  await refused.waitFor();
  await page.getByLabel('Answer').selectOption('4');
  assert.equal(await page.locator('.row').count(), 1);
  await refused.click();
  await page.getByRole('heading', { name: 'asked-2' }).waitFor();
  const why = page.locator('.why');
  await why.getByText('Refused: rate limited.').waitFor();
  await why.getByText(/Scenario “?evening”?: rule “?dogs are refused”? at sandbox asked:\d+ decided, its match number 1\./).waitFor();
  await why.getByText(/Nearly: rule “?cats wait”? at .*, but not prompt: cat/).waitFor();
  await page.getByRole('button', { name: 'Copy curl' }).click();
  const curl = await page.evaluate(() => navigator.clipboard.readText());
  const { stdout } = await run('bash', ['-c', `${curl} -s`]);
  assert.match(stdout, /^HTTP\/1.1 429/);
  await page.getByRole('link', { name: 'All requests' }).click();
  await refused.first().waitFor();
  // The one that is held says so until it is answered.
  await page.getByLabel('Answer').selectOption('');
  const held = fetch(`${emulator.base}/fal.run/fal-ai/flux/dev`, { method: 'POST', headers: { authorization: 'Key asked:s', 'content-type': 'application/json' }, body: '{"prompt":"held"}' });
  await page.locator('.row', { hasText: 'waits' }).waitFor();
  await emulator.sandbox('asked').advance('1m');
  assert.equal((await held).status, 200);
  await page.locator('.row', { hasText: 'waits' }).waitFor({ state: 'detached' });
  await at.close();
});

test('webhooks: attempts and signature, redelivered by keyboard; the inbox has both letters', async () => {
  const mine = client(emulator, 'hooks');
  await mine.bfl('tell me', { webhook_url: `${emulator.base}/_emulator/inbox/page`, webhook_secret: 'hush' });
  const at = await openPage(browser, emulator, '#webhooks&sandbox=hooks');
  const { page } = at;
  const card = page.getByRole('article');
  await card.getByText('pending').waitFor();
  await card.getByText(/next attempt in 1 s/).waitFor();
  await emulator.sandbox('hooks').advance('1m');
  await card.getByText('delivered').waitFor();
  const unfold = card.locator('summary', { hasText: 'Signature, body, curl' });
  await at.tabTo(unfold);
  await page.keyboard.press('Enter');
  await card.getByText(/^x-webhook-secret$/i).first().waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Redeliver');
  await page.keyboard.press('Enter');
  await card.locator('.attempts li').nth(1).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Redeliver', 'the focus is lost');
  await at.room('Inbox');
  await page.getByRole('link', { name: /^page 2/ }).waitFor();
  const letters = page.getByRole('article');
  await letters.nth(1).getByText('signature good').waitFor();
  // A letter that comes while one looks.
  await fetch(`${emulator.base}/_emulator/inbox/page`, { method: 'POST', body: '<b>no webhook</b>' });
  await letters.nth(2).waitFor();
  await letters.first().getByText('no webhook of a provider').waitFor();
  await letters.first().getByText('<b>no webhook</b>').waitFor();
  await letters.nth(1).getByRole('link', { name: 'its task' }).click();
  await page.getByRole('heading', { name: 'tell me', level: 1 }).waitFor();
  assert.equal(await page.locator('.life').getByText('Webhook', { exact: true }).count(), 2);
  await at.room('Inbox');
  await page.getByRole('button', { name: 'Empty it' }).click();
  await page.getByRole('heading', { name: 'Nothing came to "page" yet' }).waitFor();
  await at.close();
});

test('the clock of one sandbox is turned by hand, and what fired is told', async () => {
  const mine = client(emulator, 'turned');
  await mine.bfl('an hour [[run: 1h]]');
  const at = await openPage(browser, emulator, '#tasks&sandbox=turned');
  const { page } = at;
  const clock = page.getByRole('region', { name: 'Clock' });
  const now = async () => (await emulator.control('GET', 'sandboxes/turned/clock')).now.slice(11, 19);
  await clock.getByText('00:00:00').waitFor();
  await clock.getByRole('button', { name: '+10 s' }).click();
  await clock.getByText('00:00:10').waitFor();
  await clock.getByRole('button', { name: '+10 m' }).click();
  await clock.getByText('00:10:10').waitFor();
  assert.equal(await now(), '00:10:10');
  // By keyboard.
  const next = clock.getByRole('button', { name: 'Next event' });
  await next.focus();
  await page.keyboard.press('Enter');
  await clock.getByText('01:00:00').first().waitFor();
  await page.getByRole('status').getByText('1 task ended').waitFor();
  await at.tabTo(clock.locator('summary', { hasText: '1 thing fired' }));
  await page.keyboard.press('Enter');
  await clock.getByText('01:00:00').nth(1).waitFor();
  await tiles(page).getByText('succeeded').waitFor();
  await clock.getByRole('button', { name: 'Run' }).click();
  await clock.getByText('runs with the wall').waitFor();
  await clock.getByLabel('Speed').selectOption('1000');
  await clock.getByText('runs 1000 × as fast').waitFor();
  await clock.getByRole('button', { name: 'Freeze' }).click();
  await clock.getByText('stands still').waitFor();
  const stood = await now();
  await clock.getByText(stood).first().waitFor();
  // Moved by somebody else, it shows that too.
  await emulator.sandbox('turned').clock({ set: '2027-03-04T05:06:07Z' });
  await clock.getByText('05:06:07').waitFor();
  await clock.getByText('2027-03-04').waitFor();
  await at.close();
});

test('a scenario is checked at its place as it is typed, taken, and decides', async () => {
  await emulator.control('GET', 'sandboxes/story');
  const at = await openPage(browser, emulator, '#scenario&sandbox=story');
  const { page } = at;
  const text = page.getByLabel('Text (YAML)');
  await page.getByText('This is what decides now.').waitFor();
  await text.fill('name: mine\nrules:\n  - { when: { on: submit }, then: { end: nswf } }\n');
  await page.getByText('1 error').waitFor();
  assert.equal(await page.locator('.marked u').textContent(), 'nswf');
  assert.equal((await page.locator('.gutter .error').textContent()).trim(), '3');
  await page.getByRole('button', { name: /line 3, column \d+/ }).click();
  assert.equal(await text.evaluate(area => area.value.slice(area.selectionStart, area.selectionEnd)), 'nswf');
  // By keyboard: mended, out of the text, and applied.
  await page.keyboard.type('failed');
  await page.getByText('Good. Not applied yet.').waitFor();
  await page.keyboard.press('Escape');
  await at.tabTo(page.getByRole('button', { name: 'Apply' }), 4);
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Scenario "mine" decides now in story.').waitFor();
  const mine = client(emulator, 'story');
  const made = await mine.bfl('a cat');
  await emulator.sandbox('story').advance('1m');
  assert.equal((await mine.poll(made)).status, 'Error');

  // An outcome dropped in, and a built-in one.
  await page.getByLabel('For').selectOption('fal');
  await page.getByRole('button', { name: 'rate limited' }).click();
  assert.match(await text.inputValue(), /- \{ when: \{ provider: fal, on: submit \}, then: \{ refuse: rate_limited \} \}\n$/);
  await page.getByText('1 warning').waitFor();  // the rule above takes every submission
  await page.getByRole('button', { name: 'Revert' }).click();
  await page.getByText('This is what decides now.').waitFor();
  await page.getByLabel('Built-in scenario').selectOption('out-of-credit');
  await page.getByRole('button', { name: 'Put into the text' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('status').getByText('"out-of-credit" decides').waitFor();
  assert.equal((await emulator.control('GET', 'sandboxes/story/scenario')).name, 'out-of-credit');
  // Taken by somebody else, it is shown.
  await emulator.control('PUT', 'sandboxes/story/scenario', { name: 'nsfw' });
  await page.waitForFunction(() => document.getElementById('text').value.includes('name: nsfw'));
  await at.close();
});

test('every outcome that can be dropped in makes a scenario that is good', async () => {
  await emulator.control('GET', 'sandboxes/drops');
  const at = await openPage(browser, emulator, '#scenario&sandbox=drops');
  const { page } = at;
  await page.getByText('This is what decides now.').waitFor();
  const { providers } = await emulator.control('GET', 'providers');
  for (const provider of providers) {
    await page.getByLabel('For').selectOption(provider.name);
    const buttons = page.locator('.outcomes .chips button');
    const count = await buttons.count();
    assert(count > 15, `${count} outcomes`);
    await buttons.evaluateAll(all => all.forEach(one => one.click()));
  }
  const { ok, problems } = await emulator.control('POST', 'check', undefined, await page.getByLabel('Text (YAML)').inputValue());
  assert.deepEqual(problems.filter(one => one.level === 'error'), []);
  assert.equal(ok, true);
  await at.close();
});

test('for every provider a form from its contract submits, and so does the code beside it', async () => {
  const at = await openPage(browser, emulator, '#try&sandbox=by-hand');
  const { page } = at;
  const { providers } = await emulator.control('GET', 'providers');
  await page.getByLabel('API key').fill('by-hand');
  await page.getByLabel('Outcome of this one').fill('run: 0s');
  for (const { name } of providers) {
    await page.getByLabel('Provider').selectOption(name);
    await page.waitForFunction(text => document.getElementById('code').textContent.includes(text), `/${name === 'fal' ? 'queue.fal.run' : name}/`);
    await page.getByLabel('prompt', { exact: true }).fill(`by hand at ${name}, "quoted" and 'so' \\ ✓`);
    await page.getByRole('button', { name: 'Send' }).click();
    const answer = page.locator('#answer');
    await answer.getByText(/^20[0-2]$/).waitFor();
    await answer.getByRole('link', { name: 'Open the task' }).waitFor();
    const prompts = async () => (await emulator.sandbox('by-hand').tasks()).map(task => task.prompt);
    const wanted = `by hand at ${name}, "quoted" and 'so' \\ ✓`;
    assert.equal((await prompts()).at(-1), wanted);
    for (const [language, command] of [['curl', code => ['bash', ['-c', code]]], ['JavaScript', code => [process.execPath, ['--input-type=module', '-e', code]]], ['Python', code => ['python3', ['-c', code]]]]) {
      await page.getByRole('button', { name: language, exact: true }).click();
      const before = (await prompts()).length;
      await run(...command(await page.locator('#code').textContent()));
      const now = await prompts();
      assert.equal(now.length, before + 1, `${language} at ${name}`);
      assert.equal(now.at(-1), wanted, `${language} at ${name}`);
    }
  }
  // By keyboard: a field of the contract with its range, and on to the task.
  await page.getByLabel('Provider').selectOption('bfl');
  await page.getByLabel('Endpoint').selectOption('flux-dev');
  await page.waitForFunction(() => document.getElementById('code').textContent.includes('/v1/flux-dev'));
  await page.locator('summary', { hasText: 'more fields' }).focus();
  await page.keyboard.press('Enter');
  await at.tabTo(page.getByLabel('width', { exact: true }));
  await page.keyboard.type('512');
  await at.tabTo(page.getByRole('button', { name: 'Send' }));
  await page.keyboard.press('Enter');
  const open = page.locator('#answer').getByRole('link', { name: 'Open the task' });
  await page.locator('#answer').getByText('polling_url').waitFor();
  await at.tabTo(open, 20);
  await page.keyboard.press('Enter');
  await page.getByText('512 × 768, 1 picture').waitFor();
  await at.close();
});

test('what clients send is text, never markup', async () => {
  const nasty = [
    '<img src=x onerror="window.hit=1">',
    '"><script>window.hit=1</script>',
    "javascript:window.hit=1//'\"<svg/onload=window.hit=1>",
    'مرحبا بالعالم ‮evil‬ تفاحة',
    '🍎👩‍👩‍👧‍👦 \u0000\u0007 é',
    'long '.repeat(2000),
  ];
  const mine = client(emulator, 'nasty');
  for (const prompt of nasty) await mine.bfl(prompt, { webhook_url: `${emulator.base}/_emulator/inbox/${encodeURIComponent('<i>x')}?${encodeURIComponent(prompt.slice(0, 40))}` });
  await mine.fal(`${nasty[0]} [[run: 0s]]`, { [nasty[0]]: nasty[1] });
  await fetch(`${emulator.base}/bfl/v1/${encodeURIComponent(nasty[0])}`, { method: 'POST', headers: { 'x-key': 'nasty', 'x-odd': nasty[1], 'content-type': 'text/html' }, body: nasty[1] });
  await emulator.control('PUT', 'sandboxes/nasty/scenario', { name: 'nasty', about: nasty[1], rules: [{ name: nasty[0], when: { prompt: 'x' }, then: {} }] });
  await mine.bfl('x');
  await emulator.sandbox('nasty').advance('1m');
  const at = await openPage(browser, emulator, '#tasks&sandbox=nasty');
  const { page } = at;
  const tasks = await emulator.sandbox('nasty').tasks();
  const hooks = (await emulator.control('GET', 'sandboxes/nasty/webhooks')).webhooks;
  assert.equal(hooks.length, 6);
  const requests = await requestsOf('nasty');
  const rooms = ['#tasks', '#requests', '#webhooks', '#inbox', `#inbox=${encodeURIComponent('<i>x')}`, '#scenario', '#try',
    ...tasks.map(task => `#task=${task.id}&sandbox=nasty`), ...requests.map(one => `#request=${one.id}`), ...hooks.map(one => `#webhook=${one.id}&sandbox=nasty`)];
  for (const room of rooms) {
    await page.evaluate(hash => (location.hash = hash), room);
    await page.waitForTimeout(150);
    const found = await page.evaluate(() => ({ hit: window.hit, markup: document.querySelectorAll('main script, main i:not(.bar i), main b b, img[src="x"], main svg, [onerror], [onload]').length }));
    assert.deepEqual(found, { hit: undefined, markup: 0 }, room);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(wide <= 0, `${room} is ${wide} px too wide`);
  }
  await page.evaluate(() => (location.hash = '#tasks'));
  await tiles(page).filter({ hasText: nasty[0] }).first().waitFor();
  await at.close();
});

test('addresses of single things lead there when they are opened afresh, and say so where there is none', async () => {
  const mine = client(emulator, 'links');
  const made = await mine.bfl('linked to', { webhook_url: `${emulator.base}/_emulator/inbox/links` });
  await emulator.sandbox('links').advance('1m');
  const [{ id: hook }] = (await emulator.control('GET', 'sandboxes/links/webhooks')).webhooks;
  const explained = await (await fetch(`${emulator.base}/_emulator/sandboxes/links/requests/links-1?format=text`)).text();
  const told = explained.trim().split('\n').at(-1).trim();
  assert.equal(told, `${emulator.base}/_emulator/#request=links-1`);
  for (const [hash, text, where] of [
    [new URL(told).hash, 'links-1', 'heading'],
    [`#task=${made.id}&sandbox=links`, 'linked to', 'heading'],
    [`#webhook=${hook}&sandbox=links`, 'Signature', 'heading'],
    ['#requests&sandbox=links', `POST /bfl/v1/flux-dev`, 'link'],
    ['#inbox=links', 'its task', 'link'],
    ['#task=gone&sandbox=links', 'No such task', 'heading'],
    ['#task=gone&sandbox=never', 'No such sandbox', 'heading'],
  ]) {
    const at = await openPage(browser, emulator, hash, { allow: [/status of 404/] });
    await at.page.getByRole(where, { name: text }).first().waitFor();
    await at.close();
  }
  // The one that leads nowhere made no sandbox.
  const { sandboxes } = await emulator.control('GET', 'sandboxes');
  assert.equal(sandboxes.some(one => one.name === 'never'), false);
});

test('two sandboxes at once stay apart, and can be seen together', async () => {
  const one = client(emulator, 'one');
  const two = client(emulator, 'two');
  await one.bfl('of the first');
  await two.bfl('of the second');
  const left = await openPage(browser, emulator, '#tasks&sandbox=one');
  const right = await openPage(browser, emulator, '#tasks&sandbox=two');
  await tiles(left.page).filter({ hasText: 'of the first' }).waitFor();
  await tiles(right.page).filter({ hasText: 'of the second' }).waitFor();
  await left.page.getByRole('button', { name: '+10 m' }).click();
  await tiles(left.page).getByText('succeeded').waitFor();
  await two.bfl('the second again');
  await tiles(right.page).filter({ hasText: 'the second again' }).waitFor();
  assert.equal(await tiles(left.page).count(), 1);
  await right.page.getByText('00:00:00').waitFor();
  assert.equal(await tiles(right.page).getByText('running').count(), 2);
  // Together: the tile says whose it is.
  await left.page.getByLabel('Sandbox', { exact: true }).selectOption('');
  await tiles(left.page).filter({ hasText: 'the second again' }).getByText('· two').waitFor();
  await tiles(left.page).filter({ hasText: 'of the first' }).getByText('· one').waitFor();
  await left.page.getByText('Choose a sandbox to see and turn its clock.').waitFor();
  // One that is dropped is gone from both.
  await emulator.control('DELETE', 'sandboxes/two');
  await tiles(left.page).filter({ hasText: 'of the second' }).waitFor({ state: 'detached' });
  await tiles(right.page).first().waitFor({ state: 'detached' });
  await left.close();
  await right.close();
});

test('the emulator is stopped and started under an open page', async () => {
  let mortal = await startEmulator();
  const { port } = mortal;
  const at = await openPage(browser, mortal, '#tasks', { allow: [/Failed to load resource|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY/] });
  const { page } = at;
  await client(mortal, 'before').bfl('made before');
  await tiles(page).filter({ hasText: 'made before' }).waitFor();
  await mortal.stop();
  await page.locator('.is-lost').waitFor();
  mortal = await startEmulator({ port });
  try {
    await page.locator('.is-live').waitFor();
    await tiles(page).first().waitFor({ state: 'detached' });
    await client(mortal, 'after').bfl('made after');
    await tiles(page).filter({ hasText: 'made after' }).waitFor();
    await page.getByRole('button', { name: '+10 s' }).click();
    await tiles(page).getByText('succeeded').waitFor();
    await at.close();
  } finally {
    await mortal.stop();
  }
});

// A way to the emulator that can be cut.
async function wire(port) {
  const open = new Set();
  let whole = true;
  const server = createServer(near => {
    if (!whole) return near.destroy();
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket) && (near.destroy(), far.destroy()));
    }
    near.pipe(far).pipe(near);
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    whole = false;
    for (const socket of open) socket.destroy();
  };
  return { base: `http://127.0.0.1:${server.address().port}`, cut, mend: () => (whole = true), close: () => (cut(), server.close()) };
}

test('what happens while everything is taken in is not lost', async () => {
  let listed, release;
  const asked = new Promise(resolve => (listed = resolve));
  const goOn = new Promise(resolve => (release = resolve));
  const at = await openPage(browser, emulator, '#requests&sandbox=meanwhile', {
    prepare: async page => {
      await page.addInitScript(() => {
        const parse = JSON.parse;
        JSON.parse = text => {
          const value = parse(text);
          if (value?.sandbox === 'meanwhile' && value.method === 'POST') window.heard = true;
          return value;
        };
      });
      // The list is made before the sandbox is, and arrives when its request has been told of.
      await page.route('**/_emulator/sandboxes', async route => {
        const response = await route.fetch();
        listed();
        await goOn;
        await route.fulfill({ response });
      }, { times: 1 });
    },
  });
  await asked;
  await client(emulator, 'meanwhile').bfl('first');
  await at.page.waitForFunction(() => window.heard);
  release();
  await at.page.locator('.row').first().waitFor();
  await at.close();
});

test('a stream that breaks goes on where it was', async () => {
  const way = await wire(emulator.port);
  const at = await openPage(browser, way, '#requests&sandbox=gap', { allow: [/Failed to load resource|ERR_/] });
  const { page } = at;
  const mine = client(emulator, 'gap');
  await mine.bfl('first');
  await page.locator('.row').first().waitFor();
  way.cut();
  await page.locator('.is-lost').waitFor();
  await mine.bfl('second');
  await mine.bfl('third');
  let loads = 0;
  page.on('request', request => request.url().includes('/sandboxes/gap/requests') && loads++);
  way.mend();
  await page.waitForFunction(() => document.querySelectorAll('.row').length === 3);
  await page.locator('.is-live').waitFor();
  assert.equal(loads, 0, 'it took everything in anew');
  await at.close();
  way.close();
});

test('findings are not looked for where there are none, and come the worst first where there are', async () => {
  const mine = client(emulator, 'found');
  await mine.bfl('a cat');
  const at = await openPage(browser, emulator, '#findings&sandbox=found', {
    prepare: async page => {
      await page.route('**/_emulator/', async route => {
        const response = await route.fetch();
        await route.fulfill({ response, body: (await response.text()).replace(/(name="emulator-can" content=")/, '$1findings ') });
      });
      await page.route('**/findings', route => route.fulfill({ json: { not_kept: 0, findings: [
      { code: 'polled-too-fast', severity: 'warning', provider: 'bfl', sandbox: 'found', task: null, requests: ['found-1'], what: 'polls 10 ms apart', why: 'asks for 500 ms', remedy: 'wait', source: 'docs' },
      { code: 'paid-twice', severity: 'error', provider: 'bfl', sandbox: 'found', task: null, requests: [], what: '<b>twice</b>', why: '', remedy: '', source: '' },
    ] } }));
    },
  });
  await at.page.getByRole('article').nth(1).waitFor();
  assert.deepEqual(await at.page.locator('.card header .mono').allTextContents(), ['paid-twice', 'polled-too-fast']);
  await at.page.getByText('<b>twice</b>').waitFor();
  await at.page.getByRole('link', { name: 'found-1' }).click();
  await at.page.getByRole('heading', { name: 'found-1' }).waitFor();
  await at.close();
});

test('read-only shows and changes nothing; off is not there', async () => {
  const shy = await startEmulator({ args: ['--page', 'read-only'] });
  try {
    const mine = client(shy, 'shy');
    await mine.bfl('a cat', { webhook_url: `${shy.base}/_emulator/inbox/shy` });
    await shy.sandbox('shy').advance('1m');
    const at = await openPage(browser, shy);
    await tiles(at.page).first().waitFor();
    for (const room of ['#tasks', '#webhooks', '#inbox', '#scenario', '#try']) {
      await at.page.evaluate(hash => (location.hash = hash), room);
      await at.page.waitForTimeout(200);
      for (const name of ['+10 s', 'Freeze', 'Run', 'Redeliver', 'Empty it', 'Apply', 'Send'])
        assert.equal(await at.page.getByRole('button', { name, exact: true }).count(), 0, `${name} in ${room}`);
    }
    await at.close();
  } finally {
    await shy.stop();
  }
  const off = await startEmulator({ args: ['--page', 'off'] });
  try {
    for (const path of ['/_emulator/', '/_emulator/page/app.js', '/'])
      assert.equal((await fetch(off.base + path, { headers: { accept: 'text/html' } })).status, 404, path);
    await off.control('GET', 'sandboxes');
  } finally {
    await off.stop();
  }
});

test('where a token is wanted it is asked for, and stands in no address', async () => {
  const locked = await startEmulator({ args: ['--control-token', 'open-sesame'] });
  try {
    const made = await client(locked, 'locked').bfl('behind a door [[run: 0s]]');
    assert.ok(made.id);
    const addresses = [];
    const at = await openPage(browser, locked, '', {
      allow: [/status of 401/],
      prepare: async page => page.on('request', request => addresses.push(request.url())),
    });
    const { page } = at;
    await page.getByRole('textbox', { name: 'Token' }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('That was not it.').waitFor();
    await page.getByRole('textbox', { name: 'Token' }).fill('open-sesame');
    await page.keyboard.press('Enter');
    await loaded(tiles(page).first().locator('img'));
    await page.reload();
    await loaded(tiles(page).first().locator('img'));
    assert.equal(addresses.some(one => one.includes('sesame')), false);
    await at.close();
  } finally {
    await locked.stop();
  }
});

test('beside the version stands whether what was answered is kept', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'kept-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const keeping = await startEmulator({ args: ['--state', join(folder, 'state.db')] });
  let store;
  const at = await openPage(browser, keeping, '', {
    // The store's own words, and those of a store in trouble, which no test can give a file at will.
    prepare: page => page.route('**/_emulator/state', async route => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), ...store } });
    }),
  });
  const version = at.page.locator('.version');
  await version.getByText(/· kept$/).waitFor();
  store = { behind: 1200 };
  await version.getByText(/· 1,200 unwritten$/).waitFor();
  store = { behind: 1200, away: true };
  await version.getByText(/· store away$/).waitFor();
  await at.close();
  await keeping.stop();
});
