"""The control API over http.client, on a kept connection for each thread."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any, Callable, Dict, List, Optional, Tuple
from urllib.parse import urlsplit

_PATIENCE = 3_700.0  # seconds for one call; the emulator itself waits an hour at most


class EmulatorError(Exception):
    """What the emulator refused, or that there is none.

    ``code`` is the emulator's own, or "gone", "not_started", "over", "bad_key", "bad_scenario";
    ``errors`` are the problems of a scenario, each with line, column and message.
    """

    def __init__(
        self,
        message: str,
        code: Optional[str] = None,
        status: Optional[int] = None,
        errors: Optional[List[Dict[str, Any]]] = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.errors = errors or []


def _worded(status: int, text: str) -> EmulatorError:
    try:
        fault = json.loads(text)["emulator_error"]
    except (ValueError, KeyError, TypeError):
        hint = "is EMULATOR_CONTROL_URL that of an emulator?"
        return EmulatorError(f"status {status}: {text[:200]} ({hint})", status=status)
    errors = fault.get("errors") or []
    message = fault["message"]
    if len(errors) > 1:
        lines = [f"\n  {one['line']}:{one['column']}: {one['message']}" for one in errors]
        message = f"{len(errors)} problems:{''.join(lines)}"
    return EmulatorError(message, fault.get("code"), status, errors)


class Control:
    """``url`` is that of the control API; ``ended`` says why the emulator may have gone."""

    def __init__(
        self,
        url: str,
        token: Optional[str] = None,
        ended: Callable[[], Optional[str]] = lambda: None,
    ) -> None:
        self.url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._ended = ended
        self._parts = urlsplit(self.url)
        self._local = threading.local()

    def _connect(self) -> http.client.HTTPConnection:
        kind = (
            http.client.HTTPSConnection
            if self._parts.scheme == "https"
            else http.client.HTTPConnection
        )
        return kind(self._parts.hostname or "", self._parts.port, timeout=_PATIENCE)

    def send(
        self, method: str, path: str, body: Optional[bytes] = None, kind: str = "application/json"
    ) -> Tuple[int, str]:
        """Status and text of the answer. Raises EmulatorError("gone") when there is none."""
        headers = dict(self._headers)
        if body is not None:
            headers["content-type"] = kind
        while True:
            connection: Optional[http.client.HTTPConnection]
            connection = getattr(self._local, "connection", None)
            kept = connection is not None
            if connection is None:
                connection = self._local.connection = self._connect()
            try:
                connection.request(method, self._parts.path + path, body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read().decode("utf-8", "replace")
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # A kept connection that the server had just closed: nothing of this was read.
                if kept and isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
                    continue
                why = self._ended() or f"the emulator at {self.url} does not answer: {error}"
                raise EmulatorError(why, code="gone") from error

    def text(
        self, method: str, path: str, body: Optional[bytes] = None, kind: str = "application/json"
    ) -> str:
        status, text = self.send(method, path, body, kind)
        if status >= 400:
            raise _worded(status, text)
        return text

    def json(self, method: str, path: str, value: Any = None) -> Any:
        """The answer's JSON. Raises EmulatorError for anything but success."""
        body = None if value is None else json.dumps(value).encode()
        text = self.text(method, path, body)
        return json.loads(text) if text else None

    def close(self) -> None:
        """Closes this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            self._local.connection = None
            connection.close()
