"""
The rows of a file from outside, read in another process (`qrgen.apart`).

The process that asks may be serving residents, so it never opens the file itself: what it gets
is rows, each looked at again, since a reader that a file took over could send anything.
"""
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attribution.facts.bad_rows import BadRow, checked
from attribution.facts.feed_reader import REQUIRED, Row
from attribution.faults import Code
from attribution.rule.people import is_number
from qrgen import apart
from qrgen.shell import Fault

_REMEDY = (
    "copy the rows alone into a new sheet, for a stray cell far below or to the right makes a sheet"
    " as large as it can be; or save it as CSV UTF-8"
)


_INSTANTS = {int, type(None)}


def read_users(path: Path, mapping: Mapping[str, str] | None = None) -> Iterator[Row | BadRow]:
    """Yield the rows of a list of users: ``phone``, and ``registered_at`` where it is told."""
    yield from read_feed(path, mapping, required=("phone",))


def read_feed(
    path: Path, mapping: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[Row | BadRow]:
    """
    Yield the rows of *path* in order, as `feeds.read_feed` does.

    Raises:
        Fault: the file as a whole cannot be read, or costs too much.
    """
    for item in apart.read(
        path,
        "attribution.facts.feed_reader:plain_rows",
        dict(mapping or {}),
        list(required),
        remedy=_REMEDY,
    ):
        yield _row(path, item)


def _row(path: Path, item: Any) -> Row | BadRow:
    if isinstance(item, list) and item and type(item[0]) is int:
        if len(item) == 2:
            with contextlib.suppress(ValueError):
                return BadRow(item[0], checked(item[1]))
        if (
            len(item) == 6 and type(item[1]) is str and is_number(item[1])
            and _INSTANTS.issuperset(map(type, item[2:]))
        ):
            return Row._make(item)
    raise Fault(Code.FEED_READER_BROKE, file=path)
