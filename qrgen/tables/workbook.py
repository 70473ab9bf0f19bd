"""
A workbook in the format of ECMA-376 (XLSX, XLSM, and what WPS saves so), sheet by sheet.

What a number means depends on two parts beside the sheet: its style (`formats`) and the calendar,
which in some workbooks begins four years later. Formulas are never worked out.
"""
import datetime as dt
import posixpath
from collections.abc import Iterator
from pathlib import Path

from qrgen.tables.cells import Sheet
from qrgen.tables.formats import BUILT_IN, EPOCH_1900, EPOCH_1904, Kind, kind_of
from qrgen.tables.parts import Attributes, Parts, local
from qrgen.tables.shared import SharedTexts
from qrgen.tables.worksheet import Worksheet

_MOST_SHEETS = 1000


def open_workbook(path: Path) -> Iterator[Sheet]:
    """
    Yield the sheets of the workbook at *path* in the order of its tabs, without charts.

    Raises:
        Fault: It is damaged, locked, or too much.
    """
    parts = Parts(path)
    try:
        book = _Book(parts)
        texts: SharedTexts | None = None
        for name, hidden, part in book.sheets:
            sheet = Sheet(name, hidden, iter(()), epoch=book.epoch)
            texts = texts or SharedTexts(parts, book.texts)
            sheet.rows = Worksheet(
                parts, part, sheet, texts, book.kinds, book.epoch, book.to_calculate
            ).rows()
            yield sheet
    finally:
        parts.close()


class _Book:
    """What stands beside the sheets: their names, the calendar, the styles."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.epoch: dt.datetime = EPOCH_1900
        self.to_calculate = False  # whoever wrote it asks to work out all formulas
        self.sheets: list[tuple[str, bool, str]] = []
        self.kinds: list[Kind] = []
        main = next(
            (target for kind, target in _related(parts, "").values() if kind == "officeDocument"),
            "xl/workbook.xml",
        )
        related = _related(parts, main)
        self.texts = _only(related, "sharedStrings")
        tabs: list[Attributes] = []

        def start(tag: str, attributes: Attributes) -> None:
            if tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                self.epoch = EPOCH_1904
            elif tag == "calcPr" and attributes.get("fullCalcOnLoad") in ("1", "true"):
                self.to_calculate = True
            elif tag == "sheet" and len(tabs) < _MOST_SHEETS:
                tabs.append(attributes)

        parts.read_xml(main, start)
        for tab in tabs:
            number = next((value for key, value in tab.items() if local(key) == "id"), "")
            kind, target = related.get(number, ("", ""))
            if kind == "worksheet":
                shown = tab.get("state", "visible") == "visible"
                self.sheets.append((tab.get("name", ""), not shown, target))
        if (styles := _only(related, "styles")) is not None:
            self._read_styles(styles)

    def _read_styles(self, name: str) -> None:
        codes = dict(BUILT_IN)
        inside: list[str] = []

        def start(tag: str, attributes: Attributes) -> None:
            above = inside[-1] if inside else ""
            inside.append(tag)
            if tag == "numFmt" and above == "numFmts":
                codes[_whole(attributes, "numFmtId")] = kind_of(attributes.get("formatCode", ""))
            elif tag == "xf" and above == "cellXfs":
                number = _whole(attributes, "numFmtId")
                self.kinds.append(codes.get(number, Kind.NUMBER))

        self._parts.read_xml(name, start, lambda _: inside.pop())


def _related(parts: Parts, part: str) -> dict[str, tuple[str, str]]:
    """Return what belongs to *part*: id -> kind and name of the other part."""
    folder, _, file = part.rpartition("/")
    name = posixpath.join(folder, "_rels", f"{file}.rels")
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = kind, target.lstrip("/")

    parts.read_xml(name, start)
    return found


def _only(related: dict[str, tuple[str, str]], wanted: str) -> str | None:
    return next((target for kind, target in related.values() if kind == wanted), None)


def _whole(attributes: Attributes, name: str) -> int:
    text = attributes.get(name, "0")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
