"""What has passed is not run again while nothing of what it reads has changed.

scripts/test asks here before each of its stages, and tells afterwards what passed:

    passed.py tests FOLDER [LABEL]         the tests of a build folder that must be run, a line each, and
                                           a first line with the number of the others
    passed.py note-tests FOLDER RESULTS    remembers those that passed, by ctest's JUnit file RESULTS
    passed.py stage NAME PATH...           the digest of what a stage reads, and where it has passed with
                                           that, how many tests it had
    passed.py note-stage NAME COUNT DIGEST

What counts is what was there before the tests ran. A test's inputs are its program, and every file and
folder of the project that the constants in its program or its command name; a stage's are the paths
it is given: what begins with `-` is left out of the others, what begins with `+` is no path and
counts as it stands. Beside them count the system and the variables of the environment that tests look
at; TESTED_WITH is where scripts/test names the versions of its tools. What is remembered lies in
build/passed.json.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STORE = ROOT / "build" / "passed.json"
# Sources count by what they are compiled into, and what was fetched by the files that name it.
UNREAD_FOLDERS = {"build", ".git", "node_modules", "__pycache__"}
SOURCES = {".cc", ".h"}
VARIABLES = re.compile(r"EMULATOR_|CHROMIUM$|JAVA_HOME$|TESTED_WITH$")


def digest_of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=20).hexdigest()


@cache
def file_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


@cache
def files_below(folder: Path, sources: bool) -> list[Path]:
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in UNREAD_FOLDERS)
        for name in sorted(names):
            path = Path(place) / name
            if path.is_file() and (sources or path.suffix not in SOURCES):
                found.append(path)
    return found


def digest_of_paths(paths: list[Path], without: list[Path] = [], sources: bool = False) -> str:
    lines = []
    for path in sorted(set(paths)):
        files = files_below(path, sources) if path.is_dir() else [path] if path.is_file() else []
        files = [file for file in files if not any(file.is_relative_to(one) for one in without)]
        lines.append(f"{path.relative_to(ROOT)}: {len(files)}")
        lines += [f"{file.relative_to(ROOT)} {file_digest(file)}" for file in files]
    return digest_of("\n".join(lines).encode())


@cache
def machine() -> str:
    said = [f"{key}={value}" for key, value in sorted(os.environ.items()) if VARIABLES.match(key)]
    said.append(" ".join(os.uname()[::2]))
    return digest_of("\n".join(said).encode())


def paths_in(content: bytes) -> set[Path]:
    """The files and folders of the project whose absolute paths stand in a text."""
    found = set()
    for match in re.finditer(re.escape(os.fsencode(ROOT)) + rb"(/[\w./+-]*)?", content):
        path = Path(os.fsdecode(match.group())).resolve()
        if path.exists() and path.is_relative_to(ROOT):
            found.add(path)
    return found


def constants_of(program: Path) -> bytes:
    """The constants of a program; debug information, which names every source, is none of them. Of a
    script, the whole text."""
    with program.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return program.read_bytes()
    # Into a file of its own: objcopy removes what it could not write to the end, were it /dev/stdout.
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "constants"
        subprocess.run(["objcopy", "--output-target=binary", "--only-section=.rodata", program, taken], check=True)
        return taken.read_bytes()


@cache
def program_facts(program: Path) -> tuple[str, list[str]]:
    """A program's digest, and what its constants name. Hundreds of megabytes are read for that, so it
    is kept, by when the program was linked."""
    known = remembered().get(f"program {program.relative_to(ROOT)}", {})
    state = program.stat()
    linked = [str(program), state.st_size, state.st_mtime_ns]
    if known.get("linked") != linked:
        # A source that a sanitizer names is what was compiled.
        named = {path for path in paths_in(constants_of(program)) if path.suffix not in SOURCES}
        known = {"linked": linked, "digest": file_digest(program), "names": sorted(map(str, named))}
        remember({f"program {program.relative_to(ROOT)}": known})
    return known["digest"], known["names"]


def digest_of_test(command: list[str]) -> str:
    program = Path(command[0])
    paths = paths_in("\n".join(command[1:]).encode())
    said = [machine(), *command]
    if program.is_relative_to(ROOT):
        digest, names = program_facts(program)
        said.append(digest)
        paths |= set(map(Path, names))
    # The programs that a test starts.
    for path in [path for path in paths if path.is_file() and os.access(path, os.X_OK)]:
        said.append(program_facts(path)[0])
        paths.remove(path)
    # Who names the whole project may read its sources too.
    said.append(digest_of_paths(sorted(paths), sources=ROOT in paths))
    return digest_of("\n".join(said).encode())


def tests_of(folder: str, label: str | None) -> dict[str, str]:
    chosen = ["-L", label] if label else []
    listed = subprocess.run(["ctest", "--test-dir", folder, "--show-only=json-v1", *chosen],
                            capture_output=True, text=True, check=True)
    return {test["name"]: digest_of_test(test["command"])
            for test in json.loads(listed.stdout)["tests"] if test.get("command")}


def remembered() -> dict[str, dict]:
    try:
        return json.loads(STORE.read_text())
    except (OSError, ValueError):
        return {}


def remember(new: dict[str, dict]) -> None:
    STORE.parent.mkdir(exist_ok=True)
    # Stages that run beside each other note theirs.
    with STORE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        draft = STORE.with_suffix(".new")
        draft.write_text(json.dumps(remembered() | new, indent=1, sort_keys=True))
        draft.replace(STORE)


def key_of(folder: str, test: str) -> str:
    return f"{Path(folder).name}: {test}"


def tests(folder: str, label: str | None = None) -> int:
    known = remembered()
    found = tests_of(folder, label)
    (Path(folder) / "inputs.json").write_text(json.dumps(found))
    changed = [name for name, digest in found.items()
               if known.get(key_of(folder, name), {}).get("inputs") != digest]
    print(len(found) - len(changed), *changed, sep="\n")
    return 0


def note_tests(folder: str, results: str) -> int:
    passed = {case.get("name") for case in xml.parse(results).getroot().iter("testcase")
              if case.get("status") == "run"}
    found = json.loads((Path(folder) / "inputs.json").read_text())
    remember({key_of(folder, name): {"inputs": digest, "tests": 1}
              for name, digest in found.items() if name in passed})
    return 0


def stage_digest(paths: list[str]) -> str:
    read = [ROOT / path for path in paths if path[0] not in "+-"]
    left = [ROOT / path[1:] for path in paths if path[0] == "-"]
    said = [path for path in paths if path[0] == "+"]
    return digest_of("\n".join([machine(), *said, digest_of_paths(read, left)]).encode())


def stage(name: str, *paths: str) -> int:
    known = remembered().get(name, {})
    digest = stage_digest(list(paths))
    print(digest, known["tests"] if known.get("inputs") == digest else "")
    return 0


def note_stage(name: str, count: str, digest: str) -> int:
    remember({name: {"inputs": digest, "tests": int(count)}})
    return 0


if __name__ == "__main__":
    calls = {"tests": tests, "note-tests": note_tests, "stage": stage, "note-stage": note_stage}
    sys.exit(calls[sys.argv[1]](*sys.argv[2:]))
