"""The platform that libraries for Linux may call theirs, by what they need: manylinux_2_NN of PEP 600, for glibc 2.NN and newer."""

from __future__ import annotations

import re
from collections.abc import Mapping

import elf

#: glibc's own libraries. The policy of manylinux allows some more, such as libstdc++, whose versions of symbols nothing here knows.
ALLOWED = {"libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1"}

#: The dynamic loader, which is a part of glibc.
LOADERS = {"x86_64": "ld-linux-x86-64.so.2", "aarch64": "ld-linux-aarch64.so.1"}

#: Versions that stand for a change of the file format, and the glibc that knows it.
FORMATS = {"GLIBC_ABI_DT_RELR": (2, 36)}


def platform(machine: str, libraries: Mapping[str, bytes]) -> str:
    """The platform for which a wheel with these libraries is: the newest glibc that one of them needs decides.

    Args:
        machine: what they are to be for, "x86_64" or "aarch64".
        libraries: their content by their names.

    Raises:
        ValueError: a library is for another machine, needs a library that systems may lack, or a version of a symbol whose glibc is not
            known; or none of them says which glibc it needs.
    """
    newest = (0, 0)
    for name, data in libraries.items():
        try:
            needs = elf.needs(data)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from error
        if needs.machine != machine:
            raise ValueError(f"{name} is for {needs.machine}, not for {machine}")
        foreign = needs.libraries - ALLOWED - {LOADERS[machine]}
        if foreign:
            raise ValueError(f"{name} needs {', '.join(sorted(foreign))}, which systems may lack")
        newest = max([newest, *(_glibc(name, version) for version in needs.versions)])
    if newest == (0, 0):
        raise ValueError(f"{', '.join(libraries)}: no symbol has a version, so the glibc that is needed is not known")
    return f"manylinux_{newest[0]}_{newest[1]}_{machine}"


def _glibc(library: str, version: str) -> tuple[int, int]:
    """The glibc that has a version of symbols: a patch, as in GLIBC_2.2.5, is of the next one, to be safe."""
    if version in FORMATS:
        return FORMATS[version]
    numbers = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(\.\d+)?", version)
    if numbers is None:
        raise ValueError(f"{library} needs symbols of the version {version}, and which glibc has them is not known")
    return int(numbers[1]), int(numbers[2]) + (numbers[3] is not None)
