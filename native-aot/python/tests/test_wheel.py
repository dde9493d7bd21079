"""Tests of the wheel."""

from __future__ import annotations

import base64
import email
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

import fastadam
from fastadam import _library
from elf_file import elf_file
from support import PATIENCE, PYTHON, Case, child_environment, copy_build


class WheelTests(Case):
    def setUp(self):
        self.rid = _library._runtime_identifier()
        if importlib.util.spec_from_file_location("x", PYTHON / "make_wheel.py") is None:
            self.fail("make_wheel.py is missing")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.dist = self.folder / "dist"
        copy_build(self.dist)

    def make(self, out, rid=None):
        command = [sys.executable, PYTHON / "make_wheel.py", "--dist", self.dist, "--rid", rid or self.rid, "--out", out]
        printed = subprocess.run(command, env=child_environment(), check=True, capture_output=True, text=True).stdout
        return Path(printed.strip())

    def test_contents(self):
        notices = self.dist / "share" / "doc" / "fastadam" / "dotnet" / "LICENSE.TXT"
        notices.parent.mkdir(parents=True)
        notices.write_text("of .NET")
        wheel = self.make(self.folder / "a")
        with zipfile.ZipFile(wheel) as file:
            names = file.namelist()
            self.assertEqual(len(names), len(set(names)))
            libraries = sorted(x for x in names if x.startswith("fastadam/lib/"))
            self.assertIn("fastadam/__main__.py", names)
            stem, extension = os.path.splitext(_library._file_name())
            expected = [x.name for x in (self.dist / "lib").glob(f"{stem}*{extension}")]
            self.assertEqual(libraries, sorted(f"fastadam/lib/{x}" for x in expected))
            self.assertEqual(file.read(f"fastadam/lib/{_library._file_name()}"), Path(_library.path).read_bytes())
            self.assertTrue({"fastadam/__init__.py", "fastadam/py.typed"} <= set(names))

            info = f"fastadam-{fastadam.__version__}.dist-info"
            self.assertEqual(file.read(f"{info}/dotnet/LICENSE.TXT"), b"of .NET")
            metadata = file.read(f"{info}/METADATA").decode("utf-8")
            fields = email.message_from_string(metadata)
            for name, values in (
                ("Name", ["fastadam"]),
                ("Version", [fastadam.__version__]),
                ("License", ["MIT"]),
                ("License-File", ["LICENSE"]),
                ("Requires-Python", [">=3.9"]),
                ("Requires-Dist", ["numpy", 'torch; extra == "torch"']),
                ("Provides-Extra", ["torch"]),
            ):
                self.assertEqual(fields.get_all(name), values)
            self.assertTrue(fields["Summary"] and fields["Keywords"] and len(fields.get_all("Classifier")) > 5)
            self.assertEqual(fields.get_payload(), (PYTHON / "README.md").read_text("utf-8"))
            self.assertIn(b"Permission is hereby granted", file.read(f"{info}/LICENSE"))
            platform = wheel.stem.split("-")[-1]
            self.assertIn(f"Tag: py3-none-{platform}\n", file.read(f"{info}/WHEEL").decode())

            record = dict(line.split(",", 1) for line in file.read(f"{info}/RECORD").decode().splitlines())
            self.assertEqual(set(record), set(names))
            for name in names:
                data = file.read(name)
                digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                self.assertEqual(record[name], "," if name.endswith("/RECORD") else f"sha256={digest},{len(data)}")

    def test_deterministic(self):
        first = self.make(self.folder / "a").read_bytes()
        for path in self.dist.rglob("*"):
            os.utime(path, (1, 1))
        self.assertEqual(self.make(self.folder / "b").read_bytes(), first)

    def test_platforms(self):
        for rid, names, platform in (
            ("linux-arm64", ["libfastadam.so", "libfastadam-neon.so"], "manylinux_2_17_aarch64"),
            ("linux-x64", ["libfastadam.so", *(f"libfastadam-{x}.so" for x in ("avx2", "avx512", "baseline"))], "manylinux_2_17_x86_64"),
            ("win-x64", ["fastadam.dll", *(f"libfastadam-{x}.dll" for x in ("avx2", "avx512", "baseline"))], "win_amd64"),
            ("osx-arm64", ["libfastadam.dylib", "libfastadam-neon.dylib"], "macosx_11_0_arm64"),
            ("osx-x64", ["libfastadam.dylib", *(f"libfastadam-{x}.dylib" for x in ("avx2", "avx512", "baseline"))], "macosx_10_13_x86_64"),
        ):
            shutil.rmtree(self.dist / "lib")
            (self.dist / "lib").mkdir()
            for name in names:
                data = name.encode()
                if rid.startswith("linux-"):
                    data = elf_file(platform.partition("17_")[2], ["libc.so.6"], {"libc.so.6": ["GLIBC_2.17"]})
                (self.dist / "lib" / name).write_bytes(data)
            wheel = self.make(self.folder / "out", rid)
            self.assertEqual(wheel.name, f"fastadam-{fastadam.__version__}-py3-none-{platform}.whl")
            with zipfile.ZipFile(wheel) as file:
                self.assertEqual(sorted(x for x in file.namelist() if "/lib/" in x), sorted(f"fastadam/lib/{x}" for x in names))

    def test_libraries_that_need_more(self):
        """No wheel is made that some systems of its name could not load."""
        if not self.rid.startswith("linux-"):
            self.skipTest("Only wheels for Linux name what they need.")
        machine = {"linux-x64": "x86_64", "linux-arm64": "aarch64"}[self.rid]
        level = next((self.dist / "lib").glob("libfastadam-*.so"))
        level.write_bytes(elf_file(machine, ["libc.so.6"], {"libc.so.6": ["GLIBC_2.99"]}))
        self.assertEqual(self.make(self.folder / "a").stem.rpartition("-")[2], f"manylinux_2_99_{machine}")
        level.write_bytes(elf_file(machine, ["libc.so.6", "libstdc++.so.6"], {"libc.so.6": ["GLIBC_2.34"]}))
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            self.make(self.folder / "b")
        self.assertIn(f"{level.name} needs libstdc++.so.6, which systems may lack", caught.exception.stderr)
        self.assertFalse((self.folder / "b").exists())

    def test_missing_library(self):
        shutil.rmtree(self.dist / "lib")
        with self.assertRaises(subprocess.CalledProcessError) as caught:
            self.make(self.folder / "a")
        self.assertIn("does not exist; build the library first", caught.exception.stderr)

    def test_install(self):
        if importlib.util.find_spec("pip") is None:
            self.skipTest("pip is not installed")
        wheel = self.make(self.folder / "a")
        target = self.folder / "installed here"
        pip = [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--no-index", "--no-deps", "-q"]
        done = subprocess.run(
            [*pip, "--target", target, wheel], env=child_environment(), capture_output=True, text=True, timeout=PATIENCE
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        code = "import fastadam; print(fastadam.__version__, fastadam.isa(), fastadam._library.path)"
        environment = child_environment(PYTHONPATH=str(target), FASTADAM_LIBRARY="")
        result = subprocess.run([sys.executable, "-c", code], env=environment, cwd=self.folder, capture_output=True, text=True)
        library = target / "fastadam" / "lib" / _library._file_name()
        self.assertEqual(result.stdout, f"{fastadam.__version__} {fastadam.isa()} {library}\n", result.stderr)


if __name__ == "__main__":
    unittest.main()
