"""Tests of fastadam.torch: sparse gradients."""

from __future__ import annotations

import unittest

import torch_support as support
from torch_support import TorchCase, contents, ours, torch


def embedding(seed=0):
    torch.manual_seed(seed)
    return torch.nn.Embedding(30, 5, sparse=True)


def sparse(rows, values, shape):
    return torch.sparse_coo_tensor(torch.tensor([rows]), torch.as_tensor(values, dtype=torch.float32), shape)


class SparseAdamTests(TorchCase):
    def loss(self, model, i):
        rows = torch.randint(0, 30, (12,), generator=torch.Generator().manual_seed(i))  # some of them twice
        return (model(rows).sin() * torch.linspace(-1, 1, 60).view(12, 5)).sum()

    def train(self, optimizer, model, batches):
        for i in batches:
            optimizer.zero_grad(set_to_none=True)
            self.loss(model, i).backward()
            optimizer.step()

    def test_training(self):
        for options in {}, {"lr": 0.05, "betas": (0.5, 0.75), "eps": 1e-3, "maximize": True}:
            mine, their = embedding(), embedding()
            actual = ours.SparseAdam(mine.parameters(), **options)
            expected = torch.optim.SparseAdam(list(their.parameters()), **options)
            self.train(actual, mine, range(20))
            self.train(expected, their, range(20))
            self.assert_near(mine.parameters(), their.parameters())
            self.assert_states_near(actual, expected)

    def test_states_go_both_ways(self):
        whole, mixed = embedding(), embedding()
        expected = torch.optim.SparseAdam(list(whole.parameters()))
        self.train(expected, whole, range(9))
        state = None
        for start, kind in (0, torch.optim.SparseAdam), (3, ours.SparseAdam), (6, torch.optim.SparseAdam):
            optimizer = kind(list(mixed.parameters()))
            if state is not None:
                optimizer.load_state_dict(state)
            self.train(optimizer, mixed, range(start, start + 3))
            state = optimizer.state_dict()
        self.assert_near(mixed.parameters(), whole.parameters())

    def test_several_tables_and_gradients_that_come_and_go(self):
        results = []
        for kind in ours.SparseAdam, torch.optim.SparseAdam:
            params = support.tensors((6, 3), (4,), (5, 2, 2))
            optimizer = kind([{"params": params[:1], "lr": 0.1}, {"params": params[1:]}])
            for i in range(4):
                params[0].grad = sparse([4, 1, 4], torch.ones(3, 3) * (i + 1), (6, 3))
                params[1].grad = sparse([2, 0], [0.5, -1.0], (4,)) if i % 2 else None
                params[2].grad = sparse([i], torch.ones(1, 2, 2), (5, 2, 2))
                optimizer.step()
            results.append((params, optimizer))
        self.assert_near(results[0][0], results[1][0])
        self.assert_states_near(results[0][1], results[1][1])

    def test_a_gradient_without_rows(self):
        """It counts as a step. PyTorch 1.13 fails there."""
        params = support.tensors((5, 2))
        optimizer = ours.SparseAdam(params)
        before = params[0].detach().clone()
        params[0].grad = torch.sparse_coo_tensor(torch.zeros(1, 0, dtype=torch.int64), torch.zeros(0, 2), (5, 2))
        optimizer.step()
        self.assert_same(params, [before])
        self.assertEqual(optimizer.state[params[0]]["step"], 1)

    def test_two_sparse_dimensions(self):
        results = []
        for kind in ours.SparseAdam, torch.optim.SparseAdam:
            params = support.tensors((4, 3, 2))
            optimizer = kind(params, lr=0.1)
            for i in range(3):
                params[0].grad = torch.sparse_coo_tensor(
                    torch.tensor([[3, 0, 3], [2, i, 2]]), torch.tensor([[1.0, 2], [3, 4], [5, 6]]), (4, 3, 2)
                )
                optimizer.step()
            results.append((params, optimizer))
        self.assert_near(results[0][0], results[1][0])
        self.assert_states_near(results[0][1], results[1][1])

    def test_version_counters(self):
        params = support.tensors((6, 3), (4,))
        optimizer = ours.SparseAdam(params)
        params[0].grad = sparse([4, 1], torch.ones(2, 3), (6, 3))
        optimizer.step()
        self.assertEqual([x._version for x in params], [1, 0])

    def test_clipping(self):
        params, same = support.tensors((6, 3)), support.tensors((6, 3))
        mine, plain = ours.SparseAdam(params, max_grad_norm=0.5), ours.SparseAdam(same)
        values = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
        params[0].grad = sparse([4, 1, 4], values, (6, 3))
        norm = params[0].grad.coalesce().values().norm().item()
        same[0].grad = sparse([4, 1, 4], values * (0.5 / (norm + 1e-6)), (6, 3))
        mine.step()
        plain.step()
        self.assertAlmostEqual(mine.grad_norm, norm, 5)
        self.assert_near(params, same, 1e-6)

    def test_refused(self):
        def check(error, message, grad, shape=(6, 3)):
            params = [support.tensors((2, 2))[0], torch.ones(shape).requires_grad_()]
            optimizer = ours.SparseAdam(params)
            params[0].grad = sparse([1], torch.ones(1, 2), (2, 2))
            optimizer.step()
            params[1].grad = grad
            before = contents(optimizer)
            with self.assertRaisesRegex(error, message):
                optimizer.step()
            self.assertEqual(contents(optimizer), before)

        check(RuntimeError, "SparseAdam does not support dense gradients, please consider Adam instead", torch.ones(6, 3))
        for row in 6, -1:
            bad = torch._sparse_coo_tensor_unsafe(torch.tensor([[row]]), torch.ones(1, 3), (6, 3))
            check(ValueError, r"index that is none of its \(6,\) rows", bad)
        permuted = torch.ones(3, 6).t().detach().requires_grad_()
        optimizer = ours.SparseAdam([permuted])
        permuted.grad = sparse([1], torch.ones(1, 3), (6, 3))
        with self.assertRaisesRegex(ValueError, "must be contiguous"):
            optimizer.step()

    def test_parameters_of_16_bits(self):
        params = support.tensors((6, 4), dtype=torch.bfloat16)
        optimizer = ours.SparseAdam(params, lr=0.1, moment_dtype=torch.float32)
        before = params[0].detach().clone()
        params[0].grad = torch.sparse_coo_tensor(torch.tensor([[4, 1]]), torch.ones(2, 4, dtype=torch.bfloat16), (6, 4))
        optimizer.step()
        self.assertEqual(optimizer.state[params[0]]["exp_avg"].dtype, torch.float32)
        changed = (params[0].detach() != before).all(1)
        self.assertEqual(changed.tolist(), [False, True, False, False, True, False])
        self.assert_near([params[0].detach()[changed]], [before[changed].float() - 0.1], 2.0**-8)


