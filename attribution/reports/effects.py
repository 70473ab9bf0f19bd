"""
What one more and one less does to the tables, before somebody says yes: units, lines and ranks.

Counted on the tables that everybody sees, so that the second person agrees to the numbers and
not to the codes of two units. One person's move, many persons' at once, and a whole file's are
the same sum.
"""
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from attribution.reports import progress
from attribution.reports.lines import Line, ranked
from attribution.store import Store


@dataclass(frozen=True)
class RankMove:
    """A line of one of the two tables whose rank would change; None: it has none."""

    name: str
    was: int | None
    will: int | None


@dataclass(frozen=True)
class Effect:
    """
    What a change of credits does.

    Args:
        units: Unit -> how many effective new users it has more; none where nothing moves.
        ranks: Lines by area, and by bank, whose rank would change.
    """

    units: Mapping[str, int]
    areas: tuple[RankMove, ...] = ()
    banks: tuple[RankMove, ...] = ()

    @property
    def ranks(self) -> tuple[RankMove, ...]:
        """All lines whose rank would change."""
        return self.areas + self.banks

    @property
    def total(self) -> int:
        """How many effective new users the county has more."""
        return sum(self.units.values())


@dataclass(frozen=True)
class Tables:
    """The two tables as they stand, read once for a page of many cases."""

    areas: tuple[Line, ...]
    banks: tuple[Line, ...]

    def after(self, moves: Iterable[tuple[str | None, str | None]]) -> Effect:
        """Return what it does that a credit of each first unit (None: of none) is the second's."""
        units: Counter[str] = Counter()
        for before, after in moves:
            if before != after:
                units.update({unit: by for unit, by in ((before, -1), (after, 1)) if unit})
        return self.of_units(units)

    def of_units(self, units: Mapping[str, int]) -> Effect:
        """Return what it does that each of *units* has so many effective new users more."""
        moved = {unit: by for unit, by in sorted(units.items()) if by}
        if not moved:
            return Effect({})
        return Effect(moved, _moves(self.areas, moved), _moves(self.banks, moved))


def tables(store: Store, campaign: str) -> Tables:
    """Return the tables that an effect is counted on."""
    return Tables(
        progress.by_area(store, campaign).lines, progress.by_bank(store, campaign).lines
    )


def of_move(store: Store, campaign: str, before: str | None, after: str | None) -> Effect:
    """Return what it does that a credit of the unit *before* (None: of none) is *after*'s."""
    if before == after:
        return Effect({})
    return tables(store, campaign).after([(before, after)])


def _moves(lines: tuple[Line, ...], units: Mapping[str, int]) -> tuple[RankMove, ...]:
    then = [
        replace(line, counts={
            **line.counts, "effective": line.counts.get("effective", 0) + sum(
                by for unit, by in units.items() if unit in (line.units or ())
            ),
        })
        for line in lines if not line.rest
    ]
    was = {line.head: line.rank for line in lines}
    return tuple(
        RankMove(line.name, was[line.head], line.rank)
        for line in ranked(then) if was[line.head] != line.rank
    )
