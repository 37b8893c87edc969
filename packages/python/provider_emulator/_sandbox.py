"""One sandbox, as a test sees it."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Type, Union, cast
from urllib.parse import quote, urlencode

from ._control import EmulatorError
from ._report import report
from ._server import Server
from ._types import Clock, Expectations, Finding, RequestLine, Task, VerifyResult, Webhook

Duration = Union[str, timedelta]
Scenario = Union[str, Mapping[str, Any]]
Times = Union[int, Mapping[str, int]]

_TEMPLATE: Dict[str, str] = json.loads(Path(__file__).with_name("environment.json").read_text())
_PROVIDERS = ("bfl", "fal", "wavespeed", "apiframe", "vtrix")


def environment(url: str, key: str, token: Optional[str] = None) -> Dict[str, str]:
    """What ``provider-emulator env`` prints for a key."""
    out = {
        name: value.replace("http://emulator.invalid", url).replace("KEY", key)
        for name, value in _TEMPLATE.items()
    }
    if token is not None:
        out["EMULATOR_CONTROL_TOKEN"] = token
    return out


class VerifyError(AssertionError):
    """A ``verify`` that was not met; ``result`` is the emulator's whole answer."""

    def __init__(self, message: str, result: VerifyResult) -> None:
        super().__init__(message)
        self.result = result


def test_key(name: str, attempt: int = 0, end: str = "") -> str:
    """A key that any provider takes, and that is the same in every run: of the test's id."""
    title = name.rpartition("::")[2]
    slug = re.sub("[^a-z0-9]+", "-", title.lower())[:32].strip("-") or "test"
    digest = hashlib.sha256(f"{name}\0{attempt}".encode()).hexdigest()[:8]
    return "-".join(filter(None, (slug, digest, end)))


test_key.__test__ = False  # type: ignore[attr-defined]  # no test of its own, whoever imports it


def _worded(duration: Duration) -> str:
    if isinstance(duration, timedelta):
        return f"{round(duration / timedelta(milliseconds=1))}ms"
    return duration


def _scenario_body(scenario: Scenario) -> str:
    """A scenario as somebody names it: its text, a file, or the name of a built-in one."""
    if not isinstance(scenario, str):
        return json.dumps(scenario)
    if "\n" in scenario or ":" in scenario:
        return scenario
    if "/" in scenario or scenario.endswith((".yaml", ".yml", ".json")):
        try:
            return Path(scenario).read_text(encoding="utf-8")
        except OSError as error:
            why = f"{error.strerror} (in {Path.cwd()})"
            raise EmulatorError(
                f"cannot read the scenario {scenario}: {why}", "bad_scenario"
            ) from error
    return json.dumps({"name": scenario})


def _unmet(key: str, question: Mapping[str, Any], result: VerifyResult) -> str:
    lines = [f"sandbox {key}: {'; '.join(result['problems'])}"]
    lines.append(f"  asked for: {json.dumps(question)}")
    closest = result.get("closest") or []
    if closest:
        lines.append("  closest:")
    for one in closest:
        lines.append(
            f"    {one['id']}  {one['method']} {one['target']} -> {one['status']}: {one['failed']}"
        )
    if not closest and result["count"] == 0:
        lines.append("  nothing like it came at all")
    return "\n".join(lines)


