"""Tests of fastadam.torch: closures, hooks, and what autograd is told of a step."""

from __future__ import annotations

import unittest

import torch_support as support
from torch_support import TorchCase, contents, loss_of, ours, torch


class ClosureTests(TorchCase):
    def test_trains_with_it(self):
        models, losses = [support.net(), support.net()], []
        for model, kind in zip(models, (ours.Adam, torch.optim.Adam)):
            optimizer = kind(model.parameters(), lr=0.01)
            made = []
            for i in range(5):
                def closure(i=i, model=model, optimizer=optimizer):
                    self.assertTrue(torch.is_grad_enabled())
                    optimizer.zero_grad()
                    loss = loss_of(model, i)
                    loss.backward()
                    return loss

                with torch.no_grad():
                    made.append(optimizer.step(closure).item())
            losses.append(made)
        self.assert_near([losses[0]], [losses[1]])
        self.assert_near(models[0].parameters(), models[1].parameters(), 2e-5)

    def test_an_exception_in_it(self):
        params = support.tensors(3)
        optimizer = ours.Adam(params)
        support.set_grads(params, 0)
        optimizer.step()
        before = contents(optimizer)

        def closure():
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            optimizer.step(closure)
        self.assertEqual(contents(optimizer), before)
        self.assertTrue(torch.is_grad_enabled())

    def test_one_that_adds_a_group(self):
        first, second = support.tensors(3, 2)
        optimizer = ours.Adam([first])

        def closure():
            optimizer.add_param_group({"params": second, "lr": 0.5})
            support.set_grads([first, second], 0)
            return 7

        self.assertEqual(optimizer.step(closure), 7)
        self.assertEqual([optimizer.state[x]["step"].item() for x in (first, second)], [1, 1])


class ZeroGradTests(TorchCase):
    def test_both_ways(self):
        for options in {}, {"foreach": True}:
            params = support.tensors(3, (2, 2))
            optimizer = ours.Adam(params, **options)
            support.set_grads(params, 0)
            optimizer.zero_grad(set_to_none=False)
            self.assertEqual([x.grad.abs().sum().item() for x in params], [0, 0])
            optimizer.zero_grad(set_to_none=True)
            self.assertEqual([x.grad for x in params], [None, None])


class HookTests(TorchCase):
    def test_hooks_of_gradients(self):
        models = [support.net(), support.net()]
        for model, kind in zip(models, (ours.AdamW, torch.optim.AdamW)):
            for param in model.parameters():
                param.register_hook(lambda grad: grad.clamp(-0.01, 0.01))
            support.train(kind(model.parameters(), lr=0.01), model, range(4))
        self.assert_near(models[0].parameters(), models[1].parameters(), 2e-5)

    def test_an_optimizer_for_each_parameter(self):
        """Each steps as soon as the gradient of its parameter is there, as training does that keeps no gradients."""
        models = [support.net(), support.net()]
        support.train(torch.optim.Adam(models[1].parameters()), models[1], range(3))
        params = list(models[0].parameters())
        own = [ours.Adam([x]) for x in params]
        for i in range(3):
            for param, optimizer, grad in zip(params, own, torch.autograd.grad(loss_of(models[0], i), params)):
                param.grad = grad
                optimizer.step()
                param.grad = None
        self.assert_near(models[0].parameters(), models[1].parameters(), 2e-5)

    def test_hooks_of_the_step(self):
        optimizer = ours.Adam(support.tensors(3))
        if not hasattr(optimizer, "register_step_pre_hook"):
            self.skipTest(f"PyTorch {torch.__version__} has no hooks of steps.")
        support.set_grads(support.params_of(optimizer), 0)
        seen = []
        optimizer.register_step_pre_hook(lambda *_: seen.append("before"))
        optimizer.register_step_post_hook(lambda *_: seen.append("after"))
        optimizer.step()
        self.assertEqual(seen, ["before", "after"])

    def test_the_profiler_sees_it(self):
        params = support.tensors(3)
        optimizer = ours.Adam(params)
        support.set_grads(params, 0)
        with torch.autograd.profiler.profile() as profile:
            optimizer.step()
            optimizer.zero_grad()
        names = {x.key for x in profile.key_averages()}
        self.assertTrue({"Optimizer.step#Adam.step", "Optimizer.zero_grad#Adam.zero_grad"} <= names, names)


