"""
Reading ``placements.csv``: which walls, which members of staff a unit wants codes of its own for.

A placement is part of the code, so scans and claims tell them apart; what they earn is the
unit's. The file is optional.
"""
import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qrgen import fault_codes
from qrgen.campaign import Placement, Problem, Unit
from qrgen.codes import Code
from qrgen.faults import FaultCode
from qrgen.files import read_text
from qrgen.fonts import glyph_check
from qrgen.shapes import id_or_shape, shape_of
from qrgen.shell import Fault
from qrgen.texts import clean_lines, fold, squeeze

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
        problems.append(Problem(fault.code, FILE, 1, **fault.data))
        return ()
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=head.count))
    known = {fold(word): name for name, words in COLUMNS.items() for word in (name, *words)}
    names: list[str] | None = None
    words = {
        word: unit for unit in units for word in (unit.id, unit.name, *unit.aliases) if word
    }
    seen: dict[tuple[str, str], int] = {}
    made: list[Placement] = []
    missing_glyphs = glyph_check(folder)

    def problem(line: int, code: FaultCode, /, **data: Any) -> None:
        problems.append(Problem(code, FILE, line, **data))

    for raw in reader:
        line = reader.line_num
        cells = [clean_lines(cell) for cell in raw]
        if not any(cells):
            continue
        if names is None:
            names = [known.get(fold(cell).lower(), "") for cell in cells]
            if missing := [name for name in COLUMNS if name not in names]:
                columns = ",".join(COLUMNS)
                problem(line, fault_codes.Code.COLUMN_MISSING, column=missing[0], columns=columns)
                return ()
            continue
        row = dict(zip(names, cells, strict=False))
        named = row.get("unit", "")
        unit = words.get(named) or words.get(squeeze(named))
        number = squeeze(row.get("number", "")).upper()
        label = row.get("label", "")
        if unit is None:
            problem(line, fault_codes.Code.PLACEMENT_OF_NONE, unit=id_or_shape(named))
            continue
        try:
            Code(unit.id, 1, number)
        except ValueError:
            problem(line, fault_codes.Code.NO_PLACEMENT, shape=shape_of(row.get("number", "")))
            continue
        if (first := seen.setdefault((unit.id, number), line)) != line:
            problem(
                line, fault_codes.Code.PLACEMENT_TWICE, unit=unit.id, number=number, first=first
            )
            continue
        if not label.isprintable() or len(label) > 20:
            problem(line, fault_codes.Code.LABEL_TOO_LONG, shape=shape_of(label))
            continue
        if lost := missing_glyphs(label):
            problem(line, fault_codes.Code.LABEL_GLYPHS, letters=lost)
            continue
        made.append(Placement(unit.id, number, label, line))
    return tuple(made)
