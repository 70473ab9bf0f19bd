"""
Which column of a table is which field: by its heading, or as somebody chose.

Two columns that could be the same field are never guessed between; the one exception is a date
and a time that belong together (注册日期 beside 注册时间). A choice is a name and a text, so
that all choices of a file can be kept with its source and given again for the next one:

- a field → its heading, or ``#2``, its position from 1
- ``time_registered_at`` → the column of its time of day, where the date stands in another
- ``epoch_registered_at`` → ``s`` or ``ms``: its numbers count from 1970
- ``sheet`` → names or positions, with ``/`` between them, for a name cannot hold one
- ``heading_row`` → the row of the headings, 0 where there are none
"""
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from attribution.facts import bad_rows
from attribution.facts.feed_values import TimeColumn
from attribution.faults import Code
from qrgen.shapes import column_letter, shape_of
from qrgen.shell import Fault
from qrgen.tables.headings import Heading, Wanted, key_of, place_of

FIELDS = ("phone", "registered_at", "card_bound_at", "first_txn_at", "as_of")
REQUIRED = FIELDS[:4]
TIMES = FIELDS[1:]

CHOICES = (
    *FIELDS, "sheet", "heading_row",
    *(f"time_{field}" for field in TIMES), *(f"epoch_{field}" for field in TIMES),
)



def _spelled(*words: str) -> list[str]:
    """Return English *words* as systems write them too: ``reg time`` is reg_time and regTime."""
    return [spelled for word in words for spelled in (word, word.replace(" ", "_"))]


# Headings seen in practice, besides the field's own name.
HEADINGS = {
    "phone": (
        "手机号", "手机号码", "手机", "电话", "电话号码", "联系电话", "用户手机号", "会员手机号",
        "注册手机号", "用户手机", "用户手机号码", "会员手机号码", "客户手机号", "客户手机号码",
        "注册手机", "登录手机号", "绑定手机号", "移动电话", *_spelled("mobile", "mobile no",
        "mobile no.", "mobile number", "mobile phone", "phone number", "phone no", "cell phone",
        "msisdn", "tel"),
    ),
    "registered_at": (
        "注册时间", "注册日期", "用户注册时间", "用户注册日期", "开户时间", "开户日期",
        "注册成功时间", "注册成功日期", "首次注册时间", "首次注册日期", "会员注册时间",
        "会员注册日期", "客户注册时间", "客户注册日期",
        *_spelled("register time", "register date", "registration time", "registration date",
        "registered time", "reg time", "reg date", "sign up time"),
    ),
    "card_bound_at": (
        "绑卡时间", "绑卡日期", "首次绑卡时间", "首次绑卡日期", "首绑时间", "首绑日期",
        "绑卡成功时间", "绑卡成功日期", "首次绑卡成功时间", "首张卡绑定时间", "最早绑卡时间",
        "最早绑卡日期", "银行卡绑定时间", "银行卡绑定日期", "首绑卡时间", "首绑卡日期",
        *_spelled("bind time", "bind date", "bind card time", "bind card date", "card bind time",
        "card bound time", "card binding time", "first bind time", "first bind card time"),
    ),
    "first_txn_at": (
        "首笔交易时间", "首笔交易日期", "首次交易时间", "首次交易日期", "交易时间", "交易日期",
        "首笔支付时间", "首笔支付日期", "首次支付时间", "首次支付日期", "首笔交易成功时间",
        "首次交易成功时间", "首笔消费时间", "首笔消费日期", "首次消费时间", "首次消费日期",
        "首次动账时间", "首次动账日期", "首笔动账时间", "首笔动账日期", "首刷时间", "首刷日期",
        "首付时间", "最早交易时间", "最早交易日期",
        *_spelled("first trade time", "first trade date", "first pay time", "first pay date",
        "first payment time", "first transaction time", "first transaction date",
        "first txn time", "first trans time", "first consume time"),
    ),
    "as_of": ("数据日期", "业务日期", "截至日期", "截止日期", "统计日期"),
}

# What may stand behind a heading and says nothing of which field it is.
_BEHIND = re.compile(r"(?:\(.*\)|[*:])+$")
_EPOCH_WORDS = re.compile(r"时间戳|timestamp|epoch|unix", re.IGNORECASE)
_UNIT_WORDS = (("ms", re.compile(r"毫秒|\bms\b", re.IGNORECASE)), ("s", re.compile(r"秒")))
_UTC_WORDS = re.compile(r"(?:utc|gmt)(?!\s*\+)", re.IGNORECASE)


class Times(NamedTuple):
    """Where a field's times stand: all in one column, or the time of day in *clock*."""

    column: TimeColumn
    day: int
    clock: int | None = None


