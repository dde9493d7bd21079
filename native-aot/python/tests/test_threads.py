"""Tests of whose threads steps use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import fastadam
from fastadam import _around, _threads
from support import PYTHON, Case, arrays

STAND_IN = PYTHON.parents[1] / "tests" / "FastAdam.Native.Tests" / "c" / "openmp_stand_in.c"

# Steps of every kind, on one thread and on the runtime's, which counts its regions: one for each pass over the arrays.
STEPS = """
import ctypes, sys
import fastadam
import numpy as np
from fastadam import _library

if _library.library.fastadam_openmp_executor() is not None:
    print("numpy has brought a runtime")
    sys.exit()

def refusal(call):
    try:
        call()
    except RuntimeError as error:
        return str(error)

N = 1 << 20
before = np.linspace(-1, 1, N, dtype=np.float32).reshape(-1, 64)
grad = np.sin(np.arange(N, dtype=np.float32)).reshape(-1, 64)
indices = np.arange(len(grad))

def dense(executor, **options):
    param = before.copy()
    optimizer = fastadam.AdamW([param], threads=options.pop("threads", 0))
    optimizer.executor = executor
    optimizer.step([grad], **options)
    return param

def sparse(executor):
    param = before.copy()
    optimizer = fastadam.SparseAdam([param])
    optimizer.executor = executor
    optimizer.step([(indices, grad)])
    return param

def function(executor):
    param, m, v = before.copy(), np.zeros_like(before), np.zeros_like(before)
    fastadam.step(param, grad, m, v, step=1, executor=executor)
    return param

def evaluation(executor):
    param = before.copy()
    optimizer = fastadam.AdamWScheduleFree([param], threads=1)
    optimizer.step([grad])
    optimizer.threads = 0
    optimizer.eval()
    return param

def norms(executor):
    return dense(executor, max_grad_norm=0.5, report=True)

kinds = {dense: 1, norms: 2, sparse: 1, function: 1}
expected = {kind: kind(None) for kind in (*kinds, evaluation)}
message = "has loaded no OpenMP runtime"
assert message in refusal(fastadam.use_openmp), refusal(fastadam.use_openmp)
assert all(message in refusal(lambda: kind("openmp")) for kind in kinds)

runtime = ctypes.CDLL(sys.argv[1])
regions = runtime.stand_in_regions

def check(kind, executor, count, **options):
    start = regions()
    assert kind(executor, **options).tobytes() == expected[kind].tobytes(), kind.__name__
    assert regions() - start == count, (kind.__name__, executor, regions() - start)

for kind, passes in kinds.items():
    check(kind, None, 0)
    check(kind, "openmp", passes)
check(dense, "openmp", 0, threads=1)
fastadam.use_openmp()
for kind, passes in {**kinds, evaluation: 1}.items():
    check(kind, None, passes)
fastadam.use_pool()
for kind in (*kinds, evaluation):
    check(kind, None, 0)
print("done")
"""


class ThreadsTests(Case):
    @unittest.skipUnless(sys.platform == "linux", "runtimes are looked for on Linux only")
    def test_steps_on_the_threads_of_the_runtime(self):
        if shutil.which("cc") is None:
            self.skipTest("no C compiler")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "libgomp-a34b3233.so.1")
            subprocess.run(["cc", "-shared", "-fPIC", "-pthread", STAND_IN, "-o", path], check=True)
            result = self.run_python(f"import sys; sys.argv.append({str(path)!r})\n{STEPS}")
            if result.stdout == "numpy has brought a runtime\n":
                self.skipTest(result.stdout)
            self.assertEqual((result.stderr, result.stdout), ("", "done\n"))

    def test_names(self):
        for name in ("gomp", "pool", 1, b"openmp", ""):
            p, g, m, v = arrays()
            optimizer = fastadam.AdamW([p])
            optimizer.executor = name
            message = f'^executor must be "openmp" or None, not {name!r}'
            self.refuses(ValueError, message, lambda: optimizer.step([g]), p)
            self.refuses(ValueError, message, lambda: fastadam.step(p, g, m, v, step=1, executor=name), p, m, v)
            self.assertEqual(optimizer.steps, (0,))
        self.assertIsNone(fastadam.AdamW([arrays()[0]]).executor)

    def test_the_pool_can_be_asked_for_at_any_time(self):
        self.assertIsNone(fastadam.use_pool())
        p, g, m, v = (x.reshape(-1) for x in arrays((600, 600)))
        expected = [x.copy() for x in (p, m, v)]
        fastadam.step(expected[0], g, expected[1], expected[2], step=1, threads=1)
        fastadam.step(p, g, m, v, step=1)
        for x, y in zip((p, m, v), expected):
            self.assert_bits(x, y)

    def test_options_say_the_executor(self):
        self.assertIsNone(_around.Around.checked(0, 1.0, None, None, False, False).options().executor)
        self.assertIsNone(_threads.executor_address(None))
        options = _around.Around(3, 1.0, None, None, False, False, executor=4096).options()
        self.assertEqual((options.executor, options.executor_context, options.threads), (4096, None, 3))

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_a_child_of_a_process_that_has_stepped_is_told(self):
        code = (
            "import os, fastadam\nfastadam.use_pool()\nfastadam.isa()\npid = os.fork()\nif pid == 0:\n"
            "    try:\n        fastadam.use_pool()\n    except RuntimeError as error:\n"
            "        os._exit(7 if 'before this process was forked' in str(error) else 1)\n    os._exit(2)\n"
            "print(os.waitpid(pid, 0)[1] >> 8)"
        )
        result = self.run_python(code)
        self.assertEqual((result.stderr, result.stdout), ("", "7\n"))


if __name__ == "__main__":
    unittest.main()
