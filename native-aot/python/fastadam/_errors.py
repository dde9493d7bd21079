"""The exception for what is wrong with the library or the machine, not with an argument."""

from __future__ import annotations


class Error(RuntimeError):
    """The library cannot do a step here. ``status`` is its FASTADAM_ERR_... value, from fastadam.h."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status

    def __str__(self) -> str:
        return f"{self.args[1]} (status {self.status})"
