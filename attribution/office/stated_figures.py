"""
What somebody states with source and day: how the county's goals stand, what a survey counted.

The document asks for active users and for all users (兴府办字〔2022〕81号), which only the platform
can count, and for a survey (调查摸底) before the campaign. Such figures are shown beside the
ledger's own and never mixed with them: nobody is credited by a number that cannot be traced.
"""
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from attribution.deeds import Actor, Doing, Kind, do
from attribution.facts import plain_tables
from attribution.facts.feed_notes import Note
from attribution.facts.feed_values import PLACEHOLDER, NotRead, TimeColumn, time_of
from attribution.facts.row_numbers import line_text
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant, day_of
from attribution.rule.stated import VOID, day
from attribution.store import figure_log, registry
from qrgen.campaign import Campaign
from qrgen.shapes import id_or_shape
from qrgen.shell import Fault
from qrgen.texts import fold

# Of an area, before the campaign: by what its figures become figures per head.
HOUSEHOLDS, USERS = "households", "users"
BASES = {HOUSEHOLDS: "户数", USERS: "原有用户"}
# Before a sector: of how many places there are in all, in an area or in the county.
SCENES = "scenes:"

HEADINGS = {
    "unit": ("乡镇（社区）", "乡镇", "社区", "区域", "单位", "编号", "area"),
    HOUSEHOLDS: ("户数", "总户数", "常住户数"),
    USERS: ("原有用户", "现有用户", "存量用户", "已注册用户"),
    "day": ("日期", "统计日期", "调查日期", "date"),
    "source": ("来源", "数据来源", "调查人"),
}
COLUMNS = {
    "unit": Code.FIGURE_AREA, HOUSEHOLDS: Code.FIGURE_HOUSEHOLDS, USERS: Code.FIGURE_USERS,
    "day": Code.FIELD_AS_OF, "source": Code.FIGURE_SOURCE_COLUMN,
}

MOST = 10**10
LONGEST_SOURCE = 60
_NUMBER = re.compile(r"[0-9]{1,10}")
_DAY = TimeColumn("as_of")


class Figure(NamedTuple):
    """A *number* of a *subject* (a goal's key, HOUSEHOLDS, USERS) on a *day* (yyyymmdd)."""

    subject: str
    unit: str
    day: int
    number: int
    source: str


@dataclass(frozen=True)
class FiguresTaken:
    """Which figures a table brought, and what was passed over in it."""

    figures: Sequence[Figure]
    notes: Sequence[Note]


def state(ledger: Ledger, figures: Sequence[Figure], now: Instant, by: Actor) -> None:
    """
    Keep *figures*; of one subject, unit and day the latest stands.

    Raises:
        Fault: the subject is none of the campaign's, the day is to come, a source is missing.
    """
    with ledger.store.read() as connection:
        snapshot = registry.read(connection, ledger.campaign.id)
    for one in figures:
        _refuse_unfit(one, ledger.campaign, snapshot, now)

    def act(doing: Doing) -> None:
        figure_log.add(doing.connection, ledger.campaign.id, [
            {**one._asdict(), "id": doing.next_id(), "at": now, "by_whom": by.name}
            for one in figures
        ])
        subjects = sorted({one.subject for one in figures})
        doing.enter(
            Kind.FIGURES, f"campaign {ledger.campaign.id}",
            after={s: sum(f.number for f in figures if f.subject == s) for s in subjects},
            rows=len(figures), source=figures[0].source,
        )

    do(ledger.store, by, now, act)


def take(
    ledger: Ledger, path: Path, now: Instant, by: Actor, *, source: str = "",
    day: int | None = None,
) -> FiguresTaken:
    """
    Keep the figures of the survey's table at *path*, all of them or none.

    Args:
        source, day: For rows that say none of their own.

    Raises:
        Fault: rows cannot be read; its `more` names each by line and column.
    """
    if not path.is_file():
        raise Fault(Code.FEED_MISSING, file=path)
    with ledger.store.read() as connection:
        snapshot = registry.read(connection, ledger.campaign.id)
    found = read(path, snapshot, ledger.campaign, source=source.strip(), day=day or day_of(now))
    state(ledger, found.figures, now, by)
    return found


