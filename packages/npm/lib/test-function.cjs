// A `test` that hands a sandbox to its body, made of a runner's own.
'use strict';
const { withSandbox } = require('./index.cjs');

/**
 * `run(method, name, options, body)` registers with the runner; `body(details)` runs one attempt.
 * What comes out takes (name, fn), (name, options, fn) and (name, fn, timeout).
 */
function testFunction(run, methods) {
  const make = method => (name, ...rest) => {
    const fn = rest.find(one => typeof one === 'function');
    const options = { ...rest.find(one => typeof one === 'object' && one !== null) };
    const timeout = rest.find(one => typeof one === 'number');
    if (timeout !== undefined) options.timeout = timeout;
    if (fn === undefined) return run(method, name, options, undefined);
    const { scenario, clock } = options;
    return run(method, name, options, (details, extra) =>
      withSandbox({ scenario, clock, ...details }, box => fn({ box, ...extra })),
    );
  };
  const out = make(undefined);
  for (const method of methods) out[method] = make(method);
  return out;
}

module.exports = { testFunction };
