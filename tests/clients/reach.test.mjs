// Apps that know nothing of an emulator, in several languages and by many clients, under `run` and
// beside a server by `env --intercept`: no option, no variable of their own, the providers' own
// addresses. Each gets a picture of the right size, meets a refusal, a moderation and a dead link.
// Where a language, or what its apps need, is not to be had on this machine, its tests are skipped
// with the reason.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { binary, here, startEmulator } from './emulator.mjs';
import { picture } from './picture.mjs';

const build = fileURLToPath(new URL('../../build', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'emulator-reach-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// A test runner inside a test runner: the inner one must not take itself for a part of the outer.
function clean(environment) {
  const out = { ...environment };
  for (const name of Object.keys(out)) if (name.startsWith('NODE_TEST')) delete out[name];
  return out;
}

function start(program, words, env = clean(process.env)) {
  const child = spawn(program, words, { env, cwd: here('.') });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => (out.stdout += chunk));
  child.stderr.on('data', chunk => (out.stderr += chunk));
  return new Promise(resolve => {
    child.on('error', error => resolve({ ...out, code: String(error) }));
    child.on('close', code => resolve({ ...out, code }));
  });
}

const scenario = here('reach/scenario.yaml');
const run = (...words) => start(binary(), ['run', '--scenario', scenario, '--', ...words]);

// What an app printed, once it has ended well.
async function outcomes(ended) {
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stdout + stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

// `size`: of the picture; null where the client has no say in it. `refused`, `moderated`: what the
// client says, its status or name first. `link`: the app is handed the link, or downloads by itself;
// null where versions differ.
function fits(out, { host, size = [512, 256], refused, moderated, link = true }) {
  const shown = JSON.stringify(out);
  const good = out['a lighthouse'];
  if (size) assert.deepEqual([good.width, good.height], size, shown);
  else assert(good.width > 0 && good.height > 0, shown);
  if (host) assert.match(good.host, host, shown);
  const words = ({ no, says = '' }) => `${no} ${says}`;
  assert.match(words(out.refused), refused, shown);
  assert.match(words(out.moderated), moderated, shown);
  // A client that downloads by itself says no; to others a link is handed.
  const dead = out['dead link'];
  if (link === null) assert(dead.link >= 400 || dead.no !== undefined, shown);
  else if (link) assert(dead.link >= 400, shown);
  else assert(dead.no !== undefined, shown);
}

// Why a program is not to be had; undefined when it is.
function missing(program, ...words) {
  const { error, status } = spawnSync(program, words, { stdio: 'ignore' });
  return error || status !== 0 ? `${program} is not on this machine` : undefined;
}

// The packages that the apps in Python need, in an environment of its own that is made once.
function python() {
  const home = join(build, 'reach-python');
  const program = join(home, 'bin/python');
  const packages = readFileSync(here('reach/requirements.txt'), 'utf8');
  const stamp = join(home, 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === packages) return { program };
  mkdirSync(build, { recursive: true });
  if (missing('python3', '-m', 'venv', home)) return { skip: 'there is no python3 with venv on this machine' };
  const { status, stderr } = spawnSync(program, ['-m', 'pip', 'install', '-q', '-r', here('reach/requirements.txt')], { encoding: 'utf8' });
  if (status !== 0) return { skip: `pip installs nothing here: ${stderr.trim().split('\n').at(-1)}` };
  writeFileSync(stamp, packages);
  return { program };
}

// Where huggingface_hub asks which of fal's endpoints a model is: its own server, which is no
// provider's and which this machine may not reach.
const hub = createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  const mapping = { 'fal-ai': { providerId: 'fal-ai/flux/dev', status: 'live', task: 'text-to-image' } };
  response.end(JSON.stringify({ id: 'black-forest-labs/FLUX.1-dev', inferenceProviderMapping: mapping }));
});
before(() => new Promise(resolve => hub.listen(0, '127.0.0.1', resolve)));
after(() => hub.close());

const bfl = { host: /^delivery[.-].*bfl\.ai$/, refused: /402/, moderated: /Request Moderated/ };
const fal = { host: /^v3b?\.fal\.media$/, refused: /^403 /, moderated: /^422 / };
const wavespeed = { host: /\.cloudfront\.net$/, refused: /Insufficient credits/, moderated: /flagged as potentially sensitive/ };

const { program: snake, skip: noSnake } = python();
const js = name => () => [process.execPath, here('reach/apps.mjs'), name];
const py = name => () => [snake, here('reach/apps.py'), name];

