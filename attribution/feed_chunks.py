"""
The chunks of a file that counts become facts and credits, each in a transaction of its own.

Where that was cut off, `finish` goes on; several may help at once, and each chunk is
taken by one of them (docs/decisions/0007).
"""
from functools import partial

from attribution import decisions, instants
from attribution.feed_file import Progress
from attribution.feed_survey import Surveyed, lay_over, persons_of
from attribution.instants import MINUTE, SECOND, Instant
from attribution.store import Store, beside, feed_jobs, feedbook, ledger
from attribution.store.database import Connection, Row
from qrgen.registry import Campaign

# A job that gave no sign of life for so long is dead: its process was killed.
SILENCE = 30 * SECOND
ABANDONED = 60 * MINUTE


def finish(
    store: Store, campaign: Campaign, now: Instant, *, silent: bool = False
) -> int:
    """
    Go on with files that count and were cut off; return how many there were.

    Args:
        silent: Leave those alone that somebody seems to be at.
    """
    seen_before = instants.now() - SILENCE if silent else None
    with store.read() as connection:
        jobs = feed_jobs.counting(connection, campaign.id, seen_before)
    for job in jobs:
        absorb_job(store, campaign, job, now)
    return len(jobs)


def forget_abandoned(store: Store, campaign: Campaign) -> None:
    """Throw away the rows of files whose import died before they counted."""
    before = instants.now() - ABANDONED
    beside.write(store, lambda c: feed_jobs.drop_abandoned(c, campaign.id, before))


def absorb_job(
    store: Store, campaign: Campaign, job: Row, now: Instant, progress: Progress = iter
) -> None:
    """Make facts of what *job* has left, chunk by chunk; several may help at once."""
    with store.read() as connection:
        left = feed_jobs.chunks(connection, campaign.id, job["id"])
    for number in progress(left):
        beside.write(store, partial(_absorb_chunk, store, campaign, job, number, now))
    beside.write(store, lambda c: feed_jobs.drop(c, campaign.id, job["id"]))


def _absorb_chunk(
    store: Store, campaign: Campaign, job: Row, number: int, now: Instant, connection: Connection
) -> None:
    text = feed_jobs.take_chunk(connection, campaign.id, job["id"], number)
    if text is not None:  # else somebody who helps was quicker
        feed_jobs.touch(connection, campaign.id, job["id"], instants.now())
        surveyed = Surveyed.from_json(text)
        absorb(store, connection, campaign, job["batch"], job["at"], surveyed, now)


def absorb(
    store: Store, connection: Connection, campaign: Campaign, batch: str, received_at: Instant,
    surveyed: Surveyed, now: Instant,
) -> None:
    """Write a chunk: facts, what follows from them, and what is to be looked at."""
    items = surveyed.items
    # Read again, for others were let in since the survey; and before the rows are
    # written, which we have at hand.
    found = ledger.histories(connection, campaign.id, persons_of(items), strangers=True)
    lay_over(items, found)
    ledger.add_facts(connection, (
        ledger.Fact(
            store.next_id(now), campaign.id, item.person, item.as_of, received_at, batch,
            item.last4, item.registered_at, item.card_bound_at, item.first_txn_at,
        )
        for item in items
    ))
    decisions.apply(store, connection, campaign, found, now, "feed_correction")
    for id in surveyed.settled:
        feedbook.finish(connection, campaign.id, {
            "difference": id, "id": store.next_id(now), "at": now,
            "note": f"settled by batch {batch}", "by_whom": "rule",
        })
    feedbook.add_differences(connection, campaign.id, [
        {
            "id": store.next_id(now), "at": now, "batch": batch, "line": line,
            "person": person, "last4": last4, "category": category, "reason": reason,
        }
        for line, person, last4, category, reason in surveyed.differences
    ])
