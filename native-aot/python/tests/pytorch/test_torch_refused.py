"""Tests of fastadam.torch: what is refused, with which error, and that nothing has changed then."""

from __future__ import annotations

import unittest

import torch_support as support
from torch_support import TorchCase, contents, ours, torch


class RefusedTests(TorchCase):
    def refused(self, error, message, make, param, grad=None):
        """A step is refused, also after another parameter that is right, and nothing has changed."""
        right = support.tensors((2, 2))[0]
        optimizer = make([right, param])
        support.set_grads([right], 0)
        param.grad = torch.ones_like(param) if grad is None else grad
        before = contents(optimizer)
        for _ in range(2):
            with self.assertRaisesRegex(error, message):
                optimizer.step()
            self.assertEqual(contents(optimizer), before)

    def test_gaps(self):
        for param in torch.ones(4, 6)[:, ::2], torch.ones(6, 4)[:, :3], torch.ones(8)[::2]:
            param = param.detach().requires_grad_()
            self.refused(ValueError, r"param_groups\[0\]\['params'\]\[1\] has the strides .* without gaps", ours.Adam, param)

    def test_overlaps_in_itself(self):
        for param in torch.ones(3).expand(4, 3), torch.ones(6).as_strided((3, 3), (1, 1)):
            self.refused(ValueError, "has the strides .* or overlaps", ours.Adam, param.detach().requires_grad_(), torch.ones(param.shape))

    def test_overlaps_of_two(self):
        block = torch.ones(10)
        first, second = block[:6].detach().requires_grad_(), block[4:].detach().requires_grad_()
        optimizer = ours.Adam([{"params": first}, {"params": second}])
        support.set_grads([first, second], 0)
        before = contents(optimizer)
        with self.assertRaisesRegex(ValueError, r"param_groups\[1\]\['params'\]\[0\] overlaps param_groups\[0\]\['params'\]\[0\]"):
            optimizer.step()
        self.assertEqual(contents(optimizer), before)

    def test_a_gradient_that_overlaps_its_parameter(self):
        (param,) = support.tensors(6)
        optimizer = ours.Adam([param])
        param.grad = param.detach()
        before = contents(optimizer)
        with self.assertRaisesRegex(ValueError, "overlap"):
            optimizer.step()
        self.assertEqual(contents(optimizer), before)

    def test_dtypes(self):
        for dtype in torch.float64, torch.complex64:
            params = [torch.ones(3, dtype=dtype, requires_grad=True)]
            with self.assertRaisesRegex(TypeError, rf"param_groups\[0\]\['params'\]\[0\] is {dtype}"):
                ours.Adam(params)
        optimizer = ours.Adam(support.tensors(3))
        with self.assertRaisesRegex(TypeError, r"param_groups\[1\]\['params'\]\[0\] is torch.complex64"):
            optimizer.add_param_group({"params": params})
        self.assertEqual(len(optimizer.param_groups), 1)

    def test_a_parameter_that_becomes_float64(self):
        model = support.net()
        optimizer = ours.Adam(model.parameters())
        support.train(optimizer, model, [0])
        model.double()
        before = contents(optimizer)
        with self.assertRaisesRegex(TypeError, "is torch.float64"):
            optimizer.step()
        self.assertEqual(contents(optimizer), before)

    def test_devices(self):
        param = torch.ones(3, device="meta", requires_grad=True)
        optimizer = ours.Adam([param])
        param.grad = torch.ones(3, device="meta")
        with self.assertRaisesRegex(TypeError, "is on the device meta"):
            optimizer.step()
        self.assertEqual(len(optimizer.state), 0)

    def test_subclasses(self):
        class Tagged(torch.Tensor):
            pass

        with self.assertRaisesRegex(TypeError, "must be a plain tensor, not Tagged"):
            ours.Adam([torch.ones(3).as_subclass(Tagged).requires_grad_()])
        ours.Adam([torch.nn.Parameter(torch.ones(3))])

    def test_negative_views(self):
        param = torch.ones(3, dtype=torch.complex64).conj().imag.detach().requires_grad_()
        self.assertTrue(param.is_neg())
        self.refused(TypeError, "is a negative view", ours.Adam, param)

    def test_sparse_parameters(self):
        param = torch.eye(3).to_sparse().requires_grad_()
        with self.assertRaisesRegex(TypeError, "has the layout torch.sparse_coo"):
            ours.Adam([param])
        with self.assertRaisesRegex(ValueError, r"Sparse params at indices \[0\]: SparseAdam requires dense parameter tensors"):
            ours.SparseAdam([param])

    def test_sparse_gradients_where_pytorch_refuses(self):
        for name in support.CLASSES:
            if name in ("SGD", "Adagrad"):
                continue
            params = [torch.ones(3, 2, requires_grad=True)]
            their = support.theirs(name, params, **support.CLASSES[name])
            params[0].grad = torch.eye(3, 2).to_sparse()
            with self.assertRaises(RuntimeError):
                their.step()
            self.refused(RuntimeError, f"{name} does not support sparse gradients", getattr(ours, name), torch.ones(3, 2).requires_grad_(),
                         torch.eye(3, 2).to_sparse())

    def test_sparse_gradients_with_weight_decay(self):
        for name in "SGD", "Adagrad":
            self.refused(
                RuntimeError, "weight_decay option is not compatible with sparse gradients",
                lambda params, name=name: getattr(ours, name)(params, weight_decay=0.1), torch.ones(3, 2).requires_grad_(),
                torch.eye(3, 2).to_sparse(),
            )

    def test_a_sparse_gradient_after_a_dense_one(self):
        params = support.tensors((3, 2))
        optimizer = ours.Adam(params)
        support.set_grads(params, 0)
        optimizer.step()
        before = contents(optimizer)
        params[0].grad = torch.eye(3, 2).to_sparse()
        with self.assertRaisesRegex(RuntimeError, "does not support sparse gradients"):
            optimizer.step()
        self.assertEqual(contents(optimizer), before)

    def test_formats_of_other_parameters(self):
        param = torch.ones(3, dtype=torch.float16, requires_grad=True)
        self.refused(TypeError, 'master_copy="split" is for bfloat16', lambda x: ours.Adam(x, master_copy="split"), param)


