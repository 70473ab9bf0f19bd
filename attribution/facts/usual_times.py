"""
Times as most files write them, ``2022-10-11 09:30:00``, read a column at a time.

A file names few days, and a day has few seconds: each is read once, and all others are looked
up. Whatever is written otherwise is left to `feed_values`, and so is every value with which
something must be told besides that it is Shanghai's time.
"""
from collections.abc import Sequence
from datetime import datetime, timedelta

from attribution.rule.instants import HOUR, MINUTE, SECOND, Instant, day_start, plain_instant
from attribution.rule.stated import FIRST_DAY
from qrgen.tables.cells import Cell

# In a column: nothing stands there, and what is not usual.
NOTHING: Instant = 0
UNUSUAL: Instant = -1

_EARLIEST = day_start(FIRST_DAY)
_EPOCH_IN_SHANGHAI = datetime(1970, 1, 1, 8)
_MICROSECOND = timedelta(microseconds=1)

# More days than a campaign's files name; a file that names others is read without them.
_MOST_DAYS = 4096


class _Days(dict[str, Instant]):
    """The instant with which a day begins, by ``2022-10-11``."""

    def __missing__(self, text: str) -> Instant:
        found = plain_instant(f"{text} 00:00:00")
        if found is None or found < _EARLIEST:
            raise KeyError(text)
        if len(self) < _MOST_DAYS:
            self[text] = found
        return found


_MINUTES = {
    f"{mark}{hour:02}:{minute:02}": hour * HOUR + minute * MINUTE
    for mark in " T" for hour in range(24) for minute in range(60)
}
_SECONDS = {f":{second:02}": second * SECOND for second in range(60)}


class _Clocks(dict[str, Instant]):
    """The time since the day began, by `` 09:30:00``."""

    def __missing__(self, text: str) -> Instant:
        self[text] = since = _MINUTES[text[:6]] + _SECONDS[text[6:]]
        return since


_days = _Days()
_clocks = _Clocks()


def quick_time(text: str) -> Instant | None:
    """Return the instant of ``2022-10-11 09:30:00``, a tenth of the work; None: ask `time_of`."""
    try:
        return _days[text[:10]] + _clocks[text[10:]]
    except KeyError:
        return None


def quick_times(cells: Sequence[Cell]) -> list[Instant]:
    """Return the instants in *cells*, NOTHING and UNUSUAL among them."""
    days, clocks = _days, _clocks
    try:
        # Of nearly every column all are such texts, or nothing.
        return [days[text[:10]] + clocks[text[10:]] if text else 0 for text in cells]  # type: ignore[index]
    except (KeyError, TypeError):
        return [_one(cell) for cell in cells]


def _one(cell: Cell) -> Instant:
    if cell is None or cell == "":
        return NOTHING
    found = None
    if type(cell) is str:
        found = quick_time(cell)
    elif type(cell) is datetime and cell.tzinfo is None:
        found = (cell - _EPOCH_IN_SHANGHAI) // _MICROSECOND
        found = found if found >= _EARLIEST else None
    return UNUSUAL if found is None else found
