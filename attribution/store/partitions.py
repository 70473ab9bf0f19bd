"""
The scan log on PostgreSQL, in a partition a week (docs/decisions/0008).

A scan's id begins with its time, so the key alone says where a row lies; nothing but
this module knows that there are partitions. A week that nobody made ahead is caught by
``scan_default``, so that no scan ever fails for want of one; its rows move when the
week is made. What was there before is one partition of its own, ``scan_before``.
"""
import re
from dataclasses import dataclass

from attribution.rule.instants import DAY, HOUR, Instant, day_of, now
from attribution.store.engine.database import Connection
from attribution.store.engine.postgres_words import append_only, no_truncate
from attribution.store.ids import first_id_at, instant_of
from attribution.store.triggers import past_the_triggers

WEEK = 7 * DAY
# A Monday, midnight in Shanghai.
_MONDAY = 4 * DAY - 8 * HOUR
# A Monday in a name of SQL: scan_20261123.
_NAME = "scan_{day}"


@dataclass(frozen=True)
class Partition:
    """Part of the scan log: ids from *since* to *until*; None is without end."""

    name: str
    since: int | None
    until: int | None
    default: bool = False


def listing(connection: Connection) -> list[Partition]:
    """Return all partitions, oldest first, the default one last."""
    found = []
    for row in connection.rows(
        """select part.relname as name, pg_get_expr(part.relpartbound, part.oid) as bound
           from pg_inherits join pg_class part on part.oid = pg_inherits.inhrelid
           where pg_inherits.inhparent = 'scan'::regclass"""
    ):
        ends = re.fullmatch(
            r"FOR VALUES FROM \('?(\w+)'?\) TO \('?(\w+)'?\)", str(row["bound"])
        )
        since, until = (
            (int(end) if end.isdecimal() else None) for end in (ends.groups() if ends else "--")
        )
        found.append(Partition(row["name"], since, until, default=ends is None))
    return sorted(found, key=lambda part: (part.default, part.since or 0))


def missing(connection: Connection, since: Instant, until: Instant) -> list[Instant]:
    """Return the beginnings of those weeks from *since* to *until* that have no partition."""
    there = [part for part in listing(connection) if not part.default]
    return [
        week for week in range(week_of(since), until, WEEK)
        if not any(
            (part.since is None or part.since < first_id_at(week + WEEK))
            and (part.until is None or first_id_at(week) < part.until)
            for part in there
        )
    ]


def make(connection: Connection, week: Instant) -> None:
    """Make the partition of the *week*, unless somebody did, and move its rows there."""
    if week not in missing(connection, week, week + 1):
        return
    name = _NAME.format(day=day_of(week))
    since, until = first_id_at(week), first_id_at(week + WEEK)
    # Made first and attached then: that keeps no scan of another week waiting.
    connection.run(f"create table {name} (like scan including all)")
    bounds = f"id >= {since} and id < {until}"
    if connection.one(f"select 1 as one from scan_default where {bounds} limit 1"):
        connection.run("lock table scan_default in access exclusive mode")
        connection.run(f"insert into {name} select * from scan_default where {bounds}")
        _delete(connection, "scan_default", bounds)
    connection.run(
        f"alter table scan attach partition {name} for values from ({since}) to ({until})"
    )
    # The row trigger comes with the parent's; this kind does not.
    connection.run(no_truncate(name, "scan"))


def over(connection: Connection, before: int) -> list[Partition]:
    """Return the partitions, the default one aside, that hold only ids below *before*."""
    return [
        part for part in listing(connection)
        if part.until is not None and part.until <= before and not part.default
    ]


def drop(connection: Connection, part: Partition) -> None:
    """
    Take *part* out of the log, which costs nothing however many rows it has.

    From here on every scan waits for the commit.
    """
    connection.run(f"alter table scan detach partition {part.name}")
    connection.run(f"drop table {part.name}")


def delete(connection: Connection, campaign: str, after: int, last: int) -> None:
    """Delete the campaign's scans with ids over *after* and up to *last*, row by row."""
    for part in listing(connection):
        if (part.since is None or part.since <= last) and (
            part.until is None or part.until > after
        ):
            bounds = f"campaign = :campaign and id > {after} and id <= {last}"
            _delete(connection, part.name, bounds, campaign=campaign)


def divide_scans(connection: Connection) -> None:
    """Turn the scan log as it was into the first partition of one that has many."""
    for statement in _DIVIDE:
        connection.run(statement)
    for statement in append_only("scan"):
        connection.run(statement)
    connection.run(no_truncate("scan_default", "scan"))
    row = connection.one("select max(id) as id from scan_before")
    if row is None or row["id"] is None:
        connection.run("drop table scan_before")
        return
    end = first_id_at(week_of(max(instant_of(row["id"]), now())) + WEEK)
    connection.run(
        f"alter table scan attach partition scan_before for values from (minvalue) to ({end})"
    )
    connection.run(no_truncate("scan_before", "scan"))


_DIVIDE = (
    "alter table scan rename to scan_before",
    "alter index scan_pkey rename to scan_before_pkey",
    "alter index scan_by_unit rename to scan_before_by_unit",
    "drop trigger scan_no_change on scan_before",
    "drop trigger if exists scan_no_truncate on scan_before",
    "create table scan (like scan_before including all excluding indexes) partition by range (id)",
    "alter table scan add primary key (id)",
    "create index scan_by_unit on scan (campaign, unit, id)",
    "create table scan_default partition of scan default",
)


def week_of(at: Instant) -> Instant:
    """Return the beginning of the week *at* lies in."""
    return _MONDAY + (at - _MONDAY) // WEEK * WEEK


def _delete(connection: Connection, name: str, bounds: str, **parameters: str) -> None:
    with past_the_triggers(connection, "postgresql", [name]):
        connection.run(f"delete from {name} where {bounds}", parameters)
