"""
What was understood of a table, in rows that somebody can correct and hand back.

A page shows `Draft.rows`, takes them back as typed, and asks `qrgen.setup.understanding` again;
nothing is found out twice, and nothing that was typed is lost. All is plain data: a draft is kept
as JSON (`Draft.as_plain`).
"""
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from qrgen.fault_json import as_plain, from_plain
from qrgen.faults import FaultCode, Said
from qrgen.setup.fault_codes import Code
from qrgen.shapes import column_letter

Weight = Literal["note", "question", "problem"]


@dataclass(frozen=True)
class Row:
    """
    An area and one branch of it; a row without a branch is an area alone.

    Numbers are text, so that a slip stays to be seen: they count people (户), never 万.

    Args:
        parent: The town that a community belongs to; information only.
        area_target: The area's number, on one of its rows; '' is the sum of its branches.
        bank: Its bank, where somebody says so; '' is what the branch's name tells.
        target: The branch's number; '' is all of the area's, where it is the only one.
        area_id, line_id: Given once and kept; '' gives the next one that is free.
        sheet, row: Where it was read; row 0 was typed.
        taken: Whether it counts: a hidden row does not until somebody says so.
        columns: Where each of the fields was read: ``area``, ``area_target``, ``branch``,
            ``target`` -> column from 0.
    """

    area: str = ""
    parent: str = ""
    area_target: str = ""
    bank: str = ""
    branch: str = ""
    target: str = ""
    area_id: str = ""
    line_id: str = ""
    sheet: str = ""
    row: int = 0
    taken: bool = True
    columns: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Department:
    """A department (县直部门) as it may be corrected; *sector* is printed below its name."""

    name: str
    sector: str = ""
    id: str = ""
    sheet: str = ""
    row: int = 0


@dataclass(frozen=True)
class Part:
    """
    A total that the table states of some of its areas (小计), to be compared.

    Args:
        areas: Their names, each behind its parent's.
    """

    name: str
    number: int
    areas: tuple[str, ...]
    sheet: str = ""
    row: int = 0


class Remark(Said):
    """
    What there is to say of a table: a note of what was assumed, a question, or a problem.

    Args:
        weight: A problem keeps the campaign from being made; a question has a default.
        sheet, row, column: Where; row 0 is the whole, column None the whole row.
        key: What an answer is given under (`understand`); '' where none can be.
        options: The answers, the assumed one first.
    """

    def __init__(
        self, weight: Weight, code: FaultCode, sheet: str = "", row: int = 0,
        column: int | None = None, key: str = "", options: tuple[str, ...] = (), /, **data: Any,
    ) -> None:
        super().__init__(code, **data)
        self.weight = weight
        self.sheet = sheet
        self.row = row
        self.column = column
        self.key = key
        self.options = options

    def place(self, language: str = "zh") -> str:
        """Return where: 表“任务”第3行（B3）, 表“任务” of a whole sheet; '' for the whole."""
        cell = ""
        if self.row and self.column is not None:
            cell = f"{column_letter(self.column)}{self.row}"
        if language == "zh":
            sheet = f"表“{self.sheet}”" if self.sheet else ""
            row = f"第{self.row}行" if self.row else ""
            return sheet + row + (f"（{cell}）" if cell else "")
        sheet = f"sheet {self.sheet}" if self.sheet else ""
        row = f"row {self.row}" if self.row else ""
        return ", ".join(filter(None, (sheet, row))) + (f" ({cell})" if cell else "")

    def as_plain(self) -> list[Any]:
        place = [self.sheet, self.row, self.column]
        return [self.weight, *place, self.key, list(self.options), as_plain(self)]

    @classmethod
    def from_plain(cls, plain: Any) -> "Remark":
        """Raises ValueError: *plain* is none."""
        match plain:
            case ["note" | "question" | "problem" as weight, str(sheet), int(row),
                  None | int() as column, str(key), list(options), said]:
                told = from_plain(said)
                return cls(weight, told.code, sheet, row, column, key,
                           tuple(map(str, options)), **told.data)
        raise ValueError("not a remark")


@dataclass(frozen=True)
class Draft:
    """
    A table as rows, and what it says beside them.

    Args:
        stated_total: What it says all targets add up to; None where it says nothing.
        title: What stands above it.
        excluded: Banks that it says take no part (农发行除外).
        parts: Totals of some areas.
        remarks: What was found while it was read; `understand` adds its own.
        used: Ids that were given out and are not to be given again.
        bank_ids: Bank -> id.
    """

    rows: tuple[Row, ...] = ()
    departments: tuple[Department, ...] = ()
    stated_total: int | None = None
    title: str = ""
    excluded: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    remarks: tuple[Remark, ...] = ()
    used: frozenset[str] = frozenset()
    bank_ids: Mapping[str, str] = field(default_factory=dict)

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "rows": [asdict(row) for row in self.rows],
            "departments": [asdict(one) for one in self.departments],
            "stated_total": self.stated_total, "title": self.title,
            "excluded": list(self.excluded),
            "parts": [{**asdict(part), "areas": list(part.areas)} for part in self.parts],
            "remarks": [remark.as_plain() for remark in self.remarks],
            "used": sorted(self.used), "bank_ids": dict(self.bank_ids),
        }

    @classmethod
    def from_plain(cls, plain: Any) -> "Draft":
        """
        Return what `as_plain` made *plain* of.

        Raises:
            ValueError: It is none.
        """
        try:
            return cls(
                tuple(Row(**row) for row in plain["rows"]),
                tuple(Department(**one) for one in plain["departments"]),
                plain["stated_total"], plain["title"], tuple(plain["excluded"]),
                tuple(Part(**{**part, "areas": tuple(part["areas"])}) for part in plain["parts"]),
                tuple(Remark.from_plain(one) for one in plain["remarks"]),
                frozenset(plain["used"]), dict(plain["bank_ids"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError("not a draft") from error


def note(code: Code, sheet: str = "", row: int = 0, column: int | None = None, /,
         **data: Any) -> Remark:
    return Remark("note", code, sheet, row, column, **data)
