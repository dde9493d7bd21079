"""Tests of AdamWScheduleFree's way from the parameters in training to those for evaluation, and back."""

from __future__ import annotations

import copy
import pickle
import unittest

import fastadam
import numpy as np
from formulas import initial_state, schedule_free, schedule_free_average
from support import Case, arrays, three_grads, three_params

OPTIONS = {"lr": 0.1, "betas": (0.8, 0.9)}


class EvaluationTests(Case):
    def test_evaluation_sees_the_average(self):
        p = arrays((301,), seed=0)[0]
        expected = p.astype(np.float64)
        optimizer = fastadam.AdamWScheduleFree([p], **OPTIONS)
        state = initial_state(fastadam.AdamWScheduleFree)
        numbers = {x: y for x, y in {**optimizer.hyperparameters, **OPTIONS}.items() if x != "preserve_subnormals"}
        for t in range(1, 8):
            g = arrays((301,), seed=100 + t)[1]
            optimizer.step([g])
            expected = schedule_free(expected, g.astype(np.float64), state, t, **numbers)
            if t % 3 == 0:
                training = p.copy()
                optimizer.eval()
                np.testing.assert_allclose(p, schedule_free_average(expected, state, OPTIONS["betas"]), rtol=2e-6, atol=2e-6)
                self.assertEqual(optimizer.state[0]["eval_mode"], 1)
                evaluated = p.copy()
                optimizer.eval()  # a second time it does nothing
                self.assert_bits(p, evaluated)
                self.refuses(RuntimeError, r"^params\[0\] is the one for evaluation: train\(\) comes before a step\.$",
                             lambda: optimizer.step([g]), p, *optimizer.z, *optimizer.exp_avg_sq)
                self.assertEqual(optimizer.steps, (t,))
                optimizer.train()
                np.testing.assert_allclose(p, training, rtol=0, atol=4e-7 * np.abs(training).max())
                self.assertEqual(optimizer.state[0]["eval_mode"], 0)
        np.testing.assert_allclose(p, expected, rtol=4e-6, atol=4e-6)

    def test_before_the_first_step_and_of_other_rules_nothing_moves(self):
        params = three_params()
        kept = [x.copy() for x in params]
        optimizer = fastadam.Adam(
            [{"params": params[:1]}, {"params": params[1:], "rule": fastadam.AdamWScheduleFree, "lr": 0.1}]
        )
        optimizer.eval()
        for x, y in zip(params, kept):
            self.assert_bits(x, y)
        self.assertEqual([x.get("eval_mode") for x in optimizer.state], [None, 0, 0])
        for t in range(2):
            optimizer.step(three_grads(t))
        kept = [x.copy() for x in params]
        optimizer.eval()
        self.assert_bits(params[0], kept[0])
        self.assertFalse((params[1] == kept[1]).all())
        optimizer.step([three_grads(2)[0], None, None])  # Adam has but one kind of parameters
        optimizer.train()
        fastadam.SGD([kept[0]]).eval()

    def test_states_keep_the_mode(self):
        for dtype in (np.float32, np.float16):
            p, g = arrays((33,), dtype)[:2]
            optimizer = fastadam.AdamWScheduleFree([p], **OPTIONS, moment_dtype="float32")
            for _ in range(3):
                optimizer.step([g])
            optimizer.eval()
            saved = pickle.loads(pickle.dumps((optimizer.state_dict(), p)))
            other = fastadam.AdamWScheduleFree([saved[1]], **OPTIONS, moment_dtype="float32")
            other.load_state_dict(saved[0])
            copied = copy.deepcopy(optimizer)
            self.assertEqual(other.state[0]["eval_mode"], 1)
            self.assertRaisesRegex(RuntimeError, "evaluation", other.step, [g])
            for each in (optimizer, other, copied):
                each.train()
                each.step([g])
            self.assert_bits(other.params[0], p)
            self.assert_bits(copied.params[0], p)
            self.assert_bits(other.z[0], optimizer.z[0])
        for mode in (2, 0.5, -1, float("nan")):
            saved[0]["state"][0]["eval_mode"] = mode
            self.refuses(ValueError, r"^state\[0\]\['eval_mode'\] must be 0 or 1, not ", lambda: other.load_state_dict(saved[0]), p)

    def test_refusals(self):
        p, g = arrays((33,))[:2]
        optimizer = fastadam.AdamWScheduleFree([p])
        optimizer.step([g])
        optimizer.lr = -1
        self.refuses(ValueError, "^lr must be", optimizer.eval, p)
        optimizer.lr = 1.0
        optimizer.threads = -1
        self.refuses(ValueError, "^threads must be", optimizer.eval, p)
        self.assertEqual(optimizer.state[0]["eval_mode"], 0)
        self.refuses(ValueError, r"^betas\[0\]", lambda: fastadam.AdamWScheduleFree([p], betas=(0, 0.9)).eval(), p)


if __name__ == "__main__":
    unittest.main()
