// The worked example of docs/judge.md, as it stands there: its files are written, its commands run.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { binary } from '../clients/emulator.mjs';

const page = readFileSync(new URL('../../docs/judge.md', import.meta.url), 'utf8');
const example = page.split(/^## /m).find(part => part.startsWith('From a fresh app to a fixed bug'));

function blocks() {
  const found = [...example.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)];
  return found.map(([, about, text]) => ({ about, text }));
}

// The lines of a call that the change replaces: from the first that differs on.
function changed(file, change) {
  const call = '  return await once().catch(once);\n';
  assert(file.includes(call));
  return file.replace(call, change);
}

test('the example of docs/judge.md comes to the end that it tells', () => {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-judge-docs-'));
  try {
    symlinkSync(binary(), join(folder, 'provider-emulator'));
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    let ran = 0;
    let last;
    for (const { about, text } of blocks()) {
      if (about === 'js app.mjs') writeFileSync(join(folder, 'app.mjs'), text);
      if (about === 'js app.mjs, changed')
        writeFileSync(join(folder, 'app.mjs'), changed(readFileSync(join(folder, 'app.mjs'), 'utf8'), text));
      if (about === 'yaml hunt/1-lost.yaml')
        assert(readFileSync(join(folder, 'hunt/1-lost.yaml'), 'utf8').includes(text), text);
      if (about === '')
        for (const line of text.trim().split('\n'))
          assert(last.stderr.includes(line.trim()), `${line} is not in\n${last.stderr}`);
      if (!about.startsWith('sh')) continue;
      last = spawnSync('sh', ['-c', text], { cwd: folder, env, encoding: 'utf8', timeout: 300_000 });
      const code = Number(/ends with (\d+)/.exec(about)?.[1] ?? 0);
      assert.equal(last.status, code, `${text}${last.stdout}${last.stderr}`);
      ++ran;
    }
    assert.equal(ran, 5);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
