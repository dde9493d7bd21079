"""Tests of ``python -m fastadam``."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

import fastadam
import numpy as np
from fastadam import __main__ as program
from fastadam import _formats, _library, _optimizers
from fastadam._selfcheck import about, check, checks, processors, reference, report, speed
from fastadam._selfcheck.progress import Progress
from support import PATIENCE, Case, child_environment

QUICK = ("--quick", "--elements", "4096")
QUICK_ENOUGH = 515


class Terminal(io.StringIO):
    def isatty(self):
        return True


class SelfCheckTests(Case):
    def run_program(self, *arguments, **environment):
        command = [sys.executable, "-W", "error", "-m", "fastadam", *arguments]
        # Python looks for a module in the working directory first.
        folder = Path(__file__).parent
        return subprocess.run(command, env=child_environment(**environment), cwd=folder, capture_output=True, text=True, timeout=PATIENCE)

    def main(self, *arguments):
        """The exit code and the output, in this process."""
        output = io.StringIO()
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            code = program.main([*arguments])
        return code, output.getvalue()

    def test_text(self):
        result = self.run_program(*QUICK)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertTrue(set("\r\x1b\b").isdisjoint(result.stdout))
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0], f"FastAdam {fastadam.__version__}")
        self.assertIn(f"  library  {_library.path}", lines)
        self.assertRegex(result.stdout, rf"\n  kernels  {fastadam.isa()};")
        self.assertIn("\nChecks, seed 0:\n", result.stdout)
        for name in (*_optimizers.__all__, "SparseAdam"):
            self.assertRegex(result.stdout, rf"\n  ok     {name}: the reference's bits")
        self.assertRegex(result.stdout, r"\n    1 thread: \d+\.\d\d ns an element, \d+\.\d GB/s; numpy \d+\.\d GB/s; ratio \d+\.\d\d\n")
        self.assertEqual(lines[-1], "All checks hold.")

    def test_json(self):
        result = self.run_program(*QUICK, "--json", "--seed", "7")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        found = json.loads(result.stdout)
        self.assertEqual(result.stdout.count("\n"), 1)
        self.assertEqual(
            set(found),
            {"version", "library", "isa", "threads", "python", "numpy", "torch", "formats", "optimizers", "seed", "checks", "speed", "passed"},
        )
        self.assertEqual((found["version"], found["isa"], found["seed"]), (fastadam.__version__, fastadam.isa(), 7))
        self.assertTrue(found["passed"])
        self.assertTrue(all(x["passed"] and x["expected"] is None for x in found["checks"]))
        self.assertEqual([x["threads"] for x in found["speed"]], sorted({1, found["threads"]}))
        for each in found["speed"]:
            self.assertEqual(each["elements"], 4096)
            self.assertGreaterEqual(each["rounds"], 3)
            self.assertAlmostEqual(each["gb_per_s"] * each["ns_per_element"], speed.BYTES_MOVED)
            self.assertAlmostEqual(each["ratio"], each["gb_per_s"] / each["limit_gb_per_s"])

    def test_another_instruction_set(self):
        result = self.run_program(*QUICK, "--json", FASTADAM_ISA="scalar")
        self.assertEqual((result.returncode, json.loads(result.stdout)["isa"]), (0, "scalar"))

    def test_what_cannot_be_used(self):
        result = self.run_program(*QUICK, FASTADAM_ISA="sse9")
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"^FastAdam cannot be used here: FASTADAM_ISA .*\n$")
        with mock.patch("importlib.util.find_spec", return_value=None):
            self.assertEqual(self.main(*QUICK), (1, "The self-check needs numpy, which is not installed.\n"))
        with mock.patch.object(speed.fastadam, "zeros", side_effect=MemoryError("5 bytes could not be allocated.")):
            code, output = self.main(*QUICK)
        self.assertEqual(code, 1)
        self.assertIn("There is no memory for 4,096 elements (5 bytes could not be allocated.); --elements takes fewer.", output)

    def test_arguments(self):
        for arguments, message in (
            (("--elements", "0"), "argument --elements: must be an integer from 1 to 2[*][*]32, not '0'"),
            (("--elements", "many"), "argument --elements: must be an integer .* not 'many'"),
            (("--seed", "-1"), "argument --seed: must be at least 0, not -1"),
            (("--fast",), "unrecognized arguments: --fast"),
        ):
            result = self.run_program(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""))
            self.assertRegex(result.stderr, message)
        self.assertEqual(program._elements("1_000") + program._elements("2,000"), 3000)

    def test_all_optimizers_are_checked(self):
        self.assertEqual(set(checks.OPTIONS), set(_optimizers.__all__), "fastadam/_selfcheck/checks.py has others in OPTIONS.")
        self.assertEqual(set(reference.STEPS), {*checks.OPTIONS, "SparseAdam"}, "fastadam/_selfcheck/reference.py has others in STEPS.")

    def test_all_formats_are_shown(self):
        shown = {x[name] for x in about.FORMATS for name in ("dtype", "state_format", "master") if name in x}
        self.assertEqual(shown, {"float32", "float16", "bfloat16", *_formats._STATE_FORMATS, *_formats._MASTERS})

    def test_every_check_finds_a_wrong_element(self):
        """Each is run with steps that leave the sign of one element wrong, of another one each time."""
        count = 0

        def spoil(array):
            nonlocal count
            count += 1
            if array.size > 0:
                flat = array.reshape(-1).view(f"u{array.dtype.itemsize}")
                flat[count * 7 % flat.size] ^= 1 << (8 * array.dtype.itemsize - 1)

        def spoiling(kind):
            def step(self, *arguments, **options):
                result = kind.step(self, *arguments, **options)
                spoil(self.params[0])
                return result

            return type(kind.__name__, (kind,), {"step": step})

        real = fastadam.step

        def step(*arrays, **options):
            real(*arrays, **options)
            spoil(arrays[0])

        with contextlib.ExitStack() as patches:
            for name in reference.STEPS:
                patches.enter_context(mock.patch.object(fastadam, name, spoiling(getattr(fastadam, name))))
            patches.enter_context(mock.patch.object(fastadam, "step", step))
            for each in checks.all_checks(QUICK_ENOUGH, 0):
                with self.subTest(each.name):
                    self.assertIsNotNone(each.run())

    def test_failed_checks_are_told(self):
        with mock.patch.object(reference, "fma", lambda a, b, c: np.asarray(a * b + c, np.float32)):
            code, output = self.main(*QUICK)
            self.assertEqual(code, 1)
            self.assertRegex(
                output,
                r"  FAILED AdamW: the reference's bits\n"
                r"         expected: AdamW with its defaults, step \d, \w+, element \d+: \S+ \(bits 0x\w+\)\n"
                r"         seen:     \S+ \(bits 0x\w+\); \d+ of \d+ elements differ\n",
            )
            self.assertRegex(output, r"\n\d+ of 24 checks do not hold\.\n$")
            code, output = self.main(*QUICK, "--json")
            self.assertEqual((code, json.loads(output)["passed"]), (1, False))

    def test_without_torch(self):
        with mock.patch("importlib.util.find_spec", return_value=None):
            known = about.facts()
        self.assertIsNone(known["torch"])
        self.assertIn("\n  PyTorch  not installed; fastadam.torch needs it\n", report.facts(known))

    def test_differences(self):
        a = np.zeros(3, np.float32)
        self.assertIsNone(check.difference("x", a, a.copy()))
        self.assertEqual(
            check.difference("x", a, -a), ("x, element 0: 0.0 (bits 0x0)", "-0.0 (bits 0x80000000); 3 of 3 elements differ")
        )
        self.assertEqual(check.difference("x", a, a[:2]), ("x: float32 of shape (3,)", "float32 of shape (2,)"))

    def test_fused_multiply_add(self):
        """Where rounding twice, first to double precision, gives another number than rounding once."""
        f = np.float32
        for a, b, c, expected in (
            (1 + 2**-12, 1 + 2**-12, 2.0**-60, 1 + 2**-11 + 2**-23),  # a little above a tie, which goes to even below
            (1 + 2**-12, 1 + 2**-12, -(2.0**-60), 1 + 2**-11),
            (1 + 2**-12, 1 + 2**-12, 0, 1 + 2**-11),
            (3, 5, -15, 0),
        ):
            self.assertEqual(reference.fma(f(a), f(b), f(c)), f(expected))

    def test_progress(self):
        for stream, expected in ((io.StringIO(), ""), (Terminal(), "\rlong text\rshort    \r     \r")):
            progress = Progress(stream)
            for text in ("long text", "short", ""):
                progress.show(text)
            self.assertEqual(stream.getvalue(), expected)

    def test_processors(self):
        there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        environment = {k: x for k, x in os.environ.items() if k != "DOTNET_PROCESSOR_COUNT"}
        with mock.patch.dict(os.environ, environment, clear=True):
            for quota, expected in (("max 100000", there), ("50000 100000", 1), ("100001 100000", min(2, there)), ("", there)):
                with mock.patch.object(Path, "read_text", return_value=quota):
                    self.assertEqual(processors.count(), expected, quota)
            with mock.patch.object(Path, "read_text", side_effect=OSError):
                self.assertEqual(processors.count(), there)
        with mock.patch.dict(os.environ, {"DOTNET_PROCESSOR_COUNT": "3"}):
            self.assertEqual(processors.count(), 3)


if __name__ == "__main__":
    unittest.main()
