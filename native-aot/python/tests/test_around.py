"""Tests of what stands around the update: clipping, skipped steps, reports."""

from __future__ import annotations

import math
import unittest

import fastadam
import numpy as np
from formulas import OPTIMIZERS, cases
from support import Case, arrays, from_bf16, three_grads, three_params, to_bf16


def norm(gradients) -> float:
    return math.sqrt(sum(float((x.astype(np.float64) ** 2).sum()) for x in gradients))


class ClippingTests(Case):
    def test_by_norm(self):
        """The same bits as clipped gradients give; the coefficient is single precision's, as in PyTorch."""
        for kind, options, _ in cases():
            for limit, scale in ((0.5, 1.0), (1e9, 1.0), (math.inf, 1.0), (0.5, 4.0)):
                with self.subTest(kind.__name__, limit=limit, scale=scale, **options):
                    actual, expected = three_params(), three_params()
                    clipping, plain = kind(actual, **options), kind(expected, **options)
                    for t in range(1, 4):
                        grads = three_grads(t)
                        scaled = [np.asarray(x / np.float32(scale)) for x in grads]
                        coefficient = np.float32(min(limit / (norm(scaled) + 1e-6), 1))
                        report = clipping.step(grads, grad_scale=scale, max_grad_norm=limit)
                        plain.step([np.asarray(x * coefficient) for x in scaled])
                        self.assertAlmostEqual(report.grad_norm, norm(scaled), delta=1e-12 * norm(scaled))
                        self.assertEqual(report, fastadam.StepReport(False, 0, report.grad_norm, None, None, None))
                    for x, y in zip(actual, expected):
                        self.assert_bits(x, y)

    def test_by_value(self):
        for kind, options, _ in cases():
            for limit in (0.25, 1e9, math.inf):
                with self.subTest(kind.__name__, limit=limit, **options):
                    actual, expected = three_params(), three_params()
                    clipping, plain = kind(actual, **options), kind(expected, **options)
                    for t in range(1, 4):
                        grads = three_grads(t)
                        report = clipping.step(grads, max_grad_value=limit)
                        plain.step([np.asarray(np.clip(x, -np.float32(limit), np.float32(limit))) for x in grads])
                        self.assertEqual(report, (False, None, None, None, None, None))
                    for x, y in zip(actual, expected):
                        self.assert_bits(x, y)

    def test_by_norm_and_then_by_value(self):
        p, g, _, _ = arrays()
        before = p.copy()
        report = fastadam.SGD([p], 1.0).step([g], grad_scale=0.5, max_grad_norm=2.0, max_grad_value=0.25)
        clipped = np.clip(g / np.float32(0.5) * np.float32(2 / (report.grad_norm + 1e-6)), -0.25, 0.25)
        self.assertEqual(np.abs(clipped).max(), 0.25)
        self.assert_bits(p, before - clipped)

    def test_the_norm_is_that_of_all_groups(self):
        p, g, _, _ = arrays()
        q, h, _, _ = arrays(seed=1)
        optimizer = fastadam.SGD([{"params": p}, {"params": q, "lr": 0.5}])
        self.assertAlmostEqual(optimizer.step([g, h], max_grad_norm=1).grad_norm, norm([g, h]), delta=1e-12)
        self.assertAlmostEqual(optimizer.step([None, h], max_grad_norm=1).grad_norm, norm([h]), delta=1e-12)
        self.assertEqual(optimizer.step([None, None], max_grad_norm=1).grad_norm, 0)

    def test_bad_limits(self):
        p = np.ones(3, np.float32)
        optimizer = fastadam.SGD([p])
        for name in ("max_grad_norm", "max_grad_value"):
            for value in (0, -1, math.nan, -math.inf):
                self.refuses(ValueError, rf"^{name} must be above 0.*, not {float(value)!r}",
                             lambda: optimizer.step([p.copy()], **{name: value}), p)
            for value in ("1", [1], 1j):
                self.refuses(TypeError, f"^{name} must be a number, not {type(value).__name__}",
                             lambda: optimizer.step([p.copy()], **{name: value}), p)
        self.refuses(ValueError, "^max_grad_value must be above 0 in single precision, not 1e-60",
                     lambda: optimizer.step([p.copy()], max_grad_value=1e-60), p)
        self.assertEqual(optimizer.steps, (0,))


