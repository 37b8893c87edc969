"""The archive, the Debian package and the container, each laid out and used in a clean folder."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import tarfile
import time
import unittest
import urllib.request
from pathlib import Path

from support import DIST, ROOT, PackageTest, Project, only


def version() -> str:
    line = next(
        one for one in (ROOT / "CMakeLists.txt").read_text().splitlines() if one.startswith("project(")
    )
    return line.split(" VERSION ")[1].split(" ")[0]


class Files(PackageTest):
    def setUp(self) -> None:
        self.project = Project(self.clean_folder())

    def unpack(self) -> None:
        self.succeeds(self.project.run("tar", "xzf", str(only("*-linux-x86_64.tar.gz"))))

    def serves(self, *words: str, answers: str = "/_emulator/health") -> None:
        """The command serves, answers, and ends by SIGTERM with code 0."""
        port_file = self.project.folder / "port"
        process = self.project.start(*words)
        deadline = time.monotonic() + 20
        while not port_file.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if not port_file.exists():
            process.kill()
            self.fail(process.communicate()[0])
        address = f"http://127.0.0.1:{port_file.read_text().strip()}{answers}"
        with urllib.request.urlopen(address) as answer:
            self.assertIn("ok", answer.read().decode())
        process.terminate()
        out, _ = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0, out)

    def test_checksums_hold_and_name_every_file(self) -> None:
        listed = {}
        for line in (DIST / "SHA256SUMS").read_text().splitlines():
            digest, name = line.split("  ")
            listed[name] = digest
        made = {one.name for one in DIST.iterdir() if one.is_file()} - {"SHA256SUMS"}
        self.assertEqual(set(listed), made)
        for name, digest in listed.items():
            self.assertEqual(hashlib.sha256((DIST / name).read_bytes()).hexdigest(), digest, name)
            self.assertIn(version(), name)

    def test_a_build_installs_and_starts_from_there(self) -> None:
        prefix = self.project.folder / "prefix"
        build = str(ROOT / "build/release")
        self.succeeds(self.project.run("cmake", "--install", build, "--strip", "--prefix", str(prefix)))
        self.assertEqual([str(one.relative_to(prefix)) for one in prefix.rglob("*") if one.is_file()],
                         ["bin/provider-emulator"])
        done = self.project.run("provider-emulator", "version", PATH=str(prefix / "bin"))
        self.assertEqual(self.succeeds(done).splitlines()[0], f"provider-emulator {version()}")
        self.serves(str(prefix / "bin/provider-emulator"), "serve", "--port", "0", "--port-file", "port")

    def test_archive(self) -> None:
        with tarfile.open(only("*-linux-x86_64.tar.gz")) as tar:
            names = {one.name for one in tar.getmembers() if one.isfile()}
        self.unpack()
        top = f"provider-emulator-{version()}"
        wanted = [
            "LICENSE",
            "THIRD-PARTY-NOTICES.txt",
            "completions/_provider-emulator",
            "completions/provider-emulator.bash",
            "completions/provider-emulator.fish",
            "provider-emulator",
            "provider-emulator.1",
        ]
        self.assertEqual(names, {f"{top}/{one}" for one in wanted})
        binary = str(self.project.folder / top / "provider-emulator")
        done = self.project.run(binary, "version", "--licences")
        self.assertEqual(self.succeeds(done).splitlines()[0], f"provider-emulator {version()}")
        notices = (self.project.folder / top / "THIRD-PARTY-NOTICES.txt").read_text()
        self.assertIn(notices, done.out)
        self.serves(binary, "serve", "--port", "0", "--port-file", "port")
        self.shells_take_the_completions(self.project.folder / top / "completions")

    def shells_take_the_completions(self, folder: Path) -> None:
        for shell, name in (
            ("bash", "provider-emulator.bash"),
            ("zsh", "_provider-emulator"),
            ("fish", "provider-emulator.fish"),
        ):
            if shutil.which(shell):
                with self.subTest(shell):
                    self.succeeds(self.project.run(shell, "-n", str(folder / name)))

    def test_the_man_page_is_one(self) -> None:
        if not shutil.which("mandoc"):
            self.skipTest("mandoc is not installed")
        self.unpack()
        page = next(self.project.folder.glob("*/provider-emulator.1"))
        self.succeeds(self.project.run("mandoc", "-T", "lint", "-W", "warning", str(page)))

    def test_the_binary_needs_nothing_but_the_kernel(self) -> None:
        self.unpack()
        binary = next(self.project.folder.glob("*/provider-emulator"))
        done = self.project.run("readelf", "--wide", "--program-headers", "--dynamic", str(binary))
        self.assertNotIn("INTERP", self.succeeds(done))
        self.assertNotIn("NEEDED", done.out)

    def test_deb(self) -> None:
        deb = str(only("*_amd64.deb"))
        if os.geteuid() != 0 or not shutil.which("dpkg"):
            self.skipTest("only root installs a Debian package")
        clean = self.project.folder / "root"
        (clean / "var/lib/dpkg/updates").mkdir(parents=True)
        (clean / "var/lib/dpkg/info").mkdir()
        (clean / "var/lib/dpkg/status").touch()
        self.succeeds(self.project.run("dpkg", f"--root={clean}", "--install", deb))
        done = self.project.run("dpkg", f"--root={clean}", "--listfiles", "provider-emulator")
        for path in (
            "/usr/bin/provider-emulator",
            "/usr/share/man/man1/provider-emulator.1.gz",
            "/usr/share/bash-completion/completions/provider-emulator",
            "/usr/share/zsh/vendor-completions/_provider-emulator",
            "/usr/share/fish/vendor_completions.d/provider-emulator.fish",
            "/usr/share/doc/provider-emulator/copyright",
        ):
            self.assertIn(f"{path}\n", done.out)
            self.assertTrue((clean / path[1:]).is_file(), path)
        binary = str(clean / "usr/bin/provider-emulator")
        self.serves(binary, "serve", "--port", "0", "--port-file", "port")
        self.succeeds(self.project.run("dpkg", f"--root={clean}", "--purge", "provider-emulator"))
        self.assertFalse((clean / "usr").exists())

    def test_lintian_finds_nothing_but_that_the_binary_is_static(self) -> None:
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        deb = str(only("*_amd64.deb"))
        done = self.project.run("lintian", "--allow-root", "--show-overrides", deb)
        tags = [line for line in done.out.splitlines() if line[:3] in ("E: ", "W: ", "O: ")]
        self.assertEqual(
            tags,
            [
                "O: provider-emulator: embedded-library zlib [usr/bin/provider-emulator]",
                "O: provider-emulator: statically-linked-binary [usr/bin/provider-emulator]",
            ],
            done.out,
        )

    def test_container_files_serve_in_a_root_of_their_own(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root may change the root")
        dockerfile = (ROOT / "Dockerfile").read_text()
        self.assertIn("COPY dist/container/${TARGETARCH}/ /", dockerfile)
        clean = self.project.folder / "root"
        shutil.copytree(DIST / "container/amd64", clean)
        (clean / "tmp").chmod(0o1777)
        files = sorted(str(one.relative_to(clean)) for one in clean.rglob("*") if one.is_file())
        self.assertEqual(
            files,
            [
                "etc/ssl/certs/ca-certificates.crt",
                "provider-emulator",
                "usr/share/doc/provider-emulator/LICENSE",
                "usr/share/doc/provider-emulator/THIRD-PARTY-NOTICES.txt",
            ],
        )
        (self.project.folder / "port").symlink_to("root/tmp/port")
        as_nobody = ["chroot", "--userspec=65534:65534", str(clean), "/provider-emulator"]
        self.serves(*as_nobody, "serve", "--port", "0", "--port-file", "/tmp/port")

    def test_spdx_list_names_what_the_notices_name(self) -> None:
        document = json.loads(only(f"provider-emulator-{version()}.spdx.json").read_text())
        self.assertEqual(document["spdxVersion"], "SPDX-2.3")
        names = {one["name"]: one for one in document["packages"]}
        ids = {one["SPDXID"] for one in document["packages"]} | {"SPDXRef-DOCUMENT"}
        for relation in document["relationships"]:
            self.assertIn(relation["spdxElementId"], ids)
            self.assertIn(relation["relatedSpdxElement"], ids)
        with tarfile.open(only("*-linux-x86_64.tar.gz")) as tar:
            notices = tar.extractfile(f"provider-emulator-{version()}/THIRD-PARTY-NOTICES.txt")
            assert notices is not None
            text = notices.read().decode()
        self.assertEqual(names["provider-emulator"]["versionInfo"], version())
        for name, one in names.items():
            if name != "provider-emulator":
                self.assertIn(f"\n  {name}: {one['licenseDeclared']}, ", text)
                self.assertNotEqual(one["versionInfo"], "", name)

    def test_the_same_commit_gives_the_same_bytes(self) -> None:
        again = self.project.folder / "again"
        made = {one.name.split("-linux-")[1].removesuffix(".tar.gz") for one in DIST.glob("*-linux-*.tar.gz")}
        archs = sorted(made, key=lambda arch: arch != platform.machine())  # this machine's first
        archs += sorted(f"macos-{one.name.split('-macos-')[1].removesuffix('.tar.gz')}" for one in DIST.glob("*-macos-*.tar.gz"))
        command = [str(ROOT / "scripts/package"), "--arch", ",".join(archs), "--out", str(again)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((again / "SHA256SUMS").read_text(), (DIST / "SHA256SUMS").read_text())


if __name__ == "__main__":
    unittest.main()
