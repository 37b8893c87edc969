"""scripts/lib/passed.py, in a project of its own: what changes a digest, and what is remembered."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

SCRIPT = Path(__file__).resolve().parents[2] / "scripts/lib/passed.py"


class PassedTest(unittest.TestCase):
    def setUp(self) -> None:
        # Without what scripts/test has set, and without what a test leaves behind.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        environment = mock.patch.dict(os.environ, kept, clear=True)
        environment.start()
        self.addCleanup(environment.stop)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()
        for name in ("build/asan", "data/deeper", "tests", "emulator"):
            (self.root / name).mkdir(parents=True)
        self.write("data/deeper/one.yaml", "one")

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def passed(self):
        """The script as a new process would have it: nothing of a digest is kept from before."""
        spec = importlib.util.spec_from_file_location("passed", SCRIPT)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.ROOT = self.root
        module.STORE = self.root / "build/passed.json"
        return module

    def said(self, call: str, *words: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(getattr(self.passed(), call)(*words), 0)
        return out.getvalue().strip()

    # The digest of what a stage reads.
    def digest(self, *reads: str) -> str:
        return self.said("stage", "s", *reads).split()[0]

    # A program with a constant; it is compiled where the project lies.
    def program(self, constant: str) -> list[str]:
        source = self.root / "tests/program.cc"
        source.write_text(f'#include <cstdio>\nint main() {{ std::puts("{constant}"); }}\n')
        program = self.root / "build/asan/program"
        subprocess.run(["g++", str(source), "-o", str(program)], check=True)
        return [str(program)]

    def test_a_stage_is_told_apart_by_the_names_and_bytes_of_its_files(self) -> None:
        first = self.digest("data")
        self.assertEqual(first, self.digest("data"))
        changes = {
            "bytes": lambda: self.write("data/deeper/one.yaml", "two"),
            "a file more": lambda: self.write("data/new.yaml", ""),
            "another name": lambda: (self.root / "data/new.yaml").rename(self.root / "data/newer.yaml"),
            "a file less": lambda: (self.root / "data/newer.yaml").unlink(),
        }
        seen = {first}
        for what, change in changes.items():
            change()
            now = self.digest("data")
            if what == "a file less":  # as it was behind the first change
                self.assertIn(now, seen)
            else:
                self.assertNotIn(now, seen, what)
            seen.add(now)

    def test_what_is_left_out_and_what_is_no_path(self) -> None:
        first = self.digest("data", "-data/deeper", "+tool 1")
        self.write("data/deeper/one.yaml", "two")
        self.write("data/deeper/two.yaml", "a file more")
        self.assertEqual(first, self.digest("data", "-data/deeper", "+tool 1"))
        self.assertNotEqual(first, self.digest("data", "-data/deeper", "+tool 2"))

    def test_sources_and_what_was_fetched_do_not_count_in_a_folder(self) -> None:
        first = self.digest("data", "tests")
        self.write("tests/one.cc", "int main() {}")
        for folder in ("build", "node_modules", "__pycache__"):
            (self.root / "data" / folder).mkdir()
            self.write(f"data/{folder}/file.txt", "text")
        self.assertEqual(first, self.digest("data", "tests"))
        self.assertNotEqual(first, self.digest("data", "tests", "tests/one.cc"), "named, it counts")

    def test_the_environment_counts_where_tests_look_at_it(self) -> None:
        first = self.digest("data")
        for name, counts in (("EMULATOR_KILLS", True), ("TESTED_WITH", True), ("LINES_OF_SHELL", False)):
            os.environ[name] = "2"
            (self.assertNotEqual if counts else self.assertEqual)(first, self.digest("data"), name)
            del os.environ[name]

    def test_a_stage_is_remembered_by_what_it_read(self) -> None:
        digest = self.digest("data")
        self.assertEqual(self.said("stage", "s", "data"), digest, "not passed yet")
        self.said("note_stage", "s", "12", digest)
        self.assertEqual(self.said("stage", "s", "data"), f"{digest} 12")
        self.assertEqual(self.said("stage", "t", "data"), digest, "another stage")
        self.write("data/deeper/one.yaml", "two")
        self.assertNotIn(" ", self.said("stage", "s", "data"))

    def test_a_test_reads_what_its_constants_name(self) -> None:
        command = self.program(f"{self.root}/data")
        first = self.passed().digest_of_test(command)
        self.assertEqual(first, self.passed().digest_of_test(command))
        self.write("emulator/other.yaml", "text")
        self.assertEqual(first, self.passed().digest_of_test(command), "it does not name that")
        self.write("data/deeper/one.yaml", "two")
        second = self.passed().digest_of_test(command)
        self.assertNotEqual(first, second)
        self.program(f"{self.root}/data/deeper")
        third = self.passed().digest_of_test(command)
        self.assertNotIn(third, (first, second), "another program")
        self.assertNotEqual(third, self.passed().digest_of_test([*command, "-x"]), "another call")

    def test_a_test_that_starts_a_program_changes_with_it(self) -> None:
        started = self.root / "build/asan/started"
        started.write_text("#!/bin/sh\n")
        started.chmod(0o755)
        subprocess.run(["g++", "-x", "c++", "-", "-o", str(started)], input=b"int main() {}", check=True)
        command = self.program(str(started))
        first = self.passed().digest_of_test(command)
        subprocess.run(["g++", "-x", "c++", "-", "-o", str(started)], input=b"int main() { return 1; }", check=True)
        self.assertNotEqual(first, self.passed().digest_of_test(command))

    def test_a_script_that_a_test_starts_is_read_as_one(self) -> None:
        script = self.root / "data/start"
        script.write_text(f"#!/bin/sh\ncat {self.root}/emulator/text\n")
        script.chmod(0o755)
        command = self.program(str(script))
        first = self.passed().digest_of_test(command)
        self.assertEqual(first, self.passed().digest_of_test(command))
        script.write_text("#!/bin/sh\n")
        self.assertNotEqual(first, self.passed().digest_of_test(command))

    def test_who_names_the_whole_project_reads_its_sources(self) -> None:
        command = self.program(f"{self.root}/")
        self.write("emulator/one.cc", "a")
        first = self.passed().digest_of_test(command)
        self.write("emulator/one.cc", "b")
        self.assertNotEqual(first, self.passed().digest_of_test(command))

    def test_only_what_ran_and_passed_is_remembered(self) -> None:
        self.write("build/asan/inputs.json", json.dumps({"good": "1", "bad": "2", "left": "3"}))
        self.write("build/asan/ctest.xml", """<testsuite><testcase name="good" status="run"/>
          <testcase name="bad" status="fail"/><testcase name="left" status="notrun"/></testsuite>""")
        self.said("note_tests", str(self.root / "build/asan"), str(self.root / "build/asan/ctest.xml"))
        self.assertEqual(list(json.loads((self.root / "build/passed.json").read_text())), ["asan: good"])

    def test_a_damaged_memory_is_none(self) -> None:
        self.write("build/passed.json", "{")
        digest = self.digest("data")
        self.said("note_stage", "s", "3", digest)
        self.assertEqual(self.said("stage", "s", "data"), f"{digest} 3")


if __name__ == "__main__":
    unittest.main()
