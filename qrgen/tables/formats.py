"""
Which numbers of a workbook are times: a cell holds a count of days, and its format says so.

A file has the formats that somebody chose by their code, and those of ECMA-376 18.8.30 by
number alone; the Chinese ones among the latter are from the same clause.
"""
import datetime as dt
import re
from enum import Enum

# Days from each calendar's nought. In the first, 1900 has a 29th of February.
EPOCH_1900 = dt.datetime(1899, 12, 30)
EPOCH_1904 = dt.datetime(1904, 1, 1)
_BEFORE_LEAP = dt.datetime(1899, 12, 31)
LAST_DAY = 2_958_466  # the first day of the year 10000


class Kind(Enum):
    """What a format shows of a number."""

    NUMBER = "number"
    DATE = "date"
    DATE_TIME = "date and time"
    TIME = "time of day"
    SPAN = "hours beyond a day"


BUILT_IN = {
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, 50, 51, 52, 53, 54, 57, 58), Kind.DATE),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56), Kind.TIME),
    22: Kind.DATE_TIME,
    46: Kind.SPAN,
}

# What a format only prints: quoted text, one letter after \ _ or *, colours and languages.
_PRINTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)


def kind_of(code: str) -> Kind:
    """Return what the format *code* shows: ``yyyy-mm-dd``, ``0.00``, ``[h]:mm``."""
    text = _PRINTED.sub("", code).partition(";")[0].lower()
    if "general" in text or re.search(r"[0#]e[+-]|[#?%]", text):
        return Kind.NUMBER
    if re.search(r"\[[hms]+\]", text):
        return Kind.SPAN
    day = re.search("[yde]|aaa|b[12]?$", text) is not None
    time = re.search("[hs]|am/pm|上午/下午", text) is not None
    if day or ("m" in text and not time):
        return Kind.DATE_TIME if time else Kind.DATE
    return Kind.TIME if time else Kind.NUMBER


def in_kind(
    number: int | float, kind: Kind, epoch: dt.datetime
) -> int | float | dt.datetime | dt.date | dt.time | dt.timedelta:
    """
    Return *number* of days since *epoch* as what its format shows.

    A date with a time that its format hides keeps the time. A number that is no day of this
    calendar stays one. Times are right to a millisecond: a binary fraction of a day is not.
    """
    if kind is Kind.NUMBER or not 0 <= number < LAST_DAY:
        return number
    span = dt.timedelta(milliseconds=int(number * 86_400_000 + 0.5))
    if kind is Kind.SPAN:
        return span
    if epoch is EPOCH_1900 and number < 60:
        epoch = _BEFORE_LEAP
    when = epoch + span
    if kind is Kind.TIME and number < 1:
        return when.time()
    if kind is Kind.DATE and span.seconds == span.microseconds == 0:
        return when.date()
    return when
