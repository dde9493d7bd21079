"""Makes the file of a shared library that is nothing but what it needs from the system."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

MACHINES = {"x86_64": 62, "aarch64": 183}


def elf_file(machine: str, libraries: Sequence[str], versions: Mapping[str, Sequence[str]]) -> bytes:
    """An ELF file of 64 bits.

    Args:
        machine: "x86_64" or "aarch64".
        libraries: those that it needs.
        versions: of symbols, by the library that they are taken from.
    """
    strings = b"\0"
    places = {}
    for text in (*libraries, *versions, *(x for each in versions.values() for x in each)):
        places[text] = len(strings)
        strings += text.encode("ascii") + b"\0"

    needs = b""
    for i, (library, names) in enumerate(versions.items()):
        following = 0 if i == len(versions) - 1 else 16 * (len(names) + 1)
        needs += struct.pack("<HHIII", 1, len(names), places[library], 16, following)
        for k, name in enumerate(names):
            needs += struct.pack("<IHHII", 0, 0, k + 2, places[name], 0 if k == len(names) - 1 else 16)

    # The header, two segments, and what they hold. All of it is loaded at an address that is not its place in the file.
    address, start = 0x10000, 64 + 2 * 56
    after = start + len(strings) + len(needs)
    entries = [(1, places[x]) for x in libraries]
    entries += [(5, address + start), (0x6FFFFFFE, address + start + len(strings)), (0x6FFFFFFF, len(versions)), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *x) for x in entries)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, MACHINES[machine], 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    for kind, offset, length in ((1, 0, after + len(dynamic)), (2, after, len(dynamic))):
        header += struct.pack("<IIQQQQQQ", kind, 4, offset, address + offset, address + offset, length, length, 8)
    return header + strings + needs + dynamic
