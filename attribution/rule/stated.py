"""
What a row states of a step: an instant, a whole day, or that the step does not stand.

A platform that says "on the 28th" has not said "at midnight": the day is kept as a day, and the
rule asks for its first or its last instant where that matters. One integer holds all three, so
that rows stay plain numbers through file, spool and store: an instant is its microseconds, a
day is yyyymmdd (far below any instant that states something), and `VOID` is smaller still.
None states nothing.
"""
from collections.abc import Iterable, Sequence
from functools import lru_cache

from attribution.rule.instants import (
    DAY,
    HOUR,
    Instant,
    day_of,
    day_start,
    iso_text,
    local_text,
    local_texts,
    parse_instant,
)

Stated = int

# The step does not stand: undone, refunded, the account closed.
VOID: Stated = 1
VOID_WORDS = frozenset({"void", "已撤销", "已退款", "已注销"})

# Whatever lies before states nothing: 1970 and 1900 are how systems write "not yet", and no
# platform of ours had users then.
FIRST_DAY = 20100101
_EARLIEST = day_start(FIRST_DAY)

# Of a row whose ``as_of`` is empty: it ranks before every row that has one.
NO_AS_OF: Instant = 0

# What lies further ahead of the clock than this is a slip, and refused at the door: a clock is
# never so wrong, and a day that has begun elsewhere is not either.
AHEAD = DAY


def of_instant(instant: Instant) -> Stated | None:
    """Return what *instant* states; None where it is a way to write "not yet"."""
    return instant if instant >= _EARLIEST else None


def of_day(day: int) -> Stated | None:
    """Return what the bare date *day* (yyyymmdd) states; None where it means "not yet"."""
    return day if day >= FIRST_DAY else None


def of_kept(value: int | None) -> Stated | None:
    """Return what a number states that an earlier version kept, which knew instants alone."""
    if value is None or value >= _EARLIEST:
        return value
    return value if value == VOID or FIRST_DAY <= value <= 9999_12_31 else None


def parse_stated(text: str) -> Stated | None:
    """
    Read a value as files and partners write it: a time, a bare date, a word for void, or ''.

    Raises:
        ValueError: *text* is none of these; the message is safe to show.
    """
    text = text.strip()
    if not text:
        return None
    if text.lower() in VOID_WORDS:
        return VOID
    instant = parse_instant(text)
    return of_instant(instant) if ":" in text else of_day(day_of(instant))


def too_far_ahead(value: Stated, now: Instant) -> bool:
    """Whether *value*, a step's or an ``as_of``, lies more than a day ahead of the clock."""
    if value >= _EARLIEST:
        return value > now + AHEAD
    return is_day(value) and first(value) > now + AHEAD


def is_day(value: Stated) -> bool:
    """Whether *value* is a whole day."""
    return VOID < value < _EARLIEST


def are_instants(values: Iterable[Stated | None]) -> bool:
    """Whether all of *values* that state something are instants."""
    return min(filter(None, values), default=_EARLIEST) >= _EARLIEST


def first(value: Stated) -> Instant:
    """Return the first instant that *value*, not void, may mean."""
    return value if value >= _EARLIEST else _day_start(value)


def last(value: Stated) -> Instant:
    """Return the last instant that *value*, not void, may mean."""
    return value if value >= _EARLIEST else _day_start(value) + DAY - 1


def midnight(value: Stated) -> Instant:
    """Return the first instant of the Shanghai day of *value*, not void."""
    instant = first(value)
    return instant - (instant + 8 * HOUR) % DAY


def day(value: Stated) -> int:
    """Return the Shanghai day of *value*, not void, as yyyymmdd."""
    return value if value < _EARLIEST else day_of(value)


def same(one: Stated, other: Stated) -> bool:
    """Whether two values of a step agree: they are equal, or one is the day of the other."""
    if one == other:
        return True
    if VOID in (one, other) or not (is_day(one) or is_day(other)):
        return False
    return day(one) == day(other)


def stated_text(value: Stated | None) -> str:
    """Return ``2026-11-28``, or ``2026-11-28 09:30:00`` in Shanghai; ``void``; '' for None."""
    if value is None or value == VOID:
        return "" if value is None else "void"
    return local_text(first(value))[: 10 if is_day(value) else None]


def stated_texts(values: Sequence[Stated | None]) -> list[str]:
    """Return the `stated_text` of each of *values*."""
    if all(value is None or value >= _EARLIEST for value in values):
        return local_texts(values)
    return [stated_text(value) for value in values]


def stated_iso(value: Stated) -> str:
    """Return *value* as ISO 8601: a date, or an instant with its offset; ``void``."""
    return stated_text(value) if value < _EARLIEST else iso_text(value)


# --- as columns: an instant each, and what each of them means ---------------------


def as_columns(values: Sequence[Stated | None]) -> tuple[list[Instant | None], int | None]:
    """
    Return *values* as instants that every query can sort and compare, and their precision.

    A day is its first instant, a void is none; the precision has for the value at place n the
    bit 2n where it is a day, and the bit 2n + 1 where it is void. None: nothing to tell.
    """
    for value in values:
        if value is not None and value < _EARLIEST:
            break
    else:  # as nearly always
        return list(values), None
    instants: list[Instant | None] = []
    precision = 0
    for place, value in enumerate(values):
        if value == VOID:
            precision |= 2 << 2 * place
            value = None
        elif value is not None and is_day(value):
            precision |= 1 << 2 * place
            value = first(value)
        instants.append(value)
    return instants, precision or None


def from_columns(instants: Sequence[Instant | None], precision: int | None) -> list[Stated | None]:
    """
    Return the values that `as_columns` made *instants* of.

    Rows from before values were told apart have placeholders among them, which state nothing.
    """
    if precision is None:
        return [
            None if instant is None or instant < _EARLIEST else instant for instant in instants
        ]
    return [
        VOID if precision & 2 << 2 * place
        else None if instant is None or instant < _EARLIEST
        else day_of(instant) if precision & 1 << 2 * place
        else instant
        for place, instant in enumerate(instants)
    ]


@lru_cache(maxsize=4096)
def _day_start(day: int) -> Instant:
    return day_start(day)
