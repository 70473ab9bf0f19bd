"""
What a progress table is made of: of each code what was counted and what was asked.

Read once a table, for whoever sees the units *only*; `progress` rolls it up.
"""
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from attribution.reports import units_then, whose
from attribution.reports.lines import Line
from attribution.reports.units_then import UnitsThen
from attribution.reports.whose import Only
from attribution.rule import instants
from attribution.rule.instants import day_of
from attribution.store import Store, period_locks

T = TypeVar("T")


@dataclass(frozen=True)
class Counted:
    then: UnitsThen
    steps: Mapping[str, Mapping[str, int]]
    fresh: Mapping[str, int]
    corrected: Mapping[str, int]
    locked: int
    # The codes that count for whoever asks, and who that is; None and 全县 for all.
    only: Only
    whose: str

    @property
    def ids(self) -> list[str]:
        """
        The codes that count for whoever asks, in the order of Attachment 1; then those that
        are not listed any more.
        """
        units = self.then.units
        every = [*units, *(id for id in self.steps if id not in units)]
        return every if self.only is None else [id for id in every if id in self.only]

    @property
    def named(self) -> str:
        """What stands before the name of a sum that is not the county's."""
        return "" if self.only is None else f"{self.whose}："

    def codes(self, id: str) -> list[str]:
        """Return the codes that the line of the unit *id* has, of those that count."""
        codes = self.then.codes(id)
        return codes if self.only is None else [code for code in codes if code in self.only]


@dataclass
class Roll:
    """What adds up to one line."""

    counts: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    corrected: int = 0
    target: int = 0
    units: list[str] = field(default_factory=list)

    def add(self, id: str, read: Counted) -> None:
        self.counts.update(read.steps.get(id, {}))
        self.fresh += read.fresh.get(id, 0)
        self.corrected += read.corrected.get(id, 0)
        self.units.append(id)
        self.target += read.then.targets.get(id, 0)

    def line(self, key: str, name: str) -> Line:
        return Line(
            key, name, self.target or None, self.counts, self.fresh, units=tuple(self.units),
            corrected=self.corrected,
        )


def read(
    store: Store, campaign: str, since: int, until: int, period: tuple[int, int], only: Only
) -> Counted:
    """
    Return what is reported of some days, for whoever sees the units *only*.

    The units are those of the last of these days, and of today where it is still to come.
    """
    today = day_of(instants.now())
    with store.read() as connection:
        made = period_locks.reported(connection, campaign, since, until)
        lately = period_locks.reported(
            connection, campaign, max(since, period[0]), min(until, period[1])
        )
        then = units_then.read(connection, campaign, min(until - 1, today), today)
        steps = made.total()
        points = points_of(then.units, steps)
        return Counted(
            replace(then, units=without(then.units, points)), without(steps, points),
            _effective(lately.fresh), _effective(made.corrected),
            period_locks.locked_until(connection, campaign),
            whose.counted(then.units, only), whose.label(then.units, only),
        )


def without(values: Mapping[str, T], ids: Collection[str]) -> dict[str, T]:
    """Return what *values* say of all units but *ids*."""
    return {id: value for id, value in values.items() if id not in ids}


def points_of(
    units: whose.Units, steps: Mapping[str, Mapping[str, int]]
) -> frozenset[str]:
    """
    Return the survey points of *units*: who scans there registers nowhere, so they stand in a
    table of their own (`finance_points`) and in none of new users.

    One that brought people while it was something else stays: no sum loses them.
    """
    return frozenset(
        id for id, unit in units.items()
        if unit.is_point and not any(
            n for kind, n in steps.get(id, {}).items() if kind not in ("scan", "flagged")
        )
    )


def _effective(counts: period_locks.Counts) -> dict[str, int]:
    return {unit: kinds.get("effective", 0) for unit, kinds in counts.items()}
