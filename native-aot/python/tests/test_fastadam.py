"""Tests of the package and of its wheel. They use the library that the package finds."""

from __future__ import annotations

import base64
import copy
import gc
import hashlib
import importlib.util
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
import zipfile
from ctypes import byref, sizeof
from pathlib import Path
from unittest import mock

import fastadam
import numpy as np
from fastadam import _arrays, _library

PYTHON = Path(__file__).resolve().parents[1]
HEADER = PYTHON.parent / "include" / "fastadam.h"
SAMPLE = PYTHON.parent / "samples" / "python" / "digits.py"
NAMES = ("param", "grad", "exp_avg", "exp_avg_sq")


def to_bf16(x: np.ndarray) -> np.ndarray:
    """bfloat16 bits as uint16, rounded to nearest even; for finite values."""
    bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def from_bf16(x: np.ndarray) -> np.ndarray:
    return (x.astype(np.uint32) << 16).view(np.float32)


def fma(a, b, c) -> np.ndarray:
    """Exact product, sum in double: rounds twice, which for the values of these tests gives what rounding once does."""
    a, b, c = (np.asarray(x, np.float64) for x in (a, b, c))
    return (a * b + c).astype(np.float32)


def reference(p, g, m, v, step, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, decoupled=False, maximize=False,
              grad_scale=1.0):
    """src/NUMERICS.md, with numpy, in single precision. Returns p, m, v."""
    f = np.float32
    ss, sq = -f(lr / (1 - betas[0] ** step)), f(np.sqrt(1 - betas[1] ** step))
    w, c, b2 = f(1 - betas[0]), f(1 - betas[1]), f(betas[1])
    if grad_scale != 1:
        g = g / f(grad_scale)
    if maximize:
        g = -g
    if decoupled:
        p = p * f(1 - lr * weight_decay)
    elif weight_decay != 0:
        g = fma(p, f(weight_decay), g)
    m = fma(w, g - m, m) if w < 0.5 else fma(w - 1, g - m, g)
    v = fma(c * g, g, b2 * v)
    p = p + (ss * m) / (np.sqrt(v) / sq + f(eps))
    return p, m, v


def arrays(shape=(5, 7), dtype=np.float32, seed=0):
    """Values of a step in the middle of a training: p, g, m, v."""
    random = np.random.default_rng(seed)
    p, g, m = (random.normal(0, 1, shape) for _ in range(3))
    v = random.uniform(0.01, 1, shape)
    if dtype == "bfloat16":
        return [to_bf16(np.asarray(x, np.float32)) for x in (p, g, m, v)]
    return [np.asarray(x, dtype) for x in (p, g, m, v)]


class Device:
    def __init__(self, name):
        self.type = name.partition(":")[0]
        self.name = name

    def __str__(self):
        return self.name


class Named:
    """Something whose str is the name, as PyTorch's dtypes and layouts are."""

    def __init__(self, name):
        self.name = name

    def __str__(self):
        return self.name


class FakeTensor:
    """The part of a PyTorch tensor that the package uses."""

    def __init__(self, array, dtype="float32", device="cpu", layout="torch.strided"):
        self.array = array
        self.dtype = Named("torch." + dtype)
        self.device = Device(device)
        self.layout = Named(layout)

    @property
    def shape(self):
        return self.array.shape

    def is_contiguous(self):
        return self.array.flags.c_contiguous

    def data_ptr(self):
        return self.array.ctypes.data


class Case(unittest.TestCase):
    def assert_bits(self, actual, expected, what=""):
        self.assertEqual(actual.dtype, expected.dtype, what)
        self.assertEqual(actual.shape, expected.shape, what)
        self.assertEqual(actual.tobytes(), expected.tobytes(), what)

    def refuses(self, kind, pattern, call, *untouched):
        """The call raises, with a message that has the pattern, and leaves the arrays as they were."""
        before = [x.tobytes() for x in untouched]
        with self.assertRaisesRegex(kind, pattern) as caught:
            call()
        self.assertIs(type(caught.exception), kind)
        self.assertEqual([x.tobytes() for x in untouched], before)

    def run_python(self, code, **environment):
        path = os.pathsep.join([str(PYTHON), os.environ.get("PYTHONPATH", "")])
        variables = {**os.environ, "PYTHONPATH": path, "FASTADAM_LIBRARY": _library.path, **environment}
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code], env=variables, capture_output=True, text=True, timeout=60
        )


class LibraryTests(Case):
    def test_version_is_the_headers(self):
        text = HEADER.read_text("utf-8")
        self.assertIn(f'#define FASTADAM_VERSION "{fastadam.__version__}"', text)
        self.assertIn(f"#define FASTADAM_ABI_VERSION {_library.ABI_VERSION}\n", text)

    def test_isa(self):
        self.assertIn(fastadam.isa(), ("avx512", "avx2", "neon", "scalar"))

    def test_options_have_the_librarys_size_and_defaults(self):
        options = _library.Options()
        _library.library.fastadam_options_init(byref(options))
        self.assertEqual(options.struct_size, sizeof(_library.Options))
        self.assertEqual((options.lr, options.beta1, options.beta2, options.eps), (1e-3, 0.9, 0.999, 1e-8))
        self.assertEqual((options.flags, options.weight_decay, options.threads, options.grad_scale), (0, 0, 0, 1))

    def test_the_functions_for_one_type(self):
        for name, dtype in (("f32", np.float32), ("f16", np.float16), ("bf16", "bfloat16")):
            expected, actual = arrays(dtype=dtype), arrays(dtype=dtype)
            fastadam.step(*expected, step=3, dtype="bfloat16")
            options = _library.Options()
            _library.library.fastadam_options_init(byref(options))
            function = getattr(_library.library, f"fastadam_step_{name}")
            status = function(*(x.ctypes.data for x in actual), actual[0].size, byref(options), 3)
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
            "has ABI version 999; this package needs 1": "int fastadam_abi_version(void) { return 999; }",
            "cannot be used as the FastAdam library.*fastadam_version": "int fastadam_abi_version(void) { return 1; }",
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


