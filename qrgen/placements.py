"""
Reading ``placements.csv``: which walls, which members of staff a unit wants codes of its own for.

A placement is part of the code, so scans and claims tell them apart; what they earn is the
unit's. The file is optional.
"""
import csv
import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from qrgen.campaign import Placement, Problem, Unit
from qrgen.codes import Code
from qrgen.files import read_text
from qrgen.fonts import glyph_check
from qrgen.shapes import id_or_shape, shape_of
from qrgen.shell import Fault

FILE = "placements.csv"
COLUMNS = {
    "unit": ("编号", "单位", "单位编号"),
    "number": ("张贴点", "序号"),
    "label": ("名称", "位置", "张贴位置"),
}


def read_placements_file(
    folder: Path, units: Sequence[Unit], problems: list[Problem]
) -> tuple[Placement, ...]:
    """Return the placements in *folder*, in order, and add what is wrong to *problems*."""
    path = folder / FILE
    if not path.is_file():
        return ()
    try:
        text = read_text(path)
    except Fault as fault:
        problems.append(Problem(FILE, 1, fault.cause, fault.hint or "save it as CSV UTF-8"))
        return ()
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count))
    known = {word: name for name, words in COLUMNS.items() for word in (name, *words)}
    names: list[str] | None = None
    words = {
        word: unit for unit in units for word in (unit.id, unit.name, *unit.aliases) if word
    }
    seen: dict[tuple[str, str], int] = {}
    made: list[Placement] = []
    missing_glyphs = glyph_check(folder)

    def problem(line: int, cause: str, remedy: str) -> None:
        problems.append(Problem(FILE, line, cause, remedy))

    for raw in reader:
        line = reader.line_num
        cells = [cell.strip(" \t\r\n\u3000\u00a0\u200b\ufeff") for cell in raw]
        if not any(cells):
            continue
        if names is None:
            names = [known.get(cell.lower(), "") for cell in cells]
            if missing := [name for name in COLUMNS if name not in names]:
                problem(
                    line,
                    f"column {missing[0]} is missing",
                    f"the first line names the columns: {','.join(COLUMNS)}",
                )
                return ()
            continue
        row = dict(zip(names, cells, strict=False))
        unit = words.get(row.get("unit", ""))
        number = unicodedata.normalize("NFKC", row.get("number", "")).upper()
        label = row.get("label", "")
        if unit is None:
            problem(
                line,
                f"unit {id_or_shape(row.get('unit', ''))} is no unit of units.csv",
                "write the unit's id or its name",
            )
            continue
        try:
            Code(unit.id, 1, number)
        except ValueError:
            problem(
                line,
                f"number is no placement, but {shape_of(row.get('number', ''))}",
                "one to four digits or letters without I, L, O, U: 1, 2, 3",
            )
            continue
        if (first := seen.setdefault((unit.id, number), line)) != line:
            problem(
                line,
                f"{unit.id} has number {number} already on line {first}",
                "numbers are printed on paper, so each is used once: take the next free one",
            )
            continue
        if not label.isprintable() or len(label) > 20:
            shape = shape_of(label)
            problem(line, f"the label is too long to print: {shape}", "20 letters at most")
            continue
        if lost := missing_glyphs(label):
            problem(line, f"the label has letters no font can print: {lost}", "correct it")
            continue
        made.append(Placement(unit.id, number, label, line))
    return tuple(made)
