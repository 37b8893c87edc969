"""What was cross compiled for 64-bit ARM, used under qemu: it is what it says, and answers with the
very bytes of the other architecture, pictures included."""

from __future__ import annotations

import json
import platform
import re
import shutil
import time
import unittest
import urllib.error
import urllib.request
import zipfile

from support import DIST, PackageTest, Project, only

QEMU = "qemu-aarch64-static"
PATIENCE = 60.0

# Every provider, every kind of file that pictures have here, and captions of several scripts.
SUBMISSIONS = [
    ("/bfl/v1/flux-2-pro", {"x-key": "me"}, {"prompt": "a red apple", "width": 512, "height": 384, "output_format": "png"}),
    ("/bfl/v1/flux-dev", {"x-key": "me"}, {"prompt": "ein Äpfelchen, 赤い林檎", "width": 640, "height": 448}),
    ("/queue.fal.run/fal-ai/flux/dev", {"authorization": "Key me:s"}, {"prompt": "תפוח אדום", "output_format": "png"}),
    ("/queue.fal.run/fal-ai/nano-banana", {"authorization": "Key me:s"}, {"prompt": "an apple", "output_format": "webp"}),
    ("/wavespeed/api/v3/wavespeed-ai/flux-dev", {"authorization": "Bearer me"}, {"prompt": "an apple", "size": "768*512"}),
]


class Emulator:
    """One that has no time and no chance of its own, so that two of them answer alike."""

    def __init__(self, project: Project, name: str, *command: str) -> None:
        port_file = project.folder / f"port-{name}"
        words = [*command, "serve", "--port", "0", "--port-file", str(port_file), "--seed", "7", "--clock", "manual"]
        self.process = project.start(*words, "--public-url", "http://emulator.test", "--log", "off", "--page", "off")
        deadline = time.monotonic() + PATIENCE
        while not port_file.exists() and self.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        if not port_file.exists():
            self.process.kill()
            raise AssertionError(self.process.communicate()[0])
        self.address = f"http://127.0.0.1:{port_file.read_text().strip()}"

    def ask(self, path: str, headers: dict[str, str] | None = None, body: object = None) -> tuple[int, list[tuple[str, str]], bytes]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"content-type": "application/json", **(headers or {})})
        try:
            answer = urllib.request.urlopen(request, timeout=PATIENCE)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return answer.status, [(k, v) for k, v in answer.headers.items() if k.lower() != "date"], answer.read()

    def end(self) -> int:
        self.process.terminate()
        self.process.communicate(timeout=PATIENCE)
        return self.process.returncode


@unittest.skipUnless(list(DIST.glob("*-linux-aarch64.tar.gz")), "no packages for aarch64 were made (scripts/package --arch)")
class Arm(PackageTest):
    def setUp(self) -> None:
        self.project = Project(self.clean_folder())

    def command(self, arch: str) -> list[str]:
        folder = self.project.folder / arch
        folder.mkdir()
        self.succeeds(self.project.run("tar", "xzf", str(only(f"*-linux-{arch}.tar.gz")), "-C", str(folder)))
        binary = str(next(folder.glob("*/provider-emulator")))
        if arch == platform.machine():
            return [binary]
        if not shutil.which(QEMU):
            self.skipTest(f"{QEMU} is not installed")
        return [QEMU, binary]

    def test_the_binary_needs_nothing_but_the_kernel(self) -> None:
        command = self.command("aarch64")
        done = self.project.run("readelf", "--wide", "--file-header", "--program-headers", command[-1])
        self.assertIn("AArch64", self.succeeds(done))
        self.assertNotIn("INTERP", done.out)
        self.assertIn("provider-emulator ", self.succeeds(self.project.run(*command, "version")))

    def test_answers_are_those_of_the_other_architecture_byte_for_byte(self) -> None:
        emulators = {arch: Emulator(self.project, arch, *self.command(arch)) for arch in ("x86_64", "aarch64")}
        seen = {arch: self.whole_lives(one) for arch, one in emulators.items()}
        self.assertEqual([one.end() for one in emulators.values()], [0, 0])
        self.assertEqual(len(seen["x86_64"]), len(seen["aarch64"]))
        for ours, theirs in zip(seen["x86_64"], seen["aarch64"]):
            with self.subTest(ours[0]):
                self.assertEqual(ours[0], theirs[0])
                self.assertTrue(ours[1] == theirs[1], f"{ours[0]} differs")

    def whole_lives(self, emulator: Emulator) -> list[tuple[str, object]]:
        """Every submission, what became of it, and its pictures."""
        out: list[tuple[str, object]] = []
        polls: list[tuple[str, dict[str, str]]] = []
        for path, headers, body in SUBMISSIONS:
            answer = emulator.ask(path, headers, body)
            self.assertEqual(answer[0], 200, answer)
            out.append((path, answer))
            said = json.loads(answer[2])
            poll = said.get("polling_url") or said.get("response_url") or said["data"]["urls"]["get"]
            polls.append((self.path_of(poll), headers))
        for box in json.loads(emulator.ask("/_emulator/sandboxes")[2])["sandboxes"]:
            moved = emulator.ask(f"/_emulator/sandboxes/{box['name']}/clock", body={"advance": "1m"})
            self.assertEqual(moved[0], 200, moved)
        links = 0
        for poll, headers in polls:
            answer = emulator.ask(poll, headers)
            self.assertEqual(answer[0], 200, answer)
            out.append((poll, answer))
            for link in re.findall(r'"(http://emulator\.test[^"]+\.(?:png|jpe?g|webp)[^"]*)"', answer[2].decode()):
                picture = emulator.ask(self.path_of(link))
                self.assertEqual(picture[0], 200, link)
                self.assertGreater(len(picture[2]), 1000)
                out.append((link, picture))
                links += 1
        self.assertGreaterEqual(links, len(SUBMISSIONS))
        return out

    def path_of(self, url: str) -> str:
        self.assertTrue(url.startswith("http://emulator.test/"), url)
        return url.removeprefix("http://emulator.test")

    def test_packages_say_what_they_are_for(self) -> None:
        done = self.project.run("dpkg-deb", "--field", str(only("*_arm64.deb")), "Architecture")
        self.assertEqual(self.succeeds(done).strip(), "arm64")
        self.succeeds(self.project.run("tar", "xzf", str(only("provider-emulator-linux-arm64-*.tgz"))))
        package = json.loads((self.project.folder / "package/package.json").read_text())
        self.assertEqual((package["os"], package["cpu"]), (["linux"], ["arm64"]))
        with zipfile.ZipFile(only("*manylinux*aarch64*.whl")) as wheel:
            name = next(one for one in wheel.namelist() if one.endswith(".dist-info/WHEEL"))
            self.assertIn("Tag: py3-none-manylinux2014_aarch64", wheel.read(name).decode())
        main = json.loads(self.file_of_npm("package/package.json"))
        self.assertIn("provider-emulator-linux-arm64", main["optionalDependencies"])
        self.assertTrue((DIST / "container/arm64/provider-emulator").is_file())

    def file_of_npm(self, name: str) -> str:
        archive = next(one for one in DIST.glob("provider-emulator-[0-9]*.tgz"))
        return self.succeeds(self.project.run("tar", "xzOf", str(archive), name))


if __name__ == "__main__":
    unittest.main()
