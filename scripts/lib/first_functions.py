"""Writes which functions a start and the usual requests call; called by scripts/first-functions.

    first_functions.py FOLDER OUT

FOLDER holds `program` and `map`, the linker's. Ours and the C++ library's functions have a section
each and are named by themselves; of other libraries it is the object that holds them.
"""

from __future__ import annotations

import bisect
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HEAD = """\
# Functions that a start, submissions and polls call, and objects of libraries that hold such, for
# the linker to lay together. Made by scripts/first-functions.
"""


class Server:
    """The program under callgrind, on a unix socket."""

    def __init__(self, folder: Path):
        self.path = folder / "socket"
        self.profile = folder / "profile"
        tool = ["valgrind", "-q", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={self.profile}"]
        words = ["serve", "--port", "0", "--unix-socket", str(self.path)]
        self.child = subprocess.Popen([*tool, str(folder / "program"), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(1200):
            try:
                self.socket.connect(str(self.path))
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the program does not answer")

    def ask(self, method: str, path: str, headers: str, body: str = "") -> dict:
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self.socket.sendall((head + body).encode())
        reply = b""
        while True:
            reply += self.socket.recv(65536)
            head, end, rest = reply.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.I)
            if end and length and len(rest) >= int(length[1]):
                break
        if not head.startswith(b"HTTP/1.1 2"):
            raise SystemExit(f"{method} {path}: {reply!r}")
        return json.loads(rest)

    def stop(self) -> None:
        self.child.send_signal(signal.SIGTERM)
        self.child.wait()


def use(server: Server) -> None:
    prompt = '{"prompt":"a red apple"}'
    fal = "authorization: Key bench:x\r\nx-fal-target-host: queue.fal.run"
    for _ in range(2):
        made = server.ask("POST", "/bfl/v1/flux-pro-1.1-ultra", "x-key: bench", prompt)
        server.ask("GET", f"/bfl/v1/get_result?id={made['id']}", "x-key: bench")
        made = server.ask("POST", "/fal-ai/flux/dev", fal, prompt)
        server.ask("GET", f"/fal-ai/flux/requests/{made['request_id']}/status", fal)


def called(folder: Path) -> set[str]:
    server = Server(folder)
    try:
        use(server)
    finally:
        server.stop()
    found = re.findall(r"^c?fn=\(\d+\) (\S+)", server.profile.read_text(), re.M)
    return {re.sub(r"'\d+$", "", name) for name in found}


def sections(text: str) -> list[tuple[int, int, str, str]]:
    """Of the linker's map: address, size, name and file of every piece of code."""
    row = re.compile(r"^ (\.text\S*)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$", re.M)
    out = [(int(m[2], 16), int(m[3], 16), m[1], m[4]) for m in row.finditer(text)]
    return sorted(one for one in out if one[0] > 0 and one[1] > 0)


def entry(name: str, section: str, file: str) -> str | None:
    """The line for a function; None for what has a place of its own in a program of ours.

    A section may have another name than the function, which stands for several: constructors.
    """
    if re.match(r"\.text\.(unlikely\.|startup\.)?_", section) or section == f".text.{name}":
        return section.removeprefix(".text.")
    member = re.search(r"([^/]+\.a)\(([^)]+)\)$", file)
    return f"{member[1]}:{member[2]}" if member else None


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    names = called(folder)
    pieces = sections((folder / "map").read_text(errors="replace"))
    starts = [piece[0] for piece in pieces]
    lines = set()
    listed = subprocess.run(["nm", "--defined-only", folder / "program"], capture_output=True, text=True, check=True)
    for line in listed.stdout.splitlines():
        address, _, name = line.split(" ", 2)
        at = bisect.bisect(starts, int(address, 16)) - 1
        if name not in names or at < 0 or int(address, 16) >= pieces[at][0] + pieces[at][1]:
            continue
        if found := entry(name, pieces[at][2], pieces[at][3]):
            lines.add(found)
    out.write_text(HEAD + "".join(f"{line}\n" for line in sorted(lines)))
    print(f"{len(lines)} names in {out.name}")


main()
