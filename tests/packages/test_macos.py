"""What was cross compiled for macOS. Nothing here can run it; what can be told of a file is looked at:
that macOS would take it for a program of its own, and that each package says it was never run."""

from __future__ import annotations

import json
import sys
import tarfile
import unittest
import zipfile

from support import DIST, ROOT, PackageTest, Project, only

sys.path.insert(0, str(ROOT / "scripts/lib"))
import mach_o  # noqa: E402

MARK = "Built, not yet run"
NODE = {"arm64": "arm64", "x86_64": "x64"}
MADE = sorted(one.name.split("-macos-")[1].removesuffix(".tar.gz") for one in DIST.glob("*-macos-*.tar.gz"))


@unittest.skipUnless(MADE, "no packages for macOS were made (scripts/package --arch)")
class MacOS(PackageTest):
    def setUp(self) -> None:
        self.project = Project(self.clean_folder())

    def members(self, pattern: str) -> dict[str, bytes]:
        out = {}
        with tarfile.open(only(pattern)) as tar:
            for one in tar.getmembers():
                file = tar.extractfile(one) if one.isfile() else None
                if file:
                    out[one.name.partition("/")[2]] = file.read()
        return out

    def test_macos_would_take_the_binary_for_one_of_its_own(self) -> None:
        for arch in MADE:
            with self.subTest(arch):
                binary = self.members(f"*-macos-{arch}.tar.gz")["provider-emulator"]
                mach_o.check(binary, arch)
                self.assertEqual(mach_o.MachO(binary).libraries(), ["/usr/lib/libSystem.B.dylib"])
                self.assertGreater(len(binary), 4 << 20)
                self.assertIn(b"flux-2-pro", binary)

    def test_a_binary_that_was_changed_is_not_taken(self) -> None:
        binary = self.members(f"*-macos-{MADE[0]}.tar.gz")["provider-emulator"]
        other = next(one for one in NODE if one != MADE[0])
        for changed, arch, why in (
            (b"\x7fELF" + binary[4:], MADE[0], "no Mach-O"),
            (binary, other, f"not for {other}"),
            (binary.replace(b"/usr/lib/libSystem", b"/opt/lib/libSystem", 1), MADE[0], "needs /opt/lib"),
        ):
            with self.subTest(why), self.assertRaisesRegex(mach_o.Refused, why):
                mach_o.check(changed, arch)
        if mach_o.MachO(binary).signature() is not None:
            spoilt = bytearray(binary)
            spoilt[1 << 20] ^= 1
            with self.assertRaisesRegex(mach_o.Refused, "not what was signed"):
                mach_o.check(bytes(spoilt), MADE[0])

    def test_every_package_has_the_same_binary_and_says_that_it_was_never_run(self) -> None:
        for arch in MADE:
            with self.subTest(arch):
                archive = self.members(f"*-macos-{arch}.tar.gz")
                self.assertEqual(
                    sorted(archive),
                    [
                        "LICENSE",
                        "README.txt",
                        "THIRD-PARTY-NOTICES.txt",
                        "completions/_provider-emulator",
                        "completions/provider-emulator.bash",
                        "completions/provider-emulator.fish",
                        "provider-emulator",
                        "provider-emulator.1",
                    ],
                )
                self.assertIn(MARK, archive["README.txt"].decode())
                npm = self.members(f"provider-emulator-darwin-{NODE[arch]}-*.tgz")
                about = json.loads(npm["package.json"])
                self.assertEqual((about["os"], about["cpu"]), (["darwin"], [NODE[arch]]))
                self.assertIn(MARK.lower(), about["description"])
                self.assertIn(MARK, npm["README.md"].decode())
                self.assertEqual(npm["bin/provider-emulator"], archive["provider-emulator"])
                with zipfile.ZipFile(only(f"*-macosx_11_0_{arch}.whl")) as wheel:
                    info = next(one for one in wheel.namelist() if one.endswith("/WHEEL")).removesuffix("WHEEL")
                    self.assertIn(f"Tag: py3-none-macosx_11_0_{arch}\n", wheel.read(f"{info}WHEEL").decode())
                    about_wheel = wheel.read(f"{info}METADATA").decode()
                    self.assertEqual(wheel.read("provider_emulator/bin/provider-emulator"), archive["provider-emulator"])
                self.assertIn(MARK, about_wheel)
                self.assertIn("Operating System :: MacOS", about_wheel)
                self.assertNotIn("Linux\n", about_wheel.partition("\n\n")[0])

    def test_npm_takes_the_package_of_the_machine(self) -> None:
        with tarfile.open(next(DIST.glob("provider-emulator-[0-9]*.tgz"))) as tar:
            file = tar.extractfile("package/package.json")
            assert file is not None
            optional = json.loads(file.read())["optionalDependencies"]
        for arch in MADE:
            self.assertIn(f"provider-emulator-darwin-{NODE[arch]}", optional)

    def test_notices_and_list_name_what_is_linked_in_here(self) -> None:
        notices = self.members(f"*-macos-{MADE[0]}.tar.gz")["THIRD-PARTY-NOTICES.txt"].decode()
        for name in ("libc++ and libc++abi", "Zig's compiler runtime", "OpenSSL"):
            self.assertIn(f"\n  {name}: ", notices)
        self.assertIn("LLVM Exceptions to the Apache 2.0 License", notices)
        for name in ("GNU C Library", "GCC runtime"):
            self.assertNotIn(f"\n  {name}", notices)
        packages = {one["name"]: one for one in json.loads(only("*-macos.spdx.json").read_text())["packages"]}
        self.assertNotIn("GNU C Library", packages)
        for name, one in packages.items():
            if name != "provider-emulator":
                self.assertIn(f"\n  {name}: {one['licenseDeclared']}, ", notices)
                self.assertRegex(one["versionInfo"], r"^[0-9]", name)


if __name__ == "__main__":
    unittest.main()
