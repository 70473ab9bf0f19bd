"""
The chunks of a file that counts become facts and credits, each in a transaction of its own.

Where that was cut off, `finish` goes on; several may help at once, and each chunk is
taken by one of them (docs/decisions/0007).
"""
from functools import partial

from attribution import judging
from attribution.facts import notes
from attribution.facts.laying import Laid, laid_over
from attribution.facts.report import Surveyed
from attribution.facts.spool import Progress
from attribution.ledger import Ledger
from attribution.rule import instants
from attribution.rule.instants import MINUTE, SECOND, Instant
from attribution.store import background_write, end_log, feed_batches, feed_chunks, standings
from attribution.store.engine.database import Connection, Row

# A job that gave no sign of life for so long is dead: its process was killed.
SILENCE = 30 * SECOND
ABANDONED = 60 * MINUTE


def finish(ledger: Ledger, now: Instant, *, silent: bool = False) -> int:
    """
    Go on with files that count and were cut off; return how many there were.

    Args:
        silent: Leave those alone that somebody seems to be at.
    """
    seen_before = instants.now() - SILENCE if silent else None
    with ledger.store.read() as connection:
        jobs = feed_chunks.counting(connection, ledger.campaign.id, seen_before)
    for job in jobs:
        absorb_job(ledger, job, now)
    return len(jobs)


def being_taken_in(ledger: Ledger) -> list[tuple[str, int]]:
    """
    Return the batches that count and are not through, each with the chunks it has left.

    Until then every number is one of before the file for some people and of after it for
    others; whoever shows numbers says so.
    """
    campaign = ledger.campaign.id
    with ledger.store.read() as connection:
        return [
            (job["batch"], len(feed_chunks.chunks(connection, campaign, job["id"])))
            for job in feed_chunks.counting(connection, campaign)
        ]


def forget_abandoned(ledger: Ledger) -> None:
    """Throw away the rows of files whose import died before they counted."""
    before = instants.now() - ABANDONED
    background_write.write(
        ledger.store, lambda c: feed_chunks.drop_abandoned(c, ledger.campaign.id, before)
    )


def absorb_job(ledger: Ledger, job: Row, now: Instant, progress: Progress = iter) -> None:
    """Make facts of what *job* has left, chunk by chunk; several may help at once."""
    with ledger.store.read() as connection:
        left = feed_chunks.chunks(connection, ledger.campaign.id, job["id"])
    for number in progress(left):
        background_write.write(ledger.store, partial(_absorb_chunk, ledger, job, number, now))
    background_write.write(
        ledger.store, lambda c: feed_chunks.drop(c, ledger.campaign.id, job["id"])
    )


def _absorb_chunk(
    ledger: Ledger, job: Row, number: int, now: Instant, connection: Connection
) -> None:
    text = feed_chunks.take_chunk(connection, ledger.campaign.id, job["id"], number)
    if text is not None:  # else somebody who helps was quicker
        feed_chunks.touch(connection, ledger.campaign.id, job["id"], instants.now())
        surveyed = Surveyed.from_json(text)
        absorb(ledger, connection, job["batch"], job["at"], surveyed, now)


def absorb(
    ledger: Ledger, connection: Connection, batch: str, received_at: Instant,
    surveyed: Surveyed, now: Instant, laid: Laid | None = None,
) -> None:
    """
    Write a chunk: facts, what follows from them, and what is to be looked at.

    Args:
        laid: The histories with its rows laid over them, where this transaction read them.
    """
    end_log.require_people(connection, ledger.campaign.id)
    rows = surveyed.rows
    if laid is None:
        # Read again, for others were let in since the survey; and before the rows are
        # written, which we have at hand.
        laid = laid_over(connection, ledger.campaign, rows, batch, now)
    columns = rows._asdict()
    del columns["line"], columns["placeholder"]
    standings.add_fact_columns(
        connection, {"id": ledger.store.some_ids(now, rows.height), **columns},
        {"campaign": ledger.campaign.id, "batch": batch, "received_at": received_at},
    )
    judging.apply(
        ledger, connection, laid.found, now, judging.FEED, laid.organic.new
    )
    for id in surveyed.settled:
        feed_batches.finish(connection, ledger.campaign.id, {
            "difference": id, "id": ledger.store.next_id(now), "at": now,
            "note": notes.settled_by(batch), "by_whom": "rule",
        })
    feed_batches.add_differences(connection, ledger.campaign.id, [
        {
            "id": ledger.store.next_id(now), "at": now, "batch": batch, "line": line,
            "person": person, "last4": last4, "category": category, "reason": reason,
        }
        for line, person, last4, category, reason in surveyed.differences
    ])
