"""How far somebody is: a pure function of what the platform said, once the number is proved."""
import pytest

from attribution.rule import headway
from attribution.rule.headway import Headway, Reached, Steps, of_proved
from attribution.rule.instants import DAY, HOUR, Instant
from attribution.rule.newness import State

MARK: Instant = 1_700_000_000_000_000
AFTER = MARK + DAY
A_DAY_BEFORE = 20200101  # a bare date


@pytest.mark.parametrize(
    ("steps", "asked", "reached", "done", "left"),
    [
        (Steps(), None, Reached.UNKNOWN, {1}, 2),
        (Steps(), State.UNKNOWN, Reached.UNKNOWN, {1}, 2),
        (Steps(), State.NEW, Reached.NOT_STARTED, {1}, 2),
        (Steps(), State.DURING, Reached.REGISTERED, {1, 2}, 3),
        (Steps(), State.BEFORE, Reached.OLD, {2}, None),
        (Steps(AFTER), None, Reached.REGISTERED, {1, 2}, 3),
        (Steps(AFTER, AFTER + HOUR), None, Reached.BOUND, {1, 2, 3}, 4),
        (Steps(AFTER, AFTER + HOUR, AFTER + HOUR), None, Reached.PAID, {1, 2, 3, 4}, None),
        (Steps(AFTER, None, AFTER + HOUR), None, Reached.REGISTERED, {1, 2, 4}, 3),
        (Steps(MARK - 1), None, Reached.OLD, {2}, None),
        (Steps(A_DAY_BEFORE, AFTER, AFTER), None, Reached.OLD, {2}, None),
        (Steps(MARK), None, Reached.REGISTERED, {1, 2}, 3),
    ],
)
def test_how_far_somebody_is(
    steps: Steps, asked: State | None, reached: Reached, done: set[int], left: int | None
) -> None:
    assert Headway(reached, frozenset(done), left) == of_proved(steps, asked, MARK)


@pytest.mark.parametrize("asked", [*State, None])
def test_a_fact_stands_over_what_the_platform_answered(asked: State | None) -> None:
    """An answer is of the moment it was asked; the file comes later and knows more."""
    assert Reached.BOUND is of_proved(Steps(AFTER, AFTER), asked, MARK).place


def test_what_is_left_comes_in_its_order_and_nothing_is_left_of_what_is_done() -> None:
    assert (3, 4) == of_proved(Steps(AFTER), None, MARK).remaining
    assert (3,) == of_proved(Steps(AFTER, None, AFTER), None, MARK).remaining
    assert () == of_proved(Steps(AFTER, AFTER, AFTER), None, MARK).remaining
    assert (2, 3, 4) == headway.CLAIMED.remaining and not headway.CLAIMED.known
    assert (1, 2, 3, 4) == headway.READING.remaining
