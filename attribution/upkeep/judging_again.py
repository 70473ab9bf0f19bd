"""
A ledger that an earlier rule of credit judged, judged again by the one there is.

Whose credit moves is known, and can be read by people, before anything is written. Numbers of
periods that were locked stay; what moves in them is shown as corrected since, like every other
change behind a lock.
"""
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from attribution import judging
from attribution.deeds import Actor, Kind
from attribution.ledger import Ledger
from attribution.long_deeds import LongDeed
from attribution.proof import checks
from attribution.rule.instants import Instant
from attribution.rule.terms import RULE
from attribution.store import standings

# The reason on the automatic adjustments: which rule moved the credit.
CAUSE = f"rule_{RULE}"


@dataclass(frozen=True)
class Judged:
    """What came of it: how many stand by the rule now, how many count otherwise."""

    people: int
    moved: int


def is_due(ledger: Ledger) -> bool:
    """Whether an earlier rule judged somebody."""
    with ledger.store.read() as connection:
        return standings.judged_before(connection, ledger.campaign.id)


def moves(ledger: Ledger) -> Iterator[judging.Moved]:
    """Yield those whose credit the rule moves; write nothing."""
    terms = judging.terms_of(ledger.campaign)
    for found, _ in checks.everyone(ledger):
        for person, history in found.items():
            then = judging.stand(person, history, terms)
            now = history.standing.credited if history.standing else None
            if now != then.credited:
                yield judging.Moved(person, then.last4, now, then.credited, then.reason)


def judge_again(ledger: Ledger, now: Instant, actor: Actor, listed: str | None) -> Judged:
    """
    Judge everybody whom an earlier rule judged, in short steps; cut off, it goes on.

    Args:
        listed: The name of the file that lists whose credit moves, for the entry.
    """
    deed = LongDeed(
        ledger.store, actor, now, Kind.JUDGED_AGAIN, f"campaign {ledger.campaign.id}"
    )
    people = moved = 0
    earliest = RULE
    for found, _ in checks.everyone(ledger):
        persons = []
        for person, history in found.items():
            if history.standing is not None and history.standing.rule < RULE:
                persons.append(person)
                earliest = min(earliest, history.standing.rule)
        if not persons:
            continue
        changes = deed.step(partial(
            judging.refresh, ledger, persons=persons, now=now, cause=CAUSE
        ))
        people += len(changes)
        moved += sum(
            1 for change in changes
            if change.before is None or change.before.credited != change.after.credited
        )
    after = {"rule": RULE, "people": people, "moved": moved}
    deed.end(
        {**after, "file": listed} if listed else after, before={"rule": earliest}
    )
    return Judged(people, moved)
