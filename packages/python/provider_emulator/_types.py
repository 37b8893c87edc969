"""The shapes of the control API's answers, as far as tests read them."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict


class RequestLine(TypedDict):
    id: str
    at: str
    provider: str
    on: str
    method: str
    target: str
    status: int
    endpoint: str
    task: str
    wire: str
    refusal: str


class Close(RequestLine):
    failed: str


class VerifyResult(TypedDict):
    ok: bool
    count: int
    requests: List[str]
    problems: List[str]
    closest: List[Close]
    forgotten: int
    waited_ms: float


class Task(TypedDict):
    id: str
    provider: str
    endpoint: str
    state: str
    end: Optional[str]
    progress: float
    accepted: str
    starts: str
    ends: Optional[str]
    links_expire: Optional[str]
    prompt: str
    seed: int
    width: int
    height: int
    pictures: int
    cost: float
    input: Dict[str, Any]


class Webhook(TypedDict):
    id: str
    task: str
    provider: str
    url: str
    state: str
    attempts: List[Dict[str, Any]]
    curl: str


class Finding(TypedDict):
    code: str
    severity: str
    provider: str
    task: str
    requests: List[str]
    what: str
    why: str
    remedy: str


class Happening(TypedDict):
    at: str
    kind: str
    id: str


class _ClockNow(TypedDict):
    now: str
    speed: float


class Clock(_ClockNow, total=False):
    fired: List[Happening]
    pending: List[Happening]


class Expectation(TypedDict):
    when: Dict[str, Any]
    times: Any
    count: int
    met: bool
    place: str


class Expectations(TypedDict):
    met: bool
    scenario: str
    expectations: List[Expectation]
