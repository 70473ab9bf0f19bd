"""
A progress pack as a workbook (XLSX), set up for print: what opens in Excel, WPS and LibreOffice.

Cells are numbers wherever there is one, a place among equals too: how it is written is its format.
No text of anybody's becomes a formula; the only formulas are ours, in the row that adds up again.
Nothing in it depends on when it was made: the same tables are the same bytes.
"""
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from attribution.papers.how_named import INTERNAL
from attribution.papers.pack_shown import shown
from attribution.papers.pack_tables import PackCell, PackColumn, PackRow, PackTable
from attribution.reports.pace import Degree

_A4 = 9
_FONT = "宋体"
_HEADED = 3  # title, what it is of, internal

_FORMATS = {
    "count": "#,##0", "signed": "+#,##0;-#,##0;0", "percent": "0.00%",
    "signed_percent": "+0.00%;-0.00%;0.00%", "points": "+0.00;-0.00;0.00", "rank": '"第"0"位"',
}
_TIED = '"并列第"0"位"'
_ADDED = ("count", "signed")
_FILLS = {"total": "#DCE6F1", "head": "#EDF2F8", "rest": "#F5F5F5"}
_LATE, _WELL = "#8F0F17", "#14633A"
_INKS = {
    Degree.FAR: _LATE, Degree.BEHIND: _LATE, Degree.AHEAD: _WELL, Degree.DONE: _WELL,
}

# Letters of Latin width that a column has at least, by its kind; text up to _WIDEST.
_LEAST = {"word": 5, "count": 7, "signed": 6, "percent": 9, "signed_percent": 10, "points": 8,
          "rank": 7}
_WIDEST = {"name": 30, "note": 26, "area": 18}
_LINE = 15.0
# Of the sheet of words.
_NOTES = (18.0, 80.0)


