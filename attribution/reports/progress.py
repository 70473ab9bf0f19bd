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
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from attribution.reports import whose
from attribution.reports.counted import Counted, Roll
from attribution.reports.counted import read as read_counts
from attribution.reports.lines import Line, ProgressTable, added, ranked
from attribution.reports.whose import Only
from attribution.rule.instants import Instant, day_of, from_datetime, to_datetime
from attribution.rule.unit_history import UnitOn
from attribution.store import Store

# The steps of a resident's way, in order: tally kind -> Chinese heading.
STEPS = {
    "scan": "扫码",
    "claimant": "登记",
    "registered": "注册",
    "bound": "绑卡",
    "effective": "有效新用户",
}

# Of the registered: whose first claim of the unit was taken at its counter.
ASSISTED = {"assisted": "其中柜台协助"}

# Of the effective ones: whom the platform named by less than the number.
LESSER = {"effective_hash": "其中凭哈希", "effective_masked": "其中凭掩码"}

# What a step is made of, which stands behind it.
PARTS = {"claimant": ASSISTED, "effective": LESSER}

# All of them as a download has them: tally kind -> Chinese heading.
COLUMNS = {
    kind: heading for step, name in STEPS.items()
    for kind, heading in {step: name, **PARTS.get(step, {})}.items()
}

LAST = 99_999_999
ALWAYS = (0, LAST)


def last_days(now: Instant, days: int) -> tuple[int, int]:
    """Return the last *days* Shanghai days with today, as (since, until exclusive)."""
    moment = to_datetime(now)
    since = moment - timedelta(days=days - 1)
    return day_of(from_datetime(since)), day_of(from_datetime(moment + timedelta(days=1)))


def last_instant(now: Instant, until: Instant | None) -> Instant:
    """Return the last instant that a report up to *until*, exclusive, tells of; *now* at most."""
    return now if until is None else min(now, until - 1)


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
    return areas(read_counts(store, campaign, since, until, period, only))


def areas(read: Counted) -> ProgressTable:
    """Return the table of areas out of what was *read*."""

    def area_of(unit: UnitOn | None) -> str:
        area = (unit.id if unit.kind == "area" else unit.area) if unit else None
        return read.then.heir(area or "")

    return _table(read, read.then.of_kind("area"), area_of, "未分区")


def by_bank(
    store: Store, campaign: str, since: int = 0, until: int = ALWAYS[1], *,
    period: tuple[int, int] = ALWAYS, only: Only = None,
) -> ProgressTable:
    """
    Return progress by bank, each with its branches, which add up to it; the code of an area
    that has one bank alone counts for it, and for the branch where it has only one.
    """
    return banks(read_counts(store, campaign, since, until, period, only))


def banks(read: Counted) -> ProgressTable:
    """Return the table of banks with their branches out of what was *read*."""
    of_area = whose.single_banks(read.then.units)

    def bank_of(unit: UnitOn | None) -> str:
        if unit is None:
            return ""
        if unit.kind == "area":
            return of_area.get(unit.id, "")
        return read.then.heir((unit.id if unit.kind == "bank" else unit.bank) or "")

    table = _table(read, read.then.of_kind("bank"), bank_of, "未分行")
    children = _branches(read)
    return replace(table, lines=tuple(
        replace(line, children=_children(read, line, children.get(line.head, ())))
        for line in table.lines
    ))


def by_unit(
    store: Store, campaign: str, since: int = 0, until: int = ALWAYS[1], *,
    period: tuple[int, int] = ALWAYS, only: Only = None, kind: str | None = None,
) -> ProgressTable:
    """
    Return progress of every unit by its own code, unrolled.

    Args:
        kind: Only units of this kind have a line each; the rest is one line, so that the total
            is the same as that of every other table, and *part* their own sum.
    """
    return of_units(read_counts(store, campaign, since, until, period, only), kind)


def of_units(read: Counted, kind: str | None = None) -> ProgressTable:
    """Return the table of units, of one *kind* or all, out of what was *read*."""
    units, then = read.then.units, read.then
    names = {id: then.name(id) for id in units}
    made_of = then.of_kind(kind) if kind else units.values()
    rolls: dict[str, Roll] = {}
    for unit in made_of:
        roll = rolls[unit.id] = Roll()
        # One by one where every code has a line; else with what was merged into it.
        for code in then.codes(unit.id) if kind else (unit.id,):
            roll.add(code, read)
    lines = [
        line for line in ranked(
            replace(
                rolls[unit.id].line(unit.id, names[unit.id]),
                target=unit.target if unit.active else None,
                area=names.get(then.heir(unit.area or ""), ""),
                bank=names.get(then.heir(unit.bank or ""), ""),
                note=then.notes(rolls[unit.id].units),
            )
            for unit in made_of
            if unit.active or not kind or any(rolls[unit.id].counts.values())
        )
        if read.only is None or line.key in read.only
    ]
    shown = {code for line in lines for code in line.units or ()}
    rest = Roll()
    for id in read.ids:
        if id not in shown:
            rest.add(id, read)
    made = _with_total(read, lines, rest, f"{whose.KIND_WORDS.get(kind or '', '')}以外")
    if kind is None:
        return made
    return replace(
        made, lines=tuple(lines), part=added(lines, f"{read.named}{whose.KIND_WORDS[kind]}合计"),
        rest=next((line for line in made.lines if line.rest), None),
    )


