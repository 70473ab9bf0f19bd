"""
The texts that a workbook keeps once for all cells with the same: held as bytes, in two blocks.

As Python's own a million of them take five times the room.
"""
import re
from array import array
from typing import Any

from qrgen.fault_codes import Code
from qrgen.shell import Fault
from qrgen.tables.parts import Attributes, Parts
from qrgen.tables.skimming import TEXT

# Five texts of twenty letters in each of 600 000 rows.
MOST_BYTES = 64 << 20
MOST_TEXTS = 4_000_000

_PLAIN = re.compile(rb'\s*<si><t(?: xml:space="preserve")?>(' + TEXT + rb")</t></si>")

# How a workbook writes what XML cannot hold: _x000D_ is a carriage return.
_WRITTEN = re.compile(rb"_x([0-9A-Fa-f]{4})_")


def unescaped(text: bytes) -> bytes:
    """Return *text* with the letters that it spells by number. Half a pair is no letter."""
    if b"_x" not in text:
        return text
    return _WRITTEN.sub(
        lambda found: chr(int(found[1], 16)).encode("utf-8", "replace"), text
    )


class SharedTexts:
    """The texts by their number, from the part *name* of *parts*; none where there is no part."""

    def __init__(self, parts: Parts, name: str | None) -> None:
        self._bytes = bytearray()
        self._ends = array("I", [0])
        if name is not None:
            self._fill(parts, name)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> str:
        """
        Return text *number*, from 0.

        Raises:
            IndexError: There is none.
        """
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._bytes[self._ends[number]:self._ends[number + 1]].decode()

    def _fill(self, parts: Parts, name: str) -> None:
        runs = TextRuns()
        level = 0
        found: list[str] = []

        def start(tag: str, _: Attributes) -> None:
            nonlocal level
            level += 1
            runs.start(tag)

        def end(tag: str) -> None:
            nonlocal level
            level -= 1
            runs.end(tag)
            if tag == "si":
                found.append(runs.taken())

        for plain in parts.skim(
            name, start, end, runs.text, b"<sst", b"</si>", _PLAIN, lambda: level == 1
        ):
            if plain is not None:
                self._add(parts, unescaped(plain[1]))
            for text in found:
                self._add(parts, unescaped(text.encode()))
            found.clear()

    def _add(self, parts: Parts, text: bytes) -> None:
        self._bytes += text
        self._ends.append(len(self._bytes))
        if len(self._bytes) > MOST_BYTES or len(self._ends) > MOST_TEXTS:
            raise Fault(Code.TABLE_TEXTS, file=parts.file, most=MOST_BYTES >> 20)


class TextRuns:
    """A text in pieces of various looks, without how it is pronounced (``rPh``)."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._wanted = self._spoken = False

    def start(self, tag: str) -> None:
        """Enter an element."""
        self._spoken = self._spoken or tag == "rPh"
        self._wanted = tag == "t" and not self._spoken

    def end(self, tag: str) -> None:
        """Leave it."""
        self._wanted = False
        if tag == "rPh":
            self._spoken = False

    def text(self, piece: str) -> Any:
        """Take letters, if they stand where text does."""
        if self._wanted:
            self._pieces.append(piece)

    def taken(self) -> str:
        """Return the whole, and begin anew."""
        whole = "".join(self._pieces)
        self._pieces.clear()
        return whole
