"""
A table of counts as somebody sends it: which unit or branch, which day, how many.

Read by the one reader of tables (`plain_tables`). A branch whose name stands in one merged cell
is meant in all its rows; totals are compared with what was read, and are no branch. What is in a
cell is never told: a fault names the line and the column.
"""
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from attribution.facts import plain_tables
from attribution.facts.feed_notes import Note, note
from attribution.facts.feed_values import PLACEHOLDER, NotRead, TimeColumn, time_of
from attribution.faults import Code
from attribution.rule.stated import VOID, day
from qrgen.shell import Fault
from qrgen.texts import fold

COUNTS = ("registered", "bound", "paid")
HEADINGS = {
    "place": ("unit", "branch", "单位", "单位编号", "网点", "支行", "机构"),
    "day": ("date", "日期", "业务日期", "数据日期"),
    "registered": ("注册", "注册数", "注册人数", "注册户数"),
    "bound": ("绑卡", "绑卡数", "绑卡人数", "绑卡户数"),
    "paid": ("交易", "交易数", "交易人数", "首笔交易人数"),
}
_NUMBER = re.compile(r"[0-9]{1,9}")
_DAY = TimeColumn("as_of")


class CountRow(NamedTuple):
    """What was counted at a place, as it is written, in a day (yyyymmdd)."""

    line: int
    place: str
    day: int
    counts: tuple[int | None, ...]


class BadCount(NamedTuple):
    """A row that cannot be read, and in which column."""

    line: int
    column: str


def rows_of(path: Path) -> Iterator[CountRow | BadCount | Note]:
    """
    Yield the rows of the table at *path*, and what was passed over.

    Raises:
        Fault: the file as a whole cannot be read.
    """
    sums, found = dict.fromkeys(COUNTS, 0), False
    try:
        for row in plain_tables.read(
            path, HEADINGS, ("place", "day"), merged=("place", "day"), totals=True
        ):
            if isinstance(row, Note):
                yield row
            elif isinstance(row, Fault):
                yield BadCount(row.data["line"], "place")
            else:
                if not found and not any(name in row.texts for name in COUNTS):
                    raise Fault(Code.COUNTS_MISSING, file=path)
                found = True
                made = _row(row, sums)
                if isinstance(made, CountRow):
                    for name, count in zip(COUNTS, made.counts, strict=True):
                        sums[name] += count or 0
                yield made
    except Fault as fault:
        if fault.code is Code.TABLE_COLUMNS:
            raise Fault(Code.COUNTS_MISSING, file=path) from None
        raise


def _row(row: plain_tables.PlainTableRow, sums: dict[str, int]) -> CountRow | BadCount | Note:
    counts: list[int | None] = []
    for name in COUNTS:
        text = fold(row.texts.get(name, "")).replace(",", "")
        text = text.removesuffix(".0") if _NUMBER.fullmatch(text.removesuffix(".0")) else text
        if text and not _NUMBER.fullmatch(text):
            return BadCount(row.line, name)
        counts.append(int(text) if text else None)
    if row.is_total:
        for name, count in zip(COUNTS, counts, strict=True):
            if count not in (None, sums[name]):
                return BadCount(row.line, name)
        return note(Code.NOTE_TOTAL, line=row.line)
    place = fold(row.texts["place"])
    if not place or len(place) > 80 or place == plain_tables.BROKEN:
        return BadCount(row.line, "place")
    try:
        when = time_of(row.texts["day"], _DAY, lambda _: None)
    except NotRead:
        when = None
    if when in (None, VOID, PLACEHOLDER):
        return BadCount(row.line, "day")
    assert when is not None
    return CountRow(row.line, place, day(when), tuple(counts))
