"""How fast AdamW is on this machine, beside what its memory does with the same traffic.

An AdamW step in float32 reads four arrays and writes three of them: 28 bytes an element. Three passes of numpy move the same bytes with
next to no arithmetic, in the same arrays: p += g, m = -m, v = |v|. Both take turns, so that a busy moment of the machine meets both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import fastadam
import numpy as np

#: Read: p, g, m, v. Written: p, m, v.
BYTES_MOVED = 28
BYTES_HELD = 16

#: Elements that are filled with random numbers at a time.
_CHUNK = 1 << 20


class Speed(NamedTuple):
    """Medians over the rounds."""

    threads: int
    elements: int
    rounds: int
    ns_per_element: float
    gb_per_s: float
    limit_gb_per_s: float

    @property
    def ratio(self) -> float:
        """1 is the limit."""
        return self.gb_per_s / self.limit_gb_per_s


def measure(elements: int, threads: list[int], seconds: float, show: Callable[[str], None]) -> list[Speed]:
    """The speed with each number of threads, in about so many seconds, and at least three rounds."""
    show("making the arrays")
    arrays = [fastadam.zeros(elements) for _ in range(4)]
    p, g, m, v = arrays
    random = np.random.default_rng(0)
    for start in range(0, elements, _CHUNK):
        part = slice(start, min(start + _CHUNK, elements))
        p[part] = g[part] = random.standard_normal(part.stop - start, np.float32)
        g[part] *= np.float32(1e-3)

    times: dict[int, tuple[list[float], list[float]]] = {count: ([], []) for count in threads}
    end = time.perf_counter() + seconds
    rounds = -1  # the first is not counted: it brings the kernels, the threads and the pages
    with ThreadPoolExecutor(max(threads)) as pool:
        while rounds < 3 or time.perf_counter() < end:
            rounds += 1
            show(f"measuring, round {rounds}")
            for count, (ours, theirs) in times.items():
                taken = (_timed(_step, arrays, count), _timed(_passes, arrays, count, pool))
                if rounds > 0:
                    ours.append(taken[0])
                    theirs.append(taken[1])
    return [_speed(count, elements, *times[count]) for count in threads]


def _speed(threads: int, elements: int, ours: list[float], theirs: list[float]) -> Speed:
    median = statistics.median(ours)
    moved = elements * BYTES_MOVED / 1e9
    return Speed(threads, elements, len(ours), median / elements * 1e9, moved / median, moved / statistics.median(theirs))


def _timed(run: Callable[..., None], *arguments: Any) -> float:
    start = time.perf_counter()
    run(*arguments)
    return time.perf_counter() - start


def _step(arrays: list[Any], threads: int) -> None:
    fastadam.step(*arrays, step=1000, lr=1e-6, weight_decay=0.01, decoupled_weight_decay=True, threads=threads)


def _passes(arrays: list[Any], threads: int, pool: ThreadPoolExecutor) -> None:
    """Each thread has a part, the caller too, as in a step: a thread that must be woken first costs both the same."""
    bounds = [arrays[0].size * i // threads for i in range(threads + 1)]
    parts = [[x[bounds[i] : bounds[i + 1]] for x in arrays] for i in range(threads)]
    others = [pool.submit(_pass, *part) for part in parts[1:]]
    _pass(*parts[0])
    for other in others:
        other.result()


def _pass(p: Any, g: Any, m: Any, v: Any) -> None:
    np.add(p, g, out=p)
    np.negative(m, out=m)
    np.absolute(v, out=v)
