"""
Differences between a feed and what was known: worked off by somebody, with a note.

The rule settles those that a later file explains (`facts`); the others wait for a person.
"""
from collections.abc import Sequence

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.ledger import Ledger
from attribution.office import corrections
from attribution.rule.instants import Instant
from attribution.store import feed_batches

# An entry names so many, and of the rest their number.
LISTED = 100


def settle(ledger: Ledger, ids: Sequence[int], note: str, by: Actor, now: Instant) -> int:
    """
    Mark the differences *ids* as dealt with; return how many were open.

    Raises:
        Fault: *note* says nothing, or holds a phone number.
    """
    corrections.refuse_note(note)

    def act(doing: Doing) -> int:
        done = [
            id
            for id in ids
            if feed_batches.finish(doing.connection, ledger.campaign.id, {
                "difference": id, "id": doing.next_id(), "at": now, "note": note,
                "by_whom": by.name,
            })
        ]
        if done:
            doing.enter(
                Kind.DIFFERENCE_DONE, "differences", "open", "done", rows=len(done),
                ids=done[:LISTED],
            )
        return len(done)

    return deeds.do(ledger.store, by, now, act)
