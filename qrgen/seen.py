"""
What was seen on a page: the codes that could be read, and what looks like one and could not be.

A wall is judged by its pictures, so what a picture does not tell is said as well: a code that is
blurred or torn, one whose edges show around another that was stuck over it, a page that is damaged.
"""
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qrgen.fault_codes import Code
from qrgen.fault_json import as_plain, from_plain
from qrgen.faults import Fault

# Left, top, right, bottom, in pixels of the page.
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class SeenCode:
    """
    A code that was read.

    Args:
        covers: The edges of another code show around it: it was stuck over that one.
    """

    text: str
    box: Box
    covers: bool = False


@dataclass(frozen=True)
class SeenPage:
    """
    What is on one page, or picture.

    Args:
        codes: From top to bottom.
        unread: Something more looks like a code, and could not be read.
        fault: Why the page itself could not be read; there is nothing else then.
    """

    codes: tuple[SeenCode, ...] = ()
    unread: bool = False
    fault: Fault | None = None

    @property
    def texts(self) -> list[str]:
        """What the codes hold, from top to bottom."""
        return [code.text for code in self.codes]

    def faults(self, file: Path) -> Iterator[Fault]:
        """Yield what *file*, which it is of, leaves unsaid."""
        if self.fault:
            yield self.fault
        if self.unread:
            yield Fault(Code.CODE_UNREAD, path=file)

    def plain(self) -> list[Any]:
        """Return it as data that JSON can hold."""
        codes = [[code.text, list(code.box), code.covers] for code in self.codes]
        return [codes, self.unread, None if self.fault is None else as_plain(self.fault)]


def page_from_plain(plain: Any) -> SeenPage:
    """
    Return what `SeenPage.plain` made *plain* of.

    Raises:
        ValueError: It is not of that form.
    """
    match plain:
        case [list(codes), bool(unread), fault]:
            return SeenPage(
                tuple(_code(code) for code in codes), unread,
                None if fault is None else from_plain(fault),
            )
    raise ValueError("not a page")


def _code(plain: Any) -> SeenCode:
    match plain:
        case [str(text), [int(left), int(top), int(right), int(bottom)], bool(covers)]:
            return SeenCode(text, (left, top, right, bottom), covers)
    raise ValueError("not a code")


def overlap(one: Box, others: Sequence[Box]) -> bool:
    """Whether *one* shares pixels with any of *others*."""
    return any(
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
        for other in others
    )
