"""An emulator of image-generation providers for tests: one server, a sandbox for each test.

    import provider_emulator as emulator

    with emulator.sandbox(scenario="nsfw") as box:
        client = BFLClient(box.key, base_url=box.urls["bfl"])
        ...
        box.advance("10m")
        box.verify({"provider": "bfl", "on": "submit"}, times=1)

With pytest the fixture ``emulator_sandbox`` does the same for each test; its scenario is set by
``@pytest.mark.scenario("nsfw")``.
"""

from __future__ import annotations

from ._binary import binary
from ._control import EmulatorError
from ._sandbox import Sandbox, VerifyError
from ._session import sandbox, start, stop

# What a traceback calls them is what they are imported as.
for _one in (EmulatorError, Sandbox, VerifyError):
    _one.__module__ = __name__

__all__ = ["EmulatorError", "Sandbox", "VerifyError", "binary", "sandbox", "start", "stop"]
