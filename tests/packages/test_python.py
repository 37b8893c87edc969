"""The wheel, installed without network into clean environments and used there: the page's examples,
a large suite under pytest-xdist, failure reports, and what goes wrong."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import (
    DIST,
    ROOT,
    Done,
    PackageTest,
    Project,
    blocks,
    median,
    only,
    python,
    told,
    without_network,
)

WHEELS = Path(os.environ.get("EMULATOR_WHEELS", ROOT / "build/package-tools/wheels"))
PAGE = "testing-python.md"

SUBMIT = """
import json, os, urllib.request
import pytest

def submit(box, prompt):
    headers = {"x-key": box.key, "content-type": "application/json"}
    body = json.dumps({"prompt": prompt}).encode()
    asked = urllib.request.Request(box.urls["bfl"] + "/v1/flux-dev", body, headers)
    return json.load(urllib.request.urlopen(asked))
"""

# Tests that look at their own sandbox and find nothing of the others'.
SUITE = SUBMIT + """
os.makedirs("seen", exist_ok=True)

@pytest.mark.parametrize("i", range(200))
def test_number(emulator_sandbox, i):
    box = emulator_sandbox
    box.freeze()
    prompts = [f"{i} {n}" for n in range(1 + i % 3)]
    for prompt in prompts:
        submit(box, prompt)
    box.verify({"provider": "bfl", "on": "submit"}, times=len(prompts))
    assert len(box.requests()) == len(prompts)
    assert sorted(one["prompt"] for one in box.tasks()) == sorted(prompts)
    fired = box.advance("1h")["fired"]
    assert sum(one["kind"] == "task" for one in fired) == len(prompts)
    assert os.environ["BFL_API_KEY"] == box.key
    with open(f"seen/{os.getpid()}.jsonl", "a") as file:
        record = {"key": box.key, "url": box.url, "worker": os.environ.get("PYTEST_XDIST_WORKER", "")}
        file.write(json.dumps(record) + "\\n")
"""

# What a sandbox costs a test: the same empty test with and without.
COST = """
import pytest

@pytest.mark.parametrize("i", range(200))
def test_boxed(emulator_sandbox, i):
    assert emulator_sandbox.key

@pytest.mark.parametrize("i", range(200))
def test_bare(i):
    assert i >= 0
"""


def setUpModule() -> None:
    """An environment with the wheel and the runner in it; each test works in a folder of its own."""
    global installed, home
    home = Path(tempfile.mkdtemp(prefix="emulator-package-test."))
    installed = home / "venv"
    subprocess.run([python(), "-m", "venv", str(installed)], check=True)
    wheel = only("provider_emulator-*_x86_64.whl")
    pip = [str(installed / "bin/python"), "-m", "pip", "install", "--quiet", "--no-index"]
    quiet = ["--disable-pip-version-check", "--no-cache-dir"]
    subprocess.run([*without_network(), *pip, *quiet, str(wheel)], check=True)
    listed = [str(installed / "bin/python"), "-m", "pip", "list", "--format", "freeze"]
    global packages
    packages = subprocess.run([*listed, *quiet], check=True, capture_output=True, text=True).stdout
    runners = ["--find-links", str(WHEELS), "pytest", "pytest-xdist", "mypy"]
    subprocess.run([*without_network(), *pip, *quiet, *runners], check=True)


def tearDownModule() -> None:
    shutil.rmtree(home, ignore_errors=True)


class Python(PackageTest):
    def setUp(self) -> None:
        self.project = Project(self.clean_folder())
        self.project.env["PATH"] = f"{installed}/bin:{self.project.env['PATH']}"
        self.addCleanup(self.nothing_left, self.project)

    def script(self, text: str, **env: str) -> Done:
        lines = text.strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip())
        self.project.write("script.py", "\n".join(line[indent:] for line in lines))
        return self.project.run("python", "script.py", **env)

    def pytest(self, *words: str, **env: str) -> Done:
        return self.project.run("python", "-W", "error", "-m", "pytest", "-q", *words, **env)

    # --- what is in it

    def test_nothing_else_is_installed_with_it(self) -> None:
        names = {line.split("==")[0] for line in packages.splitlines()} - {"pip", "setuptools"}
        self.assertEqual(names, {"provider-emulator"})

    def test_the_command(self) -> None:
        self.assertRegex(self.succeeds(self.project.run("provider-emulator", "version")), r"^provider-emulator \d")
        done = self.project.run("python", "-m", "provider_emulator", "list", "things")
        self.assertEqual(done.code, 2)
        done = self.project.run("provider-emulator", "run", "--", "sh", "-c", "echo $BFL_API_KEY; exit 7")
        self.assertEqual((done.code, done.out.splitlines()[0]), (7, "run"))

    def test_environment_is_that_of_the_command(self) -> None:
        out = self.succeeds(self.script("""
            import json, subprocess
            import provider_emulator as emulator
            box = emulator.sandbox()
            words = ["env", "--format", "json", "--key", box.key, "--url", box.url]
            assert box.env == json.loads(subprocess.check_output([emulator.binary(), *words]))
            print("same")
        """))
        self.assertEqual(out, "same\n")

    def test_types(self) -> None:
        self.project.write("typed.py", """
