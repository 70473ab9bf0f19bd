"""
The lines of a progress table: rates, ranks and sums, whatever was counted for them.

A rate is told to two places, half up; ranks go by the exact fraction, so that no two
lines change places by rounding.
"""
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


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
    units: tuple[str, ...] = ()  # whose codes add up to it
    # Of *counts*: effective new users that corrections of locked days brought or took.
    corrected: int = 0

    @property
    def rate(self) -> Decimal | None:
        """Effective new users per target in per cent, two places, half up."""
        if not self.target:
            return None
        return cents(Decimal(self.counts.get("effective", 0)) * 100 / Decimal(self.target))

    def gap(self, share: Decimal) -> Decimal | None:
        """How many percentage points the rate is ahead of *share*, the elapsed time."""
        return None if self.rate is None else self.rate - share


@dataclass(frozen=True)
class ProgressTable:
    """A progress table: the total, and lines that add up to it."""

    total: Line
    lines: tuple[Line, ...]
    locked: int = 0  # the day (yyyymmdd) before which numbers are locked


def ranked(lines: Iterable[Line]) -> list[Line]:
    """Return *lines* with ranks by rate: equals share one, and the next is skipped."""
    lines = list(lines)
    rates = [
        Fraction(line.counts.get("effective", 0), line.target) if line.target else None
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


def with_total(lines: Iterable[Line], *, whole: bool = True) -> ProgressTable:
    """Return the table of *lines*; *whole* says whether they are all of the county's."""
    lines = tuple(lines)
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line.counts)
    target = sum(line.target or 0 for line in lines)
    fresh = sum(line.fresh for line in lines)
    corrected = sum(line.corrected for line in lines)
    name = "全县合计" if whole else "合计"
    units = tuple(id for line in lines for id in line.units)
    total = Line(
        "", name, target or None, counts, fresh, units=units, corrected=corrected
    )
    return ProgressTable(total, lines)


def added(lines: Sequence[Line]) -> Line:
    """Return the sum of *lines*; of a single one, itself."""
    if len(lines) == 1:
        return lines[0]
    return with_total(lines).total


def cents(number: Decimal) -> Decimal:
    """Return *number* to two places, half up."""
    return number.quantize(Decimal("0.01"), ROUND_HALF_UP)
