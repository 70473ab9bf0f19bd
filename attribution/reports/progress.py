"""
Progress: targets, steps and effective new users, rolled up from the tallies.

A line credits its area, its branch and its bank at once; an area code its area;
a department or bank code that unit alone. All roll-ups are views of the same
counts, so Σ by area + no-area = Σ by bank + no-bank = the county.
Numbers of locked days are those that were reported; what was corrected afterwards counts
in the period that corrected it and stands in a column of its own (`store/periods.py`).
*only* narrows a table to the units an account may see; ranks are then still those
among all, and a line that is seen in part has none.
"""
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from attribution.reports.lines import Line, ProgressTable, cents, ranked, with_total
from attribution.rule.instants import Instant, day_of, from_datetime, to_datetime
from attribution.store import Store, period_locks, registry
from qrgen.registry import Campaign

# The steps of a resident's way, in order: tally kind -> Chinese heading.
STEPS = {
    "scan": "扫码",
    "claimant": "登记",
    "registered": "注册",
    "bound": "绑卡",
    "effective": "有效新用户",
}

# Of the effective ones: whom the platform named by less than the number.
LESSER = {"effective_hash": "其中凭哈希", "effective_masked": "其中凭掩码"}

ALWAYS = (0, 99_999_999)
Only = Collection[str] | None


@dataclass(frozen=True)
class Pace:
    """How much of the campaign's time is over. Today counts as a whole day."""

    days: int
    elapsed: int

    @property
    def share(self) -> Decimal:
        """The elapsed days in per cent of all, two places, half up."""
        return cents(Decimal(self.elapsed) * 100 / Decimal(self.days))

    def expected(self, target: int) -> int:
        """What *target* would stand at by now, at an even pace."""
        return int((Decimal(target) * self.elapsed / self.days).quantize(Decimal(1), ROUND_HALF_UP))


def pace(campaign: Campaign, now: Instant) -> Pace:
    """Return the pace of *campaign* at *now*: 0 days before its start, all after its end."""
    start, end = from_datetime(campaign.start), from_datetime(campaign.end)
    last = to_datetime(end - 1).date()
    days = (last - to_datetime(start).date()).days + 1
    elapsed = (to_datetime(now).date() - to_datetime(start).date()).days + 1
    return Pace(days, min(max(elapsed, 0), days) if now >= start else 0)


def gap_word(gap: Decimal | None) -> str:
    """Return the word beside a gap: never colour alone."""
    if gap is None:
        return ""
    return "提前" if gap >= 2 else "滞后" if gap <= -2 else "正常"


def last_days(now: Instant, days: int) -> tuple[int, int]:
    """Return the last *days* Shanghai days with today, as (since, until exclusive)."""
    moment = to_datetime(now)
    since = moment - timedelta(days=days - 1)
    return day_of(from_datetime(since)), day_of(from_datetime(moment + timedelta(days=1)))


@dataclass(frozen=True)
class _Counts:
    snapshot: registry.Snapshot
    steps: Mapping[str, Mapping[str, int]]
    fresh: Mapping[str, int]
    corrected: Mapping[str, int]
    locked: int


@dataclass
class _Group:
    """What adds up to one line."""

    counts: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    corrected: int = 0
    target: int = 0
    units: list[str] = field(default_factory=list)

    def add(self, unit: registry.Unit | None, id: str, read: _Counts) -> None:
        self.counts.update(read.steps.get(id, {}))
        self.fresh += read.fresh.get(id, 0)
        self.corrected += read.corrected.get(id, 0)
        self.units.append(id)
        if unit is not None and unit.kind == "line":
            self.target += unit.target or 0


def by_area(
    store: Store, campaign: str, since: int = 0, until: int = ALWAYS[1], *,
    period: tuple[int, int] = ALWAYS, only: Only = None,
) -> ProgressTable:
    """
    Return progress in the order of Attachment 1; the last line holds what has no area.

    Args:
        since, until: Shanghai days yyyymmdd; *until* is exclusive.
        period: The days whose effective new users are the line's *fresh* ones.
    """
    read = _read(store, campaign, since, until, period)
    areas = _of_kind(read, "area")

    def area_of(unit: registry.Unit | None) -> str:
        return ((unit.id if unit.kind == "area" else unit.area) or "") if unit else ""

    return _table(read, areas, area_of, "未分区（部门、银行专码）", only)


