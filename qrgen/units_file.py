"""
Reading ``units.csv`` as Excel and WPS leave it behind.

Some damage is harmless and read through (BOM, GB18030, CRLF, blanks around a cell, full-width
digits, empty columns and rows, ``"1,450"``). Some has lost a digit for good (3.60732E+11) and
is reported, for nobody may guess what stood there.
"""
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

from qrgen.campaign import KINDS, MODES, Kind, Mode, Problem, Purpose, Unit, UnitState
from qrgen.fault_codes import Code, UnitWord
from qrgen.fault_json import as_plain
from qrgen.faults import FaultCode
from qrgen.shapes import column_letter, id_or_shape, shape_of
from qrgen.shell import Fault
from qrgen.tables.cells import Cell, Flaw, TableRow
from qrgen.tables.opening import sheets
from qrgen.texts import clean, fold, seen, squeeze

# The column, and what a county may write above it instead.
COLUMNS = {
    "id": ("编号",),
    "kind": ("类别",),
    "name": ("名称", "单位", "单位名称"),
    "target": ("指导任务数", "目标"),
    "issue": ("版次",),
    "official_code": ("区划代码", "统计用区划代码"),
    "area": ("乡镇（社区）", "区域"),
    "bank": ("银行",),
    "branch": ("网点",),
    "sector": ("领域", "服务领域"),
    "mode": ("方式",),
    "link": ("链接",),
    "aliases": ("别名",),
    "purpose": ("用途",),
    "state": ("状态",),
    "successor": ("并入",),
    "revision": ("修订",),
}
_HEADINGS = {fold(word): name for name, words in COLUMNS.items() for word in (name, *words)}
_NEEDED = ("id", "kind", "name")
_KIND_WORDS: dict[str, Kind] = {
    **{kind: kind for kind in KINDS},
    "区域": "area",
    "乡镇": "area",
    "社区": "area",
    "网点": "line",
    "部门": "department",
    "调查点": "department",
    "融资需求调查点": "department",
    "银行": "bank",
}
_PURPOSE_WORDS: dict[str, Purpose] = {
    "": "payment",
    "payment": "payment",
    "支付": "payment",
    "finance": "finance",
    "融资": "finance",
    "融资需求调查点": "finance",
}
# A kind that says what the unit is for, too.
_POINT_WORDS = ("调查点", "融资需求调查点")
_STATE_WORDS: dict[str, UnitState] = {
    "": "active", "active": "active", "在用": "active", "启用": "active",
    "closed": "closed", "已停用": "closed", "停用": "closed",
    "merged": "merged", "已并入": "merged", "并入": "merged",
}
_ID_LETTER = {"area": "A", "line": "N", "department": "D", "bank": "B"}


def read_units_file(
    path: Path, problems: list[Problem], *, workbooks: bool = False
) -> list[Unit]:
    """
    Return the units of *path* in order and add what is wrong with it to *problems*.

    ``area`` and ``bank`` of a line may be given as id, name or alias; they become ids.

    Args:
        workbooks: Whether one is read too (`qrgen.tables.opening.sheets`).
    """
    reader = _Reader(path.name, problems)
    tables: list[tuple[str, list[TableRow]]] = []
    try:
        for sheet in sheets(path, workbooks=workbooks):
            rows: list[TableRow] = []
            tables.append((sheet.name, rows))
            for row in sheet.rows:
                rows.append(row)
    except Fault as fault:
        if not reader.told(path, fault):
            return []
    tables = [(name, rows) for name, rows in tables if rows]
    if len(tables) > 1:
        names = [name for name, _ in tables]
        problems.append(Problem(Code.SHEETS_WITH_ROWS, path.name, 1, sheets=names))
        return []
    return reader.units(tables[0][1] if tables else [])


