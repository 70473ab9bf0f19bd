"""
Scans older than the law wants them kept: deleted, their counts kept, in steps.

On PostgreSQL whole weeks are dropped (`partitions`), which costs nothing however many
rows they have; the rest goes row by row, oldest first.
"""
from collections import Counter

from attribution.store import partitions, scan_lists, tallies
from attribution.store.engine.database import Connection, Row
from attribution.store.triggers import past_the_triggers

# The campaign is no way to find scans, all are of one: an expression hides it from the
# planner of either engine, and leaves it the key.
MINE = "campaign || ''"


def count(connection: Connection, campaign: str, before: int) -> int:
    """Return how many scans have an id below *before*."""
    row = connection.one(
        f"select count(*) as n from scan where {MINE} = :campaign and id < :before",
        {"campaign": campaign, "before": before},
    )
    return int(row["n"]) if row else 0


def forget(
    connection: Connection, dialect: str, campaign: str, after: int, before: int, limit: int
) -> tuple[int, int]:
    """
    Delete the oldest scans with ids over *after* and below *before*, keeping their counts.

    Returns:
        How many, at most *limit*, and the last one's id.
    """
    found = connection.one(
        f"""select max(id) as last, count(*) as n from (
                select id from scan
                where {MINE} = :campaign and id > :after and id < :before
                order by id limit :limit) oldest""",
        {"campaign": campaign, "after": after, "before": before, "limit": limit},
    )
    if found is None or not found["n"]:
        return 0, after
    last = int(found["last"])
    bound: Row = {"campaign": campaign, "after": after, "last": last}
    where = f"{MINE} = :campaign and id > :after and id <= :last"
    tallies.keep(connection, campaign, _counts(connection, "scan", where, bound))
    if dialect == "postgresql":
        partitions.delete(connection, campaign, after, last)
    else:
        scan_lists.forget(connection, where, bound)
        with past_the_triggers(connection, dialect, ["scan"]):
            connection.run(f"delete from scan where {where}", bound)
    return int(found["n"]), last


def weeks_over(connection: Connection, dialect: str, before: int) -> list[partitions.Partition]:
    """Return the weeks of the scan log whose ids are all below *before*, where it has weeks."""
    return partitions.over(connection, before) if dialect == "postgresql" else []


def forget_week(connection: Connection, campaign: str, week: partitions.Partition) -> int | None:
    """
    Drop a *week* of scans and keep their counts; return how many there were.

    None: it holds another campaign's, and nothing was done.
    """
    connection.alone(week.name)
    others = f"select 1 as one from {week.name} where campaign <> :campaign limit 1"
    if connection.one(others, {"campaign": campaign}):
        return None
    counts = _counts(connection, week.name, "campaign = :campaign", {"campaign": campaign})
    tallies.keep(connection, campaign, counts)
    partitions.drop(connection, week)
    return counts.total()


def _counts(
    connection: Connection, table: str, where: str, bound: Row
) -> Counter[tuple[str, int, str]]:
    kind = "case when flag is null then 'scan' else 'flagged' end"
    return Counter({
        (row["unit"], row["day"], row["kind"]): int(row["n"])
        for row in connection.rows(
            f"""select unit, day, {kind} as kind, count(*) as n from {table} where {where}
                group by unit, day, {kind}""",
            bound,
        )
    })
