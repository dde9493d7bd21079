"""The shared library: where it is, and its functions as declared in fastadam.h."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from ctypes import POINTER, c_char_p, c_int32, c_int64, c_size_t, c_uint64, c_void_p

from ._errors import Error
from ._structures import Group, Report, StepOptions, Table, Tensor

ABI_VERSION = 2

OK = 0
ERR_OVERLAP = -6
ERR_HYPERPARAMETER = -7
ERR_MEMORY = -15

F32 = 0
F16 = 1
BF16 = 2
BLOCK8 = 4
SPLIT16 = 5
SPLIT8 = 6
F32_BF16_COPY = 7
F32_F16_COPY = 8
BF16_STOCHASTIC = 9
F16_STOCHASTIC = 10

SKIP_NON_FINITE = 1 << 0
REPORT_CHANGES = 1 << 1

NEVER_NEGATIVE = 1 << 0


def _file_name() -> str:
    if sys.platform == "win32":
        return "fastadam.dll"
    return "libfastadam.dylib" if sys.platform == "darwin" else "libfastadam.so"


def _runtime_identifier() -> str:
    """This machine's name among the builds: linux-x64 and the like."""
    system = {"win32": "win", "darwin": "osx"}.get(sys.platform, "linux")
    machine = platform.machine().lower()
    return system + "-" + {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(machine, machine)


def _find() -> str:
    """The library's path: FASTADAM_LIBRARY, or the bundled one, or a development build.

    Raises ImportError where there is none.
    """
    named = os.environ.get("FASTADAM_LIBRARY")
    if named:
        if not os.path.isfile(named):
            raise ImportError(f"FASTADAM_LIBRARY names {named!r}, which is no file.")
        return os.path.abspath(named)

    package = os.path.dirname(os.path.abspath(__file__))
    build = os.path.join(os.path.dirname(os.path.dirname(package)), "dist", _runtime_identifier())
    places = [os.path.join(package, "lib", _file_name()), os.path.join(build, "lib", _file_name())]
    for place in places:
        if os.path.isfile(place):
            return place
    raise ImportError(
        "The FastAdam library was not found. It was looked for at "
        + " and ".join(places)
        + "; the environment variable FASTADAM_LIBRARY, which is not set, can name another path."
    )


def _open(path: str) -> ctypes.CDLL:
    """Loads the library and declares its functions. Raises ImportError where it does not load or does not fit."""
    try:
        library = ctypes.CDLL(path)
        library.fastadam_abi_version.argtypes = []
        library.fastadam_abi_version.restype = c_int32
        abi_version = library.fastadam_abi_version()
        if abi_version != ABI_VERSION:
            raise ImportError(f"{path} has ABI version {abi_version}; this package needs {ABI_VERSION}.", path=path)

        library.fastadam_version.argtypes = []
        library.fastadam_version.restype = c_char_p
        library.fastadam_status_string.argtypes = [c_int32]
        library.fastadam_status_string.restype = c_char_p
        library.fastadam_load.argtypes = []
        library.fastadam_load.restype = c_int32
        library.fastadam_isa.argtypes = []
        library.fastadam_isa.restype = c_char_p
        library.fastadam_alloc.argtypes = [c_size_t, c_int32]
        library.fastadam_alloc.restype = c_void_p
        library.fastadam_free.argtypes = [c_void_p]
        library.fastadam_free.restype = None
        library.fastadam_openmp_executor.argtypes = []
        library.fastadam_openmp_executor.restype = c_void_p
        library.fastadam_set_executor.argtypes = [c_void_p, c_void_p]
        library.fastadam_set_executor.restype = c_int32
        for name, item in (("fastadam_step", Tensor), ("fastadam_sparse_step", Table)):
            function = getattr(library, name)
            function.argtypes = [
                POINTER(item),
                c_size_t,
                POINTER(Group),
                c_size_t,
                POINTER(StepOptions),
                c_int64,
                POINTER(Report),
            ]
            function.restype = c_int32
        for name in ("fastadam_to_evaluation", "fastadam_to_training"):
            function = getattr(library, name)
            function.argtypes = [POINTER(Tensor), c_size_t, POINTER(Group), c_size_t, c_int32]
            function.restype = c_int32
        for name in ("fastadam_decode", "fastadam_encode"):
            function = getattr(library, name)
            function.argtypes = [c_int32, c_void_p, c_void_p, c_size_t, c_uint64, c_void_p]
            function.restype = c_int32
    except (OSError, AttributeError) as error:
        raise ImportError(f"{path} cannot be used as the FastAdam library: {error}", path=path) from error
    return library


path: str = _find()
library: ctypes.CDLL = _open(path)

_used = False
_forked_after_use = False


def _after_fork() -> None:
    global _forked_after_use
    _forked_after_use = _used


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def enter() -> None:
    """To be called before everything that loads kernels.

    Raises what ``require_no_fork`` does.
    """
    global _used
    require_no_fork()
    _used = True


def require_no_fork() -> None:
    """Raises RuntimeError in a child that was forked after its parent had used kernels: the library does not survive that."""
    if _forked_after_use:
        raise RuntimeError(
            "fastadam was used before this process was forked, and cannot be used after it. Start processes with "
            'multiprocessing.get_context("spawn"), or use fastadam only in the children.'
        )


def free(address: int) -> None:
    """Frees a block of fastadam_alloc. A forked child keeps its parent's: the library does not survive the fork."""
    if not _forked_after_use:
        library.fastadam_free(address)


def error(status: int) -> Exception:
    """The exception for a status, with the library's own text."""
    text = library.fastadam_status_string(status).decode("utf-8")
    return MemoryError(text) if status == ERR_MEMORY else Error(status, text)


def isa() -> str:
    """The instruction set that steps use: "avx512", "avx2", "neon" or "scalar".

    The first call, or the first step, loads the kernels; the environment variable FASTADAM_ISA, read at that time, asks for
    another instruction set than the widest.

    Raises:
        Error: FASTADAM_ISA holds no known name or one that this CPU lacks, or the kernels' library is missing.
        RuntimeError: this process was forked after its parent had used the library.
    """
    enter()
    status = library.fastadam_load()
    if status != OK:
        raise error(status)
    name: bytes = library.fastadam_isa()
    return name.decode("ascii")


def version() -> str:
    """The version of the library that is loaded, such as "0.2.0"."""
    number: bytes = library.fastadam_version()
    return number.decode("ascii")
