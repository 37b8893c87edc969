"""What a sandbox saw, in the words of a failure report."""

from __future__ import annotations

from typing import Any, Dict, List
from urllib.parse import quote

from ._control import Control, EmulatorError

_MOST = 20  # requests that are told in full


def _why(control: Control, key: str, request: str) -> List[str]:
    path = f"/sandboxes/{key}/requests/{quote(request, safe='')}?format=text"
    try:
        text = control.text("GET", path)
    except EmulatorError:
        return []
    _, _, rest = text.partition("\n\nWhy\n")
    reason, _, _ = rest.partition("\n\n")
    return [f"      {line.strip()}" for line in reason.splitlines()]


def _requests(control: Control, key: str) -> List[str]:
    answer = control.json("GET", f"/sandboxes/{key}/requests")
    if answer["seen"] == 0:
        return ["  no request came with this key"]
    told = answer["requests"][-_MOST:]
    out = []
    if answer["seen"] > len(told):
        out.append(f"  ({answer['seen'] - len(told)} earlier requests are left out)")
    for one in told:
        out.append(f"  {one['id']}  {one['method']} {one['target']} -> {one['status']}")
        out += _why(control, key, one["id"])
    return out


def _task(task: Dict[str, Any]) -> str:
    state = f"{task['state']}: {task['end']}" if task["end"] else task["state"]
    name = f"{task['provider']} {task['endpoint']}"
    return f"  task {task['id']}  {name}, {state}, \"{task['prompt']}\""


def _findings(control: Control, key: str) -> List[str]:
    try:
        findings = control.json("GET", f"/sandboxes/{key}/findings")["findings"]
    except EmulatorError as error:
        if error.status == 404:
            return []  # an emulator from before findings
        raise
    return [f"  {one['severity']} {one['code']}: {one['what']}. {one['remedy']}" for one in findings]


def report(control: Control, key: str) -> str:
    """Never raises: what cannot be told is said so."""
    head = f"What the emulator saw in sandbox {key}"
    try:
        box = control.json("GET", f"/sandboxes/{key}")
        lines = [f"{head} (scenario {box['scenario']}, its clock at {box['now']}):"]
        lines += _requests(control, key)
        lines += [_task(one) for one in control.json("GET", f"/sandboxes/{key}/tasks")["tasks"]]
        lines += _findings(control, key)
    except EmulatorError as error:
        lines = [f"{head}:", f"  {error}"]
    return "\n".join(lines)
