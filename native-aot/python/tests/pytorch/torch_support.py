"""What the tests of fastadam.torch share. Importing it skips them where PyTorch is missing."""

from __future__ import annotations

import unittest

try:
    import torch
except ImportError:
    raise unittest.SkipTest("PyTorch is not installed (python3-torch).") from None

import fastadam.torch as ours
from support import Case

torch.set_num_threads(1)  # The tensors of the tests are small: more threads would wait for each other.

#: What is the difference of roundings in a few dozen steps: a share of a tensor's largest value.
BOUND = 4e-6

# The loop of this version's NAdam over parameters multiplies the momenta's product by mu once too often for the next step's.
NADAM = {"foreach": True} if torch.__version__.startswith("1.13") else {}

#: Each optimizer that PyTorch has, with options in which both classes have the same formula.
RULES = [
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "betas": (0.5, 0.6)}),
    ("AdamW", {"lr": 0.01}),
    ("AdamW", {"lr": 0.01, "betas": (0.5, 0.6), "weight_decay": 0.3, "amsgrad": True, "maximize": True}),
    ("NAdam", {"lr": 0.01, **NADAM}),
    ("NAdam", {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.1, "momentum_decay": 0.1, **NADAM}),
    ("RAdam", {"lr": 0.01}),
    ("RAdam", {"lr": 0.01, "betas": (0.8, 0.95), "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.01}),
    ("Adamax", {"lr": 0.01, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "maximize": True}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("Adagrad", {"lr": 0.05}),
    ("Adagrad", {"lr": 0.05, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "maximize": True}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.8, "momentum": 0.9, "weight_decay": 0.1, "eps": 1e-3, "maximize": True}),
    ("RMSprop", {"lr": 0.01, "centered": True, "eps": 1e-3}),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "eps": 1e-3}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}),
]

#: One set of options for each class.
CLASSES = {name: options for name, options in reversed(RULES)}


def theirs(name, params, **options):
    """PyTorch's optimizer of that name."""
    if name == "NAdam":
        options = {**NADAM, **options}
    return getattr(torch.optim, name)(params, **options)


def net(seed=0):
    """A small net whose gradients are never zero: a convolution and two matrices."""
    torch.manual_seed(seed)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.Tanh(), torch.nn.Flatten(), torch.nn.Linear(64, 17), torch.nn.Tanh(), torch.nn.Linear(17, 5)
    )


def loss_of(model, i):
    """The loss of a net for the batch of that number."""
    random = torch.Generator().manual_seed(1000 + i)
    images = torch.randn(8, 1, 6, 6, generator=random)
    return torch.nn.functional.cross_entropy(model(images), torch.randint(0, 5, (8,), generator=random))


def train(optimizer, model, batches):
    """Trains with those batches, and returns the losses."""
    losses = []
    for i in batches:
        optimizer.zero_grad()
        loss = loss_of(model, i)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def tensors(*shapes, seed=0, dtype=torch.float32):
    """Parameters of those shapes."""
    random = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=random).to(dtype).requires_grad_() for shape in shapes]


def set_grads(params, seed):
    """Gives parameters gradients, in their own layout and dtype."""
    random = torch.Generator().manual_seed(seed)
    for param in params:
        param.grad = torch.empty_like(param, requires_grad=False).copy_(torch.randn(param.shape, generator=random))


def contents(optimizer):
    """All that an optimizer holds, as values."""
    params = params_of(optimizer)
    entries = {i: optimizer.state[param] for i, param in enumerate(params) if param in optimizer.state}
    state = {i: {name: _value(x) for name, x in entry.items()} for i, entry in entries.items()}
    groups = [{name: _value(x) for name, x in group.items() if name != "params"} for group in optimizer.param_groups]
    return [_value(x) for x in params], state, groups


def _value(x):
    return (x.dtype, tuple(x.shape), x.tolist()) if isinstance(x, torch.Tensor) else x


class TorchCase(Case):
    def assert_same(self, actual, expected, what=""):
        """Tensors, or lists of them, have the same bits."""
        if isinstance(actual, torch.Tensor):
            actual, expected = [actual], [expected]
        for i, (x, y) in enumerate(self._pairs(actual, expected)):
            self.assertEqual((x.dtype, x.shape), (y.dtype, y.shape), f"{what} [{i}]")
            self.assertTrue(torch.equal(x.detach(), y.detach()), f"{what} [{i}]: {(x - y).abs().max() if x.numel() else ''}")

    def assert_near(self, actual, expected, bound=BOUND, what="", floor=0.0):
        """No element differs by more than that share of the tensor's largest one, or of the floor where that is larger."""
        for i, (x, y) in enumerate(self._pairs(actual, expected)):
            x, y = torch.as_tensor(x).detach().double(), torch.as_tensor(y).detach().double()
            self.assertEqual(x.shape, y.shape, f"{what} [{i}]")
            if y.numel():
                difference, largest = (x - y).abs().max().item(), max(y.abs().max().item(), floor)
                self.assertLessEqual(difference, bound * largest, f"{what} [{i}]: {difference / (largest or 1):.2e} of the largest")

    def assert_states_near(self, actual, expected, bound=BOUND, what="", floor=0.0):
        """The state of two optimizers has the same names, and values near each other."""
        a, b = actual.state_dict()["state"], expected.state_dict()["state"]
        self.assertEqual(a.keys(), b.keys(), what)
        for key in b:
            # PyTorch's SGD counts no steps, and keeps None instead of nothing.
            kept = {x: v for x, v in b[key].items() if v is not None}
            self.assertEqual(set(a[key]) - (set() if "step" in kept else {"step"}), set(kept), what)
            names = list(kept)
            self.assert_near([a[key][x] for x in names], [b[key][x] for x in names], bound, f"{what}: state {key} {names}", floor)

    def _pairs(self, actual, expected):
        actual, expected = list(actual), list(expected)
        self.assertEqual(len(actual), len(expected))
        return list(zip(actual, expected))


def params_of(optimizer):
    return [param for group in optimizer.param_groups for param in group["params"]]


def pair(name, make=net, **options):
    """The same model twice, with our optimizer and PyTorch's."""
    first, second = make(), make()
    return getattr(ours, name)(first.parameters(), **options), first, theirs(name, second.parameters(), **options), second
