"""Headers of safetensors files, with the checks of C#: src/FastAdam/Checkpoints."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import NamedTuple, Optional

#: The format's types with the bytes of an element, in its own order: files have the tensors of the last types first.
ITEM_SIZES = {
    "BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4, "U32": 4,
    "F32": 4, "C64": 8, "F64": 8, "I64": 8, "U64": 8,
}  # fmt: skip

LENGTH_BYTES = 8

_MAX_BYTES = 100_000_000
_MAX_DIMENSIONS = 64  # numpy's
_LARGEST = (1 << 63) - 1
_ALIGNMENT = 8
_METADATA = "__metadata__"
_SHOWN = 80

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Entry(NamedTuple):
    """A tensor as a header has it."""

    name: str
    dtype: str  # the format's
    shape: tuple[int, ...]
    begin: int  # its first byte, counted from the end of the header
    end: int  # the byte behind its last one


class Header(NamedTuple):
    """A header that has passed all checks: its tensors fill the rest of the file without holes or overlaps."""

    entries: dict[str, Entry]  # in the order in which they lie in the file
    metadata: dict[str, str]


def json_bytes(start: bytes, file_bytes: int) -> int:
    """The length of a header. Raises ValueError for one that cannot be.

    Args:
        start: the first 8 bytes of the file.
        file_bytes: how many it has.
    """
    if len(start) < LENGTH_BYTES:
        raise ValueError(f"it has {file_bytes} bytes, too few for the length of a header, which has {LENGTH_BYTES}.")
    length = int.from_bytes(start, "little")
    if length > _MAX_BYTES:
        raise ValueError(f"the length of its header is {length}, more than {_MAX_BYTES}.")
    if length > file_bytes - LENGTH_BYTES:
        raise ValueError(
            f"the length of its header is {length}, but only {file_bytes - LENGTH_BYTES} bytes follow: it is cut off, or of another format."
        )
    return length


def parsed(header: bytes, data_bytes: int) -> Header:
    """Reads a header.

    Args:
        header: its JSON text.
        data_bytes: how many bytes follow it.

    Raises:
        ValueError: it is none of the format, or does not fit the rest of the file.
    """
    if header[:1] != b"{":
        raise ValueError("its header does not begin with {.")
    try:
        text = header.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("its header is no valid UTF-8.") from None
    parser = _Parser(text)
    parser.parse()
    entries = sorted(parser.entries, key=lambda x: (x.begin, x.end))
    end = 0
    for entry in entries:
        if entry.begin != end:
            where = f"before another tensor's end at {end}." if entry.begin < end else f"which leaves a hole from {end}."
            raise ValueError(f"the data_offsets of {quoted(entry.name)} begin at {entry.begin}, {where}")
        end = entry.end
        if end > data_bytes:
            raise ValueError(f"the data_offsets of {quoted(entry.name)} end at {end}, but the tensors have {data_bytes} bytes.")
    if end != data_bytes:
        raise ValueError(f"{data_bytes - end} bytes at its end belong to no tensor.")
    return Header({x.name: x for x in entries}, parser.metadata or {})


def written(entries: Sequence[tuple[str, str, tuple[int, ...]]], metadata: Optional[Mapping[str, str]]) -> bytes:
    """A header with its length and what fills it up, for names, dtypes and shapes in the order of ``order``.

    Raises TypeError or ValueError for metadata that a file cannot have, and for too much of all.
    """
    content: dict[str, object] = {}
    if metadata is not None:
        content[_METADATA] = checked_metadata(metadata)
    offset = 0
    for name, dtype, shape in entries:
        end = offset + byte_length(shape, dtype)
        content[name] = {"dtype": dtype, "shape": shape, "data_offsets": (offset, end)}
        offset = end
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % _ALIGNMENT)
    if len(text) > _MAX_BYTES:
        raise ValueError(f"The names, shapes and metadata take a header of {len(text)} bytes; a file can have {_MAX_BYTES}.")
    return len(text).to_bytes(LENGTH_BYTES, "little") + text


def order(name: str, dtype: str) -> tuple[int, bytes]:
    """By what files have their tensors sorted: types from the last to the first, then names in UTF-8."""
    return -_PLACES[dtype], name.encode("utf-8")


def checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """A copy. Raises TypeError or ValueError for what a file cannot have."""
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata must be a dict of texts, not {type(metadata).__name__}.")
    result = {}
    for key, value in metadata.items():
        if not isinstance(key, str):
            raise TypeError(f"metadata must have keys of type str, not {key!r}.")
        if not isinstance(value, str):
            raise TypeError(f"metadata[{quoted(key)}] must be a str, not {type(value).__name__}.")
        if not is_unicode(key) or not is_unicode(value):
            raise ValueError(f"metadata[{quoted(key)}] is no valid Unicode.")
        result[key] = value
    return result


def what_is_wrong(name: str) -> Optional[str]:
    """What is wrong with a tensor's name, for the end of a sentence; None where nothing is."""
    if name == _METADATA:
        return f"must not be {_METADATA}, which has a meaning of its own"
    if not is_unicode(name):
        return f"must be valid Unicode, which {quoted(name)} is not"
    return f"must have no control characters, as {quoted(name)} has" if _CONTROL.search(name) else None


