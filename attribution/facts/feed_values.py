"""
One cell of the platform's file: a number, a time, a day, or "not yet".

Generous about how a value is written, and strict about what it says: what could be read in two
ways is refused with the choice that settles it, and what is read by assumption says by which.
Pure; the platform's systems and the people between write the same instant in some thirty ways.
"""
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from attribution.facts import bad_rows, named_months
from attribution.facts.bad_rows import Problem
from attribution.facts.identities import recognise
from attribution.facts.usual_times import quick_time
from attribution.faults import Code
from attribution.rule.instants import (
    DAY,
    HOUR,
    SHANGHAI,
    Instant,
    day_start,
    from_datetime,
)
from attribution.rule.people import BadPhone, is_number, normalise_phone
from attribution.rule.stated import FIRST_DAY, VOID, VOID_WORDS, Stated, first, is_day, same
from qrgen.shapes import shape_of
from qrgen.tables.cells import Cell, Flaw
from qrgen.texts import fold

# A day before 2010 in a cell: no step is stated, and somebody should know that it stands there.
PLACEHOLDER: Stated = 0


class Assumed(str, Enum):
    """What was taken for granted so that a value could be read; listed before it counts."""

    SHANGHAI = "shanghai"  # a time without a zone
    DAYS = "days"  # a date without a time
    DAY_NUMBERS = "day_numbers"  # Excel's number of a day, where the cell lost its format
    DIGITS = "digits"  # 20261128 or 20261128093000
    EPOCH = "epoch"  # seconds or milliseconds since 1970, as the heading or a choice says
    UTC = "utc"  # the heading says that the column is in UTC
    SHORT_YEARS = "short_years"  # 28-NOV-26, where the column leaves one reading only
    PLACEHOLDERS = "placeholders"  # a day before 2010: how systems write "not yet"


class NotRead(ValueError):
    """A cell that cannot be read; *problem* says why, and holds nothing of it."""

    def __init__(self, problem: Problem):
        super().__init__(problem[0])
        self.problem = problem


class TimeColumn(NamedTuple):
    """
    How the times of a column are written.

    Args:
        field: Which field they are of.
        epoch: ``s``, ``ms`` or ``any`` (ten digits or thirteen) where its numbers count from 1970.
        utc: Whether a time without a zone is one of UTC.
        since_1904: Whether the workbook counts its days from 1904.
        short_years: Whether years of two digits stand behind the day (`named_months`).
    """

    field: str
    epoch: str = ""
    utc: bool = False
    since_1904: bool = False
    short_years: bool = False


# Words for "not yet", as they are after `fold`; systems and people write all of these.
NOT_YET = frozenset({
    "", "/", "//", "\\", "0", "0.0", "0.00", "否", "空", "空值", "空白", "(空)", "(空白)", "<空>",
    "null", "(null)", "<null>", "[null]", "nil", "none", "nan", "nat", "n/a", "na", "\\n", "n",
    "no", "false", "undefined", "x", "×", "✗", "✘", "[]", "{}", '""',
})
# And as systems put them together: 未绑卡, 尚未绑定银行卡, 未发生首笔交易, 无交易记录, 待激活.
_NOT_DONE = re.compile(
    "(?:[尚暂还]?未|[暂尚]?无|没有?|待)(?:进行|完成|发生|产生)?(?:首[笔次])?"
    "(?:绑|绑卡|绑定|绑银行卡|绑定银行卡|绑定卡|交易|支付|付款|消费|动账|刷卡|用卡|注册|开户|开通|激活"
    "|使用|完成|发生|登录)?(?:记录|数据|时间|日期)?|[-—–―_－]+"
)
# What a spreadsheet shows where it could not calculate, as a text keeps it.
_ERRORS = frozenset({
    "#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!", "#spill!", "#calc!",
    "#getting_data", "#field!", "#blocked!", "#connect!", "#busy!", "#unknown!",
})
_ZERO_DATE = re.compile(
    r"0000[-/.年]?00[-/.月]?00日?(?:[ T]?00:?00(?::?00(?:\.0+)?)?Z?)?"
    r"|1900[-/.年]0?1[-/.月]0?0日?(?:[ T]0?0:00(?::00(?:\.0+)?)?)?"
)

