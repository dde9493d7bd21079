"""``python -m fastadam``: shows what is installed, checks it and measures it."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from typing import Any, Optional

QUICK_ELEMENTS = 1 << 22
ELEMENTS = 1 << 24

DESCRIPTION = """\
Shows what of FastAdam is installed here, checks that it computes what it is to compute on this machine, and measures how fast it is.

The check compares steps of every optimizer with a second, slow implementation in numpy, to the last bit: for many lengths and alignments,
with one thread and with several, and in the storage formats. The measurement shows AdamW beside what numpy does with the memory.
"""

EPILOG = """\
The exit code is 0 where everything holds, 1 where it does not, and 2 for wrong arguments. It takes about half a minute, with --quick a few
seconds. It needs 16 bytes of memory for each element of the measurement, beside some 250 MB, most of them for PyTorch where it is checked.
"""


def main(arguments: Optional[list[str]] = None) -> int:
    """Gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m fastadam", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer elements and rounds, and no check of fastadam.torch")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    parser.add_argument(
        "--elements",
        type=_elements,
        metavar="N",
        help=f"the elements of the measurement, {ELEMENTS:,} without it, {QUICK_ELEMENTS:,} with --quick",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the check's random numbers; 0 without it")
    options = parser.parse_args(arguments)
    if options.seed < 0:
        parser.error(f"argument --seed: must be at least 0, not {options.seed}")
    if importlib.util.find_spec("numpy") is None:
        print("The self-check needs numpy, which is not installed.", file=sys.stderr)
        return 1
    return _report(options)


def _elements(text: str) -> int:
    try:
        number = int(text.replace(",", "").replace("_", ""))
    except ValueError:
        number = 0
    if not 1 <= number <= 1 << 32:
        raise argparse.ArgumentTypeError(f"must be an integer from 1 to 2**32, not {text!r}")
    return number


def _report(options: argparse.Namespace) -> int:
    from fastadam import Error
    from fastadam._selfcheck import about, report
    from fastadam._selfcheck.progress import Progress
    from fastadam._selfcheck.speed import measure

    progress = Progress()
    try:
        known = about.facts()
    except Error as error:
        print(f"FastAdam cannot be used here: {error}", file=sys.stderr)
        return 1
    if not options.json:
        print(report.facts(known), flush=True)
    results = _check(options, known["torch"] is not None and not options.quick, progress)
    held = all(x["passed"] for x in results)

    elements = options.elements or (QUICK_ELEMENTS if options.quick else ELEMENTS)
    threads = [1] if known["threads"] == 1 else [1, known["threads"]]
    try:
        speeds = measure(elements, threads, 0.5 if options.quick else 10, progress.show)
    except MemoryError as error:
        progress.show("")
        print(f"There is no memory for {elements:,} elements ({error}); --elements takes fewer.", file=sys.stderr)
        return 1
    progress.show("")
    if options.json:
        measured = [{**x._asdict(), "ratio": x.ratio} for x in speeds]
        print(json.dumps({**known, "seed": options.seed, "checks": results, "speed": measured, "passed": held}))
    else:
        print(report.speeds(speeds))
        print("\nAll checks hold." if held else f"\n{sum(not x['passed'] for x in results)} of {len(results)} checks do not hold.")
    return 0 if held else 1


def _check(options: argparse.Namespace, with_torch: bool, progress: Any) -> list[dict[str, Any]]:
    """Runs the checks, and prints each where text is asked for."""
    from fastadam._selfcheck import checks

    every = checks.all_checks(4_099 if options.quick else 65_539, options.seed)
    if with_torch:
        every.append(checks.torch_check(options.seed))
    if not options.json:
        print(f"\nChecks, seed {options.seed}:")
    results = []
    for i, check in enumerate(every):
        progress.show(f"check {i + 1} of {len(every)}: {check.name}")
        start = time.perf_counter()
        found = check.run()
        progress.show("")
        results.append({
            "name": check.name,
            "passed": found is None,
            "expected": None if found is None else found.expected,
            "seen": None if found is None else found.seen,
            "seconds": round(time.perf_counter() - start, 3),
        })
        if not options.json:
            print(f"  {'ok    ' if found is None else 'FAILED'} {check.name}", flush=True)
            if found is not None:
                print(f"         expected: {found.expected}\n         seen:     {found.seen}", flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main())
