"""What is trained: networks, and mini-batches of the data of FastAdam.Convergence."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

DATA = Path(__file__).resolve().parents[1] / "FastAdam.Convergence" / "data"
VOCABULARY, WIDTH, HEADS, LAYERS, LENGTH = 2048, 256, 4, 4, 32


class Task(NamedTuple):
    """A network and its training.

    Attributes:
        name: what reports call it.
        model: makes the network, the same for the same seed.
        loss: the network's loss for the mini-batch of a number.
        learning_rate: that of AdamW.
        steps: of a whole run, and of a quick one.
    """

    name: str
    model: Callable[[], nn.Module]
    loss: Callable[[nn.Module, int], Tensor]
    learning_rate: float
    steps: tuple[int, int]


class Transformer(nn.Module):
    """The next word of a text: 4,215,808 parameters in 51 tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.places = nn.Embedding(LENGTH, WIDTH)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0.0, batch_first=True, norm_first=True) for _ in range(LAYERS)
        )
        self.head = nn.Linear(WIDTH, VOCABULARY, bias=False)
        self.register_buffer("mask", torch.full((LENGTH, LENGTH), float("-inf")).triu(1), persistent=False)

    def forward(self, words: Tensor) -> Tensor:
        """The logits of the words after those, shape [batch, LENGTH, VOCABULARY]."""
        x = self.words(words) + self.places.weight
        for layer in self.layers:
            x = layer(x, self.mask)
        return self.head(x)


def digits(seed: int) -> Task:
    """Images of handwritten digits, for a small network with two convolutions."""
    rows = torch.from_numpy(np.loadtxt(DATA / "digits.csv.gz", delimiter=",", dtype=np.float32))
    images, labels = rows[:, :64].view(-1, 1, 8, 8) / 16, rows[:, 64].long()

    def model() -> nn.Module:
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(512, 64), nn.ReLU(), nn.Linear(64, 10),
        )

    def loss(network: nn.Module, i: int) -> Tensor:
        batch = torch.randint(len(rows), (32,), generator=torch.Generator().manual_seed(seed + i))
        return nn.functional.cross_entropy(network(images[batch]), labels[batch])

    return Task("digits", model, loss, 2e-3, (300, 20))


def text(seed: int) -> Task:
    """The next word of a text, for a small transformer. Words beyond the most frequent ones are one word."""
    with gzip.open(DATA / "text.txt.gz", "rt", encoding="utf-8") as file:
        words = re.findall(r"\w+|[^\w\s]", file.read())
    frequent = [word for word, _ in Counter(words).most_common(VOCABULARY - 1)]
    numbers = {word: i for i, word in enumerate(frequent, 1)}
    sequence = torch.tensor([numbers.get(word, 0) for word in words])

    def model() -> nn.Module:
        torch.manual_seed(seed)
        return Transformer()

    def loss(network: nn.Module, i: int) -> Tensor:
        starts = torch.randint(len(sequence) - LENGTH, (8,), generator=torch.Generator().manual_seed(seed + i))
        batch = torch.stack([sequence[start : start + LENGTH + 1] for start in starts])
        return nn.functional.cross_entropy(network(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())

    return Task("text", model, loss, 3e-4, (60, 2))
