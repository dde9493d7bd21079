"""Tests of fastadam.torch: hyperparameters, gradients and groups that change while it trains, against PyTorch's own class."""

from __future__ import annotations

import unittest

import torch_support as support
from torch.optim import lr_scheduler
from torch_support import TorchCase, loss_of, ours, pair, torch, train


def one_cycle(optimizer):
    return lr_scheduler.OneCycleLR(optimizer, max_lr=0.05, total_steps=12)


class ScheduleTests(TorchCase):
    def check(self, name, options, changes, steps=12, bound=2e-5):
        """Trains both, each with what the changes make of its optimizer and model: something to call after a step."""
        results = []
        actual, model, expected, their_model = pair(name, **options)
        for optimizer, trained in ((actual, model), (expected, their_model)):
            after = changes(optimizer, trained)
            losses = []
            for i in range(steps):
                losses += train(optimizer, trained, [i])
                after(i)
            results.append(losses)
        self.assert_near([results[0]], [results[1]], bound)
        self.assert_near(model.parameters(), their_model.parameters(), bound)
        self.assert_states_near(actual, expected, bound)
        return actual

    def scheduled(self, name, make, **options):
        optimizers = []

        def changes(optimizer, _):
            schedule = make(optimizer)
            optimizers.append(optimizer)
            return lambda _: schedule.step()

        self.check(name, options, changes)
        groups = [[{k: v for k, v in g.items() if k in ("lr", "betas", "momentum")} for g in x.param_groups] for x in optimizers]
        self.assertEqual(*groups)

    def test_lambda(self):
        self.scheduled("AdamW", lambda x: lr_scheduler.LambdaLR(x, lambda i: 1 / (1 + i)), lr=0.05)

    def test_cosine(self):
        self.scheduled("Adam", lambda x: lr_scheduler.CosineAnnealingLR(x, T_max=8), lr=0.05)

    def test_one_cycle_with_betas(self):
        self.scheduled("AdamW", one_cycle)

    def test_one_cycle_with_momentum(self):
        self.scheduled("SGD", one_cycle, lr=0.01, momentum=0.9)

    def test_schedules_together(self):
        self.scheduled("RAdam", lambda x: lr_scheduler.ChainedScheduler(
            [lr_scheduler.LinearLR(x, 0.1, total_iters=4), lr_scheduler.ExponentialLR(x, 0.8)]
        ), lr=0.05)

    def test_plateau(self):
        class Stepper:
            def __init__(self, optimizer):
                self.schedule = lr_scheduler.ReduceLROnPlateau(optimizer, patience=0)

            def step(self):
                self.schedule.step(1.0)

        self.scheduled("Adam", Stepper, lr=0.05)

    def test_warm_restarts_in_the_middle_of_a_run(self):
        self.scheduled("NAdam", lambda x: lr_scheduler.CosineAnnealingWarmRestarts(x, T_0=5), lr=0.05)

    def test_a_schedule_sees_that_steps_are_made(self):
        # It warns where it is called before the optimizer.
        model = support.net()
        optimizer = ours.Adam(model.parameters())
        schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
        with self.assertWarnsRegex(UserWarning, "lr_scheduler.step"):
            schedule.step()

    def test_hyperparameters_that_are_set(self):
        def changes(optimizer, _):
            def after(i):
                group = optimizer.param_groups[0]
                group["lr"] *= 0.7
                if i == 3:
                    group["weight_decay"] = 0.1
                if i == 6:
                    group["eps"], group["betas"] = 1e-3, (0.5, 0.9)
                if i == 9:
                    group["maximize"] = True
            return after

        self.check("Adam", {"lr": 0.05}, changes)

    def test_momentum_from_the_middle_on(self):
        def changes(optimizer, _):
            def after(i):
                if i in (3, 9):
                    optimizer.param_groups[0]["momentum"] = 0.9
                if i == 6:
                    optimizer.param_groups[0]["momentum"] = 0
            return after

        self.check("SGD", {"lr": 0.05, "dampening": 0.5}, changes)


class TensorLearningRateTests(TorchCase):
    """PyTorch 1.13 takes a number alone; a tensor is as the number in it."""

    def test_changed_in_place(self):
        model, plain = support.net(), support.net()
        rate = torch.tensor(0.05)
        actual, expected = ours.Adam(model.parameters(), lr=rate), ours.Adam(plain.parameters(), lr=rate.item())
        for i in range(6):
            train(actual, model, [i])
            train(expected, plain, [i])
            rate.mul_(0.7)
            expected.param_groups[0]["lr"] = rate.item()
        self.assert_same(model.parameters(), plain.parameters())
        self.assertIs(actual.param_groups[0]["lr"], rate)

    def test_betas_changed_in_place(self):
        model, plain = support.net(), support.net()
        betas = torch.tensor(0.5), torch.tensor(0.75)
        actual, expected = ours.Adam(model.parameters(), betas=betas), ours.Adam(plain.parameters(), betas=(0.5, 0.75))
        for i in range(4):
            train(actual, model, [i])
            train(expected, plain, [i])
            betas[0].fill_(0.25)
            expected.param_groups[0]["betas"] = (0.25, 0.75)
        self.assert_same(model.parameters(), plain.parameters())

    def test_a_list_of_betas_changed_in_place(self):
        model, plain = support.net(), support.net()
        betas = [0.5, 0.75]
        actual, expected = ours.Adam(model.parameters(), betas=betas), ours.Adam(plain.parameters(), betas=(0.5, 0.75))
        for i in range(4):
            train(actual, model, [i])
            train(expected, plain, [i])
            betas[0] = 0.25
            expected.param_groups[0]["betas"] = (0.25, 0.75)
        self.assert_same(model.parameters(), plain.parameters())

    def test_refused(self):
        params = support.tensors(3)
        with self.assertRaisesRegex(TypeError, "^lr must be a number"):
            ours.Adam(params, lr=torch.tensor([0.1, 0.2]))
        with self.assertRaisesRegex(ValueError, "^Invalid learning rate: -0.5"):
            ours.Adam(params, lr=torch.tensor(-0.5))
        rate = torch.tensor(0.5)
        optimizer = ours.Adam(params, lr=rate)
        support.set_grads(params, 0)
        optimizer.step()
        rate.fill_(-1)
        before = support.contents(optimizer)
        with self.assertRaisesRegex(ValueError, "^lr must be"):
            optimizer.step()
        self.assertEqual(support.contents(optimizer), before)


