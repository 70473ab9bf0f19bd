"""
The lines of a progress table: rates, ranks and sums, whatever was counted for them.

A rate is told to two places, half up; ranks go by the exact fraction, so that no two
lines change places by rounding.
"""
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from attribution.reports import pace
from attribution.reports.pace import Degree
from attribution.reports.whose import COUNTY


@dataclass(frozen=True)
class Line:
    """One line of a progress table. *target* None: none was asked, so there is no rate."""

    key: str
    name: str
    target: int | None
    counts: Mapping[str, int]
    fresh: int = 0  # effective new users of the period
    rank: int | None = None
    children: tuple["Line", ...] = ()
    area: str = ""
    bank: str = ""
    units: tuple[str, ...] | None = ()  # whose codes add up to it; None: all of the ledger
    # Of *counts*: effective new users that corrections of locked days brought or took.
    corrected: int = 0
    head: str = ""  # the area or bank that it is of, also where only a part is seen
    note: str = ""  # what changed of its units up to that day, each change with its own
    rest: bool = False  # codes that no other line of the table has; it stands last

    @property
    def rate(self) -> Decimal | None:
        """Effective new users per target in per cent, two places, half up."""
        return pace.rate(self.counts.get("effective", 0), self.target)

    def gap(self, share: Decimal) -> Decimal | None:
        """How many percentage points the rate is ahead of *share*, the elapsed time."""
        return None if self.rate is None else self.rate - share

    def degree(self, share: Decimal) -> Degree:
        """Return how far the line stands from the pace at *share*, the elapsed time."""
        return pace.degree(self.counts.get("effective", 0), self.target, share)


@dataclass(frozen=True)
class ProgressTable:
    """
    A progress table: the total, and lines that add up to it.

    In a table of one kind of unit they add up to *part*, and with *rest*, all other codes, to
    the total, which is so the same as that of every other table.
    """

    total: Line
    lines: tuple[Line, ...]
    locked: int = 0  # the day (yyyymmdd) before which numbers are locked
    whose: str = COUNTY  # whose numbers they are
    part: Line | None = None
    rest: Line | None = None

    @property
    def heads(self) -> tuple[Line, ...]:
        """What stands above the lines: the total, and how it comes about."""
        return tuple(line for line in (self.total, self.part, self.rest) if line is not None)


def ranked(lines: Iterable[Line]) -> list[Line]:
    """Return *lines* with ranks by rate: equals share one, and the next is skipped."""
    lines = list(lines)
    rates = [
        Fraction(line.counts.get("effective", 0), line.target) if (line.target or 0) > 0 else None
        for line in lines
    ]
    order = sorted((rate for rate in rates if rate is not None), reverse=True)
    place: dict[Fraction, int] = {}
    for number, rate in enumerate(order, 1):
        place.setdefault(rate, number)
    return [
        replace(line, rank=None if rate is None else place[rate])
        for line, rate in zip(lines, rates, strict=True)
    ]


def added(lines: Iterable[Line], name: str, *, all_codes: bool = False) -> Line:
    """
    Return the sum of *lines*, called *name*: it is not asked what they are.

    Args:
        all_codes: They are all that the ledger has, and need not be named one by one.
    """
    lines = list(lines)
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line.counts)
    target = sum(line.target or 0 for line in lines)
    units = None if all_codes else tuple(id for line in lines for id in line.units or ())
    return Line(
        "", name, target or None, counts, sum(line.fresh for line in lines), units=units,
        corrected=sum(line.corrected for line in lines),
    )


def tenths(number: int, of: int) -> Decimal:
    """Return *number* divided by *of* to one place, half up: 0.25 is 0.3, as in a spreadsheet."""
    return (Decimal(number) / Decimal(of)).quantize(Decimal("0.1"), ROUND_HALF_UP)