class Sandbox:
    """A world of its own: clock, scenario, tasks, journal.

    key      the API key to give the client; nobody else has it
    url      the emulator's address
    control  the address of this sandbox in the control API
    env      what leads SDKs here: keys and addresses
    urls     base addresses by provider, and "fal_proxy"

    Calls block. In a test that runs an event loop of its own, where a webhook's receiver has to
    answer meanwhile, use ``await asyncio.to_thread(box.advance, "10m")``.
    """

    def __init__(self, server: Server, key: str) -> None:
        self._server = server
        self._over: Optional[str] = None
        self.key = key
        self.url = server.url
        self.control = f"{server.url}/_emulator/sandboxes/{key}"
        self.env = environment(server.url, key, server.token)
        self.urls = {name: self.env[f"EMULATOR_{name.upper()}_URL"] for name in _PROVIDERS}
        self.urls["fal_proxy"] = self.env["EMULATOR_FAL_PROXY_URL"]

    def __repr__(self) -> str:
        return f"<Sandbox {self.key} of {self.url}>"

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.release()

    def _check(self) -> None:
        if self._over is not None:
            raise EmulatorError(
                f"sandbox {self.key} was used after its test ({self._over}): a thread that goes "
                "on, or a box kept in a variable outside",
                "over",
            )

    def _call(self, method: str, path: str, value: Any = None) -> Any:
        self._check()
        return self._server.control.json(method, f"/sandboxes/{self.key}{path}", value)

    def advance(self, duration: Duration) -> Clock:
        """Moves the clock; what was due on the way has happened when this returns."""
        return cast(Clock, self._call("POST", "/clock", {"advance": _worded(duration)}))

    def to_next(self) -> Clock:
        """Moves the clock to the next thing that happens."""
        return cast(Clock, self._call("POST", "/clock", {"to": "next"}))

    def freeze(self, frozen: bool = True) -> Clock:
        """Stops the clock; ``freeze(False)`` lets it run with the wall."""
        return cast(Clock, self._call("POST", "/clock", {"freeze": frozen}))

    def clock(self, move: Optional[Mapping[str, Any]] = None) -> Clock:
        """Any body of the control API's clock; without one, the clock as it stands."""
        method = "GET" if move is None else "POST"
        return cast(Clock, self._call(method, "/clock", move))

    def reset(self, *what: str) -> Dict[str, Any]:
        """Puts the sandbox back to the start: whole, or the parts that are named (tasks, journal,
        counters, clock, scenario, credits)."""
        return cast(
            Dict[str, Any], self._call("POST", "/reset", {"what": list(what)} if what else {})
        )

    def scenario(self, scenario: Optional[Scenario] = None) -> Dict[str, Any]:
        """The scenario, or another one instead: its text, a file, or the name of a built-in one."""
        if scenario is None:
            return cast(Dict[str, Any], self._call("GET", "/scenario"))
        self._check()
        body = _scenario_body(scenario).encode()
        path = f"/sandboxes/{self.key}/scenario"
        try:
            text = self._server.control.text("PUT", path, body, "application/yaml")
        except EmulatorError as error:
            if error.code == "gone":
                raise
            raise EmulatorError(
                f"the scenario does not load: {error}", error.code, error.status, error.errors
            ) from None
        return cast(Dict[str, Any], json.loads(text))

    def verify(
        self,
        when: Optional[Mapping[str, Any]] = None,
        *,
        times: Optional[Times] = None,
        within: Optional[Duration] = None,
        order: Optional[List[Mapping[str, Any]]] = None,
        spacing: Optional[Mapping[str, str]] = None,
        since: Optional[str] = None,
    ) -> VerifyResult:
        """Raises VerifyError, which tells what came closest, unless such requests came."""
        __tracebackhide__ = True
        asked = {
            "when": when,
            "times": times,
            "within": None if within is None else _worded(within),
            "order": order,
            "spacing": spacing,
            "since": since,
        }
        question = {name: value for name, value in asked.items() if value is not None}
        result = cast(VerifyResult, self._call("POST", "/verify", question))
        if not result["ok"]:
            raise VerifyError(_unmet(self.key, question, result), result)
        return result

    def tasks(self) -> List[Task]:
        return cast(List[Task], self._call("GET", "/tasks")["tasks"])

    def task(self, id: str) -> Task:
        return cast(Task, self._call("GET", f"/tasks/{quote(id, safe='')}"))

    def requests(self, **filters: Union[str, int]) -> List[RequestLine]:
        """What came, oldest first. Filters: provider, on, status, task, since, limit."""
        query = f"?{urlencode(filters)}" if filters else ""
        return cast(List[RequestLine], self._call("GET", f"/requests{query}")["requests"])

    def request(self, id: str) -> Dict[str, Any]:
        """One exchange as it went over the wire, and why it was answered so."""
        return cast(Dict[str, Any], self._call("GET", f"/requests/{quote(id, safe='')}"))

    def explain(self, id: str) -> str:
        """The same as text. ``id`` is that of the header ``x-emulator-request``."""
        self._check()
        path = f"/sandboxes/{self.key}/requests/{quote(id, safe='')}?format=text"
        return self._server.control.text("GET", path)

    def webhooks(self) -> List[Webhook]:
        return cast(List[Webhook], self._call("GET", "/webhooks")["webhooks"])

    def findings(self) -> List[Finding]:
        return cast(List[Finding], self._call("GET", "/findings")["findings"])

    def expect(self) -> Expectations:
        """How the scenario's ``expect:`` stands."""
        return cast(Expectations, self._call("GET", "/expect"))

    def report(self) -> str:
        """What the sandbox saw, as a failure report has it. Never raises."""
        return report(self._server.control, self.key)

    def release(self, *, keep: bool = False, by: str = "it was released") -> None:
        """Lets the sandbox go; ``keep`` leaves it in the emulator, to be looked at."""
        if self._over is not None:
            return
        self._over = by
        if not keep:
            self._server.control.send("DELETE", f"/sandboxes/{self.key}")


def open_sandbox(
    server: Server,
    key: Optional[str] = None,
    scenario: Optional[Scenario] = None,
    clock: Optional[Mapping[str, Any]] = None,
    *,
    fresh: bool = False,
) -> Sandbox:
    """A sandbox as a test wants it: empty, with its scenario and clock. ``fresh`` says that nobody
    can have used the key before, which saves a call; so it is with a key that is made here."""
    fresh = fresh or key is None
    key = f"box-{secrets.token_hex(6)}" if key is None else key
    if re.fullmatch("[A-Za-z0-9._-]+", key) is None:
        raise EmulatorError(f'"{key}" is no key: letters, digits, . _ - only', "bad_key")
    box = Sandbox(server, key)
    if not fresh:
        server.control.send("DELETE", f"/sandboxes/{key}")
    elif (why := server.ended()) is not None:
        raise EmulatorError(why, code="gone")
    try:
        if scenario is not None and scenario != "default":
            box.scenario(scenario)
        if clock is not None:
            box.clock(clock)
    except EmulatorError as error:
        if error.code != "gone":
            box.release()
        raise
    return box
