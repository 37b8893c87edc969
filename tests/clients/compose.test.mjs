// The layout of docs/compose.yaml without its containers: a network namespace in which every host of
// a provider is the emulator's address, by a hosts file of its own, the emulator on the ports of the
// file, and an app that has nothing but the CA's certificate. What compose makes of the file is read
// from the file: the aliases, the command, the health check, the app and its environment.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

import { binary, here } from './emulator.mjs';
import { picture } from './picture.mjs';

const compose = parse(readFileSync(fileURLToPath(new URL('../../docs/compose.yaml', import.meta.url)), 'utf8'));
const { emulator, app } = compose.services;
const folder = mkdtempSync(join(tmpdir(), 'emulator-compose-'));
after(() => rmSync(folder, { recursive: true, force: true }));

// The emulator's address in the network. Not one of loopback, which it would treat otherwise.
const address = '10.99.0.2';
const aside = ['--mount', '--net', '--propagation', 'private'];

// Why the layout cannot be run here; undefined when it can.
function missing() {
  const tried = spawnSync('unshare', [...aside, 'sh', '-c', `ip link set lo up && ip address add ${address}/32 dev lo && mount --bind /etc/hosts /etc/hosts`], {
    encoding: 'utf8',
  });
  if (tried.error) return 'there is no unshare on this machine';
  return tried.status === 0 ? undefined : `no namespaces of one's own here: ${tried.stderr.trim().split('\n').at(-1)}`;
}

const quoted = words => words.map(word => `'${String(word).replaceAll("'", "'\\''")}'`).join(' ');

// The volume is a folder here, and a variable with its default is the default.
const mounted = text =>
  String(text).replace(/\$\{\w+:-(\w*)\}/g, '$1').replace(/(^|=)\/ca(?=\/|$)/, (_, before) => before + join(folder, 'ca'));

// What the shell in the namespace does: the emulator comes up, is healthy, and the app is run.
function play(words, environment = {}) {
  const [check, program, ...probe] = emulator.healthcheck.test;
  assert.deepEqual([check, program], ['CMD', 'provider-emulator']);
  const script = join(folder, 'layout.sh');
  // The first line of the emulator says that it answers.
  const told = join(folder, 'told');
  rmSync(told, { force: true });
  writeFileSync(
    script,
    `set -eu
ip link set lo up
ip address add ${address}/32 dev lo
mount --bind ${quoted([join(folder, 'hosts')])} /etc/hosts
mkfifo ${quoted([told])}
${quoted([binary(), ...probe.map(mounted)])} >/dev/null
${quoted([binary(), ...emulator.command.map(mounted), '--exit-with-parent', '--log=off', '--scenario', here('reach/scenario.yaml')])} >${quoted([told])} 2>${quoted([join(folder, 'said')])} &
exec 3<${quoted([told])}
read -r line <&3
status=0
${quoted(words)} || status=$?
kill $!
wait $!
exit $status
`,
  );
  const env = { PATH: process.env.PATH, HOME: folder, ...environment };
  return spawnSync('unshare', [...aside, 'sh', script], { encoding: 'utf8', env, cwd: here('.'), timeout: 120_000 });
}

writeFileSync(
  join(folder, 'hosts'),
  ['127.0.0.1 localhost', ...emulator.networks.providers.aliases.map(host => `${address} ${host}`), ''].join('\n'),
);
const trusted = Object.fromEntries(Object.entries(app.environment).map(([name, value]) => [name, mounted(value)]));

test('what the example gives to whom fits together', () => {
  const [volume] = Object.keys(compose.volumes);
  assert.deepEqual(emulator.volumes, [`${volume}:/ca`]);
  assert.deepEqual(app.volumes, [`${volume}:/ca:ro`]);
  assert.deepEqual(Object.keys(emulator.networks), app.networks);
  assert.deepEqual(Object.keys(compose.networks), app.networks);
  assert.equal(app.depends_on.emulator.condition, 'service_healthy');
});

const skip = missing();

test('the app of the example is answered by its provider', { skip }, () => {
  const [program, ...words] = app.command;
  assert.equal(program, 'node');
  const { status, stdout, stderr } = play([process.execPath, ...words], trusted);
  assert.equal(status, 0, stdout + stderr);
  const answer = JSON.parse(stdout);
  assert.equal(new URL(answer.polling_url).origin, 'https://api.bfl.ai');
  assert.match(answer.id, /^[0-9a-f-]{36}$/);
});

test('without the certificate the same app trusts nobody', { skip }, () => {
  const { status, stderr } = play([process.execPath, ...app.command.slice(1)]);
  assert.notEqual(status, 0);
  assert.match(stderr, /certificate/);
});

for (const [name, words, environment] of [
  ['fetch', [process.execPath, here('reach/apps.mjs'), 'fetch'], trusted],
  // The variable that the file names for curl and what else is built on OpenSSL.
  ['curl', [here('reach/app.sh'), join(folder, 'picture')], { SSL_CERT_FILE: trusted.NODE_EXTRA_CA_CERTS }],
])
  test(`by ${name} a picture, a refusal, a moderation and a dead link`, { skip }, () => {
    const { status, stdout, stderr } = play(words, { ...environment, BFL_API_KEY: 'me' });
    assert.equal(status, 0, stdout + stderr);
    const out = JSON.parse(stdout);
    const good = out['a lighthouse'];
    const { width, height } = good.file ? picture(readFileSync(good.file)) : good;
    assert.deepEqual([width, height], [512, 256], stdout);
    assert.match(good.host, /^delivery[.-].*bfl\.ai$/, stdout);
    assert.equal(out.refused.no, 402, stdout);
    assert.match(`${out.moderated.no} ${out.moderated.says}`, /Request Moderated/, stdout);
    assert.equal(out['dead link'].link, 404, stdout);
  });

test('who is in the network and has no token steers nothing', { skip }, () => {
  const { status, stdout, stderr } = play(
    ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}', `http://${address}/_emulator/sandboxes`],
  );
  assert.equal(status, 0, stderr);
  assert.equal(stdout, '401');
});
