"""Tests of fastadam.torch: random sequences of all that is done to an optimizer, beside PyTorch's class.

FASTADAM_TEST_SEED is the first sequence's seed. FASTADAM_TEST_ROUNDS multiplies their number.
"""

from __future__ import annotations

import copy
import os
import pickle
import random
import unittest

import torch_support as support
from torch_support import TorchCase, ours, torch

#: Sixteen roundings, as a share of the largest of what they round.
ROUNDINGS = 16 * 2.0**-24

#: What the roundings of an update are, as a share of the learning rate or of the update, whichever is larger.
SHARE = 1e-5

#: What the roundings of a gradient are. It is about 1, and what weight decay adds to it is a share of the parameter.
SMALL = 1e-7

SHAPES = [(3, 4), (), (0, 2), (7,), (2, 3, 2, 2), (5, 1)]


def largest(tensor):
    return tensor.abs().max().item() if tensor.numel() else 0.0


class Run:
    """A model of a few parameters and its optimizer, to which a sequence is done."""

    def __init__(self, name, options, make):
        self.name, self.options, self.make = name, options, make
        self.params = support.tensors(*SHAPES[:3])
        self.optimizer = make(name, self.params, **options)
        self.kept = None

    def _values(self):
        """The parameters and all tensors of their state that are not counts, by where they are."""
        values = {(i, "param"): x.data for i, x in enumerate(self.params)}
        for i, param in enumerate(self.params):
            for name, value in self.optimizer.state.get(param, {}).items():
                if name != "step" and isinstance(value, torch.Tensor):
                    values[i, name] = value
        return values

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
    """After each change both must agree. Then PyTorch's class goes on with the other one's bits.

    So what is compared is the rounding of one change. Without that a difference would grow from step to step, where a gradient or a
    second moment is near zero without any bound.
    """

    def sequence(self, seed):
        drawn = random.Random(seed)
        name, options = drawn.choice(support.RULES)
        mine = Run(name, options, lambda n, x, **o: getattr(ours, n)(x, **o))
        their = Run(name, options, support.theirs)
        done = []
        for _ in range(30):
            before = {place: x.clone() for place, x in mine._values().items()}
            change, number = drawn.choice(CHANGES), drawn.randrange(1000)
            done.append((change, number))
            getattr(mine, change)(number)
            getattr(their, change)(number)
            self.agree(mine, their, before, f"FASTADAM_TEST_SEED={seed}: {name} {options} {done}")

    def agree(self, mine, their, before, what):
        """Requires the same values but for a change's roundings, and gives theirs the bits of mine."""
        self.assert_states_near(mine.optimizer, their.optimizer, 1e30, what, floor=1.0)  # the names alone
        for param, other in zip(mine.params, their.params):
            step = their.optimizer.state.get(other, {}).get("step")
            if step is not None:
                self.assertEqual(float(mine.optimizer.state[param]["step"]), float(step), what)
        values, their_values = mine._values(), their._values()
        self.assertEqual(values.keys(), their_values.keys(), what)
        rate = max(group["lr"] for group in mine.optimizer.param_groups)
        for place, value in values.items():
            # What is added rounds in its own place; it may be the small sum of large terms.
            old = before.get(place)
            if old is None or old.shape != value.shape:  # no state before, or another parameter's place before
                old = torch.zeros_like(value)
            param = values[place[0], "param"]
            small = SHARE * max(rate, largest(value - old)) if place[1] == "param" else SMALL * max(1, largest(param))
            self.assert_near([value], [their_values[place]], ROUNDINGS, f"{what}: {place}", largest(old) + small / ROUNDINGS)
            their_values[place].copy_(value)

    def test_sequences(self):
        first = int(os.environ.get("FASTADAM_TEST_SEED", "1"))
        for seed in range(first, first + 60 * int(os.environ.get("FASTADAM_TEST_ROUNDS", "1"))):
            with self.subTest(FASTADAM_TEST_SEED=seed):
                self.sequence(seed)


if __name__ == "__main__":
    unittest.main()
