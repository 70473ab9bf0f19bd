"""
A progress pack as pictures for groups: 1080 wide, no more rows than a phone shows.

A person sends them; nothing here does. Of columns they have those that are read in passing, the
rest is in the workbook beside them.
"""
from collections.abc import Iterator, Sequence

from attribution.papers.how_named import INTERNAL
from attribution.papers.pack_shown import shown
from attribution.papers.pack_tables import PackColumn, PackRow, PackTable
from attribution.reports.pace import Degree
from attribution.reports.progress_picture import PictureColumn, sheets, table_picture

# By the key of a column: what it is called where there is little room.
_COLUMNS = {
    "number": "序号", "name": "名称", "target": "任务", "effective": "有效", "corrected": "更正",
    "fresh": "本时段", "earlier": "上时段", "rate": "完成率", "gap": "进度差", "rank": "位次",
    "units": "单位数", "part": "占比",
}
# A funnel is read on paper.
_NOT_DRAWN = ("漏斗",)
_SIGNS = "，".join(f"{how.sign} {how.word}" for how in Degree if how.word)


def pictures(
    tables: Sequence[PackTable], *, title: str, mark: str, until: str, share: str,
    foot: Sequence[str], checkpoint: str,
) -> Iterator[tuple[str, bytes]]:
    """
    Yield name and PNG of each picture.

    Args:
        mark: Which snapshot; *until*: the last day; *share*: the elapsed time.
        foot: What is said below each.
        checkpoint: The signed head of the log on one line; '' without one.
    """
    for table in tables:
        if table.name in _NOT_DRAWN:
            continue
        # The branches of a bank have a table of their own.
        rows = [row for row in table.rows if row.level != "below"]
        heads = [row for row in rows if row.level in ("total", "head")]
        lines = [row for row in rows if row not in heads]
        columns = [column for column in _columns(table) if _is_told(column, rows)]
        parts = sheets(len(heads), lines)
        for number, part in enumerate(parts, 1):
            which = f"（第{number}张，共{len(parts)}张）" if len(parts) > 1 else ""
            content = table_picture(
                title, f"{table.title}{which} 截至 {until} 时序进度 {share}%",
                [
                    PictureColumn(
                        _heading(column, table), column.kind != "text", column.key == "gap"
                    ) for column in columns
                ],
                [[_cell(column, row) for column in columns] for row in (*heads, *part)],
                len(heads),
                [*foot, f"进度差＝完成率－时序进度（百分点）：{_SIGNS}。", f"{mark}。{INTERNAL}。"],
                f"检查点 {checkpoint}" if checkpoint else "",
            )
            yield f"{table.name}{f'-{number}' if len(parts) > 1 else ''}.png", content


def _columns(table: PackTable) -> list[PackColumn]:
    """Return the columns that are drawn, those of the pace before what is new."""
    order = list(_COLUMNS)
    found = [column for column in table.columns if column.key in order]
    return sorted(found, key=lambda column: order.index(column.key))


def _is_told(column: PackColumn, rows: Sequence[PackRow]) -> bool:
    """Whether anything stands in it: of departments nothing is asked, and little is corrected."""
    if column.key == "corrected":
        return any(row.cells.get(column.key) for row in rows)
    if column.key in ("target", "rate", "gap", "rank"):
        return any(row.cells.get(column.key) is not None for row in rows if row.level == "line")
    return True


def _heading(column: PackColumn, table: PackTable) -> str:
    if column.kind == "text":
        return column.heading
    return _COLUMNS[column.key]


def _cell(column: PackColumn, row: PackRow) -> str:
    text = shown(column, row)
    if column.key == "gap" and row.degree.sign:
        return f"{text} {row.degree.sign}"
    if column.key == "rank":
        return text.replace("第", "").replace("位", "")
    if column.key == "name" and row.cells.get("area"):
        return f"{row.cells['area']}·{text}"
    return text
