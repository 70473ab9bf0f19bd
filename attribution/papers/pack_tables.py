"""
The tables of a progress pack (日报、周报): what its workbook, its PDF and its pictures all show.

Pure: figures in, cells out. Cells are what they are (`int`, `Decimal` in per cent or in points,
None for nothing to tell), each way of showing has the words for them.
"""
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from attribution.papers.beside_before import ToldLine, ToldTable, told_by
from attribution.papers.how_named import Telling
from attribution.reports import pace
from attribution.reports.figures import Figures
from attribution.reports.lines import Line
from attribution.reports.pace import Degree

PackCell = str | int | Decimal | None


@dataclass(frozen=True)
class PackColumn:
    """
    A column: its *key*, its *heading*, its *kind* and what it means, in words.

    A kind is ``text``, ``word`` (of a few letters), ``count``, ``signed``, ``percent``,
    ``signed_percent``, ``points`` or ``rank``.
    """

    key: str
    heading: str
    kind: str
    about: str = ""


@dataclass(frozen=True)
class PackRow:
    """
    One row.

    Args:
        level: ``total``; ``head``, a part of it; ``line``; ``below``, of the line above; ``rest``.
        adds: It is one of those whose sum is the total.
        tied: Its rank is another's too.
        degree: How it stands, for its colour.
    """

    cells: Mapping[str, PackCell]
    level: str = "line"
    adds: bool = False
    tied: bool = False
    degree: Degree = Degree.NONE


@dataclass(frozen=True)
class PackTable:
    """A table with the *name* of its sheet. *lying*: its paper lies on its side."""

    name: str
    title: str
    columns: tuple[PackColumn, ...]
    rows: tuple[PackRow, ...]
    lying: bool = True
    notes: tuple[str, ...] = ()


_NUMBER = PackColumn("number", "序号", "word", "按实施方案附件1的顺序。")
_TARGET = PackColumn("target", "任务数", "count", "截至末日的指导任务数；没有下达的写“—”，不排位。")
_STEPS = (
    PackColumn("claimant", "登记", "count", "扫码后留过登记的人，从活动开始累计。"),
    PackColumn("registered", "注册", "count", "平台对账文件说已注册的人，累计。"),
    PackColumn("bound", "绑卡", "count", "其中已绑卡的人，累计。"),
    PackColumn("effective", "有效新用户", "count", "注册、绑卡、首笔交易都完成的人，累计含更正。"),
    PackColumn("corrected", "累计更正", "signed", "累计数中，对已锁定日期的更正增减的人数。"),
)
_HOW = (
    PackColumn("rate", "完成率", "percent", "有效新用户÷任务数，保留两位小数。"),
    PackColumn("gap", "进度差", "points", "完成率－时序进度，单位是百分点。"),
    PackColumn("degree", "时序进度", "word", pace.EXPLAINED),
)
_RANK = PackColumn(
    "rank", "位次", "rank", "按完成率从高到低。完成率相同的并列，后面的位次跳过；没有任务的不排。"
)
_LATELY = (
    PackColumn(
        "fresh", "本时段新增", "count", "本时段各天新增的有效新用户，本时段作出的更正算在内。"
    ),
    PackColumn("put_right", "本时段更正", "signed", "本时段新增中，对以前已锁定日期的更正。"),
    PackColumn("earlier", "上时段新增", "count", "本时段之前、天数相同的一段时间的新增。"),
    PackColumn("change", "增减", "signed", "本时段新增－上时段新增。"),
    PackColumn("change_rate", "环比", "signed_percent", "增减÷上时段新增；上时段没有新增的写“—”。"),
)
_NOTE = PackColumn("note", "变动", "text", "单位的并入、停用、改名和任务数调整，各从哪天起。")


def tables(figures: Figures, telling: Telling) -> tuple[PackTable, ...]:
    """Return the five tables of a pack, in order."""
    areas = told_by(lambda of: figures.areas(of=of))
    banks = told_by(lambda of: figures.banks(of=of))
    lines = told_by(lambda of: figures.of_units("line", of=of))
    departments = told_by(lambda of: figures.of_units("department", of=of))
    share = figures.share
    if not telling.naming:
        return (
            _bands("乡镇社区", "乡镇（社区）", areas, share),
            _bands("银行网点", "银行", banks, share),
            _bands("区域×网点", "乡镇（社区）的对接网点", lines, share),
            _bands("部门", "部门", departments, share),
            _funnel(figures, areas, named=False),
        )
    name = PackColumn("name", "乡镇（社区）", "text")
    return (
        _progress("乡镇社区", "各乡镇（社区）进度", (name,), areas, share, telling),
        _progress(
            "银行网点", "各银行及其网点进度", (PackColumn("name", "银行、网点", "text"),),
            banks, share, telling,
        ),
        _progress(
            "区域×网点", "各乡镇（社区）对接网点进度",
            (PackColumn("area", "乡镇（社区）", "text"), PackColumn("name", "对接网点", "text")),
            lines, share, telling, branches=_branches(figures),
        ),
        _progress(
            "部门", "各部门进度", (PackColumn("name", "部门", "text"),), departments, share,
            telling,
        ),
        _funnel(figures, areas, named=True),
    )


def meanings(made: Iterable[PackTable]) -> list[tuple[str, str]]:
    """Return what the columns of the tables mean; those that mean the same, together."""
    found: dict[str, dict[str, None]] = {}
    for table in made:
        for column in table.columns:
            if column.about:
                found.setdefault(column.about, {})[column.heading] = None
    return [("、".join(headings), about) for about, headings in found.items()]


