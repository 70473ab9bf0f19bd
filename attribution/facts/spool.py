"""
A whole file of the platform, read once: what is wrong with it, and its rows as persons.

Everything that needs only the file is done here, before anybody else is kept waiting:
every bad row is found, the control totals are compared, numbers become digests. The
rows go to a nameless file on disk, so that memory stays flat whatever their number.
"""
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

from attribution.facts import bad_rows, feed_reader, feed_rows
from attribution.facts.bad_rows import BadRow
from attribution.facts.feed_blocks import NO_COLUMN, RowBlock
from attribution.facts.feed_notes import Note
from attribution.facts.feed_reader import FIELDS, FeedRow
from attribution.facts.feed_values import PLACEHOLDER
from attribution.facts.refused_rows import RefusedRows
from attribution.facts.row_numbers import line_text
from attribution.facts.rows import Item, Rows, chunks
from attribution.facts.sorted_rows import SortedRows
from attribution.facts.usual_times import NOTHING
from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.rule.people import Identifier, grade_of, is_number
from attribution.rule.stated import NO_AS_OF, VOID, too_far_ahead
from qrgen.shell import Fault

# More than any county has residents: a longer file is the wrong file.
MOST_ROWS = 2_000_000

TOTALS = {
    "rows": Code.TOTAL_ROWS, "registered": Code.TOTAL_REGISTERED, "bound": Code.TOTAL_BOUND,
    "paid": Code.TOTAL_PAID,
}

_STEPS = ("registered", "bound", "paid")

# What a step that was not done looks like.
_UNDONE = (None, VOID, PLACEHOLDER)

# Every day as a number is below, every instant that states something far above.
_DAYS = 100_000_000

# More assumptions than any honest file needs.
_MOST_NOTES = 2000

