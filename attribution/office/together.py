"""
Many corrections in one deed: asked for by one person, answered by another.

Forty claims that somebody took over are one decision to whoever makes it, and one transaction:
cut off, nothing is done. What cannot be done to one of them is told, and stops none of the
others. Each keeps its own entry, and one more says that they were one deed.
"""
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.ledger import Ledger
from attribution.office import corrections
from attribution.rule.instants import Instant
from attribution.store import person_history, proposals
from attribution.store.engine.database import Connection
from qrgen.faults import Fault

# Of one form, and of one transaction: so long everybody else who writes may wait.
MOST = 200


@dataclass
class Together:
    """What became of them: how many were done, and why the others were not."""

    done: int = 0
    faults: list[Fault] = field(default_factory=list)


def ask_all(
    ledger: Ledger, kind: Literal["hold", "release"], claims: Iterable[int], *, reason: str,
    note: str, asked_by: Actor, now: Instant,
) -> Together:
    """Ask for each of *claims* that it be held or released, which another has to approve."""
    corrections.refuse_note(note)
    return _all(
        ledger, list(claims), kind, note, asked_by, now, person_history.persons_of_claims,
        lambda claim: corrections.ask(
            ledger, kind, claim, reason=reason, note=note, asked_by=asked_by, now=now
        ),
    )


def answer_all(
    ledger: Ledger, ids: Iterable[int], *, approve: bool, answered_by: Actor, now: Instant,
    note: str = "",
) -> Together:
    """Approve or refuse each of the corrections *ids*; one's own are refused like any."""
    return _all(
        ledger, list(ids), "approve" if approve else "refuse", note, answered_by, now,
        proposals.persons,
        lambda id: corrections.answer(
            ledger, id, approve=approve, answered_by=answered_by, now=now, note=note
        ),
    )


def _all(
    ledger: Ledger, ids: Sequence[int], deed: str, note: str, actor: Actor, now: Instant,
    persons: Callable[[Connection, str, Sequence[int]], list[str]],
    one: Callable[[int], object],
) -> Together:
    def act(doing: Doing) -> Together:
        connection, found = doing.connection, Together()
        # All of them at once and in one order: two who answer many do not wait for each other.
        connection.hold(ledger.campaign.id, persons(connection, ledger.campaign.id, ids))
        for id in ids:
            try:
                with connection.savepoint():
                    one(id)
                found.done += 1
            except Fault as fault:
                found.faults.append(fault)
        if found.done:
            doing.enter(
                Kind.TOGETHER, f"{found.done} corrections", deed=deed, note=note,
                refused=len(found.faults),
            )
        return found

    return deeds.do(ledger.store, actor, now, act)
