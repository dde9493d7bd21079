"""Tests of fastadam.torch: clipping by norm, and scaled losses."""

from __future__ import annotations

import math
import unittest

import torch_support as support
from torch_support import TorchCase, contents, ours, torch


class ClippingTests(TorchCase):
    def test_as_clip_grad_norm(self):
        for name in support.CLASSES:
            options = {**support.CLASSES[name], "maximize": False} if name not in ("NAdam", "RAdam") else support.CLASSES[name]
            for max_norm in 0.05, 1e6:
                mine, their = support.net(), support.net()
                actual = getattr(ours, name)(mine.parameters(), max_grad_norm=max_norm, **options)
                theirs_options = {x: v for x, v in options.items() if x != "maximize"}
                expected = support.theirs(name, their.parameters(), **theirs_options)
                for i in range(5):
                    for model in mine, their:
                        model.zero_grad()
                        support.loss_of(model, i).backward()
                    before = [x.grad.clone() for x in mine.parameters()]
                    norm = torch.nn.utils.clip_grad_norm_(their.parameters(), max_norm)
                    actual.step()
                    expected.step()
                    self.assert_near([actual.grad_norm], [norm], 1e-5, name)
                    self.assert_same([x.grad for x in mine.parameters()], before)
                self.assert_near(mine.parameters(), their.parameters(), 1e-4 if name == "RMSprop" else 2e-5, name)

    def test_one_norm_of_all_groups(self):
        params = support.tensors((3, 4), 5)
        optimizer = ours.SGD([{"params": params[0]}, {"params": params[1], "lr": 0.5}], lr=0.1, max_grad_norm=math.inf)
        support.set_grads(params, 0)
        optimizer.step()
        self.assert_near([optimizer.grad_norm], [torch.linalg.vector_norm(torch.cat([x.grad.flatten() for x in params]))])

    def test_only_where_it_is_asked_for(self):
        params = support.tensors(3)
        optimizer = ours.SGD(params)
        support.set_grads(params, 0)
        optimizer.step()
        self.assertIsNone(optimizer.grad_norm)
        optimizer.max_grad_norm = math.inf
        optimizer.step()
        self.assertAlmostEqual(optimizer.grad_norm, params[0].grad.norm().item(), 5)
        optimizer.max_grad_norm = None
        optimizer.step()
        self.assertIsNone(optimizer.grad_norm)

    def test_a_norm_that_is_not_finite(self):
        """As PyTorch's: the parameters are NaN then."""
        for kind in ours.SGD, torch.optim.SGD:
            params = support.tensors(3)
            optimizer = kind(params, lr=0.1, **({"max_grad_norm": 1.0} if kind is ours.SGD else {}))
            params[0].grad = torch.tensor([1.0, math.nan, 2.0])
            if kind is torch.optim.SGD:
                torch.nn.utils.clip_grad_norm_(params, 1.0)
            optimizer.step()
            self.assertTrue(params[0].isnan().all())


class ScalerTests(TorchCase):
    """PyTorch's GradScaler scales on GPUs alone in this version. What that of PyTorch 2 on hands over is set by hand here:
    newer PyTorch was not run."""

    def pair(self):
        return [(x, ours.AdamW(x, lr=0.01)) for x in (support.tensors((3, 4), 5), support.tensors((3, 4), 5))]

    def test_gradients_are_divided_by_the_scale(self):
        (params, optimizer), (same, plain) = self.pair()
        for i in range(3):
            support.set_grads(params, i)
            support.set_grads(same, i)
            for param in params:
                param.grad *= 2.0 ** (10 + i)
            optimizer.grad_scale, optimizer.found_inf = torch.tensor([2.0 ** (10 + i)]), torch.tensor([0.0])
            optimizer.step()
            del optimizer.grad_scale, optimizer.found_inf
            plain.step()
        self.assert_same(params, same)
        # Without them nothing is divided.
        support.set_grads(params, 9)
        support.set_grads(same, 9)
        optimizer.step()
        plain.step()
        self.assert_same(params, same)

    def test_a_step_with_an_infinity_is_none(self):
        (params, optimizer), _ = self.pair()
        support.set_grads(params, 0)
        optimizer.step()
        before, versions = contents(optimizer), [x._version for x in params]
        optimizer.grad_scale, optimizer.found_inf = torch.tensor([8.0]), torch.tensor([1.0])
        params[0].grad[0, 0] = math.inf
        self.assertEqual(optimizer.step(lambda: 5), 5)
        self.assertEqual(contents(optimizer), before)
        self.assertEqual([x._version for x in params], versions)

    def test_gradients_that_are_unscaled_already(self):
        """The scaler hands over None as the scale then."""
        (params, optimizer), (same, plain) = self.pair()
        support.set_grads(params, 0)
        support.set_grads(same, 0)
        optimizer.grad_scale, optimizer.found_inf = None, torch.tensor([0.0])
        optimizer.step()
        plain.step()
        self.assert_same(params, same)

    def test_a_scale_that_is_none(self):
        (params, optimizer), _ = self.pair()
        support.set_grads(params, 0)
        before = contents(optimizer)
        for scale in 0.0, math.nan:
            optimizer.grad_scale, optimizer.found_inf = torch.tensor([scale]), torch.tensor([0.0])
            with self.assertRaisesRegex(ValueError, "grad_scale must be"):
                optimizer.step()
            self.assertEqual(contents(optimizer), before)

    def test_before_pytorch_2_the_scaler_unscales_itself(self):
        if int(torch.__version__.split(".")[0]) >= 2:
            self.skipTest(f"This is PyTorch {torch.__version__}.")
        self.assertFalse(ours.Adam(support.tensors(3))._step_supports_amp_scaling)

    def test_a_scaler_that_is_off(self):
        (params, optimizer), (same, plain) = self.pair()
        support.set_grads(params, 0)
        support.set_grads(same, 0)
        scaler = torch.cuda.amp.GradScaler(enabled=False)
        scaler.step(optimizer)
        scaler.update()
        plain.step()
        self.assert_same(params, same)

    def test_clipping_comes_after_unscaling(self):
        (params, optimizer), (same, plain) = self.pair()
        support.set_grads(params, 0)
        support.set_grads(same, 0)
        for param in params:
            param.grad *= 16
        optimizer.max_grad_norm = plain.max_grad_norm = 0.5
        optimizer.grad_scale, optimizer.found_inf = torch.tensor([16.0]), torch.tensor([0.0])
        optimizer.step()
        plain.step()
        self.assert_same(params, same)
        self.assertEqual(optimizer.grad_norm, plain.grad_norm)


if __name__ == "__main__":
    unittest.main()
