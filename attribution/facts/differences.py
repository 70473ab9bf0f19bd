"""
The difference ledger: rows that somebody must look at, and the deed that puts them aside.

A file that follows settles what it puts right (`survey`); the rest is a person's word, and
is entered with what they found.
"""
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from attribution.deeds import Actor, Doing, Kind, do
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.store import difference_rows, feed_batches
from attribution.store.difference_rows import Chosen

# Of one entry in the audit log, and of one transaction.
TOGETHER = 500


def settle_all(
    ledger: Ledger, chosen: Chosen, note: str, actor: Actor, now: Instant
) -> int:
    """
    Mark the open ones of the *chosen* differences as dealt with; return how many.

    In steps, each a deed with its entry; cut off, the rest is open still.

    Args:
        note: What was found. Holds no number of a phone.
    """
    chosen, done = replace(chosen, state="open"), 0
    while True:
        with ledger.store.read() as connection:
            ids = difference_rows.ids(connection, ledger.campaign.id, chosen, limit=TOGETHER)
        if not ids:
            return done
        done += settle(ledger, ids, note, actor, now)


def settle(ledger: Ledger, ids: Sequence[int], note: str, actor: Actor, now: Instant) -> int:
    """
    Mark the differences *ids* as dealt with; return how many were open until now.

    Args:
        note: What was found. Holds no number of a phone.
    """

    def act(doing: Doing) -> int:
        connection, campaign = doing.connection, ledger.campaign.id
        done = [
            id for id in ids
            if feed_batches.finish(connection, campaign, {
                "difference": id, "id": doing.next_id(), "at": now, "note": note,
                "by_whom": actor.name,
            })
        ]
        if done:
            rows: list[dict[str, Any]] = [
                dict(row) for row in difference_rows.named(connection, campaign, done)
            ]
            subject = f"difference {done[0]}" if len(done) == 1 else f"{len(done)} differences"
            doing.enter(
                Kind.DIFFERENCE_DONE, subject, before="open", after="done", note=note, rows=rows
            )
        return len(done)

    return do(ledger.store, actor, now, act)
