"""What stands around the update in a step of an optimizer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from ctypes import sizeof
from typing import Any, NamedTuple, Optional

from . import _hyperparameters, _library, _threads
from ._report import StepReport
from ._rule import Rule


class Around(NamedTuple):
    """The checked arguments that the steps of all optimizers share."""

    threads: int
    grad_scale: float
    max_grad_norm: Optional[float]
    max_grad_value: Optional[float]
    skip_non_finite: bool
    report: bool
    seed: int = 0
    executor: Optional[int] = None  # its address

    @staticmethod
    def checked(
        threads: Any,
        grad_scale: Any,
        max_grad_norm: Any,
        max_grad_value: Any,
        skip_non_finite: bool,
        report: bool,
        seed: Any = 0,
        executor: Any = None,
    ) -> Around:
        """Raises TypeError or ValueError for bad ones, and RuntimeError where there is no such executor."""
        return Around(
            _hyperparameters.thread_count(threads),
            _hyperparameters.scale("grad_scale", grad_scale),
            None if max_grad_norm is None else _hyperparameters.norm("max_grad_norm", max_grad_norm),
            None if max_grad_value is None else _hyperparameters.limit("max_grad_value", max_grad_value),
            skip_non_finite,
            report,
            _hyperparameters.seed_number(seed),
            _threads.executor_address(executor),
        )

    def options(self) -> _library.StepOptions:
        """They for the library."""
        return _library.StepOptions(
            struct_size=sizeof(_library.StepOptions),
            flags=(_library.SKIP_NON_FINITE if self.skip_non_finite else 0) | (_library.REPORT_CHANGES if self.report else 0),
            threads=self.threads,
            max_grad_norm=0.0 if self.max_grad_norm is None else self.max_grad_norm,
            seed=self.seed,
            executor=self.executor,
        )

    def groups(self, rules: Iterable[Rule], values: Sequence[dict[str, Any]]) -> Any:
        """Groups of those rules and checked hyperparameters for the library."""
        groups = (_library.Group * len(values))()
        for group, rule, numbers in zip(groups, rules, values):
            group.grad_scale = self.grad_scale
            group.max_grad_value = math.inf if self.max_grad_value is None else self.max_grad_value
            _hyperparameters.fill(group, rule, numbers)
        return groups

    def step_report(self, report: _library.Report) -> StepReport:
        """What a step has filled in, as far as it was asked for."""
        skipped = bool(report.skipped)
        has_norm = self.max_grad_norm is not None
        changed = self.report and not skipped
        return StepReport(
            skipped=skipped,
            non_finite=None if report.non_finite < 0 else report.non_finite,
            grad_norm=report.grad_norm if has_norm else None,
            update_norm=report.update_norm if changed else None,
            param_norm=report.param_norm if changed else None,
            unchanged_share=report.unchanged_share if changed else None,
        )
