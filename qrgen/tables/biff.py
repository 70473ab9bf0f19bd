"""
Which cells of an old Excel file (.xls) hold an error, or a formula that nobody worked out.

The library that reads such files shows both as empty, and empty means "not yet"; so these two
kinds of record are looked for here, and nothing else is ([MS-XLS] 2.4.90 and 2.4.127, in the
compound file of [MS-CFB]). Whatever is odd about the file is the library's to refuse.
"""
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from qrgen.tables.cells import Flaw

# Larger ones hold pictures; the library, which needs several times the room, refuses them first.
_MOST_BYTES = 128 << 20
_MOST_FLAWS = 200_000

_END_OF_CHAIN = 0xFFFFFFFA  # and all above: no sector

_BOF, _EOF, _SHEET, _FORMULA, _ERROR = 0x0809, 0x000A, 0x0085, 0x0006, 0x0205

# Of a formula that is to be worked out when somebody opens the file.
_TO_CALCULATE = 0b11

Flaws = Mapping[tuple[int, int], Flaw]


def flaws_of(path: Path) -> list[dict[tuple[int, int], Flaw]] | None:
    """
    Return the flaws of each sheet by row (from 1) and column (from 0), in the order of the tabs.

    None where that cannot be told.
    """
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
    for at in range(0, len(entries) - 127, 128):
        (length,) = struct.unpack_from("<H", entries, at + 64)
        name = entries[at : at + max(0, length - 2)].decode("utf-16-le", "replace")
        if name.lower() in ("workbook", "book"):
            first, whole = struct.unpack_from("<II", entries, at + 116)
            # Shorter ones lie elsewhere, and no program writes one.
            return None if whole < cutoff else chain(first)[:whole]
    return None


def _sheets(stream: bytes) -> list[dict[tuple[int, int], Flaw]]:
    places = []
    for kind, body in _records(stream, 0):
        if kind == _SHEET:
            at, _, what = struct.unpack_from("<IBB", body)
            if what == 0:  # a worksheet: charts and macros have no rows
                places.append(at)
    return [dict(_flaws(stream, at)) for at in places]


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
        elif level == 1 and kind in (_SHEET, _FORMULA, _ERROR):
            yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _flaws(stream: bytes, at: int) -> Iterator[tuple[tuple[int, int], Flaw]]:
    found = 0
    for kind, body in _records(stream, at):
        flaw = _flaw(kind, body)
        if flaw is not None:
            found += 1
            if found > _MOST_FLAWS:
                raise ValueError("hardly anything but flaws")
            row, column = struct.unpack_from("<HH", body)
            yield (row + 1, column), flaw


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
