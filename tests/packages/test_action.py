"""The GitHub Action, run as a runner does it: both halves, with the files they tell it things by."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from support import DIST, ROOT, Done, PackageTest, Project, only

NODE = shutil.which("node")


class Action(PackageTest):
    def setUp(self) -> None:
        self.project = Project(self.clean_folder())
        self.files = {
            name: self.project.write(name.lower(), "")
            for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
        }
        self.project.env.update({name: str(path) for name, path in self.files.items()})
        self.project.env["RUNNER_TEMP"] = str(self.project.temporary)
        self.addCleanup(self.end)

    def end(self) -> None:
        pid = self.told("GITHUB_STATE").get("pid")
        if pid is not None and Path(f"/proc/{pid}").exists():
            os.kill(int(pid), 9)

    def half(self, name: str, **inputs: str) -> Done:
        for key, value in inputs.items():
            self.project.env[f"INPUT_{key.upper().replace('_', '-')}"] = value
        for key, value in self.told("GITHUB_STATE").items():
            self.project.env[f"STATE_{key}"] = value
        return self.project.run(NODE or "node", str(ROOT / "packages" / "action" / f"{name}.mjs"))

    def told(self, file: str) -> dict[str, str]:
        """What a step has told the runner, by the rules of its files."""
        out, lines = {}, iter(self.files[file].read_text().splitlines())
        for line in lines:
            if "<<" in line.split("=", 1)[0]:
                name, mark = line.split("<<", 1)
                value = []
                for more in lines:
                    if more == mark:
                        break
                    value.append(more)
                out[name] = "\n".join(value)
            else:
                name, out[name] = line.split("=", 1)
        return out

    def start(self, **inputs: str) -> dict[str, str]:
        self.succeeds(self.half("main", archive=str(only("*-linux-x86_64.tar.gz")), **inputs))
        return self.told("GITHUB_ENV")

    def submit(self, key: str) -> None:
        address = f"{self.told('GITHUB_OUTPUT')['url']}/bfl/v1/flux-dev"
        request = urllib.request.Request(
            address, b'{"prompt":"a lighthouse"}', {"content-type": "application/json", "x-key": key}
        )
        with urllib.request.urlopen(request) as answer:
            self.assertIn("polling_url", json.load(answer))

    def test_starts_exports_reports_and_ends(self) -> None:
        env = self.start(args="--clock=manual\n--seed=7", scenario="nsfw")
        url = self.told("GITHUB_OUTPUT")["url"]
        self.assertEqual(env["EMULATOR_CONTROL_URL"], f"{url}/_emulator")
        self.assertIn(f"{url}/bfl", env.values())
        folder = Path(self.files["GITHUB_PATH"].read_text().strip())
        self.succeeds(self.project.run(str(folder / "provider-emulator"), "version"))
        self.submit("me")
        self.succeeds(self.half("post"))
        self.assertIn("## What the provider emulator found", self.files["GITHUB_STEP_SUMMARY"].read_text())
        with self.assertRaises(OSError):
            urllib.request.urlopen(f"{url}/_emulator/health", timeout=5)

    def test_findings_stand_in_the_summary_and_may_fail_the_job(self) -> None:
        self.start(fail_on="warning")
        url = self.told("GITHUB_OUTPUT")["url"]
        request = urllib.request.Request(
            f"{url}/fal.run/fal-ai/flux/dev",
            b'{"prompt":"a"}',
            {"content-type": "application/json", "authorization": "Bearer me"},
        )
        try:
            urllib.request.urlopen(request).close()
        except urllib.error.HTTPError as refused:
            refused.close()
        done = self.half("post")
        self.assertEqual(done.code, 1, done.out)
        self.assertIn("1 of 1 findings fail this job (fail-on: warning)", done.out)
        self.assertIn("wrong\\-scheme", self.files["GITHUB_STEP_SUMMARY"].read_text())

    def test_an_archive_with_another_digest_is_not_unpacked(self) -> None:
        archive = only("*-linux-x86_64.tar.gz")
        wrong = hashlib.sha256(b"another").hexdigest()
        done = self.half("main", archive=str(archive), sha256=wrong)
        self.assertEqual(done.code, 1, done.out)
        self.assertIn(f"has the SHA-256 {hashlib.sha256(archive.read_bytes()).hexdigest()}, not {wrong}", done.out)
        self.assertFalse((self.project.temporary / "provider-emulator").exists())

    def test_mistakes_are_one_annotation_each(self) -> None:
        for inputs, words in (
            ({"archive": str(DIST / "nothing.tar.gz")}, "there is no file"),
            ({"intercept": "yes"}, "the input intercept is yes"),
            ({"fail_on": "note"}, "the input fail-on is note"),
            ({"args": "--no-such-flag"}, "the emulator did not start"),
            ({"scenario": "no-such-scenario"}, "the emulator did not start"),
        ):
            with self.subTest(words):
                given = {"archive": str(only("*-linux-x86_64.tar.gz")), "intercept": "", "fail_on": "", "args": "", "scenario": ""}
                done = self.half("main", **{**given, **inputs})
                self.assertEqual(done.code, 1, done.out)
                self.assertEqual(done.out.count("::error "), 1, done.out)
                self.assertIn(words, done.out)

    def test_an_emulator_that_died_is_said(self) -> None:
        self.start()
        os.kill(int(self.told("GITHUB_STATE")["pid"]), 9)
        done = self.half("post")
        self.assertEqual(done.code, 1, done.out)
        self.assertIn("the emulator cannot be asked any more", done.out)

    def test_its_inputs_are_those_that_it_reads(self) -> None:
        text = (ROOT / "action.yml").read_text()
        declared = set(re_names(text.split("inputs:\n")[1].split("outputs:\n")[0]))
        read = set()
        for name in ("main", "post"):
            code = (ROOT / "packages" / "action" / f"{name}.mjs").read_text()
            read |= {part.split("'")[0] for part in code.split("input('")[1:]}
        self.assertEqual(declared, read)


def re_names(block: str) -> list[str]:
    return [line.strip()[:-1] for line in block.splitlines() if line.startswith("  ") and not line.startswith("   ")]
