"""Loaded into every Python process by PYTHONPATH. Resolves the providers' hosts to the emulator;
what is asked for, and what certificates and headers say, stays as it is. Then runs the
sitecustomize that lies behind this one."""

import os
import sys


def _lead_here(address, patterns):
    import re
    import socket

    host, _, port = address.rpartition(":")
    host = host.strip("[]")

    def words(pattern):
        # `*.` in front stands for any number of labels, a `*` elsewhere for part of one.
        front = r"(?:[^.]+\.)+" if pattern.startswith("*.") else ""
        rest = pattern[2:] if front else pattern
        return front + r"[^.]*".join(re.escape(part) for part in rest.split("*"))

    known = re.compile(r"(?:%s)\.?" % "|".join(words(one) for one in patterns), re.IGNORECASE)
    resolve = socket.getaddrinfo

    def getaddrinfo(name, service, *args, **kwargs):
        text = name.decode("ascii", "replace") if isinstance(name, (bytes, bytearray)) else name
        if isinstance(text, str) and known.fullmatch(text):
            return resolve(host, int(port), *args, **kwargs)
        return resolve(name, service, *args, **kwargs)

    getaddrinfo.__doc__ = resolve.__doc__
    socket.getaddrinfo = getaddrinfo


def _run_hidden():
    import importlib.machinery
    import importlib.util

    here = os.path.dirname(os.path.abspath(__file__))
    others = [one for one in sys.path if os.path.abspath(one or ".") != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


if os.environ.get("EMULATOR_INTERCEPT_ADDRESS") and os.environ.get("EMULATOR_INTERCEPT_HOSTS"):
    _lead_here(
        os.environ["EMULATOR_INTERCEPT_ADDRESS"],
        [one for one in os.environ["EMULATOR_INTERCEPT_HOSTS"].split(",") if one],
    )
_run_hidden()
