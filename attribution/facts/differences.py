"""
The difference ledger: rows that somebody must look at, and the deeds that put them aside and back.

A file that follows settles what it puts right (`survey`); the rest is a person's word, and
is entered with what they found.
"""
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from attribution.deeds import Actor, Doing, Kind, do
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.store import difference_rows, feed_batches
from attribution.store.difference_rows import Chosen
from attribution.store.engine.database import Connection, Row

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

    return _say(
        ledger, ids, note, actor, now, feed_batches.finish, Kind.DIFFERENCE_DONE, ("open", "done")
    )


def reopen(ledger: Ledger, ids: Sequence[int], note: str, actor: Actor, now: Instant) -> int:
    """
    Say that the differences *ids*, which somebody settled, are to be looked at again.

    Nothing is taken back: who settled them, when and why stays, and this is added.

    Args:
        note: Why. Holds no number of a phone.

    Returns:
        How many were settled until now.
    """
    return _say(
        ledger, ids, note, actor, now, difference_rows.reopen, Kind.DIFFERENCE_REOPENED,
        ("done", "open"),
    )


def _say(
    ledger: Ledger, ids: Sequence[int], note: str, actor: Actor, now: Instant,
    say: Callable[[Connection, str, Row], bool], kind: Kind, was_is: tuple[str, str],
) -> int:
    """Add one word on each of *ids* that it is news to, and one entry; return how many."""

    def act(doing: Doing) -> int:
        connection, campaign = doing.connection, ledger.campaign.id
        told = [
            id for id in ids
            if say(connection, campaign, {
                "difference": id, "id": doing.next_id(), "at": now, "note": note,
                "by_whom": actor.name,
            })
        ]
        if told:
            rows: list[dict[str, Any]] = [
                dict(row) for row in difference_rows.named(connection, campaign, told)
            ]
            subject = f"difference {told[0]}" if len(told) == 1 else f"{len(told)} differences"
            doing.enter(kind, subject, before=was_is[0], after=was_is[1], note=note, rows=rows)
        return len(told)

    return do(ledger.store, actor, now, act)
