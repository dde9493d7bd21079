"""What is being done right now, on a terminal alone: files and pipes get nothing of it."""

from __future__ import annotations

import sys
from typing import TextIO


class Progress:
    """One line that the next one replaces."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream if stream.isatty() else None
        self._length = 0

    def show(self, text: str) -> None:
        """Replaces the line; an empty one takes it away."""
        if self._stream is not None:
            self._stream.write("\r" + text.ljust(self._length) + ("" if text else "\r"))
            self._stream.flush()
            self._length = len(text)
