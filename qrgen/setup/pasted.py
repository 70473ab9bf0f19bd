"""
Text that somebody pasted: cells of Excel or WPS, a table of Markdown, or a document's own lines.

A table copied out of a document often falls apart into lines: one cell a line behind a tab, an
empty line between rows. So stands Attachment 1 in its document.
"""
import csv
import io
import re

from qrgen.setup.columns import Role, role_of
from qrgen.setup.fault_codes import Code
from qrgen.setup.grids import MOST_COLUMNS, MOST_ROWS, Grid
from qrgen.setup.pages import grids_of_page
from qrgen.shell import Fault
from qrgen.texts import clean, clean_lines

_RULE = re.compile(r"\s*\|?[\s:|\-—+=]*\|?\s*")
_CELL = re.compile(r"\t+([^\t]*)\s*")
_WIDE = re.compile(r"\s*(?:\t|[ \u3000]{2,})\s*")


def grids_of(text: str, name: str = "") -> list[Grid]:
    """
    Return the tables in *text*; what stands between them goes above the next.

    Raises:
        Fault: There is none, or it is too long.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    if re.search(r"<(table|tr|td)[\s>]", text, re.IGNORECASE):
        return grids_of_page(text)
    lines = text.split("\n")
    if len(lines) > MOST_ROWS * 4:
        raise Fault(Code.TABLE_TOO_LONG, file=name, most=MOST_ROWS)
    for reader in (_markdown, _fallen_apart, _separated, _in_blocks):
        grid = reader(lines)
        if grid is not None:
            grid.name = name
            return [grid]
    raise Fault(Code.NO_TABLE, file=name)


def is_fallen_apart(text: str) -> bool:
    """Whether *text* is a document whose table fell apart, or has one of Markdown's."""
    lines = text.replace("\r\n", "\n").split("\n")
    return _fallen_apart(lines) is not None or _markdown(lines) is not None


def _markdown(lines: list[str]) -> Grid | None:
    inside = [line for line in lines if line.strip().startswith("|")]
    if len(inside) < 2:
        return None
    grid = Grid("")
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if text.startswith("|"):
            if not _RULE.fullmatch(text):
                cells = text.removeprefix("|").removesuffix("|").split("|")
                grid.rows[number] = [_markdown_cell(cell) for cell in cells[:MOST_COLUMNS]]
        elif clean(text):
            _beside(grid, number, text)
    return grid


def _markdown_cell(cell: str) -> str:
    return clean_lines(re.sub(r"<br\s*/?>", "\n", cell).replace("**", ""))


def _fallen_apart(lines: list[str]) -> Grid | None:
    """One cell a line behind a tab; a row ends where a line is empty or has no tab."""
    blocks: list[tuple[int, list[str]]] = []
    grid = Grid("")
    open_block = False
    for number, line in enumerate(lines, start=1):
        found = _CELL.fullmatch(line)
        if found is None or not clean(line):
            open_block = False
            if clean(line):
                blocks.append((number, []))
            continue
        if not open_block:
            blocks.append((number, []))
            open_block = True
        blocks[-1][1].append(clean(found[1]))
    whole = [cells for _, cells in blocks if len(cells) > 1]
    if len(whole) < 2 or len(whole) * 2 < sum(bool(cells) for _, cells in blocks):
        return None
    for number, cells in blocks:
        if cells:
            grid.rows[number] = cells[:MOST_COLUMNS]
        else:
            _beside(grid, number, lines[number - 1])
    return grid


def _separated(lines: list[str]) -> Grid | None:
    if sum("\t" in line for line in lines) >= 2:
        # As Excel copies: a cell with line breaks stands in quotes.
        try:
            return _numbered(list(csv.reader(io.StringIO("\n".join(lines)), delimiter="\t")))
        except csv.Error:
            return _numbered([line.split("\t") for line in lines])
    for separator in (",", ";", "，", "；"):
        cut = [line for line in lines if line.count(separator) >= 1 and len(line) < 400]
        short = [line for line in cut if re.match(rf"[^{separator}]{{1,20}}{separator}\s*\d", line)]
        if len(short) >= 2:
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=separator))
            return _numbered(rows)
    plain = [line for line in lines if re.match(r"\s*\S{2,20} +[\d.,]+[户万]* +\S", line)]
    if len(plain) >= 2:
        return _numbered([line.split() for line in lines])
    wide = [line for line in lines if _WIDE.search(line.strip())]
    if len(wide) >= 2:
        return _numbered([_WIDE.split(line.strip()) for line in lines])
    return None


def _in_blocks(lines: list[str]) -> Grid | None:
    """One cell a line, rows of the same length, each behind an empty line."""
    grid, block, begin = Grid(""), [], 1  # type: Grid, list[str], int
    for number, line in enumerate([*lines, ""], start=1):
        if clean(line):
            begin = number if not block else begin
            block.append(clean(line))
        elif block:
            if len(block) > 1:
                grid.rows[begin] = block[:MOST_COLUMNS]
            else:
                _beside(grid, begin, block[0])
            block = []
    sizes = [len(cells) for cells in grid.rows.values()]
    if len(sizes) > 1:
        usual = max(sizes, key=lambda size: (sizes.count(size), -size))
        for number, cells in list(grid.rows.items()):
            if len(cells) > usual > 1:
                # A title directly above: the row is what stands last.
                _beside(grid, number, "".join(cells[:-usual]))
                grid.rows[number + len(cells) - usual] = cells[-usual:]
        return grid
    if flat := _flat(lines):
        return flat
    # A department a line.
    told = {number: [clean(line)] for number, line in enumerate(lines, 1) if clean(line)}
    return Grid("", told) if told else None


def _flat(lines: list[str]) -> Grid | None:
    """One cell a line and nothing between rows: as many as there are headings in a row."""
    told = [(number, clean(line)) for number, line in enumerate(lines, 1) if clean(line)]
    roles = [role_of(text, None) if len(text) <= 20 else None for _, text in told]
    for at in range(len(told)):
        size = 0
        while at + size < len(told) and roles[at + size] is not None and size < 8:
            size += 1
        known = roles[at:at + size]
        for width in range(size, 1, -1):
            rows = [told[i:i + width] for i in range(at + width, len(told) - width + 1, width)]
            once = [known[:width].count(role) for role in (Role.AREA, Role.TARGET)]
            if once == [1, 1] and rows and all(
                re.match(r"[\d.,]+", row[known.index(Role.TARGET)][1])
                and not re.match(r"[\d.,]+", row[known.index(Role.AREA)][1]) for row in rows
            ):
                grid = Grid("", {told[at][0]: [text for _, text in told[at:at + width]]})
                for number, text in told[:at]:
                    _beside(grid, number, text)
                for row in rows:
                    grid.rows[row[0][0]] = [text for _, text in row]
                grid.rows = dict(sorted(grid.rows.items()))
                return grid
    return None


def _numbered(rows: list[list[str]]) -> Grid:
    made = Grid("")
    for number, cells in enumerate(rows, start=1):
        told = [clean_lines(cell) for cell in cells[:MOST_COLUMNS]]
        if any(told):
            made.rows[number] = told
    return made


def _beside(grid: Grid, number: int, line: str) -> None:
    """Keep a line of text that is no row: it may be a title, or a note with the unit."""
    grid.rows[number] = [clean(line)]