_DATE = r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})(?:日|号)?"
_HALF = r"(上午|下午|凌晨|早上|中午|晚上|[ap]m)"
_AND_SECONDS = r"(?:(?:(?<=分)|:)(\d{1,2})(?:[.,:](\d{1,9}))?秒?)?"
_CLOCK = rf"{_HALF}?\s*(\d{{1,2}})[:时点](\d{{1,2}})分?{_AND_SECONDS}\s*{_HALF}?"
_ZONE = r"(z|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?|utc|gmt)(?: ?cst)?"
# CST is the zone of China's systems, and says no more than its absence.
_OURS = r"\(?(?:cst|北京时间)\)?"
_FULL = re.compile(
    rf"{_DATE}(?:\s*(?:星期|周)[一二三四五六日天])?(?:\s*[t_]?\s*{_CLOCK})?(?:\s*(?:{_ZONE}|{_OURS}))?",
    re.ASCII | re.IGNORECASE,
)
_ONLY_CLOCK = re.compile(_CLOCK, re.ASCII | re.IGNORECASE)
_DAY_NUMBER = re.compile(r"\d{5}(?:\.\d{1,12})?", re.ASCII)
_COMPACT = re.compile(
    rf"((?:19|20)\d{{6}})[ T]?(\d{{2}}):?(\d{{2}})(?::?(\d{{2}}))?(\s*{_ZONE})?",
    re.ASCII | re.IGNORECASE,
)
# As DB2 writes: 2026-11-28-09.30.00.000000.
_DOTTED = re.compile(
    r"(\d{4}-\d{2}-\d{2})[- ](\d{2})\.(\d{2})\.(\d{2})((?:\.\d{1,9})?)", re.ASCII
)
_EPOCH = re.compile(r"\d{10}|\d{13}|\d{10}\.\d{1,6}", re.ASCII)

_EXCEL = {False: datetime(1899, 12, 30), True: datetime(1904, 1, 1)}
_EARLIEST = day_start(FIRST_DAY)

_MASKED = re.compile(
    r"(?=[^*xX×•●○■□#?_·]*[*xX×•●○■□#?_·])(?=(?:\D*\d){0,10}\D*$)(?:\+?86)?[\d*xX×•●○■□#?_·]{4,14}"
    r"|\d{0,7}\.{2,}\d{0,4}|(?:尾号|后四位|末四位):?\d{4}", re.ASCII
)
_HASHED = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[A-Za-z0-9+/]{43}=", re.ASCII
)


