"""
The table of a new campaign as a page corrects it: what was read, what was typed over it, and what
both come to.

`qrgen.setup` reads and understands; here is what a draft keeps of it. Rows are numbered as they
stand on the page, so that a problem is told in the row where it can be mended, whatever sheet the
row came from. Ids are given anew each time, in the order of the rows: nothing is printed yet.
"""
import contextlib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from qrgen.faults import Fault
from qrgen.setup import departments, opening
from qrgen.setup.draft import Department, Draft, Remark, Row
from qrgen.setup.grids import Grid
from qrgen.setup.recognising import recognise
from qrgen.setup.understanding import Understood, understand
from qrgen.texts import clean

# What of a row stands on the page; all else of it stays as it was read.
COLUMNS = ("area", "area_target", "branch", "bank", "target")


@dataclass(frozen=True)
class UnitsTable:
    """
    A table as it is kept.

    Args:
        read: As it was read, with the rows as they were corrected since.
        answers: To the questions, by their keys.
        file: What it was called; "" where it was pasted.
    """

    read: Draft
    answers: Mapping[str, str] = field(default_factory=dict)
    file: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {"read": self.read.as_plain(), "answers": dict(self.answers), "file": self.file}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "UnitsTable | None":
        """Return what `plain` made; None of nothing."""
        if not plain:
            return None
        return cls(Draft.from_plain(plain["read"]), plain["answers"], plain["file"])

    @property
    def mark(self) -> str:
        """What tells this table from the same one after somebody's correction."""
        text = json.dumps(self.plain(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def problems(self) -> Sequence[Remark]:
        """What keeps it from being a campaign's."""
        # What could not be read is a problem until rows stand there that can.
        of_reading = [one for one in self.read.remarks if one.weight == "problem"]
        return (*self.understood().problems, *(() if self.read.rows else of_reading))

    def understood(self) -> Understood:
        """Return what it comes to; the rows of its remarks are the page's, from 1."""
        rows = tuple(
            replace(row, sheet="", row=n, area_id="", line_id="")
            for n, row in enumerate(self.read.rows, 1)
        )
        departments = tuple(
            replace(one, sheet="", row=0, id="") for one in self.read.departments
        )
        return understand(
            replace(self.read, rows=rows, departments=departments, remarks=(), used=frozenset(),
                    bank_ids={}),
            self.answers,
        )

    def corrected(self, rows: Sequence[Row], departments: str) -> "UnitsTable":
        """Return it with other *rows* and *departments*, as they were typed."""
        read = replace(self.read, rows=tuple(rows), departments=departments_of(departments))
        return replace(self, read=read)

    def answered(self, key: str, answer: str) -> "UnitsTable":
        """Return it with the question *key* answered."""
        return replace(self, answers={**self.answers, key: answer})


def read_file(path: Path, name: str) -> UnitsTable:
    """
    Return the table in the file at *path*, read in a process of its own.

    Raises:
        Fault: it is none, or costs too much.
    """
    return _of(opening.read_file(path), name)


def read_text(text: str) -> UnitsTable:
    """
    Return the table that somebody pasted.

    Raises:
        Fault: there is none.
    """
    return _of(opening.read_text(text), "")


def departments_of(text: str) -> tuple[Department, ...]:
    """
    Return the departments that somebody typed, one a line, or pasted with their columns.

    A line is a name, and behind a colon what it serves (服务领域): 县教育局：学校.
    """
    if "\t" in text:
        with contextlib.suppress(Fault):
            return departments.departments_of(opening.read_text(text))
    made: dict[str, Department] = {}
    for line in text.splitlines():
        name, _, sector = _NUMBERED.sub("", clean(line)).replace(":", "：").partition("：")
        if name.strip():
            made.setdefault(name.strip(), Department(name.strip(), sector.strip()))
    return tuple(made.values())


def as_text(told: Sequence[Department]) -> str:
    """Return what `departments_of` reads again."""
    return "\n".join("：".join(filter(None, (one.name, one.sector))) for one in told)


# 1. 县教育局, （2）县卫健委
_NUMBERED = re.compile(r"^[（(]?\d{1,3}(?:[)）.．、]|(?=\s))\s*")


def _of(grids: Sequence[Grid], name: str) -> UnitsTable:
    return UnitsTable(recognise(grids), {}, name)
