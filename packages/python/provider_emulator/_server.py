"""The one emulator of a run: joined through EMULATOR_CONTROL_URL, else started once, by whoever
comes first, and gone with the run."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import time
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from ._binary import binary
from ._control import Control, EmulatorError
from ._run import alive, run_folder, run_mark, run_process

_PATIENCE = 15.0  # seconds for the start of a server
_STEP = 0.004  # seconds between two looks at a file


def _last_words(folder: Path) -> str:
    try:
        lines = (folder / "log").read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return "\n  ".join(lines[-5:])


def _flags(args: Sequence[str], env: Mapping[str, str], folder: Path, pid: int) -> List[str]:
    out = ["serve", "--port-file", str(folder / "port"), "--exit-with", str(pid)]
    defaults = {
        "--port": env.get("EMULATOR_PORT", "0"),
        "--host": "127.0.0.1",
        "--seed": env.get("EMULATOR_SEED", "1"),
        "--log": env.get("EMULATOR_LOG", "off"),
    }
    for name, value in defaults.items():
        if not any(one == name or one.startswith(name + "=") for one in args):
            out += [name, value]
    return [*out, *args]


def _spawn(program: str, words: List[str], log: Path, env: Mapping[str, str]) -> int:
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    more: Dict[str, Any] = {"file_actions": actions}
    # A signal that the terminal sends to the run must not end the emulator before the tests have.
    try:
        return os.posix_spawn(program, words, env, setsid=True, **more)
    except NotImplementedError:
        return os.posix_spawn(program, words, env, setpgroup=0, **more)


def _ended(pid: int) -> Optional[str]:
    """How a child of ours ended; None while it lives."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if done == 0:
        return None
    if os.WIFSIGNALED(status):
        return f"signal {os.WTERMSIG(status)}"
    return f"code {os.WEXITSTATUS(status)}"


def _launch(folder: Path, pid: int, args: Sequence[str], env: Mapping[str, str]) -> Dict[str, Any]:
    program = binary(env)
    port = folder / "port"
    port.unlink(missing_ok=True)
    try:
        child = _spawn(program, [program, *_flags(args, env, folder, pid)], folder / "log", env)
    except OSError as error:
        raise EmulatorError(f"cannot run {program}: {error.strerror}", "not_started") from error
    deadline = time.monotonic() + _PATIENCE
    while not port.exists():
        over = _ended(child)
        if over is None and time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            over = f"no answer in {_PATIENCE:.0f} s"
        if over is not None:
            words = _last_words(folder) or program
            raise EmulatorError(f"the emulator did not start ({over}): {words}", "not_started")
        time.sleep(_STEP)
    token = env.get("EMULATOR_CONTROL_TOKEN")
    if "--control-token" in args:
        token = args[list(args).index("--control-token") + 1]
    return {"pid": child, "url": f"http://127.0.0.1:{port.read_text().strip()}", "token": token}


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def _join_or_launch(
    folder: Path, pid: int, args: Sequence[str], env: Mapping[str, str]
) -> Dict[str, Any]:
    """Whoever makes the lock starts the server; the others wait for its file."""
    file, lock = folder / "server.json", folder / "lock"
    deadline = time.monotonic() + 2 * _PATIENCE
    while True:
        known = _read(file)
        if known is not None:
            return dict(known)
        try:
            descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            holder = _read(lock)
            # Ended in the middle of it. Two that see this at once may both remove the lock; the
            # second then finds the file, or one server too many that ends with the run.
            if isinstance(holder, int) and not alive(holder):
                lock.unlink(missing_ok=True)
            if time.monotonic() > deadline:
                where = f"see {folder / 'log'}"
                raise EmulatorError(
                    f"the emulator of this run did not start; {where}", "not_started"
                ) from None
            time.sleep(_STEP)
            continue
        os.write(descriptor, str(os.getpid()).encode())
        os.close(descriptor)
        try:
            # Whoever had the lock may have started it since the file was looked for.
            known = _read(file)
            if known is not None:
                return dict(known)
            server = _launch(folder, pid, args, env)
            part = file.with_suffix(f".{os.getpid()}")
            part.write_text(json.dumps(server))
            part.chmod(0o600)
            part.replace(file)
            return server
        finally:
            lock.unlink(missing_ok=True)


class Server:
    """A server that answers; ``pid`` and ``folder`` only where it was started for this run."""

    def __init__(
        self,
        url: str,
        token: Optional[str],
        pid: Optional[int] = None,
        folder: Optional[Path] = None,
    ) -> None:
        self.url = url
        self.token = token or None
        self.pid = pid
        self.folder = folder
        self.joined = folder is None
        self.control = Control(f"{url}/_emulator", token, self.ended)

    def ended(self) -> Optional[str]:
        """Why a server that was started for this run does not answer any more; None: it may."""
        if self.pid is None or self.folder is None or alive(self.pid):
            return None
        words = _last_words(self.folder)
        said = f"; its last words:\n  {words}" if words else ""
        return f"the emulator of this run (process {self.pid}, {self.url}) has ended{said}"

    def stop(self) -> None:
        """Ends a server that was started for this run, and waits for it. A joined one stays."""
        self.control.close()
        if self.pid is None or self.folder is None:
            return
        end(self.pid)
        shutil.rmtree(self.folder, ignore_errors=True)


def end(pid: int) -> None:
    deadline = time.monotonic() + 5
    wanted: Optional[int] = signal.SIGTERM
    while alive(pid):
        try:
            if wanted is not None:
                os.kill(pid, wanted)
        except ProcessLookupError:
            break
        wanted = signal.SIGKILL if time.monotonic() > deadline else None
        time.sleep(_STEP)
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass  # another worker's child


def end_of_run(pid: int) -> None:
    """Ends the server that a worker of this run may have started."""
    folder = run_folder(pid)
    known = _read(folder / "server.json")
    if known is not None:
        end(int(known["pid"]))
    shutil.rmtree(folder, ignore_errors=True)


def open_server(args: Sequence[str] = (), env: Optional[Mapping[str, str]] = None) -> Server:
    """The run's server, started where there is none yet."""
    env = os.environ if env is None else env
    text = env.get("EMULATOR_CONTROL_URL")
    if text:
        match = re.fullmatch(r"(https?://[^/?#]+(?:/[^?#]*)?)/_emulator/?", text)
        if match is None:
            raise EmulatorError(
                f'EMULATOR_CONTROL_URL: "{text}" is not like http://127.0.0.1:4242/_emulator',
                "not_started",
            )
        joined = Server(match.group(1), env.get("EMULATOR_CONTROL_TOKEN"))
        joined.control.json("GET", "/health")
        return joined
    pid = run_process(env)
    folder = run_folder(pid)
    return Server(folder=folder, **_join_or_launch(folder, pid, args, env))


def key_end(server: Server, env: Optional[Mapping[str, str]] = None) -> str:
    """What a key of this run carries at its end: "" where the server is this run's alone."""
    env = os.environ if env is None else env
    given = env.get("EMULATOR_RUN_ID")
    if given is not None:
        return given
    return run_mark(run_process(env)) if server.joined else ""