def plain_units(path: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield what `read_units_file` finds as plain data, for `qrgen.units_apart`."""
    problems: list[Problem] = []
    for unit in read_units_file(Path(path), problems, workbooks=True):
        yield "unit", list(astuple(unit))
    for problem in problems:
        yield "problem", [problem.file, problem.line, as_plain(problem)]


class _Reader:
    def __init__(self, file: str, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems
        self._line = 1
        self._strays: set[int] = set()  # columns of which it is said that they have no heading

    def told(self, path: Path, fault: Fault) -> bool:
        """Tell why the file cannot be read; return whether the rows before that count."""
        if fault.code is Code.NO_SUCH_FILE:
            self._problem(Code.NO_CAMPAIGN_FILE, path=path, name=path.name)
        elif fault.code is Code.TABLE_EMPTY:
            self._problem(Code.FILE_EMPTY, columns=_wanted())
        elif fault.code is Code.TABLE_QUOTES:
            self._line = fault.data["line"]
            self._problem(Code.CSV_UNREADABLE, why=fault.data["problem"])
            return True
        else:
            self._problem(fault.code, **fault.data)
        return False

    def units(self, table: Iterable[TableRow]) -> list[Unit]:
        rows: list[tuple[int, dict[str, str]]] = []
        names: list[str] | None = None
        for row in table:
            self._line = row.number
            cells = [self._text(place, cell) for place, cell in enumerate(row.cells)]
            if not any(cells):
                continue
            if names is None:
                names = self._columns(cells)
                continue
            rows.append((self._line, self._row(names, cells)))
        if names is None:
            self._line = 1
            self._problem(Code.FILE_EMPTY, columns=_wanted())
            return []
        if any(name not in names for name in _NEEDED):
            return []  # said once; every row would only repeat it
        return self._resolved([unit for one in rows if (unit := self._unit(*one))])

    def _text(self, place: int, cell: Cell) -> str:
        if isinstance(cell, Flaw):
            self._problem(Code.CELL_WITHOUT_VALUE, letter=column_letter(place))
        if cell is None or isinstance(cell, Flaw):
            return ""
        if isinstance(cell, dt.date | dt.time):
            return cell.isoformat()
        # A line end or an odd blank inside a name stays, to be told: it would be printed.
        return seen(str(cell)).strip()

    def _columns(self, cells: list[str]) -> list[str]:
        names = [_HEADINGS.get(fold(cell).lower(), "") for cell in cells]
        for place, (cell, name) in enumerate(zip(cells, names, strict=True)):
            if cell and not name:
                self._strays.add(place)
                self._problem(
                    Code.HEADING_UNKNOWN, letter=column_letter(place), shape=shape_of(cell),
                    columns=_wanted(),
                )
        for name in dict.fromkeys(names):
            if name and names.count(name) > 1:
                self._problem(Code.COLUMN_TWICE, column=name)
        for name in _NEEDED:
            if name not in names:
                self._problem(Code.COLUMN_MISSING, column=name, columns=_wanted())
        return names

    def _row(self, names: list[str], cells: list[str]) -> dict[str, str]:
        stray = [
            i for i, c in enumerate(cells)
            if c and (i >= len(names) or not names[i]) and i not in self._strays
        ]
        # Once a column: every row of it would only repeat it.
        self._strays.update(stray)
        if stray:
            letter, shape = column_letter(stray[0]), shape_of(cells[stray[0]])
            self._problem(Code.STRAY_CELL, letter=letter, shape=shape)
        row = dict.fromkeys(COLUMNS, "")
        row.update({name: cell for name, cell in zip(names, cells, strict=False) if name})
        return row

    def _unit(self, line: int, row: dict[str, str]) -> Unit | None:
        self._line = line
        told = row["id"] + row["name"]
        apart = (squeeze(row["id"]), squeeze(row["name"]))  # 合　计
        if any(word in told or word in apart for word in ("合计", "总计")):
            self._problem(Code.TOTALS_ROW)
            return None
        kind = _KIND_WORDS.get(fold(row["kind"]).lower())
        if kind is None:
            self._problem(Code.KIND_UNKNOWN, shape=shape_of(row["kind"]), kinds=KINDS)
            return None
        mode: Mode | None = None
        if row["mode"]:
            if (word := fold(row["mode"]).lower()) in MODES:
                mode = MODES[MODES.index(word)]
            else:
                shape = shape_of(row["mode"])
                self._problem(Code.MODE_UNKNOWN, shape=shape, modes="/".join(MODES))
        purpose = _PURPOSE_WORDS.get(fold(row["purpose"]).lower())
        if purpose == "payment" and fold(row["kind"]) in _POINT_WORDS:
            purpose = "finance"
        if purpose is None:
            self._problem(Code.PURPOSE_UNKNOWN, shape=shape_of(row["purpose"]))
        state = _STATE_WORDS.get(fold(row["state"]).lower())
        if state is None:
            self._problem(Code.STATE_UNKNOWN, shape=shape_of(row["state"]))
        name = row["name"]
        if not name and kind == "line" and row["area"] and row["branch"]:
            name = f"{row['area']}·{row['branch']}"  # completed in _resolved
        return Unit(
            id=self._id(row["id"], kind),
            kind=kind,
            name=name,
            target=self._target(row["target"], kind),
            issue=self._issue(row["issue"]),
            official_code=self._official_code(row["official_code"]),
            area=row["area"] or None,
            bank=row["bank"] or None,
            branch=row["branch"] or None,
            sector=row["sector"] or None,
            mode=mode,
            link=row["link"] or None,
            aliases=tuple(filter(None, map(clean, re.split("[;；、|]", row["aliases"])))),
            purpose=purpose or "payment",
            line_no=line,
            state=state or "active",
            successor=squeeze(row["successor"]) or None,
            revision=int(told) if (told := fold(row["revision"])).isdecimal() else None,
        )

    def _id(self, cell: str, kind: Kind) -> str:
        text = squeeze(cell)
        letter = _ID_LETTER[kind]
        if not text:
            self._problem(Code.ID_EMPTY, letter=letter)
        elif not re.fullmatch(f"{letter}[0-9]{{2,4}}", text):
            self._problem(Code.ID_MALFORMED, id=id_or_shape(cell), letter=letter)
        return text

    def _target(self, cell: str, kind: Kind) -> int | None:
        if not cell:
            if kind in ("area", "line"):
                self._problem(Code.TARGET_EMPTY)
            return None
        number = self._whole_number("target", cell)
        if kind in ("department", "bank"):
            self._problem(Code.TARGET_OF_NONE, kind=UnitWord(kind))
            return None
        if number == 0:
            self._problem(Code.TARGET_ZERO)
        return number or None

    def _issue(self, cell: str) -> int:
        if not cell:
            return 1
        number = self._whole_number("issue", cell)
        if number is None or 1 <= number <= 9999:
            return number or 1
        shown = number if number < 100_000 else shape_of(cell)
        self._problem(Code.ISSUE_OUT_OF_RANGE, issue=shown)
        return 1

    def _official_code(self, cell: str) -> str | None:
        # People protect long numbers from Excel by ="…" or a leading apostrophe.
        text = squeeze(re.sub(r'^(=?"|[\'‘’])|"$', "", cell))
        if not text:
            return None
        if re.fullmatch(r"[0-9](\.[0-9]+)?E\+?[0-9]+", text, re.IGNORECASE):
            self._problem(Code.CODE_ROUNDED)
            return None
        if not re.fullmatch(r"[0-9]{6}|[0-9]{9}|[0-9]{12}", text):
            self._problem(Code.CODE_MALFORMED, shape=shape_of(cell))
            return None
        return text

    def _whole_number(self, column: str, cell: str) -> int | None:
        text = fold(cell)
        if re.fullmatch(r"[0-9]{1,3}([, ][0-9]{3})+(\.0+)?", text):
            text = re.sub("[, ]", "", text)
        if found := re.fullmatch(r"([0-9]{1,7})(\.0+)?", text):
            return int(found[1])
        self._problem(Code.NO_WHOLE_NUMBER, column=column, shape=shape_of(cell))
        return None

    def _resolved(self, units: list[Unit]) -> list[Unit]:
        """Give each unit its position, and turn the names of areas and banks into ids."""
        by_word: dict[tuple[str, str], Unit] = {}
        for unit in units:
            # Without the empty word, which every empty cell would find.
            for word in filter(None, (unit.id, unit.name, *unit.aliases)):
                by_word.setdefault((unit.kind, word), unit)

        by_id = {(unit.kind, unit.id): unit for unit in units}

        def named(kind: Kind, word: str | None) -> Unit | None:
            # As it is written; or an id in full width, with blanks in it. Names are never
            # made alike: two units may differ in one letter.
            found = by_word.get((kind, word or ""))
            return found or by_id.get((kind, squeeze(word or "")))

        made = []
        for position, unit in enumerate(units):
            area, bank = named("area", unit.area), named("bank", unit.bank)
            name = unit.name
            if unit.kind == "line" and area and name == f"{unit.area}·{unit.branch}":
                name = f"{area.name}·{unit.branch}"
            made.append(
                Unit(
                    **{
                        **unit.__dict__,
                        "name": name,
                        # An unknown word stays as it is; the rules name it.
                        "area": area.id if area else unit.area,
                        "bank": bank.id if bank else unit.bank,
                        "position": position,
                    }
                )
            )
        return made

    def _problem(self, code: FaultCode, /, **data: Any) -> None:
        self._problems.append(Problem(code, self._file, self._line, **data))


def _wanted() -> str:
    return ",".join(COLUMNS)