class Places(NamedTuple):
    """Where each field stands in a table of *width* columns."""

    phone: int
    times: Sequence[Times]
    width: int

    def used(self) -> set[int]:
        """Return the columns that are read."""
        return {
            self.phone, *(times.day for times in self.times),
            *(times.clock for times in self.times if times.clock is not None),
        }

    def with_short_years(self) -> "Places":
        """Return it with times whose years of two digits stand behind the day."""
        return self._replace(times=[
            times._replace(column=times.column._replace(short_years=True)) for times in self.times
        ])

    def needed(self, required: Sequence[str]) -> int:
        """Return how many cells a row must have, for one cut short would read as "not yet"."""
        return 1 + max([
            self.phone, *(times.day for times in self.times if times.column.field in required)
        ])


def wanted(required: Sequence[str]) -> Wanted:
    """Return what is looked for in a sheet."""
    return Wanted(HEADINGS, required)


def place(
    path: Path, heading: Heading, choices: Mapping[str, str], required: Sequence[str],
    *, since_1904: bool = False,
) -> Places:
    """
    Return where each field stands under *heading*.

    Raises:
        Fault: A required one stands nowhere, or any stands in two places.
    """
    names, row = heading.names, heading.row
    phone: int | None = None
    times: list[Times] = []
    missing = []
    for field in FIELDS:
        found = heading.twice.get(field) or [
            place for place in [heading.places.get(field)] if place is not None
        ]
        day, clock = _pair(field, found, names, choices)
        if len(day) > 1:
            raise Fault(
                Code.FEED_COLUMN_TWICE, file=path, row=row, name=field, first=day[0] + 1,
                field=bad_rows.FIELDS[field], columns=[column_letter(at) for at in day[:20]],
                places=[str(at + 1) for at in day[:20]],
                option=_option(field, required),
            )
        for at in (*day, *([] if clock is None else [clock])):
            if at >= len(names):
                raise Fault(
                    Code.FEED_COLUMN_NOT_THERE, file=path, name=f"{field}=#{at + 1}",
                    width=len(names),
                )
        if not day:
            if field in required:
                missing.append(field)
        elif field == "phone":
            phone = day[0]
        else:
            times.append(Times(_column(field, names[day[0]], choices, since_1904), day[0], clock))
    if missing or phone is None:
        raise Fault(
            Code.FEED_COLUMN_MISSING, file=path, row=row, headings=seen(names),
            fields=[bad_rows.FIELDS[field] for field in missing],
            option=_option(missing[0] if missing else "phone", required),
            names=",".join(required),
        )
    return Places(phone, times, len(names))


def _option(field: str, required: Sequence[str]) -> str:
    """Return how *field* is named at the shell, where a list of users has options of its own."""
    users = list(required) == ["phone"]
    return f"--{field.replace('_', '-')} " if users else f"--map {field}="


def seen(names: Sequence[str]) -> list[Fault | str]:
    """
    Tell of *names*, perhaps headings: those we know by name, of the others the shape.

    Where a file has no headings its first row stands there, somebody's number and name; a word
    that we do not know can be either.
    """
    known = {key_of(word) for field in FIELDS for word in (field, *HEADINGS[field])}
    told = [
        Fault(
            Code.HEADING, column=column_letter(place),
            heading=name if key_of(name) in known else shape_of(name),
        )
        for place, name in enumerate(names) if name
    ]
    return [*told[:20], *(["…"] if len(told) > 20 else [])]


def _pair(
    field: str, found: Sequence[int], names: Sequence[str], choices: Mapping[str, str]
) -> tuple[list[int], int | None]:
    """Return the columns that may be *field*'s, and the one of its time of day."""
    chosen = choices.get(f"time_{field}")
    if chosen:
        place = place_of(chosen)
        clocks = [place] if place is not None else [
            at for at, name in enumerate(names) if key_of(chosen) in (key_of(name), _core(name))
        ]
        if len(clocks) == 1:
            return [at for at in found if at != clocks[0]] or list(found), clocks[0]
        return list(found), None
    if field not in choices and len(found) == 2:
        cores = [_core(names[place]) for place in found]
        for day, clock in ((0, 1), (1, 0)):
            if cores[day][-2:] == "日期" and cores[clock] == cores[day][:-2] + "时间":
                return [found[day]], found[clock]
    return list(found), None


def _core(name: str) -> str:
    """Return the heading *name* without its upper line and what stands in brackets behind it."""
    return _BEHIND.sub("", key_of(name.rpartition("/")[2]))


def _column(
    field: str, name: str, choices: Mapping[str, str], since_1904: bool
) -> TimeColumn:
    epoch = choices.get(f"epoch_{field}", "")
    if not epoch and _EPOCH_WORDS.search(name):
        epoch = "any"
    if not epoch or epoch == "any":
        epoch = next((unit for unit, word in _UNIT_WORDS if word.search(name)), epoch)
    return TimeColumn(field, epoch, bool(_UTC_WORDS.search(name)), since_1904)
