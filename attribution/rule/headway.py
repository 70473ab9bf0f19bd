"""
How far somebody is on the four steps, as far as that may be known: what the page is drawn by.

The four are registering with us, registering with the app, a card, a payment; the last three are
the platform's three facts. A fact stands over what the platform answered when it was asked
who is new. Whoever has not proved the number is `UNKNOWN`, whatever is known: a page that
differs would tell a stranger about a number.
"""
from dataclasses import dataclass
from enum import Enum

from attribution.rule.instants import Instant
from attribution.rule.newness import State
from attribution.rule.stated import Stated, first

STEPS = 4


class Reached(str, Enum):
    """Where somebody stands: by the last step that is done, or why that is not said."""

    UNKNOWN = "unknown"
    NOT_STARTED = "not_started"
    REGISTERED = "registered"
    BOUND = "bound"
    PAID = "paid"
    OLD = "old"


@dataclass(frozen=True)
class Headway:
    """
    What a page says of somebody.

    Args:
        done: The numbers of the steps that are known to be done.
        left: The one to be done next; None when there is none.
    """

    place: Reached
    done: frozenset[int]
    left: int | None

    @property
    def known(self) -> bool:
        """Whether anything may be said; else people tick for themselves."""
        return self.place is not Reached.UNKNOWN

    @property
    def remaining(self) -> tuple[int, ...]:
        """The steps not known to be done, the next one first."""
        if self.left is None:
            return ()
        return tuple(step for step in range(1, STEPS + 1) if step not in self.done)


@dataclass(frozen=True)
class Steps:
    """What the platform stated of somebody; None where it did not."""

    registered_at: Stated | None = None
    card_bound_at: Stated | None = None
    first_txn_at: Stated | None = None


# Somebody who looks at the guide and has not claimed: nothing is done, and ① is next.
READING = Headway(Reached.UNKNOWN, frozenset(), 1)
# A claim whose number nobody proved.
CLAIMED = Headway(Reached.UNKNOWN, frozenset({1}), 2)


def of_proved(steps: Steps, asked: State | None, mark_time: Instant) -> Headway:
    """
    Return how far somebody is who claimed and proved the number.

    Args:
        asked: What the platform answered about the number; None where it was not asked.
        mark_time: Who registered with the app before it is an old user.
    """
    if steps.registered_at is not None:
        if first(steps.registered_at) < mark_time:
            return Headway(Reached.OLD, frozenset({2}), None)
        done = {1, 2}
        if steps.card_bound_at is not None:
            done.add(3)
        if steps.first_txn_at is not None:
            done.add(4)
        if len(done) == STEPS:
            return Headway(Reached.PAID, frozenset(done), None)
        # Who is known to have paid and not to have bound a card still has to bind one.
        place = Reached.BOUND if 3 in done else Reached.REGISTERED
        return Headway(place, frozenset(done), 3 if 3 not in done else 4)
    if asked is State.BEFORE:
        return Headway(Reached.OLD, frozenset({2}), None)
    if asked is State.DURING:
        return Headway(Reached.REGISTERED, frozenset({1, 2}), 3)
    if asked is State.NEW:
        return Headway(Reached.NOT_STARTED, frozenset({1}), 2)
    return CLAIMED
