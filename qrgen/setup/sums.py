"""
Which rows are sums of others, said or not: the whole's total, totals of parts, towns rolled up.

A sum that is taken for a town counts twice. It is known by its word, by the county's own name,
by standing above communities of its own, or by adding up what stands beside it.
"""
import itertools
import re
from collections.abc import Collection, Sequence

from qrgen.setup.draft import Part
from qrgen.setup.items import Item, Total, worth
from qrgen.tables.headings import key_of

_GROUP = re.compile(r"乡镇|乡\(镇\)|镇|乡|街道|社区|城区|农村|园区|其他|其它|县直|片区")


def without_a_word(items: Sequence[Item], county: Collection[str]) -> list[Item]:
    """
    Return those of *items* that are totals, though no word says so.

    They bear the county's own name, or add up the rows beside them. Of the latter only rows
    without branches where most have some: of a chance sum of neighbours nothing else is proof.
    """
    found: list[Item] = []
    if sum(bool(item.lines) for item in items) * 2 > len(items):
        parents = {item.parent for item in items}
        for place, item in enumerate(items):
            if item.lines or item.hidden or item.area in parents or not item.target.isdecimal():
                continue
            for run in (items[place + 1:], items[place - 1::-1] if place else ()):
                beside = list(itertools.takewhile(lambda one: bool(one.lines), run))
                if beside and worth(beside) == int(item.target) and (
                    len(beside) > 1 or _GROUP.fullmatch(key_of(item.area))
                ):
                    found.append(item)
                    break
    left = [item for item in items if item not in found]
    counties = [item.area for item in left if re.fullmatch(r".{1,8}[县市]", item.area)]
    sole = counties[0] if len(counties) == 1 else None
    for place, item in enumerate(left):
        if item.lines or len(left) < 3 or not item.target.isdecimal():
            continue
        others = [one for one in left if one is not item and not one.hidden]
        adds_up = worth(others) == int(item.target)
        named = item.area in county or sole == item.area
        alone = place in (0, len(left) - 1) and any(one.lines for one in others)
        if adds_up and (named or alone):
            return [*found, item]
        if named and place in (0, len(left) - 1) and item.area[-1] in "县市":
            return [*found, item]  # it does not add up, which is told
    return found


def rolled_up(items: Sequence[Item]) -> list[tuple[Item, list[Item]]]:
    """Return the towns whose communities stand below with numbers of their own, and these."""
    under: dict[str, list[Item]] = {}
    for item in items:
        if item.parent and not item.hidden:
            under.setdefault(item.parent, []).append(item)
    return [
        (item, under[item.area]) for item in items
        if item.area in under and not item.parent and not item.lines
    ]


def told_apart(
    items: Sequence[Item], totals: Sequence[Total], sheet: str
) -> tuple[int | None, list[Part]]:
    """Return the whole's total among *totals*, None where there is none, and those of parts."""
    counted = [item for item in items if not item.hidden]
    told = [(total, total.number) for total in totals if total.number is not None]
    above = [sum(item.order < total.order for item in counted) for total, _ in told]
    ends = [at for at, count in enumerate(above) if count in (0, len(counted))]
    whole = next((at for at in reversed(ends) if "小计" not in told[at][0].name), None)
    if whole is None and len(told) == 1 and ends:
        whole = 0
    # A heading of the first group stands first, too: the whole is what adds up all.
    everything = worth(counted)
    whole = next((at for at in ends if told[at][1] == everything), whole)
    parts = []
    before = 0
    for at, (total, number) in enumerate(told):
        if at == whole:
            continue
        below = next((count for count in above[at + 1:] if count > above[at]), len(counted))
        inside, after = counted[before:above[at]], counted[above[at]:below]
        if worth(inside) != number and (not inside or worth(after) == number):
            inside = after
        areas = {(item.parent, item.area) for item in inside}
        elsewhere = any(
            (item.parent, item.area) in areas for item in counted if item not in inside
        )
        # Of a bank's rows among areas that others serve, too, the areas' sums say nothing.
        if not (elsewhere and worth(inside) == number):
            parts.append(part_of(total.name, number, inside, sheet, total.row))
        before = above[at]
    return None if whole is None else told[whole][1], parts


def part_of(name: str, number: int, items: Sequence[Item], sheet: str, row: int) -> Part:
    areas = dict.fromkeys(item.parent + item.area for item in items)
    return Part(name, number, tuple(areas), sheet, row)