def text_of(cell: Cell) -> str:
    """Return what somebody sees in *cell*, in one spelling; numbers without an exponent."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    text = fold(str(cell))
    # ="…" is how some systems keep long numbers, a leading ' marks text.
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1].strip()
    return text.removeprefix("'").removesuffix("'").strip("\t ")


def identity_in(cell: Cell) -> str:
    """
    Return the text of what *cell* gives of a number: all of it, a hash or some digits.

    Raises:
        NotRead: as `phone_of`.
    """
    found = recognise(text_of(cell)) if isinstance(cell, str) else None
    return phone_of(cell) if found is None else found.text


def phone_of(cell: Cell) -> str:
    """
    Return the eleven digits in *cell*.

    Raises:
        NotRead: it is no number, or one that the platform hid.
    """
    if isinstance(cell, str) and is_number(cell):
        return cell
    if isinstance(cell, bool | date | time | timedelta):
        raise NotRead(bad_rows.no_phone(0))
    if isinstance(cell, Flaw):
        raise NotRead(bad_rows.flaw("phone", cell.name))
    text = text_of(cell)
    if text.lower() in _ERRORS:
        raise NotRead(bad_rows.flaw("phone", Flaw.ERROR.name))
    if "." in text or "e+" in text.lower():
        text = _exact(text)
    try:
        return normalise_phone(text)
    except BadPhone as error:
        squeezed = text.replace(" ", "").replace("-", "")
        if _MASKED.fullmatch(squeezed) and not squeezed.isdigit():
            raise NotRead(bad_rows.masked()) from None
        if _HASHED.fullmatch(squeezed):
            raise NotRead(bad_rows.hashed()) from None
        raise NotRead(bad_rows.no_phone(error.digits)) from None


_POINT = re.compile(r"\d+\.\d*|\d(?:\.\d+)?e\+?\d+", re.ASCII | re.IGNORECASE)


def _exact(text: str) -> str:
    """
    Return the whole number that *text* writes with a point or an exponent.

    1.39E+10 is what is left of a number that a spreadsheet showed too narrow: it is refused
    unless every digit is there.

    Raises:
        NotRead: Digits are missing, or stand behind the point.
    """
    if not _POINT.fullmatch(text):
        return text
    value = Decimal(text)
    whole = value.to_integral_value()
    digits = sum(letter.isdigit() for letter in text.lower().partition("e")[0])
    if value != whole or len(str(whole)) != 11 or ("e" in text.lower() and digits < 11):
        raise NotRead(bad_rows.no_phone(digits))
    return str(whole)


def is_empty(cell: Cell) -> bool:
    """Whether nothing stands in *cell*, not even a word for it."""
    return cell is None or (isinstance(cell, str) and (cell == "" or fold(cell) == ""))


def is_identity(cell: Cell) -> bool:
    """Whether *cell* is a number, or what a platform hides one behind."""
    try:
        return bool(identity_in(cell))
    except NotRead as refused:
        return refused.problem[0] in (Code.ROW_MASKED.value, Code.ROW_HASHED.value)


def is_time(cell: Cell, column: TimeColumn) -> bool:
    """Whether *cell* states a time."""
    try:
        return time_of(cell, column, lambda _: None) is not None
    except NotRead:
        return False


_ANY_TIME = TimeColumn("registered_at", "any", short_years=True)


def has_value(cells: Sequence[Cell]) -> bool:
    """Whether one of *cells* is a number or a time, as no row of headings has."""
    return any(is_identity(cell) or is_time(cell, _ANY_TIME) for cell in cells)


def time_of(cell: Cell, column: TimeColumn, note: Callable[[Assumed], object]) -> Stated | None:
    """
    Return the time in *cell*: an instant, a day where only the day is told, None for "not yet".

    Args:
        note: Told of each assumption.

    Raises:
        NotRead: it is no time, or one of several.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, str) and not column.utc:
        found = quick_time(cell)
        if found is not None:
            note(Assumed.SHANGHAI)
            return found
    return _slow(cell, column, note)


def day_and_clock(
    day: Cell, clock: Cell, column: TimeColumn, note: Callable[[Assumed], object]
) -> Stated | None:
    """
    Return the instant of a date in one cell and a time in another.

    Raises:
        NotRead: A time without a day, two days, or no time at all.
    """
    when = time_of(day, column, note)
    since = _clock_of(clock)
    if since is None:
        alone = time_of(clock, column, note)
        if alone is None:
            return when
        if when is None or same(when, alone):
            return alone
        raise NotRead(bad_rows.two_days(column.field))
    if when is None:
        # 00:00:00 beside an empty day is how an empty cell looks in some exports.
        if not since:
            return None
        raise NotRead(bad_rows.no_day(column.field))
    if when in (PLACEHOLDER, VOID):
        return when
    if not is_day(when):
        if (when + 8 * HOUR) % DAY in (0, since):
            # The date's cell is one of a date and a time, at midnight.
            return when - (when + 8 * HOUR) % DAY + since
        raise NotRead(bad_rows.two_days(column.field))
    note(Assumed.SHANGHAI)
    return first(when) + since


