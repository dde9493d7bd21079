"""What trainings came to, side by side, as numbers and as text."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from typing import Any

import fastadam
import torch
from runs import MAKERS, TRAININGS, difference, times, train
from tasks import Task, digits, text

#: How far the loss of a step may be from that with PyTorch's class, as a share of it: trainings drift apart with each rounding.
LOSS_BOUND = 0.02


def compare(chosen: Sequence[str], quick: bool, threads: int, seed: int, rounds: int) -> dict[str, Any]:
    """The comparison of each task of those names."""
    torch.set_num_threads(threads)
    report: dict[str, Any] = {
        "environment": {
            "torch": torch.__version__,
            "fastadam": fastadam.__version__,
            "isa": fastadam.isa(),
            "machine": platform.machine(),
            "processors": os.cpu_count(),
            "threads": threads,
            "load_before": os.getloadavg()[0],
        },
        "seed": seed,
        "tasks": [compared(make(seed), quick, rounds) for make in (digits, text) if make.__name__ in chosen],
    }
    report["environment"]["load_after"] = os.getloadavg()[0]
    return report


def compared(task: Task, quick: bool, rounds: int) -> dict[str, Any]:
    """The trainings of a task, and the times of their steps."""
    steps = task.steps[quick]
    networks, losses = {}, {}
    for name in TRAININGS:
        networks[name], losses[name] = train(task, name, steps)
    expected = losses["torch"]
    relative = {
        name: max(abs(x - y) / y for x, y in zip(each, expected)) for name, each in losses.items() if name != "torch"
    }
    measured = times(task, rounds, 1 if quick else 5)
    return {
        "name": task.name,
        "parameters": sum(x.numel() for x in networks["torch"].parameters()),
        "tensors": len(list(networks["torch"].parameters())),
        "steps": steps,
        "losses": losses,
        "largest_relative_difference_of_losses": relative,
        "differences_of_parameters": {name: difference(networks[name], networks["torch"])._asdict() for name in relative},
        "step_seconds": {name: statistics.median(each) for name, each in measured.items()},
        "speedup_of_fastadam_over": {
            name: statistics.median(x / y for x, y in zip(each, measured["fastadam"]))
            for name, each in measured.items() if name != "fastadam"
        },
        "rounds": rounds,
        "within_bound": max(relative.values()) <= LOSS_BOUND,
    }


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    environment = report["environment"]
    lines = [
        f"PyTorch {environment['torch']}, fastadam {environment['fastadam']} on {environment['isa']}, {environment['threads']} threads, "
        f"load {environment['load_before']:.1f} to {environment['load_after']:.1f}, seed {report['seed']}"
    ]
    for task in report["tasks"]:
        lines += ["", f"{task['name']}: {task['parameters']:,} parameters in {task['tensors']} tensors, {task['steps']} steps of AdamW"]
        lines += ["", "    loss at step  " + "".join(f"{x:>22}" for x in TRAININGS)]
        for i in sorted({0, task["steps"] // 4, task["steps"] // 2, 3 * task["steps"] // 4, task["steps"] - 1}):
            lines.append(f"    {i + 1:12}  " + "".join(f"{task['losses'][x][i]:22.6f}" for x in TRAININGS))
        lines += ["", "    beside torch, the largest difference of    losses     parameters, in ulps, of the tensor's largest"]
        for name, apart in task["differences_of_parameters"].items():
            loss = task["largest_relative_difference_of_losses"][name]
            lines.append(f"    {name:36}{loss:15.1e}{apart['ulps']:22,.0f}{apart['ulps_of_largest']:24,.1f}  {apart['tensor']}")
        lines += ["", f"    time of a step, median of {task['rounds']} rounds"]
        for name in MAKERS:
            over = task["speedup_of_fastadam_over"].get(name)
            beside = "" if over is None else f"   {over:5.2f} times that of fastadam"
            lines.append(f"    {name:20}{task['step_seconds'][name] * 1e3:10.3f} ms{beside}")
        if not task["within_bound"]:
            lines.append(f"    A loss is further from PyTorch's than {LOSS_BOUND:.0%}.")
    return "\n".join(lines)
