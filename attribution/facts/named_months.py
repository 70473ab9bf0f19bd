"""
Dates whose month is a word: ``28-NOV-26``, ``28-11月-2026``, ``Nov 28, 2026``, ``Sat Nov 28 …``.

So Oracle, SQL Server, Java and letters write them, and a word cannot be taken for a day. What can
be read in two ways is not read: of ``05/06/2026`` nobody knows which number is the month, and of
``20-NOV-26`` which one is the year, unless other dates of its column leave one reading only.
"""
import re
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from attribution.rule.stated import FIRST_DAY

_ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)
_CHINESE = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]
_MONTHS = {
    **{name: place for place, name in enumerate(_ENGLISH, 1)},
    **{name[:3]: place for place, name in enumerate(_ENGLISH, 1)}, "sept": 9,
    **{f"{name}月": place for place, name in enumerate(_CHINESE, 1)},
    **{f"{place}月": place for place in range(1, 13)},
    **{f"{place:02}月": place for place in range(1, 13)},
}
_MONTH = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_CLOCK = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,:](?P<part>\d{1,9}))?)?"
    r"\s*(?P<half>[ap]m|上午|下午)?"
)
# CST and the like are left out as everywhere: the zone of China's systems.
_ZONE = (
    r"(?:\s*(?P<zone>z|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?|utc|gmt)"
    r"|\s+(?:cst|prc|asia/shanghai))?"
)
_REST = rf"(?:[\s,t:]+{_CLOCK}{_ZONE})?"
_FORMS = tuple(re.compile(form, re.IGNORECASE | re.ASCII) for form in (
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:[\s/.-]+|(?=[a-z]))(?P<month>{_MONTH})[\s/.,-]*"
    rf"(?P<year>\d{{4}}|\d\d){_REST}",
    rf"{_WEEKDAY}(?P<month>{_MONTH})\.?\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+"
    rf"(?P<year>\d{{4}}){_REST}",
    rf"{_WEEKDAY}(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})",
    rf"(?P<year>\d{{4}})[\s/.-]+(?P<month>{_MONTH})[\s/.-]+(?P<day>\d{{1,2}}){_REST}",
))
_NUMBERS_ALONE = re.compile(
    rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d\d){_REST}", re.IGNORECASE | re.ASCII
)


class Named(NamedTuple):
    """
    A date with its month by name.

    Args:
        rest: Behind the date: a blank, the time as most write it, its zone; or nothing.
        short: The year has two digits.
    """

    year: int
    month: int
    day: int
    rest: str
    short: bool

    def text(self) -> str:
        """Return it as most files write it."""
        return f"{self.year:04}-{self.month:02}-{self.day:02}{self.rest}"

    def other(self) -> tuple[int, int, int]:
        """Return the other date that it may be where the year is short: year, month, day."""
        return 2000 + self.day, self.month, self.year - 2000


def named(text: str) -> Named | None:
    """Return the date in *text*, as `feed_values.text_of` gives it; None where it is none such."""
    for form in _FORMS:
        if (found := form.fullmatch(text)) is None:
            continue
        year, rest = found["year"], ""
        if found["hour"] is not None:
            rest = f" {found['hour']}:{found['minute']}:{found['second'] or '00'}"
            rest += f".{found['part']}" if found["part"] else ""
            rest += f" {found['half']}" if found["half"] else ""
            rest += found["zone"] or ""
        return Named(
            int(year) + (2000 if len(year) == 2 else 0), _MONTHS[found["month"].lower()],
            int(found["day"]), rest, len(year) == 2,
        )
    return None


def is_short(text: str) -> bool:
    """Whether *text* is a date whose year has two digits."""
    found = named(text)
    return found is not None and found.short


def nobody_knows(text: str) -> bool:
    """Whether *text* is a date of numbers alone that does not begin with its year."""
    return _NUMBERS_ALONE.fullmatch(text) is not None


def years_are_last(texts: Iterable[str], today: int) -> bool:
    """
    Whether short years of a column stand behind the day: some date can be read no other way.

    Args:
        texts: Cells of the column.
        today: As yyyymmdd; no file states what lies further ahead.
    """
    decided = False
    for text in texts:
        found = named(text)
        if found is None or not found.short:
            continue
        if not _possible(found[:3], today):
            return False
        decided = decided or not _possible(found.other(), today)
    return decided


def _possible(parts: tuple[int, ...], today: int) -> bool:
    year, month, day = parts
    try:
        date(year, month, day)
    except ValueError:
        return False
    return FIRST_DAY <= year * 10_000 + month * 100 + day <= today