// The apps of each runtime: how one is started, and what it has to come to.
const runtimes = {
  'Node.js': {
    apps: {
      ...Object.fromEntries(
        ['fetch', 'undici', 'axios', 'got', 'https'].map(name => [`BFL by ${name}`, { words: js(name), ...bfl }]),
      ),
      '@fal-ai/client': { words: js('fal-client'), ...fal },
      '@ai-sdk/fal': { words: js('ai-sdk-fal'), ...fal, host: undefined, link: false },
      // It takes a moderated task for one that does not end.
      '@ai-sdk/black-forest-labs': { words: js('ai-sdk-bfl'), ...bfl, host: undefined, link: false, size: null, moderated: /timed out/ },
      wavespeed: { words: js('wavespeed'), ...wavespeed },
      // It prints why it is refused, and tells its caller no more than that.
      'apiframe-js': {
        words: js('apiframe-js'), host: /^cdn2\.apiframe\.ai$/, size: [1456, 720], refused: /^Error refused$/, moderated: /^Error failed$/,
      },
    },
  },
  Python: {
    skip: noSnake,
    apps: {
      ...Object.fromEntries(
        ['requests', 'httpx', 'aiohttp', 'urllib'].map(name => [`BFL by ${name}`, { words: py(name), ...bfl }]),
      ),
      blackforest: { words: py('blackforest'), ...bfl },
      ...Object.fromEntries(
        ['run', 'subscribe', 'async', 'upload', 'cancel'].map(name => [`fal-client ${name}`, { words: py(`fal-client ${name}`), ...fal }]),
      ),
      // What is no stream of events is an error of its own to it, whatever was said.
      'fal-client stream': { words: py('fal-client stream'), ...fal, refused: /^SSEError /, moderated: /^SSEError / },
      'huggingface_hub with fal': {
        words: py('huggingface_hub'), ...fal, host: undefined, link: false,
        env: () => ({ HF_ENDPOINT: `http://127.0.0.1:${hub.address().port}` }),
      },
      wavespeed: { words: py('wavespeed'), ...wavespeed },
      'litellm with BFL': { words: py('litellm bfl'), ...bfl, host: undefined, size: null, link: null },
      'litellm with fal': { words: py('litellm fal'), ...fal, host: undefined, size: null, link: null },
    },
  },
  Go: { skip: missing('go', 'version'), apps: { 'BFL by net/http': { words: goApp, ...bfl } } },
  Java: {
    skip: missing('java', '-version'),
    apps: { 'BFL by java.net.http': { words: () => ['java', here('reach/App.java')], ...bfl } },
  },
  curl: {
    skip: missing('curl', '--version'),
    apps: { 'BFL by curl': { words: () => [here('reach/app.sh'), join(folder, 'picture')], ...bfl, finish: sized } },
  },
};

