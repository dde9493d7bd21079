"""Tests of what all optimizers share, with Adam."""

from __future__ import annotations

import unittest

import fastadam
import numpy as np
from support import Case, FakeTensor, arrays, three_grads, three_params


class OptimizerTests(Case):
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
            actual, expected = three_params(), three_params()
            m, v = [np.zeros_like(x) for x in expected], [np.zeros_like(x) for x in expected]
            optimizer = kind(actual, **options)
            for step in range(1, 6):
                optimizer.step(three_grads(step), grad_scale=4.0)
                fastadam.step(expected, three_grads(step), m, v, step=step, grad_scale=4.0, **same)
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
        actual, expected = three_params(), three_params()
        m, v = [np.zeros_like(x) for x in expected], [np.zeros_like(x) for x in expected]
        optimizer = fastadam.AdamW(actual, lr=0.1)
        present = [(True, False, True), (False, False, False), (True, True, False), (True, True, True)]
        counts = [0, 0, 0]
        for step, flags in enumerate(present):
            grads = three_grads(step)
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
        self.refuses(TypeError, "^params must be a list of arrays or groups, not int", lambda: make(3))
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


if __name__ == "__main__":
    unittest.main()