def _progress(
    sheet: str, title: str, names: tuple[PackColumn, ...], told: ToldTable, share: Decimal,
    telling: Telling, branches: Mapping[str, str] | None = None,
) -> PackTable:
    columns = (
        _NUMBER, *names, _TARGET, *_STEPS, *_HOW, *((_RANK,) if telling.ranks else ()), *_LATELY,
        _NOTE,
    )
    ranks = Counter(one.line.rank for one in told.lines)
    adding = {id(one) for one in told.adding}
    rows = []
    for place, one in enumerate(told.heads):
        level = "rest" if one.line.rest else "head" if place else "total"
        rows.append(PackRow(
            _cells(one, share), level, adds=id(one) in adding, degree=_how(one, share)
        ))
    for number, one in enumerate(told.lines, 1):
        cells = _cells(one, share)
        if branches is not None:
            cells["name"] = branches.get(one.line.key, one.line.name)
        if not one.line.rest:
            cells["number"] = number
        rows.append(PackRow(
            cells, "rest" if one.line.rest else "line", adds=True,
            tied=one.line.rank is not None and ranks[one.line.rank] > 1, degree=_how(one, share),
        ))
        for child in one.children:
            rows.append(PackRow(_cells(child, share), "below", degree=_how(child, share)))
    # What is nobody's stands last in the table too, where the office looks for it.
    rows.sort(key=lambda row: row.level == "rest")
    return PackTable(sheet, title, columns, tuple(rows))


def _cells(told: ToldLine, share: Decimal) -> dict[str, PackCell]:
    line = told.line
    return {
        "name": line.name, "area": line.area, "target": line.target,
        **{kind: line.counts.get(kind, 0) for kind in _KINDS},
        "corrected": line.corrected, "rate": line.rate, "gap": line.gap(share),
        "degree": _word(line.degree(share)), "rank": line.rank, "fresh": told.fresh,
        "put_right": told.put_right, "earlier": told.earlier, "change": told.change,
        "change_rate": told.change_rate, "note": line.note,
    }


_KINDS = ("scan", "claimant", "registered", "bound", "effective")


def _how(told: ToldLine, share: Decimal) -> Degree:
    return told.line.degree(share)


def _word(degree: Degree) -> str | None:
    return f"{degree.sign} {degree.word}" if degree.word else None


def _branches(figures: Figures) -> dict[str, str]:
    """Return how a line is called beside its area: the branch, with what became of it."""
    found = {}
    for id, unit in figures.then.units.items():
        if unit.kind == "line" and unit.branch:
            found[id] = figures.then.name(id).removeprefix(f"{unit.name.partition('·')[0]}·")
    return found


def _bands(sheet: str, whose: str, told: ToldTable, share: Decimal) -> PackTable:
    """Return of how many units it is told how they stand, and of none which."""
    lines = [one.line for one in told.lines if not one.line.rest]
    counted = Counter(line.degree(share) for line in lines)
    columns = (
        PackColumn("name", "时序进度", "text", pace.EXPLAINED),
        PackColumn("units", "单位数", "count", "处在这一档的单位数；按活动设置，不写是哪几个。"),
        PackColumn("part", "占比", "percent", "这一档的单位数÷单位总数。"),
    )
    whole: dict[str, PackCell] = {
        "name": f"{whose}合计", "units": len(lines), "part": _part(lines, lines),
    }
    rows = [PackRow(whole, "total")]
    for degree in Degree:
        some = [line for line in lines if line.degree(share) is degree]
        if counted[degree] or degree.word:
            rows.append(PackRow(
                {"name": _word(degree) or "没有下达任务", "units": len(some),
                 "part": _part(some, lines)},
                adds=True, degree=degree,
            ))
    return PackTable(sheet, f"{whose}时序进度分布", columns, tuple(rows), lying=False)


def _part(some: Sequence[Line], of: Sequence[Line]) -> Decimal | None:
    return pace.rate(len(some), len(of))


_SHARES = (
    ("claimant", "scan", "登记÷扫码"), ("registered", "claimant", "注册÷登记"),
    ("bound", "registered", "绑卡÷注册"), ("effective", "bound", "有效新用户÷绑卡"),
)


def _funnel(figures: Figures, areas: ToldTable, *, named: bool) -> PackTable:
    columns = [
        PackColumn("name", "范围", "text"),
        PackColumn("scan", "扫码", "count", "海报被打开的次数，累计。"),
    ]
    headings = {column.key: column for column in _STEPS}
    for kind, _, heading in _SHARES:
        about = "后一步的人数÷前一步。扫码是次数，柜台登记没有扫码，所以第一个比例只作参考。"
        columns += [headings[kind], PackColumn(f"{kind}_share", heading, "percent", about)]
    totals = [
        ("全县累计", figures.areas().total.counts),
        ("其中本时段", figures.areas(of="fresh").total.counts),
        ("上时段", figures.areas(of="earlier").total.counts),
    ]
    rows = [
        PackRow(_steps(name, counts), "head" if place else "total")
        for place, (name, counts) in enumerate(totals)
    ]
    if named:
        rows += [
            PackRow(
                _steps(one.line.name, one.line.counts), "rest" if one.line.rest else "line", True
            )
            for one in areas.lines
        ]
    return PackTable("漏斗", "从扫码到有效新用户", tuple(columns), tuple(rows), lying=False)


def _steps(name: str, counts: Mapping[str, int]) -> dict[str, PackCell]:
    return {
        "name": name, **{kind: counts.get(kind, 0) for kind in _KINDS},
        **{
            f"{kind}_share": pace.rate(counts.get(kind, 0), counts.get(before, 0))
            for kind, before, _ in _SHARES
        },
    }
