"""A progress pack's cells in words, as its PDF and its pictures show them."""
from decimal import Decimal

from attribution.papers.pack_tables import PackCell, PackColumn, PackRow

NOTHING = "—"


def shown(column: PackColumn, row: PackRow) -> str:
    """Return what stands in a cell; a sum has no number and no rank, and is no less for it."""
    value = row.cells.get(column.key)
    if value is None:
        bare = column.key in ("number", "rank") and row.level != "line"
        return "" if bare or column.kind == "text" else NOTHING
    if isinstance(value, str):
        return value
    return _number(column.kind, value, row.tied)


def _number(kind: str, value: PackCell, tied: bool) -> str:
    number = Decimal(str(value))
    if kind == "rank":
        return f"并列第{number}位" if tied else f"第{number}位"
    sign = "+" if number and kind in ("signed", "signed_percent", "points") else ""
    percent = "%" if kind.endswith("percent") else ""
    if kind == "word":
        return str(number)
    return f"{number:{sign},}{percent}"
