"""
A table of counts as somebody sends it, read in a process of its own (`qrgen.apart`): CSV alone.

A row names a unit or a branch, a day, and how many registered, bound or paid there. What is
in a cell is never told: a fault names the line and the column.
"""
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from attribution.faults import Code
from attribution.rule.instants import day_of, parse_instant
from qrgen.shell import Fault
from qrgen.tables.encodings import find_encoding, open_text
from qrgen.texts import fold

COUNTS = ("registered", "bound", "paid")
HEADINGS = {
    "place": ("place", "unit", "branch", "单位", "单位编号", "网点", "支行", "机构"),
    "day": ("day", "date", "日期", "业务日期", "数据日期"),
    "registered": ("registered", "注册", "注册数", "注册人数", "注册户数"),
    "bound": ("bound", "绑卡", "绑卡数", "绑卡人数", "绑卡户数"),
    "paid": ("paid", "交易", "交易数", "交易人数", "首笔交易人数"),
}
# More than a year of every line and branch of a county.
MOST_ROWS = 100_000
_NUMBER = re.compile(r"[0-9]{1,9}")

# Line, place as written, day as yyyymmdd, and the counts; or line and the column at fault.
PlainRow = tuple[int, str, int, int | None, int | None, int | None]


def plain_rows(path: str) -> Iterator[PlainRow | tuple[int, str]]:
    """
    Yield the rows of the file at *path*, in order.

    Raises:
        Fault: the file as a whole cannot be read.
    """
    file = Path(path)
    reader = csv.reader(_text(file).splitlines(), strict=True)
    try:
        heading = [fold(cell) for cell in next(reader, [])]
        places = {
            field: next((heading.index(name) for name in names if name in heading), None)
            for field, names in HEADINGS.items()
        }
        counted = [places[name] for name in COUNTS]
        if places["place"] is None or places["day"] is None or not any(
            place is not None for place in counted
        ):
            raise Fault(Code.COUNTS_MISSING, file=file)
        for number, cells in enumerate(reader):
            if number == MOST_ROWS:
                raise Fault(Code.FEED_LONG, file=file, most=MOST_ROWS)
            if any(cell.strip() for cell in cells):
                yield _row(reader.line_num, [fold(cell) for cell in cells], places)
    except csv.Error:
        raise Fault(Code.COUNTS_MISSING, file=file) from None


def _row(
    line: int, cells: list[str], places: dict[str, int | None]
) -> PlainRow | tuple[int, str]:
    def cell(field: str) -> str:
        place = places[field]
        return cells[place] if place is not None and place < len(cells) else ""

    if not cell("place"):
        return line, "place"
    try:
        text = cell("day")
        if re.fullmatch(r"[0-9]{8}", text):
            text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        day = day_of(parse_instant(text))
    except ValueError:
        return line, "day"
    counts: list[int | None] = []
    for field in COUNTS:
        text = cell(field).replace(",", "")
        if text and not _NUMBER.fullmatch(text):
            return line, field
        counts.append(int(text) if text else None)
    return line, cell("place")[:80], day, counts[0], counts[1], counts[2]


def _text(path: Path) -> str:
    with open_text(path, find_encoding(path)) as file:
        return file.read()
