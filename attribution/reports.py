"""
Progress: targets, steps and effective new users, rolled up from the tallies.

A line credits its area, its branch and its bank at once; an area code its area;
a department or bank code that unit alone. All roll-ups are views of the same
counts, so Σ by area + no-area = Σ by bank + no-bank = the county (design.md 2).
"""
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from attribution.store import Store, registry, tallies

# The steps of a resident's way, in order: tally kind -> Chinese heading.
STEPS = {
    "scan": "扫码",
    "claimant": "登记",
    "registered": "注册",
    "bound": "绑卡",
    "effective": "有效新用户",
}


@dataclass(frozen=True)
class Line:
    """One line of a progress table. *target* None: none was asked, so there is no rate."""

    key: str
    name: str
    target: int | None
    counts: Mapping[str, int]

    @property
    def rate(self) -> Decimal | None:
        """Effective new users per target in per cent, two places, half up."""
        if not self.target:
            return None
        share = Decimal(self.counts.get("effective", 0)) * 100 / Decimal(self.target)
        return share.quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Table:
    """A progress table: the total, and lines that add up to it."""

    total: Line
    lines: tuple[Line, ...]


def by_area(store: Store, campaign: str, since: int = 0, until: int = 99_999_999) -> Table:
    """
    Return progress in the order of Attachment 1; the last line holds what has no area.

    Args:
        since, until: Shanghai days yyyymmdd; *until* is exclusive.
    """
    snapshot, counts = _read(store, campaign, since, until)
    areas = [unit for unit in snapshot.units.values() if unit.kind == "area"]
    groups = {area.id: Counter[str]() for area in areas}
    rest: Counter[str] = Counter()
    for unit_id, steps in counts.items():
        unit = snapshot.units.get(unit_id)
        area = unit and (unit.id if unit.kind == "area" else unit.area)
        groups.get(area or "", rest).update(steps)
    lines = [Line(area.id, area.name, area.target, groups[area.id]) for area in areas]
    if not areas or rest:
        lines.append(Line("", "未分区（部门、银行专码）", None, rest))
    return _with_total("全县合计", lines)


def by_bank(store: Store, campaign: str, since: int = 0, until: int = 99_999_999) -> Table:
    """Return progress by bank; an area code that has one bank alone counts for it."""
    snapshot, counts = _read(store, campaign, since, until)
    banks = [unit for unit in snapshot.units.values() if unit.kind == "bank"]
    groups = {bank.id: Counter[str]() for bank in banks}
    targets: Counter[str] = Counter()
    of_area: dict[str, set[str]] = {}
    for unit in snapshot.units.values():
        if unit.kind == "line" and unit.bank and unit.area:
            targets[unit.bank] += unit.target or 0
            of_area.setdefault(unit.area, set()).add(unit.bank)
    rest: Counter[str] = Counter()
    for unit_id, steps in counts.items():
        found = snapshot.units.get(unit_id)
        groups.get(_bank_of(found, of_area) or "", rest).update(steps)
    lines = [
        Line(bank.id, bank.name, targets[bank.id] or bank.target, groups[bank.id])
        for bank in banks
    ]
    if not banks or rest:
        lines.append(Line("", "未分行（乡镇、部门专码）", None, rest))
    return _with_total("全县合计", lines)


def by_unit(store: Store, campaign: str, since: int = 0, until: int = 99_999_999) -> Table:
    """Return progress of every unit by its own code, unrolled."""
    snapshot, counts = _read(store, campaign, since, until)
    lines = [
        Line(unit.id, unit.name, unit.target, counts.get(unit.id, {}))
        for unit in snapshot.units.values()
    ]
    total = _with_total("全县合计", lines).total
    # Areas and their lines would count the same target twice.
    target = sum(line.target or 0 for line in lines if snapshot.units[line.key].kind == "line")
    return Table(Line("", total.name, target or None, total.counts), tuple(lines))


def _read(
    store: Store, campaign: str, since: int, until: int
) -> tuple[registry.Snapshot, dict[str, dict[str, int]]]:
    with store.read() as connection:
        return (
            registry.read(connection, campaign),
            tallies.by_unit(connection, campaign, since, until),
        )


def _bank_of(unit: registry.Unit | None, of_area: Mapping[str, set[str]]) -> str | None:
    if unit is None:
        return None
    if unit.kind == "bank":
        return unit.id
    if unit.kind == "area" and len(banks := of_area.get(unit.id, set())) == 1:
        return next(iter(banks))
    return unit.bank


def _with_total(name: str, lines: Iterable[Line]) -> Table:
    lines = tuple(lines)
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(line.counts)
    target = sum(line.target or 0 for line in lines)
    return Table(Line("", name, target or None, counts), lines)
