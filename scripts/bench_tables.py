"""
What the reader of tables (`qrgen.tables`) takes for a row, beside libraries that read and no more.

Both in one process and one after the other, in core-seconds: ratios that hold on any machine.
"""
import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from qrgen.tables.opening import sheets


def reader_ratios(folder: Path, rows: int) -> dict[str, float]:
    """
    Return how many times as fast the reader is as the csv module, and as calamine with XLSX.

    Below 1 it is slower. The csv module finds neither encoding nor separator, and calamine holds
    the whole sheet; neither makes a row of it.
    """
    text, book = folder / "reader.csv", folder / "reader.xlsx"
    _write(text, book, rows)
    return {
        "reader_csv_vs_csv_module": round(_seconds(_bare_csv, text) / _seconds(_ours, text), 2),
        "reader_xlsx_vs_calamine": round(_seconds(_calamine, book) / _seconds(_ours, book), 2),
    }


def _write(text: Path, book: Path, rows: int) -> None:
    from attribution.reports import xlsx

    def cells() -> Iterator[list[str]]:
        for number in range(rows):
            since = f"{number // 60 % 60:02}:{number % 60:02}"
            day = f"2026-11-{10 + number % 19}"
            yield [f"{10**10 + number}", *(f"{day} {hour:02}:{since}" for hour in (9, 13, 21))]

    heading = ["phone", "registered_at", "card_bound_at", "first_txn_at"]
    with text.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *cells()])
    columns = [[xlsx.text_cell(cell) for cell in column] for column in zip(*cells(), strict=True)]
    with book.open("wb") as out:
        out.writelines(xlsx.stream(xlsx.Layout("表", heading, [20] * 4), [columns]))


def _seconds(read: Callable[[Path], int], path: Path) -> float:
    return min(_once(read, path) for _ in range(3))


def _once(read: Callable[[Path], int], path: Path) -> float:
    began = time.process_time()
    read(path)
    return time.process_time() - began


def _ours(path: Path) -> int:
    return sum(1 for sheet in sheets(path) for _ in sheet.rows)


def _bare_csv(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file))


def _calamine(path: Path) -> int:
    from python_calamine import CalamineWorkbook

    return sum(1 for _ in CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).iter_rows())