class ArgumentTests(TorchCase):
    BAD = {
        "Adam": [{"lr": -1.0}, {"eps": -1.0}, {"betas": (1.0, 0.9)}, {"betas": (0.9, -0.1)}, {"weight_decay": -1.0}],
        "AdamW": [{"lr": -1.0}, {"betas": (0.9, 1.0)}],
        "NAdam": [{"lr": -1.0}, {"momentum_decay": -1.0}],
        "RAdam": [{"eps": -1.0}],
        "Adamax": [{"betas": (0.9, 1.5)}],
        "SGD": [{"lr": -1.0}, {"lr": 0.1, "momentum": -0.5}, {"lr": 0.1, "weight_decay": -1.0}, {"lr": 0.1, "nesterov": True},
                {"lr": 0.1, "nesterov": True, "momentum": 0.5, "dampening": 0.5}],
        "Adagrad": [{"lr_decay": -1.0}, {"initial_accumulator_value": -1.0}, {"eps": -1.0}],
        "RMSprop": [{"alpha": -1.0}, {"momentum": -0.5}],
        "Adadelta": [{"rho": 1.5}, {"eps": -1.0}],
        "SparseAdam": [{"lr": 0.0}, {"eps": 0.0}, {"betas": (1.0, 0.9)}],
    }

    def test_exceptions_are_pytorchs(self):
        for name, bad in self.BAD.items():
            for options in bad:
                with self.subTest(name, **options):
                    raised = []
                    for kind in getattr(torch.optim, name), getattr(ours, name):
                        with self.assertRaises(ValueError) as caught:
                            kind(support.tensors((3, 2)), **options)
                        raised.append(str(caught.exception))
                    self.assertEqual(*raised)

    def test_parameters_that_are_none(self):
        param = support.tensors(3)[0]
        for params in (
            param, [], [3], [[param]], [{"params": {param}}], [{"params": [param]}, {"params": [param]}], [param * 2], [{}], 5
        ):
            raised = []
            for kind in torch.optim.Adam, ours.Adam:
                with self.assertRaises(Exception) as caught:
                    kind(params)
                raised.append((type(caught.exception), str(caught.exception)))
            self.assertEqual(*raised)

    def test_what_pytorch_takes_and_the_formula_does_not(self):
        for options in {"lr": float("inf")}, {"weight_decay": 1e39}, {"eps": 1e-60}:
            with self.subTest(**options), self.assertRaisesRegex(ValueError, "^" + next(iter(options))):
                ours.Adam(support.tensors(3), **options)

    def test_numbers_that_are_none(self):
        for options in {"lr": "0.1"}, {"lr": None}, {"betas": 0.5}, {"betas": ("a", "b")}, {"eps": [1.0]}:
            with self.subTest(**options), self.assertRaisesRegex(TypeError, "^" + next(iter(options))):
                ours.Adam(support.tensors(3), **options)

    def test_own_arguments(self):
        for error, options in (
            (ValueError, {"differentiable": True}),
            (ValueError, {"max_grad_norm": -1.0}), (ValueError, {"max_grad_norm": float("nan")}),
            (ValueError, {"moment_dtype": "float32"}), (ValueError, {"moment_dtype": torch.float64}),
            (ValueError, {"state_format": "int8"}),
            (ValueError, {"min_8bit_size": -1}), (ValueError, {"master_copy": "whole"}), (ValueError, {"seed": -1}),
            (ValueError, {"seed": 2**64}), (ValueError, {"threads": -1}), (TypeError, {"threads": 1.5}),
            (ValueError, {"master_copy": "split", "stochastic_rounding": True}),
        ):
            with self.subTest(**options), self.assertRaisesRegex(error, next(iter(options))):
                ours.Adam(support.tensors(3), **options)
        optimizer = ours.Adam(support.tensors(3), max_grad_norm=1.0, threads=1)
        for name, bad in ("max_grad_norm", -1.0), ("threads", -1):
            with self.assertRaisesRegex(ValueError, name):
                setattr(optimizer, name, bad)
        self.assertEqual((optimizer.max_grad_norm, optimizer.threads), (1.0, 1))

    def test_a_group_that_is_refused_changes_nothing(self):
        optimizer = ours.Adagrad(support.tensors(3), initial_accumulator_value=0.5)
        before = contents(optimizer)
        good, bad = support.tensors(2), torch.ones(2, dtype=torch.float64, requires_grad=True)
        for group in ({"params": good, "lr": -1.0}, {"params": [*good, bad]}, {"params": support.params_of(optimizer)},
                      {"params": good, "betas": (0.1, 0.2), "eps": "x"}):
            with self.assertRaises((TypeError, ValueError)):
                optimizer.add_param_group(group)
            self.assertEqual(contents(optimizer), before)
            self.assertEqual(len(optimizer.state), 1)

    def test_a_subclass_is_as_its_base(self):
        class Mine(ours.SGD):
            pass

        with self.assertRaisesRegex(ValueError, "^Invalid momentum value: -0.5$"):
            Mine(support.tensors(3), momentum=-0.5)
        param = torch.ones(3, 2, requires_grad=True)
        optimizer = Mine([param], lr=0.5)
        param.grad = torch.eye(3, 2).to_sparse()
        optimizer.step()
        self.assertEqual(param.tolist(), [[0.5, 1], [1, 0.5], [1, 1]])

    def test_no_optimizer_itself(self):
        with self.assertRaisesRegex(TypeError, "FusedOptimizer has no rule"):
            ours.FusedOptimizer(support.tensors(3), {})


if __name__ == "__main__":
    unittest.main()
