"""
Survey points (融资需求调查点): scans and ways out to the platform, by point, area and bank.

What residents need stays with the platform, and so does who they are: here are counts alone. Every
point stands in one area, or in the line of the county, and with one bank, or in the line of the
points that several banks dock with: all three tables add up to the same. Scans are those that are
reported of locked days, as in the progress tables; ways out stand in a log that only grows.
"""
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from attribution.reports import units_then
from attribution.reports.units_then import UnitsThen
from attribution.reports.whose import Only
from attribution.rule import instants
from attribution.rule.instants import day_of
from attribution.rule.unit_history import UnitOn
from attribution.store import Store, period_locks, residents
from qrgen.points import docking

COUNTY = "县级（不分乡镇）"
SEVERAL = "几家银行共同对接"


@dataclass(frozen=True)
class PointLine:
    """
    A point, or what some of them add up to.

    Args:
        points: How many of them take part.
        ways: How often people went on from its page to the platform.
        area, banks: Ids; '' and () of a sum, and of what is the county's.
        codes: Its own code, and those merged into it.
    """

    key: str
    name: str
    points: int = 1
    scans: int = 0
    ways: int = 0
    area: str = ""
    banks: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str = ""

    @property
    def share(self) -> Decimal | None:
        """Ways out of a hundred scans; None where nobody scanned."""
        if not self.scans:
            return None
        return (Decimal(100 * self.ways) / self.scans).quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True)
class PointsTable:
    """All points that somebody sees, and their sums; *names* of areas and banks by id."""

    points: tuple[PointLine, ...]
    areas: tuple[PointLine, ...]
    banks: tuple[PointLine, ...]
    total: PointLine
    locked: int
    names: dict[str, str]

    def area_name(self, line: PointLine) -> str:
        return self.names.get(line.area, "") if line.area else COUNTY

    def bank_names(self, line: PointLine) -> str:
        return "、".join(self.names.get(bank, bank) for bank in line.banks) or "县内各银行"


def read(
    store: Store, campaign: str, since: int = 0, until: int = 99_999_999, *, only: Only = None
) -> PointsTable:
    """
    Return the points as of the last of the days *since* to *until* (exclusive).

    Args:
        only: What whoever asks sees: points themselves, areas, or banks that dock with them.
    """
    today = day_of(instants.now())
    with store.read() as connection:
        then = units_then.read(connection, campaign, min(until - 1, today), today)
        ids = [unit.id for unit in then.units.values() if unit.is_point]
        # By the links that points ever had: of these the log is read by its index.
        links = {then.units[id].link for id in ids} | {
            change.after.get("link") for change in then.changes if change.unit in set(ids)
        }
        ways = residents.ways_out_by_unit(
            connection, campaign, [link for link in links if link], since, until
        )
        scans = {
            id: counts.get("scan", 0) for id, counts
            in period_locks.reported(connection, campaign, since, until).total().items()
        }
        locked = period_locks.locked_until(connection, campaign)
    lines = [unit for unit in then.units.values() if unit.kind == "line" and unit.active]
    found = []
    for id in ids:
        if id in then.merged:
            continue
        codes = then.codes(id)
        unit = then.units[id]
        area = then.heir(unit.area or "")
        banks = tuple(dict.fromkeys(
            then.heir(bank) for bank in docking(replace(unit, area=area or None), lines)
        ))
        line = PointLine(
            id, then.name(id), int(unit.active), sum(scans.get(code, 0) for code in codes),
            sum(ways.get(code, 0) for code in codes), area, banks, tuple(codes),
            then.notes(codes),
        )
        if (unit.active or line.scans or line.ways) and _sees(only, line, lines):
            found.append(line)
    return PointsTable(
        tuple(found), tuple(_by_area(then, found)), tuple(_by_bank(then, found)),
        _sum("", "全县合计" if only is None else "合计", found), locked,
        {id: then.name(id) for id, unit in then.units.items() if unit.kind in ("area", "bank")},
    )


def _sees(only: Only, point: PointLine, lines: Iterable[UnitOn]) -> bool:
    return only is None or not {*point.codes, point.area, *point.banks}.isdisjoint(only) or any(
        line.id in only and line.area == point.area and line.bank in point.banks for line in lines
    )


def _by_area(then: UnitsThen, points: Sequence[PointLine]) -> Iterable[PointLine]:
    for area in then.of_kind("area"):
        if some := [point for point in points if point.area == area.id]:
            yield _sum(area.id, then.name(area.id), some)
    known = {area.id for area in then.of_kind("area")}
    if rest := [point for point in points if point.area not in known]:
        yield _sum("", COUNTY, rest)


def _by_bank(then: UnitsThen, points: Sequence[PointLine]) -> Iterable[PointLine]:
    known = {bank.id for bank in then.of_kind("bank")}
    for bank in then.of_kind("bank"):
        if some := [point for point in points if point.banks == (bank.id,)]:
            yield _sum(bank.id, then.name(bank.id), some)
    if rest := [point for point in points if len(point.banks) != 1 or point.banks[0] not in known]:
        yield _sum("", SEVERAL, rest)


def _sum(key: str, name: str, points: Sequence[PointLine]) -> PointLine:
    return PointLine(
        key, name, sum(point.points for point in points),
        sum(point.scans for point in points), sum(point.ways for point in points),
    )
