"""
What a bulletin says of a snapshot: the whole, who is ahead, who is behind, and how many.

Order and words are those of the counties' own bulletins: up to when, how many of how many, beside
the time that is over and beside the stretch before; better by name, slower by name with rate;
then bands. Equals share their place (并列), what was asked of nobody has no rate, and nobody is
called slow who has done what was asked.
"""
from collections.abc import Sequence
from itertools import groupby

from attribution.papers.bound import Own, OwnKind, Part, Sentence, joined
from attribution.papers.cells import ALL, BANDS, REST, TOTAL, Cell, SnapshotCells
from attribution.reports.lines import Line
from attribution.reports.pace import Degree
from attribution.rule.instants import day_of

# What a table's lines are called, and how they are counted.
LINES = {"areas": ("乡镇（社区）", "个"), "banks": ("银行", "家")}

# So many are named as better and as slower, more where they are equal.
_NAMED = 3
# Up to so many lines are told from the first to the last.
_FEW = 5
# Of equals no more are named.
_MOST = 6

# From the degree to what stands before its number.
_DEGREES = {
    Degree.DONE: "已完成任务的", Degree.AHEAD: "快于时间进度的", Degree.EVEN: "与时间进度相当的",
    Degree.BEHIND: "滞后的", Degree.FAR: "严重滞后的",
}


def overall(cells: SnapshotCells) -> list[Sentence]:
    """Return how the county stands, and what the report's days brought."""
    return [
        (*_reached(cells), *_pace(cells), *_beyond(cells)),
        (*_stretch(cells), *_put_right(cells)),
    ]


def standing(cells: SnapshotCells, table: str, *, naming: bool, ranking: bool) -> list[Sentence]:
    """
    Return how the lines of a *table* stand.

    Args:
        naming: Lines may be named.
        ranking: Their places may be told.
    """
    word, measure = LINES[table]
    lines = [line for line in cells.tables[table].lines if not line.rest]
    asked = [line for line in lines if line.rate is not None]
    every = (Cell(table, ALL, "lines"), f"{measure}{word}")
    if not lines:
        return []
    if not asked:
        return [(*every, "都没有下达任务数，不计完成率。")]
    if not any(line.counts.get("effective", 0) for line in lines):
        return [(*every, "都还没有有效新用户。")]
    told: list[Sentence] = []
    if naming:
        told += _named(table, _groups(asked), ranking)
    return [*told, (*_bands(cells, table, asked), *_others(cells, table))]


def is_over(cells: SnapshotCells) -> bool:
    """Whether all days of the campaign are over."""
    pace = cells.figures.pace
    return pace.elapsed >= pace.days


def _reached(cells: SnapshotCells) -> Sentence:
    effective = Cell("areas", TOTAL, "effective")
    begun: Sentence = ("截至", Cell("days", "", "at"), "，全县累计有效新用户", effective, "人，")
    target = Cell("areas", TOTAL, "target")
    if target not in cells:
        return (*begun, "没有下达任务数，不计完成率；")
    return (*begun, "完成任务数", target, "人的", Cell("areas", TOTAL, "rate"), "；")


def _pace(cells: SnapshotCells) -> Sentence:
    pace = cells.figures.pace
    if pace.elapsed <= 0:
        return ("活动自", Cell("campaign", "", "first"), "开始，目前尚未开始。")
    degree = cells.tables["areas"].total.degree(pace.share)
    if is_over(cells):
        ended: Sentence = ("活动已于", Cell("campaign", "", "last"), "结束")
        if cells.figures.at < cells.figures.about.settle_end:
            ended = (*ended, "，活动期间注册、在", Cell("campaign", "", "settled"),
                     "前完成绑卡和交易的仍会计入")
        words = {Degree.DONE: "，任务已完成。", Degree.NONE: "。"}.get(degree, "，任务未完成。")
        return (*ended, words)
    gone: Sentence = (
        "活动共", Cell("campaign", "", "days"), "天，已过", Cell("campaign", "", "elapsed"),
        "天，时间进度", Cell("campaign", "", "share"),
    )
    gap = Cell("areas", TOTAL, "gap")
    if degree is Degree.DONE:
        return (*gone, "，任务已提前完成。")
    if degree is Degree.NONE:
        return (*gone, "。")
    if not cells.number(gap):
        return (*gone, "，完成率与时间进度持平。")
    line = cells.tables["areas"].total
    side = "快于" if (line.gap(pace.share) or 0) > 0 else "慢于"
    end = {
        Degree.EVEN: "，基本同步。", Degree.AHEAD: "。", Degree.BEHIND: "，进度滞后。",
        Degree.FAR: "，进度严重滞后。",
    }[degree]
    return (*gone, f"，完成率{side}时间进度", gap, f"个百分点{end}")


def _beyond(cells: SnapshotCells) -> Sentence:
    """Return what no area brought, without which the areas would not add up to the county."""
    rest = Cell("areas", REST, "effective")
    if not cells.number(rest):
        return ()
    return ("其中", rest, "人由部门、银行等不属于任何乡镇（社区）的专码带来。")


def _stretch(cells: SnapshotCells) -> Sentence:
    fresh, earlier = (Cell("areas", TOTAL, column) for column in ("fresh", "earlier"))
    told: Sentence = (
        "本时段（", *_days("since", "until", cells), "）", *_came(cells, fresh, "有效新用户")
    )
    figures = cells.figures
    if figures.since <= day_of(figures.about.start):
        return (*told, "。")
    return (
        *told, "，上时段（", *_days("before", "before_last", cells), "）",
        *_came(cells, earlier, ""), "，", *_more(cells), "。",
    )


