"""
How the bytes of a text were meant: told by its mark, or found by reading all of it.

In this order, because each step can be proved: a mark; UTF-8 without a fault; UTF-16 by its
NULs; GB18030 without a fault. Guessing by frequency takes a short Chinese list for Korean.
"""
import codecs
import io
from collections.abc import Iterator
from pathlib import Path

from qrgen.fault_codes import Code
from qrgen.shell import Fault

MARK = "\ufeff"

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BLOCK = 1 << 18
_SOME = 1 << 15  # letters

# A line is held whole. No honest one is a thousandth of this.
LONGEST_LINE = 4 << 20


def find_encoding(path: Path) -> str:
    """
    Return the encoding in which all of *path* reads without a fault.

    Raises:
        Fault: There is none, or it is no text, or has a line without end.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            tried = [name]
            break
    else:
        if b"\0" in head:
            # Of Latin letters, digits and separators one byte of two is NUL.
            little = head[1::2].count(0) >= head[::2].count(0)
            tried = ["utf-16-le" if little else "utf-16-be"]
        else:
            # Chinese in GB18030 is practically never valid UTF-8, but nearly all UTF-8 is valid
            # GB18030 and nonsense.
            tried = ["utf-8", "gb18030"]
    for name in tried:
        try:
            _check(path, name)
        except UnicodeDecodeError:
            continue
        return name
    if b"\0" in head and not any(head.startswith(mark) for mark, _ in _MARKS):
        raise Fault(Code.TABLE_NO_TEXT, file=path.name)
    raise Fault(Code.TABLE_ENCODING, file=path.name)


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """Open *path* with its line breaks as they are."""
    return path.open(encoding=encoding, newline="")


def lines_of(file: io.TextIOWrapper) -> Iterator[str]:
    """
    Yield the lines of *file* without marks.

    Files that were joined have one in the middle, and programs write two. U+FEFF has no other
    meaning in a table, and before a quote it would keep the quote from being one.
    """
    for line in file:
        yield line if line.isascii() else line.replace(MARK, "")


def some_lines(file: io.TextIOWrapper) -> list[str]:
    """Return the next of `lines_of`, some hundreds where they are as long as usual."""
    lines = file.readlines(_SOME)
    if MARK in "".join(lines):
        return [line.replace(MARK, "") for line in lines]
    return lines


def _check(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    length = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text = decoder.decode(block)
            if "\0" in text:
                raise Fault(Code.TABLE_NO_TEXT, file=path.name)
            last = max(text.rfind("\n"), text.rfind("\r"))
            length = length + len(text) if last < 0 else len(text) - last
            if length > LONGEST_LINE:
                raise Fault(Code.TABLE_LINE_LONG, file=path.name)
    decoder.decode(b"", final=True)
