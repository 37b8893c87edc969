"""This process's server, joined or started once."""

from __future__ import annotations

import threading
from typing import Any, Mapping, Optional, Sequence

from ._sandbox import Sandbox, Scenario, open_sandbox
from ._server import Server, open_server

_lock = threading.Lock()
_server: Optional[Server] = None


def server(args: Sequence[str] = ()) -> Server:
    global _server
    with _lock:
        if _server is None:
            _server = open_server(args)
        return _server


def start(args: Sequence[str] = ()) -> str:
    """Joins the emulator of EMULATOR_CONTROL_URL, or starts one for this run; once, whoever calls.

    ``sandbox`` does so by itself. ``args`` are further flags of ``provider-emulator serve``.
    Returns the emulator's address.
    """
    return server(args).url


def sandbox(
    scenario: Optional[Scenario] = None,
    *,
    key: Optional[str] = None,
    clock: Optional[Mapping[str, Any]] = None,
) -> Sandbox:
    """A fresh sandbox, with a key that nobody else has unless one is given."""
    return open_sandbox(server(), key, scenario, clock)


def stop() -> None:
    """Ends the emulator now, where it was started for this run. It ends with the run anyway."""
    global _server
    with _lock:
        stopping, _server = _server, None
    if stopping is not None:
        stopping.stop()
