"""
Files on their way into the ledger: rows that are kept, and count from one moment on.

A job's rows lie here, some hundred in one, until `count_it` makes them count; then
each chunk is deleted in the transaction that adds its facts, so whoever goes on with a
job that was cut off does nothing twice. Rows of a job that never came to count are
nobody's facts, and are thrown away.
"""
from attribution.rule.instants import Instant
from attribution.store import end_log
from attribution.store.engine.database import Connection, Row


def begin(
    connection: Connection, campaign: str, id: int, batch: str, at: Instant, seen_at: Instant
) -> None:
    """Open job *id*, of which nothing counts yet."""
    end_log.require_people(connection, campaign)
    connection.run(
        """insert into feed_job (campaign, id, batch, at, seen_at, counted)
           values (:campaign, :id, :batch, :at, :seen_at, 0)""",
        {"campaign": campaign, "id": id, "batch": batch, "at": at, "seen_at": seen_at},
    )


def add_chunk(
    connection: Connection, campaign: str, job: int, number: int, rows: str, seen_at: Instant
) -> None:
    """Keep *rows* as the next chunk of *job*."""
    connection.run(
        """insert into feed_chunk (campaign, job, number, rows)
           values (:campaign, :job, :number, :rows)""",
        {"campaign": campaign, "job": job, "number": number, "rows": rows},
    )
    touch(connection, campaign, job, seen_at)


def touch(connection: Connection, campaign: str, job: int, seen_at: Instant) -> None:
    """Give a sign of life."""
    connection.run(
        "update feed_job set seen_at = :at where campaign = :campaign and id = :job",
        {"campaign": campaign, "job": job, "at": seen_at},
    )


def count_it(connection: Connection, campaign: str, job: int) -> bool:
    """From this transaction on *job* counts. False when its rows were thrown away."""
    return bool(
        connection.run(
            "update feed_job set counted = 1 where campaign = :campaign and id = :job",
            {"campaign": campaign, "job": job},
        )
    )


def counting(
    connection: Connection, campaign: str, seen_before: Instant | None = None
) -> list[Row]:
    """Return the jobs that count and are not through, in order; only silent ones if asked."""
    return connection.rows(
        """select id, batch, at from feed_job where campaign = :campaign and counted = 1
               and seen_at < :before order by id""",
        {"campaign": campaign, "before": 2**62 if seen_before is None else seen_before},
    )


def chunks(connection: Connection, campaign: str, job: int) -> list[int]:
    """Return the numbers of the chunks that *job* has left."""
    rows = connection.rows(
        """select number from feed_chunk where campaign = :campaign and job = :job
           order by number""",
        {"campaign": campaign, "job": job},
    )
    return [row["number"] for row in rows]


def take_chunk(connection: Connection, campaign: str, job: int, number: int) -> str | None:
    """Take a chunk out; None when somebody else did."""
    key = {"campaign": campaign, "job": job, "number": number}
    row = connection.one(
        """select rows from feed_chunk
           where campaign = :campaign and job = :job and number = :number""",
        key,
    )
    # Two who help at once both read it; only one of them deletes it.
    mine = row is not None and connection.run(
        """delete from feed_chunk
           where campaign = :campaign and job = :job and number = :number""",
        key,
    )
    return str(row["rows"]) if row is not None and mine else None


def drop(connection: Connection, campaign: str, job: int) -> None:
    """Forget *job* and what it has left."""
    key = {"campaign": campaign, "job": job}
    connection.run("delete from feed_chunk where campaign = :campaign and job = :job", key)
    connection.run("delete from feed_job where campaign = :campaign and id = :job", key)


def drop_abandoned(connection: Connection, campaign: str, seen_before: Instant) -> int:
    """Forget the jobs that died before they counted; return how many."""
    rows = connection.rows(
        """select id from feed_job
           where campaign = :campaign and counted = 0 and seen_at < :before""",
        {"campaign": campaign, "before": seen_before},
    )
    for row in rows:
        drop(connection, campaign, row["id"])
    return len(rows)