import provider_emulator as emulator
from datetime import timedelta

def states(box: emulator.Sandbox) -> list[str]:
    box.advance(timedelta(minutes=10))
    count: int = box.verify({"on": "submit"}, times={"at_least": 1})["count"]
    return [task["state"] for task in box.tasks()][:count]

with emulator.sandbox(scenario="nsfw") as box:
    states(box)
    box.advance(10)  # type: ignore[arg-type]
""")
        self.succeeds(self.project.run("mypy", "--strict", "typed.py"))
        self.succeeds(self.project.run("mypy", "--strict", "-p", "provider_emulator"))

    # --- the page

    def test_the_page(self) -> None:
        page = blocks(PAGE)
        for block in page:
            if block.name:
                self.project.write(block.name, block.text)
        commands = [one.text.strip() for one in page if one.language == "sh"]
        self.assertEqual(commands[1:], ["pytest -n 4", "python script.py"])
        self.assertIn("3 passed", self.succeeds(self.project.run("sh", "-c", commands[1])))
        out = self.succeeds(self.project.run("sh", "-c", commands[2]))
        text = (ROOT / "docs" / PAGE).read_text()
        printed = re.search(r"python script.py\n```\n\nprints\n\n```text\n(.*?)```", text, re.S)
        assert printed is not None
        self.assertEqual(out, printed.group(1))
        self.assertTrue((DIST / commands[0].split()[-1]).is_file(), commands[0])

    # --- a large suite

    def suite(self, *words: str) -> set[object]:
        self.project.write("test_suite.py", SUITE)
        shutil.rmtree(self.project.folder / "seen", ignore_errors=True)
        done = self.pytest(*words)
        self.assertIn("200 passed", self.succeeds(done))
        seen = self.project.records("seen")
        keys = {one["key"] for one in seen}
        self.assertEqual((len(seen), len(keys)), (200, 200))
        self.assertEqual(len({one["url"] for one in seen}), 1, "more than one server")
        self.assertEqual(len({one["worker"] for one in seen}), 4 if "-n" in words else 1)
        self.nothing_left(self.project)
        return keys

    def test_two_hundred_tests_on_four_workers_share_one_server(self) -> None:
        first = self.suite("-n", "4")
        self.assertEqual(first, self.suite("-p", "no:xdist"), "the same keys in every run")

    def test_one_server_that_was_there_before_is_joined_and_stays(self) -> None:
        self.project.write("test_a.py", SUBMIT + """
@pytest.mark.parametrize("i", range(2))
def test_it(emulator_sandbox, i):
    submit(emulator_sandbox, "a cat")
    assert i == 0
""")
        self.project.write("both.sh", """
python -m pytest -q -n 2 test_a.py
python - <<'END'
import json, os, urllib.request
with urllib.request.urlopen(os.environ["EMULATOR_CONTROL_URL"] + "/sandboxes") as answer:
    print("kept", [one["name"] for one in json.load(answer)["sandboxes"]])
