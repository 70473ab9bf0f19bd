"""
Held claims that are not going to be released: out of the queue, and back into it.

A held claim counts for nobody until two people release it, so that keeping it so changes no
number and takes one; it is entered with its reason, stands in a list of its own, and whoever
finds it wrong puts it back or asks for its release. Many with one reason are one deed.
"""
from collections.abc import Collection

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import accounts, corrections
from attribution.rule.instants import Instant
from attribution.store import console_lists, hold_words
from qrgen.faults import Fault

STATES = {"waiting": "待核查", "refused": "不予放行"}


def refuse(
    ledger: Ledger, claims: Collection[int], *, reason: str, note: str, by: Actor, now: Instant
) -> int:
    """
    Say that the waiting ones of *claims* are not to be released; return how many there were.

    Args:
        reason: One of `corrections.REASONS`, the same for all.
        note: What was found. Holds no number of a phone.

    Raises:
        Fault: *reason* is none, or *note* says nothing or holds a number.
    """
    if reason not in corrections.REASONS:
        raise Fault(
            Code.CORRECTION_REASON, status=2, reason=reason, reasons=tuple(corrections.REASONS)
        )
    return _say(ledger, claims, "waiting", "refused", reason, note, by, now)


def wait_again(
    ledger: Ledger, claims: Collection[int], *, note: str, by: Actor, now: Instant
) -> int:
    """Put those of *claims* that were not to be released back into the queue."""
    return _say(ledger, claims, "refused", "waiting", "review", note, by, now)


def _say(
    ledger: Ledger, claims: Collection[int], was: str, becomes: str, reason: str, note: str,
    by: Actor, now: Instant,
) -> int:
    corrections.refuse_note(note)

    def act(doing: Doing) -> int:
        accounts.require(doing.connection, by.name)
        rows = console_lists.held(doing.connection, ledger.campaign.id, was, only=claims)
        hold_words.add(doing.connection, ledger.campaign.id, [
            {
                "id": doing.next_id(), "at": now, "claim": row["id"], "state": becomes,
                "reason": reason, "note": note.strip(), "by_whom": by.name,
            }
            for row in rows
        ])
        if rows:
            doing.enter(
                Kind.HOLD_REFUSED if becomes == "refused" else Kind.HOLD_WAITS,
                f"claim {rows[0]['id']}" if len(rows) == 1 else f"{len(rows)} claims",
                reason=reason, note=note.strip(),
                rows=[{name: row[name] for name in ("id", "unit", "last4")} for row in rows],
            )
        return len(rows)

    return deeds.do(ledger.store, by, now, act)
