"""
Rows of a file about persons and no longer about numbers, and how they go together.

Many at once they are columns: of most rows nothing is asked that needs one of them as an object
(`organic`), and the ledger takes columns as they are. Who must look at one takes it as an `Item`.
"""
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, repeat
from typing import Any, NamedTuple

from attribution.rule.instants import Instant
from attribution.rule.stated import Stated

# Rows that are read, judged and written together.
CHUNK = 1000


class Item(NamedTuple):
    """
    One row of a file.

    Args:
        person: Their digest; where *grade* is not None that of a hash or a masked number.
    """

    line: int
    person: str
    last4: str
    as_of: Instant
    registered_at: Stated | None
    card_bound_at: Stated | None
    first_txn_at: Stated | None
    placeholder: bool = False  # a day before 2010 stood where a step would, and states nothing
    grade: str | None = None

    @property
    def steps(self) -> tuple[Stated | None, Stated | None, Stated | None]:
        return self.registered_at, self.card_bound_at, self.first_txn_at


class Rows(NamedTuple):
    """As many rows as each column is long; what is in a column, `Item` says."""

    line: Sequence[int] = ()
    person: Sequence[str] = ()
    last4: Sequence[str] = ()
    as_of: Sequence[Instant] = ()
    registered_at: Sequence[Stated | None] = ()
    card_bound_at: Sequence[Stated | None] = ()
    first_txn_at: Sequence[Stated | None] = ()
    placeholder: Sequence[bool] = ()
    grade: Sequence[str | None] = ()

    @classmethod
    def of(cls, items: Iterable[Sequence[Any]]) -> "Rows":
        """Return *items*, or tuples like them, by their columns."""
        return cls(*zip(*items, strict=True))

    @property
    def height(self) -> int:
        return len(self.line)

    def items(self, chosen: Iterable[bool] = repeat(True)) -> list[Item]:
        """Return the rows one by one: those that are *chosen*, which says it of each."""
        return [*map(Item._make, compress(zip(*self, strict=True), chosen))]

    def packed(self) -> list[Any]:
        """Return it as plain data: a column that is one value throughout as that value."""
        return [
            column[0] if column and column.count(column[0]) == len(column) else column
            for column in self
        ]

    @classmethod
    def unpacked(cls, packed: Sequence[Any]) -> "Rows":
        """Undo `packed`."""
        height = max(len(column) if isinstance(column, list) else 1 for column in packed)
        return cls(*(
            column if isinstance(column, list) else [column] * height for column in packed
        ))


def chunks(parts: Iterable[list[Any]]) -> Iterator[Rows]:
    """
    Cut *parts*, items sorted by person, into `CHUNK` or few more without parting a person.

    Args:
        parts: Lists of items, or of tuples like them; no person is in two of them.
    """
    left: list[Any] = []
    for part in parts:
        left = left + part if left else part
        begin, end = 0, CHUNK
        while end < len(left):
            if left[end][1] == left[end - 1][1]:
                end += 1
                continue
            yield Rows.of(left[begin:end])
            begin, end = end, end + CHUNK
        left = left[begin:]
    if left:
        yield Rows.of(left)
