"""
The cells of a snapshot: every number a paper may say, by the table, line and column it stands in.

A number in a sentence is not a text but a `Cell`, told only here. So a paper cannot say what its
snapshot does not, and of every figure in it one can ask where it comes from.
"""
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from attribution.reports import progress
from attribution.reports.figures import Figures
from attribution.reports.lines import Line, ProgressTable
from attribution.reports.pace import Degree
from attribution.rule.instants import date_of, to_datetime
from attribution.rule.unit_history import UnitOn

# The tables of units, by the name that cells have, in Chinese.
TABLES = {
    "areas": "乡镇（社区）表", "banks": "银行表", "lines": "网点表", "departments": "部门表",
}
# A line of a table that is of no unit: its sum; what no other line has; and the table itself.
TOTAL, REST, ALL = "total", "rest", "all"

# Per cent of the target below which a line is counted apart.
BANDS = (80, 70)

COLUMNS = {
    "name": "名称", "note": "备注", "target": "任务数", **progress.STEPS, "effective": "完成数",
    "rate": "完成率", "rank": "位次", "tied": "并列的个数", "gap": "与时间进度相差", "left": "还差",
    "fresh": "本时段新增", "earlier": "上时段新增", "more": "比上时段增减", "corrected": "更正数",
    "lines": "个数", "asked": "有任务数的个数", "unasked": "没有任务数的个数", "zero": "为零的个数",
    "late": "滞后的个数",
    **{degree.style: f"{degree.word}的个数" for degree in Degree if degree.word},
    **{f"below{band}": f"完成率低于{band}%的个数" for band in BANDS},
    "title": "活动名称", "short_title": "活动简称", "document": "文号", "issuer": "发文机关",
    "first": "开始日", "last": "结束日", "settled": "结算日",
    "days": "总天数", "elapsed": "已过天数", "remaining": "剩余天数", "share": "时间进度",
    "since": "本时段首日", "until": "本时段末日", "before": "上时段首日",
    "before_last": "上时段末日", "at": "截至",
}


@dataclass(frozen=True, order=True)
class Cell:
    """The number in the *column* of a *line* of a *table*."""

    table: str
    line: str
    column: str


@dataclass(frozen=True)
class Value:
    """
    What stands in a cell: its *text*, and its *number* where it is one.

    Args:
        unit: What it is a number of: ``%``, ``点`` (percentage points), ``位``, ``人``, ``次``,
            ``个`` (lines of a table) or ``天``.
    """

    text: str
    number: Decimal | None = None
    unit: str = ""


class Unbound(LookupError):
    """No cell of the snapshot."""


class SnapshotCells:
    """All cells of *figures*."""

    def __init__(self, figures: Figures):
        self.figures = figures
        self.tables: Mapping[str, ProgressTable] = {
            name: _table(figures, name, "steps") for name in TABLES
        }
        self._values = dict(self._made())

    def __getitem__(self, cell: Cell) -> Value:
        try:
            return self._values[cell]
        except KeyError:
            raise Unbound(cell) from None

    def __contains__(self, cell: Cell) -> bool:
        return cell in self._values

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._values)

    def number(self, cell: Cell) -> Decimal:
        """Return the number in *cell*; nothing stands for 0."""
        found = self._values.get(cell)
        return Decimal(0) if found is None or found.number is None else found.number

    def told(self, cell: Cell) -> str:
        """Say in Chinese which cell it is."""
        if cell.table not in TABLES:
            return COLUMNS[cell.column]
        line = {
            TOTAL: "合计", REST: "其他", ALL: "",
        }.get(cell.line) if cell.line in (TOTAL, REST, ALL) else self[
            Cell(cell.table, cell.line, "name")
        ].text
        return "·".join(filter(None, (TABLES[cell.table], line, COLUMNS[cell.column])))

    def _made(self) -> Iterator[tuple[Cell, Value]]:
        yield from _campaign(self.figures)
        for name, table in self.tables.items():
            fresh, earlier = (
                {_key(line): line for line in _lines(_table(self.figures, name, of))}
                for of in ("fresh", "earlier")
            )
            tied = Counter(line.rank for line in table.lines if line.rank is not None)
            for line in _lines(table):
                key = _key(line)
                columns = dict(_line(
                    line, self.figures.share, fresh.get(key), earlier.get(key),
                    tied.get(line.rank or 0, 0),
                ))
                yield from ((Cell(name, key, column), v) for column, v in columns.items())
            for column, n in _counts(table, self.figures.share).items():
                yield Cell(name, ALL, column), _count(n, "个")


def _table(figures: Figures, name: str, of: str) -> ProgressTable:
    if name == "areas":
        return figures.areas(of=of)
    if name == "banks":
        return figures.banks(of=of)
    return figures.of_units({"lines": "line", "departments": "department"}[name], of=of)


