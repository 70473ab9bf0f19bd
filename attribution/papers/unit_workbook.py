"""A unit's own figures as a workbook: what it reached, what it is made of, and nobody else's."""
from collections.abc import Collection, Iterable

from attribution.papers import sheets
from attribution.papers.assessment import basis, lines_of
from attribution.papers.sheets import PaperColumn, PaperSheet
from attribution.papers.unit_measures import MEASURES, Measured
from attribution.reports.figures import Figures

# Of each code of a unit.
_OF_CODES = tuple(
    one for one in MEASURES
    if one.key in ("target", "effective", "rate", "gap", "degree", "fresh", "scan", "claimant",
                   "registered", "bound", "held", "corrected")
)


def of_units(figures: Figures, kinds: Iterable[str]) -> dict[str, Measured]:
    """Return what each unit of *kinds* that has a line reached, as the county's tables have it."""
    return {
        line.key: Measured(figures, line, before)
        for kind in kinds for line, before in lines_of(figures, kind) if line.key
    }


def workbook(figures: Figures, number: int, one: Measured, only: Collection[str]) -> bytes:
    """
    Return the workbook of *one* unit, of the snapshot *number*.

    Args:
        only: The codes that its account sees.
    """
    title = f"{one.line.name} 本单位数据"
    own = PaperSheet(
        "本单位", title, [
            basis(figures, number),
            "和全县进度表里这个单位的一行是同一个数。各数由这些码合计："
            + ("全部" if one.line.units is None else "、".join(one.line.units)),
            *([f"变动：{one.line.note}"] if one.line.note else []),
            "只有单位的数，没有任何人的信息，也没有别的单位的数。",
        ],
        [PaperColumn("指标", width=22), PaperColumn("数", "figure", 12),
         PaperColumn("怎么算", width=44), PaperColumn("明细：后台“下载”的表和筛选", width=40)],
        [[m.heading, m.value(one), m.how, m.rows or "由同一列别的数算出"] for m in MEASURES],
    )
    return sheets.made(title, figures.at, [own, _codes(figures, number, one, only)])


def _codes(figures: Figures, number: int, one: Measured, only: Collection[str]) -> PaperSheet:
    codes = set(one.line.units or ()) | set(only)
    before = {
        line.key: line.counts.get("effective", 0)
        for line in figures.of_units(only=codes, of="earlier").lines
    }
    table = figures.of_units(only=codes)
    rows = [
        [line.key, line.name, *(
            measure.value(Measured(figures, line, before.get(line.key, 0)))
            for measure in _OF_CODES
        )]
        for line in (table.total, *table.lines)
    ]
    return PaperSheet(
        "各码", f"{one.line.name}：每个码一行", [basis(figures, number)],
        [PaperColumn("编号", width=6), PaperColumn("名称", width=26),
         *(PaperColumn(m.heading, m.kind, 9) for m in _OF_CODES)],
        rows, bold=1, fixed=2,
    )
