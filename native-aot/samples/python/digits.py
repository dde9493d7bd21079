#!/usr/bin/env python3
"""Trains a small network on real images of handwritten digits with fastadam.AdamW. Needs numpy.

usage: digits.py [digits.csv.gz]

Exits with 1 where the accuracy on images it has not seen is below 0.93.
"""

import sys
from pathlib import Path

import fastadam
import numpy as np

DATA = Path(__file__).resolve().parents[3] / "benchmarks" / "FastAdam.Convergence" / "data" / "digits.csv.gz"
HIDDEN, BATCH, EPOCHS, LEARNING_RATE = 32, 32, 30, 0.005


def forward(params, images):
    """The hidden layer and the logits of a network with one hidden layer of ReLU units."""
    w1, b1, w2, b2 = params
    hidden = np.maximum(images @ w1 + b1, 0)
    return hidden, hidden @ w2 + b2


def gradients(params, images, labels):
    """The gradients of the mean cross entropy."""
    hidden, logits = forward(params, images)
    delta = np.exp(logits - logits.max(axis=1, keepdims=True))
    delta /= delta.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1
    delta /= np.float32(len(labels))
    back = (delta @ params[2].T) * (hidden > 0)
    return [images.T @ back, back.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)]


def main():
    rows = np.loadtxt(sys.argv[1] if len(sys.argv) > 1 else DATA, delimiter=",", dtype=np.float32)
    random = np.random.default_rng(0)
    random.shuffle(rows)
    images, labels = rows[:, :64] / 16, rows[:, 64].astype(np.int64)
    test, train = slice(0, 360), np.arange(360, len(rows))

    params = [
        random.normal(0, np.sqrt(2 / 64), (64, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        random.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, 10)).astype(np.float32),
        np.zeros(10, np.float32),
    ]
    optimizer = fastadam.AdamW(params, lr=LEARNING_RATE)
    for epoch in range(EPOCHS):
        optimizer.lr = LEARNING_RATE * (1 - epoch / EPOCHS)
        random.shuffle(train)
        for batch in np.array_split(train, len(train) // BATCH):
            optimizer.step(gradients(params, images[batch], labels[batch]))

    accuracy = float(np.mean(forward(params, images[test])[1].argmax(axis=1) == labels[test]))
    print(f"test accuracy {accuracy:.4f} after {EPOCHS} epochs, on {fastadam.isa()}")
    return 0 if accuracy >= 0.93 else 1


if __name__ == "__main__":
    sys.exit(main())
