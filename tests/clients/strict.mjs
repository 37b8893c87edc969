// Checks JSON answers to the last key: each shape names every key there may be, in order, and what
// its value must be. For providers whose SDK no registry has.
//
//   const job = object({ id: uuid, error: nullable(text), 'result?': object({ images: list(url) }) });
//   const typed = job(await response.json());
import assert from 'node:assert/strict';

/**
 * @template T
 * @typedef {(value: unknown, at?: string) => T} Shape
 */

/** @type {(what: string, is: (value: any) => boolean) => Shape<any>} */
export const that = (what, is) => (value, at = '$') => {
  assert(is(value), `${at} should be ${what}, not ${JSON.stringify(value)}`);
  return value;
};

/** @type {Shape<string>} */
export const text = that('a text', value => typeof value === 'string');
/** @type {Shape<number>} */
export const number = that('a number', value => typeof value === 'number' && Number.isFinite(value));
/** @type {Shape<number>} */
export const integer = that('an integer', Number.isSafeInteger);
/** @type {Shape<boolean>} */
export const boolean = that('true or false', value => typeof value === 'boolean');
/** @type {Shape<null>} */
export const nothing = that('null', value => value === null);
/** @type {(pattern: RegExp) => Shape<string>} */
export const matching = pattern => that(`like ${pattern}`, value => typeof value === 'string' && pattern.test(value));
export const uuid = matching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
export const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** @type {Shape<string>} */
export const url = that('an address', value => typeof value === 'string' && URL.canParse(value));

/**
 * @template {string | number} T
 * @param {...T} words
 * @returns {Shape<T>}
 */
export const one = (...words) => that(`one of ${words.join(', ')}`, value => words.includes(value));

/**
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T | null>}
 */
export const nullable = shape => (value, at = '$') => (value === null ? null : shape(value, at));

/**
 * @template T
 * @param {Shape<T>} shape
 * @returns {Shape<T[]>}
 */
export const list = shape => (value, at = '$') => {
  assert(Array.isArray(value), `${at} should be a list, not ${JSON.stringify(value)}`);
  return value.map((item, i) => shape(item, `${at}[${i}]`));
};

/**
 * What an object of those shapes is: `name?` may be left out.
 * @template S
 * @typedef {{ [K in keyof S as K extends `${string}?` ? never : K]: S[K] extends Shape<infer T> ? T : never } &
 *   { [K in keyof S as K extends `${infer N}?` ? N : never]?: S[K] extends Shape<infer T> ? T : never }} Shaped
 */

/**
 * Keys that end in `?` may be left out. No other keys may be there, and they come in this order.
 * @template {Record<string, Shape<any>>} S
 * @param {S} shapes
 * @returns {Shape<Shaped<S>>}
 */
export const object = shapes => (value, at = '$') => {
  assert(value !== null && typeof value === 'object' && !Array.isArray(value),
    `${at} should be an object, not ${JSON.stringify(value)}`);
  const given = /** @type {Record<string, unknown>} */ (value);
  const known = Object.keys(shapes).map(key => key.replace(/\?$/, ''));
  const expected = Object.keys(shapes)
    .filter(key => !key.endsWith('?') || key.slice(0, -1) in given)
    .map(key => key.replace(/\?$/, ''));
  assert.deepEqual(Object.keys(given), expected, `keys of ${at}; known are ${known}`);
  for (const [key, shape] of Object.entries(shapes)) {
    const name = key.replace(/\?$/, '');
    if (name in given) shape(given[name], `${at}.${name}`);
  }
  return /** @type {any} */ (value);
};

// Under which an answer keeps its headers.
export const headers = Symbol('headers');

/**
 * @template T
 * @typedef {object} Expected
 * @property {Shape<T>} shape
 * @property {number} [status]
 * @property {unknown} [json]
 * @property {any} [body]
 * @property {Record<string, string>} [headers]
 * @property {string} [type]
 */

/**
 * A request whose answer must be JSON of that status and shape.
 * @param {{ base: string, headers: Record<string, string> }} client
 */
export const caller = ({ base, headers: always }) =>
  /**
   * @template T
   * @param {string} method
   * @param {string} path
   * @param {Expected<T>} expected
   * @returns {Promise<T & { [headers]: Headers }>}
   */
  async (method, path, { status = 200, shape, json, body, headers: more = {}, type = 'application/json' }) => {
    const response = await fetch(base + path, {
      method,
      headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...always, ...more },
      body: json === undefined ? body : JSON.stringify(json),
    });
    const said = await response.text();
    assert.equal(response.status, status, `${method} ${path}: ${said}`);
    assert.equal(response.headers.get('content-type'), type);
    return Object.assign(/** @type {any} */ (shape(JSON.parse(said))), { [headers]: response.headers });
  };