def _more(cells: SnapshotCells) -> Sentence:
    more = Cell("areas", TOTAL, "more")
    if not cells.number(more):
        return ("两个时段持平",)
    fresh, earlier = (cells.number(Cell("areas", TOTAL, name)) for name in ("fresh", "earlier"))
    return (f"本时段比上时段{'多' if fresh > earlier else '少'}", more, "人")


def _came(cells: SnapshotCells, cell: Cell, what: str) -> Sentence:
    number = cells.number(cell)
    if not number:
        return (f"没有新增{what}",)
    return (f"新增{what}" if number > 0 else f"更正后净减少{what}", cell, "人")


def _days(first: str, last: str, cells: SnapshotCells) -> Sentence:
    one, other = Cell("days", "", first), Cell("days", "", last)
    return (one,) if cells[one] == cells[other] else (one, "至", other)


def _put_right(cells: SnapshotCells) -> Sentence:
    corrected = Cell("areas", TOTAL, "corrected")
    if not cells.number(corrected):
        return ()
    table = cells.figures.areas(of="fresh").total.corrected
    side = "增加" if table > 0 else "减少"
    return (f"本时段数已计入对以前各期的更正，{side}", corrected, "人。")


def _groups(asked: Sequence[Line]) -> list[list[Line]]:
    """Return the lines with a rate, the best first, equals together."""
    best = sorted(asked, key=lambda line: line.rank or 0)
    return [list(equals) for _, equals in groupby(best, key=lambda line: line.rank)]


def _named(table: str, groups: Sequence[Sequence[Line]], ranking: bool) -> list[Sentence]:
    word, _ = LINES[table]
    number = sum(map(len, groups))
    if number == 1:
        return [(*_group(table, groups[0], ranking=False), "。")]
    if len(groups) == 1:
        return [(f"各{word}完成率相同，均为", Cell(table, groups[0][0].key, "rate"), "。")]
    if number <= _FEW:
        return [(f"各{word}完成率从高到低依次为：", *_row(table, groups, ranking), "。")]
    better = _some(groups)
    left = [
        group for group in groups[len(better):]
        if group[0].counts.get("effective", 0) < (group[0].target or 0)
    ]
    slower = _some(left[::-1])[::-1]
    told: list[Sentence] = [
        (f"完成率居前的{word}：", *_row(table, better, ranking), "。"),
    ]
    if slower:
        told.append((f"完成率靠后的{word}：", *_row(table, slower, ranking), "。"))
    return told


def _some(groups: Sequence[Sequence[Line]]) -> list[Sequence[Line]]:
    """Return the first of *groups*, until enough are named."""
    found: list[Sequence[Line]] = []
    for group in groups:
        if sum(map(len, found)) >= _NAMED:
            break
        found.append(group)
    return found


def _row(table: str, groups: Sequence[Sequence[Line]], ranking: bool) -> Sentence:
    return joined([_group(table, group, ranking) for group in groups])


def _group(table: str, group: Sequence[Line], ranking: bool) -> Sentence:
    """Return names, rate and place of lines that share it."""
    names: Sentence = joined([(Cell(table, line.key, "name"),) for line in group[:_MOST]])
    first = group[0].key
    if len(group) > _MOST:
        names = (*names, "等", Cell(table, first, "tied"), LINES[table][1])
    rate: Sentence = ("均为" if len(group) > 1 else "", Cell(table, first, "rate"))
    place: Sentence = (
        "，", "并列" if len(group) > 1 else "", "第", Cell(table, first, "rank"), "位",
    ) if ranking else ()
    return (*names, "（", *rate, *place, "）")


def _bands(cells: SnapshotCells, table: str, asked: Sequence[Line]) -> Sentence:
    word, measure = LINES[table]
    whole: Sentence = (Cell(table, ALL, "asked"), f"{measure}有任务数的{word}")
    if all(line.degree(cells.figures.share) is Degree.DONE for line in asked):
        return (*whole, "全部完成任务。")
    if cells.figures.pace.elapsed <= 0:
        return ()
    if is_over(cells):
        return (*whole, "中，", *_by_rate(cells, table, measure), "。")
    counts: list[Sequence[Part]] = [
        (words, _of_degree(table, degree), measure)
        for degree, words in _DEGREES.items() if cells.number(_of_degree(table, degree))
    ]
    return (*whole, "中，", *joined(counts), "。")


def _of_degree(table: str, degree: Degree) -> Cell:
    return Cell(table, ALL, degree.style)


def _by_rate(cells: SnapshotCells, table: str, measure: str) -> Sentence:
    done = _of_degree(table, Degree.DONE)
    told: list[Sequence[Part]] = []
    if cells.number(done):
        told.append(("完成任务的", done, measure))
    words = "完成率低于"
    for band in BANDS:
        below = Cell(table, ALL, f"below{band}")
        if cells.number(below):
            told.append((words, Own(f"{band}%", OwnKind.BAND), "的", below, measure))
            words = "其中低于"
    if not told:
        highest = Own(f"{BANDS[0]}%", OwnKind.BAND)
        return ("完成率都不低于", highest, "，还没有完成任务的")
    return joined(told, "，")


def _others(cells: SnapshotCells, table: str) -> Sentence:
    unasked = Cell(table, ALL, "unasked")
    if not cells.number(unasked):
        return ()
    return ("另有", unasked, f"{LINES[table][1]}没有下达任务数，不计完成率和位次。")