END
""")
        out = self.succeeds(self.project.run("provider-emulator", "run", "--", "sh", "both.sh"))
        self.assertIn("1 failed, 1 passed", out)
        # Of the failed test alone, with the mark of the run at its end.
        self.assertRegex(out, r"kept \['test-it-1-[0-9a-f]{8}-[0-9a-f]{4}'\]")

    def test_what_a_sandbox_costs_a_test(self) -> None:
        self.project.write("test_cost.py", COST)
        done = self.pytest("-n", "4", "--junitxml=report.xml", "-o", "junit_duration_report=total")
        self.succeeds(done)
        report = (self.project.folder / "report.xml").read_text()
        times: dict[str, list[float]] = {"boxed": [], "bare": []}
        for name, seconds in re.findall(r'name="test_(boxed|bare)\[\d+\]" time="([\d.]+)"', report):
            times[name].append(float(seconds) * 1e3)
        self.assertEqual((len(times["boxed"]), len(times["bare"])), (200, 200))
        cost = median(times["boxed"]) - median(times["bare"])
        print(f"\na sandbox costs a test of pytest {cost:.2f} ms (median of 200, four workers)")

    # --- failure reports

    def test_failure_report(self) -> None:
        self.project.write("test_a.py", SUBMIT + """
def test_fails(emulator_sandbox):
    submit(emulator_sandbox, "a cat")
    assert 1 == 2

def test_verify(emulator_sandbox):
    submit(emulator_sandbox, "a cat")
    emulator_sandbox.verify({"prompt": "dog"})
""")
        for words in ([], ["-n", "2"]):
            with self.subTest(words):
                done = self.pytest(*words, "--junitxml=junit.xml")
                self.assertEqual(done.code, 1)
                self.says(done, "prompt: dog (this was a cat)")
                for out in (done.out, (self.project.folder / "junit.xml").read_text()):
                    self.assertEqual(out.count("What the emulator saw in sandbox"), 2, out)
                    self.assertEqual(out.count("By default: no rule of scenario default matched."), 2)
                self.nothing_left(self.project)
        shown = next(one.text for one in blocks(PAGE) if "What the emulator saw" in one.text)
        seen = told(done.out).splitlines()
        for line in told(shown).splitlines():
            if "test_a.py:" not in line:
                self.assertIn(line, seen)

    # --- what goes wrong

    def sandbox_fails(self, *says: str, options: str = "", **env: str) -> None:
        done = self.script(f"""
            import provider_emulator as emulator
            try:
                emulator.sandbox({options})
            except (emulator.EmulatorError, OSError) as error:
                print(error)
        """, **env)
        self.says(done, *says)
        self.assertEqual(done.code, 0, done.out)
        self.nothing_left(self.project)

    def test_a_binary_that_is_none(self) -> None:
        self.sandbox_fails("EMULATOR_BINARY: /no/such does not exist", EMULATOR_BINARY="/no/such")
        self.sandbox_fails("EMULATOR_BINARY: /etc is no file", EMULATOR_BINARY="/etc")
        self.sandbox_fails("may not be executed", EMULATOR_BINARY=str(ROOT / "LICENSE"))
        foreign = self.project.write("foreign", "\x7fELF nothing of this machine\n")
        foreign.chmod(0o755)
        self.sandbox_fails(f"cannot run {foreign}: Exec format error", EMULATOR_BINARY=str(foreign))

    def test_a_wheel_of_another_platform_is_refused_by_pip(self) -> None:
        wheel = only("provider_emulator-*_x86_64.whl")
        foreign = self.project.folder / wheel.name.split("-py3")[0]
        foreign = foreign.with_name(foreign.name + "-py3-none-macosx_11_0_arm64.whl")
        shutil.copy(wheel, foreign)
        done = self.project.run("python", "-m", "pip", "install", "--no-index", str(foreign))
        self.assertNotEqual(done.code, 0)
        self.says(done, "not a supported wheel on this platform")

    def test_a_package_without_its_binary(self) -> None:
        copy = self.project.folder / "elsewhere"
        shutil.copytree(next(installed.glob("lib/python3*/site-packages/provider_emulator")), copy / "provider_emulator")
        shutil.rmtree(copy / "provider_emulator/bin")
        self.sandbox_fails("does not exist; this is linux on", "run the container", PYTHONPATH=str(copy))
        done = self.project.run("python", "-m", "provider_emulator", "version", PYTHONPATH=str(copy))
        self.assertEqual((done.code, len(done.out.strip().splitlines())), (2, 1), done.out)

    def test_a_port_that_is_taken(self) -> None:
        with self.taken_port() as port:
            self.sandbox_fails("did not start (code 2)", f"{port}", "in use", EMULATOR_PORT=str(port))

    def test_scenarios_that_do_not_load(self) -> None:
        self.sandbox_fails("the scenario does not load: 2 problems", '2:1: unknown key "rulez"', "3:1",
                           options=r"scenario='name: x\nrulez: []\nfoo: 1\n'")
        self.sandbox_fails('unknown scenario "nswf"; did you mean "nsfw"?', options="scenario='nswf'")
        self.sandbox_fails("cannot read the scenario no/such.yaml: No such file",
                           options="scenario='no/such.yaml'")
        self.sandbox_fails('"a key" is no key', options="key='a key'")

    def test_a_mark_that_is_wrong_fails_its_test_with_one_line(self) -> None:
        self.project.write("test_a.py", """
