"""How much memory training takes, before there is any."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Optional, Union

from . import _hyperparameters, _library
from ._arrays import ITEM_SIZES, Array, View, dtype_code, is_array, require_same_shape, view
from ._formats import Formats, Layout, copy_arrays, lower_layouts, require_16_bit, require_suited, state_layouts
from ._optimizer import Optimizer
from ._optimizers import AdamW


class Memory(NamedTuple):
    """Bytes of the arrays of a training, each kind over all parameters."""

    params: int
    grads: int
    #: What the optimizer keeps by its rule, with the scales of block8.
    state: int
    #: What it keeps of the parameters themselves: ``master``.
    lower_bits: int
    copies: int

    @property
    def total(self) -> int:
        return sum(self)


def memory(
    params: Union[int, Array, Iterable[Union[int, Array]]],
    optimizer_class: type[Optimizer] = AdamW,
    *,
    state_format: Optional[str] = None,
    min_8bit_size: int = 4096,
    master: Optional[str] = None,
    copy: Any = None,
    dtype: Any = None,
    moment_dtype: Any = None,
    grad_dtype: Any = None,
    **hyperparameters: Any,
) -> Memory:
    """The bytes that parameters, their gradients and an optimizer's state take, without making any of them.

    Args:
        params: arrays, of whose elements only the number and the dtype matter; or numbers of elements; or one of them.
        optimizer_class: whose state it is.
        state_format, min_8bit_size, master, moment_dtype: as the optimizers have them.
        copy: the dtype of copies, "bfloat16" or "float16"; or the arrays themselves, as the optimizers have them.
        dtype: that of parameters which are given as numbers, by default "float32", with master "bfloat16"; and what uint16 arrays hold.
        grad_dtype: the gradients' dtype; by default the copies', else the parameters'.
        hyperparameters: such as amsgrad=True or momentum=0.9, which decide what is kept; rounding, seed and threads decide nothing.

    Raises:
        TypeError, ValueError: an argument is one that the optimizer would refuse.
    """
    if not (isinstance(optimizer_class, type) and issubclass(optimizer_class, Optimizer) and hasattr(optimizer_class, "rule")):
        raise TypeError(f"optimizer_class must be a class such as fastadam.AdamW, not {optimizer_class!r}.")
    moments = None if moment_dtype is None else dtype_code(moment_dtype, "moment_dtype")
    formats = Formats.checked({"state_format": state_format, "min_8bit_size": min_8bit_size, "master": master})
    has_formats = formats.state is not None or master is not None or copy is not None
    if has_formats and not optimizer_class._takes_copies:
        raise TypeError(f"{optimizer_class.__name__} has no state_format, master or copy.")
    for name in ("rounding", "seed", "threads"):  # arguments of the optimizers that take no memory
        hyperparameters.pop(name, None)
    for name in hyperparameters:
        if name not in optimizer_class.hyperparameters:
            raise TypeError(f"{name!r} is no hyperparameter of {optimizer_class.__name__}.")
    rule = optimizer_class.rule
    kept = rule.kept(_hyperparameters.checked(rule, {**optimizer_class.hyperparameters, **hyperparameters}))
    grads = None if grad_dtype is None else dtype_code(grad_dtype, "grad_dtype")

    views = _views(params, formats, dtype)
    copies = _copies(copy, views, dtype)
    if copy is not None:
        formats.check_copies()
    result = [0] * len(Memory._fields)
    for param, taken in zip(views, copies):
        require_suited(param, formats, taken is not None)
        ordinary = param.dtype if moments is None else moments
        arrays = [
            x for each in kept for x in state_layouts(each, param.shape, param.size, ordinary, formats.state_of(param.size))
        ]
        of_grads = grads if grads is not None else param.dtype if taken is None else taken
        for i, layouts in enumerate((
            [Layout("params", param.shape, param.dtype)],
            [Layout("grads", param.shape, of_grads)],
            arrays,
            lower_layouts(formats, param.shape, param.dtype),
            [] if taken is None else [Layout("copy", param.shape, taken)],
        )):
            result[i] += sum(math.prod(x.shape) * ITEM_SIZES[x.dtype] for x in layouts)
    return Memory(*result)


def _views(params: Any, formats: Formats, dtype: Any) -> list[View]:
    """The parameters; those that are only a number of elements are nowhere."""
    code = None if dtype is None else dtype_code(dtype, "dtype")
    uint16 = None if code == _library.F32 else code
    of_numbers = code if code is not None else _library.F32 if formats.master is None else _library.BF16
    if is_array(params) or hasattr(params, "__index__"):
        params = [params]
    if isinstance(params, (str, bytes, Mapping)) or not isinstance(params, Iterable):
        raise TypeError(f"params must be a list of arrays or of numbers of elements, not {type(params).__name__}.")
    return [
        view(x, "params", i, uint16, False)
        if is_array(x)
        else View("params", i, 0, (_hyperparameters.element_count(f"params[{i}]", x),), of_numbers)
        for i, x in enumerate(params)
    ]


def _copies(copy: Any, views: list[View], dtype: Any) -> list[Optional[int]]:
    """The dtypes of the copies."""
    if copy is None:
        return [None] * len(views)
    if not (is_array(copy) or (isinstance(copy, Iterable) and not isinstance(copy, str))):
        code = dtype_code(copy, "copy")
        if code == _library.F32:
            raise ValueError('copy must be "bfloat16" or "float16", not "float32".')
        return [code] * len(views)
    uint16 = None if dtype is None else dtype_code(dtype, "dtype")
    result: list[Optional[int]] = []
    for i, (array, param) in enumerate(zip(copy_arrays(copy, len(views), "copy"), views)):
        if array is None:
            result.append(None)
            continue
        each = view(array, "copy", i, uint16, True)
        require_16_bit(each)
        require_same_shape(each, param)
        result.append(each.dtype)
    return result
