"""
The two files of a what-if: CSV as its page says, or our own downloads as they left the house.

A download says who somebody is by their first claim, and whom nobody claimed by their place in the
file; that is enough to judge them again, and tells nobody who they are.
"""
import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attribution.faults import Code
from attribution.reports.xlsx import SEAL_SHEET
from qrgen.faults import Fault
from qrgen.files import csv_problem
from qrgen.tables.cells import Cell
from qrgen.tables.opening import sheets

# How our downloads head what is wanted here (`exports.EXPORTS`: claims, attribution).
_OWN = {
    "first_claim": "person", "首次登记流水号": "person", "单位编号": "unit", "登记时间": "at",
    "验证码核实": "verified", "状态": "state", "注册时间": "registered_at",
    "绑卡时间": "card_bound_at", "首笔交易时间": "first_txn_at",
}
_STATES = {"待核查": "held", "已撤回": "withdrawn"}

# Above the headings stands at most what the table is of.
_ABOVE = 2

_ZIP = b"PK"


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """
    Yield the line and the fields of each row of *path*.

    Raises:
        Fault: it cannot be read, or lacks some of *columns*.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _ZIP
        lines = _of_workbook(path) if packed else _of_text(path)
        yield from _read(path, lines, columns)
    except OSError as error:
        raise Fault(Code.WHATIF_UNREADABLE, file=path, reason=error.strerror) from None
    except UnicodeDecodeError:
        raise Fault(Code.WHATIF_NO_TEXT, file=path) from None
    except csv.Error as error:
        raise Fault(Code.WHATIF_NO_CSV, file=path, reason=csv_problem(error)) from None


def _of_text(path: Path) -> Iterator[tuple[int, list[str]]]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
        # Any bytes are some text in it: only our own headings say that it is meant.
        if not any(name in text.partition("\n")[0] for name in _OWN):
            raise
    reader = csv.reader(io.StringIO(text, newline=""))
    for cells in reader:
        if cells:
            yield reader.line_num, cells


def _of_workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    for sheet in sheets(path):
        if sheet.name == SEAL_SHEET:
            continue
        for row in sheet.rows:
            yield row.number, [_text(cell) for cell in row.cells]


def _text(cell: Cell) -> str:
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ", "seconds")
    return "" if cell is None else cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def _read(
    path: Path, lines: Iterable[tuple[int, Sequence[str]]], columns: tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]]]:
    names: list[str] = []
    missing, seen = list(columns), 0
    for line, cells in lines:
        if own := [name for cell in cells if (name := _name(cell))]:
            lacking = [column for column in columns if column not in own]
            if not lacking:  # the headings; of each sheet anew
                names, missing = [_name(cell) for cell in cells], []
                continue
            if not names and seen == 0:
                missing = lacking
        seen += 1
        if not names and seen > _ABOVE:
            break
        if names:
            padded = [*cells, *[""] * (len(names) - len(cells))]
            yield line, _own_row(line, dict(zip(names, padded, strict=False)))
    if missing:
        raise Fault(
            Code.WHATIF_NO_COLUMN, file=path, missing=missing, columns=",".join(columns)
        )


def _name(cell: str) -> str:
    return _OWN.get(cell.strip(), cell.strip())


def _own_row(line: int, row: dict[str, str]) -> dict[str, str]:
    """Return *row* with what our downloads say in their own way as the rule wants it."""
    row["person"] = row.get("person", "").strip().removeprefix("#")
    if "reason_text" in row or "结论" in row:
        # Whom nobody claimed: one row each, and no other row is theirs.
        row["person"] = row["person"] or f"无登记-{line}"
    if state := _STATES.get(row.get("state", "")):
        row[state] = "是"
    return row
