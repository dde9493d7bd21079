"""Tests of fastadam.torch: each rule trains as PyTorch's own class does."""

from __future__ import annotations

import unittest

import numpy as np
import torch_support as support
from torch_support import RULES, TorchCase, contents, ours, pair, train

#: Where the effect of a rounding grows: a small second moment, or the difference of two sums, is divided by.
BOUNDS = {"Adam": 2e-5, "AdamW": 2e-5, "NAdam": 2e-5, "RAdam": 2e-5, "RMSprop": 2e-4, "Adadelta": 2e-5}


class RuleTests(TorchCase):
    def test_training(self):
        for name, options in RULES:
            with self.subTest(name, **options):
                actual, model, expected, their_model = pair(name, **options)
                losses, their_losses = train(actual, model, range(30)), train(expected, their_model, range(30))
                bound = BOUNDS.get(name, support.BOUND)
                self.assert_near(model.parameters(), their_model.parameters(), bound, name)
                self.assert_near([losses], [their_losses], bound, name)
                self.assert_states_near(actual, expected, bound, name)

    def test_training_with_the_arguments_that_only_choose_kernels(self):
        for options in {"foreach": True}, {"capturable": True}, {"fused": True}:
            model, plain = support.net(), support.net()
            train(ours.Adam(model.parameters(), **options), model, range(3))
            train(ours.Adam(plain.parameters()), plain, range(3))
            self.assert_same(model.parameters(), plain.parameters(), options)

    def test_rules_that_pytorch_has_not_are_those_of_arrays(self):
        for name in "Lion", "AdEMAMix", "ADOPT", "AdamWScheduleFree", "Adan":
            with self.subTest(name):
                params = support.tensors((3, 5), (), (0, 2), (7,))
                arrays = [x.detach().numpy().copy() for x in params]
                kind = getattr(ours, name)
                actual, expected = kind(params, lr=0.01), kind.kind(arrays, lr=0.01)
                for i in range(5):
                    support.set_grads(params, i)
                    actual.step()
                    expected.step([x.grad.numpy() for x in params])
                for x, y in zip(params, arrays):
                    self.assert_bits(x.detach().numpy(), y)
                for param, state in zip(params, expected.state):
                    self.assertEqual(actual.state[param].keys(), state.keys())
                    for entry, value in state.items():
                        self.assertEqual(actual.state[param][entry].tolist(), np.asarray(value, np.float64).tolist(), entry)

    def test_evaluation_and_training_of_schedule_free(self):
        params = support.tensors((3, 5), ())
        arrays = [x.detach().numpy().copy() for x in params]
        actual, expected = ours.AdamWScheduleFree(params, lr=0.1), ours.AdamWScheduleFree.kind(arrays, lr=0.1)
        for i in range(3):
            support.set_grads(params, i)
            actual.step()
            expected.step([x.grad.numpy() for x in params])
        actual.eval()
        expected.eval()
        for x, y in zip(params, arrays):
            self.assert_bits(x.detach().numpy(), y)
        before = contents(actual)
        with self.assertRaisesRegex(RuntimeError, r"train\(\) comes before a step"):
            actual.step()
        self.assertEqual(contents(actual), before)
        actual.train()
        expected.train()
        actual.step()
        expected.step([x.grad.numpy() for x in params])
        for x, y in zip(params, arrays):
            self.assert_bits(x.detach().numpy(), y)

    def test_evaluation_before_the_first_step(self):
        params = support.tensors((3,))
        optimizer = ours.AdamWScheduleFree(params)
        before = contents(optimizer)
        optimizer.eval()
        optimizer.train()
        self.assertEqual(contents(optimizer), before)

    def test_evaluation_is_nothing_to_other_rules(self):
        params = support.tensors((3,))
        optimizer = ours.Adam(params)
        support.set_grads(params, 0)
        optimizer.step()
        before = contents(optimizer)
        optimizer.eval()
        optimizer.train()
        self.assertEqual(contents(optimizer), before)

    def test_defaults_are_pytorchs(self):
        for name in support.CLASSES:
            # Its learning rate has no default in this version.
            options = {"lr": 1e-3} if name == "SGD" else {}
            actual, expected = getattr(ours, name)(support.tensors(3)), support.theirs(name, support.tensors(3), **options)
            shared = {x: v for x, v in actual.defaults.items() if x in expected.defaults and x not in ("foreach", "fused")}
            self.assertEqual(shared, {x: expected.defaults[x] for x in shared}, name)
            self.assertEqual(set(expected.defaults) - set(actual.defaults), set(), name)


if __name__ == "__main__":
    unittest.main()