import pytest

@pytest.mark.scenario("nswf")
def test_name(emulator_sandbox): ...

@pytest.mark.scenario("nsfw", "moderated")
def test_two(emulator_sandbox): ...

def test_good(emulator_sandbox): ...
""")
        done = self.pytest()
        self.says(done, 'no sandbox: the scenario does not load: unknown scenario "nswf"', "did you mean",
                  "wants one scenario", "1 passed, 2 errors")
        self.assertNotIn("Traceback", done.out)
        self.assertNotIn("_sandbox.py", done.out)

    def test_an_address_that_is_none(self) -> None:
        self.sandbox_fails("is not like http://127.0.0.1:4242/_emulator", EMULATOR_CONTROL_URL="nonsense")
        with self.taken_port() as port:
            pass
        self.sandbox_fails("does not answer", EMULATOR_CONTROL_URL=f"http://127.0.0.1:{port}/_emulator")

    def test_a_server_that_dies_in_the_middle(self) -> None:
        self.project.write("test_a.py", """
import os, signal
from provider_emulator import _session

def test_one(emulator_sandbox):
    os.kill(_session.server().pid, signal.SIGKILL)
    while True:
        emulator_sandbox.tasks()

def test_two(emulator_sandbox): ...
""")
        done = self.pytest("-p", "no:randomly")
        self.says(done, "1 failed, 1 error")
        self.assertGreaterEqual(len(re.findall(r"the emulator of this run \(process \d+, http", done.out)), 2, done.out)

    def test_a_sandbox_that_is_used_after_its_test(self) -> None:
        self.project.write("test_a.py", """
kept = []
def test_one(emulator_sandbox): kept.append(emulator_sandbox)
def test_two(): kept[0].advance("1s")
""")
        self.says(self.pytest(), "was used after its test (test_one has ended)", "1 failed, 1 passed")

    def test_two_runs_at_once_have_a_server_each(self) -> None:
        self.project.write("hold.py", """
import pathlib, sys, time
import provider_emulator as emulator
mine, other = map(pathlib.Path, sys.argv[1:])
box = emulator.sandbox(key="same")
mine.write_text(box.url)
while not other.exists():
    time.sleep(0.01)
box.freeze()
print(box.url, box.clock()["speed"])
""")
        first = self.project.start("python", "hold.py", "one", "two")
        second = self.project.run("python", "hold.py", "two", "one")
        out, _ = first.communicate(timeout=60)
        self.assertEqual((first.returncode, second.code), (0, 0), out + second.out)
        self.assertNotEqual(out.split()[0], second.out.split()[0])

    def test_a_worker_that_is_killed_leaves_the_others_alone(self) -> None:
        self.project.write("test_a.py", """
import os, signal
import pytest

@pytest.mark.parametrize("i", range(20))
def test_it(emulator_sandbox, i):
    if i == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    emulator_sandbox.advance("1s")
""")
        done = self.pytest("-n", "2")
        self.says(done, "1 failed, 19 passed", "crashed")
        self.nothing_left(self.project)

    def test_a_run_that_is_killed_takes_its_server_along(self) -> None:
        self.project.write("test_a.py", """
def test_it(emulator_sandbox):
    print("up", flush=True)
    while True:
        emulator_sandbox.verify({"on": "submit"}, within="1h")
""")
        started = self.project.start("python", "-m", "pytest", "-q", "-s", "test_a.py")
        assert started.stdout is not None
        while "up" not in (line := started.stdout.readline()):
            self.assertNotEqual(line, "", "pytest ended early")
        self.assertEqual(len(self.project.servers()), 1)
        started.send_signal(signal.SIGKILL)
        started.wait()
        started.stdout.close()
        self.nothing_left(self.project)


if __name__ == "__main__":
    unittest.main()