def _clock_of(cell: Cell) -> int | None:
    """Return the microseconds since midnight where *cell* is a time of day and nothing else."""
    if isinstance(cell, datetime | bool) or cell is None:
        return None
    if isinstance(cell, time):
        cell = timedelta(
            hours=cell.hour, minutes=cell.minute, seconds=cell.second,
            microseconds=cell.microsecond,
        )
    if isinstance(cell, timedelta):
        whole = cell // timedelta(microseconds=1)
        return whole if 0 <= whole < DAY else None
    if isinstance(cell, float | int):
        return round(cell * 86_400) * 1_000_000 if 0 <= cell < 1 else None
    text = text_of(cell)
    if re.fullmatch(r"[0-2]\d[0-5]\d[0-5]\d", text, re.ASCII):
        text = f"{text[:2]}:{text[2:4]}:{text[4:]}"
    match = _ONLY_CLOCK.fullmatch(text)
    if match is None:
        return None
    try:
        return _clock(*match.groups()) // timedelta(microseconds=1)
    except ValueError:
        return None


def is_not_yet(text: str) -> bool:
    """Whether *text*, as `text_of` gives it, is a word for a step that was not done."""
    return bool(
        text.lower() in NOT_YET or _NOT_DONE.fullmatch(text) or _ZERO_DATE.fullmatch(text)
    )


def _slow(cell: Cell, column: TimeColumn, note: Callable[[Assumed], object]) -> Stated | None:
    if isinstance(cell, datetime):
        return _of_datetime(cell, column, note)
    if isinstance(cell, date):
        return _day(cell, note)
    if isinstance(cell, time | timedelta):
        raise NotRead(bad_rows.no_day(column.field))
    if cell is False:
        return None
    if isinstance(cell, Flaw):
        raise NotRead(bad_rows.flaw(column.field, cell.name))
    text = text_of(cell)
    if text.lower() in VOID_WORDS:
        return VOID
    if is_not_yet(text):
        return None
    if text.lower() in _ERRORS:
        raise NotRead(bad_rows.flaw(column.field, Flaw.ERROR.name))
    if isinstance(cell, bool):
        raise _no_time(column, text)
    if isinstance(cell, int | float) or text.replace(".", "", 1).isdecimal():
        return _of_number(text, column, note)
    match = _COMPACT.fullmatch(text)
    if match is not None:
        note(Assumed.DIGITS)
        day, *clock, zone, _ = match.groups()
        text = f"{day[:4]}-{day[4:6]}-{day[6:]} {':'.join(part for part in clock if part)}"
        text += zone or ""
    elif (match := _DOTTED.fullmatch(text)) is not None:
        text = f"{match[1]} {match[2]}:{match[3]}:{match[4]}{match[5]}"
    elif (found := named_months.named(text)) is not None:
        if found.short and not column.short_years:
            raise NotRead(bad_rows.short_year(column.field))
        if found.short:
            note(Assumed.SHORT_YEARS)
        text = found.text()
    elif named_months.nobody_knows(text):
        raise NotRead(bad_rows.day_or_month(column.field))
    return _of_text(text, column, note)


def _of_datetime(cell: datetime, column: TimeColumn, note: Callable[[Assumed], object]) -> Stated:
    if cell.tzinfo is not None:
        return _instant(from_datetime(cell), note)
    return _zoned(cell, column, note)


def _zoned(moment: datetime, column: TimeColumn, note: Callable[[Assumed], object]) -> Stated:
    zone = timezone.utc if column.utc else SHANGHAI
    found = from_datetime(moment.replace(tzinfo=zone))
    if found >= _EARLIEST:
        note(Assumed.UTC if column.utc else Assumed.SHANGHAI)
    return _instant(found, note)


def _instant(found: Instant, note: Callable[[Assumed], object]) -> Stated:
    return found if found >= _EARLIEST else _early(note)


def _early(note: Callable[[Assumed], object]) -> Stated:
    note(Assumed.PLACEHOLDERS)
    return PLACEHOLDER


