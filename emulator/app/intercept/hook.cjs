// Loaded into every Node.js process by NODE_OPTIONS. Connects the providers' hosts to the emulator;
// what is asked for, and what certificates and headers say, stays as it is.
'use strict';

const address = process.env.EMULATOR_INTERCEPT_ADDRESS || '';
const patterns = (process.env.EMULATOR_INTERCEPT_HOSTS || '').split(',').filter(Boolean);

if (address && patterns.length > 0) {
  const net = require('node:net');
  const tls = require('node:tls');
  const colon = address.lastIndexOf(':');
  const here = {
    host: address.slice(0, colon).replace(/^\[|\]$/g, ''),
    port: Number(address.slice(colon + 1)),
  };

  // `*.` in front stands for any number of labels, a `*` elsewhere for part of one.
  const words = patterns.map((pattern) => {
    const any = pattern.startsWith('*.');
    const rest = (any ? pattern.slice(2) : pattern)
      .replace(/[.\\+?^$|(){}[\]]/g, '\\$&')
      .replaceAll('*', '[^.]*');
    return (any ? '(?:[^.]+\\.)+' : '') + rest;
  });
  const known = new RegExp(`^(?:${words.join('|')})\\.?$`, 'i');
  const isProvider = (host) => typeof host === 'string' && known.test(host);

  // The options of a connection that leads here instead; the others' are not touched.
  const led = (options) => {
    if (!options || options.path || !isProvider(options.host)) return options;
    return { ...options, host: here.host, port: here.port, lookup: undefined, family: 0 };
  };

  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const [first, second] = args;
    if (Array.isArray(first)) {
      // What Node.js has made of the arguments already.
      first[0] = led(first[0]);
    } else if (first !== null && typeof first === 'object') {
      args[0] = led(first);
    } else if (isProvider(second)) {
      args[0] = here.port;
      args[1] = here.host;
    }
    return connect.apply(this, args);
  };

  // The server is told which host is meant, as it is by every client of HTTPS.
  const secure = tls.connect;
  tls.connect = function (...args) {
    const at = args.findIndex((one) => one !== null && typeof one === 'object');
    const host = typeof args[1] === 'string' ? args[1] : at >= 0 ? args[at].host : undefined;
    if (isProvider(host) && (at < 0 || (!args[at].servername && !args[at].socket))) {
      if (at >= 0) args[at] = { ...args[at], servername: host };
      else args.splice(2, 0, { servername: host });
    }
    return secure.apply(this, args);
  };

  require('node:module').syncBuiltinESMExports();
}
