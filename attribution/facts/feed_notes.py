"""
What was assumed of a file, as data: listed before it counts, and kept with its report.

A file says little of itself: which of its rows are headings, which sheets belong to it, in which
zone its times are. What the reader took for granted, and what it passed over, comes out of its
process as codes with data, so that somebody can read it in their own words and object. Nothing
of any cell stands in it; names of sheets do.
"""
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from attribution.facts import bad_rows
from attribution.facts.row_numbers import line_text
from attribution.faults import Code
from qrgen.faults import Said
from qrgen.shapes import column_letter

# What a name of a sheet may have at most; longer lists are told by their beginning.
LONGEST_NAME = 31
MOST_TOLD = 50


class Note(NamedTuple):
    """One assumption: its code's value, and its data as JSON has it."""

    code: str
    data: dict[str, Any]

    def said(self) -> Said:
        """Return it for whoever shows it."""
        return Said(Code(self.code), **_in_words(self.data))


def note(code: Code, **data: Any) -> Note:
    """Return the note *code*; lists are cut to what anybody reads."""
    return Note(code.value, {
        name: value[:MOST_TOLD] if isinstance(value, list) else value
        for name, value in data.items()
    })


def not_allowed(lesser: Mapping[str, int], grades: Collection[str]) -> list[Note]:
    """Return, once for the file, what *lesser* than whole numbers it gives and *grades* forbid."""
    codes = {"masked": Code.NOTE_MASKED, "hash": Code.NOTE_HASHED}
    return [
        note(code, count=lesser[grade]) for grade, code in codes.items()
        if grade in lesser and grade not in grades
    ]


def checked_note(plain: Any) -> Note:
    """
    Return the note in *plain*, which a reader that was taken over may have written.

    Raises:
        ValueError: it is none.
    """
    match plain:
        case [str(code), dict(data)] if code in _CODES:
            for name, value in data.items():
                if not (name in _CHECKS and _CHECKS[name](value)):
                    raise ValueError("not the data of a note")
            return Note(code, data)
    raise ValueError("not a note")


def said(notes: object) -> list[Said]:
    """Return what a kept report has of *notes*; nothing for one from before there were any."""
    found = []
    for plain in notes if isinstance(notes, list) else []:
        try:
            found.append(checked_note(plain).said())
        except ValueError:
            continue
    return found


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**12


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_TOLD and all(map(_number, value))


def _name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_NAME and value.isprintable()


def _names(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MOST_TOLD and all(map(_name, value))


_CODES = {code.value for code in Code if code.name.startswith("NOTE_")}
_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "sheet": _name, "sheets": _names, "lines": _numbers, "columns": _numbers, "day": _number,
    "clock": _number, "count": _number, "line": _number, "row": _number, "number": _number,
    "field": lambda value: isinstance(value, str) and value in bad_rows.FIELDS,
}


def _in_words(data: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(data)
    for name in ("day", "clock"):
        if name in made:
            made[name] = column_letter(made[name])
    if "columns" in made:
        made["columns"] = [column_letter(place) for place in made["columns"]]
    if "lines" in made:
        made["lines"] = [line_text(line) for line in made["lines"]]
    if "line" in made:
        made["line"] = line_text(made["line"])
    if "field" in made:
        made["field"] = bad_rows.FIELDS[made["field"]]
    return made
