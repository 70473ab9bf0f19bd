"""
What units were on a day: names, targets, states, and whose code claims for whom.

Every change says from which day it holds, so a table of a past day is made of the targets and
names of that day, and a change that was entered late, or early, is in the tables that it is
of. Pure: the changes in, the units of a day out.
"""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, NamedTuple

from attribution.rule.instants import Instant

# States of a unit. A unit that is merged has a successor.
ACTIVE, CLOSED, MERGED = "active", "closed", "merged"


@dataclass(frozen=True)
class UnitOn:
    """
    A unit as it is on one day. Field meanings: `qrgen.campaign.Unit`.

    Args:
        successor: Into which unit it is merged, by the word of that change; None else.
        since: The first day (yyyymmdd) of its state; 0: from the beginning.
    """

    id: str
    kind: str = ""
    name: str = ""
    target: int | None = None
    position: int = 0
    official_code: str | None = None
    area: str | None = None
    bank: str | None = None
    branch: str | None = None
    sector: str | None = None
    mode: str | None = None
    link: str | None = None
    aliases: str | None = None
    purpose: str = "payment"
    issue: int = 1
    state: str = ACTIVE
    successor: str | None = None
    since: int = 0

    @property
    def active(self) -> bool:
        return self.state == ACTIVE

    @property
    def is_point(self) -> bool:
        """Whether it is a survey point (融资需求调查点): nobody registers there."""
        return self.purpose == "finance"

    @property
    def shown_kind(self) -> str:
        """Its kind as lists show it: a point is none of the departments."""
        return "point" if self.is_point else self.kind


# What a change may be of: all but the key, and the day, which is the change's own.
FIELDS = tuple(f.name for f in fields(UnitOn) if f.name not in ("id", "since"))


@dataclass(frozen=True)
class UnitChange:
    """
    One change of one unit: fields from what to what, from which day, by whom, when entered.

    Args:
        since: The first Shanghai day (yyyymmdd) it holds; 0: from the beginning.
        moment: The first instant of it, for the rule of credit: that day's, or, where nobody
            named a day, when it was done.
        note: Of what kind it is: ``import``, ``rename``, ``merge``…
        revision: Of the registry, which it made.
    """

    id: int
    unit: str
    since: int
    moment: Instant
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    at: Instant = 0
    by_whom: str = ""
    note: str = ""
    revision: int = 0


class Lead(NamedTuple):
    """From *moment* on a unit's code claims for *unit*; for nobody when that is None."""

    moment: Instant
    unit: str | None


class UnitHistory:
    """The changes of a campaign's units, and what the units are by them."""

    def __init__(self, changes: Iterable[UnitChange]):
        # Of two that hold from one day, the one that was entered later stands.
        self.changes: Sequence[UnitChange] = sorted(changes, key=lambda c: (c.since, c.id))
        self._days: dict[int, dict[str, UnitOn]] = {}

    def as_of(self, day: int) -> dict[str, UnitOn]:
        """
        Return the units of the Shanghai day *day* (yyyymmdd), also those closed or merged by
        then, in the order of Attachment 1. A unit that was added later is not among them.
        """
        key = self._last_before(day)
        found = self._days.get(key)
        if found is None:
            found = self._days[key] = self._made(day)
        return dict(found)

    def at_revision(self, revision: int, day: int) -> dict[str, UnitOn]:
        """Return `as_of` *day*, by what had been entered up to *revision* alone."""
        return UnitHistory(c for c in self.changes if c.revision <= revision).as_of(day)

    def heir(self, unit: str, day: int) -> str:
        """
        Return under which unit reports of the day *day* show *unit*: the last of its
        successors, itself when it is merged into none.
        """
        units = self.as_of(day)
        seen = {unit}
        while (here := units.get(unit)) is not None and here.state == MERGED:
            if here.successor is None or here.successor in seen:
                break
            seen.add(unit := here.successor)
        return unit

    def leads(self, unit: str) -> tuple[Lead, ...]:
        """
        Return for whom *unit*'s code claims, from when on; () for a unit that was always
        itself. Before the first of them it claims for itself.
        """
        steps = self._steps
        if unit not in steps:
            return ()
        moments = sorted({step.moment for unit_steps in steps.values() for step in unit_steps})
        made: list[Lead] = []
        told: str | None = unit
        for moment in moments:
            target = self._target(unit, moment)
            if target != told:
                made.append(Lead(moment, target))
                told = target
        return tuple(made)

    def ahead(self, day: int) -> list[UnitChange]:
        """Return what was entered already and holds from a later day than *day*."""
        return [change for change in self.changes if change.since > day]

    @cached_property
    def days(self) -> tuple[int, ...]:
        """The days from which something holds, in order."""
        return tuple(sorted({change.since for change in self.changes}))

    def _last_before(self, day: int) -> int:
        return max((d for d in self.days if d <= day), default=-1)

    def _made(self, day: int) -> dict[str, UnitOn]:
        made: dict[str, dict[str, Any]] = {}
        for change in self.changes:
            if change.since > day:
                break
            here = made.setdefault(change.unit, {"id": change.unit})
            here.update({k: v for k, v in change.after.items() if k in FIELDS})
            if "state" in change.after:
                here["since"] = change.since
        units = [UnitOn(**values) for values in made.values()]
        return {unit.id: unit for unit in sorted(units, key=lambda u: (u.position, u.id))}

    @cached_property
    def _steps(self) -> dict[str, list["_Step"]]:
        """Changes of state by unit, in the order of their instants; only of units with any."""
        made: dict[str, list[_Step]] = {}
        for change in sorted(self.changes, key=lambda c: (c.moment, c.id)):
            state = change.after.get("state")
            if state is None:
                continue
            if change.unit not in made and state == ACTIVE:
                if change.moment <= change.at or not change.moment:
                    continue  # from its entry on, and nobody had its code before
                made[change.unit] = [_Step(0, CLOSED, None)]
            made.setdefault(change.unit, []).append(
                _Step(change.moment, state, change.after.get("successor"))
            )
        return made

    def _target(self, unit: str, at: Instant) -> str | None:
        seen = {unit}
        while True:
            last = None
            for step in self._steps.get(unit, ()):
                if step.moment <= at:
                    last = step
            if last is None or last.state == ACTIVE:
                return unit
            if last.successor is None or last.successor in seen:
                return None
            seen.add(unit := last.successor)


class _Step(NamedTuple):
    moment: Instant
    state: str
    successor: str | None


def led_to(unit: str, leads: Iterable[Sequence[Any]], at: Instant) -> str | None:
    """Return for whom *unit*'s code claims at *at*, by its *leads*; None for nobody."""
    told: str | None = unit
    for moment, target in leads:
        if moment <= at:
            told = target
    return told
