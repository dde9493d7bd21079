"""Tests of steps over arrays whose moments the caller keeps."""

from __future__ import annotations

import re
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

import fastadam
import numpy as np
from fastadam import _arrays
from support import NAMES, Case, FakeTensor, arrays, from_bf16, reference, to_bf16


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

    def test_masked_arrays(self):
        """Their memory is not all that they mean: a step would change masked elements."""
        plain = arrays()
        for place, name in enumerate(("param", "grad", "exp_avg", "exp_avg_sq")):
            actual = [*plain]
            actual[place] = np.ma.masked_array(plain[place], mask=plain[place] > 0)
            self.refuses(TypeError, f"^{name} must be a plain numpy array, not Masked", lambda: fastadam.step(*actual, step=1), *plain)
            lists = [[x] for x in actual]
            self.refuses(TypeError, rf"^{name}\[0\] must be a plain numpy", lambda: fastadam.step(*lists, step=1), *plain)
        p, g = plain[:2]
        masked = np.ma.masked_array(g, mask=g > 0)
        optimizer = fastadam.SGD([p])
        self.refuses(TypeError, r"^grads\[0\] must be a plain numpy", lambda: optimizer.step([masked]), p)
        self.refuses(TypeError, r"^params\[0\] must be a plain numpy", lambda: fastadam.SGD([np.ma.masked_array(p)]), p)
        sparse = fastadam.SparseAdam([p])
        indices = np.zeros(1, np.int64)
        for pair, name in (((np.ma.masked_array(indices), g[:1]), "indices"), ((indices, masked[:1]), "values")):
            self.refuses(TypeError, rf"^{name}\[0\] must be a plain numpy", lambda: sparse.step([pair]), p)

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
        self.refuses(ValueError, "^betas must be 2 numbers", lambda: fastadam.step(*actual, step=1, betas=(0.9,)), *actual)
        self.refuses(TypeError, "^betas must be 2 numbers", lambda: fastadam.step(*actual, step=1, betas=0.9), *actual)
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


if __name__ == "__main__":
    unittest.main()
