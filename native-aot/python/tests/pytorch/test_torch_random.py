"""Tests of fastadam.torch: random sequences of all that is done to an optimizer, beside PyTorch's class.

FASTADAM_TEST_SEED replays one sequence.
"""

from __future__ import annotations

import copy
import os
import pickle
import random
import unittest

import torch_support as support
from torch_support import TorchCase, ours, torch

SHAPES = [(3, 4), (), (0, 2), (7,), (2, 3, 2, 2), (5, 1)]


class Run:
    """A model of a few parameters and its optimizer, to which a sequence is done."""

    def __init__(self, name, options, make):
        self.name, self.options, self.make = name, options, make
        self.params = support.tensors(*SHAPES[:3])
        self.optimizer = make(name, self.params, **options)
        self.kept = None

    def step(self, seed):
        support.set_grads(self.params, seed)
        self.optimizer.step()

    def step_without_some(self, seed):
        support.set_grads(self.params, seed)
        for i, param in enumerate(self.params):
            if (seed >> i) & 1:
                param.grad = None
        self.optimizer.step()

    def step_with_strides(self, seed):
        support.set_grads(self.params, seed)
        for param in self.params:
            order = list(range(param.dim()))[::-1]
            param.grad = param.grad.permute(order).contiguous().permute(order)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def closure(self, seed):
        def closure():
            self.optimizer.zero_grad(set_to_none=bool(seed & 1))
            loss = sum((x * torch.linspace(0.5, 2, x.numel()).view(x.shape)).cos().sum() for x in self.params)
            loss.backward()
            return loss

        self.optimizer.step(closure)

    def schedule(self, seed):
        for group in self.optimizer.param_groups:
            group["lr"] *= 0.5 + (seed % 7) / 7

    def decay(self, seed):
        self.optimizer.param_groups[seed % len(self.optimizer.param_groups)]["weight_decay"] = (seed % 3) * 0.01

    def add_group(self, seed):
        # PyTorch's Adagrad makes its state in the constructor alone.
        if self.name != "Adagrad" and len(self.params) < len(SHAPES):
            new = support.tensors(SHAPES[len(self.params)], seed=seed)
            self.params += new
            self.optimizer.add_param_group({"params": new, "lr": 0.02})

    def data(self, seed):
        param = self.params[seed % len(self.params)]
        param.data = param.data.clone() if seed & 1 else param.data * 0.5

    def layout(self, _):
        for param in self.params:
            if param.dim() == 4:
                channels_last = param.is_contiguous(memory_format=torch.channels_last)
                param.data = param.data.contiguous(memory_format=torch.contiguous_format if channels_last else torch.channels_last)

    def in_place(self, seed):
        with torch.no_grad():
            self.params[seed % len(self.params)].mul_(0.9)

    def keep(self, _):
        values = [x.detach().clone() for x in support.params_of(self.optimizer)]
        self.kept = values, copy.deepcopy(self.optimizer.state_dict())

    def roll_back(self, _):
        if self.kept is not None and len(self.kept[0]) == len(self.params):
            with torch.no_grad():
                for param, value in zip(support.params_of(self.optimizer), self.kept[0]):
                    param.copy_(value)
            self.optimizer.load_state_dict(self.kept[1])

    def deepcopy(self, _):
        self.optimizer = copy.deepcopy(self.optimizer)
        self.params = support.params_of(self.optimizer)

    def pickle(self, _):
        self.optimizer = pickle.loads(pickle.dumps(self.optimizer))
        self.params = support.params_of(self.optimizer)

    def forget(self, seed):
        """Only optimizers that make state when a step needs it."""
        if self.name != "Adagrad":
            self.optimizer.state.pop(self.params[seed % len(self.params)], None)

    def turn(self, seed):
        """The parameters of the first group in another order, as some wrappers make it."""
        group = self.optimizer.param_groups[0]["params"]
        group.append(group.pop(0))
        self.kept = None


#: What is done, the steps more often.
CHANGES = [x for x in vars(Run) if not x.startswith("_")] + ["step"] * 8 + ["closure"] * 2


class RandomTests(TorchCase):
    def sequence(self, seed):
        drawn = random.Random(seed)
        name, options = drawn.choice(support.RULES)
        mine = Run(name, options, lambda n, x, **o: getattr(ours, n)(x, **o))
        their = Run(name, options, support.theirs)
        done = []
        for _ in range(30):
            change, number = drawn.choice(CHANGES), drawn.randrange(1000)
            done.append((change, number))
            getattr(mine, change)(number)
            getattr(their, change)(number)
        what = f"FASTADAM_TEST_SEED={seed}: {name} {options} {done}"
        bound = 1e-4 if name == "RMSprop" else 2e-5
        # Gradients are about 1. A single number may be near zero, as their difference.
        self.assert_near(mine.params, their.params, bound, what, floor=0.01)
        self.assert_states_near(mine.optimizer, their.optimizer, bound, what, floor=0.01)

    def test_sequences(self):
        given = os.environ.get("FASTADAM_TEST_SEED")
        seeds = [int(given)] if given else [random.randrange(2**32) for _ in range(60)]
        for seed in seeds:
            with self.subTest(FASTADAM_TEST_SEED=seed):
                self.sequence(seed)


if __name__ == "__main__":
    unittest.main()
