"""Tests of SparseAdam."""

from __future__ import annotations

import pickle
import unittest

import fastadam
import numpy as np
from formulas import sparse_adam
from support import Case, FakeTensor, arrays, from_bf16, to_bf16


def rows(*indices):
    return np.array(indices, np.int64)


class SparseTests(Case):
    def test_formula(self):
        for options in ({}, {"lr": 0.1, "betas": (0.5, 0.75), "eps": 1e-3, "maximize": True}):
            for shape in ((40,), (40, 5), (40, 2, 3), (40, 0)):
                with self.subTest(shape=shape, **options):
                    p = arrays(shape)[0]
                    before = p.copy()
                    optimizer = fastadam.SparseAdam([p], **options)
                    expected = p.astype(np.float64)
                    m, v = np.zeros(shape), np.zeros(shape)
                    numbers = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "maximize": False, **options}
                    random = np.random.default_rng(0)
                    touched = set()
                    for t in range(1, 9):
                        indices = random.permutation(30)[:12]
                        touched.update(indices)
                        g = random.normal(size=(12, *shape[1:])).astype(np.float32)
                        self.assertEqual(optimizer.step([(indices, g)], grad_scale=2.0), (False, None, None, None, None, None))
                        state = {"exp_avg": m[indices], "exp_avg_sq": v[indices]}
                        expected[indices] = sparse_adam(expected[indices], g.astype(np.float64) / 2, state, t, **numbers)
                        m[indices], v[indices] = state["exp_avg"], state["exp_avg_sq"]
                    np.testing.assert_allclose(p, expected, rtol=2e-6, atol=2e-6)
                    np.testing.assert_allclose(optimizer.state[0]["exp_avg"], m, rtol=2e-6, atol=2e-6)
                    np.testing.assert_allclose(optimizer.state[0]["exp_avg_sq"], v, rtol=2e-6, atol=2e-6)
                    others = [i for i in range(40) if i not in touched]
                    self.assert_bits(p[others], before[others])
                    self.assertEqual(optimizer.steps, (8,))

    def test_duplicate_indices_are_added_in_their_order(self):
        p = arrays((9, 4))[0]
        expected = p.copy()
        indices = rows(3, 7, 3, 0, 3, 7)
        g = arrays((6, 4), seed=1)[1] * np.array([[1e4], [1], [1], [1], [-1e4], [3]], np.float32)
        sums = np.stack([g[3], g[0] + g[2] + g[4], g[1] + g[5]])
        self.assertFalse((sums[1] == g[0] + g[4] + g[2]).all())  # another order has other bits
        actual, same = fastadam.SparseAdam([p], 0.1), fastadam.SparseAdam([expected], 0.1)
        for _ in range(3):
            actual.step([(indices, g)])
            same.step([(rows(0, 3, 7), sums)])
        self.assert_bits(p, expected)
        for name in ("exp_avg", "exp_avg_sq"):
            self.assert_bits(actual.state[0][name], same.state[0][name])

    def test_16_bits(self):
        for dtype, narrow, widen, unit in (
            (np.float16, lambda x: x.astype(np.float16), np.float32, 2.0**-11),
            ("bfloat16", to_bf16, from_bf16, 2.0**-8),
        ):
            for moments in (None, "float32"):
                p, g = arrays((6, 5), dtype)[0], narrow(arrays((2, 5), seed=1)[1])
                expected = widen(p).astype(np.float64)
                optimizer = fastadam.SparseAdam([p], 0.1, moment_dtype=moments, dtype="bfloat16")
                optimizer.step([(rows(5, 1), g)])
                state = {"exp_avg": 0.0, "exp_avg_sq": 0.0}
                expected[[5, 1]] = sparse_adam(expected[[5, 1]], widen(g).astype(np.float64), state, 1, lr=0.1, betas=(0.9, 0.999),
                                               eps=1e-8, maximize=False)
                np.testing.assert_allclose(widen(p), expected, rtol=1.001 * unit, atol=1e-6)

    def test_nothing_to_do(self):
        p, q = arrays((4, 3))[:2]
        before = p.copy(), q.copy()
        optimizer = fastadam.SparseAdam([{"params": p}, {"params": q, "lr": 0.5}])
        optimizer.step([None, (rows(), np.zeros((0, 3), np.float32))])
        self.assertEqual(optimizer.steps, (0, 1))
        self.assert_bits(p, before[0])
        self.assert_bits(q, before[1])
        fastadam.SparseAdam([]).step([])

    def test_groups(self):
        actual, expected = ([arrays((6, 2), seed=i)[0] for i in range(2)] for _ in range(2))
        optimizer = fastadam.SparseAdam([{"params": actual[0]}, {"params": actual[1], "lr": 0.5, "maximize": True}])
        alone = fastadam.SparseAdam(expected[:1]), fastadam.SparseAdam(expected[1:], 0.5, maximize=True)
        g = arrays((3, 2), seed=9)[1]
        for grads in ([(rows(5, 0, 5), g), None], [(rows(1, 2, 3), g), (rows(0, 0, 1), g)]):
            optimizer.step(grads)
            for each, grad in zip(alone, grads):
                each.step([grad])
        for x, y in zip(actual, expected):
            self.assert_bits(x, y)
        self.assertEqual(optimizer.steps, (2, 1))

    def test_around_the_update(self):
        """Clipping, skipping and the report are of the rows with gradients, and of the sums of these."""
        p, q = (arrays((6, 2), seed=i)[0] for i in range(2))
        before = [p.copy(), q.copy()]
        g = np.array([[3, 0], [1, 4], [-3, 8]], np.float32)
        grads = [(rows(5, 0, 5), g), (rows(1, 2, 3), g)]  # sums 0 8, 1 4; 3 0, 1 4, -3 8
        optimizer = fastadam.SparseAdam([p, q], 0.1)
        report = optimizer.step(grads, grad_scale=2.0, max_grad_norm=1e3, max_grad_value=1e3, skip_non_finite=True, report=True)
        norm = np.sqrt(64 + 1 + 16 + 9 + 1 + 16 + 9 + 64) / 2
        self.assertEqual((report.skipped, report.non_finite, report.unchanged_share), (False, 0, 2 / 10))
        self.assertAlmostEqual(report.grad_norm, norm, places=12)
        touched = np.concatenate([p[[0, 5]], q[[1, 2, 3]]]).astype(float)
        moved = touched - np.concatenate([before[0][[0, 5]], before[1][[1, 2, 3]]])
        self.assertAlmostEqual(report.param_norm, np.sqrt((touched**2).sum()), places=6)
        self.assertAlmostEqual(report.update_norm, np.sqrt((moved**2).sum()), places=6)

        clipped, scaled = ([x.copy() for x in before] for _ in range(2))
        fastadam.SparseAdam(clipped, 0.1, eps=1.0).step(grads, max_grad_norm=norm)
        coefficient = np.float32(norm / (2 * norm + 1e-6))
        fastadam.SparseAdam(scaled, 0.1, eps=1.0).step(
            [(rows(0, 5), np.array([[1, 4], [0, 8]], np.float32) * coefficient), (rows(1, 2, 3), g * coefficient)])
        for x, y in zip(clipped, scaled):
            self.assert_bits(x, y)
        limited, same = ([x.copy() for x in before] for _ in range(2))
        fastadam.SparseAdam(limited, 0.1, eps=1.0).step(grads, max_grad_value=3.5)
        fastadam.SparseAdam(same, 0.1, eps=1.0).step(
            [(rows(0, 5), np.array([[1, 3.5], [0, 3.5]], np.float32)), (rows(1, 2, 3), np.clip(g, -3.5, 3.5))])
        for x, y in zip(limited, same):
            self.assert_bits(x, y)

        large = np.full((2, 2), 3e38, np.float32)
        state = [x[name] for x in optimizer.state for name in ("exp_avg", "exp_avg_sq")]
        kept = [x.copy() for x in (p, q, *state)]
        for bad, scale, count in (((rows(4, 4), large), 1.0, 2), ((rows(4, 2), large), 0.5, 4)):
            report = optimizer.step([grads[0], bad], grad_scale=scale, skip_non_finite=True, report=True)
            self.assertEqual(report, (True, count, None, None, None, None))
        self.assertEqual(optimizer.steps, (1, 1))
        for x, y in zip((p, q, *state), kept):
            self.assert_bits(x, y)
        for name in ("max_grad_norm", "max_grad_value"):
            self.refuses(ValueError, f"^{name} must", lambda: optimizer.step(grads, **{name: 0}), p, q, *state)

    def test_tensors(self):
        p = arrays((6, 2))[0]
        expected = p.copy()
        g = arrays((3, 2), seed=1)[1]
        fastadam.SparseAdam([expected]).step([(rows(4, 1, 4), g)])
        fastadam.SparseAdam([FakeTensor(p)]).step([[FakeTensor(rows(4, 1, 4), "int64"), FakeTensor(g)]])
        self.assert_bits(p, expected)

    def test_state(self):
        p, q = arrays((6, 2))[:2]
        optimizer = fastadam.SparseAdam([p, q], 0.1)
        g = arrays((2, 2), seed=1)[1]
        optimizer.step([(rows(1, 2), g), None])
        saved = pickle.loads(pickle.dumps(optimizer.state_dict()))
        self.assertEqual(set(saved["param_groups"][0]), {"lr", "betas", "eps", "maximize", "params"})
        self.assertEqual(list(saved["state"]), [0])
        self.assertEqual(set(saved["state"][0]), {"step", "exp_avg", "exp_avg_sq"})
        restored = fastadam.SparseAdam([p.copy(), q.copy()])
        restored.load_state_dict(saved)
        for each in (optimizer, restored):
            each.step([(rows(2, 5), g), (rows(0, 1), g)])
        for x, y in zip(optimizer.params, restored.params):
            self.assert_bits(x, y)
        self.assertEqual(restored.steps, (2, 1))

    def test_bad_gradients(self):
        """Of the second table, after a first one that is in order."""
        p, q = (arrays((6, 2), seed=i)[0] for i in range(2))
        g = arrays((3, 2), seed=9)[1]
        optimizer = fastadam.SparseAdam([p, q])
        state = [x[name] for x in optimizer.state for name in ("exp_avg", "exp_avg_sq")]
        good = rows(0, 1, 5)
        overlapping = optimizer.state[0]["exp_avg"].reshape(-1)[:6].view(np.int64)  # zeros, which are rows
        for kind, message, grad in (
            (TypeError, r"^grads\[1\] must be a pair \(indices, values\), not ndarray", g),
            (TypeError, r"^grads\[1\] must be a pair \(indices, values\), not tuple", (good, g, g)),
            (TypeError, r"^grads\[1\] must be a pair", "ab"),
            (TypeError, r"^indices\[1\] must be int64, not int32", (good.astype(np.int32), g)),
            (TypeError, r"^indices\[1\] must be int64, not float32", (g[:, 0].copy(), g)),
            (TypeError, r"^indices\[1\] must be int64, not uint16", (good.astype(np.uint16), g)),
            (TypeError, r"^indices\[1\] must be a numpy array or a PyTorch tensor, not list", ([0, 1, 5], g)),
            (ValueError, r"^indices\[1\] is not C-contiguous", (np.repeat(good, 2)[::2], g)),
            (ValueError, r"^indices\[1\] must have one dimension, but has the shape \(1, 3\)", (good[None], g)),
            (ValueError, r"^indices\[1\] has the index 6 at 2, but params\[1\] has 6 rows", (rows(0, 1, 6), g)),
            (ValueError, r"^indices\[1\] has the index -1 at 0, but", (rows(-1, 1, 6), g)),
            (ValueError, r"^values\[1\] has the shape \(2, 2\), but indices\[1\] and params\[1\] call for \(3, 2\)", (good, g[:2])),
            (ValueError, r"^values\[1\] has the shape \(3,\), but", (good, g[:, 0].copy())),
            (TypeError, r"^values\[1\] must be float32, float16 or bfloat16, not float64", (good, g.astype(float))),
            (TypeError, r"^values\[1\] must be float32, float16 or bfloat16, not int64", (good, g.astype(np.int64))),
            (ValueError, r"overlaps", (good, q[:3])),
            (ValueError, r"overlaps", (good, p[:3])),
            (ValueError, r"overlaps", (overlapping, g)),
        ):
            with self.subTest(message):
                self.refuses(kind, message, lambda: optimizer.step([(good, g), grad]), p, q, *state)
                self.assertEqual(optimizer.steps, (0, 0))
        self.refuses(TypeError, "^grads must be a list of pairs, not ndarray", lambda: optimizer.step(g), p, q)
        self.refuses(ValueError, "^grads has 1 pairs, but there are 2 parameters", lambda: optimizer.step([None]), p, q)
        self.refuses(ValueError, "^grad_scale must", lambda: optimizer.step([(good, g), None], grad_scale=0), p, q)
        optimizer.step([(good, g), (good, g)])  # shared ones are fine

    def test_hyperparameters_are_checked_before_the_first_table_is_written(self):
        p, q = (arrays((6, 2), seed=i)[0] for i in range(2))
        g = arrays((3, 2), seed=9)[1]
        optimizer = fastadam.SparseAdam([{"params": p}, {"params": q, "betas": (0.999999, 0.5)}], 1e-3)
        optimizer.param_groups[1]["lr"] = 3e38
        self.refuses(ValueError, r"^param_groups\[1\]: lr = 3e\+38 divided by 1 - betas\[0\]\*\*1",
                     lambda: optimizer.step([(rows(0, 1, 5), g)] * 2), p, q)
        self.assertEqual(optimizer.steps, (0, 0))

    def test_a_number_has_no_rows(self):
        p = np.ones((), np.float32)
        self.refuses(ValueError, r"^params\[0\] has no dimensions, and so no rows",
                     lambda: fastadam.SparseAdam([p]).step([(rows(), p)]), p)

    def test_results_do_not_depend_on_the_number_of_threads(self):
        random = np.random.default_rng(0)
        indices = random.integers(0, 3000, 5000)
        g = random.normal(size=(5000, 200)).astype(np.float32)

        def stepped(threads):
            p = np.linspace(-1, 1, 3000 * 200, dtype=np.float32).reshape(3000, 200)
            optimizer = fastadam.SparseAdam([p], threads=threads)
            optimizer.step([(indices, g)])
            optimizer.step([(indices[::-1].copy(), g)])
            return p.tobytes()

        expected = stepped(1)
        for threads in (0, 2, 3):
            self.assertEqual(stepped(threads), expected)


if __name__ == "__main__":
    unittest.main()
