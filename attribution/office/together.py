"""
Many corrections in one go: each is a deed of its own, asked for by one person, answered by another.

Forty claims that somebody took over are one decision to whoever makes it. What cannot be done
to one of them is told, and stops none of the others; cut off, what was done is done.
"""
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from attribution.deeds import Actor
from attribution.ledger import Ledger
from attribution.office import corrections
from attribution.rule.instants import Instant
from qrgen.faults import Fault

# Of one form: each is a transaction.
MOST = 500


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
    found = Together()
    for claim in claims:
        try:
            corrections.ask(
                ledger, kind, claim, reason=reason, note=note, asked_by=asked_by, now=now
            )
            found.done += 1
        except Fault as fault:
            found.faults.append(fault)
    return found


def answer_all(
    ledger: Ledger, proposals: Iterable[int], *, approve: bool, answered_by: Actor, now: Instant,
    note: str = "",
) -> Together:
    """Approve or refuse each of *proposals*; one's own are refused like any."""
    found = Together()
    for proposal in proposals:
        try:
            corrections.answer(
                ledger, proposal, approve=approve, answered_by=answered_by, now=now, note=note
            )
            found.done += 1
        except Fault as fault:
            found.faults.append(fault)
    return found