Progress = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Reading:
    """
    How a file is to be read and checked.

    Args:
        mapping: What was chosen of how it is to be read, as `feed_columns` has it: field -> the
            heading it stands under, or its position; sheet, row of the headings.
        as_of: The business date of rows that state none; None: when it is taken in, and where
            the file has a column for it but the cell is empty, before every other.
        accept: Lines that may be malformed: somebody read the report and lets them go.
        totals: Control totals the platform gave: of rows, registered, bound, paid.
        losses: Let the file take away more credits than MOST_LOST.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    as_of: Instant | None = None
    accept: frozenset[int] = frozenset()
    totals: Mapping[str, int] = field(default_factory=dict)
    losses: bool = False

    def as_json(self) -> str:
        return json.dumps(
            {
                "mapping": dict(self.mapping), "as_of": self.as_of, "losses": self.losses,
                "accept": sorted(self.accept), "totals": dict(self.totals),
            },
            ensure_ascii=False, sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> "Reading":
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "accept": frozenset(values["accept"])})


class FeedFile:
    """
    The file at *path*, read and found good. Close it, for its rows lie on disk (`sorted_rows`).

    Args:
        now: A row that states what lies more than a day ahead of it is a bad row; and the
            business date of rows that state none.

    Raises:
        Fault: it is not taken. Its `more` holds every bad row.
    """

    def __init__(
        self, path: Path, sha256: str, reading: Reading, identify: Identifier, now: Instant,
        progress: Progress = iter,
    ):
        self.totals = Counter(dict.fromkeys(TOTALS, 0))
        self.bad: list[BadRow] = []  # all of them accepted
        self.notes: list[Note] = []
        self.lesser: Counter[str] = Counter()  # rows by grades besides the whole number
        self._sorted = SortedRows()
        try:
            self._read(path, reading, identify, now, progress)
            if feed_reader.sha256_of(path) != sha256:
                raise Fault(Code.FEED_CHANGED, file=path)
        except BaseException:
            self._sorted.close()
            raise

    def __enter__(self) -> "FeedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._sorted.close()

    @property
    def rows(self) -> int:
        return self.totals["rows"]

    def chunks(self) -> Iterator[Rows]:
        """Yield the good rows by person and line, all rows of a person together."""
        yield from chunks(self._sorted.shares())

    def _read(
        self, path: Path, reading: Reading, identify: Identifier, now: Instant,
        progress: Progress,
    ) -> None:
        as_of = now if reading.as_of is None else reading.as_of
        unstated = NO_AS_OF if reading.as_of is None else reading.as_of
        people = _People(identify, {NO_COLUMN: as_of, NO_AS_OF: unstated})
        refused = RefusedRows(set(reading.accept))
        for read in progress(feed_rows.read_blocks(path, reading.mapping)):
            if isinstance(read, Note):
                if len(self.notes) < _MOST_NOTES:
                    self.notes.append(read)
                continue
            block = isinstance(read, RowBlock)
            self.totals["rows"] += len(read.lines) if block else 1
            if self.rows > MOST_ROWS:
                raise Fault(Code.FEED_LONG, file=path, most=MOST_ROWS)
            if block and _lie_behind(read, now):
                for name, column in zip(_STEPS, read[2:5], strict=True):
                    self.totals[name] += len(column) - column.count(NOTHING)
                self._sorted.add(people.of_block(read))
                continue
            for row in read.rows() if block else [read]:
                row = _not_ahead(row, now)
                if isinstance(row, BadRow):
                    refused.add(row)
                else:
                    self._take(row, people)
        self.bad = refused.accepted
        refused.told(path, self.rows)
        self._complete(path, reading, refused.unused)

    def _take(self, row: FeedRow, people: "_People") -> None:
        item = people.of_row(row)
        for name, value in zip(_STEPS, row[2:5], strict=True):
            self.totals[name] += value not in _UNDONE
        if item.grade is not None:
            self.lesser[item.grade] += 1
        self._sorted.add([tuple(item)])

    def _complete(self, path: Path, reading: Reading, unused: set[int]) -> None:
        """See that it is all that was said of it."""
        if unused:
            raise Fault(Code.FEED_LINE_SOUND, file=path, line=line_text(min(unused)))
        if not self.rows:
            raise Fault(Code.FEED_NO_ROWS, file=path)
        for name, number in reading.totals.items():
            if name not in TOTALS:
                raise Fault(Code.FEED_TOTAL_UNKNOWN, status=2, name=name, names=list(TOTALS))
            if self.totals[name] != number:
                raise Fault(
                    Code.FEED_TOTAL_DIFFERS, file=path, found=self.totals[name],
                    total=TOTALS[name], told=number,
                )


class _People:
    """
    Makes rows about persons of rows about numbers.

    Args:
        dates: The business date of rows whose column for it is empty, or is not there.
    """

    def __init__(self, identify: Identifier, dates: Mapping[Instant, Instant]) -> None:
        self._identify = identify
        self._dates = dates

    def of_row(self, row: FeedRow) -> Item:
        as_of = NO_COLUMN if row.as_of is None else row.as_of
        steps = row[2:5]
        registered, bound, paid = (value or None for value in steps)
        return Item(
            row.line, *self._identify(row.phone), self._dates.get(as_of, as_of),
            registered, bound, paid, PLACEHOLDER in steps, lesser_grade(row.phone),
        )

    def of_block(self, block: RowBlock) -> Iterator[tuple[Any, ...]]:
        """Yield what `of_row` makes of each row of *block*."""
        texts = [*map(str, block.numbers)]
        dates = self._dates
        steps = [[value or None for value in column] for column in block[2:5]]
        return zip(
            block.lines, self._identify.many(texts), [text[-4:] for text in texts],
            [dates.get(value, value) for value in block.as_of],
            *steps, repeat(False), repeat(None), strict=False,
        )


def _lie_behind(block: RowBlock, now: Instant) -> bool:
    """Whether all that the rows of *block* state are instants before *now*, as nearly always."""
    return max(map(max, block[2:])) < now


def _lies_behind(row: FeedRow, now: Instant) -> bool:
    """Whether all that *row* states are instants before *now*: what nearly every row is."""
    _, _, registered, bound, paid, as_of = row
    return not (
        (registered and not _DAYS < registered < now)
        or (bound and not _DAYS < bound < now)
        or (paid and not _DAYS < paid < now)
        or (as_of and as_of >= now)
    )


def _not_ahead(row: FeedRow | BadRow, now: Instant) -> FeedRow | BadRow:
    """Return *row*, a bad one where it states what lies ahead of the clock."""
    if isinstance(row, BadRow) or _lies_behind(row, now):
        return row
    for value in row[2:]:
        if value is not None and too_far_ahead(value, now):
            break
    else:
        return row
    ahead = [
        field for field, value in zip(FIELDS[1:], row[2:], strict=True)
        if value is not None and too_far_ahead(value, now)
    ]
    return BadRow(row.line, [bad_rows.ahead(field) for field in ahead])


def lesser_grade(text: str) -> str | None:
    """Return the grade of an identity's *text*, None of a whole number."""
    return None if is_number(text) else grade_of(text)
