"""States of other libraries' 8-bit Adam as states of FastAdam's optimizers, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._dynamic8 import BLOCK_LENGTH, decode, dynamic_map, encode

# Under which bitsandbytes' state_dict() puts what is not cast with the parameters.
_WRAPPED = "__bnb_optimizer_quant_state__"

# bitsandbytes' block lengths: now, and in older versions.
_BLOCK_LENGTHS = (BLOCK_LENGTH, 2048)

# What torchao keeps with signed codes, and what without.
_SIGNED = {"exp_avg": True, "exp_avg_sq": False, "max_exp_avg_sq": False}


def import_bitsandbytes(state: Mapping[str, Any]) -> dict[str, Any]:
    """One parameter's state of a bitsandbytes optimizer, 8-bit and block-wise or 32-bit, as a state of FastAdam's.

    For Adam, AdamW and Lion: ``optimizer.state_dict()["state"][i]`` or ``optimizer.state[p]`` of theirs becomes what
    ``load_state_dict`` takes here as ``"state"`` of a parameter. A value is ``qmap[code] * absmax``, to the bit.

    Args:
        state: "step", "state1" and, for Adam, "state2"; where they are 8-bit, "absmax1" and "qmap1", "absmax2" and "qmap2" too.
            numpy arrays, or what has ``numpy()`` or ``__array__``, such as PyTorch's CPU tensors.

    Returns:
        "step", "exp_avg" and, for Adam, "exp_avg_sq": new float32 arrays in the shape of the codes.

    Raises:
        KeyError: an entry is missing.
        TypeError: an entry has another type.
        ValueError: the lengths of the entries do not fit; codes are not C-contiguous; or the state is that of a tensor with one
            absmax (``block_wise=False``), or of AdEMAMix.
        ImportError: numpy is not installed.
    """
    entries = {**state, **state.get(_WRAPPED, {})}
    result: dict[str, Any] = {"step": _step(entries)}
    for place, name in (("1", "exp_avg"), ("2", "exp_avg_sq")):
        if place == "1" or "state2" in entries:
            result[name] = _bitsandbytes_array(entries, place)
    return result


def export_bitsandbytes(state: Mapping[str, Any], min_8bit_size: int = 4096) -> dict[str, Any]:
    """One parameter's state of FastAdam's Adam, AdamW or Lion as that of bitsandbytes' 8-bit optimizer of that name.

    It is what ``optimizer.state[p]`` holds there, and ``load_state_dict`` takes as ``"state"`` of a parameter, once
    ``torch.from_numpy`` has made tensors of the arrays.

    Args:
        state: "step", "exp_avg" and, for Adam, "exp_avg_sq", in float32, as ``state_dict()["state"][i]`` is here.
        min_8bit_size: a smaller tensor's state stays in float32, as bitsandbytes keeps it.

    Raises:
        KeyError: an entry is missing.
        TypeError: an entry has another type.
        ValueError: there is an entry that bitsandbytes does not have; or exp_avg_sq is negative somewhere.
        ImportError: numpy is not installed.
    """
    _require_known(state, ("step", "exp_avg", "exp_avg_sq"), "bitsandbytes'")
    result: dict[str, Any] = {"step": _step(state)}
    for place, name in (("1", "exp_avg"), ("2", "exp_avg_sq")):
        if place == "2" and name not in state:
            continue
        values, signed = _values(state, name), _SIGNED[name]
        if values.size < min_8bit_size:
            result["state" + place] = values.copy()
        else:
            result["state" + place], result["absmax" + place] = encode(values, signed)
            result["qmap" + place] = dynamic_map(signed).copy()
    return result


def import_torchao(state: Mapping[str, Any]) -> dict[str, Any]:
    """One parameter's state of torchao's Adam8bit or AdamW8bit as a state of FastAdam's Adam or AdamW.

    A value is ``qmap[code] * scale``, to the bit.

    Args:
        state: "step", "exp_avg", "exp_avg_sq" and, with amsgrad, "max_exp_avg_sq". Each of these is an OptimState8bit, or anything
            with its attributes or keys codes, scale and qmap; or, for a small tensor, an array of float32, float16 or bfloat16.

    Returns:
        "step", and new float32 arrays of these names.

    Raises:
        KeyError: an entry is missing.
        TypeError: an entry has another type.
        ValueError: the lengths of the entries do not fit, codes are not C-contiguous, or there is an entry of another name.
        ImportError: numpy is not installed.
    """
    _require_known(state, ("step", *_SIGNED), "FastAdam's")
    result: dict[str, Any] = {"step": _step(state)}
    for name in _SIGNED:
        if name != "max_exp_avg_sq" or name in state:
            result[name] = _torchao_array(state[name], name)
    return result


def export_torchao(state: Mapping[str, Any], block_size: int = BLOCK_LENGTH) -> dict[str, Any]:
    """One parameter's state of FastAdam's Adam or AdamW as that of torchao's Adam8bit or AdamW8bit.

    Args:
        state: "step", "exp_avg", "exp_avg_sq" and, with amsgrad, "max_exp_avg_sq", in float32, as ``state_dict()["state"][i]`` is
            here.
        block_size: the optimizer's there.

    Returns:
        "step", as float32; and for each array the arguments of OptimState8bit, "codes", "scale", "qmap" and "signed", of which
        ``torch.from_numpy`` makes tensors. An array of less than 4096 elements, or of a number that block_size does not divide,
        stays in float32, as torchao keeps it.

    Raises:
        KeyError: an entry is missing.
        TypeError: an entry has another type.
        ValueError: there is an entry that torchao does not have; a second moment is negative somewhere; or block_size is below 1.
        ImportError: numpy is not installed.
    """
    import numpy

    if block_size < 1:
        raise ValueError(f"block_size must be at least 1, not {block_size!r}.")
    _require_known(state, ("step", *_SIGNED), "torchao's")
    result: dict[str, Any] = {"step": numpy.array(_step(state), numpy.float32)}
    for name, signed in _SIGNED.items():
        if name == "max_exp_avg_sq" and name not in state:
            continue
        values = _values(state, name)
        if values.size < 4096 or values.size % block_size != 0:
            result[name] = values.copy()
        else:
            codes, scale = encode(values, signed, block_size)
            result[name] = {"codes": codes, "scale": scale, "qmap": dynamic_map(signed).copy(), "signed": signed}
    return result


def _bitsandbytes_array(entries: Mapping[str, Any], place: str) -> Any:
    name = "state" + place
    array = _numpy(entries[name], name)
    if array.dtype.name != "uint8":
        return _float32(array, name)
    if "max" + place in entries and "absmax" + place not in entries:
        raise ValueError(f"state has max{place}, one absmax for all of {name}; only block-wise states can be imported.")
    absmax = _typed(entries["absmax" + place], "absmax" + place, "float32")
    if absmax.ndim != 1:
        raise ValueError(f"absmax{place} has the shape {absmax.shape}, as AdEMAMix' has, whose states cannot be imported.")
    numbers = _qmap(entries["qmap" + place], "qmap" + place)
    _contiguous(array, name)
    for block in _BLOCK_LENGTHS:
        if absmax.size == -(-array.size // block):
            return decode(array, absmax, numbers, block)
    raise ValueError(
        f"absmax{place} has {absmax.size} elements, which does not fit {array.size} elements of {name} in blocks of 256 or 2048."
    )


def _torchao_array(entry: Any, name: str) -> Any:
    if isinstance(entry, Mapping):
        parts = entry
    elif hasattr(entry, "codes"):
        parts = {x: getattr(entry, x) for x in ("codes", "scale", "qmap")}
    else:
        return _float32(_numpy(entry, name), name)
    codes = _contiguous(_typed(parts["codes"], f"{name}.codes", "uint8"), f"{name}.codes")
    scale = _typed(parts["scale"], f"{name}.scale", "float32")
    numbers = _qmap(parts["qmap"], f"{name}.qmap")
    if scale.ndim != 1 or scale.size == 0 or codes.size % scale.size != 0:
        raise ValueError(f"{name}.scale has the shape {scale.shape}, which does not fit {codes.size} codes.")
    return decode(codes, scale, numbers, codes.size // scale.size)


def _require_known(state: Mapping[str, Any], names: tuple[str, ...], whose: str) -> None:
    for name in state:
        if name not in names:
            raise ValueError(f"state has {name!r}, which {whose} Adam has not.")


def _step(state: Mapping[str, Any]) -> int:
    """The step as an integer. torchao keeps it as a float in a tensor."""
    step = state["step"]
    try:
        if isinstance(step, (str, bytes, bytearray)):  # int() would parse them
            raise TypeError
        number = int(step)
        whole = bool(number == step)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"step must be an integer, not {step!r}.") from None
    if not whole or number < 0:
        raise ValueError(f"step must be an integer from 0, not {step!r}.")
    return number


def _values(state: Mapping[str, Any], name: str) -> Any:
    values = _typed(state[name], name, "float32")
    if not _SIGNED[name] and (values < 0).any():
        raise ValueError(f"{name} is negative somewhere, which a second moment cannot be.")
    return values


def _qmap(value: Any, name: str) -> Any:
    numbers = _typed(value, name, "float32")
    if numbers.shape != (256,):
        raise ValueError(f"{name} has the shape {numbers.shape}, not (256,).")
    return numbers


def _contiguous(codes: Any, name: str) -> Any:
    if not codes.flags.c_contiguous:
        raise ValueError(f"{name} is not C-contiguous; its blocks lie one after the other in memory.")
    return codes


def _float32(array: Any, name: str) -> Any:
    import numpy

    if array.dtype.name not in ("float32", "float16", "bfloat16"):
        raise TypeError(f"{name} must be uint8, float32, float16 or bfloat16, not {array.dtype.name}.")
    return numpy.array(array, numpy.float32)


def _typed(value: Any, name: str, dtype: str) -> Any:
    array = _numpy(value, name)
    if array.dtype.name != dtype or not array.dtype.isnative:
        raise TypeError(f"{name} must be {dtype}, not {array.dtype.str if array.dtype.name == dtype else array.dtype.name}.")
    return array


def _numpy(value: Any, name: str) -> Any:
    """The array itself, or what its numpy() or __array__ gives."""
    import numpy

    if isinstance(value, numpy.ndarray):
        return value
    if str(getattr(value, "dtype", "")) == "torch.bfloat16":
        value = value.float()  # numpy has no bfloat16 of its own
    if hasattr(value, "numpy"):
        value = value.numpy()
    elif not hasattr(value, "__array__"):
        raise TypeError(f"{name} must be an array, not {type(value).__name__}.")
    return numpy.asarray(value)