def by_bank(
    store: Store, campaign: str, since: int = 0, until: int = ALWAYS[1], *,
    period: tuple[int, int] = ALWAYS, only: Only = None,
) -> ProgressTable:
    """
    Return progress by bank, each with its branches; an area code that has one bank
    alone counts for it.
    """
    read = _read(store, campaign, since, until, period)
    of_area: dict[str, set[str]] = {}
    for unit in _of_kind(read, "line"):
        if unit.bank and unit.area:
            of_area.setdefault(unit.area, set()).add(unit.bank)
    table = _table(
        read, _of_kind(read, "bank"), lambda unit: _bank_of(unit, of_area) or "",
        "未分行（乡镇、部门专码）", only,
    )
    branches: dict[tuple[str, str], _Group] = {}
    single: dict[tuple[str, str], str] = {}
    for unit in _of_kind(read, "line"):
        if only is None or unit.id in only:
            key = (unit.bank or "", unit.branch or unit.name)
            branches.setdefault(key, _Group()).add(unit, unit.id, read)
            single[key] = unit.id if len(branches[key].units) == 1 else ""
    return replace(
        table,
        lines=tuple(
            replace(
                line,
                children=tuple(
                    Line(
                        single[key], key[1], group.target or None, group.counts, group.fresh,
                        units=tuple(group.units), corrected=group.corrected,
                    )
                    for key, group in branches.items()
                    if key[0] == line.key
                ),
            )
            for line in table.lines
        ),
    )


def by_unit(
    store: Store, campaign: str, since: int = 0, until: int = ALWAYS[1], *,
    period: tuple[int, int] = ALWAYS, only: Only = None, kind: str | None = None,
) -> ProgressTable:
    """Return progress of every unit (of one *kind*) by its own code, unrolled."""
    read = _read(store, campaign, since, until, period)
    names = {id: unit.name for id, unit in read.snapshot.units.items()}
    lines = ranked(
        Line(
            unit.id, unit.name, unit.target, read.steps.get(unit.id, {}),
            read.fresh.get(unit.id, 0), corrected=read.corrected.get(unit.id, 0),
            area=names.get(unit.area or "", ""), bank=names.get(unit.bank or "", ""),
            units=(unit.id,),
        )
        for unit in read.snapshot.units.values()
        if kind in (None, unit.kind)
    )
    if only is not None:
        lines = [line for line in lines if line.key in only]
    total = with_total(lines).total
    # Areas and their lines would count the same target twice.
    target = sum(
        line.target or 0 for line in lines if read.snapshot.units[line.key].kind == "line"
    )
    return ProgressTable(replace(total, target=target or None), tuple(lines), read.locked)


def _table(
    read: _Counts, heads: list[registry.Unit],
    head_of: Callable[[registry.Unit | None], str], rest_name: str, only: Only,
) -> ProgressTable:
    everyone = {head.id: _Group() for head in heads}
    seen = {head.id: _Group() for head in heads}
    rest = _Group()
    ids = [*read.snapshot.units, *(id for id in read.steps if id not in read.snapshot.units)]
    for id in ids:
        unit = read.snapshot.units.get(id)
        key = head_of(unit)
        everyone.get(key, _Group()).add(unit, id, read)
        if only is None or id in only:
            seen.get(key, rest).add(unit, id, read)
    ranks = {
        line.key: line.rank
        for line in ranked(
            Line(head.id, head.name, _target(head, everyone[head.id]), everyone[head.id].counts)
            for head in heads
        )
    }
    lines = []
    for head in heads:
        group = seen[head.id]
        whole = only is None or head.id in only
        if whole or group.units:
            target = _target(head, group) if whole else group.target or None
            lines.append(
                Line(
                    head.id if whole else "", head.name, target, group.counts, group.fresh,
                    ranks[head.id] if whole else None, units=tuple(group.units),
                    corrected=group.corrected,
                )
            )
    # Shown for all, also when it is empty: the lines visibly add up to the total.
    if rest.counts or (only is None and rest.units) or not heads:
        lines.append(
            Line(
                "", rest_name, None, rest.counts, rest.fresh, units=tuple(rest.units),
                corrected=rest.corrected,
            )
        )
    return replace(with_total(lines, whole=only is None), locked=read.locked)


def _target(head: registry.Unit, group: _Group) -> int | None:
    if head.kind == "bank":
        return group.target or head.target
    return head.target


def _of_kind(read: _Counts, kind: str) -> list[registry.Unit]:
    return [unit for unit in read.snapshot.units.values() if unit.kind == kind]


def _read(
    store: Store, campaign: str, since: int, until: int, period: tuple[int, int]
) -> _Counts:
    with store.read() as connection:
        made = period_locks.reported(connection, campaign, since, until)
        lately = period_locks.reported(
            connection, campaign, max(since, period[0]), min(until, period[1])
        )
        return _Counts(
            registry.read(connection, campaign), made.total(), _effective(lately.fresh),
            _effective(made.corrected), period_locks.locked_until(connection, campaign),
        )


def _effective(counts: period_locks.Counts) -> dict[str, int]:
    return {unit: kinds.get("effective", 0) for unit, kinds in counts.items()}


def _bank_of(unit: registry.Unit | None, of_area: Mapping[str, set[str]]) -> str | None:
    if unit is None:
        return None
    if unit.kind == "bank":
        return unit.id
    if unit.kind == "area" and len(banks := of_area.get(unit.id, set())) == 1:
        return next(iter(banks))
    return unit.bank
