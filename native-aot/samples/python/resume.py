#!/usr/bin/env python3
"""Trains the network of digits.py, and saves the run every few steps: killed at any moment, it goes on from there the next time, and ends
with the same bits. Needs numpy.

usage: resume.py run.safetensors [digits.csv.gz]

Exits with 1 where the accuracy on images it has not seen is below 0.93.
"""

import json
import sys
from pathlib import Path

import fastadam
import numpy as np
from digits import BATCH, DATA, EPOCHS, HIDDEN, LEARNING_RATE, forward, gradients

SAVED_EVERY = 20


def main():
    path = Path(sys.argv[1])
    rows = np.loadtxt(sys.argv[2] if len(sys.argv) > 2 else DATA, delimiter=",", dtype=np.float32)
    random = np.random.default_rng(0)
    random.shuffle(rows)
    images, labels = rows[:, :64] / 16, rows[:, 64].astype(np.int64)
    test, train = slice(0, 360), np.arange(360, len(rows))
    batches = len(train) // BATCH

    params = [
        random.normal(0, np.sqrt(2 / 64), (64, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        random.normal(0, np.sqrt(2 / HIDDEN), (HIDDEN, 10)).astype(np.float32),
        np.zeros(10, np.float32),
    ]
    optimizer = fastadam.AdamW(params, lr=LEARNING_RATE)

    # Where the run is: its step, and the random generator's state at the start of that step's epoch.
    step, epoch_state = 0, random.bit_generator.state
    if path.exists():
        saved = fastadam.load_checkpoint(path, optimizer, names=["w1", "b1", "w2", "b2"])
        step, epoch_state = int(saved["step"]), json.loads(saved["random"])
    print(f"from step {step}", flush=True)

    while step < EPOCHS * batches:
        random.bit_generator.state = epoch_state
        optimizer.lr = LEARNING_RATE * (1 - step // batches / EPOCHS)
        order = np.array_split(random.permutation(train), batches)
        while True:
            batch = order[step % batches]
            optimizer.step(gradients(params, images[batch], labels[batch]))
            step += 1
            if step % batches == 0:
                epoch_state = random.bit_generator.state
            if step % SAVED_EVERY == 0 or step == EPOCHS * batches:
                metadata = {"step": str(step), "random": json.dumps(epoch_state)}
                fastadam.save_checkpoint(path, optimizer, names=["w1", "b1", "w2", "b2"], metadata=metadata)
            if step % batches == 0:
                break

    accuracy = float(np.mean(forward(params, images[test])[1].argmax(axis=1) == labels[test]))
    print(f"test accuracy {accuracy:.4f} after {step} steps, on {fastadam.isa()}")
    return 0 if accuracy >= 0.93 else 1


if __name__ == "__main__":
    sys.exit(main())
