"""What the tests of the packages share: clean folders, installation without network, commands.

EMULATOR_DIST        the folder that scripts/package made
EMULATOR_NODE_TOOLS  a folder whose node_modules has the runners (Vitest, Jest, Playwright, tsc)
EMULATOR_WHEELS      a folder with wheels of pytest and pytest-xdist
EMULATOR_PYTHON      the Python to install into; this one by default
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DIST = Path(os.environ.get("EMULATOR_DIST", ROOT / "dist"))
PATIENCE = 240.0  # seconds for one command


class Done(NamedTuple):
    code: int
    out: str  # stdout and stderr together


def only(pattern: str) -> Path:
    found = sorted(DIST.glob(pattern))
    if len(found) != 1:
        raise AssertionError(f"{DIST} has {len(found)} files like {pattern}: {found}")
    return found[0]


def without_network() -> list[str]:
    """Words before a command that leave it no network, where this machine allows that."""
    words = ["unshare", "--net"]
    allowed = shutil.which("unshare") and subprocess.run([*words, "true"], check=False).returncode == 0
    return words if allowed else []


class Block(NamedTuple):
    name: str  # of the file it is, or ""
    language: str
    text: str


def blocks(page: str) -> list[Block]:
    """The code of a page; a line with nothing but `name` before a block names its file."""
    out = []
    text = (ROOT / "docs" / page).read_text()
    for match in re.finditer(r"(?:^`([^`\n]+)`\n\n)?^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        out.append(Block(match.group(1) or "", match.group(2), match.group(3)))
    return out


class Project:
    """A clean folder; temporary files of what runs in it are below it as well."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("EMULATOR_", "PYTEST_"))}
        self.env = {**kept, "TMPDIR": str(self.temporary), "NO_COLOR": "1", "CI": "true"}

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words,
            cwd=self.folder,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, **env: str) -> Done:
        process = self.start(*words, **env)
        try:
            out, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
            raise AssertionError(f"{words} did not end in {PATIENCE:.0f} s:\n{out}") from None
        return Done(process.returncode, out)

    def servers(self) -> list[int]:
        """Emulators that were started from here and live."""
        out = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes()
                program = os.path.basename(os.readlink(entry / "exe"))
                if program == "provider-emulator" and str(self.folder).encode() in line:
                    out.append(int(entry.name))
        return out

    def records(self, name: str) -> list[dict[str, object]]:
        return [
            json.loads(line)
            for file in sorted((self.folder / name).glob("*.jsonl"))
            for line in file.read_text().splitlines()
        ]


class PackageTest(unittest.TestCase):
    maxDiff = None
    project: Project

    def clean_folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="emulator-package-test."))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def succeeds(self, done: Done) -> str:
        self.assertEqual(done.code, 0, done.out)
        return done.out

    def says(self, done: Done, *texts: str) -> None:
        for text in texts:
            self.assertIn(text, done.out)

    def nothing_left(self, project: Project) -> None:
        deadline = time.monotonic() + 10
        while project.servers() and time.monotonic() < deadline:
            time.sleep(0.01)
        left = project.servers()
        for process in left:
            os.kill(process, signal.SIGKILL)
        self.assertEqual(left, [], "emulators that were left running")

    @contextlib.contextmanager
    def taken_port(self) -> Iterator[int]:
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            held.listen()
            yield held.getsockname()[1]


def told(text: str) -> str:
    """The part of a page between two headings, with what differs from run to run taken out."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r"-[0-9a-f]{8}\b", "-KEY", text)


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def python() -> str:
    return os.environ.get("EMULATOR_PYTHON", sys.executable)
