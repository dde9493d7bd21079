"""Tests of fastadam.torch: a step is prepared once, and again when something has changed."""

from __future__ import annotations

import copy
import unittest
from unittest import mock

import torch_support as support
from fastadam.torch import _plan
from test_torch_state import FORMATS, SHAPES, step_with
from torch_support import TorchCase, contents, ours, torch


class Counted:
    """Counts the plans that are made."""

    def __init__(self):
        self.count = 0
        real = _plan.Plan.__init__

        def make(plan, *arguments):
            self.count += 1
            real(plan, *arguments)

        self._patch = mock.patch.object(_plan.Plan, "__init__", make)

    def __enter__(self):
        self._patch.start()
        return self

    def __exit__(self, *_):
        self._patch.stop()


class PlanTests(TorchCase):
    def made_by(self, change, name="AdamW", shapes=((17, 5), (3,), (4, 4)), then=1, **options):
        """How many plans the next steps make after a change of the optimizer, its parameters or gradients."""
        options = {"lr": 0.01, **options}
        params = support.tensors(*shapes)
        optimizer = getattr(ours, name)(params, **options)
        step_with(optimizer, range(2))
        support.set_grads(params, 2)
        with Counted() as counted:
            change(optimizer, params)
            for _ in range(then):
                optimizer.step()
        return counted.count

    def test_one_for_many_steps(self):
        for dtype, formats in FORMATS:
            with self.subTest(dtype=dtype, **formats), Counted() as counted:
                optimizer = ours.AdamW(support.tensors(*SHAPES, dtype=dtype), **formats)
                step_with(optimizer, range(4))
                optimizer.state_dict()
                optimizer.zero_grad(set_to_none=False)
                optimizer.step()
                self.assertEqual(counted.count, 1)

    def test_one_for_every_rule(self):
        for name in ours._optimizers.__all__:
            with self.subTest(name), Counted() as counted:
                step_with(getattr(ours, name)(support.tensors((3, 4), ())), range(4))
                self.assertEqual(counted.count, 1)

    def test_what_makes_none(self):
        def new_gradients(_, params):
            for param in params:
                param.grad = param.grad.clone()

        def hyperparameters(optimizer, _):
            optimizer.param_groups[0].update(lr=0.5, betas=(0.5, 0.6), weight_decay=0.0)

        def values(_, params):
            with torch.no_grad():
                params[0].mul_(2)
                params[1].grad.mul_(3)

        def around(optimizer, _):
            optimizer.max_grad_norm, optimizer.threads = 1.0, 1

        for change in new_gradients, hyperparameters, values, around:
            self.assertEqual(self.made_by(change, then=3), 0, change.__name__)

    def test_what_makes_one(self):
        def data(_, params):
            params[1].data = params[1].data.clone()

        def shape(_, params):
            params[1].data = torch.ones(5)
            params[1].grad = torch.ones(5)

        def missing(_, params):
            params[1].grad = None

        def gradient_dtype(_, params):
            params[1].grad.data = params[1].grad.to(torch.bfloat16)

        def gradient_strides(_, params):
            params[0].grad = params[0].grad.t().contiguous().t()

        def state_entry(optimizer, params):
            optimizer.state[params[1]] = dict(optimizer.state[params[1]])

        def state_tensor(optimizer, params):
            optimizer.state[params[1]]["exp_avg"] = torch.zeros(3)

        def state_data(optimizer, params):
            optimizer.state[params[1]]["exp_avg"].data = torch.zeros(3)

        def state_gone(optimizer, params):
            del optimizer.state[params[1]]["exp_avg_sq"]

        def entry_gone(optimizer, params):
            del optimizer.state[params[1]]

        def step_replaced(optimizer, params):
            optimizer.state[params[1]]["step"] = torch.tensor(10.0)

        def all_state(optimizer, _):
            optimizer.state.clear()

        def group(optimizer, _):
            new = support.tensors((2, 2), seed=9)
            support.set_grads(new, 9)
            optimizer.add_param_group({"params": new})

        def loaded(optimizer, _):
            optimizer.load_state_dict(optimizer.state_dict())

        def more_state(optimizer, _):
            optimizer.param_groups[0]["amsgrad"] = True

        def parameter_replaced(optimizer, params):
            new = support.tensors((3,), seed=5)
            support.set_grads(new, 5)
            optimizer.param_groups[0]["params"][1] = new[0]

        changes = (
            data, missing, gradient_dtype, gradient_strides, state_entry, state_tensor, state_data, state_gone, entry_gone, step_replaced,
            all_state, group, loaded, more_state, parameter_replaced,
        )
        for change in changes:
            with self.subTest(change.__name__):
                self.assertEqual(self.made_by(change, then=1), 1)
                if change is not missing:
                    self.assertEqual(self.made_by(change, then=3), 1)

        def all_state_and_shape(optimizer, params):
            shape(optimizer, params)
            del optimizer.state[params[1]]

        self.assertEqual(self.made_by(all_state_and_shape, then=3), 1)

    def test_a_parameter_with_the_elements_and_strides_of_before_but_gaps(self):
        block = torch.zeros(9)
        param = block[:6].view(2, 3).detach().requires_grad_()
        optimizer = ours.Adam([param])
        step_with(optimizer, [0])
        param.grad = None
        param.data = block.as_strided((3, 2), (3, 1))
        param.grad = torch.ones(9).as_strided((3, 2), (3, 1))
        before = block.clone()
        with self.assertRaisesRegex(ValueError, "has the strides"):
            optimizer.step()
        self.assertTrue(torch.equal(block, before))

    def test_what_is_there_is_kept(self):
        """A step that is prepared anew works in the same state, with the same bits."""
        for dtype, formats in FORMATS:
            for name in "AdamW", "NAdam", "Adagrad":
                with self.subTest(name, dtype=dtype, **formats):
                    optimizers = [getattr(ours, name)(support.tensors(*SHAPES, dtype=dtype), **formats) for _ in range(2)]
                    for optimizer in optimizers:
                        step_with(optimizer, [0])
                    first, second = optimizers
                    kept = {x: dict(v) for x, v in first.state.items()}
                    for seed in range(1, 4):
                        first._plan = None
                        step_with(first, [seed])
                        step_with(second, [seed])
                    self.assertEqual(contents(first), contents(second))
                    for param, entry in kept.items():
                        self.assertTrue(all(first.state[param][x] is v for x, v in entry.items()))

    def test_after_a_refused_step(self):
        """The step that comes when what was wrong is right again."""
        params, same = support.tensors((3, 4), 2), support.tensors((3, 4), 2)
        first, second = ours.Adam(params), ours.Adam(same)
        step_with(first, [0])
        step_with(second, [0])
        support.set_grads(params, 1)
        good, params[1].grad.data = params[1].grad.data, torch.ones(2, dtype=torch.float64)
        with self.assertRaisesRegex(TypeError, "gradient of torch.float64"):
            first.step()
        params[1].grad.data = good
        first.step()
        step_with(second, [1])
        self.assertEqual(contents(first), contents(second))

    def test_a_copy_has_its_own(self):
        optimizer = ours.Adam(support.tensors((3, 4)))
        step_with(optimizer, range(2))
        other = copy.deepcopy(optimizer)
        before = contents(optimizer)
        step_with(other, [2])
        self.assertEqual(contents(optimizer), before)


if __name__ == "__main__":
    unittest.main()