class PackWorkbook:
    """
    Args:
        created: What the file says of when it was made.
        title: Of the whole, in each page's head.
        under: Below each table's title.
        mark: Which snapshot, in each page's head.
    """

    def __init__(self, created: datetime, title: str, under: str, mark: str):
        self._file = BytesIO()
        # In memory, for its own temporary files would be for nothing.
        self._book = xlsxwriter.Workbook(self._file, {"in_memory": True})
        self._book.set_properties({
            "title": title, "subject": mark, "comments": INTERNAL,
            "created": created.replace(tzinfo=None),
        })
        self._title, self._under, self._mark = title, under, mark
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def add(self, table: PackTable) -> None:
        """Add a sheet of *table*: its total, its lines, and the row that adds them up again."""
        sheet = self._sheet(table.name, table.lying)
        widths = [_width(column, table.rows) for column in table.columns]
        self._headed(sheet, table.title, widths)
        top = _HEADED
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, widths[place])
            sheet.write_string(top, place, column.heading, self._format(
                bold=True, align="center", text_wrap=True, bg_color="#C9D7E8",
            ))
        sheet.set_row(top, 2 * _LINE + 4)
        sheet.repeat_rows(top)
        for number, row in enumerate(table.rows, top + 1):
            sheet.set_row(number, _LINE * _lines(table.columns, row) + 3)
            for place, column in enumerate(table.columns):
                self._write(sheet, number, place, column, row)
        self._checked(sheet, table, top + 1)
        frozen = 1 + max(
            (place for place, column in enumerate(table.columns) if column.key == "name"), default=0
        )
        sheet.freeze_panes(top + 1, frozen)

    def add_notes(self, name: str, title: str, notes: Sequence[tuple[str, str]]) -> None:
        """Add a sheet of words: what a thing is, and what there is to say of it."""
        sheet = self._sheet(name, False)
        self._headed(sheet, title, _NOTES)
        for place, width in enumerate(_NOTES):
            sheet.set_column(place, place, width)
        for number, (heading, words) in enumerate(notes, _HEADED):
            sheet.write_string(number, 0, heading, self._format(
                bold=True, valign="top", text_wrap=True
            ))
            sheet.write_string(number, 1, words, self._format(valign="top", text_wrap=True))
            lines = max(map(_needed, (heading, words), _NOTES))
            sheet.set_row(number, _LINE * lines + 3)

    def bytes(self) -> bytes:
        """Close it and return the file."""
        self._book.close()
        return self._file.getvalue()

    def _sheet(self, name: str, lying: bool) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(_A4)
        if lying:
            sheet.set_landscape()
        sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.75)
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        # An & begins a code of the head's own.
        title = self._title.replace("&", "&&")
        sheet.set_header(f"&L&9{title}&C&9{name}&R&9{self._mark}")
        sheet.set_footer(f"&L&9{INTERNAL}&R&9第 &P 页，共 &N 页")
        return sheet

    def _headed(self, sheet: Worksheet, title: str, widths: Sequence[float]) -> None:
        for number, (text, size, bold) in enumerate((
            (f"{self._title}：{title}", 16, True), (self._under, 10, False), (INTERNAL, 10, True),
        )):
            ink = _LATE if text == INTERNAL else "#000000"
            made = self._format(
                border=0, align="center", text_wrap=True, font_size=size, bold=bold,
                font_color=ink,
            )
            sheet.merge_range(number, 0, number, len(widths) - 1, "", made)
            sheet.write_string(number, 0, text, made)
            # No program makes a row of merged cells as high as it must be.
            sheet.set_row(number, size * 1.5 * _needed(text, sum(widths) * 10 / size) + 3)

    def _write(
        self, sheet: Worksheet, number: int, place: int, column: PackColumn, row: PackRow
    ) -> None:
        value = row.cells.get(column.key)
        told: dict[str, Any] = {"bold": row.level in ("total", "head")}
        if fill := _FILLS.get(row.level):
            told["bg_color"] = fill
        if column.key in ("degree", "gap") and (ink := _INKS.get(row.degree)):
            told["font_color"] = ink
        if column.kind == "text":
            told["text_wrap"] = True
            told["indent"] = 1 if row.level == "below" and column.key == "name" else 0
            sheet.write_string(number, place, str(value or ""), self._format(**told))
        elif isinstance(value, str) or value is None:
            sheet.write_string(
                number, place, shown(column, row), self._format(align="center", **told)
            )
        elif column.kind == "word":
            sheet.write_number(number, place, int(value), self._format(align="center", **told))
        else:
            format = _TIED if column.kind == "rank" and row.tied else _FORMATS[column.kind]
            align = "center" if column.kind == "rank" else "right"
            sheet.write_number(
                number, place, _plain(column, value),
                self._format(num_format=format, align=align, **told),
            )

    def _checked(self, sheet: Worksheet, table: PackTable, first: int) -> None:
        """Write the row that adds up again what the total says, where there is one that does."""
        adding = [number for number, row in enumerate(table.rows, first) if row.adds]
        if not adding:
            return
        foot = first + len(table.rows)
        named = next(p for p, column in enumerate(table.columns) if column.kind == "text")
        format = {"italic": True, "bg_color": "#F5F5F5"}
        for place, column in enumerate(table.columns):
            if column.kind in _ADDED:
                letter = xl_col_to_name(place)
                total = sum(_number(row.cells.get(column.key)) for row in table.rows if row.adds)
                sheet.write_formula(
                    foot, place, f"=SUM({_ranges(letter, adding)})",
                    self._format(num_format=_FORMATS[column.kind], align="right", **format), total,
                )
            else:
                words = "核对：各行相加" if place == named else ""
                sheet.write_string(foot, place, words, self._format(**format))
        sheet.set_row(foot, _LINE + 3)

    def _format(self, **told: Any) -> Format:
        told = {
            "font_name": _FONT, "font_size": 10, "border": 1, "valign": "vcenter", **told
        }
        key = tuple(sorted(told.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(dict(key))
        return self._made[key]


def _plain(column: PackColumn, value: PackCell) -> float:
    """Return *value* as a spreadsheet has it: of rates it has the share, and shows per cents."""
    number = value if isinstance(value, Decimal) else Decimal(_number(value))
    return float(number / 100 if column.kind in ("percent", "signed_percent") else number)


def _number(value: PackCell) -> int:
    return value if isinstance(value, int) else 0


def _ranges(letter: str, numbers: Sequence[int]) -> str:
    """Return the cells of rows *numbers* (from 0, in order), rows in a run as one range."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(
        f"{letter}{one + 1}" if one == other else f"{letter}{one + 1}:{letter}{other + 1}"
        for one, other in runs
    )


def _width(column: PackColumn, rows: Sequence[PackRow]) -> float:
    # A heading of four characters stands in two lines, as headings of papers do.
    least = max(_LEAST.get(column.kind, 8), _letters(column.heading) / 2 + 2)
    needed = max((_letters(shown(column, row)) for row in rows), default=0) + 2
    most = _WIDEST.get(column.key, 60)
    return min(max(least, needed), most) if column.kind == "text" else max(least, needed)


def _lines(columns: Sequence[PackColumn], row: PackRow) -> int:
    """Return how many lines the longest text of *row* takes in its column."""
    return max(
        (
            _needed(shown(column, row) + "  ", _WIDEST.get(column.key, 60))
            for column in columns if column.kind == "text"
        ), default=1,
    )


def _needed(text: str, width: float) -> int:
    """Return in how many lines *text* stands where there is room for *width* Latin letters."""
    return max(ceil(_letters(text) / width), 1)


def _letters(text: str) -> int:
    """Return how many Latin letters *text* is as wide as."""
    return sum(2 if ord(letter) > 0x2000 else 1 for letter in text)
