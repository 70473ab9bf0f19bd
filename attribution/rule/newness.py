"""
Who is new: what an answer of the platform means.

Three answers and a fourth, relative to the campaign's mark time: not registered yet
(new), registered during the campaign, registered before it, or unknown. Unknown is an
answer like the others: a platform that is down keeps nobody from claiming, and the feed
will bring the truth. What is found out is for staff; a resident is told only after the
number was proved to be theirs by a one-time password, because otherwise anyone could ask about
anybody.

How an answer is come by stands in `resident.platform`.
"""
from dataclasses import dataclass
from enum import Enum

from attribution.rule.instants import Instant


class State(str, Enum):
    """What the platform says of a number, relative to the campaign's mark time."""

    NEW = "new"
    DURING = "during"
    BEFORE = "before"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Answer:
    """*known*: the platform has such a user; None: it could not say."""

    known: bool | None
    registered_at: Instant | None = None


SILENCE = Answer(None)


def judge(answer: Answer, mark_time: Instant) -> State:
    """
    Return the state that *answer* means.

    A user without a time is one from the list of old users that the platform gives
    before a campaign, so it was registered before.
    """
    if answer.known is None:
        return State.UNKNOWN
    if not answer.known:
        return State.NEW
    if answer.registered_at is None or answer.registered_at < mark_time:
        return State.BEFORE
    return State.DURING
