"""The report as text."""

from __future__ import annotations

from typing import Any

from . import about
from .speed import BYTES_HELD, BYTES_MOVED, Speed

_LARGER_THAN_CACHES = 1 << 28


def facts(known: dict[str, Any]) -> str:
    """What is installed here."""
    names = ", ".join(x for x in about.isa_names() if x != known["isa"])
    torch = "not installed; fastadam.torch needs it" if known["torch"] is None else known["torch"] + ", for fastadam.torch"
    lines = [
        f"FastAdam {known['version']}",
        f"  library  {known['library']}",
        f"  kernels  {known['isa']}; the environment variable FASTADAM_ISA asks for others: {names}",
        f"  threads  up to {known['threads']}, for a step over 262,144 elements or more; the argument threads limits them",
        f"  Python   {known['python']}, numpy {known['numpy']}",
        f"  PyTorch  {torch}",
        "",
        "Bytes an element of Adam and AdamW, by the arguments that ask for a format:",
        f"  {'parameters':>10} {'gradients':>9} {'state':>6} {'total':>6}",
    ]
    for each in known["formats"]:
        size = each["bytes_per_element"]
        arguments = ", ".join(f"{name}={value}" for name, value in each["arguments"].items())
        lines.append(f"  {size['params']:10.2f} {size['grads']:9.2f} {size['state']:6.2f} {size['total']:6.2f}   {arguments}")
    lines += ["", "Optimizers, and what they keep of each parameter in float32:"]
    for each in known["optimizers"]:
        kept = ", ".join(each["state"]) or "nothing"
        options = "".join(f"; with {option} {name}" for option, name in each["options"].items() if name not in each["state"])
        lines.append(f"  {each['name']:<18} {each['bytes_per_element']:4.0f} bytes: {kept}{options}")
    return "\n".join(lines)


def speeds(measured: list[Speed]) -> str:
    """What was measured."""
    lines = [
        "",
        f"Speed of AdamW in float32, {measured[0].elements:,} elements, medians of {measured[0].rounds} rounds. Beside it numpy, which",
        f"moves the same {BYTES_MOVED} bytes an element with next to no arithmetic: p += g, m = -m, v = |v|. It stands for what the memory",
        "gives, and is no hard limit: another order of the same traffic can be somewhat faster.",
    ]
    if measured[0].elements * BYTES_HELD < _LARGER_THAN_CACHES:
        lines.append("At this size a part of the arrays can stay in the processor's caches.")
    for x in measured:
        threads = "1 thread" if x.threads == 1 else f"{x.threads} threads"
        lines.append(
            f"  {threads:>10}: {x.ns_per_element:.2f} ns an element, {x.gb_per_s:.1f} GB/s; numpy {x.limit_gb_per_s:.1f} GB/s; "
            f"ratio {x.ratio:.2f}"
        )
    return "\n".join(lines)