class OtherRulesTests(TorchCase):
    def test_sgd_and_adagrad(self):
        """PyTorch's SGD without momentum and Adagrad take sparse gradients: the rows that are not in them stay as they are."""
        for name, options in ("SGD", {"lr": 0.1}), ("SGD", {"lr": 0.1, "momentum": 0.9}), ("Adagrad", {"lr": 0.1}):
            results = []
            for kind in getattr(ours, name), getattr(torch.optim, name):
                params = support.tensors((6, 3), (4,))
                optimizer = kind(params, **options)
                for i in range(4):
                    params[0].grad = sparse([4, i, 4], torch.ones(3, 3) * (i + 1), (6, 3))
                    params[1].grad = torch.ones(4) if i % 2 else None
                    optimizer.step()
                results.append(params)
            self.assert_near(*results, what=f"{name} {options}")

    def test_sparse_and_dense_by_turns(self):
        results = []
        for kind in ours.SGD, torch.optim.SGD:
            params = support.tensors((6, 3))
            optimizer = kind(params, lr=0.1)
            for i in range(4):
                params[0].grad = sparse([4, i], torch.ones(2, 3), (6, 3)) if i % 2 else torch.ones(6, 3)
                optimizer.step()
            results.append(params)
        self.assert_near(*results)


if __name__ == "__main__":
    unittest.main()
