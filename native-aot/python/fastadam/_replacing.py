"""Files that take the place of others as a whole. They are written as in C#: src/FastAdam/Checkpoints/ReplacingFile.cs."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, Optional, Union

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be deleted
    fcntl = None  # type: ignore[assignment]

Path = Union[str, "os.PathLike[str]"]

_EXTENSION = ".fastadam-tmp"
_DIGITS = 16
_ATTEMPTS = 8


class ReplacingFile:
    """A file that is written beside another one, and takes its place when it is whole and on the disk.

    With ``with``: at its end the file takes its place, or is deleted where there was an exception.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _named(path):
            self._target = _target(path)
            self._mode = _mode(self._target)
            _delete_left_overs(self._target)
            self._descriptor, self._temporary = _create(self._target, 0o666 if self._mode is None else self._mode | 0o600)

    def __enter__(self) -> ReplacingFile:
        return self

    def write(self, data: memoryview) -> None:
        with _named(self._path):
            while data:
                data = data[os.write(self._descriptor, data) :]

    def __exit__(self, kind: Optional[type[BaseException]], fault: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        with _named(self._path):
            try:
                if kind is None:
                    self._replace()
            finally:
                self._close()
                if self._temporary:
                    with suppress(OSError):
                        os.unlink(self._temporary)
            if kind is None:
                _flush_folder(os.path.dirname(self._target))

    def _replace(self) -> None:
        if self._mode is not None and hasattr(os, "fchmod"):
            os.fchmod(self._descriptor, self._mode)
        os.fsync(self._descriptor)
        if sys.platform == "win32":  # which renames no file that is open like this
            self._close()
        os.replace(self._temporary, self._target)
        self._temporary = ""

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Has errors name the file that is to be saved, not the one that is written first."""
    try:
        yield
    except OSError as fault:
        if fault.errno is None:  # no error of the system, but one that a signal handler has raised
            raise
        raise OSError(fault.errno, fault.strerror, os.fspath(path)) from None


def _target(path: Path) -> str:
    """The file that a path leads to."""
    target = os.path.realpath(os.fspath(path))
    try:
        mode = os.lstat(target).st_mode
    except FileNotFoundError:
        return target
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "No ordinary file, and so not to be replaced by one")
    return target


def _mode(target: str) -> Optional[int]:
    """The permissions of a file; None where there is none."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except FileNotFoundError:
        return None


def _create(target: str, mode: int) -> tuple[int, str]:
    """A new file, which others leave alone for as long as it is open."""
    folder, name = os.path.split(target)
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    for attempt in range(_ATTEMPTS):
        path = os.path.join(folder, f".{name}.{os.urandom(_DIGITS // 2).hex()}{_EXTENSION}")
        descriptor = os.open(path, flags, mode)
        # Where another process that saves there has taken it for a left-over one, before it was locked, there is another attempt.
        if _lock(descriptor, False) and os.path.exists(path):
            return descriptor, path
        os.close(descriptor)
        if attempt == _ATTEMPTS - 1:
            with suppress(OSError):
                os.unlink(path)
    raise OSError(errno.EBUSY, "Other processes delete what is to become the file")


def _delete_left_overs(target: str) -> None:
    """Deletes what killed processes have left: what nobody has open."""
    folder, name = os.path.split(target)
    pattern = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{{_DIGITS}}}{re.escape(_EXTENSION)}")
    try:
        names = os.listdir(folder)
    except PermissionError:
        return
    for each in names:
        if not pattern.fullmatch(each):
            continue
        path = os.path.join(folder, each)
        # It may be open elsewhere, gone, or another user's: the save does not depend on it.
        with suppress(OSError):
            if fcntl is None:
                os.unlink(path)
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                if _lock(descriptor, True):
                    os.unlink(path)
            finally:
                os.close(descriptor)


def _lock(descriptor: int, alone: bool) -> bool:
    """Locks a file for as long as it is open, as .NET does. False where another one has it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return not alone
    return True


def _flush_folder(folder: str) -> None:
    """Has the names in a folder written to the disk, where the system can do that."""
    if sys.platform == "win32":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        return
    try:
        os.fsync(descriptor)
    except OSError as fault:
        if fault.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)
