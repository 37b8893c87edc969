"""Says what is wrong with a program for macOS, as far as that can be told without one:

    mach_o.py ARCH FILE      ARCH: arm64 or x86_64

It is a program of that processor for macOS 11, needs no library but the system's own, and, on arm64,
has a signature whose hashes are those of its bytes: macOS ends a program without one at once.
"""

from __future__ import annotations

import hashlib
import struct
import sys
from pathlib import Path
from typing import Iterator, Optional

MAGIC = 0xFEEDFACF  # 64 bits, little-endian
PROCESSORS = {"x86_64": 0x01000007, "arm64": 0x0100000C}
EXECUTABLE = 2
ANY_PLACE = 0x200000  # MH_PIE
REQUIRED = 0x80000000  # a bit of the numbers of some load commands
LOADS_LIBRARY = (0x0C, 0x18 | REQUIRED, 0x1F | REQUIRED, 0x20, 0x23 | REQUIRED)
SIGNATURE = 0x1D
BUILD_VERSION = 0x32
ENTRY = 0x28 | REQUIRED
MACOS = 1
OLDEST = (11, 0)

SIGNATURE_MAGIC, DIRECTORY_MAGIC = 0xFADE0CC0, 0xFADE0C02
AD_HOC = 2
SHA256 = 2


class Refused(Exception):
    """One line: what is wrong."""


class MachO:
    def __init__(self, data: bytes) -> None:
        self.data = data
        if len(data) < 32 or struct.unpack_from("<I", data)[0] != MAGIC:
            raise Refused("it is no Mach-O file of 64 bits")
        _, self.processor, _, self.kind, self.count, self.size, self.flags, _ = struct.unpack_from("<8I", data)

    def commands(self) -> Iterator[tuple[int, int, int]]:
        """Number, place and size of each load command."""
        at = 32
        for _ in range(self.count):
            number, size = struct.unpack_from("<2I", self.data, at)
            if size < 8 or at + size > 32 + self.size:
                raise Refused("its load commands are damaged")
            yield number, at, size
            at += size

    def libraries(self) -> list[str]:
        out = []
        for number, at, size in self.commands():
            if number in LOADS_LIBRARY:
                start = at + struct.unpack_from("<I", self.data, at + 8)[0]
                out.append(self.data[start : at + size].split(b"\0")[0].decode())
        return out

    def has(self, wanted: int) -> bool:
        return any(number == wanted for number, _, _ in self.commands())

    def built_for(self) -> Optional[tuple[int, tuple[int, int]]]:
        """The system, and its oldest version."""
        for number, at, _ in self.commands():
            if number == BUILD_VERSION:
                system, oldest = struct.unpack_from("<2I", self.data, at + 8)
                return system, (oldest >> 16, oldest >> 8 & 0xFF)
        return None

    def signature(self) -> Optional[bytes]:
        for number, at, _ in self.commands():
            if number == SIGNATURE:
                start, size = struct.unpack_from("<2I", self.data, at + 8)
                return self.data[start : start + size]
        return None

    def check_signature(self, signature: bytes) -> None:
        """Every page of the program before the signature has the hash that stands there."""
        if len(signature) < 12 or struct.unpack_from(">I", signature)[0] != SIGNATURE_MAGIC:
            raise Refused("its signature is none")
        for i in range(struct.unpack_from(">I", signature, 8)[0]):
            _, at = struct.unpack_from(">2I", signature, 12 + 8 * i)
            if struct.unpack_from(">I", signature, at)[0] == DIRECTORY_MAGIC:
                return self.check_directory(signature[at:])
        raise Refused("its signature has no code directory")

    def check_directory(self, directory: bytes) -> None:
        flags, hashes, _, _, pages, limit = struct.unpack_from(">6I", directory, 12)
        hash_size, kind, _, page_bits = struct.unpack_from("4B", directory, 36)
        if not flags & AD_HOC:
            raise Refused("its signature is not an ad-hoc one, and nobody here can make another")
        if kind != SHA256 or hash_size != 32:
            raise Refused("its signature is not of SHA-256")
        page = 1 << page_bits
        if pages != (limit + page - 1) // page:
            raise Refused("its signature does not cover all of it")
        for i in range(pages):
            found = hashlib.sha256(self.data[i * page : min((i + 1) * page, limit)]).digest()
            if found != directory[hashes + 32 * i : hashes + 32 * (i + 1)]:
                raise Refused(f"page {i} is not what was signed")


def check(data: bytes, arch: str) -> None:
    """Raises Refused when macOS on that processor would not start it, as far as can be told."""
    program = MachO(data)
    if program.processor != PROCESSORS[arch]:
        raise Refused(f"it is not for {arch}")
    if program.kind != EXECUTABLE or not program.has(ENTRY) or not program.flags & ANY_PLACE:
        raise Refused("it is no program that can be started anywhere in memory")
    if program.built_for() != (MACOS, OLDEST):
        raise Refused(f"it is built for {program.built_for()}, not for macOS {OLDEST[0]}.{OLDEST[1]}")
    others = [one for one in program.libraries() if not one.startswith("/usr/lib/lib")]
    if others or not program.libraries():
        raise Refused(f"it needs {', '.join(others) or 'no library at all'}; only the system's own are on every Mac")
    signature = program.signature()
    if signature is not None:
        program.check_signature(signature)
    elif arch == "arm64":
        raise Refused("it is not signed, and macOS on arm64 starts nothing that is not")


def main() -> None:
    arch, name = sys.argv[1:]
    try:
        check(Path(name).read_bytes(), arch)
    except Refused as why:
        raise SystemExit(f"{name}: {why}") from None


if __name__ == "__main__":
    main()