def is_unicode(text: str) -> bool:
    """Whether there is no half of a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def quoted(name: str) -> str:
    """A name in quotes, cut where it is long, with codes for what should not be printed."""
    shown = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", lambda x: f"\\u{ord(x[0]):04x}", name[:_SHOWN])
    return f'"{shown}..."' if len(name) > _SHOWN else f'"{shown}"'


def byte_length(shape: tuple[int, ...], dtype: str) -> int:
    """Bytes of a shape. Raises ValueError, with the end of a sentence, for too many or too many dimensions."""
    if len(shape) > _MAX_DIMENSIONS:
        raise ValueError(f"has {len(shape)} dimensions, more than {_MAX_DIMENSIONS}")
    product = ITEM_SIZES[dtype]
    for dimension in shape:
        product *= dimension or 1
        if product > _LARGEST:
            raise ValueError(f"[{_listed(shape)}] of {dtype} has more than 2^63 - 1 bytes")
    return 0 if 0 in shape else product


class _Parser:
    """Reads the JSON text of a header from its start to its end, and stops where it is wrong: a tree of a text that anybody may
    have written could take many times its size."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.entries: list[Entry] = []
        self.metadata: Optional[dict[str, str]] = None

    def parse(self) -> None:
        names = set()
        for name in self._members("its header"):
            if name == _METADATA:
                self._parse_metadata()
                continue
            wrong = what_is_wrong(name)
            if wrong is not None:
                raise ValueError(f"a tensor's name {wrong}.")
            if name in names:
                raise ValueError(f"there are two tensors {quoted(name)}.")
            names.add(name)
            self._parse_tensor(name)
        if self._peek():
            raise self._no_json("its end")

    def _parse_metadata(self) -> None:
        if self.metadata is not None:
            raise ValueError(f"{_METADATA} is there twice.")
        self.metadata = {}
        for key in self._members(_METADATA):
            what = f"{_METADATA}[{quoted(key)}]"
            value = self._string(what)
            if key in self.metadata:
                raise ValueError(f"{what} is there twice.")
            self.metadata[key] = value

    def _parse_tensor(self, name: str) -> None:
        of = f"of {quoted(name)}"
        dtype: Optional[str] = None
        shape: Optional[list[int]] = None
        offsets: Optional[list[int]] = None
        for member in self._members(f"the tensor {quoted(name)}"):
            what = f"{quoted(member)} {of}"
            present = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
            if member not in present:
                raise ValueError(f"{what} is unknown: a tensor has dtype, shape and data_offsets.")
            if present[member] is not None:
                raise ValueError(f"{what} is there twice.")
            if member == "dtype":
                dtype = self._string(what)
                if dtype not in ITEM_SIZES:
                    raise ValueError(f"{what} is {quoted(dtype)}, which is unknown.")
            elif member == "shape":
                shape = self._integers(what, _MAX_DIMENSIONS)
            else:
                offsets = self._integers(what, 2)
        if dtype is None or shape is None or offsets is None:
            missing = "dtype" if dtype is None else "shape" if shape is None else "data_offsets"
            raise ValueError(f'"{missing}" {of} is missing.')
        if len(offsets) != 2 or offsets[0] > offsets[1]:
            raise ValueError(f'"data_offsets" {of} must be a begin and an end that is no smaller, not [{_listed(offsets)}].')
        begin, end = offsets
        try:
            size = byte_length(tuple(shape), dtype)
        except ValueError as wrong:
            raise ValueError(f"the shape {of} {wrong}.") from None
        if size != end - begin:
            raise ValueError(
                f"the shape {of}, [{_listed(shape)}] of {dtype}, has {size} bytes, but its data_offsets [{_listed(offsets)}] have "
                f"{end - begin}."
            )
        self.entries.append(Entry(name, dtype, tuple(shape), begin, end))

    def _peek(self) -> str:
        """The next character that is no white space; nothing at the end."""
        space = _SPACE.match(self._text, self._at)
        assert space is not None
        self._at = space.end()
        return self._text[self._at : self._at + 1]

    def _take(self, *characters: str) -> str:
        """One of these characters, which must be next."""
        character = self._peek()
        if character not in characters or not character:
            raise self._no_json(" or ".join(characters))
        self._at += 1
        return character

    def _members(self, what: str) -> Iterator[str]:
        """The keys of an object, whose values the caller reads in between."""
        if self._peek() != "{":
            raise ValueError(f"{what} must be an object.")
        self._at += 1
        if self._peek() == "}":
            self._at += 1
            return
        while True:
            if self._peek() != '"':
                raise self._no_json("a key")
            key = self._string(f"a key of {what}")
            self._take(":")
            yield key
            if self._take(",", "}") == "}":
                return

    def _string(self, what: str) -> str:
        if self._peek() != '"':
            raise ValueError(f"{what} must be text.")
        try:
            text, self._at = scanstring(self._text, self._at + 1, True)
        except ValueError as fault:
            raise ValueError(f"its header is no valid JSON: {fault}") from None
        if not is_unicode(text):
            raise ValueError(f"{what} is no valid Unicode.")
        return str(text)

    def _integers(self, what: str, most: int) -> list[int]:
        if self._peek() != "[":
            raise ValueError(f"{what} must be a list.")
        self._at += 1
        result: list[int] = []
        if self._peek() == "]":
            self._at += 1
            return result
        while True:
            self._peek()
            token = _NUMBER.match(self._text, self._at)
            if token is None:
                raise ValueError(f"{what} must have integers.")
            if len(result) == most:
                raise ValueError(f"{what} must have at most {most} numbers.")
            self._at = token.end()
            digits = token[0]
            # Digits alone: no sign, as in -0, no fraction, no exponent.
            if not digits.isdigit() or len(digits) > len(str(_LARGEST)) or int(digits) > _LARGEST:
                raise ValueError(f"{what} must have integers from 0 to 2^63 - 1, in digits alone, not {quoted(digits)}.")
            result.append(int(digits))
            if self._take(",", "]") == "]":
                return result

    def _no_json(self, expected: str) -> ValueError:
        found = quoted(self._text[self._at]) if self._at < len(self._text) else "its end"
        return ValueError(f"its header is no valid JSON: character {self._at} should be {expected}, not {found}.")


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


_PLACES = {name: place for place, name in enumerate(ITEM_SIZES)}
