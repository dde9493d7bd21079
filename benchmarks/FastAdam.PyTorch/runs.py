"""Trainings with PyTorch's class and FastAdam's from the same start, and the time of their steps."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import fastadam.torch
import numpy as np
import torch
from progress import Progress
from tasks import Task
from torch import Tensor, nn

#: What makes an optimizer of parameters and a learning rate.
Make = Callable[[Any, float], torch.optim.Optimizer]

MAKERS: dict[str, Make] = {
    "fastadam": lambda params, lr: fastadam.torch.AdamW(params, lr=lr),
    "torch": lambda params, lr: torch.optim.AdamW(params, lr=lr, foreach=False),
    "torch_foreach": lambda params, lr: torch.optim.AdamW(params, lr=lr, foreach=True),
}

#: The optimizers of a training: that of its first half and that of its second, which takes over the first one's ``state_dict``.
TRAININGS = {
    "torch": ("torch", "torch"),
    "fastadam": ("fastadam", "fastadam"),
    "torch_then_fastadam": ("torch", "fastadam"),
    "fastadam_then_torch": ("fastadam", "torch"),
}


class Difference(NamedTuple):
    """How far parameters are from others.

    Attributes:
        ulps: the largest difference, in units in the last place of the elements.
        ulps_of_largest: the same in those of the tensor's largest element.
        tensor: the name of the one where the latter is.
    """

    ulps: float
    ulps_of_largest: float
    tensor: str


def step(network: nn.Module, optimizer: torch.optim.Optimizer, task: Task, i: int) -> tuple[float, float]:
    """One step of a training. Returns the loss before it, and the seconds of ``optimizer.step()``."""
    optimizer.zero_grad(set_to_none=True)
    loss = task.loss(network, i)
    loss.backward()
    start = time.perf_counter()
    optimizer.step()
    seconds = time.perf_counter() - start
    return loss.item(), seconds


def train(task: Task, name: str, steps: int) -> tuple[nn.Module, list[float]]:
    """A training of that name in ``TRAININGS``. Returns the network and the losses of the steps."""
    network = task.model()
    losses: list[float] = []
    optimizer = None
    with Progress(f"{task.name}: steps with {name}, training {list(TRAININGS).index(name) + 1} of {len(TRAININGS)}", steps) as progress:
        for half, maker in enumerate(TRAININGS[name]):
            former, optimizer = optimizer, MAKERS[maker](network.parameters(), task.learning_rate)
            if former is not None:
                optimizer.load_state_dict(former.state_dict())
            for i in range(half * (steps // 2), steps if half else steps // 2):
                losses.append(step(network, optimizer, task, i)[0])
                progress.advance()
    return network, losses


def difference(actual: nn.Module, expected: nn.Module) -> Difference:
    """How far a network's parameters are from another one's."""
    ulps = of_largest = 0.0
    tensor = ""
    for (name, x), y in zip(actual.named_parameters(), expected.parameters()):
        apart = np.abs(_array(x) - _array(y))
        larger = np.maximum(np.abs(_array(x)), np.abs(_array(y))).astype(np.float32)
        ulps = max(ulps, float((apart / np.spacing(larger)).max()))
        beside_largest = float(apart.max() / np.spacing(larger.max()))
        if beside_largest > of_largest:
            of_largest, tensor = beside_largest, name
    return Difference(ulps, of_largest, tensor)


def times(task: Task, rounds: int, steps: int) -> dict[str, list[float]]:
    """The median time of a step in each round, in seconds. In a round each optimizer trains its own network for some steps; another one
    begins in each. There is one round more, before the others, which does not count."""
    networks = {name: task.model() for name in MAKERS}
    optimizers = {name: make(networks[name].parameters(), task.learning_rate) for name, make in MAKERS.items()}
    medians: dict[str, list[float]] = {name: [] for name in MAKERS}
    with Progress(f"{task.name}: turns of the timing", (rounds + 1) * len(MAKERS)) as progress:
        for i in range(rounds + 1):
            for name in _from(list(MAKERS), i):
                measured = [step(networks[name], optimizers[name], task, i * steps + j)[1] for j in range(steps)]
                if i > 0:
                    medians[name].append(statistics.median(measured))
                progress.advance()
    return medians


def _from(names: Sequence[str], i: int) -> list[str]:
    first = i % len(names)
    return [*names[first:], *names[:first]]


def _array(x: Tensor) -> np.ndarray:
    return x.detach().numpy().astype(np.float64)
