// The control API over node:http, on kept connections. Nothing here goes through `fetch`, which
// tests like to replace.
'use strict';
const http = require('node:http');
const https = require('node:https');

/** What the emulator itself refused, or that it does not answer. */
class EmulatorError extends Error {
  constructor(message, more = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'EmulatorError';
    this.code = more.code;
    this.status = more.status;
    this.errors = more.errors ?? [];
  }
}

// One line, and one for each problem of a scenario.
function worded(status, text) {
  let fault;
  try {
    fault = JSON.parse(text).emulator_error;
  } catch {
    /* no JSON, so not ours */
  }
  if (fault === undefined || fault === null)
    return new EmulatorError(
      `status ${status}: ${text.slice(0, 200)} (is EMULATOR_CONTROL_URL that of an emulator?)`,
      { status },
    );
  const errors = Array.isArray(fault.errors) ? fault.errors : [];
  const list = errors.map(one => `\n  ${one.line}:${one.column}: ${one.message}`).join('');
  const lines = errors.length > 1 ? `${errors.length} problems:${list}` : fault.message;
  return new EmulatorError(lines, { code: fault.code, status, errors });
}

class Control {
  /** `url`: that of the control API; `ended`: why the emulator may have gone, or undefined. */
  constructor(url, token, ended = () => undefined) {
    this.url = url.replace(/\/+$/, '');
    this.token = token || undefined;
    this.ended = ended;
    const made = new URL(this.url);
    this.transport = made.protocol === 'https:' ? https : http;
    this.agent = new this.transport.Agent({ keepAlive: true, maxSockets: 16 });
  }

  send(method, path, { body, type } = {}) {
    const headers = {};
    if (this.token !== undefined) headers.authorization = `Bearer ${this.token}`;
    const bytes = body === undefined ? undefined : Buffer.from(body);
    if (bytes !== undefined) {
      headers['content-type'] = type ?? 'application/json';
      headers['content-length'] = bytes.length;
    }
    return new Promise((resolve, reject) => {
      const request = this.transport.request(
        `${this.url}${path}`,
        { method, headers, agent: this.agent },
        response => {
          const parts = [];
          response.on('data', part => parts.push(part));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode, text: Buffer.concat(parts).toString('utf8') }),
          );
        },
      );
      request.on('error', error => {
        // A kept connection that the server had just closed: nothing of this request was read.
        if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE'))
          return resolve(this.send(method, path, { body, type }));
        const why = this.ended();
        reject(
          new EmulatorError(
            why ?? `the emulator at ${this.url} does not answer: ${error.message || error.code}`,
            { code: 'gone', cause: error },
          ),
        );
      });
      request.end(bytes);
    });
  }

  async text(method, path, more) {
    const { status, text } = await this.send(method, path, more);
    if (status >= 400) throw worded(status, text);
    return text;
  }

  /** The answer's JSON. Rejects with an EmulatorError for anything but success. */
  async json(method, path, value) {
    const body = value === undefined ? undefined : JSON.stringify(value);
    const text = await this.text(method, path, { body });
    return text === '' ? undefined : JSON.parse(text);
  }

  close() {
    this.agent.destroy();
  }
}

module.exports = { Control, EmulatorError };
