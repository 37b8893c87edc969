// The JSON Schema of scenario files, as an editor uses it, by a validator that is not ours: every
// scenario and every example of the documentation passes, and what `check` refuses for its structure
// does not.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import Ajv2020 from 'ajv/dist/2020.js';
import { parse } from 'yaml';

import { binary, here } from './emulator.mjs';

let folder;
let valid;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'emulator-schema-'));
  const schema = JSON.parse(execFileSync(binary(), ['schema'], { encoding: 'utf8' }));
  valid = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, allErrors: true }).compile(schema);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const read = text => parse(text, { version: '1.2' }) ?? null;
const checked = text => {
  const file = join(folder, 'story.yaml');
  writeFileSync(file, text);
  return spawnSync(binary(), ['check', '--format', 'json', file], { encoding: 'utf8' });
};

// A file of rules around an example that shows only a `then` or a `when`.
const whole = (kind, text) => {
  const inner = text.replace(/^/gm, '      ');
  if (kind === 'yaml then') return `rules:\n  - when: { on: any }\n    then:\n${inner}`;
  if (kind === 'yaml when') return `rules:\n  - then: {}\n    when:\n${inner}`;
  return text;
};
const examples = page =>
  [...readFileSync(here(`../../${page}`), 'utf8').matchAll(/^```(yaml[a-z ]*)\n(.*?)^```$/gms)].map(
    ([, kind, text]) => whole(kind.trim(), text),
  );

test('every scenario that comes with the emulator is valid', () => {
  const files = readdirSync(here('../../scenarios')).filter(name => name.endsWith('.yaml'));
  assert.ok(files.length >= 40, String(files.length));
  for (const name of files) {
    const text = readFileSync(here(`../../scenarios/${name}`), 'utf8');
    assert.ok(valid(read(text)), `${name}: ${JSON.stringify(valid.errors)}`);
  }
});

test('every example of the documentation is valid', () => {
  const texts = [...examples('docs/scenario-format.md'), ...examples('README.md')];
  assert.ok(texts.length >= 25, String(texts.length));
  for (const text of texts) assert.ok(valid(read(text)), `${text}: ${JSON.stringify(valid.errors)}`);
});

const then = text => `rules: [{ when: {}, then: {${text}} }]`;
const when = text => `rules: [{ when: {${text}}, then: {} }]`;
const bad = {
  'an unknown key at the top': 'rulez: []',
  'rules that are no list': 'rules: {}',
  'a rule without when': 'rules: [{ then: {} }]',
  'a rule without then': 'rules: [{ when: {} }]',
  'a rule with both': 'rules: [{ when: {}, then: {}, sequence: [{}] }]',
  'an unknown key in a rule': 'rules: [{ when: {}, them: {}, then: {} }]',
  'an empty sequence': 'rules: [{ when: {}, sequence: [] }]',
  'an unknown key under when': when('prompd: beach'),
  'an unknown kind of request': when('on: submitted'),
  'nth below one': when('nth: 0'),
  'chance without its sign': when('chance: 10'),
  'a span that is no pair': when('between: [1s]'),
  'an unknown test': when('body: { a: { contain: b } }'),
  'a test without anything': when('body: { a: {} }'),
  'an unknown key under then': then('quene: 2s'),
  'a duration without unit': then('run: 20'),
  'a duration in words': then('run: soon'),
  'a log-normal without its tail': then('run: { p50: 2s }'),
  'an unknown end': then('end: lost'),
  'an unknown refusal': then('refuse: no'),
  'an unknown fault': then('wire: broken'),
  'two faults at once': then('wire: { cut: 5%, slow: 1KB/s }'),
  'a pace without its unit': then('wire: { slow: 2KB }'),
  'an unknown picture': then('image: blue'),
  'a style that is none': then('image: { style: cubist }'),
  'a picture without a size': then('image: { size: 3 }'),
  'an unknown trouble': then('webhook: late'),
  'too many deliveries': then('webhook: { times: 101 }'),
  'a status that is none': then('reply: { status: 99 }'),
  'body and patch': then('reply: { body: a, patch: {} }'),
  'an error without message': then('error: { code: 3 }'),
  'flags that are none': then('nsfw: [maybe]'),
  'an expectation that counts': 'expect: [{ when: { nth: 2 } }]',
  'an expectation without when': 'expect: [{ times: 2 }]',
  'a negative credit': 'credits: -1',
  'a name with a blank': 'name: "a b"',
};

for (const [name, text] of Object.entries(bad))
  test(`refused by check and by the schema: ${name}`, () => {
    const { status, stdout } = checked(text);
    assert.equal(status, 2, stdout);
    assert.ok(JSON.parse(stdout).problems.every(problem => problem.line > 0 && problem.column > 0));
    assert.equal(valid(read(text)), false);
  });