def _of_number(text: str, column: TimeColumn, note: Callable[[Assumed], object]) -> Stated | None:
    if column.epoch:
        if not _EPOCH.fullmatch(text):
            raise _no_time(column, text)
        whole = text.partition(".")[0]
        unit = {10: "s", 13: "ms"}[len(whole)]
        if column.epoch not in ("any", unit):
            raise _no_time(column, text)
        note(Assumed.EPOCH)
        return _instant(int(Decimal(text) * (1_000_000 if unit == "s" else 1000)), note)
    if len(text) in (8, 12, 14) and text.isdecimal():
        written = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
        if len(text) > 8:
            written += f" {text[8:10]}:{text[10:12]}:{text[12:] or '00'}"
        note(Assumed.DIGITS)
        return _of_text(written, column, note)
    if _EPOCH.fullmatch(text):
        raise NotRead(bad_rows.perhaps_epoch(column.field, 3 if len(text) == 13 else 0))
    if "." in text:
        text = text[:18]
    low = 38_538 if column.since_1904 else 40_000
    if _DAY_NUMBER.fullmatch(text) and low <= float(text) <= 60_000:
        note(Assumed.DAY_NUMBERS)
        moment = _EXCEL[column.since_1904] + timedelta(
            seconds=round(float(Decimal(text) * 86_400))
        )
        if "." not in text:
            return _day(moment, note)
        return _zoned(moment, column, note)
    raise _no_time(column, text)


def _of_text(text: str, column: TimeColumn, note: Callable[[Assumed], object]) -> Stated | None:
    match = _FULL.fullmatch(text)
    if match is None:
        if _ONLY_CLOCK.fullmatch(text):
            raise NotRead(bad_rows.no_day(column.field))
        raise _no_time(column, text)
    year, month, day, *clock, zone = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day))
        if clock[1] is None:
            if zone:
                raise ValueError("a day with a zone")
            return _day(moment, note)
        moment += _clock(*clock)
        if zone is None:
            return _zoned(moment, column, note)
        return _instant(from_datetime(moment.replace(tzinfo=_offset(zone.lower()))), note)
    except (ValueError, OverflowError):
        raise _no_time(column, text) from None


def _clock(
    half: str | None, hour: str, minute: str, second: str | None, fraction: str | None,
    half_behind: str | None,
) -> timedelta:
    """Return the time since midnight; ValueError where there is no such time."""
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    half = (half or half_behind or "").lower()
    if half in ("上午", "早上", "凌晨", "am"):
        if hours > 12:
            raise ValueError("no such hour")
        hours %= 12
    elif half in ("下午", "pm") and hours <= 12:
        hours = hours % 12 + 12
    elif half == "晚上" and hours < 12:
        if hours < 5:
            raise ValueError("before or after midnight")
        hours += 12
    elif half == "中午" and hours < 3:
        hours += 12
    elif half and not 11 <= hours < 24:
        raise ValueError("no such hour")
    # The end of a day is often written 24:00:00 (ISO 8601:2004, 4.2.3).
    if minutes > 59 or seconds > 59 or hours > 24 or (hours == 24 and (minutes or seconds)):
        raise ValueError("no such time")
    return timedelta(
        hours=hours, minutes=minutes, seconds=seconds,
        microseconds=int((fraction or "0").ljust(6, "0")[:6]),
    )


def _day(day: date, note: Callable[[Assumed], object]) -> Stated:
    found = day.year * 10_000 + day.month * 100 + day.day
    if found < FIRST_DAY:
        return _early(note)
    note(Assumed.DAYS)
    return found


def _offset(zone: str) -> timezone:
    zone = zone.removeprefix("utc").removeprefix("gmt")
    if zone in ("", "z"):
        return timezone.utc
    digits = zone[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if hours > 14 or minutes > 59:
        raise ValueError("no such zone")
    return timezone((-1 if zone[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def _no_time(column: TimeColumn, text: str) -> NotRead:
    if bad_rows.WORD.fullmatch(text):
        return NotRead(bad_rows.no_time_but(column.field, text))
    return NotRead(bad_rows.no_time(column.field, shape_of(text)))

