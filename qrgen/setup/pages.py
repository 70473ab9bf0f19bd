"""
The tables of a web page, which offices get by copying, or as a file that is called .xls.

Only cells and their spans are read: no script runs, nothing is fetched.
"""
from html.parser import HTMLParser

from qrgen.setup.fault_codes import Code
from qrgen.setup.grids import MOST_COLUMNS, MOST_ROWS, Grid
from qrgen.shell import Fault
from qrgen.tables.cells import Area
from qrgen.texts import clean, clean_lines

_BREAKS = {"br", "p", "div", "li"}
_UNSEEN = {"script", "style", "head", "title"}


def grids_of_page(text: str) -> list[Grid]:
    """
    Return the tables of the page *text* that have more than one row.

    Raises:
        Fault: There is none.
    """
    reader = _Tables()
    reader.feed(text)
    reader.close()
    grids = [grid for grid in reader.grids if len(grid.rows) > 1]
    if not grids:
        raise Fault(Code.NO_TABLE, file="")
    return grids


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.grids: list[Grid] = []
        self._text: list[str] | None = None
        self._unseen = 0
        self._row = 0
        self._span = (1, 1)
        self._taken: set[tuple[int, int]] = set()  # places that a merged cell covers
        self._outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "table":
            self._end_cell()
            self.grids.append(Grid("", above=[line for t in self._outside if (line := clean(t))]))
            self._row, self._taken, self._outside = 0, set(), []
        elif tag == "tr":
            self._end_cell()
            self._row += 1
        elif tag in ("td", "th") and self.grids:
            self._end_cell()
            self._row = max(1, self._row)
            self._span = (_span(told.get("rowspan")), _span(told.get("colspan")))
            self._text = []
        elif tag in _BREAKS and self._text is not None:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._text is not None:
            # Line breaks in the source are blanks on the page.
            self._text.append(data.replace("\n", " "))
        else:
            self._outside.append(data)

    def _end_cell(self) -> None:
        if self._text is None:
            return
        text, self._text = clean_lines("".join(self._text)), None
        grid = self.grids[-1]
        column = 0
        while (self._row, column) in self._taken:
            column += 1
        down, right = self._span
        if self._row > MOST_ROWS or column + right > MOST_COLUMNS:
            return
        self._taken.update(
            (row, at) for row in range(self._row, self._row + down)
            for at in range(column, column + right)
        )
        if down * right > 1:
            bottom = self._row + down - 1
            grid.merged.append(Area(self._row, column, bottom, column + right - 1))
        if text:
            cells = grid.rows.setdefault(self._row, [])
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text


def _span(told: str | None) -> int:
    return min(int(told), 1000) if told and told.isdecimal() and int(told) else 1