def _table(
    read: Counted, heads: list[UnitOn],
    head_of: Callable[[UnitOn | None], str], rest_name: str,
) -> ProgressTable:
    everyone = {head.id: Roll() for head in heads}
    seen = {head.id: Roll() for head in heads}
    rest = Roll()
    for id in replace(read, only=None).ids:
        key = head_of(read.then.place(id))
        everyone.get(key, Roll()).add(id, read)
        if read.only is None or id in read.only:
            seen.get(key, rest).add(id, read)
    ranks = {
        line.key: line.rank
        for line in ranked(
            everyone[head.id].line(head.id, head.name) for head in heads
        )
    }
    lines = []
    for head in heads:
        group = seen[head.id]
        whole = read.only is None or head.id in read.only
        if (whole or group.units) and (head.active or any(group.counts.values())):
            name = read.then.name(head.id)
            if not whole and head.kind == "area":
                name = whose.part_of_area(name, read.then.units, group.units, read.whose)
            elif not whole:
                name += f"（{read.whose}）"
            line = group.line(head.id if whole else "", name)
            lines.append(replace(
                line, head=head.id, rank=ranks[head.id] if whole else None,
                note=read.then.notes(read.then.codes(head.id)),
            ))
    return _with_total(read, lines, rest, rest_name)


def _with_total(
    read: Counted, lines: list[Line], rest: Roll, rest_name: str
) -> ProgressTable:
    """Return the table of *lines* and, so that they visibly add up to the total, the *rest*."""
    if rest.units:
        units = read.then.units
        # Closed units that earned nothing are not worth a word.
        told = [
            id for id in rest.units if id not in units or units[id].active or read.steps.get(id)
        ]
        name = whose.rest_name(read.named + rest_name, units, told)
        lines = [*lines, replace(rest.line("", name), rest=True)]
    total = added(lines, f"{read.whose}合计", all_codes=read.only is None)
    # Where areas have a line each beside their own lines, these would count a target twice.
    target = sum(read.then.targets.get(id, 0) for id in read.ids)
    return ProgressTable(
        replace(total, target=target or None), tuple(lines), read.locked, read.whose
    )


def _branches(read: Counted) -> dict[str, list[Line]]:
    """Return bank -> its branches, with the codes of the areas in which it is the only one."""
    units = read.then.units
    everyone: dict[tuple[str, str], list[str]] = {}
    for unit in read.then.of_kind("line"):
        everyone.setdefault((unit.bank or "", unit.branch or unit.name), []).append(unit.id)
    alone: dict[tuple[str, str], list[str]] = {}
    for area, key in whose.single_branches(units).items():
        alone.setdefault(key, []).append(area)
    found: dict[str, list[Line]] = {}
    for key, ids in everyone.items():
        lines, codes = (
            [id for id in some if read.only is None or id in read.only]
            for some in (ids, alone.get(key, []))
        )
        if not lines:
            continue
        group = Roll()
        for id in (*lines, *codes):
            for code in read.codes(id):
                group.add(code, read)
        name = key[1] if lines == ids else f"{key[1]}（{read.whose}）"
        if codes:
            name += f"（含{'、'.join(units[id].name for id in codes)}专码）"
        found.setdefault(key[0], []).append(
            group.line(lines[0] if len(lines) == 1 else "", name)
        )
    return found


def _children(read: Counted, line: Line, branches: Iterable[Line]) -> tuple[Line, ...]:
    """Return *branches*, and a line of what *line* has beside them, if that is anything."""
    branches = tuple(branches)
    in_branches = {id for branch in branches for id in branch.units or ()}
    rest = Roll()
    for id in line.units or ():
        if id not in in_branches:
            rest.add(id, read)
    if not branches or not (any(rest.counts.values()) or rest.corrected):
        return branches
    name = whose.rest_name(f"{line.name}不属于某一网点", read.then.units, rest.units)
    return (*branches, replace(rest.line("", name), rest=True))
