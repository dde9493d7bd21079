"""The dynamic 8-bit type of bitsandbytes and torchao: a code for each element, and a factor for each block.

Source: T. Dettmers et al., "8-bit optimizers via block-wise quantization", 2022; bitsandbytes, ``functional.create_dynamic_map``
and ``quantize_2D``. FastAdam.Dynamic8 in C# gives the same bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

BLOCK_LENGTH = 256


@lru_cache(maxsize=None)
def dynamic_map(signed: bool) -> Any:
    """The numbers of the 256 codes, in ascending order, as a read-only array."""
    import numpy

    parts = [numpy.array([0, 1], numpy.float32)]
    for place, decade in enumerate((1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)):
        bounds = _bounds(1 << (place if signed else place + 1))
        middles = (bounds[:-1] + bounds[1:]) / numpy.float32(2)
        numbers = numpy.float32(decade) * middles
        parts += [numbers, -numbers] if signed else [numbers]
    result = numpy.sort(numpy.concatenate(parts))
    result.flags.writeable = False
    return result


def decode(codes: Any, absmax: Any, numbers: Any, block: int) -> Any:
    """Values as float32: numbers[code] * absmax. All are numpy arrays; the result has the shape of the codes."""
    import numpy

    factors = numpy.repeat(absmax, block)[: codes.size].reshape(codes.shape)
    with numpy.errstate(all="ignore"):  # infinite and NaN factors
        return numpy.asarray(numbers[codes] * factors)


def encode(values: Any, signed: bool, block: int = BLOCK_LENGTH) -> tuple[Any, Any]:
    """Codes, in the shape of the values, and absmax, from a float32 array.

    The nearest code of value / absmax; a middle between two numbers belongs to the even code. absmax is 0 for a block of zeros,
    and NaN, so that all of it decodes to NaN, for one with an infinite or NaN value.
    """
    import numpy

    flat = values.reshape(-1)
    if flat.size == 0:
        return numpy.zeros(values.shape, numpy.uint8), numpy.zeros(0, numpy.float32)
    absmax = numpy.maximum.reduceat(numpy.abs(flat), numpy.arange(0, flat.size, block))
    absmax[~numpy.isfinite(absmax)] = numpy.nan
    divisors = numpy.where(absmax > 0, absmax, numpy.float32(1))
    with numpy.errstate(all="ignore"):
        quotients = flat / numpy.repeat(divisors, block)[: flat.size]
    quotients[numpy.repeat(numpy.isnan(absmax), block)[: flat.size]] = 0
    codes = numpy.searchsorted(_starts(signed), quotients, side="right")
    return codes.astype(numpy.uint8).reshape(values.shape), absmax


def _bounds(count: int) -> Any:
    """The bounds of equal parts of 0.1 to 1, as torch.linspace has them with AVX2: from the nearer end, with one rounding."""
    import numpy

    first, last = numpy.float32(0.1), numpy.float32(1)
    step = numpy.float64((last - first) / numpy.float32(count))
    place = numpy.arange(count + 1)
    lower, upper = first + step * place, last - step * (count - place)  # exact in double
    return numpy.where(place < (count + 1) // 2, lower, upper).astype(numpy.float32)


@lru_cache(maxsize=None)
def _starts(signed: bool) -> Any:
    """Where the numbers begin that are nearest to code 1, to code 2, and so on."""
    import numpy

    numbers = dynamic_map(signed)
    middles = (numbers[:-1] + numbers[1:]) * numpy.float32(0.5)
    even = numpy.arange(middles.size) % 2 == 0
    return numpy.where(even, numpy.nextafter(middles, numpy.float32(2)), middles)
