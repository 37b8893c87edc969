"""The npm packages, installed without network into clean folders and used there: the pages' examples,
a large parallel suite, failure reports, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
import unittest
from pathlib import Path

from support import DIST, ROOT, Block, PackageTest, Project, blocks, median, only, told, without_network

TOOLS = Path(os.environ.get("EMULATOR_NODE_TOOLS", ROOT / "build/package-tools/node"))
PAGE = "testing-javascript.md"

SUBMIT = """
const submit = async (box, prompt) => (await fetch(`${box.urls.bfl}/v1/flux-dev`, {
  method: 'POST',
  headers: { 'x-key': box.key, 'content-type': 'application/json' },
  body: JSON.stringify({ prompt }),
})).json();
"""

# Twenty-five tests that look at their own sandbox and find nothing of the others'.
SUITE = """
import { appendFileSync, mkdirSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { expect } from 'vitest';
import { test } from 'provider-emulator/vitest';
""" + SUBMIT + """
mkdirSync('seen', { recursive: true });
for (let i = 0; i < 25; i++) {
  test(`number ${i}`, async ({ box, task }) => {
    await box.freeze();
    const count = 1 + (i % 3);
    const prompts = [];
    for (let n = 0; n < count; n++) {
      const prompt = `${task.file.name} ${i} ${n}`;
      prompts.push(prompt);
      await submit(box, prompt);
    }
    await box.verify({ provider: 'bfl', on: 'submit' }, { times: count });
    expect((await box.requests()).length).toBe(count);
    expect((await box.tasks()).map(one => one.prompt).sort()).toEqual(prompts.sort());
    const fired = (await box.advance('1h')).fired;
    expect(fired.filter(one => one.kind === 'task').length).toBe(count);
    appendFileSync(`seen/${process.pid}-${threadId}.jsonl`,
      JSON.stringify({ key: box.key, url: box.url, worker: `${process.pid}-${threadId}` }) + '\\n');
  });
}
"""

# What a box costs a test: the same empty test with and without.
COST = """
import { expect, test as bare } from 'vitest';
import { test } from 'provider-emulator/vitest';
for (let i = 0; i < 25; i++) {
  test(`boxed ${i}`, ({ box }) => { expect(box.key).toBeTruthy(); });
  bare(`bare ${i}`, () => { expect(i).toBe(i); });
}
"""


class JavaScript(PackageTest):
    def setUp(self) -> None:
        for command in ("node", "npm"):
            if not shutil.which(command):
                self.skipTest(f"{command} is not installed")
        self.project = Project(self.clean_folder())
        # A package.json of somebody's own; the packages come from files, and nothing from elsewhere.
        self.project.write("package.json", '{ "private": true }\n')
        packages = [str(only("provider-emulator-[0-9]*.tgz")), str(only("provider-emulator-linux-x64-*.tgz"))]
        install = ["npm", "install", "-D", "--offline", "--no-audit", "--no-fund"]
        cache = f"--cache={self.project.folder}/cache"
        done = self.project.run(*without_network(), *install, cache, *packages)
        self.succeeds(done)
        self.addCleanup(self.nothing_left, self.project)

    def with_runners(self) -> None:
        """The runners, as if they had been installed beside; they come with the machine."""
        modules = self.project.folder / "node_modules"
        for entry in (TOOLS / "node_modules").iterdir():
            if entry.name != ".bin" and not (modules / entry.name).exists():
                (modules / entry.name).symlink_to(entry)
        for entry in (TOOLS / "node_modules/.bin").iterdir():
            if not (modules / ".bin" / entry.name).exists():
                (modules / ".bin" / entry.name).symlink_to(entry)
        self.project.env["PATH"] = f"{modules}/.bin:{self.project.env['PATH']}"

    def node(self, text: str, name: str = "script.mjs", **env: str):
        self.project.write(name, text)
        return self.project.run("node", name, **env)

    # --- what is in it

    def test_the_command(self) -> None:
        npx = ["npx", "--no-install", "provider-emulator"]
        self.assertRegex(self.succeeds(self.project.run(*npx, "version")), r"^provider-emulator \d")
        self.assertEqual(self.project.run(*npx, "list", "things").code, 2)
        done = self.project.run(*npx, "run", "--", "sh", "-c", "echo $BFL_API_KEY; exit 7")
        self.assertEqual((done.code, done.out.splitlines()[0]), (7, "run"))

    def test_a_killed_command_takes_its_server_along(self) -> None:
        command = str(self.project.folder / "node_modules/.bin/provider-emulator")
        started = self.project.start(command, "serve", "--port", "0", "--port-file", f"{self.project.folder}/port")
        deadline = time.monotonic() + 20
        while not (self.project.folder / "port").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(len(self.project.servers()), 1)
        started.kill()
        started.wait()
        self.nothing_left(self.project)
        started.stdout.close()

    def test_environment_is_that_of_the_command(self) -> None:
        self.with_runners()
        out = self.succeeds(self.node("""
            import { emulator } from 'provider-emulator';
            import { execFileSync } from 'node:child_process';
            import { binary } from 'provider-emulator';
            import assert from 'node:assert/strict';
            const box = await emulator.sandbox();
            const text = execFileSync(binary(), ['env', '--format', 'json', '--key', box.key, '--url', box.url]);
            assert.deepEqual(box.env, JSON.parse(text));
            console.log('same');
        """))
        self.assertEqual(out, "same\n")

    def test_types(self) -> None:
        self.with_runners()
        self.project.write("typed.mts", """
import { emulator, VerifyError, type Sandbox } from 'provider-emulator';
import { test as node } from 'provider-emulator/node';
import { test as jest } from 'provider-emulator/jest';
import { test as play, expect } from 'provider-emulator/playwright';
import { test as vitest } from 'provider-emulator/vitest';
import { setup, teardown } from 'provider-emulator/vitest/setup';
const box: Sandbox = await emulator.sandbox({ scenario: 'nsfw', clock: { freeze: true } });
await box.verify({ provider: 'bfl', on: 'submit' }, { times: { at_least: 1 }, within: '2s' });
export const pictures: number = (await box.tasks())[0]!.pictures;
node('x', { scenario: 'nsfw', timeout: 3 }, async ({ box, t }) => { t.diagnostic(box.key); });
jest('x', { scenario: 'nsfw' }, async ({ box }) => { await box.toNext(); });
jest.skip('x', async ({ box }) => { await box.toNext(); });
play.use({ scenario: 'nsfw' });
play('y', async ({ box }) => { expect(await box.findings()).toHaveLength(0); });
vitest('z', async ({ box, scenario }) => { console.log(box.urls.fal, scenario); });
// @ts-expect-error: no such provider
box.urls.nope;
// @ts-expect-error: a number is no duration
await box.advance(10);
export { setup, teardown, VerifyError };
""")
        self.project.write("typed.cts", """
import { emulator } from 'provider-emulator';
import { test } from 'provider-emulator/jest';
test('x', async ({ box }) => { const text: string = await box.explain('x'); return text; });
void emulator.stop();
""")
        options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"]
        self.succeeds(self.project.run("tsc", *options, "typed.mts", "typed.cts"))

    # --- the page

    def test_the_page(self) -> None:
        self.with_runners()
        page = blocks(PAGE)
        for block in page:
            if block.name:
                self.project.write(block.name, block.text)
        for block in self.commands(page):
            with self.subTest(block.text.strip()):
                self.runs(block)

    def commands(self, page: list[Block]) -> list[Block]:
        out = [one for one in page if one.language == "sh" and not one.text.startswith("npm install")]
        self.assertEqual(len(out), 5)
        return out

    def runs(self, block: Block) -> None:
        command = block.text.strip()
        out = self.succeeds(self.project.run("sh", "-c", command))
        if command == "node script.mjs":
            page = (ROOT / "docs" / PAGE).read_text()
            printed = re.search(r"node script.mjs\n```\n\nprints\n\n```text\n(.*?)```", page, re.S)
            assert printed is not None
            self.assertEqual(out, printed.group(1))
        passed = {"vitest": "2 passed", "jest": "1 passed", "playwright": "1 passed", "node --test": "pass 1"}
        for word, line in passed.items():
            if word in command:
                self.assertIn(line, re.sub(r"\x1b\[\d+m", "", out))
        self.nothing_left(self.project)

    def test_the_installation_command_names_the_files_that_are_made(self) -> None:
        command = next(one for one in blocks(PAGE) if one.text.startswith("npm install")).text
        for name in re.findall(r"\./(\S+)", command):
            self.assertTrue((DIST / name).is_file(), name)

    # --- a large suite

    def suite(self, **env: str) -> list[dict[str, object]]:
        self.with_runners()
        for i in range(8):
            self.project.write(f"suite{i}.test.mjs", SUITE)
        done = self.project.run("vitest", "run", **env)
        self.assertIn("200 passed (200)", self.succeeds(done))
        seen = self.project.records("seen")
        self.assertEqual(len(seen), 200)
        self.assertEqual(len({one["key"] for one in seen}), 200)
        self.assertEqual(len({one["url"] for one in seen}), 1, "more than one server")
        self.assertGreaterEqual(len({one["worker"] for one in seen}), 4)
        self.nothing_left(self.project)
        return seen

    def config(self, text: str) -> None:
        self.project.write("vitest.config.mjs", f"export default {{ test: {{ maxWorkers: 4, {text} }} }};")

    def test_two_hundred_tests_on_four_workers_share_one_server(self) -> None:
        self.config("globalSetup: ['provider-emulator/vitest/setup']")
        first = {one["key"] for one in self.suite()}
        shutil.rmtree(self.project.folder / "seen")
        # Without the set-up, and in threads instead of processes: the same keys again.
        self.config("pool: 'threads'")
        self.assertEqual(first, {one["key"] for one in self.suite()})

    def test_one_server_that_was_there_before_is_joined_and_stays(self) -> None:
        self.config("")
        self.with_runners()
        for i in range(8):
            self.project.write(f"suite{i}.test.mjs", SUITE)
        command = ["provider-emulator", "run", "--", "vitest", "run"]
        self.assertIn("200 passed (200)", self.succeeds(self.project.run(*command)))
        seen = self.project.records("seen")
        self.assertEqual(len({one["url"] for one in seen}), 1)
        marks = {str(one["key"]).rsplit("-", 1)[1] for one in seen}
        self.assertEqual(len(marks), 1, "workers of one run carry the same mark")
        self.assertEqual(len(marks.pop()), 4)

    def test_what_a_box_costs_a_test(self) -> None:
        self.with_runners()
        self.config("globalSetup: ['provider-emulator/vitest/setup']")
        for i in range(8):
            self.project.write(f"cost{i}.test.mjs", COST)
        done = self.project.run("vitest", "run", "--reporter=json", "--outputFile=report.json")
        self.succeeds(done)
        report = json.loads((self.project.folder / "report.json").read_text())
        times: dict[str, list[float]] = {"boxed": [], "bare": []}
        for file in report["testResults"]:
            for one in file["assertionResults"]:
                times[one["title"].split(" ")[0]].append(one["duration"] or 0.0)
        self.assertEqual((len(times["boxed"]), len(times["bare"])), (200, 200))
        cost = median(times["boxed"]) - median(times["bare"])
        print(f"\na box costs a test of Vitest {cost:.2f} ms (median of 200, four workers)")

    # --- failure reports

    def failing(self, head: str, name: str, *command: str, options: str = "") -> str:
        self.with_runners()
        self.project.write(name, head + SUBMIT + """
test('it fails', %sasync ({ box }) => {
  await submit(box, 'a cat');
  await box.verify({ prompt: 'dog' });
});
""" % options)
        done = self.project.run(*command)
        self.assertNotEqual(done.code, 0)
        out = re.sub(r"\x1b\[\d+m", "", done.out)
        for text in (
            "0 counted, at least 1 asked for",
            "prompt: dog (this was a cat)",
            "What the emulator saw in sandbox",
            "POST /bfl/v1/flux-dev -> 200",
            "By default: no rule of scenario default matched.",
            'bfl flux-dev, running, "a cat"',
        ):
            self.assertIn(text, out)
        self.nothing_left(self.project)
        return out

    def test_failure_report_of_vitest(self) -> None:
        head = "import { test } from 'provider-emulator/vitest';"
        self.failing(head, "a.test.mjs", "vitest", "run")
        self.project.run("vitest", "run", "--reporter=junit", "--outputFile=junit.xml")
        self.assertIn("What the emulator saw", (self.project.folder / "junit.xml").read_text())

    def test_failure_report_of_jest(self) -> None:
        self.failing("const { test } = require('provider-emulator/jest');", "a.test.js", "jest")

    def test_failure_report_of_node(self) -> None:
        head = "import { test } from 'provider-emulator/node';"
        self.failing(head, "a.test.mjs", "node", "--test")

    def test_failure_report_of_playwright(self) -> None:
        head = "import { test } from 'provider-emulator/playwright';"
        self.failing(head, "a.spec.mjs", "playwright", "test")

    def test_the_page_shows_the_report_as_it_is(self) -> None:
        self.with_runners()
        self.project.write("a.test.mjs", "import { expect } from 'vitest'; import { test } from 'provider-emulator/vitest';"
                           + SUBMIT + "test('fails', async ({ box }) => { await submit(box, 'a cat'); expect(1).toBe(2); });")
        out = re.sub(r"\x1b\[\d+m", "", self.project.run("vitest", "run").out)
        shown = next(one.text for one in blocks(PAGE) if "What the emulator saw" in one.text)
        self.assertIn(told(shown).strip(), told(out))

    # --- what goes wrong

    def test_no_binary_for_a_platform(self) -> None:
        out = self.succeeds(self.node("""
            import { binary } from 'provider-emulator';
            try { binary({}, 'win32-x64'); } catch (error) { console.log(error.message); }
            try { binary({ EMULATOR_BINARY: '/no/such' }); } catch (error) { console.log(error.message); }
        """))
        self.assertIn("no binary for win32-x64; it has those for linux-x64", out)
        self.assertIn("EMULATOR_BINARY: /no/such does not exist", out)

    def test_a_platform_package_that_was_left_out(self) -> None:
        shutil.rmtree(self.project.folder / "node_modules/provider-emulator-linux-x64")
        done = self.project.run("npx", "--no-install", "provider-emulator", "version")
        self.assertEqual(done.code, 2)
        self.assertEqual(len(done.out.strip().splitlines()), 1, done.out)
        self.says(done, "npm install --no-save provider-emulator-linux-x64")

    def test_a_binary_that_cannot_be_executed(self) -> None:
        done = self.node("import { emulator } from 'provider-emulator'; await emulator.sandbox();",
                         EMULATOR_BINARY="/etc")
        self.says(done, "EMULATOR_BINARY: /etc is no file")
        self.assertNotEqual(done.code, 0)

    def sandbox_fails(self, *says: str, options: str = "", **env: str) -> None:
        done = self.node(f"""
            import {{ emulator }} from 'provider-emulator';
            try {{ await emulator.sandbox({options}); }} catch (error) {{ console.log(error.message); }}
        """, **env)
        self.says(done, *says)
        self.assertEqual(done.code, 0, done.out)
        self.nothing_left(self.project)

    def test_a_port_that_is_taken(self) -> None:
        with self.taken_port() as port:
            self.sandbox_fails("did not start (code 2)", f"{port}", "in use", EMULATOR_PORT=str(port))

    def test_a_flag_that_is_wrong(self) -> None:
        self.sandbox_fails("did not start (code 2)", "--max-body", EMULATOR_MAX_BODY="lots")

    def test_scenarios_that_do_not_load(self) -> None:
        self.sandbox_fails("the scenario does not load: 2 problems", "2:1: unknown key \"rulez\"", "3:1",
                           options="{ scenario: 'name: x\\nrulez: []\\nfoo: 1\\n' }")
        self.sandbox_fails('unknown scenario "nswf"; did you mean "nsfw"?', options="{ scenario: 'nswf' }")
        self.sandbox_fails("cannot read the scenario no/such.yaml: it does not exist",
                           options="{ scenario: 'no/such.yaml' }")
        self.sandbox_fails('"a key" is no key', options="{ key: 'a key' }")

    def test_an_address_that_is_none(self) -> None:
        self.sandbox_fails('"nonsense" is no address', EMULATOR_CONTROL_URL="nonsense")
        self.sandbox_fails("is not like http://127.0.0.1:4242/_emulator",
                           EMULATOR_CONTROL_URL="http://127.0.0.1:1")
        with self.taken_port() as port:
            pass
        self.sandbox_fails("does not answer", EMULATOR_CONTROL_URL=f"http://127.0.0.1:{port}/_emulator")

    def test_a_server_that_dies_in_the_middle(self) -> None:
        self.with_runners()
        self.project.write("a.test.mjs", """
import { emulator, test } from 'provider-emulator/vitest';
test('one', async ({ box }) => {
  const { pid } = await emulator.start();
  process.kill(pid, 'SIGKILL');
  for (;;) await box.tasks();
});
test('two', async ({ box }) => {});
""")
        done = self.project.run("vitest", "run")
        out = re.sub(r"\x1b\[\d+m", "", done.out)
        self.assertIn("2 failed (2)", out)
        self.assertEqual(len(re.findall(r"EmulatorError.*the emulator of this run \(process \d+, http", out)), 2, out)

    def test_a_box_that_is_used_after_its_test(self) -> None:
        self.with_runners()
        self.project.write("a.test.mjs", """
import { test } from 'provider-emulator/vitest';
let kept;
test('one', async ({ box }) => { kept = box; });
test('two', async () => { await kept.advance('1s'); });
""")
        done = self.project.run("vitest", "run")
        self.assertNotEqual(done.code, 0)
        self.says(done, 'was used after its test ("one" has ended)')

    def test_two_runs_at_once_have_a_server_each(self) -> None:
        self.project.write("hold.mjs", """
import { existsSync, writeFileSync } from 'node:fs';
import { emulator } from 'provider-emulator';
const [mine, other] = process.argv.slice(2);
const box = await emulator.sandbox({ key: 'same' });
writeFileSync(mine, box.url);
while (!existsSync(other)) await new Promise(resolve => setTimeout(resolve, 10));
await box.freeze();
console.log(box.url, (await box.clock()).speed);
""")
        first = self.project.start("node", "hold.mjs", "one", "two")
        second = self.project.run("node", "hold.mjs", "two", "one")
        out, _ = first.communicate(timeout=60)
        self.assertEqual((first.returncode, second.code), (0, 0), out + second.out)
        self.assertNotEqual(out.split()[0], second.out.split()[0])

    def test_a_worker_that_is_killed_leaves_the_others_alone(self) -> None:
        self.with_runners()
        self.config("pool: 'forks'")
        self.project.write("killed.test.mjs", """
import { test } from 'provider-emulator/vitest';
test('one', async ({ box }) => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}); });
""")
        for i in range(3):
            self.project.write(f"suite{i}.test.mjs", SUITE)
        done = self.project.run("vitest", "run")
        self.assertNotEqual(done.code, 0)
        self.assertIn("75 passed", re.sub(r"\x1b\[\d+m", "", done.out), done.out)
        self.nothing_left(self.project)

    def test_a_run_that_is_killed_takes_its_server_along(self) -> None:
        self.project.write("hang.mjs", """
import { emulator } from 'provider-emulator';
await emulator.sandbox();
console.log('up');
setInterval(() => undefined, 1000);
""")
        started = self.project.start("node", "hang.mjs")
        self.assertEqual(started.stdout.readline(), "up\n")
        self.assertEqual(len(self.project.servers()), 1)
        started.send_signal(signal.SIGKILL)
        started.wait()
        started.stdout.close()
        self.nothing_left(self.project)


if __name__ == "__main__":
    unittest.main()
