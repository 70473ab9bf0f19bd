"""
Why a row of a file cannot be read: problems as data, kept so, and told by whoever shows them.

They come out of another process (`feed_rows`), stand in reports and in the ledger's
differences, and are read in two languages. So a problem is a code with its data, and never a
sentence; it says which column and the shape of the cell, and nothing of what stood there.
"""
import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from attribution.facts.row_numbers import line_text
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

# A word of a system's, and nobody's name: such a cell may be repeated.
WORD = re.compile(r"[未无没待暂不已尚非][\u4e00-\u9fff]{1,7}")

_KINDS = {"letters", "digits", "signs", "blanks"}

# One problem as JSON has it: its code's value, and its data.
Problem = tuple[str, dict[str, Any]]


class BadRow(NamedTuple):
    """A row that cannot be read, and why. Holds no personal data."""

    line: int
    problems: Sequence[Problem]

    def fault(self, file: str) -> Fault:
        """Return it as a fault of the *file*."""
        return Fault(
            Code.FEED_ROW, file=file, line=line_text(self.line), problems=_faults(self.problems)
        )


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


def no_time_but(field: str, word: str) -> Problem:
    """A cell with a *word* of a system's (已转网) that we do not know. Nobody's name is one."""
    return Code.ROW_WORD.value, {"field": field, "word": word}


def no_day(field: str) -> Problem:
    """A time of day, and nothing says of which day."""
    return Code.ROW_NO_DAY.value, {"field": field}


def two_days(field: str) -> Problem:
    """A date and a time that stand for two instants."""
    return Code.ROW_TWO_DAYS.value, {"field": field}


def perhaps_epoch(field: str, zeros: int) -> Problem:
    """A number that may count from 1970: in seconds, or with three *zeros* in milliseconds."""
    code = Code.ROW_MILLISECONDS if zeros else Code.ROW_SECONDS
    return code.value, {"field": field}


def day_or_month(field: str) -> Problem:
    """A date of numbers that ends with its year: which of the others is the month?"""
    return Code.ROW_DAY_OR_MONTH.value, {"field": field}


def short_year(field: str) -> Problem:
    """A date with two numbers of two digits, each of which may be the year."""
    return Code.ROW_SHORT_YEAR.value, {"field": field}


def flaw(field: str, kind: str) -> Problem:
    """A cell that the spreadsheet itself could not calculate (ERROR), or never did."""
    code = Code.ROW_ERROR if kind == "ERROR" else Code.ROW_UNCALCULATED
    return code.value, {"field": field}


def masked() -> Problem:
    """A number with digits that the platform hid: 138****1234."""
    return Code.ROW_MASKED.value, {}


def hashed() -> Problem:
    """A digest in place of a number."""
    return Code.ROW_HASHED.value, {}


def total(said: int, found: int) -> Problem:
    """A row of totals that says another number than was read."""
    return Code.ROW_TOTAL.value, {"said": said, "found": found}


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


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and WORD.fullmatch(value) is not None


_DATA: dict[str, dict[str, Callable[[Any], bool]]] = {
    Code.ROW_SHORT.value: {"cells": _is_number, "width": _is_number},
    Code.ROW_LONG.value: {"cells": _is_number, "width": _is_number},
    Code.ROW_PHONE.value: {"digits": _is_number},
    Code.ROW_TIME.value: {"field": _is_field, "shape": _is_shape},
    Code.ROW_WORD.value: {"field": _is_field, "word": _is_word},
    Code.ROW_NO_DAY.value: {"field": _is_field},
    Code.ROW_TWO_DAYS.value: {"field": _is_field},
    Code.ROW_SECONDS.value: {"field": _is_field},
    Code.ROW_MILLISECONDS.value: {"field": _is_field},
    Code.ROW_DAY_OR_MONTH.value: {"field": _is_field},
    Code.ROW_SHORT_YEAR.value: {"field": _is_field},
    Code.ROW_ERROR.value: {"field": _is_field},
    Code.ROW_UNCALCULATED.value: {"field": _is_field},
    Code.ROW_MASKED.value: {},
    Code.ROW_HASHED.value: {},
    Code.ROW_TOTAL.value: {"said": _is_number, "found": _is_number},
    Code.ROW_AHEAD.value: {"field": _is_field},
}


def _faults(problems: Iterable[Problem]) -> list[Fault]:
    return [Fault(Code(code), **_in_words(data)) for code, data in problems]


def _in_words(data: dict[str, Any]) -> dict[str, Any]:
    """Return *data* with what has words of its own."""
    made = dict(data)
    if "field" in made:
        made["name"] = made["field"]
        made["field"] = FIELDS[made["field"]]
    if "shape" in made:
        made["shape"] = Shape(*made["shape"])
    return made
