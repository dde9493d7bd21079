"""One thing that must hold, and how arrays are compared to the bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Optional

import numpy as np


class Difference(NamedTuple):
    """What does not hold."""

    expected: str
    seen: str


class Check(NamedTuple):
    """Something that must hold. ``run`` gives the first difference, or None."""

    name: str
    run: Callable[[], Optional[Difference]]


def difference(what: str, expected: Any, seen: Any) -> Optional[Difference]:
    """The first element that has other bits."""
    if expected.dtype != seen.dtype or expected.shape != seen.shape:
        return Difference(f"{what}: {expected.dtype} of shape {expected.shape}", f"{seen.dtype} of shape {seen.shape}")
    bits = [np.ascontiguousarray(x).reshape(-1).view(f"u{x.dtype.itemsize}") for x in (expected, seen)]
    places = np.flatnonzero(bits[0] != bits[1])
    if places.size == 0:
        return None
    first = int(places[0])
    shown = [f"{x.reshape(-1)[first]!s} (bits {b[first]:#x})" for x, b in zip((expected, seen), bits)]
    return Difference(f"{what}, element {first}: {shown[0]}", f"{shown[1]}; {places.size} of {expected.size} elements differ")


def first(differences: Any) -> Optional[Difference]:
    """The first that is none other than None."""
    return next((x for x in differences if x is not None), None)
