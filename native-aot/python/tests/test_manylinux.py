"""Tests of the platform that a wheel for Linux names: it is what its libraries need."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from elf_file import elf_file
from support import PYTHON

sys.path.insert(0, str(PYTHON))

import elf  # noqa: E402
import manylinux  # noqa: E402


class ManylinuxTests(unittest.TestCase):
    def platform(self, versions, libraries=("libc.so.6",), machine="x86_64"):
        return manylinux.platform(machine, {"a.so": elf_file(machine, libraries, versions)})

    def test_newest_version_decides(self):
        self.assertEqual(self.platform({"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.4"]}), "manylinux_2_34_x86_64")
        self.assertEqual(self.platform({"libc.so.6": ["GLIBC_2.17"]}, machine="aarch64"), "manylinux_2_17_aarch64")
        self.assertEqual(self.platform({"libc.so.6": ["GLIBC_2.9", "GLIBC_2.100"]}), "manylinux_2_100_x86_64")

    def test_newest_library_decides(self):
        old, new = (elf_file("x86_64", ["libc.so.6"], {"libc.so.6": [x]}) for x in ("GLIBC_2.17", "GLIBC_2.38"))
        for files in ({"a.so": old, "b.so": new}, {"a.so": new, "b.so": old}):
            self.assertEqual(manylinux.platform("x86_64", files), "manylinux_2_38_x86_64")

    def test_versions_of_every_needed_library(self):
        versions = {"libm.so.6": ["GLIBC_2.35"], "libc.so.6": ["GLIBC_2.2.5"], "ld-linux-x86-64.so.2": ["GLIBC_2.3"]}
        self.assertEqual(self.platform(versions, list(versions)), "manylinux_2_35_x86_64")

    def test_patches_and_formats(self):
        self.assertEqual(self.platform({"libc.so.6": ["GLIBC_2.2.5"]}), "manylinux_2_3_x86_64")
        self.assertEqual(self.platform({"libc.so.6": ["GLIBC_2.34", "GLIBC_ABI_DT_RELR"]}), "manylinux_2_36_x86_64")

    def test_refused(self):
        libc = {"libc.so.6": ["GLIBC_2.34"]}
        for message, versions, libraries in (
            ("a.so needs libstdc[+][+].so.6, which systems may lack", libc, ["libc.so.6", "libstdc++.so.6"]),
            ("a.so needs ld-linux-aarch64.so.1, which", libc, ["libc.so.6", "ld-linux-aarch64.so.1"]),
            ("a.so needs symbols of the version GLIBC_PRIVATE", {"libc.so.6": ["GLIBC_PRIVATE"]}, ["libc.so.6"]),
            ("a.so needs symbols of the version GCC_3.0", {"libc.so.6": ["GLIBC_2.34", "GCC_3.0"]}, ["libc.so.6"]),
            ("a.so: no symbol has a version", {}, ["libc.so.6"]),
        ):
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                self.platform(versions, libraries)

    def test_other_files_are_refused(self):
        library = elf_file("aarch64", ["libc.so.6"], {"libc.so.6": ["GLIBC_2.17"]})
        for message, data in (
            ("a.so is for aarch64, not for x86_64", library),
            ("a.so is no ELF file", b"MZ" + library),
            ("a.so is no ELF file", b""),
            ("a.so is for the machine number 3;", library[:18] + b"\x03\0" + library[20:]),
        ):
            with self.subTest(message), self.assertRaisesRegex(ValueError, message):
                manylinux.platform("x86_64", {"a.so": data})

    def test_cut_files_are_refused(self):
        library = elf_file("x86_64", ["libc.so.6"], {"libc.so.6": ["GLIBC_2.17"]})
        for length in range(len(library) - 16):  # the last 16 bytes end a list that the file's end would end as well
            with self.assertRaises(ValueError, msg=f"the first {length} bytes"):
                manylinux.platform("x86_64", {"a.so": library[:length]})

    def test_compiled_library(self):
        """What the compiler's own file says, and what a symbol that is newer changes."""
        if shutil.which("cc") is None or not sys.platform.startswith("linux"):
            self.skipTest("There is no C compiler (cc) for Linux.")
        with tempfile.TemporaryDirectory() as folder:
            found = []
            for version in ("GLIBC_2.17", "GLIBC_2.99"):
                # A libc of our own, whose one symbol has that version.
                libc, script, out = Path(folder, "libc.so.6"), Path(folder, "map"), Path(folder, "a.so")
                script.write_text(f"{version} {{ global: newest; local: *; }};\n")
                build = ["cc", "-shared", "-fPIC", "-nostdlib", "-x", "c", "-"]
                subprocess.run(
                    [*build, "-o", libc, "-Wl,-soname,libc.so.6", f"-Wl,--version-script={script}"],
                    input="int newest(void) { return 1; }", text=True, check=True,
                )
                subprocess.run(
                    [*build, "-o", out, "-Xlinker", libc], input="int newest(void); int f(void) { return newest(); }", text=True, check=True
                )
                needs = elf.needs(out.read_bytes())
                self.assertEqual((needs.libraries, needs.versions), ({"libc.so.6"}, {version}))
                found.append(manylinux.platform(needs.machine, {"a.so": out.read_bytes()}))
            self.assertEqual(found, [f"manylinux_2_17_{needs.machine}", f"manylinux_2_99_{needs.machine}"])


if __name__ == "__main__":
    unittest.main()
