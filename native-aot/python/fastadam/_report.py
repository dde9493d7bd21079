"""What a step saw and did."""

from __future__ import annotations

from ctypes import sizeof
from typing import NamedTuple, Optional

from . import _library


class StepReport(NamedTuple):
    """What one step of an optimizer saw and did. None is what it was not asked for.

    Norms are Euclidean, over all parameters of the step, of squares that are summed in double precision, and have the same bits on
    every instruction set and with any number of threads.
    """

    #: Whether skip_non_finite made the step leave everything as it was, the step counts included.
    skipped: bool
    #: How many elements of the gradients, divided by grad_scale, are infinite or NaN; with max_grad_norm or skip_non_finite.
    non_finite: Optional[int]
    #: The norm of the gradients, divided by grad_scale, before clipping; with max_grad_norm.
    grad_norm: Optional[float]
    #: The norm of what the stored parameters changed by, weight decay included, each difference in single precision; this and the
    #: next two with report, where the step was not skipped.
    update_norm: Optional[float]
    #: The norm of the stored parameters after the step.
    param_norm: Optional[float]
    #: The share of the parameters that the step left to the bit as they were, from 0 to 1; 0 where there are none.
    unchanged_share: Optional[float]


_NOT_FILLED_IN = 0xFFFFFFFF


def empty() -> _library.Report:
    """What a step fills in where it succeeds. Until then ``skipped`` is neither 0 nor 1."""
    return _library.Report(struct_size=sizeof(_library.Report), skipped=_NOT_FILLED_IN)
