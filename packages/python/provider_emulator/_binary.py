"""Where the emulator's binary is: EMULATOR_BINARY, else the one in this package."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Mapping, Optional

_OURS = Path(__file__).with_name("bin") / "provider-emulator"
_ELSEWHERE = (
    "There are wheels for Linux and macOS, on x86-64 and arm64. Elsewhere run the container, and set "
    "EMULATOR_CONTROL_URL to http://HOST:PORT/_emulator."
)


def _problem(path: Path) -> Optional[str]:
    if not path.exists():
        return "does not exist"
    if not path.is_file():
        return "is no file"
    if not os.access(path, os.X_OK):
        return "may not be executed"
    return None


def binary(env: Optional[Mapping[str, str]] = None) -> str:
    """The path of a binary that can be executed. Raises FileNotFoundError with what to do."""
    given = (os.environ if env is None else env).get("EMULATOR_BINARY")
    path = Path(given) if given else _OURS
    problem = _problem(path)
    if problem is None:
        return str(path)
    if given:
        raise FileNotFoundError(f"EMULATOR_BINARY: {given} {problem}")
    machine = f"{sys.platform} on {platform.machine()}"
    raise FileNotFoundError(
        f"provider_emulator: {path} {problem}; this is {machine}. {_ELSEWHERE}"
    )


def main() -> None:
    """The command ``provider-emulator``: turns into the binary."""
    try:
        path = binary()
        os.execv(path, ["provider-emulator", *sys.argv[1:]])
    except OSError as error:
        where = f"cannot run {error.filename}: {error.strerror}. {_ELSEWHERE}"
        sys.stderr.write(f"{error if error.errno is None else where}\n")
        sys.exit(2)
