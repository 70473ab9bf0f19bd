"""
Workbooks as the office sends them: set up for print, real numbers, the same bytes each time.

Made whole in memory, by XlsxWriter: what a unit or a county's table has is some hundred rows. (A
download of a million streams instead: `reports.xlsx`.)
"""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timezone
from decimal import Decimal
from io import BytesIO
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from attribution.reports.spreadsheets import letters, safe_text
from attribution.rule.instants import Instant, to_datetime

FONT = "宋体"

_CELLS: Mapping[str, Mapping[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "told": {"font_size": 10, "font_color": "#444444", "text_wrap": True, "valign": "top"},
    "heading": {
        "bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter",
        "bg_color": "#E8EEF4",
    },
    "source": {
        "font_size": 8, "font_color": "#444444", "border": 1, "text_wrap": True,
        "valign": "top",
    },
    "text": {"border": 1, "valign": "vcenter", "text_wrap": True},
    "word": {"border": 1, "valign": "vcenter", "align": "center"},
    "count": {"border": 1, "valign": "vcenter", "num_format": "#,##0"},
    "rate": {"border": 1, "valign": "vcenter", "num_format": "0.00"},
}


@dataclass(frozen=True)
class PaperColumn:
    """
    A column: its *heading*, its *kind*, its *width* in narrow letters.

    A *kind* is ``text``, ``word`` (short, in the middle), ``count``, ``rate`` (two places), or
    ``figure``: any of these, as the value is.
    """

    heading: str
    kind: str = "text"
    width: float = 10


@dataclass(frozen=True)
class PaperSheet:
    """
    One sheet.

    Args:
        told: Lines between the title and the table.
        sources: Where each column's rows are listed; empty for no such row.
        bold: How many rows at the top are sums.
        fixed: How many columns stay where one scrolls.
        large: For A3; else for A4.
    """

    name: str
    title: str
    told: Sequence[str]
    columns: Sequence[PaperColumn]
    rows: Sequence[Sequence[Any]]
    sources: Sequence[str] = ()
    bold: int = 0
    fixed: int = 0
    large: bool = False


def made(title: str, at: Instant, sheets: Iterable[PaperSheet]) -> bytes:
    """Return the workbook of *sheets*; *at* stands in it as when it was made."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False,
                                      "strings_to_urls": False})
    book.set_properties({
        "title": title,
        "created": to_datetime(at).astimezone(timezone.utc).replace(tzinfo=None, microsecond=0),
    })
    formats = {
        (name, bold): book.add_format({
            "font_name": FONT, "font_size": 11, **cell, **({"bold": True} if bold else {}),
        })
        for name, cell in _CELLS.items() for bold in (False, True)
    }
    for sheet in sheets:
        _write(book.add_worksheet(sheet.name), sheet, formats)
    book.close()
    return file.getvalue()


def _write(page: Worksheet, sheet: PaperSheet, formats: Mapping[tuple[str, bool], Format]) -> None:
    last = max(len(sheet.columns) - 1, 0)
    page.set_paper(8 if sheet.large else 9)
    page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    page.fit_to_pages(1, 0)
    page.set_footer("&L&8&A&R&8第 &P 页，共 &N 页")
    if len(sheet.columns) > 6:
        page.set_landscape()
    page.set_row(0, 24)
    page.write_string(0, 0, sheet.title, formats["title", False])
    widths = [column.width for column in sheet.columns]
    for place, line in enumerate(sheet.told, 1):
        if last:
            page.merge_range(place, 0, place, last, line, formats["told", False])
        else:
            page.write_string(place, 0, line, formats["told", False])
        page.set_row(place, _height([line], [sum(widths)], 10))
    head = 1 + len(sheet.told)
    for place, column in enumerate(sheet.columns):
        page.set_column(place, place, column.width)
        page.write_string(head, place, column.heading, formats["heading", False])
    page.set_row(head, _height([column.heading for column in sheet.columns], widths, 11))
    below = head + 1
    if sheet.sources:
        page.set_row(below, _height(sheet.sources, widths, 8))
        for place, source in enumerate(sheet.sources):
            page.write_string(below, place, source, formats["source", False])
        below += 1
    for place, row in enumerate(sheet.rows):
        page.set_row(below + place, _height(row, widths, 11))
        for across, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            kind = _kind(value) if column.kind == "figure" else column.kind
            _cell(page, below + place, across, value, formats[kind, place < sheet.bold])
    if sheet.columns:
        page.freeze_panes(below, sheet.fixed)
        page.repeat_rows(head, below - 1)
        page.print_area(0, 0, below + max(len(sheet.rows) - 1, 0), last)


def _kind(value: Any) -> str:
    return "rate" if isinstance(value, Decimal) else "count" if isinstance(value, int) else "word"


def _height(texts: Sequence[Any], widths: Sequence[float], points: int) -> float:
    """Return how high a row is: no program makes room for what wraps when it opens the file."""
    lines = max((
        ceil(letters(str(text)) * points / 11 / max(width - 1, 1))
        for text, width in zip(texts, widths, strict=True) if isinstance(text, str)
    ), default=1)
    return max(lines, 1) * points * 1.4 + 1


def _cell(page: Worksheet, row: int, column: int, value: Any, cell: Format) -> None:
    if value is None or value == "":
        page.write_blank(row, column, None, cell)
    elif isinstance(value, int | Decimal):
        page.write_number(row, column, value, cell)
    else:
        page.write_string(row, column, safe_text(str(value)), cell)