class StepTests(Case):
    def check(self, step=1, dtype=np.float32, shape=(5, 7), **options):
        actual = arrays(shape, dtype)
        widen = from_bf16 if dtype == "bfloat16" else np.float32
        narrow = to_bf16 if dtype == "bfloat16" else dtype
        names = {"decoupled_weight_decay": "decoupled"}
        expected = reference(*map(widen, actual), step, **{names.get(k, k): x for k, x in options.items()})
        gradients = actual[1].copy()
        result = fastadam.step(*actual, step=step, dtype="bfloat16" if dtype == "bfloat16" else None, **options)
        self.assertIsNone(result)
        self.assert_bits(actual[1], gradients)
        for i, x in zip((0, 2, 3), expected):
            self.assert_bits(actual[i], np.asarray(narrow(x)), NAMES[i])

    def test_defaults(self):
        self.check()

    def test_options(self):
        for options in (
            {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
            {"betas": (0.0, 0.0)},
            {"betas": (0.3, 0.5)},
            {"weight_decay": 0.1},
            {"weight_decay": 0.1, "lr": 0.05, "decoupled_weight_decay": True},
            {"maximize": True},
            {"maximize": True, "weight_decay": 0.5},
            {"grad_scale": 3.0},
            {"lr": np.float32(0.25), "eps": np.float64(1e-4), "betas": [np.float64(0.5), 0.75]},
            {"lr": 1, "weight_decay": 1, "eps": 0, "grad_scale": 2},
        ):
            for step in (1, 2, 1000, 1 << 40):
                with self.subTest(options, step=step):
                    self.check(step, **options)

    def test_types(self):
        for dtype in (np.float16, "bfloat16"):
            with self.subTest(dtype):
                self.check(dtype=dtype)
                self.check(7, dtype, weight_decay=0.1, decoupled_weight_decay=True)

    def test_shapes(self):
        for shape in ((), (1,), (0,), (3, 0, 2), (1, 1, 1), (33,), (2, 3, 4, 5), (100003,)):
            with self.subTest(shape):
                self.check(shape=shape)
                self.check(shape=shape, dtype=np.float16)

    def test_mixed_types(self):
        kinds = [np.float32, np.float16, "bfloat16"]
        for i in range(81):
            combination = [kinds[i // 27], kinds[i // 9 % 3], kinds[i // 3 % 3], kinds[i % 3]]
            actual = [arrays(dtype=kind)[k] for k, kind in enumerate(combination)]
            wide = [from_bf16(x) if x.dtype == np.uint16 else x.astype(np.float32) for x in actual]
            expected = reference(*wide, 5, lr=0.1)
            fastadam.step(*actual, step=5, lr=0.1, dtype="bfloat16")
            for k, x in zip((0, 2, 3), expected):
                narrow = to_bf16(x) if combination[k] == "bfloat16" else x.astype(combination[k])
                self.assert_bits(actual[k], narrow, f"{combination} {NAMES[k]}")

    def test_uint16_as_float16(self):
        expected, actual = arrays(dtype=np.float16), arrays(dtype=np.float16)
        fastadam.step(*expected, step=1)
        fastadam.step(*(x.view(np.uint16) for x in actual), step=1, dtype=np.float16)
        for x, y in zip(actual, expected):
            self.assert_bits(x, y)

    def test_ml_dtypes(self):
        try:
            import ml_dtypes
        except ImportError:
            self.skipTest("ml_dtypes is not installed")
        expected, actual = arrays(dtype="bfloat16"), arrays(dtype="bfloat16")
        fastadam.step(*expected, step=1, dtype="bfloat16")
        fastadam.step(*(x.view(ml_dtypes.bfloat16) for x in actual), step=1)
        for x, y in zip(actual, expected):
            self.assert_bits(x, y)

    def test_a_dtype_named_bfloat16(self):
        """What ml_dtypes' arrays go through from the name of their dtype on, without ml_dtypes."""
        two_bytes = np.dtype("V2")
        with mock.patch.dict(_arrays._numpy_names, {two_bytes: "bfloat16"}):
            expected, actual = arrays(dtype="bfloat16"), [x.view(two_bytes) for x in arrays(dtype="bfloat16")]
            fastadam.step(*expected, step=1, dtype="bfloat16")
            fastadam.step(*actual, step=1)
            for x, y in zip(actual, expected):
                self.assert_bits(x.view(np.uint16), y)
            for moment_dtype, stored in ((None, two_bytes), ("bfloat16", two_bytes), ("float32", np.float32)):
                optimizer = fastadam.Adam(actual[:1], moment_dtype=moment_dtype)
                self.assertEqual(optimizer.exp_avg[0].dtype, stored)
                optimizer.step(actual[1:2])

    def test_subnormal_moments(self):
        for preserve in (False, True):
            p, g, m, v = (np.full(9, x, np.float32) for x in (1, 0, -1e-38, 1e-38))
            fastadam.step(p, g, m, v, step=9, preserve_subnormals=preserve)
            self.assertEqual(bool(m.any()), preserve)
            self.assertEqual(bool(v.any()), preserve)
            self.assertTrue(np.signbit(m).all())

    def test_unaligned_and_subclasses(self):
        expected = arrays()
        unaligned = []
        for x in expected:
            memory = np.empty(x.nbytes + 1, np.uint8)
            y = memory[1:].view(np.float32).reshape(x.shape)
            y[...] = x
            self.assertFalse(y.flags.aligned)
            unaligned.append(y)
        with tempfile.TemporaryDirectory() as folder:
            mapped = np.memmap(Path(folder, "p"), np.float32, "w+", shape=expected[0].shape)
            mapped[...] = expected[0]
            others = [mapped, *(x.copy().view(np.matrix) for x in expected[1:])]
            for actual in (expected, unaligned, others):
                fastadam.step(*actual, step=1)
            for x, y, z in zip(expected, unaligned, others):
                self.assert_bits(np.array(y), x)
                self.assert_bits(np.array(z), x)
            del mapped, others, actual, z

    def test_views_leave_their_surroundings(self):
        whole = [np.full(30, 7, np.float32) for _ in range(4)]
        fastadam.step(*(x[10:20] for x in whole), step=1)
        for i, x in enumerate(whole):
            self.assertTrue((x[:10] == 7).all() and (x[20:] == 7).all())
            self.assertEqual(bool((x[10:20] == 7).all()), i in (1, 2))  # m = g stays m

    def test_lists(self):
        kinds = [((3,), np.float32), ((), np.float32), ((2, 5), np.float16), ((0,), np.float32), ((17,), "bfloat16")]
        expected = [arrays(shape, dtype, i) for i, (shape, dtype) in enumerate(kinds)]
        actual = [arrays(shape, dtype, i) for i, (shape, dtype) in enumerate(kinds)]
        for x in expected:
            fastadam.step(*x, step=2, lr=0.1, dtype="bfloat16")
        p, g, m, v = map(list, zip(*actual))
        fastadam.step(p, tuple(g), m, v, step=2, lr=0.1, dtype="bfloat16")
        for xs, ys in zip(actual, expected):
            for x, y in zip(xs, ys):
                self.assert_bits(x, y)
        fastadam.step([], [], [], [], step=1)

    def test_gradients_may_be_read_only_and_shared(self):
        expected, actual = arrays((6,)), arrays((6,))
        fastadam.step(*expected, step=1)
        actual[1].flags.writeable = False
        p, _, m, v = arrays((6,))
        fastadam.step([actual[0], p], [actual[1], actual[1]], [actual[2], m], [actual[3], v], step=1)
        for x, y, z in zip((actual[0], actual[2], actual[3]), (p, m, v), (expected[0], expected[2], expected[3])):
            self.assert_bits(x, z)
            self.assert_bits(y, z)

    def test_bad_arrays(self):
        swapped = np.float32 if sys.byteorder == "big" else np.dtype(np.float32).newbyteorder("S")
        bad = [
            (TypeError, "must be float32, float16 or bfloat16, not float64", lambda x: x.astype(np.float64)),
            (TypeError, "not int32", lambda x: x.astype(np.int32)),
            (TypeError, "not complex64", lambda x: x.astype(np.complex64)),
            (TypeError, "not object", lambda x: x.astype(object)),
            (TypeError, "not [<>]f4", lambda x: x.astype(swapped)),
            (TypeError, "not void", lambda x: x.view([("a", np.float32)])),
            (TypeError, 'is uint16: dtype="bfloat16" or "float16" must say', lambda x: x.astype(np.uint16)),
            (TypeError, "must be a numpy array or a PyTorch tensor, not NoneType", lambda x: None),
            (TypeError, "must be a numpy array or a PyTorch tensor, not float", lambda x: 1.0),
            (TypeError, "must be a numpy array or a PyTorch tensor, not float32", lambda x: x[0, 0]),
            (TypeError, "must be a numpy array or a PyTorch tensor, not bytes", lambda x: x.tobytes()),
            (TypeError, "device cuda:0", lambda x: FakeTensor(x, device="cuda:0")),
            (TypeError, "device meta", lambda x: FakeTensor(x, device="meta")),
            (TypeError, "layout torch.sparse_coo", lambda x: FakeTensor(x, layout="torch.sparse_coo")),
            (TypeError, "not float64", lambda x: FakeTensor(x, "float64")),
            (TypeError, "is uint16", lambda x: FakeTensor(x, "uint16")),
            (ValueError, "is not contiguous", lambda x: FakeTensor(x.T.copy().T)),
            (ValueError, "is not C-contiguous", lambda x: x.T.copy().T),
            (ValueError, "is not C-contiguous", lambda x: np.repeat(x, 2, axis=1)[:, ::2]),
            (ValueError, "is not C-contiguous", lambda x: x[::-1]),
            (ValueError, "is not C-contiguous", lambda x: np.broadcast_to(x[:1], x.shape)),
        ]
        for i, name in enumerate(NAMES):
            for kind, message, change in bad:
                with self.subTest(name, message=message):
                    good, first, second = arrays(), arrays(seed=1), arrays(seed=2)
                    changed = list(good)
                    changed[i] = change(good[i])
                    if not isinstance(changed[i], bytes):  # as param, they would be a sequence
                        self.refuses(kind, f"^{name} .*{message}", lambda: fastadam.step(*changed, step=1), *good)
                    lists = [list(x) for x in zip(first, second, changed)]
                    call = lambda: fastadam.step(*lists, step=1)  # noqa: E731
                    self.refuses(kind, rf"^{name}\[2\] .*{message}", call, *good, *first, *second)

    def test_read_only(self):
        for i, name in enumerate(NAMES):
            actual = arrays()
            actual[i].flags.writeable = False
            if name == "grad":
                fastadam.step(*actual, step=1)
            else:
                self.refuses(ValueError, f"^{name} is read-only", lambda: fastadam.step(*actual, step=1), *actual)

    def test_shapes_differ(self):
        for i, name in enumerate(NAMES[1:], 1):
            for shape in ((5,), (35,), (7, 5), (5, 7, 1), ()):
                actual = arrays()
                actual[i] = arrays(shape)[i]
                message = rf"^{name} has the shape \({', '.join(map(str, shape))},?\), but param has \(5, 7\)"
                self.refuses(ValueError, message, lambda: fastadam.step(*actual, step=1), *actual)

    def test_lists_differ(self):
        p, g, m, v = ([x] for x in arrays())
        step = fastadam.step
        self.refuses(ValueError, "^exp_avg has 2 arrays, but param has 1", lambda: step(p, g, m * 2, v, step=1), p[0])
        self.refuses(ValueError, "^grad has 0 arrays", lambda: step(p, [], m, v, step=1), p[0])
        self.refuses(TypeError, "^grad must be a list, as param is, not ndarray", lambda: step(p, g[0], m, v, step=1), p[0])
        self.refuses(TypeError, "^grad must be a list, as param is, not generator", lambda: step(p, (x for x in g), m, v, step=1),
                     p[0])
        self.refuses(TypeError, "^grad must be a numpy array", lambda: step(p[0], g, m[0], v[0], step=1), p[0])
        self.refuses(TypeError, "^param must be a numpy array", lambda: step((x for x in p), g, m, v, step=1), p[0])
        self.refuses(TypeError, r"^grad\[0\] must be a numpy array .* not NoneType", lambda: step(p, [None], m, v, step=1), p[0])

    def test_overlaps(self):
        for i in range(4):
            for k in range(4):
                if i == k:
                    continue
                memory = np.ones(19, np.float32)
                actual = arrays((10,))
                actual[i], actual[k] = memory[:10], memory[9:]
                names = f"^({NAMES[i]} overlaps {NAMES[k]}|{NAMES[k]} overlaps {NAMES[i]})"
                self.refuses(ValueError, names, lambda: fastadam.step(*actual, step=1), *actual)
                actual[k] = memory[:10]
                self.refuses(ValueError, names, lambda: fastadam.step(*actual, step=1), *actual)
                first = arrays((10,))
                second = arrays((10,))
                first[i], second[k] = memory[:10], memory[9:]
                lists = [list(x) for x in zip(first, second)]
                names = rf"{NAMES[k]}\[1\] overlaps {NAMES[i]}\[0\]"
                self.refuses(ValueError, names, lambda: fastadam.step(*lists, step=1), *first, *second)
        memory = np.ones(40, np.float32)
        fastadam.step(*(memory[i : i + 10] for i in (0, 10, 20, 30)), step=1)  # adjacent is apart

    def test_empty_arrays_overlap_nothing(self):
        memory = np.ones(10, np.float32)
        empty = memory[5:5]
        fastadam.step(empty, empty, empty, empty, step=1)
        p, g, m, v = arrays((3,))
        fastadam.step([p, p[1:1]], [g, p[1:1]], [m, p[1:1]], [v, p[1:1]], step=1)

    def test_bad_hyperparameters(self):
        nan, inf = float("nan"), float("inf")
        bad = {
            "lr": (-1e-3, nan, inf, 1e39, 10**400),
            "eps": (-1e-8, nan, inf, 1e39),
            "weight_decay": (-1, nan, inf, 1e39),
            "grad_scale": (0, -1, nan, inf, 1e39, 1e-60),
        }
        actual = arrays()
        for name, values in bad.items():
            for value in values:
                message = rf"^{name} must be .*, not {re.escape(repr(value if value == 10**400 else float(value)))}"
                self.refuses(ValueError, message, lambda: fastadam.step(*actual, step=1, **{name: value}), *actual)
            for value in ("0.1", b"1", None, [1], 1j):
                message = f"^{name} must be a number, not {type(value).__name__}"
                self.refuses(TypeError, message, lambda: fastadam.step(*actual, step=1, **{name: value}), *actual)
        for value in (-0.1, 1, 1.5, nan):
            for i, betas in enumerate(((value, 0.9), (0.9, value))):
                message = rf"^betas\[{i}\] must be at least 0 and below 1, not {float(value)!r}"
                self.refuses(ValueError, message, lambda: fastadam.step(*actual, step=1, betas=betas), *actual)
        self.refuses(ValueError, "^betas must be a pair", lambda: fastadam.step(*actual, step=1, betas=(0.9,)), *actual)
        self.refuses(TypeError, "^betas must be a pair", lambda: fastadam.step(*actual, step=1, betas=0.9), *actual)
        self.refuses(TypeError, r"^betas\[1\] must be a number", lambda: fastadam.step(*actual, step=1, betas=(0.9, "")), *actual)

    def test_hyperparameters_that_do_not_go_together(self):
        actual = arrays()
        self.refuses(ValueError, r"^lr = 1e\+38 divided by 1 - betas\[0\]\*\*1",
                     lambda: fastadam.step(*actual, step=1, lr=1e38), *actual)
        self.refuses(ValueError, r"^weight_decay = 1e\+30 times lr = 1e\+30",
                     lambda: fastadam.step(*actual, step=100, lr=1e30, weight_decay=1e30, decoupled_weight_decay=True), *actual)

    def test_bad_steps_and_threads(self):
        actual = arrays()
        for step in (0, -1, 1 << 63, -(1 << 70)):
            self.refuses(ValueError, f"^step must be from 1 .*, not {step}", lambda: fastadam.step(*actual, step=step), *actual)
        for step in (1.0, "1", None):
            self.refuses(TypeError, "^step must be an integer", lambda: fastadam.step(*actual, step=step), *actual)
        for threads in (-1, 1 << 31, 1 << 32):
            self.refuses(ValueError, "^threads must be from 0", lambda: fastadam.step(*actual, step=1, threads=threads), *actual)
        self.refuses(TypeError, "^threads must be", lambda: fastadam.step(*actual, step=1, threads=1.5), *actual)
        fastadam.step(*actual, step=np.int32(3), threads=np.int64(4))

    def test_bad_dtype(self):
        actual = arrays()
        self.refuses(ValueError, "^dtype says what uint16 arrays hold", lambda: fastadam.step(*actual, step=1, dtype="float32"))
        for dtype in ("float64", "bf16", np.int16, 3):
            self.refuses(ValueError, "^dtype must be", lambda: fastadam.step(*actual, step=1, dtype=dtype), *actual)


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


class TorchTests(Case):
    """With an object that has a tensor's methods."""

    def test_step(self):
        for name, dtype in (("float32", np.float32), ("float16", np.float16), ("bfloat16", "bfloat16")):
            expected, actual = arrays(dtype=dtype), arrays(dtype=dtype)
            fastadam.step(*expected, step=1, dtype="bfloat16")
            fastadam.step(*(FakeTensor(x, name) for x in actual), step=1)
            for x, y in zip(actual, expected):
                self.assert_bits(x, y, name)

    def test_lists_with_numpy_arrays(self):
        expected, actual = arrays(), arrays()
        fastadam.step(*expected, step=1)
        p, g, m, v = actual
        fastadam.step([FakeTensor(p)], [g], [m], [FakeTensor(v)], step=1)
        for x, y in zip(actual, expected):
            self.assert_bits(x, y)

    def test_overlap(self):
        p, g, m, v = arrays()
        self.refuses(ValueError, "overlaps", lambda: fastadam.step(p, g, m, FakeTensor(m), step=1), p, g, m, v)

    def test_optimizer(self):
        for name, dtype, moments in (("float32", np.float32, np.float32), ("bfloat16", "bfloat16", np.uint16)):
            p, g, m, v = arrays(dtype=dtype)
            m[...] = 0
            v[...] = 0
            actual = FakeTensor(p.copy(), name)
            optimizer = fastadam.Adam([actual])
            self.assertEqual(optimizer.exp_avg[0].dtype, moments)
            for step in (1, 2):
                fastadam.step(p, g, m, v, step=step, dtype="bfloat16")
                optimizer.step([FakeTensor(g, name)])
            self.assert_bits(actual.array, p)
            self.assert_bits(optimizer.exp_avg_sq[0], v)

    def test_state_with_tensors(self):
        """PyTorch's state_dict: tensors, and the step as a float."""
        p, g, m, v = arrays()
        state = {
            "state": {0: {"step": np.float32(4), "exp_avg": FakeTensor(m.copy()), "exp_avg_sq": FakeTensor(v.copy())}},
            "param_groups": [
                {"lr": 0.1, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False, "maximize": False,
                 "foreach": None, "capturable": False, "differentiable": False, "fused": True, "params": [0]}
            ],
        }
        actual = p.copy()
        optimizer = fastadam.Adam([actual])
        optimizer.load_state_dict(state)
        optimizer.step([g])
        fastadam.step(p, g, m, v, step=5, lr=0.1)
        self.assert_bits(actual, p)
        self.assertEqual(optimizer.steps, (5,))


class OptimizerTests(Case):
    def params(self):
        return [arrays((4, 3), seed=1)[0], arrays((), seed=2)[0], arrays((0, 2), seed=3)[0]]

    def grads(self, seed):
        return [arrays(x.shape, seed=seed + i)[1] for i, x in enumerate(self.params())]

    def test_same_as_steps(self):
        for kind, options, same in (
            (fastadam.Adam, {}, {}),
            (fastadam.Adam, {"weight_decay": 0.1, "maximize": True}, {"weight_decay": 0.1, "maximize": True}),
            (fastadam.Adam, {"decoupled_weight_decay": True, "weight_decay": 0.1, "preserve_subnormals": True, "threads": 1},
             {"decoupled_weight_decay": True, "weight_decay": 0.1, "preserve_subnormals": True}),
            (fastadam.AdamW, {}, {"decoupled_weight_decay": True, "weight_decay": 1e-2}),
            (fastadam.AdamW, {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3, "weight_decay": 0.5},
             {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3, "decoupled_weight_decay": True, "weight_decay": 0.5}),
        ):
            actual, expected = self.params(), self.params()
            m, v = [np.zeros_like(x) for x in expected], [np.zeros_like(x) for x in expected]
            optimizer = kind(actual, **options)
            for step in range(1, 6):
                optimizer.step(self.grads(step), grad_scale=4.0)
                fastadam.step(expected, self.grads(step), m, v, step=step, grad_scale=4.0, **same)
            for x, y in zip((*actual, *optimizer.exp_avg, *optimizer.exp_avg_sq), (*expected, *m, *v)):
                self.assert_bits(x, y)
            self.assertEqual(optimizer.steps, (5, 5, 5))
            self.assertTrue(all(x is y for x, y in zip(actual, optimizer.params)))

    def test_moments_are_staggered_arrays_of_the_library(self):
        optimizer = fastadam.AdamW([np.zeros(2000, np.float32) for _ in range(3)], threads=2)
        for m, v in zip(optimizer.exp_avg, optimizer.exp_avg_sq):
            self.assertEqual((m.ctypes.data % 64, v.ctypes.data % 64), (0, 0))
            self.assertEqual((v.ctypes.data - m.ctypes.data) % 4096, 15 * 64)

    def test_positional_arguments_are_pytorchs(self):
        for kind, decoupled in ((fastadam.Adam, False), (fastadam.AdamW, True)):
            optimizer = kind([np.zeros(2, np.float32)], 0.1, (0.5, 0.6), 1e-3, 0.2)
            self.assertEqual((optimizer.lr, optimizer.betas, optimizer.eps, optimizer.weight_decay), (0.1, (0.5, 0.6), 1e-3, 0.2))
            self.assertEqual(optimizer.decoupled_weight_decay, decoupled)
            self.assertIn("lr=0.1", repr(optimizer))

    def test_learning_rate_schedule(self):
        p, g, m, v = arrays()
        m[...] = 0
        v[...] = 0
        actual = p.copy()
        optimizer = fastadam.Adam([actual])
        for step, lr in enumerate((0.1, 0.01, 0), 1):
            optimizer.lr = lr
            optimizer.step([g])
            fastadam.step(p, g, m, v, step=step, lr=lr)
        self.assert_bits(actual, p)
        optimizer.lr = -1
        self.refuses(ValueError, "^lr must be", lambda: optimizer.step([g]), actual)
        self.assertEqual(optimizer.steps, (3,))

    def test_none_gradients(self):
        actual, expected = self.params(), self.params()
        m, v = [np.zeros_like(x) for x in expected], [np.zeros_like(x) for x in expected]
        optimizer = fastadam.AdamW(actual, lr=0.1)
        present = [(True, False, True), (False, False, False), (True, True, False), (True, True, True)]
        counts = [0, 0, 0]
        for step, flags in enumerate(present):
            grads = self.grads(step)
            optimizer.step([g if flag else None for g, flag in zip(grads, flags)])
            for i, flag in enumerate(flags):
                if flag:
                    counts[i] += 1
                    fastadam.step(expected[i], grads[i], m[i], v[i], step=counts[i], lr=0.1, weight_decay=1e-2,
                                  decoupled_weight_decay=True)
        self.assertEqual(optimizer.steps, tuple(counts))
        for x, y in zip((*actual, *optimizer.exp_avg, *optimizer.exp_avg_sq), (*expected, *m, *v)):
            self.assert_bits(x, y)

    def test_moment_types(self):
        cases = [
            (np.float32, None, None, np.float32),
            (np.float16, None, None, np.float16),
            (np.float16, None, "float32", np.float32),
            (np.float16, None, np.float32, np.float32),
            (np.float32, None, "bfloat16", np.uint16),
            (np.float32, None, np.dtype(np.float16), np.float16),
            ("bfloat16", "bfloat16", None, np.uint16),
            ("bfloat16", "bfloat16", "float32", np.float32),
            ("bfloat16", "bfloat16", "float16", np.float16),
        ]
        for dtype, uint16, moment, stored in cases:
            with self.subTest(dtype=dtype, moment=moment):
                p, g, _, _ = arrays(dtype=dtype)
                actual = p.copy()
                m, v = np.zeros(p.shape, stored), np.zeros(p.shape, stored)
                optimizer = fastadam.Adam([actual], dtype=uint16, moment_dtype=moment)
                for step in (1, 2, 3):
                    optimizer.step([g])
                    fastadam.step(p, g, m, v, step=step, dtype="bfloat16")
                self.assert_bits(actual, p)
                self.assert_bits(optimizer.exp_avg[0], m)
                self.assert_bits(optimizer.exp_avg_sq[0], v)

    def test_moments_of_another_type_than_uint16_parameters(self):
        """uint16 parameters that are float16, and uint16 moments that are bfloat16."""
        p, g, _, _ = arrays(dtype=np.float16)
        expected, actual = p.copy(), p.copy()
        m, v = np.zeros(p.shape, np.uint16), np.zeros(p.shape, np.uint16)
        optimizer = fastadam.Adam([actual.view(np.uint16)], dtype="float16", moment_dtype="bfloat16")
        optimizer.step([g.view(np.uint16)])
        fastadam.step(expected, g, m, v, step=1, dtype="bfloat16")
        self.assert_bits(actual, expected)
        self.assert_bits(optimizer.exp_avg[0], m)

    def test_bad_construction(self):
        p = np.zeros(4, np.float32)
        make = fastadam.Adam
        self.refuses(TypeError, "^params must be a list of arrays, not an array", lambda: make(p))
        self.refuses(TypeError, "^params must be a list of arrays, not int", lambda: make(3))
        self.refuses(TypeError, r"^params\[1\] must be", lambda: make([p, 1.0]))
        self.refuses(TypeError, r"^params\[0\] is uint16", lambda: make([np.zeros(4, np.uint16)]))
        self.refuses(ValueError, r"^params\[1\] overlaps params\[0\]", lambda: make([p, p]))
        self.refuses(ValueError, r"^params\[0\] is not C-contiguous", lambda: make([p[::2]]))
        self.refuses(ValueError, "^lr must", lambda: make([p], lr=-1))
        self.refuses(ValueError, "^threads must", lambda: make([p], threads=-1))
        self.refuses(ValueError, "^moment_dtype must", lambda: make([p], moment_dtype="float64"))
        self.refuses(ValueError, "^dtype ", lambda: make([p], dtype="float32"))
        read_only = np.zeros(4, np.float32)
        read_only.flags.writeable = False
        self.refuses(ValueError, r"^params\[0\] is read-only", lambda: make([read_only]))
        self.assertEqual(make(x for x in [p]).steps, (0,))
        make([]).step([])

    def test_bad_steps(self):
        params = [np.ones(4, np.float32), np.ones(4, np.float32)]
        optimizer = fastadam.Adam(params)
        g = np.ones(4, np.float32)
        optimizer.step([g, None])  # from here on, a step takes two calls of the library
        everything = [*params, *optimizer.exp_avg, *optimizer.exp_avg_sq]
        for kind, message, grads in (
            (TypeError, "^grads must be a list of arrays, not ndarray", g),
            (TypeError, "^grads must be a list of arrays, not NoneType", None),
            (TypeError, "^grads must be a list of arrays, not generator", (x for x in [g, g])),
            (ValueError, "^grads has 1 arrays, but there are 2", [g]),
            (TypeError, r"^grads\[1\] must be float32", [g, np.ones(4)]),
            (ValueError, r"^grads\[1\] has the shape \(3,\), but params\[1\] has \(4,\)", [g, g[:3]]),
            (ValueError, r"grads\[1\]", [g, params[0]]),
            (ValueError, r"grads\[0\]", [params[1], g]),
            (ValueError, r"grads\[0\]", [optimizer.exp_avg[0], None]),
        ):
            with self.subTest(message):
                self.refuses(kind, message, lambda: optimizer.step(grads), *everything)
                self.assertEqual(optimizer.steps, (1, 0))
        self.refuses(ValueError, "^grad_scale must", lambda: optimizer.step([g, g], grad_scale=0), *everything)
        optimizer.lr = 5e37  # too large for step 1, not for step 2
        self.refuses(ValueError, r"^lr = 5e\+37 divided by 1 - betas\[0\]\*\*1,", lambda: optimizer.step([g, g]), *everything)
        self.assertEqual(optimizer.steps, (1, 0))
        optimizer.lr = 1e-3
        optimizer.step([g, g])  # one gradient for both is fine
        self.assertEqual(optimizer.steps, (2, 1))

    def test_a_parameter_that_changed_its_shape(self):
        tensor = FakeTensor(np.ones(4, np.float32))
        optimizer = fastadam.Adam([tensor])
        tensor.array = np.ones(5, np.float32)
        self.refuses(ValueError, r"^exp_avg\[0\] has the shape \(4,\), but params\[0\] has \(5,\)",
                     lambda: optimizer.step([np.ones(5, np.float32)]), tensor.array)

    def test_state_round_trip(self):
        for kind, options in ((fastadam.Adam, {"lr": 0.01}), (fastadam.AdamW, {"maximize": True, "moment_dtype": "bfloat16"})):
            params = self.params()
            optimizer = kind(params, **options)
            optimizer.step(self.grads(1))
            optimizer.step([*self.grads(2)[:1], None, None])
            optimizer.lr = 0.125
            for copied in (copy.deepcopy(optimizer), pickle.loads(pickle.dumps(optimizer))):
                before = [x.copy() for x in (*optimizer.exp_avg, *optimizer.exp_avg_sq, *params)]
                copied.step(self.grads(5))
                for x, y in zip(before, (*optimizer.exp_avg, *optimizer.exp_avg_sq, *params)):
                    self.assertEqual(x.tobytes(), y.tobytes())
                self.assertNotEqual(copied.exp_avg[0].tobytes(), optimizer.exp_avg[0].tobytes())
            saved = pickle.loads(pickle.dumps(optimizer.state_dict()))
            copies = [x.copy() for x in params]
            restored = kind(copies, **options)
            own = restored.exp_avg
            restored.load_state_dict(saved)
            self.assertTrue(all(x is y for x, y in zip(own, restored.exp_avg)))
            self.assertEqual((restored.lr, restored.steps, restored.maximize), (0.125, (2, 1, 1), optimizer.maximize))
            for seed in (3, 4):
                optimizer.step(self.grads(seed))
                restored.step(self.grads(seed))
            for x, y in zip((params, optimizer.exp_avg, optimizer.exp_avg_sq), (copies, restored.exp_avg, restored.exp_avg_sq)):
                for i in range(3):
                    self.assert_bits(x[i], y[i])
            optimizer.load_state_dict(optimizer.state_dict())

    def test_state_layout(self):
        optimizer = fastadam.AdamW(self.params())
        group = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2, "amsgrad": False, "maximize": False,
                 "decoupled_weight_decay": True, "params": [0, 1, 2]}
        self.assertEqual(optimizer.state_dict(), {"state": {}, "param_groups": [group]})
        optimizer.step([None, self.grads(0)[1], None])
        state = optimizer.state_dict()["state"]
        self.assertEqual(list(state), [1])
        self.assertEqual(state[1]["step"], 1)
        self.assertIs(state[1]["exp_avg"], optimizer.exp_avg[1])
        self.assertIs(state[1]["exp_avg_sq"], optimizer.exp_avg_sq[1])

    def test_loading_an_early_state_starts_again(self):
        params = self.params()
        optimizer = fastadam.Adam(params)
        early = optimizer.state_dict()
        optimizer.step(self.grads(0))
        optimizer.load_state_dict(early)
        self.assertEqual(optimizer.steps, (0, 0, 0))
        self.assertFalse(any(x.any() for x in (*optimizer.exp_avg, *optimizer.exp_avg_sq)))

    def test_bad_states(self):
        optimizer = fastadam.Adam(self.params())
        optimizer.step(self.grads(0))
        everything = [*optimizer.params, *optimizer.exp_avg, *optimizer.exp_avg_sq]

        def change(path, value):
            state = pickle.loads(pickle.dumps(optimizer.state_dict()))
            state["state"][0]["exp_avg"][...] = 99  # would show if it were copied
            state["param_groups"][0]["lr"] = 0.5
            place = state
            for key in path[:-1]:
                place = place[key]
            if value is KeyError:
                del place[path[-1]]
            else:
                place[path[-1]] = value
            return state

        moment = np.zeros((4, 3), np.float32)
        group = optimizer.state_dict()["param_groups"][0]
        last = ("state", 2)
        for kind, message, path, value in (
            (ValueError, "^param_groups has 2 groups", ("param_groups",), [group, group]),
            (ValueError, r"^param_groups\[0\]\['params'\] has 2", ("param_groups", 0, "params"), [0, 1]),
            (ValueError, "amsgrad", ("param_groups", 0, "amsgrad"), True),
            (ValueError, "decoupled_weight_decay", ("param_groups", 0, "decoupled_weight_decay"), True),
            (ValueError, "^lr must", ("param_groups", 0, "lr"), -1),
            (TypeError, "^eps must", ("param_groups", 0, "eps"), None),
            (ValueError, r"^betas\[1\] must", ("param_groups", 0, "betas"), [0.9, 1]),
            (KeyError, "weight_decay", ("param_groups", 0, "weight_decay"), KeyError),
            (KeyError, "state", ("state",), KeyError),
            (KeyError, "exp_avg_sq", (*last, "exp_avg_sq"), KeyError),
            (ValueError, r"^state\[3\] belongs to no parameter", ("state", 3), {}),
            (ValueError, r"^state\[2\]\['step'\] must be an integer from 1", (*last, "step"), 0),
            (ValueError, r"^state\[2\]\['step'\] must be an integer from 1", (*last, "step"), 1.5),
            (TypeError, r"^state\[2\]\['step'\] must be an integer", (*last, "step"), None),
            (TypeError, r"^state\[2\]\['step'\] must be an integer", (*last, "step"), float("nan")),
            (TypeError, r"^state\[2\]\['step'\] must be an integer", (*last, "step"), "1"),
            (ValueError, r"^state\[2\]\['exp_avg'\] has the shape", (*last, "exp_avg"), moment),
            (ValueError, r"^state\[0\]\['exp_avg'\] is not C-cont", ("state", 0, "exp_avg"), moment.T.copy().T),
            (TypeError, r"^state\[0\]\['exp_avg_sq'\] must be float32", ("state", 0, "exp_avg_sq"), moment.astype(float)),
            (TypeError, r"^state\[0\]\['exp_avg'\] has another dtype", ("state", 0, "exp_avg"), moment.astype(np.float16)),
            (TypeError, r"^state\[0\]\['exp_avg'\] must be a numpy array", ("state", 0, "exp_avg"), moment.tolist()),
        ):
            with self.subTest(path=path, value=value):
                state = change(path, value)
                self.refuses(kind, message, lambda: optimizer.load_state_dict(state), *everything)
                self.assertEqual((optimizer.lr, optimizer.steps), (1e-3, (1, 1, 1)))
        optimizer.load_state_dict(change(("param_groups", 0, "decoupled_weight_decay"), KeyError))
        self.assertEqual((optimizer.lr, float(optimizer.exp_avg[0][0, 0])), (0.5, 99))

    def test_results_do_not_depend_on_the_number_of_threads(self):
        def stepped(threads, count):
            # Together more than what one thread does alone.
            size = 1_000_000 // count
            arrays = [[np.linspace(1e-3, 1 + i + j, size, dtype=np.float32) for j in range(count)] for i in range(4)]
            fastadam.step(*arrays, step=3, weight_decay=0.1, threads=threads)
            return b"".join(array.tobytes() for arrays_of_kind in arrays for array in arrays_of_kind)

        for count in (1, 7, 1000):
            expected = stepped(1, count)
            for threads in (0, 2, 3):
                with self.subTest(count=count, threads=threads):
                    self.assertEqual(stepped(threads, count), expected)

    def test_threads_of_the_caller(self):
        sets = [arrays((20000,)) for _ in range(8)]
        threads = [
            threading.Thread(target=lambda x=x: [fastadam.step(*x, step=t) for t in range(1, 20)]) for x in sets
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for x in sets[1:]:
            self.assert_bits(x[0], sets[0][0])


def copy_package(folder: Path) -> None:
    """The package alone, without a library."""
    shutil.copytree(PYTHON / "fastadam", folder / "fastadam", ignore=shutil.ignore_patterns("lib", "__pycache__"))


def copy_build(folder: Path) -> None:
    """A build's layout around the library under test, with versioned symlinks."""
    source = Path(_library.path).resolve()
    (folder / "include").mkdir(parents=True)
    (folder / "lib").mkdir()
    shutil.copy(HEADER, folder / "include")
    name = _library._file_name()
    if sys.platform == "win32":
        shutil.copy(source, folder / "lib" / name)
    else:
        shutil.copy(source, folder / "lib" / (name + ".0.1.0"))
        (folder / "lib" / (name + ".1")).symlink_to(name + ".0.1.0")
        (folder / "lib" / name).symlink_to(name + ".1")
    stem, extension = os.path.splitext(name)
    for sibling in source.parent.glob(f"{stem}-*{extension}"):
        shutil.copy(sibling, folder / "lib")


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
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return Path(printed.strip())

    def test_contents(self):
        wheel = self.make(self.folder / "a")
        with zipfile.ZipFile(wheel) as file:
            names = file.namelist()
            self.assertEqual(len(names), len(set(names)))
            libraries = sorted(x for x in names if x.startswith("fastadam/lib/"))
            stem, extension = os.path.splitext(_library._file_name())
            expected = [x.name for x in (self.dist / "lib").glob(f"{stem}*{extension}")]
            self.assertEqual(libraries, sorted(f"fastadam/lib/{x}" for x in expected))
            self.assertEqual(file.read(f"fastadam/lib/{_library._file_name()}"), Path(_library.path).read_bytes())
            self.assertTrue({"fastadam/__init__.py", "fastadam/py.typed"} <= set(names))

            info = f"fastadam-{fastadam.__version__}.dist-info"
            metadata = file.read(f"{info}/METADATA").decode("utf-8")
            for line in ("Name: fastadam", f"Version: {fastadam.__version__}", "License: MIT", "Requires-Python: >=3.9"):
                self.assertIn(line + "\n", metadata)
            self.assertIn((PYTHON / "README.md").read_text("utf-8"), metadata)
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
            ("linux-arm64", ["libfastadam.so", "libfastadam-neon.so"], "linux_aarch64"),
            ("linux-x64", ["libfastadam.so", *(f"libfastadam-{x}.so" for x in ("avx2", "avx512", "baseline"))], "linux_x86_64"),
            ("win-x64", ["fastadam.dll", *(f"libfastadam-{x}.dll" for x in ("avx2", "avx512", "baseline"))], "win_amd64"),
            ("osx-arm64", ["libfastadam.dylib", "libfastadam-neon.dylib"], "macosx_11_0_arm64"),
            ("osx-x64", ["libfastadam.dylib", *(f"libfastadam-{x}.dylib" for x in ("avx2", "avx512", "baseline"))], "macosx_10_13_x86_64"),
        ):
            shutil.rmtree(self.dist / "lib")
            (self.dist / "lib").mkdir()
            for name in names:
                (self.dist / "lib" / name).write_bytes(name.encode())
            wheel = self.make(self.folder / "out", rid)
            self.assertEqual(wheel.name, f"fastadam-{fastadam.__version__}-py3-none-{platform}.whl")
            with zipfile.ZipFile(wheel) as file:
                self.assertEqual(sorted(x for x in file.namelist() if "/lib/" in x), sorted(f"fastadam/lib/{x}" for x in names))

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
        pip = [sys.executable, "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check", "-q"]
        subprocess.run([*pip, "--target", target, wheel], check=True, capture_output=True, timeout=120)
        code = "import fastadam; print(fastadam.__version__, fastadam.isa(), fastadam._library.path)"
        environment = {k: x for k, x in os.environ.items() if k != "FASTADAM_LIBRARY"}
        environment["PYTHONPATH"] = str(target)
        result = subprocess.run([sys.executable, "-c", code], env=environment, cwd=self.folder, capture_output=True, text=True)
        library = target / "fastadam" / "lib" / _library._file_name()
        self.assertEqual(result.stdout, f"{fastadam.__version__} {fastadam.isa()} {library}\n", result.stderr)


class DocumentTests(Case):
    def run_file(self, *arguments):
        path = os.pathsep.join([str(PYTHON), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path, "FASTADAM_LIBRARY": _library.path}
        return subprocess.run(
            [sys.executable, "-W", "error", *arguments], env=environment, capture_output=True, text=True, timeout=120
        )

    def test_readme_example(self):
        blocks = re.findall(r"```python\n(.*?)```", (PYTHON / "README.md").read_text("utf-8"), re.DOTALL)
        self.assertEqual(len(blocks), 1)
        result = self.run_file("-c", blocks[0])
        self.assertEqual(result.stdout, f"3.00 -1.00 on {fastadam.isa()}\n", result.stderr)

    def test_sample(self):
        result = self.run_file(SAMPLE)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"^test accuracy 0\.9\d+ after 30 epochs, on \w+\n$")


if __name__ == "__main__":
    unittest.main()
