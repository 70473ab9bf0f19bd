"""
Whose numbers a line adds up, in words, so that no label says more than it adds up.

"全县" is said only where every code of the ledger stands behind a number. Whoever sees a part of
the units reads that part's own name at each total, and at each line of which they see a part. A
bank that is alone in an area, and a branch likewise, is credited with the area's own code
(design 2): it reads the same number of itself as the whole county does.
"""
from collections.abc import Collection, Iterable, Mapping

from attribution.rule.unit_history import MERGED, UnitOn
from attribution.store.registry import Unit

Only = Collection[str] | None
# As they are today, or as they were on a day.
Units = Mapping[str, Unit] | Mapping[str, UnitOn]

COUNTY = "全县"

# The kinds of unit, as the lines that hold them are called.
KIND_WORDS = {"area": "乡镇", "line": "网点", "department": "部门", "bank": "银行"}


def single_banks(units: Units) -> dict[str, str]:
    """Return area -> bank of the areas in which one bank has all the lines."""
    return {area: banks.pop() for area, banks in _of_areas(units, "bank").items()
            if len(banks) == 1}


def single_branches(units: Units) -> dict[str, tuple[str, str]]:
    """Return area -> (bank, branch) of the areas in which one branch has all the lines."""
    banks = single_banks(units)
    return {
        area: (banks[area], branches.pop())
        for area, branches in _of_areas(units, "branch").items()
        if len(branches) == 1 and area in banks
    }


def counted(units: Units, only: Only) -> Only:
    """
    Return *only* with the codes of areas in which all lines are of one bank or branch of it,
    and of what was merged into its units.
    """
    if only is None:
        return None
    found = set(only)
    branches = single_branches(units)
    for area, bank in single_banks(units).items():
        lines = [
            unit.id for unit in units.values()
            if unit.kind == "line" and unit.area == area and _into(unit) is None
        ]
        if bank in found or (area in branches and lines and found.issuperset(lines)):
            found.add(area)
    for id in units:
        if _heir(units, id) in found:
            found.add(id)
    return frozenset(found)


def _heir(units: Units, id: str) -> str:
    """Return under which unit *id* is shown: the last of its successors."""
    seen = {id}
    while (into := _into(units[id])) in units and into is not None and into not in seen:
        seen.add(id := into)
    return id


def _into(unit: Unit | UnitOn) -> str | None:
    if isinstance(unit, UnitOn) and unit.state != MERGED:
        return None
    return unit.successor


def label(units: Units, only: Only) -> str:
    """Return the name of those whose numbers *only* are: 全县, one unit, or the first of some."""
    if only is None:
        return COUNTY
    # What has its area or its bank among them is part of that.
    heads = [
        unit for unit in units.values()
        if unit.id in only and unit.area not in only and unit.bank not in only
    ]
    if not heads:
        return "没有单位"
    if len(heads) < 3:
        return "、".join(unit.name for unit in heads)
    return f"{heads[0].name}等{len(heads)}个单位"


def part_of_area(head: str, units: Units, ids: Iterable[str], whole: str) -> str:
    """Return the name of an area of which only *ids* are seen, by somebody called *whole*."""
    seen = [units[id] for id in ids if id in units]
    if len(seen) == 1 and seen[0].kind == "line":
        whole = seen[0].branch or seen[0].name
    return f"{head}（{whole}）"


def rest_name(before: str, units: Units, ids: Iterable[str]) -> str:
    """Return how codes *ids* are called that none of a table's lines has, after the kinds there."""
    ids = list(ids)
    if len(ids) == 1 and ids[0] in units:
        return f"{units[ids[0]].name}专码"
    kinds = {units[id].kind for id in ids if id in units}
    words = [word for kind, word in KIND_WORDS.items() if kind in kinds]
    if any(id not in units for id in ids):
        words.append("已不在册")
    # As the office has always said it: what is near first.
    return f"{before}（{'、'.join(words)}专码）" if words else before


def _of_areas(units: Units, field: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for unit in units.values():
        if unit.kind == "line" and unit.area and unit.bank and _into(unit) is None:
            value = unit.bank if field == "bank" else unit.branch or unit.name
            found.setdefault(unit.area, set()).add(value)
    return found
