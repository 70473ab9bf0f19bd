"""
How many rows each unit has in each log on a day that is over: a row left out of a unit's
bundle shows, for the count is a leaf too.

Counted is by the day of the row's id, which nothing changes any more when the day is over and
late rows have come. Every unit has a count for every day, also an empty one: a day left out
shows as well.
"""
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial

from attribution.ledger import Ledger
from attribution.proof.unsealed import GRACE, Rests
from attribution.rule.instants import DAY, HOUR, Instant, day_of, day_start
from attribution.store import background_write, ids, log_tree, registry
from attribution.store import seal_pages as kept
from attribution.store.engine.database import Connection, Row

# Under which the days that are counted once more are kept among the marks.
_AGAIN = "again "

# Which logs, and which of their columns names the unit.
COUNTED = {"scan": "unit", "claim": "unit", "credit": "unit", "adjustment": "to_unit"}


def add(ledger: Ledger, at: Instant, rests: Rests) -> int:
    """
    Count the days that are over at *at* and not counted yet; return how many days.

    Short reads: a day of scans is counted hour by hour.
    """
    done = 0
    over = day_start(day_of(at - 2 * GRACE))
    while True:
        with ledger.store.read() as connection:
            last = log_tree.last_count(connection, ledger.campaign.id)
            since = day_start(int(last["until"])) + DAY if last else 0
            coming = _next(connection, ledger.campaign.id, since)
            units = sorted(registry.read(connection, ledger.campaign.id).units)
        # Until the first row nobody has a day; after it a stretch without any is one.
        begin = since or coming or over
        end = begin + DAY if coming == begin else min(coming or over, over)
        if begin >= end or end > over:
            return done
        found = count(ledger, begin, rests) if coming == begin else {}
        made = _rows(ledger, at, begin, end, {**_none(units), **found})
        keep = partial(_keep, campaign=ledger.campaign.id, last=last, made=made)
        if not background_write.write(ledger.store, keep):
            return done  # another counted it meanwhile
        done += 1


def _none(units: Iterable[str]) -> dict[str, dict[str, int]]:
    return {unit: {} for unit in units}


def _rows(
    ledger: Ledger, at: Instant, begin: Instant, end: Instant,
    found: Mapping[str, Mapping[str, int]],
) -> list[Row]:
    return [
        {
            "id": id, "at": at, "day": day_of(begin), "until": day_of(end - 1), "unit": unit,
            "counts": json.dumps(dict(sorted(found[unit].items()))),
        }
        for id, unit in zip(ledger.store.some_ids(at, len(found)), sorted(found), strict=True)
    ]


def again(
    connection: Connection, campaign: str, event: int, begin: Instant, end: Instant
) -> None:
    """
    Let the days from *begin* to *end*, which a clock that was ahead ended, be counted once more.

    Args:
        event: The id of what the log tells of it.
    """
    log_tree.put_mark(connection, campaign, f"{_AGAIN}{event}", begin, end)


def add_again(ledger: Ledger, at: Instant, rests: Rests) -> None:
    """Count once more what `again` named, as far as it is over at *at*."""
    campaign = ledger.campaign.id
    over = day_start(day_of(at - 2 * GRACE))
    with ledger.store.read() as connection:
        due = {
            name: mark for name, mark in log_tree.marks(connection, campaign).items()
            if name.startswith(_AGAIN)
        }
        units = _none(registry.read(connection, campaign).units if due else ())
    for name, (first, end) in due.items():
        for begin in range(first, min(end, over), DAY):
            made = _rows(
                ledger, at, begin, begin + DAY, {**units, **count(ledger, begin, rests)}
            )
            if not background_write.write(ledger.store, partial(
                _keep_again, campaign=campaign, name=name, mark=(begin, end), made=made
            )):
                break  # another is at it


def _keep_again(
    connection: Connection, campaign: str, name: str, mark: tuple[int, int], made: list[Row]
) -> bool:
    connection.alone("unit_count")
    if log_tree.marks(connection, campaign).get(name) != mark:
        return False
    log_tree.add_counts(connection, campaign, made)
    log_tree.put_mark(connection, campaign, name, mark[0] + DAY, mark[1])
    return True


def count(ledger: Ledger, begin: Instant, rests: Rests) -> dict[str, dict[str, int]]:
    """Return unit -> log -> rows with ids of the day that begins at *begin*."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for log, column in COUNTED.items():
        for hour in range(begin, begin + DAY, HOUR):
            with ledger.store.read() as connection:
                counted = log_tree.count_rows(
                    connection, ledger.campaign.id, log, column,
                    ids.first_id_at(hour), ids.first_id_at(hour + HOUR),
                )
            rests.rest()
            for unit, n in counted.items():
                found[unit][log] = found[unit].get(log, 0) + n
    return dict(found)


def _next(connection: Connection, campaign: str, since: Instant) -> Instant | None:
    """Return when the day of the first row after *since* begins; None when there is none."""
    coming = kept.next_ids(connection, campaign, COUNTED, ids.first_id_at(since))
    return day_start(day_of(ids.instant_of(min(coming)))) if coming else None


def _keep(connection: Connection, campaign: str, last: Row | None, made: list[Row]) -> bool:
    connection.alone("unit_count")
    if log_tree.last_count(connection, campaign) != last:
        return False
    log_tree.add_counts(connection, campaign, made)
    return True
