"""
What was understood, as a table on a terminal: an area a line, its branches below.
"""
import unicodedata
from collections.abc import Iterator, Sequence

from qrgen.setup.understood import Understood

_HEADS = {
    "zh": ("编号", "乡镇（社区）", "任务数", "网点", "银行"),
    "en": ("id", "area", "target", "branch", "bank"),
}


def as_lines(made: Understood, language: str) -> Iterator[str]:
    """Yield the table of *made*, then its banks, its departments and the sums."""
    rows: list[Sequence[str]] = [_HEADS[language]]
    for area in made.areas:
        rows.append((area.id, area.name, str(area.target), "", ""))
        rows += [(line.id, "", str(line.target), line.branch, line.bank) for line in area.lines]
    yield from _aligned(rows)
    yield ""
    banks = "、" if language == "zh" else ", "
    told = banks.join(f"{id} {name}" for name, id in made.banks.items())
    departments = banks.join(f"{one.id} {one.name}" for one in made.departments)
    if language == "zh":
        yield f"银行：{told or '无'}"
        yield f"部门：{departments or '无'}"
        yield (
            f"共 {len(made.areas)} 个乡镇（社区）、{len(made.lines)} 条对接明细、"
            f"{len(made.banks)} 家银行、{len(made.departments)} 个部门，任务数 {made.total}"
        )
    else:
        yield f"banks: {told or 'none'}"
        yield f"departments: {departments or 'none'}"
        yield (
            f"{len(made.areas)} areas, {len(made.lines)} lines, {len(made.banks)} banks, "
            f"{len(made.departments)} departments, target {made.total}"
        )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()


def _width(text: str) -> int:
    """Return how many columns *text* takes: a Chinese letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
