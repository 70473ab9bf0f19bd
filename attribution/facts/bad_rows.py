"""
Why a row of a file cannot be read: problems as data, kept so, and told by whoever shows them.

They come out of another process (`feed_rows`), stand in reports and in the ledger's
differences, and are read in two languages. So a problem is a code with its data, and never a
sentence; it says which column and the shape of the cell, and nothing of what stood there.
"""
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from attribution.faults import Code
from qrgen.faults import Fault
from qrgen.shapes import Shape

# What the ledger keeps of a row's problems, in characters. All five columns fit.
MOST_KEPT = 500

FIELDS = {
    "phone": Code.FIELD_PHONE, "registered_at": Code.FIELD_REGISTERED_AT,
    "card_bound_at": Code.FIELD_CARD_BOUND_AT, "first_txn_at": Code.FIELD_FIRST_TXN_AT,
    "as_of": Code.FIELD_AS_OF,
}

_KINDS = {"letters", "digits", "signs", "blanks"}

# One problem as JSON has it: its code's value, and its data.
Problem = tuple[str, dict[str, Any]]


class BadRow(NamedTuple):
    """A row that cannot be read, and why. Holds no personal data."""

    line: int
    problems: Sequence[Problem]

    def fault(self, file: str) -> Fault:
        """Return it as a fault of the *file*."""
        return Fault(Code.FEED_ROW, file=file, line=self.line, problems=_faults(self.problems))


def short(cells: int, width: int) -> Problem:
    """A row that ends before the last column that must be there."""
    return Code.ROW_SHORT.value, {"cells": cells, "width": width}


def long(cells: int, width: int) -> Problem:
    """A row with a cell beyond the heading."""
    return Code.ROW_LONG.value, {"cells": cells, "width": width}


def no_phone(digits: int) -> Problem:
    """A number that is no mobile number but has so many *digits*."""
    return Code.ROW_PHONE.value, {"digits": digits}


def no_time(field: str, shape: Shape) -> Problem:
    """A cell that is no time."""
    return Code.ROW_TIME.value, {"field": field, "shape": [shape.length, list(shape.kinds)]}


def ahead(field: str) -> Problem:
    """A cell that states what lies more than a day ahead of the clock."""
    return Code.ROW_AHEAD.value, {"field": field}


def kept(problems: Sequence[Problem]) -> str:
    """Return *problems* as the ledger keeps them."""
    for number in range(len(problems), 0, -1):
        text = json.dumps(problems[:number], separators=(",", ":"))
        if len(text) <= MOST_KEPT:
            return text
    raise ValueError("a problem too long to be kept")


def faults_of(reason: str) -> list[Fault] | None:
    """
    Return what a difference's *reason* says of a row that could not be read.

    None where it is no such reason, or a sentence from before problems were data, which is to
    be shown as it is.
    """
    try:
        return _faults(checked(json.loads(reason)))
    except ValueError:
        return None


def told(reason: str) -> str:
    """Return a difference's *reason* in English, as commands and reports show it."""
    found = faults_of(reason)
    return reason if found is None else "; ".join(fault.told("en") for fault in found)


def shown(reason: str) -> str:
    """Return a difference's *reason* for the console."""
    found = faults_of(reason)
    return reason if found is None else "；".join(fault.shown() for fault in found)


def checked(plain: Any) -> list[Problem]:
    """
    Return the problems in *plain*, which anybody may have written.

    Raises:
        ValueError: they are none of ours.
    """
    if not isinstance(plain, list) or not plain:
        raise ValueError("no problems")
    problems: list[Problem] = []
    for one in plain:
        match one:
            case [str(code), dict(data)] if data.keys() == _DATA.get(code, {}).keys():
                if not all(_DATA[code][name](value) for name, value in data.items()):
                    raise ValueError("not the data of a problem")
                problems.append((code, data))
            case _:
                raise ValueError("not a problem")
    return problems


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**12


def _is_field(value: Any) -> bool:
    return isinstance(value, str) and value in FIELDS


def _is_shape(value: Any) -> bool:
    match value:
        case [int(length), list(kinds)] if _is_number(length):
            return all(isinstance(kind, str) and kind in _KINDS for kind in kinds)
    return False


_DATA: dict[str, dict[str, Callable[[Any], bool]]] = {
    Code.ROW_SHORT.value: {"cells": _is_number, "width": _is_number},
    Code.ROW_LONG.value: {"cells": _is_number, "width": _is_number},
    Code.ROW_PHONE.value: {"digits": _is_number},
    Code.ROW_TIME.value: {"field": _is_field, "shape": _is_shape},
    Code.ROW_AHEAD.value: {"field": _is_field},
}


def _faults(problems: Iterable[Problem]) -> list[Fault]:
    return [Fault(Code(code), **_in_words(data)) for code, data in problems]


def _in_words(data: dict[str, Any]) -> dict[str, Any]:
    """Return *data* with what has words of its own."""
    made = dict(data)
    if "field" in made:
        made["field"] = FIELDS[made["field"]]
    if "shape" in made:
        made["shape"] = Shape(*made["shape"])
    return made
