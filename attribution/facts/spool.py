"""
A whole file of the platform, read once: what is wrong with it, and its rows as persons.

Everything that needs only the file is done here, before anybody else is kept waiting:
every bad row is found, the control totals are compared, numbers become digests. The
rows go to a nameless file on disk, so that memory stays flat whatever their number.
"""
import json
import marshal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from attribution.facts import bad_rows, feed_reader, feed_rows
from attribution.facts.bad_rows import BadRow
from attribution.facts.feed_notes import Note
from attribution.facts.feed_reader import FIELDS, FeedRow
from attribution.facts.feed_values import PLACEHOLDER
from attribution.facts.row_numbers import line_text
from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.rule.people import Identifier
from attribution.rule.stated import NO_AS_OF, VOID, Stated, too_far_ahead
from qrgen.shell import Fault

# Every bad row is reported; a file that is nothing else is cut off here.
MOST_REPORTED = 10_000

# More than any county has residents: a longer file is the wrong file.
MOST_ROWS = 2_000_000

TOTALS = {
    "rows": Code.TOTAL_ROWS, "registered": Code.TOTAL_REGISTERED, "bound": Code.TOTAL_BOUND,
    "paid": Code.TOTAL_PAID,
}

# What a step that was not done looks like.
_UNDONE = (None, VOID, PLACEHOLDER)

# Problems of a whole file, whose rows are not told one by one.
_OF_THE_FILE = {
    Code.ROW_MASKED.value: Code.FEED_MASKED, Code.ROW_HASHED.value: Code.FEED_HASHED,
    Code.ROW_UNCALCULATED.value: Code.FEED_UNCALCULATED,
}

# Every day as a number is below, every instant that states something far above.
_DAYS = 100_000_000

# More assumptions than any honest file needs.
_MOST_NOTES = 2000

# Rows that are read, judged and written together.
CHUNK = 500

# As many shares as a digest's first two hexadecimal digits tell apart, and how many rows
# of each are collected before they go to disk.
_SHARES = 256
_BLOCK = 64

Progress = Callable[[Iterable[Any]], Iterable[Any]]


class Item(NamedTuple):
    """One row of a file, about a person and no longer about a number."""

    line: int
    person: str
    last4: str
    as_of: Instant
    registered_at: Stated | None
    card_bound_at: Stated | None
    first_txn_at: Stated | None
    placeholder: bool = False  # a day before 2010 stood where a step would, and states nothing

    @property
    def steps(self) -> tuple[Stated | None, Stated | None, Stated | None]:
        return self.registered_at, self.card_bound_at, self.first_txn_at


_BY_PERSON = itemgetter(Item._fields.index("person"), Item._fields.index("line"))


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
    The file at *path*, read and found good. Close it, for its rows lie on disk.

    They are sorted by person there, in two steps so that memory stays flat: into shares by
    the beginning of the digest, and each share when it is asked for. In that order a chunk
    holds all rows of its persons, and the database touches neighbouring pages for it; in
    the file's order every chunk would touch, and log, half of the pages there are.

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
        self.totals: Counter[str] = Counter()
        self.bad: list[BadRow] = []  # all of them accepted
        self.notes: list[Note] = []
        self._blocks: list[list[int]] = [[] for _ in range(_SHARES)]  # where they begin
        self._spool = tempfile.TemporaryFile(prefix="zhuanma-feed-")  # noqa: SIM115
        try:
            self._read(path, reading, identify, now, progress)
            if feed_reader.sha256_of(path) != sha256:
                raise Fault(Code.FEED_CHANGED, file=path)
        except BaseException:
            self._spool.close()
            raise

    def __enter__(self) -> "FeedFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    @property
    def rows(self) -> int:
        return self.totals["rows"]

    def chunks(self) -> Iterator[list[Item]]:
        """Yield the good rows by person and line, all rows of a person together."""
        yield from by_person(self._sorted())

    def _sorted(self) -> Iterator[Item]:
        for places in self._blocks:
            share: list[tuple[Any, ...]] = []
            for place in places:
                self._spool.seek(place)
                share += marshal.load(self._spool)  # noqa: S302 -- ours, and nameless
            share.sort(key=_BY_PERSON)
            for row in share:
                yield Item(*row)

    def _read(
        self, path: Path, reading: Reading, identify: Identifier, now: Instant,
        progress: Progress,
    ) -> None:
        as_of = now if reading.as_of is None else reading.as_of
        unstated = NO_AS_OF if reading.as_of is None else reading.as_of
        rows = registered = bound = paid = refused = 0
        bad: list[BadRow] = []
        whole: Counter[Code] = Counter()
        unused = set(reading.accept)
        shares: list[list[tuple[Any, ...]]] = [[] for _ in range(_SHARES)]
        for read in progress(feed_rows.read_feed(path, reading.mapping)):
            if type(read) is Note:
                if len(self.notes) < _MOST_NOTES:
                    self.notes.append(read)
                continue
            rows += 1
            if rows > MOST_ROWS:
                raise Fault(Code.FEED_LONG, file=path, most=MOST_ROWS)
            row = _not_ahead(read, now)
            if isinstance(row, BadRow):
                if row.line in unused:
                    unused.remove(row.line)
                    self.bad.append(row)
                else:
                    refused += 1
                    of_the_file = _OF_THE_FILE.get(row.problems[0][0])
                    if of_the_file is not None:
                        whole[of_the_file] += 1
                    elif len(bad) < MOST_REPORTED:
                        bad.append(row)
                continue
            person, last4 = identify(row.phone)
            registered += row.registered_at not in _UNDONE
            bound += row.card_bound_at not in _UNDONE
            paid += row.first_txn_at not in _UNDONE
            number = int(person[:2], 16)
            steps = row[2:5]
            if PLACEHOLDER in steps:
                odd: tuple[Any, ...] = (*[value or None for value in steps], True)
            else:
                odd = steps
            shares[number].append((
                row.line, person, last4,
                as_of if row.as_of is None else unstated if row.as_of == NO_AS_OF else row.as_of,
                *odd,
            ))
            if len(shares[number]) == _BLOCK:
                self._spill(number, shares)
        for number, share in enumerate(shares):
            if share:
                self._spill(number, shares)
        self.totals.update(rows=rows, registered=registered, bound=bound, paid=paid)
        self._refuse(path, reading, bad, whole, refused, unused)

    def _spill(self, number: int, shares: list[list[tuple[Any, ...]]]) -> None:
        self._blocks[number].append(self._spool.tell())
        marshal.dump(shares[number], self._spool)
        shares[number] = []

    def _refuse(
        self, path: Path, reading: Reading, bad: Sequence[BadRow], whole: Mapping[Code, int],
        refused: int, unused: set[int],
    ) -> None:
        of_the_file = [Fault(code, file=path, rows=rows) for code, rows in whole.items()]
        if of_the_file and not bad:
            raise of_the_file[0]
        if refused:
            lines = [line_text(row.line) for row in bad[:20]]
            raise Fault(
                Code.FEED_ROWS, file=path, refused=refused, rows=self.rows,
                lines=",".join([*lines, *(["…"] if len(bad) > 20 else [])]),
                more=[*of_the_file, *(row.fault(path.name) for row in bad)],
            )
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


def by_person(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut *items*, sorted by person, into chunks of about CHUNK without parting a person."""
    chunk: list[Item] = []
    for item in items:
        if len(chunk) >= CHUNK and item.person != chunk[-1].person:
            yield chunk
            chunk = []
        chunk.append(item)
    if chunk:
        yield chunk
