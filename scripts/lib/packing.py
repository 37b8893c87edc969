"""Puts binaries that were built into the packages of every world; called by scripts/package.

Nothing here depends on the time, the machine or the order of a directory: entries are sorted,
owned by root and dated by the commit.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

NAME = "provider-emulator"
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
NODE = {"x86_64": "x64", "aarch64": "arm64", "arm64": "arm64"}
WHEEL = {  # static, so both kinds of C library will do
    "x86_64": "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    "aarch64": "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
    "macos-arm64": "macosx_11_0_arm64",
    "macos-x86_64": "macosx_11_0_x86_64",
}
MACOS = "macos-"  # what the names of its architectures begin with
NOT_YET_RUN = (
    "Built, not yet run: this is compiled for macOS on Linux, and that it links and is signed is checked there; "
    "nobody has started it on a Mac yet. Where it does not do, run the container.\n"
)
MAINTAINER = "provider-emulator contributors <provider-emulator@example.org>"


def is_macos(arch: str) -> bool:
    return arch.startswith(MACOS)


def node_platform(arch: str) -> tuple[str, str]:
    """The system and the processor as Node.js names them."""
    return "darwin" if is_macos(arch) else "linux", NODE[arch.removeprefix(MACOS)]


class Files:
    """What goes into a package: path, bytes, and whether it can be executed."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[bytes, bool]] = {}

    def add(self, path: str, content: bytes | str, program: bool = False) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.entries[path] = (data, program)

    def add_tree(self, folder: Path, below: str) -> None:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                program = bool(file.stat().st_mode & 0o100)
                self.add(f"{below}{file.relative_to(folder)}", file.read_bytes(), program)

    def folders(self) -> list[str]:
        out = set()
        for path in self.entries:
            parts = path.split("/")[:-1]
            out.update("/".join(parts[: i + 1]) for i in range(len(parts)))
        return sorted(out)


