"""Tests of parameter groups."""

from __future__ import annotations

import copy
import pickle
import unittest

import fastadam
import numpy as np
from formulas import OPTIMIZERS
from support import Case, arrays, three_grads, three_params


class GroupTests(Case):
    def test_groups_are_as_optimizers_of_their_own(self):
        for kind in OPTIMIZERS:
            with self.subTest(kind.__name__):
                actual, expected = three_params(), three_params()
                optimizer = kind([{"params": actual[:1], "lr": 0.5}, {"params": iter(actual[1:]), "weight_decay": 0.25}], lr=0.125)
                alone = kind(expected[:1], lr=0.5), kind(expected[1:], lr=0.125, weight_decay=0.25)
                for t in range(1, 4):
                    grads = three_grads(t)
                    optimizer.step(grads)
                    alone[0].step(grads[:1])
                    alone[1].step(grads[1:])
                for x, y in zip(actual, expected):
                    self.assert_bits(x, y)
                groups = optimizer.param_groups
                self.assertEqual([x["lr"] for x in groups], [0.5, 0.125])
                self.assertEqual([len(x["params"]) for x in groups], [1, 2])
                self.assertTrue(all(x is y for x, y in zip(optimizer.params, actual)))

    def test_flags(self):
        p, q, r = (np.ones(3, np.float32) for _ in range(3))
        g = np.ones(3, np.float32)
        groups = [{"params": p}, {"params": q, "maximize": True}, {"params": [r], "momentum": 0.5, "nesterov": True}]
        fastadam.SGD(groups, 1.0).step([g] * 3)
        self.assertEqual((p[0], q[0], r[0]), (0, 2, -0.5))
        optimizer = fastadam.Adam([{"params": p}, {"params": q, "amsgrad": True, "preserve_subnormals": True}])
        self.assertEqual([sorted(x) for x in optimizer.state],
                         [["exp_avg", "exp_avg_sq", "step"], ["exp_avg", "exp_avg_sq", "max_exp_avg_sq", "step"]])
        optimizer.step([np.full(3, 1e-37, np.float32)] * 2)
        self.assertEqual([bool(x.any()) for x in optimizer.exp_avg], [False, True])  # 1e-38

    def test_rules(self):
        """One step of one optimizer, with every rule in it."""
        kinds = list(OPTIMIZERS)
        actual = [arrays((17,), seed=i)[0] for i in range(len(kinds))]
        expected = [x.copy() for x in actual]
        optimizer = fastadam.Adam([{"params": x, "rule": kind} for x, kind in zip(actual, kinds)], lr=9)
        alone = [kind([x], **({"lr": 9} if kind is fastadam.Adam else {})) for x, kind in zip(expected, kinds)]
        for t in range(1, 4):
            grads = [arrays((17,), seed=10 * t + i)[1] for i in range(len(kinds))]
            if t == 2:
                grads[::2] = [None] * len(grads[::2])
            optimizer.step(grads, max_grad_value=0.5)
            for each, g in zip(alone, grads):
                each.step([g], max_grad_value=0.5)
        for x, y, kind in zip(actual, expected, kinds):
            self.assert_bits(x, y, kind.__name__)
        self.assertEqual(optimizer.steps, tuple(x.steps[0] for x in alone))
        for state, each in zip(optimizer.state, alone):
            self.assertEqual(list(state), list(each.state[0]))
        self.assertIn("Lion, 1 parameters, lr=0.0001", repr(optimizer))

        restored = fastadam.Adam([{"params": x.copy(), "rule": kind} for x, kind in zip(actual, kinds)])
        restored.load_state_dict(pickle.loads(pickle.dumps(optimizer.state_dict())))
        copied = copy.deepcopy(optimizer)
        grads = [arrays((17,), seed=99 + i)[1] for i in range(len(kinds))]
        for each in (optimizer, restored, copied):
            each.step(grads)
        for x, y, z in zip(optimizer.params, restored.params, copied.params):
            self.assert_bits(y, x)
            self.assert_bits(z, x)

    def test_adding_a_group(self):
        actual, expected = three_params(), three_params()
        optimizer, same = fastadam.AdamW(actual[:1], lr=0.5), fastadam.AdamW(expected[:1], lr=0.5)
        optimizer.step(three_grads(1)[:1])
        same.step(three_grads(1)[:1])
        optimizer.add_param_group({"params": actual[1:], "lr": 0.25})
        other = fastadam.AdamW(expected[1:], lr=0.25)
        optimizer.step(three_grads(2))
        same.step(three_grads(2)[:1])
        other.step(three_grads(2)[1:])
        self.assertEqual(optimizer.steps, (2, 1, 1))
        for x, y in zip(actual, expected):
            self.assert_bits(x, y)

    def test_attributes_are_those_of_all_groups(self):
        p, q = (np.ones(3, np.float32) for _ in range(2))
        optimizer = fastadam.Adam([{"params": p}, {"params": q, "lr": 0.5}, {"params": [], "rule": fastadam.SGD, "lr": 0.5}])
        with self.assertRaisesRegex(ValueError, r"^The groups differ in lr: \[0.001, 0.5, 0.5\]\. param_groups has each"):
            optimizer.lr  # noqa: B018
        optimizer.lr = 0.25
        self.assertEqual([x["lr"] for x in optimizer.param_groups], [0.25] * 3)
        self.assertEqual(optimizer.lr, 0.25)
        optimizer.betas = (0.5, 0.75)
        self.assertNotIn("betas", optimizer.param_groups[2])
        self.assertEqual(optimizer.betas, (0.5, 0.75))
        for group in optimizer.param_groups:
            group["lr"] *= 0.5
        self.assertEqual(optimizer.lr, 0.125)
        self.assertEqual(optimizer.exp_avg[1].shape, (3,))
        with self.assertRaisesRegex(AttributeError, "^No group has betas"):
            fastadam.Adam([{"params": p, "rule": fastadam.SGD}]).betas  # noqa: B018

    def test_bad_groups(self):
        p, q = np.ones(4, np.float32), np.ones(4, np.float32)
        optimizer = fastadam.Adam([p])

        class Mine(fastadam.DenseOptimizer):
            pass

        for kind, message, group in (
            (TypeError, " must be a dict, as other groups are, not ndarray", q),
            (ValueError, ": params is missing", {"lr": 1}),
            (TypeError, ": params must be a list of arrays, not int", {"params": 3}),
            (TypeError, ": params must be a list of arrays, not str", {"params": "ab"}),
            (ValueError, ": lr must be at least 0 and finite in single precision, not -1.0", {"params": q, "lr": -1}),
            (ValueError, r": betas\[1\] must be at least 0 and below 1, not 1.0", {"params": q, "betas": (0.9, 1)}),
            (ValueError, ": 'weight_deacy' is no hyperparameter of Adam", {"params": q, "weight_deacy": 0}),
            (ValueError, ": 'momentum' is no hyperparameter of Adam", {"params": q, "momentum": 0.9}),
            (ValueError, ": 'betas' is no hyperparameter of SGD", {"params": q, "rule": fastadam.SGD, "betas": (0.9, 0.9)}),
            (ValueError, ": nesterov needs", {"params": q, "rule": fastadam.SGD, "nesterov": True}),
            (TypeError, ": rule must be a class such as fastadam.SGD, not 'SGD'", {"params": q, "rule": "SGD"}),
            (TypeError, ": rule must be a class such as", {"params": q, "rule": fastadam.DenseOptimizer}),
            (TypeError, ": rule must be a class such as", {"params": q, "rule": Mine}),
            (ValueError, ": rule is SparseAdam, whose steps are others than those of Adam", {"params": q, "rule": fastadam.SparseAdam}),
        ):
            with self.subTest(message):
                self.refuses(kind, r"^param_groups\[1\]" + message, lambda: fastadam.Adam([{"params": p}, group]), p, q)
                self.refuses(kind, "^param_group" + message.replace(", as other groups are,", ".*"),
                             lambda: optimizer.add_param_group(group), p, q)
                self.assertEqual((len(optimizer.param_groups), len(optimizer.params)), (1, 1))
        for message, group in (
            (r"^params\[1\] must be float32", {"params": [q.astype(float)]}),
            (r"^params\[1\] overlaps params\[0\]", {"params": p}),
            (r"^params\[2\] overlaps params\[1\]", {"params": [q, q]}),
        ):
            with self.assertRaisesRegex((TypeError, ValueError), message):
                optimizer.add_param_group(group)
            self.assertEqual((len(optimizer.param_groups), len(optimizer.params)), (1, 1))
        self.refuses(TypeError, "^params must be a list of arrays or groups, not dict", lambda: fastadam.Adam({"params": p}), p)
        self.refuses(TypeError, r"^param_groups\[0\] must be a dict", lambda: fastadam.Adam([p, {"params": q}]), p)
        self.refuses(ValueError, "whose steps are others than those of SparseAdam",
                     lambda: fastadam.SparseAdam([{"params": p, "rule": fastadam.Adam}]), p)

    def test_a_group_that_became_bad_touches_nothing(self):
        p, q = np.ones(4, np.float32), np.ones(4, np.float32)
        g = np.ones(4, np.float32)
        optimizer = fastadam.Adam([{"params": p}, {"params": q, "rule": fastadam.SGD}])
        second = optimizer.param_groups[1]
        for kind, name, value, message in (
            (ValueError, "lr", -1, r"^param_groups\[1\]: lr must be at least 0 and finite in single precision, not -1.0"),
            (TypeError, "momentum", None, r"^param_groups\[1\]: momentum must be a number, not NoneType"),
            (ValueError, "nesterov", True, r"^param_groups\[1\]: nesterov needs"),
        ):
            present = second[name]
            second[name] = value
            self.refuses(kind, message, lambda: optimizer.step([g, g]), p, q, *optimizer.exp_avg[:1])
            self.refuses(kind, message, lambda: optimizer.step([g, None]), p, q, *optimizer.exp_avg[:1])
            second[name] = present
        del second["lr"]
        self.refuses(ValueError, r"^param_groups\[1\]: lr is missing", lambda: optimizer.step([g, g]), p, q)
        second["lr"] = 1e-3
        optimizer.param_groups[0]["lr"] = 1e38
        self.refuses(ValueError, r"^param_groups\[0\]: lr = 1e\+38 divided by 1 - betas\[0\]\*\*1,",
                     lambda: optimizer.step([g, g]), p, q)
        self.assertEqual(optimizer.steps, (0, 0))
        optimizer.step([None, g])

    def test_bad_gradients_of_another_group_touch_nothing(self):
        p, q = np.ones(4, np.float32), np.ones(4, np.float32)
        g = np.ones(4, np.float32)
        optimizer = fastadam.Adam([{"params": p}, {"params": q, "rule": fastadam.RMSprop}])
        for kind, message, grads in (
            (ValueError, r"^grads\[1\] has the shape \(3,\), but params\[1\] has \(4,\)", [g, g[:3]]),
            (TypeError, r"^grads\[1\] must be float32", [g, g.astype(int)]),
            (ValueError, r"grads\[1\] overlaps params\[0\]|params\[0\] overlaps grads\[1\]", [g, p]),
            (ValueError, r"overlaps", [optimizer.state[1]["square_avg"], g]),
        ):
            self.refuses(kind, message, lambda: optimizer.step(grads), p, q, *optimizer.exp_avg[:1], optimizer.state[1]["square_avg"])
            self.assertEqual(optimizer.steps, (0, 0))


if __name__ == "__main__":
    unittest.main()
