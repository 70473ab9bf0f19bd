"""
The texts that a workbook keeps once for all cells with the same: held as bytes, in two blocks.

As Python's own a million of them take five times the room.
"""
import re
from array import array
from collections.abc import Iterable
from typing import Any

from qrgen.fault_codes import Code
from qrgen.shell import Fault
from qrgen.tables.parts import Attributes, Parts
from qrgen.tables.skimming import BLANKS, TEXT

# Five texts of twenty letters in each of 600 000 rows.
MOST_BYTES = 64 << 20
MOST_TEXTS = 4_000_000

_OPENING = re.compile(rb"<sst[^<>]*>")
_PLAIN = BLANKS + rb'<si><t(?: xml:space="preserve")?>(%s' + TEXT + rb")</t></si>"
_ONE = re.compile(_PLAIN.replace(b"%s", b""))
_RUN = re.compile(b"(?:" + _PLAIN.replace(b"%s", b"?:") + b")+")

# How a workbook writes what XML cannot hold: _x000D_ is a carriage return.
_WRITTEN = re.compile(rb"_x([0-9A-Fa-f]{4})_")


def unescaped(text: bytes) -> bytes:
    """Return *text* with the letters that it spells by number. Half a pair is no letter."""
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

    def read(self, value: bytes) -> str:
        """
        Return the text whose number is *value*, as it stands in a cell.

        Raises:
            LookupError: There is none.
            ValueError: It is no number.
        """
        number = int(value)
        if number < 0:
            raise IndexError(number)
        ends = self._ends
        return self._bytes[ends[number]:ends[number + 1]].decode()

    def _fill(self, parts: Parts, name: str) -> None:
        runs = TextRuns()
        level = 0

        def start(tag: str, _: Attributes) -> None:
            nonlocal level
            level += 1
            runs.start(tag)

        def end(tag: str) -> None:
            nonlocal level
            level -= 1
            runs.end(tag)
            if tag == "si":
                self._add([runs.taken().encode()])

        def plain(rest: bytes, at: int) -> int:
            run = _RUN.match(rest, at)
            if run is None:
                return at
            texts = _ONE.findall(rest, at, run.end())
            b"".join(texts).decode()  # of those that are no UTF-8 the part is damaged
            self._add(texts)
            return run.end()

        for _ in parts.skim(
            name, start, end, runs.text, _OPENING, b"</si>", plain, lambda: level == 1
        ):
            self._check(parts)

    def _add(self, texts: Iterable[bytes]) -> None:
        held, ends = self._bytes, self._ends
        for text in texts:
            held += unescaped(text) if b"_x" in text else text
            ends.append(len(held))

    def _check(self, parts: Parts) -> None:
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
