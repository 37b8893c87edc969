// What a server that speaks TLS and is a proxy may be sent by those who mean no good or are broken:
// nothing hangs, nothing is left behind, others are answered, and whoever runs it is told in a line.
// And what may lie where the CA is kept.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { connect as connectSecure } from 'node:tls';

import { binary, startEmulator } from './emulator.mjs';

const folder = mkdtempSync(join(tmpdir(), 'emulator-bad-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('bad clients of one server', () => {
  let emulator, ca, connectionsAtRest, descriptorsAtRest;
  before(async () => {
    emulator = await startEmulator({ args: ['--log', 'off', '--proxy-others', 'pass', '--ca-dir', join(folder, 'ca')] });
    ca = await (await fetch(`${emulator.base}/_emulator/ca.pem`)).text();
    await answered();
    connectionsAtRest = await connections();
    descriptorsAtRest = await descriptors();
  });
  after(() => emulator?.stop());

  // Every look is one connection of its own, so that the looks count the same.
  async function connections() {
    const text = await (await fetch(`${emulator.base}/_emulator/metrics`, { headers: { connection: 'close' } })).text();
    return Number(/^emulator_connections (\d+)$/m.exec(text)[1]);
  }
  const descriptors = () => readdirSync(`/proc/${emulator.pid}/fd`).length;

  // Ends once there are as few connections and descriptors as before.
  async function atRest() {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const now = [await connections(), descriptors()];
      if (now[0] <= connectionsAtRest && now[1] <= descriptorsAtRest) return;
      assert(performance.now() < deadline, `${now} connections and descriptors are left of ${[connectionsAtRest, descriptorsAtRest]}`);
      await sleep(5);
    }
  }

  // The words with which a handshake, or what comes behind it, ends; 'trusted' when it succeeds.
  function shaken(options, then = (socket, done) => done('trusted')) {
    return new Promise(resolve => {
      const socket = connectSecure({ host: '127.0.0.1', port: emulator.port, servername: 'api.bfl.ai', ca, ...options });
      const done = what => { resolve(what); socket.destroy(); };
      socket.on('error', error => done(error.code ?? error.message));
      socket.once('secureConnect', () => then(socket, done));
    });
  }

  // An ordinary client over TLS is answered.
  async function answered() {
    const text = await shaken({}, (socket, done) => {
      socket.once('data', data => done(data.toString()));
      socket.write('GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n');
    });
    assert.match(text, /^HTTP\/1\.1 200 /);
  }

  // What comes back for these bytes, to the end of the connection or to the end of a head.
  function sent(bytes) {
    return new Promise((resolve, reject) => {
      const socket = connect(emulator.port, '127.0.0.1', () => socket.write(bytes));
      const pieces = [];
      const done = () => { resolve(Buffer.concat(pieces).toString('latin1')); socket.destroy(); };
      socket.on('data', piece => {
        pieces.push(piece);
        if (Buffer.concat(pieces).includes('\r\n\r\n')) done();
      });
      socket.once('end', done);
      socket.once('error', reject);
    });
  }

  const toldOf = text => emulator.said().split('\n').filter(line => line.includes(text)).length;

  test('a handshake for a foreign name', async () => {
    for (let i = 0; i < 3; ++i)
      assert.equal(await shaken({ servername: 'foreign.example' }), 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME');
    assert.equal(toldOf('"foreign.example"'), 1, emulator.said());
    await answered();
    await atRest();
  });

  test('TLS 1.0 and 1.1', async () => {
    for (const version of ['TLSv1', 'TLSv1.1'])
      assert.equal(
        await shaken({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      );
    assert.equal(toldOf('this server speaks 1.2 and 1.3'), 1, emulator.said());
    await answered();
    await atRest();
  });

  test('plain bytes behind a hello', async () => {
    const alert = await sent(Buffer.from('\x16\x03\x01\x00\x05helloGET / HTTP/1.1\r\nHost: a\r\n\r\n', 'latin1'));
    assert.equal(alert.charCodeAt(0), 0x15, 'an alert of TLS'); // RFC 8446, 6
    await answered();
    await atRest();
  });

  test('1,000 clients that stop in the middle of a handshake, and leave', async () => {
    const before = await connections();
    const begun = Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'); // of a hello of 512 bytes
    const sockets = await Promise.all(Array.from({ length: 1_000 }, () => new Promise((resolve, reject) => {
      const socket = connect(emulator.port, '127.0.0.1', () => socket.write(begun, () => resolve(socket)));
      socket.once('error', reject);
    })));
    assert.equal(await connections(), before + 1_000);
    await answered();
    for (const socket of sockets) socket.destroy();
    await atRest();
  });

  test('a renegotiation', async () => {
    const said = await shaken({ maxVersion: 'TLSv1.2' }, (socket, done) => {
      socket.renegotiate({}, error => done(error?.code ?? 'renegotiated'));
    });
    assert.equal(said, 'ERR_SSL_NO_RENEGOTIATION');
    await answered();
    await atRest();
  });

  describe('CONNECT', () => {
    for (const [what, to, status, part, more = ''] of [
      ['to port 25', '127.0.0.1:25', 403, 'port 25'],
      ['to an address of the link', '169.254.169.254:80', 403, 'link-local, and never joined'],
      ['to that address within IPv6', '[::ffff:a9fe:a9fe]:80', 403, 'link-local, and never joined'],
      // Taken for names, which turn out to be that address.
      ['to that address as one number', '2852039166:80', 502, 'link-local, and never joined'],
      ['to that address in hexadecimal', '0xa9fea9fe:80', 502, 'link-local, and never joined'],
      ['with a body', 'api.bfl.ai:443', 400, 'has no body', 'Content-Length: 4\r\n'],
      ['to a host of 300 letters', `${'x'.repeat(300)}.example:443`, 400, ''],
      ['to no host', ':443', 400, ''],
      ['without a port', 'api.bfl.ai', 400, ''],
      ['to port 70000', 'api.bfl.ai:70000', 400, ''],
      ['to odd bytes', 'a_b%00c:443', 400, ''],
    ])
      test(what, async () => {
        const reply = await sent(`CONNECT ${to} HTTP/1.1\r\nHost: a\r\n${more}\r\nbody`);
        assert.match(reply, new RegExp(`^HTTP/1\\.1 ${status} `));
        assert(reply.includes(part), reply);
        await answered();
        await atRest();
      });

    test('to the emulator itself, 20 deep', async () => {
      const self = `127.0.0.1:${emulator.port}`;
      const reply = await new Promise((resolve, reject) => {
        const ask = `CONNECT ${self} HTTP/1.1\r\nHost: ${self}\r\n\r\n`;
        let left = 20;
        const socket = connect(emulator.port, '127.0.0.1', () => socket.write(ask));
        socket.on('data', data => {
          if (--left > 0) return socket.write(ask);
          if (left === 0) return socket.write(`GET /_emulator/health HTTP/1.1\r\nHost: ${self}\r\n\r\n`);
          resolve(data.toString());
          socket.destroy();
        });
        socket.once('error', reject);
        socket.once('end', () => reject(new Error('the tunnel ended')));
      });
      assert.match(reply, /^HTTP\/1\.1 200 [^]*"status"/);
      await atRest();
    });
  });
});

function said(program, ...words) {
  const { error, status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  assert.equal(error, undefined);
  return { status, stdout, stderr };
}

const noOpenssl = spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0 ? undefined : 'there is no openssl on this machine';

describe('where the CA is kept', { skip: noOpenssl }, () => {
  // A folder with a CA made here, to be spoilt.
  function spoilt(name, how) {
    const at = join(folder, name);
    assert.equal(said(binary(), 'ca', '--ca-dir', at).status, 0);
    how(join(at, 'ca.pem'), join(at, 'ca-key.pem'), at);
    return at;
  }
  const openssl = (...words) => assert.equal(said('openssl', ...words).status, 0);

  const cases = {
    'a CA that has expired': [
      /it expired on \d{4}-\d\d-\d\d; remove it/,
      (pem, key) => {
        copyFileSync(pem, `${pem}.old`);
        openssl('x509', '-in', `${pem}.old`, '-signkey', key, '-days', '-1', '-out', pem);
        rmSync(`${pem}.old`);
      },
    ],
    'a CA that was made elsewhere': [
      /it is no certificate that was made here, .*; remove it/,
      (pem, key) => openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', pem, '-subj', '/CN=any', '-days', '30'),
    ],
    'a certificate without its key': [/its key .*ca-key\.pem is missing; remove it/, (pem, key) => rmSync(key)],
    'a key that others may read': [/chmod 600 .*ca-key\.pem/, (pem, key) => chmodSync(key, 0o644)],
  };
  for (const [name, [words, how]] of Object.entries(cases))
    test(name, async () => {
      const at = spoilt(name.replaceAll(' ', '-'), how);
      // One line, and nothing printed that could be taken for an answer.
      for (const command of [['ca', '--ca-dir', at], ['env', '--intercept', '--ca-dir', at, '--port', '1']]) {
        const { status, stdout, stderr } = said(binary(), ...command);
        assert.equal(status, 2);
        assert.equal(stdout, '');
        assert.match(stderr, words);
        assert.match(stderr, /^[^\n]+\n$/);
      }
      // A server goes on with plain HTTP, and says it once.
      const emulator = await startEmulator({ args: ['--log', 'off', '--ca-dir', at] });
      try {
        for (let i = 0; i < 2; ++i) {
          const failed = await new Promise(resolve => {
            const socket = connectSecure({ host: '127.0.0.1', port: emulator.port, servername: 'api.bfl.ai', rejectUnauthorized: false });
            socket.once('error', error => resolve(error.message));
            socket.once('secureConnect', () => { resolve('a session'); socket.destroy(); });
          });
          assert.notEqual(failed, 'a session');
        }
        assert.equal((await fetch(`${emulator.base}/_emulator/health`)).status, 200);
        const { status } = await fetch(`${emulator.base}/_emulator/ca.pem`);
        assert(status >= 500, `the certificate is answered with ${status}`);
        assert.equal(emulator.said().split('\n').filter(line => words.test(line)).length, 1, emulator.said());
      } finally {
        await emulator.stop();
      }
    });

  // To root every folder is open, so somebody else asks.
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups'];
  const other = process.getuid() !== 0 ? 'only root can be somebody else'
    : spawnSync('setpriv', [...nobody, 'true'], { stdio: 'ignore' }).status !== 0 ? 'there is no setpriv on this machine' : undefined;
  test('a folder that cannot be read', { skip: other }, () => {
    const program = join(folder, 'provider-emulator');
    cpSync(binary(), program);
    chmodSync(folder, 0o755);
    const at = join(folder, 'locked');
    mkdirSync(at, { mode: 0o700 });
    const { status, stdout, stderr } = said('setpriv', ...nobody, program, 'ca', '--ca-dir', at);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /locked: cannot be opened \(Permission denied\); name another folder with --ca-dir\n$/);
    assert.match(stderr, /^[^\n]+\n$/);
    assert.deepEqual(readdirSync(at), []);
  });
});
