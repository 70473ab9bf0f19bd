"""A progress pack as PDF, to be read and signed where nobody opens a workbook."""
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attribution.papers.how_named import INTERNAL
from attribution.papers.pack_shown import shown
from attribution.papers.pack_tables import PackColumn, PackTable
from attribution.papers.typesetting import pdf_of
from attribution.reports.pace import Degree

_TEMPLATE = Path(__file__).parent / "pack.typ"
_INKS = {Degree.AHEAD: "well", Degree.DONE: "well", Degree.BEHIND: "late", Degree.FAR: "late"}
_SIDES = {"text": "left", "word": "center", "rank": "center"}


def write(
    tables: Sequence[PackTable], notes: Sequence[tuple[str, str]], *, title: str, under: str,
    mark: str, author: str,
) -> bytes:
    """
    Return the PDF.

    Args:
        under: Below each table's title.
        mark: Which snapshot, in each page's head.
    """
    return pdf_of(_TEMPLATE, {
        "title": title, "under": under, "mark": mark, "author": author, "internal": INTERNAL,
        "tables": [_table(title, table) for table in tables], "notes": [list(one) for one in notes],
    })


def _table(title: str, table: PackTable) -> dict[str, Any]:
    first = next(column for column in table.columns if column.kind == "text")
    return {
        "name": table.name, "title": f"{title}：{table.title}", "lying": table.lying,
        "columns": [_column(column, column is first) for column in table.columns],
        "rows": [
            {
                "level": row.level, "ink": _INKS.get(row.degree, "plain"),
                "cells": [shown(column, row) for column in table.columns],
            }
            for row in table.rows
        ],
    }


def _column(column: PackColumn, first: bool) -> dict[str, Any]:
    # A name has more room than what became of it, and that more than the area before a name.
    return {
        "heading": column.heading, "align": _SIDES.get(column.kind, "right"),
        "words": column.kind == "text", "first": first,
        "share": {"name": 5, "note": 3, "area": 3}.get(column.key, 4),
        "signed": column.key in ("gap", "degree"),
    }