class Packing:
    def __init__(self, options: argparse.Namespace) -> None:
        self.root = Path(options.root)
        self.work = Path(options.work)
        self.out = Path(options.out)
        self.version: str = options.version
        self.native: str = options.native
        self.epoch: int = options.epoch
        self.made: list[str] = []
        self.licence = (self.root / "LICENSE").read_bytes()
        self.notices = self.ask("version", "--licences").split("\n", 2)[2]
        self.man = self.dated(self.ask("man"))
        self.shells = {one: self.ask("completions", one) for one in ("bash", "zsh", "fish")}

    def ask(self, *words: str) -> str:
        done = subprocess.run([self.native, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def dated(self, man: str) -> str:
        day = time.strftime("%Y-%m-%d", time.gmtime(self.epoch))
        return man.replace(' 1 "" ', f' 1 "{day}" ', 1)

    def binary(self, arch: str) -> bytes:
        return (self.work / arch / NAME).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / name).write_bytes(data)
        self.made.append(name)

    def tar_gz(self, name: str, files: Files, with_folders: bool) -> None:
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for folder in files.folders() if with_folders else []:
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode, entry.mtime = tarfile.DIRTYPE, 0o755, self.epoch
                tar.addfile(entry)
            for path in sorted(files.entries):
                data, program = files.entries[path]
                entry = tarfile.TarInfo(path)
                entry.size, entry.mtime = len(data), self.epoch
                entry.mode = 0o755 if program else 0o644
                entry.uname = entry.gname = "root"
                tar.addfile(entry, io.BytesIO(data))
        self.write(name, gzip.compress(plain.getvalue(), 9, mtime=self.epoch))

    def archive(self, arch: str) -> None:
        files = Files()
        top = f"{NAME}-{self.version}/"
        files.add(f"{top}{NAME}", self.binary(arch), True)
        files.add(f"{top}{NAME}.1", self.man)
        files.add(f"{top}completions/{NAME}.bash", self.shells["bash"])
        files.add(f"{top}completions/_{NAME}", self.shells["zsh"])
        files.add(f"{top}completions/{NAME}.fish", self.shells["fish"])
        if is_macos(arch):
            files.add(f"{top}README.txt", NOT_YET_RUN)
        self.add_licences(files, top, arch)
        system = arch if is_macos(arch) else f"linux-{arch}"
        self.tar_gz(f"{NAME}-{self.version}-{system}.tar.gz", files, True)

    def add_licences(self, files: Files, below: str, arch: str = "") -> None:
        files.add(f"{below}LICENSE", self.licence)
        files.add(f"{below}THIRD-PARTY-NOTICES.txt", self.notices_of(arch))

    def notices_of(self, arch: str) -> str | bytes:
        """Those of macOS' libraries lie beside the binary: what is in it cannot be asked here."""
        return (self.work / arch / "third-party-notices.txt").read_bytes() if is_macos(arch) else self.notices

    def deb(self, arch: str) -> None:
        packed = lambda text: gzip.compress(text.encode(), 9, mtime=0)  # noqa: E731
        doc = f"usr/share/doc/{NAME}/"
        sources = self.root / "packages/debian"
        files = Files()
        files.add(f"usr/bin/{NAME}", self.binary(arch), True)
        files.add(f"usr/share/man/man1/{NAME}.1.gz", packed(self.man))
        files.add(f"usr/share/bash-completion/completions/{NAME}", self.shells["bash"])
        files.add(f"usr/share/zsh/vendor-completions/_{NAME}", self.shells["zsh"])
        files.add(f"usr/share/fish/vendor_completions.d/{NAME}.fish", self.shells["fish"])
        files.add(f"{doc}copyright", self.copyright(sources))
        files.add(f"{doc}changelog.gz", packed(self.debian_changelog()))
        files.add(f"{doc}THIRD-PARTY-NOTICES.txt.gz", packed(self.notices))
        files.add(
            f"usr/share/lintian/overrides/{NAME}", (sources / "lintian-overrides").read_bytes()
        )
        stage = self.work / f"deb-{arch}"
        self.lay_out(stage, files)
        self.cpack(stage, arch, sources)

    def lay_out(self, folder: Path, files: Files) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        for path, (data, program) in files.entries.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
            target.chmod(0o755 if program else 0o644)

    def cpack(self, stage: Path, arch: str, sources: Path) -> None:
        into = self.work / f"cpack-{arch}"
        shutil.rmtree(into, ignore_errors=True)
        settings = {
            "STAGE": stage,
            "VERSION": self.version,
            "ARCHITECTURE": DEBIAN[arch],
            "MAINTAINER": MAINTAINER,
        }
        lines = [f'set({name} "{value}")' for name, value in settings.items()]
        config = self.work / f"cpack-{arch}.cmake"
        config.write_text("\n".join([*lines, f'include("{sources}/cpack.cmake")']) + "\n")
        command = ["cpack", "--config", str(config), "-B", str(into)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"scripts/package: cpack failed:\n{done.stdout}{done.stderr}")
        (deb,) = into.glob("*.deb")
        self.write(deb.name, deb.read_bytes())

    def copyright(self, sources: Path) -> str:
        head, _, body = self.licence.decode().partition("\n\n")[2].partition("\n\n")
        holder = head.replace("Copyright (c) ", "")
        lines = [f" {line}" if line else " ." for line in body.strip().splitlines()]
        text = (sources / "copyright").read_text()
        return f"{text}Copyright: {holder}\nLicense: Expat\n" + "\n".join(lines) + "\n"

    def debian_changelog(self) -> str:
        day = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(self.epoch))
        return (
            f"{NAME} ({self.version}) stable; urgency=medium\n\n"
            "  * What changed is in CHANGELOG.md of the project.\n\n"
            f" -- {MAINTAINER}  {day}\n"
        )

    def npm_platform(self, arch: str) -> None:
        system, processor = node_platform(arch)
        name = f"{NAME}-{system}-{processor}"
        about = {
            "name": name,
            "version": self.version,
            "description": f"The binary of {NAME} for {'macOS' if is_macos(arch) else 'Linux'} on {processor}"
            + (" (built, not yet run)." if is_macos(arch) else "."),
            "license": "MIT",
            "os": [system],
            "cpu": [processor],
            "engines": {"node": ">=18"},
        }
        files = Files()
        files.add("package/package.json", json.dumps(about, indent=2) + "\n")
        files.add(f"package/bin/{NAME}", self.binary(arch), True)
        self.add_licences(files, "package/", arch)
        more = f"\n{NOT_YET_RUN}" if is_macos(arch) else ""
        files.add("package/README.md", f"{about['description']} Install `{NAME}`.\n{more}")
        self.tar_gz(f"{name}-{self.version}.tgz", files, False)

    def npm(self, archs: list[str]) -> None:
        folder = self.root / "packages/npm"
        about = json.loads((folder / "package.json").read_text())
        about["version"] = self.version
        about["optionalDependencies"] = {
            f"{NAME}-{'-'.join(node_platform(arch))}": self.version for arch in archs
        }
        files = Files()
        files.add_tree(folder, "package/")
        files.add("package/package.json", json.dumps(about, indent=2) + "\n")
        files.add("package/lib/environment.json", self.environment())
        files.add("package/README.md", (self.root / "docs/testing-javascript.md").read_bytes())
        self.add_licences(files, "package/")
        self.tar_gz(f"{NAME}-{self.version}.tgz", files, False)

    def environment(self) -> str:
        """What leads SDKs here, with places for address and key; see `environment` in the helpers."""
        return self.ask("env", "--format", "json", "--key", "KEY", "--url", "http://emulator.invalid")

    def wheel(self, arch: str) -> None:
        sources = self.root / "packages/python"
        info = f"provider_emulator-{self.version}.dist-info/"
        files = Files()
        files.add_tree(sources / "provider_emulator", "provider_emulator/")
        files.add("provider_emulator/environment.json", self.environment())
        files.add(f"provider_emulator/bin/{NAME}", self.binary(arch), True)
        readme = (self.root / "docs/testing-python.md").read_text()
        about = (sources / "METADATA.in").read_text().replace("@VERSION@", self.version)
        if is_macos(arch):
            about = about.replace(":: POSIX :: Linux", ":: MacOS :: MacOS X")
            readme = f"{NOT_YET_RUN}\n{readme}"
        files.add(f"{info}METADATA", f"{about}\n{readme}")
        tags = [f"Tag: py3-none-{one}" for one in WHEEL[arch].split(".")]
        head = ["Wheel-Version: 1.0", f"Generator: {NAME}", "Root-Is-Purelib: false", *tags]
        files.add(f"{info}WHEEL", "\n".join(head) + "\n")
        files.add(f"{info}entry_points.txt", (sources / "entry_points.txt").read_bytes())
        self.add_licences(files, f"{info}licenses/", arch)
        record = [
            f"{path},sha256={digest(data)},{len(data)}"
            for path, (data, _) in sorted(files.entries.items())
        ]
        files.add(f"{info}RECORD", "\n".join([*record, f"{info}RECORD,,"]) + "\n")
        self.zip(f"provider_emulator-{self.version}-py3-none-{WHEEL[arch]}.whl", files)

    def zip(self, name: str, files: Files) -> None:
        out = io.BytesIO()
        when = time.gmtime(max(self.epoch, 315_532_800))[:6]  # a zip knows no time before 1980
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
            for path in sorted(files.entries, key=lambda one: (".dist-info/" in one, one)):
                data, program = files.entries[path]
                entry = zipfile.ZipInfo(path, when)
                entry.create_system = 3
                entry.external_attr = (0o100755 if program else 0o100644) << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                made.writestr(entry, data)
        self.write(name, out.getvalue())

    def container(self, arch: str) -> None:
        """The whole file system of the container; Dockerfile takes it as it is."""
        files = Files()
        files.add(NAME, self.binary(arch), True)
        certificates = Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()
        files.add("etc/ssl/certs/ca-certificates.crt", certificates)
        self.add_licences(files, f"usr/share/doc/{NAME}/")
        folder = self.out / "container" / DEBIAN[arch]
        self.lay_out(folder, files)
        (folder / "tmp").mkdir()
        (folder / "tmp").chmod(0o1777)

    def spdx(self, archs: list[str]) -> None:
        """A list for each system: what a binary gets from its compiler differs."""
        linux, macos = [a for a in archs if not is_macos(a)], [a for a in archs if is_macos(a)]
        if linux:
            self.write(f"{NAME}-{self.version}.spdx.json", self.spdx_text(linux, "LINUX").encode())
        if macos:
            self.write(f"{NAME}-{self.version}-macos.spdx.json", self.spdx_text(macos, "MACOS").encode())

    def version_of(self, package: str, system: str) -> str:
        """Of the Debian package, installed here or fetched as sources; of Zig."""
        lines = (self.work / f"{MACOS}versions").read_text().split() if system == "MACOS" else []
        known = dict(line.replace("==", "_").split("_", 1) for line in lines if line[0].isalpha())
        if package == "zig":
            return known["ziglang"]
        source = subprocess.run(
            ["dpkg-query", "-W", "-f", "${source:Package}", package], capture_output=True, text=True, check=False
        ).stdout
        return known.get(source) or installed(package)

    def spdx_text(self, archs: list[str], system: str) -> str:
        binaries = {arch: hashlib.sha256(self.binary(arch)).hexdigest() for arch in archs}
        packages, relations = [], []
        packages.append(
            {
                "SPDXID": "SPDXRef-provider-emulator",
                "name": NAME,
                "versionInfo": self.version,
                "downloadLocation": "NOASSERTION",
                "filesAnalyzed": False,
                "licenseConcluded": "MIT",
                "licenseDeclared": "MIT",
                "copyrightText": self.licence.decode().split("\n\n")[1],
                "comment": "SHA-256 of the binary: "
                + ", ".join(f"{arch} {value}" for arch, value in binaries.items()),
            }
        )
        relations.append(("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-provider-emulator"))
        for row in components(self.root, system):
            ident = f"SPDXRef-{''.join(c for c in row['name'].replace('+', 'p') if c.isalnum() or c in '.-')}"
            packages.append(
                {
                    "SPDXID": ident,
                    "name": row["name"],
                    "versionInfo": self.version_of(row["package"], system),
                    "downloadLocation": row["home"],
                    "filesAnalyzed": False,
                    "licenseConcluded": row["licence"],
                    "licenseDeclared": row["licence"],
                    "copyrightText": "NOASSERTION",
                    "comment": "Zig" if row["package"] == "zig" else f"Debian package {row['package']}",
                }
            )
            relations.append(("SPDXRef-provider-emulator", "STATIC_LINK", ident))
        mark = hashlib.sha256("".join(binaries.values()).encode()).hexdigest()[:16]
        document = {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{NAME}-{self.version}" + ("-macos" if system == "MACOS" else ""),
            "documentNamespace": f"https://spdx.org/spdxdocs/{NAME}-{self.version}-{mark}",
            "creationInfo": {
                "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.epoch)),
                "creators": [f"Tool: {NAME}-scripts/package"],
            },
            "packages": packages,
            "relationships": [
                {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}
                for a, kind, b in relations
            ],
        }
        return json.dumps(document, indent=1) + "\n"

    def sums(self) -> None:
        lines = [f"{hashlib.sha256((self.out / n).read_bytes()).hexdigest()}  {n}" for n in sorted(self.made)]
        (self.out / "SHA256SUMS").write_text("\n".join(lines) + "\n")


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def components(root: Path, system: str) -> list[dict[str, str]]:
    """The rows of cmake/notices.cmake, the one place that names what is linked in."""
    keys = ("name", "package", "licence", "home", "folder")
    rows = []
    wanted = False
    for line in (root / "cmake/notices.cmake").read_text().splitlines():
        if line.startswith("set(EMULATOR_COMPONENTS"):
            wanted = line.removeprefix("set(EMULATOR_COMPONENTS") in ("", f"_{system}")
        if wanted and line.startswith('  "') and line.count("|") == 4:
            rows.append(dict(zip(keys, line.strip().strip(')"').split("|"))))
    return rows


def installed(package: str) -> str:
    command = ["dpkg-query", "-W", "-f", "${Version}", package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout or "NOASSERTION"


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("root", "work", "out", "version", "native"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--epoch", type=int, required=True)
    parser.add_argument("archs", nargs="+")
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    packing = Packing(options)
    for arch in options.archs:
        packing.archive(arch)
        packing.npm_platform(arch)
        packing.wheel(arch)
        if not is_macos(arch):
            packing.deb(arch)
            packing.container(arch)
    packing.npm(options.archs)
    packing.spdx(options.archs)
    packing.sums()


if __name__ == "__main__":
    main()