def _lines(table: ProgressTable) -> list[Line]:
    others = [] if table.rest is None or table.rest in table.lines else [table.rest]
    return [table.total, *table.lines, *others]


def _key(line: Line) -> str:
    return line.key or (REST if line.rest else TOTAL)


def _line(
    line: Line, share: Decimal, fresh: Line | None, earlier: Line | None, tied: int
) -> Iterator[tuple[str, Value]]:
    yield "name", Value(line.name)
    if line.note:
        yield "note", Value(line.note)
    for step in progress.STEPS:
        yield step, _count(line.counts.get(step, 0), "次" if step == "scan" else "人")
    if line.target is not None:
        yield "target", _count(line.target)
        yield "left", _count(max(line.target - line.counts.get("effective", 0), 0))
    rate, gap = line.rate, line.gap(share)
    if rate is not None and gap is not None:
        yield "rate", _per_cent(rate)
        yield "gap", Value(_plain(abs(gap)), abs(gap), "点")
    if line.rank is not None:
        yield "rank", Value(str(line.rank), Decimal(line.rank), "位")
        yield "tied", _count(tied, "个")
    now, then = (
        0 if of is None else of.counts.get("effective", 0) for of in (fresh, earlier)
    )
    # Corrections may take more than came: the sentence says so, and the number has no sign.
    yield "fresh", Value(str(abs(now)), Decimal(now), "人")
    yield "earlier", Value(str(abs(then)), Decimal(then), "人")
    yield "more", _count(abs(now - then))
    yield "corrected", _count(abs(fresh.corrected if fresh else 0))


def _counts(table: ProgressTable, share: Decimal) -> dict[str, int]:
    lines = [line for line in table.lines if not line.rest]
    asked = [line for line in lines if line.rate is not None]
    degrees = Counter(line.degree(share) for line in asked)
    return {
        "lines": len(lines), "asked": len(asked), "unasked": len(lines) - len(asked),
        "zero": sum(not line.counts.get("effective", 0) for line in lines),
        "late": degrees[Degree.BEHIND] + degrees[Degree.FAR],
        **{degree.style: degrees[degree] for degree in Degree if degree is not Degree.NONE},
        **{f"below{band}": sum(line.rate < band for line in asked if line.rate is not None)
           for band in BANDS},
    }


def _campaign(figures: Figures) -> Iterator[tuple[Cell, Value]]:
    about = figures.about
    for column in ("title", "short_title", "document", "issuer"):
        yield Cell("campaign", "", column), Value(getattr(about, column))
    for column, moment in (
        ("first", about.start), ("last", about.end - 1), ("settled", about.settle_end)
    ):
        yield Cell("campaign", "", column), Value(day_text(to_datetime(moment).date()))
    pace = figures.pace
    yield Cell("campaign", "", "days"), _count(pace.days, "天")
    yield Cell("campaign", "", "elapsed"), _count(pace.elapsed, "天")
    yield Cell("campaign", "", "remaining"), _count(pace.days - pace.elapsed, "天")
    yield Cell("campaign", "", "share"), _per_cent(pace.share)
    first = figures.first_day
    for column, day in (
        ("since", first), ("until", figures.last_day), ("before", date_of(figures.before)),
        ("before_last", first - timedelta(days=1)),
    ):
        yield Cell("days", "", column), Value(day_text(day))
    yield Cell("days", "", "at"), Value(_hour(figures))


def _hour(figures: Figures) -> str:
    """Tell to the hour up to when *figures* count; a day that is over was counted to its end."""
    made = to_datetime(figures.at)
    if made.date() > figures.last_day:
        return f"{day_text(figures.last_day)}24时"
    minutes = f"{made.minute}分" if made.minute else ""
    return f"{day_text(made.date())}{made.hour}时{minutes}"


def day_text(day: date) -> str:
    """Return *day* as papers write it, without padding (GB/T 9704, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def base_names(units: Mapping[str, UnitOn]) -> dict[str, tuple[str, ...]]:
    """Return what the units are called in a sentence: name -> their ids, longest name first."""
    found: dict[str, list[str]] = {}
    for unit in units.values():
        for name in {unit.name, unit.branch or unit.name}:
            if name:
                found.setdefault(name, []).append(unit.id)
    return {name: tuple(found[name]) for name in sorted(found, key=lambda n: (-len(n), n))}


def _count(number: int, unit: str = "人") -> Value:
    return Value(str(number), Decimal(number), unit)


def _per_cent(share: Decimal) -> Value:
    return Value(f"{_plain(share)}%", share, "%")


def _plain(number: Decimal) -> str:
    """Return *number* with its two places, or without where it is whole."""
    return str(int(number)) if number == int(number) else f"{number:.2f}"
