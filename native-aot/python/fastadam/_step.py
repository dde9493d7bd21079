"""One step over tensors whose moments the caller keeps."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import sizeof
from typing import Any, Optional, Union

from . import _hyperparameters, _library, _threads
from ._around import Around
from ._arrays import Array, View, is_array, require_apart, require_same_shape, uint16_code, view
from ._formats import Formats, is_stochastic, require_16_bit, stored_param
from ._rules import ADAM

Arrays = Union[Array, Sequence[Array]]

# The state arrays, in the library's order.
_STATE = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")


def step(
    param: Arrays,
    grad: Arrays,
    exp_avg: Arrays,
    exp_avg_sq: Arrays,
    *,
    max_exp_avg_sq: Optional[Arrays] = None,
    copy: Optional[Arrays] = None,
    step: int,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled_weight_decay: bool = False,
    maximize: bool = False,
    grad_scale: float = 1.0,
    preserve_subnormals: bool = False,
    threads: int = 0,
    dtype: Any = None,
    rounding: str = "nearest",
    seed: int = 0,
    executor: Optional[str] = None,
) -> None:
    """One Adam or AdamW step over one tensor, or over a list of tensors. Updates all but the gradients in place.

    For every element, in single precision, with t the step and g the gradient, divided by grad_scale, and negated if
    maximizing::

        p = p * (1 - lr * weight_decay)         with decoupled_weight_decay (AdamW)
        g = g + weight_decay * p                otherwise (Adam with L2)
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        p = p - lr / (1 - betas[0]**t) * m / (sqrt(v) / sqrt(1 - betas[1]**t) + eps)

    where AMSGrad, which max_exp_avg_sq makes it, has the largest v so far for the last v.

    The arrays of a tensor are numpy arrays or PyTorch CPU tensors, C-contiguous and of one shape, which can be any. Each
    can have a dtype of its own: float32, float16 or bfloat16 (ml_dtypes' or PyTorch's), or uint16 where the argument ``dtype``
    says what that holds. 16-bit elements are rounded to nearest even when written, unless ``rounding`` says otherwise. Nothing is copied. PyTorch's autograd does
    not see the update, as under ``torch.no_grad()``.

    Args:
        param: p, the parameters; or a list of such arrays, and then the others are lists of the same length.
        grad: g, the gradients; only read, so they may be read-only and may overlap each other.
        exp_avg: m, the first moment; zeros before step 1.
        exp_avg_sq: v, the second moment; zeros before step 1.
        max_exp_avg_sq: the largest v so far; zeros before step 1. None for Adam without AMSGrad.
        copy: takes what the float32 parameters are after the step, in bfloat16 or float16, rounded to nearest even.
        step: t, 1 for the first.
        lr: the learning rate; finite, at least 0.
        betas: the decay rates of the moments; each at least 0 and below 1.
        eps: added to the root of the bias-corrected second moment; finite, at least 0.
        weight_decay: finite, at least 0. PyTorch's AdamW has 1e-2.
        decoupled_weight_decay: AdamW's weight decay instead of L2.
        maximize: climb instead of descend.
        grad_scale: what the gradients are divided by, for scaled losses; finite, above 0.
        preserve_subnormals: store moments below 2**-126 as they are, as PyTorch does, instead of as zero. Such moments make
            x86 CPUs many times slower.
        threads: how many may share a step over 262,144 elements or more, which in a list are counted together: 0 for as many as
            this process may use, 1 for the caller's thread only, k for at most k, and never more than with 0. Results do
            not depend on it.
        dtype: what uint16 arrays hold, "bfloat16" or "float16"; without it they are an error. Other arrays have their own.
        rounding: "stochastic" for 16-bit parameters rounded at random, as the optimizers' ``rounding``; a tensor's number is its place
            in the list.
        seed: of random rounding, from 0 to 2**64 - 1.
        executor: whose threads: "openmp" for those of the OpenMP runtime that this process has loaded, None for what
            ``fastadam.use_openmp`` and ``fastadam.use_pool`` say.

    Raises:
        TypeError: an argument is no array, has another dtype or byte order, is not in the CPU's memory, or is of a class whose
            arrays may mean more than their memory holds, such as numpy's masked ones; a list comes with a single array; a hyperparameter is no number, or step or threads is no integer.
        ValueError: an array is not C-contiguous, is read-only although it is written, differs in shape, or overlaps another;
            lists differ in length; a hyperparameter, the step, threads, dtype or executor is out of its range.
        Error: the library has no kernels for this machine, or FASTADAM_ISA asks for ones that it lacks.
        RuntimeError: this process was forked after its parent had used the library, or has loaded no OpenMP runtime for the executor.

    After an exception all arrays are as they were. Messages name the argument, and in a list the element: ``exp_avg[3]``.
    """
    number = _hyperparameters.step_number(step)
    values = _hyperparameters.checked(
        ADAM,
        {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": max_exp_avg_sq is not None,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "preserve_subnormals": preserve_subnormals,
        },
    )
    around = Around(
        _hyperparameters.thread_count(threads),
        _hyperparameters.scale("grad_scale", grad_scale),
        None,
        None,
        False,
        False,
        _hyperparameters.seed_number(seed),
        _threads.executor_address(executor),
    )
    formats = Formats(is_stochastic=is_stochastic(rounding))
    if copy is not None:
        formats.check_copies()
    uint16 = uint16_code(dtype)
    arguments = {"param": param, "grad": grad, "exp_avg": exp_avg, "exp_avg_sq": exp_avg_sq}
    if max_exp_avg_sq is not None:
        arguments["max_exp_avg_sq"] = max_exp_avg_sq
    if copy is not None:
        arguments["copy"] = copy
    if is_array(param) or not isinstance(param, Sequence):
        tensors = [_views(arguments, None, uint16)]
    else:
        lists: dict[str, tuple[Any, ...]] = {}
        for name, arrays in arguments.items():
            if is_array(arrays) or not isinstance(arrays, Sequence):
                raise TypeError(f"{name} must be a list, as param is, not {type(arrays).__name__}.")
            # Tuples keep the arrays alive during the call whatever another thread does to the lists.
            lists[name] = tuple(arrays)
            if len(lists[name]) != len(lists["param"]):
                raise ValueError(f"{name} has {len(lists[name])} arrays, but param has {len(lists['param'])}.")
        tensors = [
            _views({name: arrays[i] for name, arrays in lists.items()}, i, uint16) for i in range(len(lists["param"]))
        ]

    array = (_library.Tensor * len(tensors))()
    for tensor, views in zip(array, tensors):
        tensor.struct_size = sizeof(_library.Tensor)
        tensor.n = views["param"].size
        stored_param(views["param"], formats, views.get("copy"), None).put_param(tensor)
        views["grad"].put(tensor, "grad")
        for place, name in enumerate(_STATE):
            if name in views:
                views[name].put_state(tensor, place)
    groups = around.groups([ADAM], [values])
    _library.enter()
    status = _library.library.fastadam_step(array, len(tensors), groups, 1, around.options(), number, None)
    if status == _library.OK:
        return
    if status == _library.ERR_OVERLAP:
        require_apart(x for views in tensors for x in views.values())
    raise _hyperparameters.refused(ADAM, values, number) or _library.error(status)


def _views(arrays: dict[str, Any], index: Optional[int], uint16: Optional[int]) -> dict[str, View]:
    views = {name: view(array, name, index, uint16, name != "grad") for name, array in arrays.items()}
    for x in views.values():
        require_same_shape(x, views["param"])
    if "copy" in views:
        require_16_bit(views["copy"])
    return views
