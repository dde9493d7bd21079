"""Tests of safetensors files: what is refused, what comes back, and what a kill leaves."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
import tempfile
import time
import types
import unittest
import zlib
from pathlib import Path
from unittest import mock

import fastadam
import numpy as np
from fastadam import _library, _safetensors
from support import PYTHON, Case, FakeTensor, child_environment

# The same files as C#'s tests.
HEADERS = PYTHON.parents[1] / "tests" / "FastAdam.Tests" / "Checkpoints" / "Headers.json"

SAVER = """
import itertools, os, sys, zlib
import fastadam, numpy as np
path = sys.argv[1]
first = int(fastadam.load_file(path)["number"]) + 1 if os.path.exists(path) else 0
for number in range(first, first + 100_000):
    data = np.random.default_rng(number).bytes(50_000 + number * 7919 % 400_000)
    tensors = {"number": np.array(number), "data": np.frombuffer(data, np.uint8), "sum": np.array(zlib.crc32(data))}
    fastadam.save_file(tensors, path, {"number": str(number)})
    print(number, flush=True)
"""


def whole_lines(text):
    """The lines that were written to their ends. Unbuffered, as with PYTHONUNBUFFERED, print writes a line and its end one by one."""
    return text.split("\n")[:-1]


def content(case):
    if "hex" in case:
        return bytes.fromhex(case["hex"])
    header = case["header"].replace("@DEEP@", "[" * 100_000).replace("@DEEPER@", '{"a":' * 100_000).replace("@NINES@", "9" * 10_000)
    text = header.encode()
    return case.get("length", len(text)).to_bytes(8, "little") + text + bytes(range(case["data"]))


class SafeTensorsTests(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "a.safetensors"

    def assert_old(self):
        self.assertEqual(self.path.read_bytes(), b"old")
        self.assertEqual(os.listdir(self.folder), ["a.safetensors"])

    def test_invalid_files(self):
        for case in json.loads(HEADERS.read_text("utf-8"))["invalid"]:
            with self.subTest(case["what"]):
                self.path.write_bytes(content(case))
                for read in (fastadam.SafeTensors, fastadam.load_file):
                    with self.assertRaisesRegex(ValueError, case["says"]) as caught:
                        read(self.path)
                    message = str(caught.exception)
                    self.assertTrue(message.startswith(f"{self.path} is no valid safetensors file: "), message)
                    self.assertLess(len(message) - len(str(self.path)), 600)
                    self.assertTrue(message.isprintable(), message)

    def test_valid_files(self):
        for case in json.loads(HEADERS.read_text("utf-8"))["valid"]:
            with self.subTest(case["what"]):
                self.path.write_bytes(content(case))
                file = fastadam.SafeTensors(self.path)
                self.assertEqual(list(file), [x[0] for x in case["tensors"]])
                self.assertEqual(file.metadata, case["metadata"])
                if any(len(x[2]) > 32 for x in case["tensors"]):  # numpy before 2.0
                    continue
                copies = fastadam.load_file(self.path)
                data = bytes(range(case["data"]))
                for name, dtype, shape, begin, end in case["tensors"]:
                    self.assertEqual((file.dtypes[name], file.shapes[name]), (dtype, tuple(shape)))
                    self.assertEqual((file[name].shape, file[name].tobytes()), (tuple(shape), data[begin:end]))
                    self.assertFalse(file[name].flags.writeable)
                    self.assert_bits(copies[name], file[name])
                    copies[name][...] = 0

    def test_changed_files(self):
        """Random changes of valid files: each is refused with its one exception, or read as another parser of JSON reads it."""
        seed = int(os.environ.get("FASTADAM_TEST_SEED", "1"))
        rounds = 2000 * int(os.environ.get("FASTADAM_TEST_ROUNDS", "1"))
        chance = random.Random(seed)
        cases = [content(x) for x in json.loads(HEADERS.read_text("utf-8"))["valid"]]
        accepted = 0
        for i in range(rounds):
            data = bytearray(chance.choice(cases))
            for _ in range(chance.randint(1, 3)):
                place = chance.randrange(len(data) + 1)
                if chance.random() < 0.3:
                    data[place : place + 1] = bytes([chance.randrange(256)])
                else:
                    piece = chance.choice(cases)
                    start = chance.randrange(len(piece))
                    data[place : place + chance.randrange(4)] = piece[start : start + chance.randrange(6)]
                if chance.random() < 0.8:  # so that more than the length is looked at
                    end = data.rfind(b"}") + 1
                    data[:8] = max(end - 8, 0).to_bytes(8, "little")
            with self.subTest(f"round {i} of seed {seed}", data=bytes(data).hex()):
                length = int.from_bytes(data[:8], "little")
                try:
                    header = _safetensors._header.parsed(bytes(data[8 : 8 + length]), len(data) - 8 - length)
                except ValueError as fault:
                    self.assertNotIsInstance(fault, UnicodeError)
                    continue
                accepted += 1
                other = json.loads(data[8 : 8 + length])
                self.assertEqual(other.pop("__metadata__", {}), header.metadata)
                self.assertEqual(
                    {name: (x["dtype"], tuple(x["shape"]), *x["data_offsets"]) for name, x in other.items()},
                    {name: x[1:] for name, x in header.entries.items()},
                )
        self.assertGreater(accepted, rounds // 1000, f"seed {seed}")

    def test_small_files_are_those_of_the_formats_own_tests(self):
        """safetensors/src/tensor.rs of https://github.com/huggingface/safetensors: test_serialization and test_empty."""
        fastadam.save_file({"attn.0": np.arange(6, dtype="f4").reshape(1, 2, 3)}, self.path)
        self.assertEqual(
            self.path.read_bytes(),
            b'@\0\0\0\0\0\0\0{"attn.0":{"dtype":"F32","shape":[1,2,3],"data_offsets":[0,24]}}'
            b"\0\0\0\0\0\0\x80?\0\0\0@\0\0@@\0\0\x80@\0\0\xa0@",
        )
        fastadam.save_file({}, self.path, {"framework": "pt"})
        self.assertEqual(self.path.read_bytes(), b'(\0\0\0\0\0\0\0{"__metadata__":{"framework":"pt"}}     ')

    def test_round_trips(self):
        tensors = {}
        for dtype in ("bool", "u1", "i1", "i2", "u2", "f2", "i4", "u4", "f4", "c8", "f8", "i8", "u8"):
            for shape in ((2, 3), (), (0, 2), (1, 1, 5)):
                values = np.random.default_rng(len(tensors)).integers(0, 2, shape)
                tensors[f"{dtype} {shape}"] = np.asarray(values, dtype)
        metadata = {"json": '{"a": "\\\\"}', "lines": "1\r\n2\0", "": "", "schräg": "漢字 😀"}
        fastadam.save_file(tensors, self.path, metadata)
        with fastadam.SafeTensors(self.path) as file:
            self.assertEqual(file.metadata, metadata)
            self.assertEqual(set(file), set(tensors))
            for name, array in tensors.items():
                self.assert_bits(file[name], array)
                self.assertTrue(file[name].flags.aligned)
                kept, last = array, file[name]
        for name, array in fastadam.load_file(self.path).items():
            self.assert_bits(array, tensors[name])
        self.assert_bits(last, kept)  # the mapping lives as long as its arrays
        self.assertRaisesRegex(ValueError, "is closed", lambda: file[name])
        self.assertRaisesRegex(KeyError, "has no tensor", lambda: fastadam.SafeTensors(self.path)["none"])
        again = self.folder / "b"
        fastadam.save_file(dict(reversed(list(tensors.items()))), again, metadata)
        self.assertEqual(again.read_bytes(), self.path.read_bytes())

    def test_types_that_numpy_does_not_have(self):
        bits = np.arange(4, dtype=np.uint16)
        tensors = {"numpy": bits, "torch": FakeTensor(bits, "bfloat16"), "codes": bits.astype(np.uint8)}
        fastadam.save_file(tensors, self.path, dtypes={"numpy": "BF16", "codes": "F8_E4M3"})
        file = fastadam.SafeTensors(self.path)
        self.assertEqual(file.dtypes, {"numpy": "BF16", "torch": "BF16", "codes": "F8_E4M3"})
        with mock.patch.dict(sys.modules, {"ml_dtypes": None}):
            self.assert_bits(file["numpy"], bits)
            self.assertEqual(file["codes"].dtype, np.uint8)
        with mock.patch.dict(sys.modules, {"ml_dtypes": types.SimpleNamespace(bfloat16=np.int16)}):
            self.assertEqual(fastadam.load_file(self.path)["torch"].dtype, np.int16)
            self.assertEqual(file["codes"].dtype, np.uint8)

    def test_bad_arguments(self):
        self.path.write_bytes(b"old")
        one = np.ones(2, np.float32)
        for kind, says, tensors, more in (
            (TypeError, "^tensors must be a dict", [one], {}),
            (TypeError, "^tensors must have names of type str, not 1", {1: one}, {}),
            (TypeError, r'^tensors\["a"\] must be a numpy array', {"a": [1.0]}, {}),
            (TypeError, r'^tensors\["a"\] is .*complex128, which a file cannot hold', {"a": one.astype(complex)}, {}),
            (TypeError, r'^tensors\["a"\] is >f4, which a file', {"a": one.astype(">f4")}, {}),
            (TypeError, r'^tensors\["a"\] is object, which a file', {"a": one.astype(object)}, {}),
            (ValueError, r'^tensors\["a"\] is not C-contiguous', {"a": np.ones((2, 2), np.float32)[:, 0]}, {}),
            (ValueError, "^A tensor's name must not be __metadata__", {"__metadata__": one}, {}),
            (ValueError, r'no control characters, as "a\\u000a" has', {"a\n": one}, {}),
            (ValueError, r'valid Unicode, which "\\ud800" is not', {"\ud800": one}, {}),
            (TypeError, "^metadata must be a dict", {}, {"metadata": [1]}),
            (TypeError, r'^metadata\["k"\] must be a str, not int', {}, {"metadata": {"k": 1}}),
            (TypeError, "^metadata must have keys of type str, not 1", {}, {"metadata": {1: "k"}}),
            (ValueError, r'^metadata\["k"\] is no valid Unicode', {}, {"metadata": {"k": "\ud800"}}),
            (ValueError, "^dtypes.'b'. belongs to no tensor", {"a": one}, {"dtypes": {"b": "F32"}}),
            (ValueError, "no type of the format", {"a": one}, {"dtypes": {"a": "F31"}}),
            (ValueError, "F32, have another size", {"a": one}, {"dtypes": {"a": "BF16"}}),
        ):
            with self.subTest(says):
                self.refuses(kind, says, lambda: fastadam.save_file(tensors, self.path, **more))
                self.assert_old()

    def test_places_where_no_file_can_be(self):
        for path, kind, says in (
            (self.folder / "none" / "a", FileNotFoundError, "No such file or directory"),
            (self.folder, IsADirectoryError, "Is a directory"),
            ("/dev/null", OSError, "No ordinary file, and so not to be replaced by one"),
            (self.folder / ("a" * 250), OSError, "File name too long"),  # with what the name beside it has more
        ):
            with self.subTest(path), self.assertRaisesRegex(kind, rf"\] {says}: '{path}'$"):
                fastadam.save_file({}, path)
        self.assertEqual(os.listdir(self.folder), [])

    def test_progress_and_errors_on_the_way(self):
        data = {"a": np.zeros(20 << 20, np.uint8)}
        reports = []
        fastadam.save_file(data, self.path, progress=lambda *x: reports.append(x))
        total = self.path.stat().st_size
        self.assertEqual([total - done for done, _ in reports], [12 << 20, 4 << 20, 0])
        self.assertEqual({x for _, x in reports}, {total})

        self.path.write_bytes(b"old")

        def stop(done, total):
            self.assertEqual(len(os.listdir(self.folder)), 2)
            raise KeyboardInterrupt

        self.assertRaises(KeyboardInterrupt, fastadam.save_file, data, self.path, None, stop)
        self.assert_old()
        for name in ("fsync", "replace"):
            with mock.patch(f"os.{name}", side_effect=OSError(5, "broken")):
                self.assertRaisesRegex(OSError, rf"^\[Errno 5\] broken: '{self.path}'$", fastadam.save_file, data, self.path)
            self.assert_old()
            with mock.patch(f"os.{name}", side_effect=TimeoutError("a signal handler's")):
                self.assertRaisesRegex(TimeoutError, "^a signal handler's$", fastadam.save_file, data, self.path)
            self.assert_old()

    def test_no_room(self):
        self.path.write_bytes(b"old")
        code = (
            "import resource, fastadam, numpy, sys\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
            f"fastadam.save_file({{'a': numpy.zeros(2 << 20, 'u1')}}, {str(self.path)!r})"
        )
        result = self.run_python(code)
        self.assertRegex(result.stderr, rf"\nOSError: \[Errno 27\] File too large: '{self.path}'\n$")
        self.assert_old()

    def test_links_and_permissions(self):
        (self.folder / "other").mkdir()
        file = self.folder / "other" / "file"
        file.write_bytes(b"old")
        file.chmod(0o640)
        (self.folder / "second").symlink_to("other/file")
        self.path.symlink_to("second")
        fastadam.save_file({}, self.path)
        self.assertTrue(self.path.is_symlink())
        self.assertEqual(fastadam.load_file(file), {})
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o640)
        self.assertEqual(os.listdir(file.parent), ["file"])
        plain = self.folder / "plain"
        plain.write_bytes(b"")
        fastadam.save_file({}, self.folder / "new")
        self.assertEqual((self.folder / "new").stat().st_mode, plain.stat().st_mode)

    def test_left_overs(self):
        left = [f".a.safetensors.{x * 16}.fastadam-tmp" for x in "0f"]
        kept = [
            ".a.safetensors.000.fastadam-tmp", ".a.safetensors.0000000000000000.tmp", ".b.safetensors.0000000000000000.fastadam-tmp",
            "a.safetensors.0000000000000000.fastadam-tmp",
        ]  # fmt: skip
        for name in (*left, *kept):
            (self.folder / name).write_bytes(b"")
        import fcntl

        with open(self.folder / left[1], "rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            fastadam.save_file({}, self.path)
            self.assertEqual(set(os.listdir(self.folder)), {*kept, left[1], "a.safetensors"})
        fastadam.save_file({}, self.path)
        self.assertEqual(set(os.listdir(self.folder)), {*kept, "a.safetensors"})

    def test_a_file_that_is_cut_off_later(self):
        fastadam.save_file({"a": np.zeros(10_000, np.uint8)}, self.path)
        real = _safetensors._header.parsed

        def cutting(*arguments):
            os.truncate(self.path, 5000)
            return real(*arguments)

        for read in (fastadam.SafeTensors, fastadam.load_file):
            size = self.path.stat().st_size
            with self.subTest(read), mock.patch.object(_safetensors._header, "parsed", cutting):
                self.assertRaisesRegex(ValueError, "was cut off while", read, self.path)
            fastadam.save_file({"a": np.zeros(10_000, np.uint8)}, self.path)
            self.assertEqual(self.path.stat().st_size, size)

    def test_kills(self):
        chance = random.Random(int(os.environ.get("FASTADAM_TEST_SEED", "1")))
        environment = child_environment(OPENBLAS_NUM_THREADS="1", PYTHONUNBUFFERED=chance.choice(["", "1"]))
        saved, interrupted, kills = -1, 0, 0

        # Twenty kills, and on until one of them came before a file was whole.
        while kills < 20 or (interrupted == 0 and kills < 1000):
            kills += 1
            with subprocess.Popen(
                [sys.executable, "-c", SAVER, str(self.path)], env=environment, stdout=subprocess.PIPE, text=True
            ) as process:
                said = process.stdout.readline()
                time.sleep(chance.random() * 0.03)
                process.kill()
                rest = process.stdout.read()
            lines = whole_lines(said + rest)
            self.assertTrue(lines, f"the process ended after {said!r}, before its first save")
            self.assertEqual(int(lines[0]), saved + 1)
            last = int(lines[-1])
            with fastadam.SafeTensors(self.path) as file:
                saved = int(file["number"])
                self.assertEqual(file.metadata, {"number": str(saved)})
                self.assertEqual(zlib.crc32(file["data"]), file["sum"])
            self.assertIn(saved, (last, last + 1))
            left = len(os.listdir(self.folder)) - 1
            self.assertLessEqual(left, 1)
            interrupted += left
        self.assertGreater(interrupted, 0, f"none of {kills} kills came before a file was whole")

    def test_whole_lines(self):
        for text, lines in (("", []), ("4", []), ("4\n", ["4"]), ("49\n50\n5", ["49", "50"]), ("49\n50\n55", ["49", "50"]), ("1\n2\n", ["1", "2"])):
            self.assertEqual(whole_lines(text), lines, repr(text))

    def test_importing_brings_no_numpy_and_no_torch(self):
        result = self.run_python("import fastadam, sys; print('torch' in sys.modules, 'numpy' in sys.modules)")
        self.assertEqual(result.stdout, "False False\n", result.stderr)

    def test_hugging_faces_library(self):
        """Both read each other's files, where that library is installed."""
        try:
            from safetensors import numpy as theirs
        except ImportError:
            return
        tensors = {"b": np.arange(6, dtype="f4").reshape(2, 3), "a": np.zeros((0, 2), "i8"), "c": np.array(True), "d": np.ones(3, "f4")}
        fastadam.save_file(tensors, self.path, {"k": "v"})
        other = self.folder / "theirs"
        theirs.save_file(tensors, other, {"k": "v"})
        self.assertEqual(self.path.read_bytes(), other.read_bytes())
        for name, array in theirs.load_file(self.path).items():
            self.assert_bits(array, tensors[name])
        for name, array in fastadam.load_file(other).items():
            self.assert_bits(array, tensors[name])


if __name__ == "__main__":
    unittest.main()
