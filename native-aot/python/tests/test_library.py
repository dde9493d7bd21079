"""Tests of finding and loading the library."""

from __future__ import annotations

import math
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from ctypes import byref, c_int64, c_size_t, c_void_p, sizeof
from pathlib import Path

import fastadam
import numpy as np
from fastadam import _hyperparameters, _library, _optimizers
from support import HEADER, Case, arrays, copy_build, copy_package


class LibraryTests(Case):
    def test_version_is_the_headers(self):
        text = HEADER.read_text("utf-8")
        self.assertIn(f'#define FASTADAM_VERSION "{fastadam.__version__}"', text)
        self.assertIn(f"#define FASTADAM_ABI_VERSION {_library.ABI_VERSION}\n", text)

    def test_isa(self):
        self.assertIn(fastadam.isa(), ("avx512", "avx2", "neon", "scalar"))

    def test_groups_have_the_librarys_size_and_defaults(self):
        """The optimizers' defaults are those of the library, which knows them from the same descriptions."""
        for kind in (getattr(fastadam, name) for name in _optimizers.__all__):
            group = _library.Group()
            status = _library.library.fastadam_group_init(byref(group), c_size_t(sizeof(group)), kind.rule.code)
            self.assertEqual(status, 0)
            expected = _library.Group(grad_scale=1, max_grad_value=math.inf)
            _hyperparameters.fill(expected, kind.rule, kind.hyperparameters)
            if kind.__name__ == "AdamW":
                self.assertEqual((expected.flags, expected.weight_decay), (1, 1e-2))
                expected.flags = expected.weight_decay = 0
            self.assertEqual(bytes(group), bytes(expected), kind.__name__)

    def test_the_functions_for_one_type(self):
        for name, dtype in (("f32", np.float32), ("f16", np.float16), ("bf16", "bfloat16")):
            expected, actual = arrays(dtype=dtype), arrays(dtype=dtype)
            fastadam.step(*expected, step=3, dtype="bfloat16")
            group = _library.Group()
            _library.library.fastadam_group_init(byref(group), c_size_t(sizeof(group)), 0)
            function = getattr(_library.library, f"fastadam_adam_{name}")
            addresses = (c_void_p(x.ctypes.data) for x in actual)
            status = function(*addresses, c_size_t(actual[0].size), byref(group), c_int64(3), 0)
            self.assertEqual(status, 0)
            for x, y in zip(actual, expected):
                self.assert_bits(x, y, name)

    def test_status_strings(self):
        error = _library.error(-12)
        self.assertIsInstance(error, fastadam.Error)
        self.assertIsInstance(error, RuntimeError)
        self.assertEqual(error.status, -12)
        self.assertIn(_library.library.fastadam_status_string(-12).decode(), str(error))
        self.assertEqual(pickle.loads(pickle.dumps(error)).status, -12)

    def test_unknown_instruction_set(self):
        code = """if True:
            import fastadam, numpy as np
            arrays = [np.ones(3, np.float32) for _ in range(4)]
            for call in (fastadam.isa, lambda: fastadam.step(*arrays, step=1)):
                try:
                    call()
                except fastadam.Error as error:
                    print(error.status, "FASTADAM_ISA" in str(error))
            print(all((x == 1).all() for x in arrays))
            """
        result = self.run_python(code, FASTADAM_ISA="nonsense")
        self.assertEqual(result.stdout, "-11 True\n-11 True\nTrue\n", result.stderr)

    def test_import_without_numpy(self):
        result = self.run_python("import sys, fastadam; fastadam.isa(); print('numpy' in sys.modules, 'torch' in sys.modules)")
        self.assertEqual(result.stdout, "False False\n", result.stderr)

    def test_library_named_but_absent(self):
        result = self.run_python("import fastadam", FASTADAM_LIBRARY="/nowhere/libfastadam.so")
        self.assertIn("ImportError: FASTADAM_LIBRARY names '/nowhere/libfastadam.so'", result.stderr)

    def test_library_that_is_none(self):
        result = self.run_python("import fastadam", FASTADAM_LIBRARY=str(HEADER))
        self.assertRegex(result.stderr, r"ImportError: .*fastadam\.h cannot be used as the FastAdam library")

    @unittest.skipUnless(sys.platform == "linux", "links with a C compiler's Linux options")
    def test_libraries_that_do_not_fit(self):
        if shutil.which("cc") is None:
            self.skipTest("no C compiler")
        sources = {
            "has ABI version 999; this package needs 2": "int fastadam_abi_version(void) { return 999; }",
            "cannot be used as the FastAdam library.*fastadam_version": "int fastadam_abi_version(void) { return 2; }",
        }
        with tempfile.TemporaryDirectory() as folder:
            for i, (message, source) in enumerate(sources.items()):
                path = Path(folder, f"{i}.so")
                subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", path, "-"], input=source, text=True, check=True)
                result = self.run_python("import fastadam", FASTADAM_LIBRARY=str(path))
                self.assertRegex(result.stderr, "ImportError: .*" + message)

    def test_library_nowhere(self):
        with tempfile.TemporaryDirectory() as folder:
            copy_package(Path(folder, "a"))
            result = self.run_python("import fastadam", FASTADAM_LIBRARY="", PYTHONPATH=str(Path(folder, "a")))
            for part in ("ImportError", str(Path("a", "fastadam", "lib")), str(Path(folder, "dist")), "FASTADAM_LIBRARY"):
                self.assertIn(part, result.stderr)

    def test_path_with_spaces_and_development_build(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder, "with spaces")
            copy_package(root / "python")
            build = root / "dist" / _library._runtime_identifier()
            copy_build(build)
            code = "import fastadam; print(fastadam.isa()); print(fastadam._library.path)"
            result = self.run_python(code, FASTADAM_LIBRARY="", PYTHONPATH=str(root / "python"))
            self.assertEqual(
                result.stdout.splitlines(), [fastadam.isa(), str(build / "lib" / _library._file_name())], result.stderr
            )

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_fork(self):
        code = """if True:
            import os, fastadam
            {}
            child = os.fork()
            if child == 0:
                try:
                    fastadam.isa()
                except RuntimeError as error:
                    os._exit(3 if "forked" in str(error) else 4)
                os._exit(0)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        self.assertEqual(self.run_python(code.format("fastadam.isa()")).stdout, "3\n")
        self.assertEqual(self.run_python(code.format("fastadam.__version__")).stdout, "0\n")

    def test_threads_first_use(self):
        code = """if True:
            import threading, fastadam, numpy as np
            sets = [[np.full(1000, x, np.float32) for x in (1, 2, 0, 0)] for _ in range(16)]
            start = threading.Barrier(16)
            def work(arrays):
                start.wait()
                fastadam.step(*arrays, step=1)
            threads = [threading.Thread(target=work, args=(x,)) for x in sets]
            [x.start() for x in threads]
            [x.join() for x in threads]
            print(len({x[0].tobytes() for x in sets}), sets[0][0][0] < 1)
            """
        result = self.run_python(code)
        self.assertEqual(result.stdout, "1 True\n", result.stderr)


if __name__ == "__main__":
    unittest.main()
