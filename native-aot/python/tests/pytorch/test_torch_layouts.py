"""Tests of fastadam.torch: parameters and gradients in other orders of memory."""

from __future__ import annotations

import unittest

from torch_support import TorchCase, ours, torch


def stepped(param, grads, kind=ours.AdamW, **options):
    """Makes a step for each gradient, and returns the optimizer."""
    optimizer = kind([param], lr=0.1, **options)
    for grad in grads:
        param.grad = grad
        optimizer.step()
    return optimizer


class OrderTests(TorchCase):
    """An element's result does not depend on where it lies."""

    def setUp(self):
        torch.manual_seed(0)

    def check(self, param, grads):
        for options in {}, {"state_format": "block8", "min_8bit_size": 1}:
            plain = param.detach().clone(memory_format=torch.contiguous_format).requires_grad_()
            mine = _same_strides(param)
            strides = mine.stride()
            optimizer = stepped(mine, grads, **options)
            self.assertEqual(mine.stride(), strides)
            state = optimizer.state[mine]
            self.assertEqual(state["exp_avg"].stride(), strides)
            if not options:
                stepped(plain, [x.contiguous() for x in grads])
                self.assert_same(mine.contiguous(), plain)
                theirs = _same_strides(param)
                stepped(theirs, grads, torch.optim.AdamW)
                self.assert_near([mine], [theirs])

    def grads(self, shape, like=None):
        result = [torch.randn(shape, generator=torch.Generator().manual_seed(i)) for i in range(3)]
        return [_in_order(x, like) for x in result] if like is not None else result

    def test_channels_last(self):
        param = torch.randn(5, 3, 4, 2).contiguous(memory_format=torch.channels_last).requires_grad_()
        self.check(param, self.grads(param.shape, param))
        self.check(param, self.grads(param.shape))

    def test_permuted(self):
        param = torch.randn(5, 3, 7).permute(2, 0, 1).detach().requires_grad_()
        self.check(param, self.grads(param.shape, param))
        self.check(param, self.grads(param.shape))

    def test_transposed(self):
        param = torch.randn(59, 17).t().detach().requires_grad_()
        self.check(param, self.grads(param.shape, param))
        self.check(param, self.grads(param.shape))

    def test_dimensions_of_one_have_any_stride(self):
        param = torch.randn(12).as_strided((3, 1, 4), (4, 100, 1)).requires_grad_()
        grads = [x.as_strided((3, 1, 4), (4, 7, 1)) for x in self.grads(12)]
        self.check(param, grads)

    def test_a_transposed_gradient(self):
        param = torch.randn(17, 59).requires_grad_()
        self.check(param, [x.t() for x in self.grads((59, 17))])

    def test_gradients_of_any_strides(self):
        param = torch.randn(17, 59).requires_grad_()
        wide = self.grads((17, 118))
        self.check(param, [x[:, ::2] for x in wide])
        self.check(param, [x[:, :1].expand(17, 59) for x in wide])
        self.check(param, [torch.ones(()).expand(17, 59)] * 2)

    def test_orders_that_change_from_step_to_step(self):
        a, b, c = self.grads((17, 59))
        param = torch.randn(17, 59).requires_grad_()
        self.check(param, [a, _in_order(b, torch.empty(59, 17).t()), c, _in_order(a, torch.empty(59, 17).t())])

    def test_a_gradient_of_other_strides_that_is_changed_in_place(self):
        param, same = (torch.ones(17, 59).requires_grad_() for _ in range(2))
        grad = self.grads((59, 17))[0].t()
        optimizer, other = ours.AdamW([param]), ours.AdamW([same])
        for _ in range(3):
            param.grad, same.grad = grad, grad.contiguous()
            optimizer.step()
            other.step()
            grad.mul_(-0.7)
        self.assert_same(param, same)

    def test_a_negative_view_as_gradient(self):
        param, same = (torch.ones(3, 4).requires_grad_() for _ in range(2))
        grad = torch.randn(3, 4, dtype=torch.complex64).conj().imag
        self.assertTrue(grad.is_neg())
        stepped(param, [grad, torch.ones(3, 4), grad])
        stepped(same, [grad.resolve_neg().clone(), torch.ones(3, 4), grad.resolve_neg().clone()])
        self.assert_same(param, same)

    def test_a_parameter_whose_order_changes(self):
        """Its state follows it."""
        param, same = (torch.ones(4, 3, 2, 2).requires_grad_() for _ in range(2))
        for options in {}, {"moment_dtype": torch.bfloat16}:
            optimizer, other = ours.AdamW([param], **options), ours.AdamW([same], **options)
            for i, grad in enumerate(self.grads(param.shape) + self.grads(param.shape)):
                if i == 2:
                    param.data = param.data.contiguous(memory_format=torch.channels_last)
                if i == 4:
                    param.data = param.data.contiguous()
                param.grad, same.grad = _in_order(grad, param), grad
                optimizer.step()
                other.step()
                self.assertEqual(optimizer.state[param]["exp_avg"].stride(), param.stride())
            self.assert_same(param.contiguous(), same)


def _same_strides(tensor):
    result = torch.empty_strided(tensor.shape, tensor.stride())
    return result.copy_(tensor.detach()).requires_grad_()


def _in_order(tensor, like):
    return torch.empty_like(like, requires_grad=False).copy_(tensor)


if __name__ == "__main__":
    unittest.main()
