"""Reads what a shared library for 64-bit Linux needs from the system: no more of its file than that."""

from __future__ import annotations

import struct
from typing import NamedTuple

# The numbers are those of the System V ABI and, for versions of symbols, of the Linux Standard Base.
_MACHINES = {62: "x86_64", 183: "aarch64"}
_LOADED, _DYNAMIC = 1, 2
_NEEDED, _STRINGS, _VERSIONS, _VERSION_COUNT = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF


class Needs(NamedTuple):
    """What a library asks of the system that it is loaded on."""

    machine: str  # as in the names of platforms
    libraries: frozenset[str]
    versions: frozenset[str]  # of the symbols that it takes from them, such as GLIBC_2.34


def needs(data: bytes) -> Needs:
    """What a library needs. Raises ValueError where the bytes are none for a machine that is known here."""
    try:
        return _needs(data)
    except (struct.error, IndexError) as error:
        raise ValueError(f"is damaged: {error}") from error


def _needs(data: bytes) -> Needs:
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("is no ELF file of 64 bits, little-endian")
    number = struct.unpack_from("<H", data, 18)[0]
    if number not in _MACHINES:
        raise ValueError(f"is for the machine number {number}; known are {_MACHINES}")
    (place,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    # Of each segment: its kind, place in the file, address and size in the file.
    segments = []
    for i in range(count):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data, place + i * size)
        segments.append((kind, offset, address, length))

    def offset_of(address: int) -> int:
        for kind, offset, start, length in segments:
            if kind == _LOADED and start <= address < start + length:
                return int(offset + address - start)
        raise ValueError(f"is damaged: nothing is loaded at {address:#x}")

    entries = []
    for kind, offset, _, length in segments:
        if kind == _DYNAMIC:
            entries += list(struct.iter_unpack("<qQ", data[offset : offset + length // 16 * 16]))
    numbers = dict(entries)
    if _STRINGS not in numbers:
        raise ValueError("is no shared library: it has no dynamic section")
    strings = offset_of(numbers[_STRINGS])

    def text(start: int) -> str:
        return data[strings + start : data.index(b"\0", strings + start)].decode("ascii")

    versions = set()
    place = offset_of(numbers[_VERSIONS]) if _VERSIONS in numbers else 0
    for _ in range(numbers.get(_VERSION_COUNT, 0)):
        _, count, _, first, following = struct.unpack_from("<HHIII", data, place)
        inner = place + first
        for _ in range(count):
            _, _, _, name, next_inner = struct.unpack_from("<IHHII", data, inner)
            versions.add(text(name))
            inner += next_inner
        place += following
    return Needs(_MACHINES[number], frozenset(text(x) for kind, x in entries if kind == _NEEDED), frozenset(versions))
