"""
The parts of a workbook: a ZIP of XML, unpacked a block at a time and counted as it comes out.

A megabyte of ZIP can hold a gigabyte of one letter, and a document type can make a page of one
word; so what comes out is counted, whatever the ZIP says it will be, and no document type is
taken.
"""
import re
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from xml.parsers import expat

from qrgen.fault_codes import Code
from qrgen.shell import Fault
from qrgen.tables.skimming import Plain, skim

# A million rows of six columns are 400 MB of XML.
MOST_UNPACKED = 1 << 30
MOST_PARTS = 10_000

_BLOCK = 1 << 16

Attributes = Mapping[str, str]
Start = Callable[[str, Attributes], Any]
End = Callable[[str], Any]
Text = Callable[[str], Any]


class Parts:
    """The parts of the ZIP at *path*; `close` it."""

    def __init__(self, path: Path, most: int = MOST_UNPACKED) -> None:
        self.file = path.name
        self._left = self._most = most
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise self.damaged() from None
        parts = self._zip.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > most:
            self.close()
            raise self._too_much()
        self.names = {part.filename.lower(): part.filename for part in parts}
        if any(part.flag_bits & 1 for part in parts):
            self.close()
            raise Fault(Code.TABLE_LOCKED, file=self.file)

    def close(self) -> None:
        self._zip.close()

    def blocks(self, name: str) -> Generator[bytes, None, None]:
        """Yield the part *name*, whose letters may be of either case."""
        try:
            with self._zip.open(self.names[name.lower()]) as part:
                while block := part.read(_BLOCK):
                    self._left -= len(block)
                    if self._left < 0:
                        raise self._too_much()
                    yield block
        # RuntimeError and NotImplementedError: ways of packing that we do not know.
        except (
            KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError,
        ):
            raise self.damaged() from None

    def read_xml(
        self, name: str, start: Start, end: End | None = None, text: Text | None = None
    ) -> None:
        """Call *start*, *end* and *text* with what the part *name* holds; names without prefix."""
        parser = self._parser(start, end, text)
        with self._xml_faults(), closing(self.blocks(name)) as blocks:
            for block in blocks:
                parser.Parse(block)
            parser.Parse(b"", True)

    def skim(
        self, name: str, start: Start, end: End, text: Text, opening: "re.Pattern[bytes]",
        ending: bytes,
        plain: Plain, inside: Callable[[], bool],
    ) -> Iterator[None]:
        """Do as `read_xml`, but give usual rows to *plain* (`skimming`); yield now and then."""
        parser = self._parser(start, end, text)
        with self._xml_faults(), closing(self.blocks(name)) as blocks:
            yield from skim(blocks, parser, opening, ending, plain, inside)

    def _parser(self, start: Start, end: End | None, text: Text | None) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = lambda tag, found: start(local(tag), found)
        if end:
            parser.EndElementHandler = lambda tag: end(local(tag))
        parser.CharacterDataHandler = text
        return parser

    @contextmanager
    def _xml_faults(self) -> Iterator[None]:
        try:
            yield
        # The others: numbers that are none, and what they should lead to.
        except (expat.ExpatError, LookupError, ValueError):
            raise self.damaged() from None

    def damaged(self) -> Fault:
        """Return the fault of a workbook that is not as it should be."""
        return Fault(Code.TABLE_DAMAGED, file=self.file)

    def _too_much(self) -> Fault:
        return Fault(Code.TABLE_UNPACKS, file=self.file, most=self._most >> 20)

    def _doctype(self, *_: Any) -> None:
        raise Fault(Code.TABLE_DOCTYPE, file=self.file)


def local(name: str) -> str:
    """Return *name* without the prefix of its namespace."""
    return name.rpartition(":")[2]
