"""
What a change comes to, told before it is done: whose credit moves, counts and targets after it.

A deed says what it edits; whoever decides wants to know what follows. The totals are those that a
table of the deed's first day will show, so that nobody is told one number here and another there.
"""
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from attribution.judging import Moved
from attribution.office.unit_plans import Edit
from attribution.reports.units_then import UnitsThen
from attribution.rule.unit_history import UnitChange, UnitHistory

_NOTHING: Mapping[str, int] = MappingProxyType({})
# Behind all that was ever entered.
_LAST = 1 << 62

KINDS = ("area", "line", "department", "bank", "point")


@dataclass(frozen=True)
class Totals:
    """Of one day: what is asked of the whole county, and how many units of each kind take part."""

    target: int
    units: Mapping[str, int]


@dataclass(frozen=True)
class Flow:
    """So many *persons* whose credit moves from one unit to another; None: to or from nobody."""

    was: str | None
    becomes: str | None
    persons: int
    reason: str = ""


class OnTarget(NamedTuple):
    """What is asked of a unit, and how much of it is done."""

    target: int
    done: int

    @property
    def rate(self) -> str:
        return f"{100 * self.done / self.target:.2f}%" if self.target else "—"


class RateChange(NamedTuple):
    """How a unit stands before and after, its codes and those of its lines together."""

    unit: str
    before: OnTarget
    after: OnTarget


@dataclass(frozen=True)
class Foreseen:
    """
    What *edits* come to on the day *day*.

    Args:
        named: Names of the units that the edits tell of, before and after.
    """

    day: int
    edits: tuple[Edit, ...]
    before: Totals
    after: Totals
    named: Mapping[str, str] = field(default_factory=dict)
    rates: tuple[RateChange, ...] = ()

    @property
    def counted(self) -> list[tuple[str, int, int]]:
        """The kinds whose number changes: before, and after."""
        pairs = ((kind, self.before.units[kind], self.after.units[kind]) for kind in KINDS)
        return [pair for pair in pairs if pair[1] != pair[2]]


_NONE = OnTarget(0, 0)


def foresee(
    history: UnitHistory, edits: Sequence[Edit], day: int, done: Mapping[str, int] = _NOTHING
) -> Foreseen:
    """
    Return what *edits* from *day* on make of the units in *history*.

    Args:
        done: Effective new users by code, as they are.
    """
    then = with_edits(history, edits, day)
    names = {id: unit.name for units in (then.as_of(day), history.as_of(day))
             for id, unit in units.items()}
    pair = _then(history, day), _then(then, day)
    was, becomes = (_standings(units, done) for units in pair)
    rates = tuple(
        RateChange(unit, was.get(unit, _NONE), becomes.get(unit, _NONE))
        for unit in {**was, **becomes} if was.get(unit, _NONE) != becomes.get(unit, _NONE)
    )
    before, after = map(_totals, pair)
    return Foreseen(day, tuple(edits), before, after, names, rates)


def with_edits(history: UnitHistory, edits: Sequence[Edit], day: int) -> UnitHistory:
    """Return the *history* that *edits* from *day* on would make."""
    made = [
        UnitChange(_LAST + n, edit.unit, day, 0, edit.before, edit.after)
        for n, edit in enumerate(edits)
    ]
    return UnitHistory([*history.changes, *made])


def flows(moved: Iterable[Moved]) -> list[Flow]:
    """Return whose credit moves by unit, the largest number first."""
    found = Counter((one.now, one.then, "" if one.then else one.reason or "") for one in moved)
    return [
        Flow(was, becomes, persons, reason)
        for (was, becomes, reason), persons in sorted(
            found.items(), key=lambda item: (-item[1], str(item[0]))
        )
    ]


def balance(found: Iterable[Flow]) -> dict[str, Any]:
    """Return how many persons are *gained*, *lost* and *passed on* between units in all."""
    made = {"gained": 0, "lost": 0, "passed": 0}
    for flow in found:
        name = "gained" if flow.was is None else "lost" if flow.becomes is None else "passed"
        made[name] += flow.persons
    return made


def by_unit(found: Iterable[Flow]) -> list[tuple[str, int]]:
    """Return by how many persons each unit's number changes, ids in order."""
    sums: Counter[str] = Counter()
    for flow in found:
        if flow.was:
            sums[flow.was] -= flow.persons
        if flow.becomes:
            sums[flow.becomes] += flow.persons
    return sorted((unit, number) for unit, number in sums.items() if number)


def _then(history: UnitHistory, day: int) -> UnitsThen:
    return UnitsThen(day, history.as_of(day), tuple(c for c in history.changes if c.since <= day))


def _standings(then: UnitsThen, done: Mapping[str, int]) -> dict[str, OnTarget]:
    """Return how each area and line stands, as the table of that day adds them up."""
    made: dict[str, OnTarget] = {}
    for code, unit in then.units.items():
        here = then.heir(code)
        kind = then.units[here].kind
        over = [here] if kind in ("area", "line") else []
        if kind == "line":
            over.append(then.heir(then.units[here].area or ""))
        target = then.targets.get(code, 0) if unit.active else 0
        for one in over:
            so_far = made.get(one, _NONE)
            made[one] = OnTarget(so_far.target + target, so_far.done + done.get(code, 0))
    return made


def _totals(then: UnitsThen) -> Totals:
    active = Counter(unit.shown_kind for unit in then.units.values() if unit.active)
    return Totals(sum(then.targets.values()), {kind: active[kind] for kind in KINDS})
