"""
What one more and one less does to the tables, before somebody says yes: units, lines and ranks.

Counted on the tables that everybody sees, so that the second person agrees to the numbers and
not to the codes of two units.
"""
from collections.abc import Mapping
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
    What a change of one person's credit does.

    Args:
        units: Unit -> how many effective new users it has more; none where nothing moves.
        ranks: Lines by area, and by bank, whose rank would change.
    """

    units: Mapping[str, int]
    areas: tuple[RankMove, ...] = ()
    banks: tuple[RankMove, ...] = ()


def of_move(store: Store, campaign: str, before: str | None, after: str | None) -> Effect:
    """Return what it does that a credit of the unit *before* (None: of none) is *after*'s."""
    if before == after:
        return Effect({})
    units = {
        unit: by for unit, by in ((before, -1), (after, 1)) if unit is not None
    }
    return Effect(
        units,
        _moves(progress.by_area(store, campaign).lines, units),
        _moves(progress.by_bank(store, campaign).lines, units),
    )


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
