"""Whose threads steps use: the library's own, or those of the OpenMP runtime that the process has loaded."""

from __future__ import annotations

from typing import Any, Optional

from . import _library


def use_openmp() -> None:
    """From now on, steps use the threads of the OpenMP runtime that this process has loaded, as PyTorch does.

    After their own work those threads go on spinning for a while, on the processors that the library's threads would need. So this is for
    processes that compute with OpenMP between the steps. It holds for all steps of the process, of other Python threads too, but for those
    of an optimizer that has an ``executor``. A step uses at most as many threads as the runtime does (``OMP_NUM_THREADS``,
    ``torch.set_num_threads``). Results have the same bits.

    Raises:
        RuntimeError: no runtime is loaded (libgomp, libomp or libiomp5; only looked for on Linux), or this process was forked after its
            parent had used the library.
    """
    _set(openmp())


def use_pool() -> None:
    """From now on, steps use the library's own threads again, as at the start of a process.

    Raises:
        RuntimeError: this process was forked after its parent had used the library.
    """
    _set(None)


def executor_address(name: Any) -> Optional[int]:
    """The field ``executor`` of a step's options for what users call it: None is the process's.

    Raises ValueError for another name than "openmp", and RuntimeError where no runtime is loaded.
    """
    return None if executor_name(name) is None else openmp()


def executor_name(name: Any) -> Optional[str]:
    """Raises ValueError for another one than "openmp" and None."""
    if name is not None and not (isinstance(name, str) and name == "openmp"):
        raise ValueError(f'executor must be "openmp" or None, not {name!r}.')
    return name


def openmp() -> int:
    """The address of the executor over OpenMP. Raises RuntimeError where no runtime is loaded."""
    address: Optional[int] = _library.library.fastadam_openmp_executor()
    if address is None:
        raise RuntimeError(
            "This process has loaded no OpenMP runtime (libgomp, libomp or libiomp5) whose threads steps could use: import what brings "
            "one, such as torch, before."
        )
    return address


def _set(executor: Optional[int]) -> None:
    _library.require_no_fork()
    status = _library.library.fastadam_set_executor(executor, None)
    if status != _library.OK:
        raise _library.error(status)
