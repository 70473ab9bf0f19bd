"""
Rows of a file that are written in the usual way, many at once and column by column.

Nearly all rows are a number and some times, and each of them as an object of its own costs more
than what it says. So the reader hands them on as columns of whole numbers, packed as one text;
whoever unpacks it looks at each of them, since it came from a process that read a strange file.
"""
import base64
import binascii
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from attribution.facts.usual_times import NOTHING
from attribution.rule.instants import Instant
from attribution.rule.stated import Stated, are_instants

# As a whole number: all that `people.is_number` takes.
LEAST_NUMBER, MOST_NUMBER = 13_000_000_000, 19_999_999_999

# Where a file has no column for the business date of a row.
NO_COLUMN: Instant = -1


class FeedRow(NamedTuple):
    """One row of the file. *line* as `row_numbers` has it, the heading counted."""

    line: int
    phone: str  # an `identities.Identity`'s text
    registered_at: Stated | None
    card_bound_at: Stated | None
    first_txn_at: Stated | None
    as_of: Stated | None


class RowBlock(NamedTuple):
    """
    Usual rows by columns, all as long.

    Args:
        numbers: Eleven digits, as whole numbers.
        registered_at: Instants; NOTHING where none is stated. The other steps likewise.
        as_of: Instants; `NO_AS_OF` where the cell is empty, NO_COLUMN where there is none.
    """

    lines: Sequence[int]
    numbers: Sequence[int]
    registered_at: Sequence[Instant]
    card_bound_at: Sequence[Instant]
    first_txn_at: Sequence[Instant]
    as_of: Sequence[Instant]

    def packed(self) -> str:
        """Return it as a text; undone by `unpacked`."""
        values = array("q")
        for column in self:
            values.extend(column)
        return base64.b64encode(values.tobytes()).decode("ascii")

    def part(self, begin: int, end: int) -> "RowBlock":
        """Return the rows from *begin* on, up to *end*."""
        return RowBlock(*(column[begin:end] for column in self))

    def rows(self) -> Iterator[FeedRow]:
        """Yield the rows one by one."""
        steps = [[value or None for value in column] for column in self[2:5]]
        as_of = [None if value == NO_COLUMN else value for value in self.as_of]
        return map(FeedRow, self.lines, map(str, self.numbers), *steps, as_of)


def unpacked(text: str) -> RowBlock:
    """
    Return the block in *text*.

    Raises:
        ValueError: There is none, or one of rows that are not usual.
    """
    values = array("q")
    try:
        values.frombytes(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError("not a block") from error
    width = len(RowBlock._fields)
    height, rest = divmod(len(values), width)
    if rest or not height:
        raise ValueError("not a block")
    block = RowBlock(*(values[at * height : (at + 1) * height].tolist() for at in range(width)))
    usual = (
        min(block.numbers) >= LEAST_NUMBER and max(block.numbers) <= MOST_NUMBER
        and min(block.lines) > 0
        and all(map(_usual, block[2:5]))
        and (set(block.as_of) == {NO_COLUMN} or _usual(block.as_of))
    )
    if not usual:
        raise ValueError("not usual rows")
    return block


def _usual(column: Sequence[Instant]) -> bool:
    return min(column) >= NOTHING and are_instants(column)
