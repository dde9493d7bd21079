"""Tests of the arrays that the library lays out."""

from __future__ import annotations

import gc
import os
import unittest
from unittest import mock

import fastadam
import numpy as np
from fastadam import _library
from support import NAMES, Case, arrays


class ZerosTests(Case):
    def test_shapes_and_dtypes(self):
        shapes = (5, (5,)), ((), ()), ((0, 2), (0, 2)), ([3, 4], (3, 4)), (np.int64(7), (7,)), ((700, 1001), (700, 1001))
        for shape, expected in shapes:
            for dtype in ("float32", np.float16, np.dtype("uint16"), "float64"):
                with self.subTest(shape=shape, dtype=dtype):
                    array = fastadam.zeros(shape, dtype)
                    self.assert_bits(array, np.zeros(expected, dtype))
                    self.assertEqual(array.ctypes.data % 64, 0)
                    self.assertTrue(array.flags.c_contiguous and array.flags.writeable)
                    array[...] = 1
                    self.assertEqual(array.sum(dtype=np.float64), array.size)
        self.assertEqual(fastadam.zeros(3).dtype, np.float32)

    def test_any_number_of_threads(self):
        for threads in (0, 1, 2, 1000):
            self.assertFalse(fastadam.zeros(3 << 20, threads=threads).any())

    def test_addresses_are_staggered(self):
        arrays = [fastadam.zeros(1 << 20) for _ in range(4)]
        self.assertEqual(len({x.ctypes.data % 4096 for x in arrays}), 4)

    def test_memory_is_freed_with_the_last_array_that_refers_to_it(self):
        gc.collect()  # What other tests have left would count.
        freed = []
        with mock.patch.object(_library, "free", freed.append):
            array = fastadam.zeros((4, 5))
            address = array.ctypes.data
            part = array[1:].view(np.uint32)
            del array
            gc.collect()
            self.assertEqual((freed, part.sum()), ([], 0))
            del part
            gc.collect()
            self.assertEqual(freed, [address])
        _library.free(address)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_forked_child_lets_go_of_its_parents(self):
        code = """if True:
            import os, fastadam
            array = fastadam.zeros(3)
            child = os.fork()
            if child == 0:
                array[0] = 1
                del array
                try:
                    fastadam.zeros(3)
                except RuntimeError as error:
                    os._exit(3 if "forked" in str(error) else 4)
                os._exit(5)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), array[0])
            """
        result = self.run_python(code)
        self.assertEqual(result.stdout, "3 0.0\n", result.stderr)

    def test_without_kernels(self):
        code = """if True:
            import fastadam, numpy as np
            for call in (lambda: fastadam.zeros(3), lambda: fastadam.Adam([np.ones(3, np.float32)])):
                try:
                    call()
                except fastadam.Error as error:
                    print(error.status)
            """
        result = self.run_python(code, FASTADAM_ISA="nonsense")
        self.assertEqual(result.stdout, "-11\n-11\n", result.stderr)

    def test_arguments(self):
        for kind, pattern, call in (
            (TypeError, "^shape must be an integer or a tuple of integers, not 'abc'", lambda: fastadam.zeros("abc")),
            (TypeError, "^shape .* not 1.5", lambda: fastadam.zeros(1.5)),
            (TypeError, "^shape .* not None", lambda: fastadam.zeros(None)),
            (TypeError, "^shape .* not ", lambda: fastadam.zeros((2, 2.0))),
            (ValueError, "^shape must not be negative, as -1", lambda: fastadam.zeros(-1)),
            (ValueError, r"^shape must not be negative, as \(-2, -3\)", lambda: fastadam.zeros((-2, -3))),
            (TypeError, "^dtype must not hold Python objects", lambda: fastadam.zeros(3, object)),
            (TypeError, "float33", lambda: fastadam.zeros(3, "float33")),
            (TypeError, "^threads must be an integer, not float", lambda: fastadam.zeros(3, threads=1.0)),
            (ValueError, "^threads must be from 0", lambda: fastadam.zeros(3, threads=-1)),
            (MemoryError, f"^{4 << 60} bytes could not", lambda: fastadam.zeros(1 << 60)),
            (MemoryError, f"^{4 << 100} bytes could not", lambda: fastadam.zeros((1 << 50, 1 << 50))),
        ):
            self.refuses(kind, pattern, call)

    def test_steps_over_such_arrays(self):
        expected, actual = arrays((301, 5)), [fastadam.zeros((301, 5)) for _ in NAMES]
        for x, y in zip(actual, expected):
            x[...] = y
        fastadam.step(*actual, step=4)
        fastadam.step(*expected, step=4)
        for name, x, y in zip(NAMES, actual, expected):
            self.assert_bits(x, y, name)


if __name__ == "__main__":
    unittest.main()