class ChangingParametersTests(TorchCase):
    def both(self, name, run, bound=2e-5, **options):
        """Makes both do the same; run returns what they are compared by."""
        actual = run(lambda params, **more: getattr(ours, name)(params, **options, **more))
        expected = run(lambda params, **more: support.theirs(name, params, **options, **more))
        self.assert_near(actual[0], expected[0], bound, name)
        self.assert_states_near(actual[1], expected[1], bound, name)
        return actual[1], expected[1]

    def test_groups_with_their_own_hyperparameters(self):
        def run(make):
            model = support.net()
            optimizer = make([{"params": model[0].parameters(), "lr": 0.1}, {"params": model[3].parameters(), "weight_decay": 0.1},
                              {"params": model[5].weight}])
            train(optimizer, model, range(5))
            return model.parameters(), optimizer

        for name in support.CLASSES:
            with self.subTest(name):
                self.both(name, run, **({"lr": 0.01} if name == "SGD" else {}))

    def test_groups_added_while_training(self):
        def run(make):
            model = support.net()
            optimizer = make(model[5].parameters())
            train(optimizer, model, range(3))
            optimizer.add_param_group({"params": model[3].parameters(), "lr": 0.02})
            train(optimizer, model, range(3))
            optimizer.add_param_group({"params": list(model[0].parameters())})
            train(optimizer, model, range(3))
            return model.parameters(), optimizer

        for name in support.CLASSES:
            # PyTorch's Adagrad makes its state in the constructor alone, and fails for parameters that come later.
            if name != "Adagrad":
                with self.subTest(name):
                    self.both(name, run, **support.CLASSES[name])

    def test_gradients_that_come_and_go(self):
        def run(make):
            model = support.net()
            optimizer = make(model.parameters())
            for i in range(8):
                optimizer.zero_grad(set_to_none=True)
                loss_of(model, i).backward()
                for j, param in enumerate(model.parameters()):
                    if (i >> j % 3) & 1:
                        param.grad = None
                optimizer.step()
            for param in model.parameters():
                param.grad = None
            optimizer.step()
            return model.parameters(), optimizer

        for name in support.CLASSES:
            with self.subTest(name):
                self.both(name, run, **support.CLASSES[name])

    def test_frozen_and_thawed(self):
        def run(make):
            model = support.net()
            optimizer = make(model.parameters())
            for i in range(9):
                model[3].requires_grad_(i not in range(3, 6))
                optimizer.zero_grad(set_to_none=True)
                loss_of(model, i).backward()
                optimizer.step()
            return model.parameters(), optimizer

        self.both("AdamW", run)

    def test_data_replaced(self):
        def run(make):
            model = support.net()
            optimizer = make(model.parameters())
            for i in range(6):
                train(optimizer, model, [i])
                for param in model.parameters():
                    param.data = param.data * 0.5 if i % 2 else param.data.clone()
            return model.parameters(), optimizer

        self.both("Adam", run, amsgrad=True)

    def test_flat_buffers(self):
        """Parameters and gradients that are parts of one block each, as ``parameters_as_bucket_view`` and others make them."""

        def run(make):
            model = support.net()
            params = list(model.parameters())
            flat = torch.cat([x.detach().reshape(-1) for x in params])
            grads = torch.zeros_like(flat)
            start = 0
            for param in params:
                end = start + param.numel()
                param.data = flat[start:end].view_as(param)
                param.grad = grads[start:end].view_as(param)
                start = end
            optimizer = make(params)
            train(optimizer, model, range(5))
            self.assertEqual(params[1].data_ptr(), flat.data_ptr() + 4 * params[0].numel())
            return [flat], optimizer

        self.both("AdamW", run)

    def test_numbers_and_nothing(self):
        def run(make):
            params = support.tensors((), (0, 3), (1, 1), (5,))
            optimizer = make(params)
            for i in range(4):
                support.set_grads(params, i)
                optimizer.step()
            return params, optimizer

        for name in support.CLASSES:
            with self.subTest(name):
                self.both(name, run, **support.CLASSES[name])

    def test_nothing_at_all(self):
        optimizer = ours.Adam(support.tensors(3))
        self.assertIsNone(optimizer.step())
        self.assertEqual(optimizer.state_dict()["state"], {})
        params = support.tensors((0,))
        optimizer = ours.Adam(params)
        support.set_grads(params, 0)
        optimizer.step()
        self.assertEqual(optimizer.state[params[0]]["step"].item(), 1)

    def test_a_parameter_twice_in_a_group(self):
        (param,) = support.tensors(3)
        with self.assertWarnsRegex(UserWarning, "duplicate parameters"):
            optimizer = ours.Adam([param, param])
        support.set_grads([param], 0)
        before = support.contents(optimizer)
        with self.assertRaisesRegex(ValueError, r"param_groups\[0\]\['params'\]\[1\] overlaps param_groups\[0\]\['params'\]\[0\]"):
            optimizer.step()
        self.assertEqual(support.contents(optimizer), before)


if __name__ == "__main__":
    unittest.main()