class NonFiniteTests(Case):
    def test_skipped(self):
        for kind, options, _ in cases():
            for bad in (math.inf, -math.inf, math.nan):
                with self.subTest(kind.__name__, bad=bad, **options):
                    params, kept = three_params(), three_params()
                    optimizer, same = kind(params, **options), kind(kept, **options)
                    for each in (optimizer, same):
                        self.assertEqual(each.step(three_grads(1), skip_non_finite=True), (False, 0, None, None, None, None))
                    grads = three_grads(2)
                    grads[0][1, 2] = bad
                    grads[1][...] = math.nan
                    report = optimizer.step(grads, skip_non_finite=True, report=True)
                    self.assertEqual(report, (True, 2, None, None, None, None))
                    self.assertIs(report.skipped, True)
                    self.assertEqual(optimizer.steps, (1, 1, 1))
                    for each in (optimizer, same):
                        each.step(three_grads(3))
                    for x, y in zip(params, kept):
                        self.assert_bits(x, y)
                    for number in OPTIMIZERS[kind].numbers:
                        self.assertEqual([x[number] for x in optimizer.state], [x[number] for x in same.state])

    def test_what_only_the_scale_makes_infinite(self):
        p = np.ones(3, np.float32)
        optimizer = fastadam.AdamW([p])
        g = np.array([1, -2e38, 3], np.float32)
        self.assertEqual(optimizer.step([g], grad_scale=0.5, skip_non_finite=True), (True, 1, None, None, None, None))
        self.assert_bits(p, np.ones(3, np.float32))
        self.assertEqual(optimizer.step([g], skip_non_finite=True).skipped, False)

    def test_propagated(self):
        p, g, _, _ = arrays()
        g[2, 3] = math.nan
        report = fastadam.Adam([p]).step([g], max_grad_norm=1)
        self.assertEqual((report.skipped, report.non_finite), (False, 1))
        self.assertTrue(math.isnan(report.grad_norm))
        self.assertTrue(np.isnan(p).all())  # the coefficient is NaN, too
        p, g, _, _ = arrays()
        g[2, 3] = math.inf
        report = fastadam.Adam([p]).step([g], max_grad_norm=math.inf)
        self.assertEqual((report.non_finite, report.grad_norm), (1, math.inf))
        self.assertEqual(int(np.isnan(p).sum()), 1)  # nothing is clipped
        p, g, _, _ = arrays()
        g[2, 3] = math.nan
        fastadam.Adam([p]).step([g])
        self.assertEqual(int(np.isnan(p).sum()), 1)

    def test_a_skipped_step_makes_no_state(self):
        optimizer = fastadam.SGD([np.ones(2, np.float32)])
        optimizer.momentum = 0.5
        optimizer.step([np.full(2, math.inf, np.float32)], skip_non_finite=True)
        self.assertEqual(optimizer.state, ({"step": 0},))


class ReportTests(Case):
    def test_changes(self):
        for kind, options, _ in cases():
            for narrow, widen in ((np.float32, np.float32), (np.float16, np.float32), (to_bf16, from_bf16)):
                with self.subTest(kind.__name__, type=narrow, **options):
                    params = [np.asarray(narrow(x)) for x in three_params()]
                    plain = [x.copy() for x in params]
                    optimizer, same = (kind(x, **options, dtype="bfloat16") for x in (params, plain))
                    for t in range(1, 4):
                        before = [x.copy() for x in params]
                        grads = [np.asarray(narrow(x)) for x in three_grads(t)]
                        report = optimizer.step(grads, report=True)
                        same.step(grads)
                        for x, y in zip(params, plain):
                            self.assert_bits(x, y)
                        wide = [widen(x) for x in params]
                        # Each difference is single precision's, their norm double's.
                        expected = norm([x - widen(y) for x, y in zip(wide, before)])
                        self.assertAlmostEqual(report.update_norm, expected, delta=1e-12 * expected)
                        self.assertAlmostEqual(report.param_norm, norm(wide), delta=1e-12 * norm(wide))
                        unchanged = sum(int(np.sum(x == y)) for x, y in zip(params, before))
                        self.assertEqual(report.unchanged_share, unchanged / 13)
                        self.assertEqual(report[:3], (False, None, None))

    def test_everything_at_once(self):
        p, g, _, _ = arrays()
        report = fastadam.AdamW([p]).step([g], max_grad_norm=1, skip_non_finite=True, report=True)
        self.assertIsInstance(report, fastadam.StepReport)
        self.assertEqual((report.skipped, report.non_finite), (False, 0))
        self.assertTrue(all(x > 0 for x in (report.grad_norm, report.update_norm, report.param_norm)))
        self.assertEqual(report.unchanged_share, 0)

    def test_nothing_to_report(self):
        self.assertEqual(fastadam.Adam([]).step([], report=True), (False, None, None, 0, 0, 0))
        self.assertEqual(fastadam.Adam([]).step([]), (False, None, None, None, None, None))

    def test_the_same_with_any_number_of_threads(self):
        def stepped(threads):
            params = [np.linspace(1e-3, 1 + i, 400_000, dtype=np.float32) for i in range(3)]
            grads = [np.linspace(-1, 1 + i, 400_000, dtype=np.float32) for i in range(3)]
            optimizer = fastadam.Adam(params, threads=threads)
            reports = [optimizer.step(grads, max_grad_norm=0.5, skip_non_finite=True, report=True) for _ in range(2)]
            return reports, b"".join(x.tobytes() for x in params)

        expected = stepped(1)
        for threads in (0, 2, 3):
            self.assertEqual(stepped(threads), expected)


if __name__ == "__main__":
    unittest.main()
