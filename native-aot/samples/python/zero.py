#!/usr/bin/env python3
"""Trains a network in several processes, each of which keeps the state of its share of the parameters alone.

usage: python3 -m torch.distributed.run --nproc_per_node=2 zero.py [--json] [digits.csv.gz]

PyTorch 1.13 with Python 3.11 needs --redirects=9:1 --tee=9:1 before the file: its launcher has no defaults there, and there is no rank 9.

DistributedDataParallel averages the gradients, ZeroRedundancyOptimizer shares out the state and the steps of fastadam.torch.AdamW.
The same training with PyTorch's AdamW in its place is beside it. Needs PyTorch with gloo, and numpy.

Exits with 1 where the parameters of the processes differ in a bit, where they are further than ULPS from those of PyTorch's AdamW, or
where the state that rank 0 has gathered does not go on as the processes do.
"""

import argparse
import json
import sys
from pathlib import Path

import fastadam.torch
import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.nn.parallel import DistributedDataParallel

DATA = Path(__file__).resolve().parents[3] / "benchmarks" / "FastAdam.Convergence" / "data" / "digits.csv.gz"
BATCH, STEPS, LEARNING_RATE = 64, 60, 0.003

#: How far parameters may be from those with PyTorch's class, in units in the last place of their tensor's largest element.
ULPS = 64


def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(64, 128), nn.Tanh(), nn.Linear(128, 64), nn.Tanh(), nn.Linear(64, 10))


def batches(images, labels, start, stop):
    """This process' part of each mini-batch, the same for the same number."""
    rank, count = dist.get_rank(), dist.get_world_size()
    for i in range(start, stop):
        batch = torch.randint(len(images), (BATCH,), generator=torch.Generator().manual_seed(i))[rank::count]
        yield images[batch], labels[batch]


def train(model, optimizer, data):
    loss = torch.zeros(())
    for images, labels in data:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return loss.detach()


def trained(kind, images, labels):
    """The model after a training, its optimizer, and the loss of the last mini-batch over all processes."""
    model = DistributedDataParallel(network())
    optimizer = ZeroRedundancyOptimizer(model.parameters(), optimizer_class=kind, lr=LEARNING_RATE)
    loss = train(model, optimizer, batches(images, labels, 0, STEPS))
    dist.all_reduce(loss)
    return model, optimizer, loss.item() / dist.get_world_size()


def same_everywhere(model):
    """Whether all processes have the bits that rank 0 has."""
    differ = torch.zeros(())
    for param in model.parameters():
        other = param.detach().clone()
        dist.broadcast(other, 0)
        differ += not torch.equal(other, param)
    dist.all_reduce(differ)
    return differ.item() == 0


def ulps(model, other):
    """The largest difference of parameters, in units in the last place of their tensor's largest element."""
    largest = 0.0
    for x, y in zip(model.parameters(), other.parameters()):
        x, y = x.detach().numpy(), y.detach().numpy()
        largest = max(largest, float(np.abs(x - y).max() / np.spacing(np.abs(y).max())))
    return largest


def state_bytes(optimizer):
    """Of each process: the bytes of state that its own optimizer keeps."""
    own = sum(x.numel() * x.element_size() for entry in optimizer.optim.state.values() for x in entry.values())
    sizes = [torch.zeros((), dtype=torch.int64) for _ in range(dist.get_world_size())]
    dist.all_gather(sizes, torch.tensor(own))
    return [x.item() for x in sizes]


def goes_on(model, optimizer, images, labels):
    """Whether the state that rank 0 gathers, in one optimizer for all parameters, makes the next step that the processes make."""
    optimizer.consolidate_state_dict(to=0)
    alone = None
    if dist.get_rank() == 0:
        alone = network()
        alone.load_state_dict(model.module.state_dict())
        whole = fastadam.torch.AdamW(alone.parameters(), lr=LEARNING_RATE)
        whole.load_state_dict(optimizer.state_dict())
    train(model, optimizer, batches(images, labels, STEPS, STEPS + 1))
    same = torch.ones(())
    if alone is not None:
        for param, other in zip(alone.parameters(), model.parameters()):
            param.grad = other.grad.clone()
        whole.step()
        same *= all(torch.equal(x, y) for x, y in zip(alone.parameters(), model.parameters()))
    dist.broadcast(same, 0)
    return bool(same)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", nargs="?", default=DATA)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    rows = torch.from_numpy(np.loadtxt(arguments.data, delimiter=",", dtype=np.float32))
    images, labels = rows[:, :64] / 16, rows[:, 64].long()

    model, optimizer, loss = trained(fastadam.torch.AdamW, images, labels)
    other, their_optimizer, their_loss = trained(torch.optim.AdamW, images, labels)
    report = {
        "processes": dist.get_world_size(),
        "loss": loss,
        "loss_with_torch": their_loss,
        "same_on_all": same_everywhere(model),
        "ulps_from_torch": ulps(model, other),
        "state_bytes": state_bytes(optimizer),
        "state_bytes_with_torch": state_bytes(their_optimizer),
        "gathered_state_goes_on": goes_on(model, optimizer, images, labels),
    }
    if dist.get_rank() == 0:
        if arguments.json:
            print(json.dumps(report))
        else:
            print(f"{report['processes']} processes, {STEPS} steps: loss {loss:.6f}, with PyTorch's AdamW {their_loss:.6f}")
            print(f"parameters: the same bits on all: {report['same_on_all']}; {report['ulps_from_torch']:.1f} ulps from PyTorch's AdamW")
            print(f"bytes of state, by rank: {report['state_bytes']}, with PyTorch's AdamW {report['state_bytes_with_torch']}")
            print(f"the gathered state makes the same next step: {report['gathered_state_goes_on']}")
    dist.destroy_process_group()
    return 0 if report["same_on_all"] and report["gathered_state_goes_on"] and report["ulps_from_torch"] <= ULPS else 1


if __name__ == "__main__":
    sys.exit(main())
