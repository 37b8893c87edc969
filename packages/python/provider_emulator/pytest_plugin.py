"""The pytest plugin: the fixture ``emulator_sandbox``, the mark ``scenario``, and what a sandbox
saw in the report of a test that failed. Works with pytest-xdist: one emulator for all workers."""

from __future__ import annotations

import os
from typing import Any, Generator, Iterator, Optional

import pytest

from . import _session
from ._control import EmulatorError
from ._run import run_process
from ._sandbox import Sandbox, open_sandbox, test_key
from ._server import end_of_run, key_end

_box = pytest.StashKey[Sandbox]()
_attempt = pytest.StashKey[int]()
_failed = pytest.StashKey[bool]()
_ours = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "scenario(scenario): the scenario of the test's sandbox: the name of a built-in one, a "
        "file, or its text (provider-emulator)",
    )
    # The process whose end is the end of the run; workers inherit it.
    if not hasattr(config, "workerinput") and "EMULATOR_RUN_PROCESS" not in os.environ:
        os.environ["EMULATOR_RUN_PROCESS"] = str(os.getpid())
        config.stash[_ours] = True


def pytest_unconfigure(config: pytest.Config) -> None:
    if not config.stash.get(_ours, False):
        return
    _session.stop()
    if "EMULATOR_CONTROL_URL" not in os.environ:
        end_of_run(run_process(os.environ))
    del os.environ["EMULATOR_RUN_PROCESS"]


@pytest.fixture
def emulator_sandbox(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sandbox]:
    """A sandbox of this test's own; the environment leads SDKs to it for the test's time."""
    node = request.node
    mark = node.get_closest_marker("scenario")
    if mark is not None and (len(mark.args) != 1 or mark.kwargs):
        pytest.fail("@pytest.mark.scenario wants one scenario: a name, a file or a text", False)
    attempt = node.stash[_attempt] = node.stash.get(_attempt, -1) + 1
    problem = None
    try:
        server = _session.server()
        key = test_key(node.nodeid, attempt, key_end(server))
        # A server of this run's own has met no key twice: another attempt has another key.
        scenario = mark.args[0] if mark else None
        box = node.stash[_box] = open_sandbox(server, key, scenario, fresh=not server.joined)
    except (EmulatorError, OSError) as error:
        problem = f"no sandbox: {error}"
    if problem is not None:
        pytest.fail(problem, pytrace=False)
    for name, value in box.env.items():
        monkeypatch.setenv(name, value)
    yield box
    failed = node.stash.get(_failed, False)
    # Of a server that goes on, a failed test's sandbox can still be looked at.
    try:
        box.release(keep=failed and server.joined, by=f"{node.name} has ended")
    except EmulatorError:
        if not failed:
            raise  # else the test has said it already


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    outcome = yield
    report: pytest.TestReport = outcome.get_result()
    box: Optional[Sandbox] = item.stash.get(_box, None)
    if box is None or not report.failed or report.when == "teardown":
        return
    item.stash[_failed] = True
    title, _, text = box.report().partition("\n")
    # There it goes into every kind of report, JUnit's included; a plain text has no sections.
    add = getattr(report.longrepr, "addsection", None)
    if add is not None:
        add(title.rstrip(":"), text)
    else:
        report.sections.append((title.rstrip(":"), text))
