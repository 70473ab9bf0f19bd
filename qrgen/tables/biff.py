"""
Which cells of an old Excel file (.xls) hold an error, or a formula that nobody worked out; and
which rows and columns nobody sees.

The library that reads such files shows the first two as empty, and empty means "not yet", and the
last like any other; so these kinds of record are looked for here, and nothing else is ([MS-XLS]
2.4.90, 2.4.127, 2.4.221 and 2.4.53, in the compound file of [MS-CFB]). Whatever is odd about the
file is the library's to refuse.
"""
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from qrgen.tables.cells import Flaw

# Larger ones hold pictures; the library, which needs several times the room, refuses them first.
_MOST_BYTES = 128 << 20
_MOST_FLAWS = 200_000

_END_OF_CHAIN = 0xFFFFFFFA  # and all above: no sector

_BOF, _EOF, _SHEET, _FORMULA, _ERROR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205
_ROW, _COLUMNS = 0x0208, 0x007D
_KINDS = frozenset({_SHEET, _FORMULA, _ERROR, _ROW, _COLUMNS})
_MOST_COLUMNS = 256

# Of a formula that is to be worked out when somebody opens the file.
_TO_CALCULATE = 0b11

Flaws = Mapping[tuple[int, int], Flaw]


class Unshown(NamedTuple):
    """
    What the cells of a sheet do not show.

    Args:
        flaws: By row (from 1) and column (from 0).
        rows, columns: The hidden ones, counted alike.
    """

    flaws: Flaws
    rows: list[int]
    columns: set[int]


def unshown_in(path: Path) -> list[Unshown] | None:
    """Return what each sheet does not show, in the order of tabs; None where nobody can tell."""
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            return None
        stream = _workbook(content)
        return None if stream is None else _sheets(stream)
    except (struct.error, IndexError, ValueError, MemoryError):
        return None


def _workbook(content: bytes) -> bytes | None:
    """Return the stream that the compound file *content* keeps the workbook in."""
    (shift,) = struct.unpack_from("<H", content, 0x1E)
    if shift not in (9, 12):
        return None
    size = 1 << shift
    directory, cutoff = struct.unpack_from("<I4xI", content, 0x30)
    listed, more = struct.unpack_from("<II", content, 0x44)

    def sector(number: int) -> bytes:
        return content[(number + 1) << shift : (number + 2) << shift]

    tables = list(struct.unpack_from("<109I", content, 0x4C))
    while more and listed < _END_OF_CHAIN:
        numbers = struct.unpack(f"<{size // 4}I", sector(listed))
        tables += numbers[:-1]
        listed, more = numbers[-1], more - 1
    following: list[int] = []
    for number in tables:
        if number < _END_OF_CHAIN:
            following += struct.unpack(f"<{size // 4}I", sector(number))

    def chain(number: int) -> bytes:
        parts = []
        while number < _END_OF_CHAIN:
            parts.append(sector(number))
            if len(parts) > len(following):
                raise ValueError("a chain without end")
            number = following[number]
        return b"".join(parts)

    entries = chain(directory)
    # The first entry's own chain holds all short streams, in sectors of 64 bytes.
    short = b""
    for at in range(0, len(entries) - 127, 128):
        (length,) = struct.unpack_from("<H", entries, at + 64)
        name = entries[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        first, whole = struct.unpack_from("<II", entries, at + 116)
        if at == 0 and first < _END_OF_CHAIN:
            short = chain(first)
        if name.lower() in ("workbook", "book"):
            if whole >= cutoff:
                return chain(first)[:whole]
            (numbers,) = struct.unpack_from("<I", content, 0x3C)
            table = chain(numbers)
            return _short(short, struct.unpack(f"<{len(table) // 4}I", table), first)[:whole]
    return None


def _short(container: bytes, following: Sequence[int], number: int) -> bytes:
    """Return the short stream that begins in sector *number* of *container*."""
    parts = []
    while number < _END_OF_CHAIN:
        parts.append(container[number << 6 : (number + 1) << 6])
        if len(parts) > len(following):
            raise ValueError("a chain without end")
        number = following[number]
    return b"".join(parts)


def _sheets(stream: bytes) -> list[Unshown]:
    places = []
    for kind, body in _records(stream, 0):
        if kind == _SHEET:
            at, _, what = struct.unpack_from("<IBB", body)
            if what == 0:  # a worksheet: charts and macros have no rows
                places.append(at)
    return [_unshown(stream, at) for at in places]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records from *at* to the end of their part, without those of charts in it."""
    level = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _BOF:
            level += 1
        elif kind == _EOF:
            level -= 1
            if level <= 0:
                return
        elif level == 1 and kind in _KINDS:
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _unshown(stream: bytes, at: int) -> Unshown:
    flaws: dict[tuple[int, int], Flaw] = {}
    rows: list[int] = []
    columns: set[int] = set()
    for kind, body in _records(stream, at):
        if kind == _ROW:
            if body[12] & 0x20:
                rows.append(struct.unpack_from("<H", body)[0] + 1)
        elif kind == _COLUMNS:
            first, last = struct.unpack_from("<HH", body)
            if body[8] & 1:
                columns.update(range(first, min(last + 1, _MOST_COLUMNS)))
        elif (flaw := _flaw(kind, body)) is not None:
            if len(flaws) == _MOST_FLAWS:
                raise ValueError("hardly anything but flaws")
            row, column = struct.unpack_from("<HH", body)
            flaws[row + 1, column] = flaw
    return Unshown(flaws, rows, columns)


def _flaw(kind: int, body: bytes) -> Flaw | None:
    if kind == _ERROR:
        return Flaw.ERROR if body[7] else None
    if kind != _FORMULA:
        return None
    value, flags = body[6:14], body[14]
    if value[6:8] == b"\xff\xff":
        if value[0] == 2:
            return Flaw.ERROR
        # An empty text: so writes a program that calculates nothing, and so writes Excel what
        # truly is empty. Saved as XLSX the two differ.
        return Flaw.UNCALCULATED if value[0] == 3 else None
    return Flaw.UNCALCULATED if not any(value) and flags & _TO_CALCULATE else None