def read(
    path: Path, snapshot: registry.Registry, campaign: Campaign, *, source: str, day: int
) -> FiguresTaken:
    """Return what the table at *path* says; raises as `take`."""
    areas = _areas(snapshot, campaign)

    def made_of(texts: Mapping[str, str]) -> list[Figure] | str:
        if not texts.keys() & BASES.keys():
            raise Fault(Code.FIGURES_COLUMNS, file=path)
        return _row(texts, areas, source, day)

    try:
        found = plain_tables.read_whole(path, HEADINGS, ("unit",), ("day", "source"), made_of)
    except Fault as fault:
        if fault.code is Code.TABLE_COLUMNS:
            raise Fault(Code.FIGURES_COLUMNS, file=path) from None
        raise
    if found.bad:
        raise Fault(Code.FIGURES_ROWS, file=path, count=len(found.bad), more=[
            Fault(Code.FIGURES_ROW, file=path.name, line=line_text(line), column=COLUMNS[column])
            for line, column in found.bad[:plain_tables.MOST_TOLD]
        ])
    return FiguresTaken(found.made, found.notes)


def _row(
    texts: Mapping[str, str], areas: Mapping[str, str], source: str, day_of_all: int
) -> list[Figure] | str:
    """Return the figures of a row, or the name of the column that cannot be read."""
    unit = areas.get(fold(texts["unit"]))
    if unit is None:
        return "unit"
    when = day_of_all
    if texts.get("day"):
        try:
            told = time_of(texts["day"], _DAY, lambda _: None)
        except NotRead:
            return "day"
        if told in (None, VOID, PLACEHOLDER):
            return "day"
        assert told is not None
        when = day(told)
    counted = texts.get("source") or source
    if not 1 <= len(counted) <= LONGEST_SOURCE:
        return "source"
    made = []
    for subject in BASES:
        text = fold(texts.get(subject, "")).replace(",", "").removesuffix(".0")
        if not text:
            continue
        if not _NUMBER.fullmatch(text):
            return subject
        made.append(Figure(subject, unit, when, int(text), counted))
    return made


def _areas(snapshot: registry.Registry, campaign: Campaign) -> dict[str, str]:
    """Return what a table may call an area -> its id: id, name, other names."""
    aliases = {unit.id: unit.aliases for unit in campaign.units}
    return {
        fold(name): unit.id for unit in snapshot.units.values() if unit.kind == "area"
        for name in (unit.id, unit.name, *aliases.get(unit.id, ()))
    }


def _refuse_unfit(
    one: Figure, campaign: Campaign, snapshot: registry.Registry, now: Instant
) -> None:
    goals = [goal.key for goal in campaign.goals]
    of_sector = one.subject.startswith(SCENES) and 0 < len(one.subject) - len(SCENES) <= 12
    if one.subject not in (*goals, *BASES) and not of_sector:
        raise Fault(Code.FIGURE_SUBJECT, status=2, goals=goals)
    area = snapshot.units.get(one.unit)
    needs_area = one.subject in BASES or (of_sector and one.unit)
    if needs_area and (area is None or area.kind != "area"):
        raise Fault(Code.UNIT_UNKNOWN, status=2, unit=id_or_shape(one.unit))
    if not 0 <= one.number < MOST:
        raise Fault(Code.FIGURE_NUMBER, status=2)
    if one.day > day_of(now):
        raise Fault(Code.FIGURE_DAY, status=2)
    if not 1 <= len(one.source.strip()) <= LONGEST_SOURCE:
        raise Fault(Code.FIGURE_SOURCE, status=2)

