"""
A table as a file, CSV or XLSX, that Excel and WPS open right.

No cell can become a formula (OWASP, CSV injection; ASVS 1.2.10), numbers and times are
what they are, and the mark of the seal meets no program that reads rows.
"""
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from attribution.reports import xlsx
from attribution.reports.exports import Export
from attribution.rule.instants import day_start, local_text, local_texts
from attribution.rule.stated import first, is_day, stated_texts
from attribution.store.engine.database import Columns, height

# What a spreadsheet may take for the start of a formula, full-width forms included.
_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")

_TO_QUOTE = re.compile('[",\r\n]')

# Before the log's signed head in a mark: where the page's foot ends, for it is long.
CHECKPOINT = " · 检查点 "
_CHECKPOINT = re.compile(
    rf"{CHECKPOINT}[^\s+]+ [0-9]{{1,19}} [A-Za-z0-9+/]{{43}}=(?: [A-Za-z0-9+/]{{80,120}}={{0,2}})+"
)
_MARK = re.compile(
    r"封印 [0-9]{1,10} · [0-9]{4}(?:-[0-9]{2}){2} [0-9]{2}(?::[0-9]{2}){2} · (?:SM3 )?[0-9a-f]{16}"
)


def safe_text(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def headings(export: Export, language: str = "zh") -> list[str]:
    """Return the column headings, in Chinese or (``en``) as their keys."""
    return [column.key if language == "en" else column.heading for column in export.columns]


class _Made(dict[Any, str]):
    """
    What *make* makes of values: units, apps, the few over and over, once a file.

    A column whose values are all different must not be kept whole.
    """

    _MOST = 5_000

    def __init__(self, make: Callable[[Any], str]):
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> str:
        made = self._make(value)
        if len(self) < self._MOST:
            self[value] = made
        return made

    def all(self, values: Sequence[Any]) -> list[str]:
        return list(map(self.__getitem__, values))


def write_csv(
    export: Export, blocks: Iterable[Columns], *, encoding: str = "utf-8-sig",
    language: str = "zh", mark: str = "",
) -> Iterator[bytes]:
    """
    Yield *blocks* as CSV: BOM, CRLF, times as ``2022-10-11 09:30:00`` in Shanghai, and what
    is a whole day as ``2022-10-11``.

    Args:
        encoding: ``utf-8-sig`` or ``gb18030`` (for old Excel).
        language: Of the headings. Under Chinese ones, which people open, digits that are no
            number (`Column`, kind digits) stand behind a #: a spreadsheet would cut a row's
            number to 15 digits and the nought off 0123. For programs (``en``) they are bare.
        mark: The seal, and what the table is of. It heads an empty column after the last, so
            that it is in the file and neither a filter, a sum nor a program that reads rows
            meets it.
    """
    names = [_quoted(name) for name in headings(export, language)]
    yield (",".join([*names, *([_quoted(mark)] if mark else [])]) + "\r\n").encode(encoding)
    # The mark of UTF-8 stands at the very start only.
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    before = "#" if language == "zh" else ""
    texts = {column.key: _Made(_csv_text) for column in export.columns}
    for block in blocks:
        columns = [
            _csv_cells(column.kind, block[column.key], before, texts[column.key])
            for column in export.columns
        ]
        if mark:
            columns.append([""] * height(block))
        # Joined here: a third of the time that the csv module takes for the same bytes.
        lines = map(",".join, zip(*columns, strict=True))
        yield ("\r\n".join(lines) + "\r\n").encode(codec)


def _csv_cells(kind: str, values: Sequence[Any], before: str, texts: _Made) -> list[str]:
    if kind == "text":
        return texts.all(values)
    if kind == "time":
        return local_texts(values)
    if kind == "step":
        return stated_texts(values)
    if kind == "day":
        return [_day_text(value) for value in values]
    if kind == "digits":
        return _digits(values, before)
    if set(map(type, values)) <= {int}:
        return list(map(str, values))
    return ["" if value is None else str(value) for value in values]


def _digits(values: Sequence[Any], before: str) -> list[str]:
    if set(map(type, values)) <= {int}:
        return [f"{before}{value}" for value in values]
    return [f"{before}{_csv_text(value)}" if value not in (None, "") else "" for value in values]


def _day_text(value: int | None) -> str:
    return "" if value is None else local_text(day_start(value))[:10]


def _csv_text(value: object) -> str:
    if value is None or type(value) is int:  # a number cannot begin a formula
        return "" if value is None else str(value)
    return _quoted(safe_text(str(value)))


def _quoted(text: str) -> str:
    """Return *text* as a field of CSV (RFC 4180)."""
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def stream_xlsx(
    export: Export, blocks: Iterable[Columns], *, language: str = "zh", mark: str = "",
    about: str = "",
) -> Iterator[bytes]:
    """
    Yield *blocks* as XLSX with real dates and numbers, block by block (`sheets`).

    Args:
        mark: The seal. It stands on a last sheet of its own, in the page's foot when
            printed, and in the file's properties; the table holds nothing but its rows.
        about: What the table is of: period, units, filters. A line above the headings.
    """
    every = iter(blocks)
    first = next(every, None)  # what its columns need is seen in the first page of rows
    layout = xlsx.Layout(
        export.title, headings(export, language),
        [
            _width(column.kind, heading, [] if first is None else first[column.key])
            for column, heading in zip(export.columns, headings(export, language), strict=True)
        ],
        about, mark,
    )
    texts = {column.key: _Made(_xlsx_text) for column in export.columns}
    return xlsx.stream(layout, (
        [
            _xlsx_cells(column.kind, block[column.key], texts[column.key])
            for column in export.columns
        ]
        for block in chain([] if first is None else [first], every)
    ))


# Letters that a column of a kind needs, whatever its heading; of text it is looked at.
_WIDTHS = {"time": 19, "step": 19, "day": 11, "number": 6, "count": 9, "rate": 9}
_WIDEST = 48
_LOOKED_AT = 200


def _width(kind: str, heading: str, values: Sequence[Any]) -> float:
    """Return how wide a column is: its heading with the filter's button, and its cells."""
    if kind in _WIDTHS:  # a heading may stand in two lines
        return max(_WIDTHS[kind], letters(heading) // 2 + 4) + 1.5
    needed = [4, letters(heading) + 3]
    if values:
        needed += [letters(str(value or "")) for value in values[:_LOOKED_AT]]
    return min(max(needed), _WIDEST) + 1.5


def letters(text: str) -> int:
    """Return how many narrow letters *text* is as wide as."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _xlsx_cells(kind: str, values: Sequence[Any], texts: _Made) -> list[str]:
    if kind == "text":
        return texts.all(values)
    if kind == "digits":  # each row has its own
        return [_xlsx_text(value) for value in values]
    make = _MAKERS[kind]
    return ["" if value is None else make(value) for value in values]


def _xlsx_text(value: object) -> str:
    return "" if value is None or value == "" else xlsx.text_cell(safe_text(str(value)))


_MAKERS: dict[str, Callable[[Any], str]] = {
    "number": xlsx.number_cell, "count": xlsx.count_cell,
    "day": lambda day: xlsx.day_cell(day_start(day)),
    "rate": xlsx.rate_cell, "time": xlsx.time_cell,
    "step": lambda step: (xlsx.day_cell if is_day(step) else xlsx.time_cell)(first(step)),
}


def mark_in(path: Path) -> str:
    """Return the seal that *path* says it was exported after, or ''. Proves nothing."""
    return _first_in(path, _MARK)


def checkpoint_in(path: Path) -> str:
    """Return the log's signed head that *path* says it was exported under, on one line, or ''."""
    return _first_in(path, _CHECKPOINT).removeprefix(CHECKPOINT)


def _first_in(path: Path, what: "re.Pattern[str]") -> str:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book, book.open("docProps/core.xml") as core:
                head = core.read(1 << 16)  # not all of it: the file may be anybody's
        else:
            with path.open("rb") as file:
                head = file.read(1 << 16)
    except (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return ""
    for encoding in ("utf-8", "gb18030"):
        if match := what.search(head.decode(encoding, "ignore")):
            return match[0]
    return ""
