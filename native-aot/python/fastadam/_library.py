"""The shared library: where it is, and its functions as declared in fastadam.h."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from ctypes import POINTER, Structure, c_char_p, c_double, c_int32, c_int64, c_size_t, c_uint32, c_void_p

from ._errors import Error

ABI_VERSION = 1

OK = 0
ERR_OVERLAP = -6
ERR_HYPERPARAMETER = -7

F32 = 0
F16 = 1
BF16 = 2

ADAM, NADAM, RADAM, ADAMAX, SGD, ADAGRAD, RMSPROP, LION = range(8)

# By the names of the hyperparameters that they are.
GROUP_FLAGS = {
    "decoupled_weight_decay": 1 << 0,
    "maximize": 1 << 1,
    "amsgrad": 1 << 2,
    "preserve_subnormals": 1 << 3,
    "nesterov": 1 << 4,
    "centered": 1 << 5,
}

SKIP_NON_FINITE = 1 << 8
REPORT_CHANGES = 1 << 9


class Options(Structure):
    """fastadam_options."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("lr", c_double),
        ("beta1", c_double),
        ("beta2", c_double),
        ("eps", c_double),
        ("weight_decay", c_double),
        ("threads", c_int32),
        ("reserved", c_uint32),
        ("grad_scale", c_double),
    ]


class Tensor(Structure):
    """fastadam_tensor."""

    _fields_ = [
        ("param", c_void_p),
        ("grad", c_void_p),
        ("exp_avg", c_void_p),
        ("exp_avg_sq", c_void_p),
        ("max_exp_avg_sq", c_void_p),
        ("n", c_size_t),
        ("param_dtype", c_int32),
        ("grad_dtype", c_int32),
        ("exp_avg_dtype", c_int32),
        ("exp_avg_sq_dtype", c_int32),
    ]


class Group(Structure):
    """fastadam_group."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("rule", c_int32),
        ("flags", c_uint32),
        ("reserved", c_uint32),
        ("lr", c_double),
        ("beta1", c_double),
        ("beta2", c_double),
        ("eps", c_double),
        ("weight_decay", c_double),
        ("momentum", c_double),
        ("dampening", c_double),
        ("lr_decay", c_double),
        ("momentum_decay", c_double),
        ("grad_scale", c_double),
        ("max_grad_value", c_double),
    ]


class StepOptions(Structure):
    """fastadam_step_options."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("threads", c_int32),
        ("reserved", c_uint32),
        ("max_grad_norm", c_double),
    ]


class Report(Structure):
    """fastadam_report."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("skipped", c_uint32),
        ("non_finite", c_int64),
        ("grad_norm", c_double),
        ("update_norm", c_double),
        ("param_norm", c_double),
        ("unchanged_share", c_double),
    ]


class GroupTensor(Tensor):
    """fastadam_group_tensor, whose first field is a fastadam_tensor."""

    _fields_ = [
        ("momentum_product", c_void_p),
        ("step", c_int64),
        ("group", c_int32),
        ("reserved", c_uint32),
    ]


class Sparse(Structure):
    """fastadam_sparse."""

    _fields_ = [
        ("param", c_void_p),
        ("grad", c_void_p),
        ("exp_avg", c_void_p),
        ("exp_avg_sq", c_void_p),
        ("indices", c_void_p),
        ("rows", c_size_t),
        ("row_length", c_size_t),
        ("count", c_size_t),
        ("param_dtype", c_int32),
        ("grad_dtype", c_int32),
        ("exp_avg_dtype", c_int32),
        ("exp_avg_sq_dtype", c_int32),
    ]


class GroupSparse(Sparse):
    """fastadam_group_sparse, whose first field is a fastadam_sparse."""

    _fields_ = [
        ("step", c_int64),
        ("group", c_int32),
        ("reserved", c_uint32),
    ]


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
        library.fastadam_options_init.argtypes = [POINTER(Options)]
        library.fastadam_options_init.restype = None
        library.fastadam_load.argtypes = []
        library.fastadam_load.restype = c_int32
        library.fastadam_isa.argtypes = []
        library.fastadam_isa.restype = c_char_p
        library.fastadam_alloc.argtypes = [c_size_t, c_int32]
        library.fastadam_alloc.restype = c_void_p
        library.fastadam_free.argtypes = [c_void_p]
        library.fastadam_free.restype = None
        for name in ("fastadam_step_f32", "fastadam_step_f16", "fastadam_step_bf16"):
            function = getattr(library, name)
            function.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, POINTER(Options), c_int64]
            function.restype = c_int32
        library.fastadam_step.argtypes = [POINTER(Tensor), c_size_t, POINTER(Options), c_int64]
        library.fastadam_step.restype = c_int32
        library.fastadam_optimizer_step.argtypes = [
            POINTER(GroupTensor),
            c_size_t,
            POINTER(Group),
            c_size_t,
            POINTER(StepOptions),
            c_int64,
            POINTER(Report),
        ]
        library.fastadam_optimizer_step.restype = c_int32
        library.fastadam_sparse_optimizer_step.argtypes = [
            POINTER(GroupSparse),
            c_size_t,
            POINTER(Group),
            c_size_t,
            POINTER(StepOptions),
            c_int64,
            POINTER(Report),
        ]
        library.fastadam_sparse_optimizer_step.restype = c_int32
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

    Raises RuntimeError in a child that was forked after its parent had used them: the library does not survive that.
    """
    global _used
    if _forked_after_use:
        raise RuntimeError(
            "fastadam was used before this process was forked, and cannot be used after it. Start processes with "
            'multiprocessing.get_context("spawn"), or use fastadam only in the children.'
        )
    _used = True


def free(address: int) -> None:
    """Frees a block of fastadam_alloc. A forked child keeps its parent's: the library does not survive the fork."""
    if not _forked_after_use:
        library.fastadam_free(address)


def error(status: int) -> Error:
    """The exception for a status, with the library's own text."""
    return Error(status, library.fastadam_status_string(status).decode("utf-8"))


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
    """The version of the library that is loaded, such as "0.1.0"."""
    number: bytes = library.fastadam_version()
    return number.decode("ascii")
