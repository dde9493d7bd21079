#!/usr/bin/env python3
"""The command line of the comparison in PyTorch."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable

from progress import Progress

DESCRIPTION = """\
Trains two networks in PyTorch, with PyTorch's AdamW and with FastAdam's (fastadam.torch.AdamW), from the
same start and with the same mini-batches. Compares losses, parameters and the time of an optimizer step.
In two of the four trainings one optimizer takes over the other's state halfway.

The networks: "digits", two convolutions that read handwritten digits (38,282 parameters), and "text", a
transformer that predicts the next word of a text (4,215,808 parameters).
"""

EPILOG = """\
output:
  For each network the losses side by side at some steps; how far losses and parameters are from those
  with PyTorch's class, the latter in units in the last place (ulps); and the median time of a step with
  each class, in milliseconds. Progress and errors go to the error stream.

exit codes:
  0  All went well.
  1  A loss differs from PyTorch's by more than 2 %, or PyTorch, numpy, fastadam or its library is missing.
  2  The arguments are wrong; nothing was done.

examples:
  To see that it works, in a clone after native-aot/build.sh:
    PYTHONPATH=native-aot/python /usr/bin/python3 benchmarks/FastAdam.PyTorch/train.py --quick
  The transformer alone, on one thread, for other programs to read:
    PYTHONPATH=native-aot/python /usr/bin/python3 benchmarks/FastAdam.PyTorch/train.py \\
        --task text --threads 1 --json > text.json
"""

#: Rounds of the timing, by default and with --quick.
ROUNDS, QUICK_ROUNDS = 11, 1


def main() -> int:
    arguments = parser().parse_args()
    try:
        with Progress("loading PyTorch"):
            import report
    except ImportError as error:
        print(f"{error}\nPyTorch and numpy are needed, and the package fastadam with its library: --help has an example.", file=sys.stderr)
        return 1
    result = report.compare(
        arguments.task or ["digits", "text"],
        arguments.quick,
        arguments.threads,
        arguments.seed,
        arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS),
    )
    print(json.dumps(result, indent=2) if arguments.json else report.table(result))
    return 0 if all(task["within_bound"] for task in result["tasks"]) else 1


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser(
        description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    options.add_argument("--task", choices=("digits", "text"), action="append", help="train this network alone (default: both)")
    options.add_argument("--quick", action="store_true", help="make a few steps only, to see that it works (default: off)")
    options.add_argument(
        "--threads", type=whole_number(1, 1024), metavar="N", default=2, help="threads of PyTorch and of FastAdam, 1 to 1024 (default: 2)"
    )
    options.add_argument(
        "--rounds", type=whole_number(1, 10**6), metavar="N",
        help=f"rounds in which steps are timed, 1 or more; in a round each class has a turn (default: {ROUNDS}, with --quick {QUICK_ROUNDS})",
    )
    options.add_argument(
        "--seed", type=whole_number(-(2**62), 2**62), metavar="N", default=1,
        help="any whole number; it decides the initial parameters and the mini-batches (default: 1)",
    )
    options.add_argument("--json", action="store_true", help="print one JSON object and nothing else (default: off)")
    return options


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """What reads a number from ``least`` to ``most``."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {least} to {most}")
        return number

    return read


if __name__ == "__main__":
    sys.exit(main())
