"""How far a piece of work is."""

from __future__ import annotations

import sys
import time


class Progress:
    """Says on the error stream what is done: in a terminal in one line that changes, else in a line every few seconds.

    A ``with`` statement around the work clears the line at its end.
    """

    def __init__(self, what: str, total: int = 0) -> None:
        self._what, self._total, self._count = what, total, 0
        self._terminal = sys.stderr.isatty()
        self._start = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        if self._terminal or self._total == 0:
            self._say()
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def advance(self) -> None:
        """Counts one."""
        self._count += 1
        if time.monotonic() - self._said > (0.2 if self._terminal else 3):
            self._say()

    def _say(self) -> None:
        self._said = time.monotonic()
        line = self._what
        if self._total:
            line += f": {self._count} of {self._total}"
        elapsed = self._said - self._start
        if 0 < self._count < self._total and elapsed > 1:
            line += f", about {elapsed * (self._total - self._count) / self._count:.0f} s left"
        print(f"\r\x1b[K{line}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr, flush=True)
