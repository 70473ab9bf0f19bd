"""
The rows of a file from outside, read in another process (`qrgen.apart`).

The process that asks may be serving residents, so it never opens the file itself: what it gets
is rows, each looked at again, since a reader that a file took over could send anything.
"""
import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attribution.facts.bad_rows import BadRow, checked
from attribution.facts.feed_reader import REQUIRED, FeedRow
from attribution.facts.identities import is_identity
from attribution.faults import Code
from attribution.rule.people import is_number
from qrgen import apart
from qrgen.shell import Fault

_INSTANTS = {int, type(None)}


def read_users(path: Path, mapping: Mapping[str, str] | None = None) -> Iterator[FeedRow | BadRow]:
    """Yield the rows of a list of users: ``phone``, and ``registered_at`` where it is told."""
    yield from read_feed(path, mapping, required=("phone",))


def read_feed(
    path: Path, mapping: Mapping[str, str] | None = None, *,
    required: Sequence[str] = REQUIRED,
) -> Iterator[FeedRow | BadRow]:
    """
    Yield the rows of *path* in order, as `feed_reader.read_feed` does.

    Raises:
        Fault: the file as a whole cannot be read, or costs too much.
    """
    for item in apart.read(
        path,
        "attribution.facts.feed_reader:plain_rows",
        dict(mapping or {}),
        list(required),
        remedy=Code.FEED_ROWS_ALONE,
    ):
        yield _row(path, item, is_identity if len(required) > 1 else is_number)


def _row(path: Path, item: Any, known: Callable[[str], bool]) -> FeedRow | BadRow:
    if isinstance(item, list) and item and type(item[0]) is int:
        if len(item) == 2:
            with contextlib.suppress(ValueError):
                return BadRow(item[0], checked(item[1]))
        if (
            len(item) == 6 and type(item[1]) is str and known(item[1])
            and _INSTANTS.issuperset(map(type, item[2:]))
        ):
            return FeedRow._make(item)
    raise Fault(Code.FEED_READER_BROKE, file=path)
