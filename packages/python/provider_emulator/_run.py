"""Which run of tests this process belongs to, so that all its workers share one emulator."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Mapping, Optional


def run_process(env: Mapping[str, str]) -> int:
    """The process whose end is the end of the run: EMULATOR_RUN_PROCESS, else this one."""
    given = env.get("EMULATOR_RUN_PROCESS", "")
    return int(given) if given.isdigit() and int(given) > 0 else os.getpid()


def began(pid: int) -> Optional[str]:
    """When a process began, in the system's words: ids are used again. None: it has ended."""
    if os.path.exists("/proc/self/stat"):
        try:
            text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        except OSError:
            return None
        # "12 (name) S 34 ...": the name may hold anything; the time is the 20th behind its bracket.
        fields = text[text.rindex(")") + 2 :].split(" ")
        return None if fields[0] == "Z" else fields[19]
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return re.sub("[^A-Za-z0-9]+", "-", done.stdout.strip()) or None


def alive(pid: int) -> bool:
    return began(pid) is not None


def _home() -> Path:
    # Ours alone: what lies in it is trusted.
    folder = Path(tempfile.gettempdir()) / f"provider-emulator-runs-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = folder.lstat()
    if not stat.S_ISDIR(made.st_mode) or made.st_uid != os.getuid() or made.st_mode & 0o022:
        raise PermissionError(
            f"{folder} is not a folder of yours alone; remove it, or set TMPDIR to another"
        )
    return folder


def run_folder(pid: int) -> Path:
    """A folder of the run's own, made where it is missing. Those of runs that have ended go."""
    parent = _home()
    folder = parent / f"{pid}-{began(pid) or 'ended'}"
    if not folder.exists():
        for other in parent.iterdir():
            match = re.fullmatch(r"(\d+)-(.+)", other.name)
            if match and began(int(match.group(1))) != match.group(2):
                shutil.rmtree(other, ignore_errors=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def run_mark(pid: int) -> str:
    """Four letters that tell one run from another; equal in all workers of one."""
    return hashlib.sha256(f"{pid} {began(pid)}".encode()).hexdigest()[:4]
