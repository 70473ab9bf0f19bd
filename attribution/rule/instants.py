"""
Instants: integer microseconds since 1970-01-01T00:00Z, and days of Asia/Shanghai.

Integers compare exactly, fit every database's 64-bit column and cannot be
naive, so the rule of credit never meets a time zone. Text is read and written
here only, at the edges of the system.
"""
import re
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache

from qrgen.shapes import shape_of
from qrgen.texts import fold

Instant = int

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# China has kept one offset, without summer time, since 1991-09-15: a fixed
# offset is exact for every campaign and needs no time zone database.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_IN_SHANGHAI = datetime(1970, 1, 1, 8)
_MICROSECOND = timedelta(microseconds=1)

_PLAIN = re.compile(r"(?:19|20)\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d", re.ASCII)

_TEXT = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[T ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)


def now() -> Instant:
    """Return the wall clock. Requests and commands read it once and pass it down."""
    return time.time_ns() // 1000


@lru_cache(maxsize=512)  # asked at each request for the campaign's few dates
def from_datetime(moment: datetime) -> Instant:
    """Return *moment* (aware; a naive one is taken as Shanghai time) as an instant."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=SHANGHAI)
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant: Instant) -> datetime:
    """Return *instant* as an aware datetime in Asia/Shanghai."""
    return (_EPOCH + instant * _MICROSECOND).astimezone(SHANGHAI)


def parse_instant(text: str) -> Instant:
    """
    Read ISO 8601 with an offset, or a local time of Asia/Shanghai without one.

    A bare date is its first instant. ``/`` between the parts of a date is
    accepted because WPS and Excel write it so in a Chinese locale.

    Raises:
        ValueError: *text* is not such a time; the message is safe to show.
    """
    # Full-width colons, odd blanks and marks: what a telephone or a chat makes of a time.
    match = _TEXT.fullmatch(text.strip() if text.isascii() else fold(text))
    if match is None:
        raise ValueError(f"not a time: {shape_of(text.strip())}")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    zone: timezone = SHANGHAI
    if offset:
        if offset in "Zz":
            zone = timezone.utc
        else:
            sign = -1 if offset[0] == "-" else 1
            hours, minutes = int(offset[1:3]), int(offset[-2:])
            if hours > 23 or minutes > 59:
                raise ValueError(f"not a time: {shape_of(text.strip())}")
            zone = timezone(sign * timedelta(hours=hours, minutes=minutes))
    # The end of a day is often written 24:00:00 (ISO 8601:2004, 4.2.3).
    midnight = hour == "24" and minute == "00" and second in (None, "00")
    try:
        moment = datetime(
            int(year), int(month), int(day),
            0 if midnight else int(hour or 0), int(minute or 0), int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]), tzinfo=zone,
        )
        instant = from_datetime(moment) + (DAY if midnight else 0)
        to_datetime(instant)
    except (ValueError, OverflowError):
        raise ValueError(f"not a time: {shape_of(text.strip())}") from None
    return instant


def plain_instant(text: str) -> Instant | None:
    """
    Read ``2022-10-11 09:30:00`` as `parse_instant` does, four times as fast.

    None says nothing about *text* but that `parse_instant` must look at it.
    """
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment - _EPOCH_IN_SHANGHAI) // _MICROSECOND


def local_text(instant: Instant | None) -> str:
    """Return ``2022-10-11 09:30:00`` in Shanghai, the form Excel and WPS read; '' for None."""
    return local_texts((instant,))[0]


def local_texts(instants: Iterable[Instant | None]) -> list[str]:
    """Return the `local_text` of each of *instants*."""
    times = _times()
    return [
        "" if instant is None
        else _date_text((instant + 8 * HOUR) // DAY)
        + times[(instant + 8 * HOUR) // SECOND % 86_400]
        for instant in instants
    ]


@lru_cache(maxsize=4096)
def _date_text(days: int) -> str:
    """Return ``2022-10-11 `` for a number of days since 1970."""
    return (_EPOCH + timedelta(days=days)).strftime("%Y-%m-%d ")


@lru_cache(maxsize=1)
def _times() -> Sequence[str]:
    """Return ``09:30:00`` for each second of a day: made in 10 ms, on demand."""
    sixty = [f":{n:02}" for n in range(60)]
    minutes = [f"{hour:02}{minute}" for hour in range(24) for minute in sixty]
    return [minute + second for minute in minutes for second in sixty]


def iso_text(instant: Instant) -> str:
    """Return *instant* as ISO 8601 with the Shanghai offset, to the microsecond if needed."""
    return to_datetime(instant).isoformat()


def day_of(instant: Instant) -> int:
    """Return the Shanghai day of *instant* as the number yyyymmdd."""
    return _day_after_epoch((instant + 8 * HOUR) // DAY)


@lru_cache(maxsize=4096)
def _day_after_epoch(days: int) -> int:
    moment = _EPOCH + timedelta(days=days)
    return moment.year * 10_000 + moment.month * 100 + moment.day


def date_of(day: int) -> date:
    """Return the Shanghai day *day* (yyyymmdd) as a date, which knows its weekday."""
    return date(day // 10_000, day // 100 % 100, day % 100)


def number_of(day: date) -> int:
    """Return *day* as yyyymmdd; `date_of` is the way back."""
    return int(f"{day:%Y%m%d}")


def day_start(day: int) -> Instant:
    """Return the first instant of the Shanghai day *day* (yyyymmdd)."""
    return from_datetime(
        datetime(day // 10_000, day // 100 % 100, day % 100, tzinfo=SHANGHAI)
    )