class VersionTests(TorchCase):
    def test_backward_after_a_step(self):
        """It would use parameters that are no longer those of the forward pass."""
        for kind in ours.SGD, torch.optim.SGD:
            weight = torch.ones(3, requires_grad=True)
            optimizer = kind([weight], lr=0.1)
            loss = (weight * weight).sum()
            loss.backward(retain_graph=True)
            optimizer.step()
            with self.assertRaisesRegex(RuntimeError, "modified by an inplace operation"):
                loss.backward()

    def test_version_counters(self):
        for name in support.CLASSES:
            options = support.CLASSES[name]
            mine, their = support.tensors((3, 4), (), (0, 2), (5,)), support.tensors((3, 4), (), (0, 2), (5,))
            optimizers = getattr(ours, name)(mine, **options), support.theirs(name, their, **options)
            for i in range(3):
                for params, optimizer in zip((mine, their), optimizers):
                    support.set_grads(params, i)
                    params[3].grad = None if i == 1 else params[3].grad
                    before = [x._version for x in params]
                    optimizer.step()
                    gained = [x._version - y for x, y in zip(params, before)]
                    if params is mine:
                        self.assertEqual(gained, [1, 1, 1, int(i != 1)], name)
                    else:
                        self.assertEqual([x > 0 for x in gained], [True, True, True, i != 1], name)

    def test_with_every_format(self):
        for dtype, options in ((torch.float32, {"state_format": "block8", "min_8bit_size": 1}), (torch.bfloat16, {"master_copy": "split"}),
                               (torch.bfloat16, {"master_copy": "float32"})):
            params = support.tensors((3, 4), dtype=dtype)
            optimizer = ours.AdamW(params, **options)
            for i in range(3):
                support.set_grads(params, i)
                before = params[0]._version
                optimizer.step()
                self.assertEqual(params[0]._version, before + 1)

    def test_parameters_stay_leaves(self):
        model = support.net()
        optimizer = ours.AdamW(model.parameters())
        support.train(optimizer, model, range(2))
        for param in model.parameters():
            self.assertTrue(param.is_leaf and param.requires_grad)
            self.assertTrue(all(not x.requires_grad for x in optimizer.state[param].values()))

    def test_gradients_that_autograd_records(self):
        """As with create_graph=True, in the parameter's order and in another one, sparse ones too. No step becomes part of their graphs."""
        for order in (lambda x: x * 1, lambda x: x.t() * 1, lambda x: (x * 1).to_sparse()):
            results = []
            for kind in (ours.SGD, torch.optim.SGD):
                param = torch.nn.Parameter(torch.arange(16.0).reshape(4, 4))
                optimizer = kind([param], lr=0.1)
                for i in range(3):
                    source = torch.full((4, 4), i + 1.0).triu().requires_grad_()
                    param.grad = order(source)
                    self.assertTrue(param.grad.requires_grad)
                    self.assertTrue(torch.is_grad_enabled())
                    optimizer.step()
                    self.assertTrue(param.is_leaf and param.grad_fn is None)
                    if kind is ours.SGD and optimizer._plan is not None:
                        self.assertFalse(any(x.requires_grad for _, x in optimizer._plan._copies))
                results.append(param.detach())
            self.assert_near([results[0]], [results[1]])

    def test_in_inference_mode(self):
        """As PyTorch's: a parameter that was made outside of it can be changed in it."""
        for kind in ours.SGD, torch.optim.SGD:
            params = support.tensors(3)
            support.set_grads(params, 0)
            before = params[0].detach().clone()
            with torch.inference_mode():
                kind(params, lr=0.1).step()
            self.assertFalse(torch.equal(params[0].detach(), before))


class ImportTests(TorchCase):
    def test_fastadam_does_not_import_pytorch(self):
        code = "import sys, fastadam; assert 'torch' not in sys.modules; import fastadam.torch; assert 'torch' in sys.modules"
        done = self.run_python(code)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_without_pytorch(self):
        done = self.run_python("import sys; sys.modules['torch'] = None; import fastadam; import fastadam.torch")
        self.assertIn("ModuleNotFoundError: import of torch halted", done.stderr)


if __name__ == "__main__":
    unittest.main()
