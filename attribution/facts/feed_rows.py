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
from attribution.facts.feed_blocks import RowBlock, unpacked
from attribution.facts.feed_notes import Note, checked_note
from attribution.facts.feed_reader import REQUIRED, FeedRow
from attribution.facts.identities import is_identity
from attribution.faults import Code
from attribution.rule.people import is_number
from qrgen import apart
from qrgen.shell import Fault

_INSTANTS = {int, type(None)}


def read_users(
    path: Path, choices: Mapping[str, str] | None = None
) -> Iterator[FeedRow | BadRow | Note]:
    """Yield the rows of a list of users: ``phone``, and ``registered_at`` where it is told."""
    yield from read_feed(path, choices, required=("phone",))


def read_feed(
    path: Path, choices: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[FeedRow | BadRow | Note]:
    """
    Yield the rows of *path* in order, as `feed_reader.read_feed` does.

    Raises:
        Fault: the file as a whole cannot be read, or costs too much.
    """
    for item in read_blocks(path, choices, required=required):
        if isinstance(item, RowBlock):
            yield from item.rows()
        else:
            yield item


def read_blocks(
    path: Path, choices: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[RowBlock | FeedRow | BadRow | Note]:
    """Do as `read_feed`, with many usual rows at once."""
    made = FeedRow._make
    # A list of known users is of use by whole numbers alone.
    known = is_identity if len(required) > 1 else is_number
    for item in apart.read(
        path,
        "attribution.facts.feed_reader:plain_rows",
        dict(choices or {}),
        list(required),
        remedy=Code.FEED_ROWS_ALONE,
    ):
        if type(item) is str:
            try:
                yield unpacked(item)
            except ValueError:
                raise Fault(Code.FEED_READER_BROKE, file=path) from None
        elif (
            type(item) is list and len(item) == 6 and type(item[0]) is int
            and type(item[1]) is str and known(item[1])
            and _INSTANTS.issuperset(map(type, item[2:]))
        ):
            yield made(item)
        else:
            yield _row(path, item)


def _row(path: Path, item: Any) -> FeedRow | BadRow | Note:
    if isinstance(item, list) and len(item) == 2:
        with contextlib.suppress(ValueError):
            if type(item[0]) is str:
                return checked_note(item)
            if type(item[0]) is int:
                return BadRow(item[0], checked(item[1]))
    raise Fault(Code.FEED_READER_BROKE, file=path)