let built;
function goApp() {
  if (built) return [built];
  const program = join(folder, 'app');
  const made = spawnSync('go', ['build', '-o', program, here('reach/app.go')], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  built = program;
  return [built];
}

// A shell reads no pictures: the size is that of the file it was saved to.
function sized(out) {
  const file = join(folder, 'picture');
  const { width, height } = picture(readFileSync(file));
  rmSync(file);
  return { ...out, 'a lighthouse': { ...out['a lighthouse'], width, height } };
}

// Runs an app by `before`, which stands in front of its words, and judges what came of it.
async function tried({ words, env: own, finish = out => out, ...wishes }, before, env = clean(process.env)) {
  const [program, ...rest] = [...before, ...words()];
  fits(finish(await outcomes(start(program, rest, { ...env, ...own?.() }))), wishes);
}

for (const [runtime, { skip, apps }] of Object.entries(runtimes))
  describe(`${runtime} under run`, { skip }, () => {
    for (const [name, app] of Object.entries(apps))
      test(name, () => tried(app, [binary(), 'run', '--scenario', scenario, '--']));
  });

describe('the same apps beside a server, by env --intercept', () => {
  const ca = join(folder, 'ca');
  let emulator, env;
  before(async () => {
    emulator = await startEmulator({ clock: 'wall', args: ['--scenario', scenario, '--ca-dir', ca] });
    const printed = spawnSync(
      binary(), ['env', '--intercept', '--ca-dir', ca, '--port', String(emulator.port), '--format', 'json'], { encoding: 'utf8' },
    );
    assert.equal(printed.status, 0, printed.stderr);
    env = { ...clean(process.env), ...JSON.parse(printed.stdout) };
  });
  after(() => emulator?.stop());
  for (const [runtime, { skip, apps }] of Object.entries(runtimes))
    for (const [name, app] of Object.entries(apps))
      test(`${runtime}: ${name}`, { skip }, () => tried(app, [], env));
});

describe('Node.js under run keeps', () => {
  test('options that Node.js had stay, and so do processes it starts', async () => {
    const program = join(folder, 'child.cjs');
    writeFileSync(
      program,
      `const { execFileSync } = require('node:child_process');
       if (process.argv[2]) return console.log(globalThis.before);
       console.log(globalThis.before, execFileSync(process.execPath, [__filename, 'inner']).toString().trim());`,
    );
    const own = join(folder, 'own.cjs');
    writeFileSync(own, 'globalThis.before = "kept";');
    const env = { ...clean(process.env), NODE_OPTIONS: `--require=${own}` };
    const { stdout, stderr } = await start(binary(), ['run', '--', process.execPath, program], env);
    assert.equal(stdout, 'kept kept\n', stderr);
  });
});

describe('Python under run', { skip: noSnake }, () => {
  test('fal_client by the addresses that docs/clients.md names, uploads and realtime too', async () => {
    const page = readFileSync(here('../../docs/clients.md'), 'utf8');
    const row = page.split('\n').find(line => line.startsWith('| `fal_client` (Python)'));
    const addresses = [...row.matchAll(/`([A-Z_]+ = [^`]+)`/g)].map(([, line]) => `fal_client.client.${line}`);
    assert.equal(addresses.length, 5, row);
    const program = join(folder, 'addresses.py');
    writeFileSync(
      program,
      `import os, fal_client
url = os.environ["EMULATOR_URL"]
${addresses.join('\n')}
print(fal_client.upload(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(64), "image/png"))
print(fal_client.run("fal-ai/flux/dev", arguments={"prompt": "a"})["images"][0]["url"])
print(fal_client.subscribe("fal-ai/flux/dev", arguments={"prompt": "a"})["images"][0]["url"])
with fal_client.realtime("fal-ai/flux/schnell") as connection:
    connection.send({"prompt": "a"})
    print(connection.recv()["images"][0]["url"])
`,
    );
    const words = ['run', '--intercept', 'off', '--clock', 'skip', '--', snake, program];
    const { code, stdout, stderr } = await start(binary(), words);
    assert.equal(code, 0, stderr);
    const links = stdout.trim().split('\n');
    assert.equal(links.length, 4, stdout);
    for (const link of links) assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\//);
  });

  test('a sitecustomize that was there is run', async () => {
    const below = join(folder, 'site');
    mkdirSync(below);
    writeFileSync(join(below, 'sitecustomize.py'), 'import builtins\nbuiltins.before = "kept"\n');
    const env = { ...clean(process.env), PYTHONPATH: below };
    const { stdout, stderr } = await start(
      binary(), ['run', '--', snake, '-c', 'import sys, sitecustomize; print(before, sitecustomize.__file__)'], env,
    );
    assert.equal(stdout, `kept ${join(below, 'sitecustomize.py')}\n`, stderr);
  });
});

test('what is no provider reaches its server as ever, and is named at the end', async () => {
  const server = createServer((request, response) => response.end(`own ${request.headers.host}`)).listen(0, '127.0.0.1');
  await new Promise(resolve => server.once('listening', resolve));
  try {
    const url = `http://127.0.0.1:${server.address().port}/`;
    const program = `fetch(${JSON.stringify(url)}).then(r => r.text()).then(console.log)`;
    const { stdout } = await run(process.execPath, '-e', program);
    assert.equal(stdout, `own 127.0.0.1:${server.address().port}\n`);
  } finally {
    server.close();
  }
});

test('a name the CA may not vouch for is refused by Node.js and Python, signed by it all the same', { skip: missing('openssl', 'version') }, async () => {
  const ca = join(folder, 'constrained');
  const made = spawnSync(binary(), ['ca', '--ca-dir', ca], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  // Whoever has the key can sign what it likes; those who trust the certificate go by its limits.
  const openssl = (...words) => {
    const { status, stderr } = spawnSync('openssl', words, { cwd: ca, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  };
  for (const name of ['example.com', 'api.bfl.ai']) {
    writeFileSync(join(ca, 'names'), `subjectAltName=DNS:${name}\nextendedKeyUsage=serverAuth\n`);
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', 'request', '-subj', '/CN=any');
    openssl('x509', '-req', '-in', 'request', '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-extfile', 'names', '-out', `${name}.pem`);
  }
  const { createServer: createSecureServer } = await import('node:https');
  const { connect } = await import('node:tls');
  const trusted = readFileSync(join(ca, 'ca.pem'));
  for (const [name, good] of [['api.bfl.ai', true], ['example.com', false]]) {
    const server = createSecureServer({ cert: readFileSync(join(ca, `${name}.pem`)), key: readFileSync(join(ca, `${name}.key`)) }, (_, response) => response.end('hello'));
    server.on('tlsClientError', () => {});
    await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    try {
      const verdict = await new Promise(resolve => {
        const socket = connect({ host: '127.0.0.1', port, servername: name, ca: trusted }, () => {
          resolve('trusted');
          socket.destroy();
        });
        socket.on('error', error => resolve(error.message));
      });
      assert.equal(verdict === 'trusted', good, verdict);
      if (!good) assert.equal(verdict, 'permitted subtree violation');
      if (noSnake) continue;
      const { stdout, stderr } = await start(snake, ['-c', `
import socket, ssl
context = ssl.create_default_context(cafile=${JSON.stringify(join(ca, 'ca.pem'))})
try:
    context.wrap_socket(socket.create_connection(("127.0.0.1", ${port})), server_hostname="${name}")
    print("trusted")
except ssl.SSLCertVerificationError as error:
    print(error.verify_message)
`]);
      assert.equal(stdout, good ? 'trusted\n' : 'permitted subtree violation\n', stderr);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }
});
