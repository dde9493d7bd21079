"""How many processors this process may use: as many threads as a step has at most."""

from __future__ import annotations

import os
from pathlib import Path


def count() -> int:
    """The processors of the process, or what a container's quota leaves of them, rounded up; DOTNET_PROCESSOR_COUNT overrides it."""
    said = os.environ.get("DOTNET_PROCESSOR_COUNT", "")
    if said.isdigit() and int(said) > 0:
        return int(said)
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        return there if quota == "max" else max(1, min(there, -(-int(quota) // int(period))))
    except (OSError, ValueError):
        return there
