"""
Why somebody lags: the step of a resident's way that is weakest beside everybody's.

Pure. A rate says that somebody is behind and never what to ask them on the telephone; the step
where they lose more than the others do, says it. It is a first question, and no verdict.
"""
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

# The steps, and of which step each is a part. Of scans the target is asked: who brings few to
# the code has few of everything, and no other share of theirs need be low.
_STEPS = (
    ("claimant", "scan"), ("registered", "claimant"), ("bound", "registered"),
    ("effective", "bound"),
)

# A share of fewer than so many says nothing.
ENOUGH = 10
# Not below this part of everybody's share, a step is as good as theirs.
ALIKE = Fraction(4, 5)


@dataclass(frozen=True)
class Weakness:
    """
    The weakest step, and its shares in per cent, of one's own and of everybody.

    *step* ``scan`` is told per hundred of the target; ``""``: no step is weaker than the others'.
    """

    step: str
    own: int = 0
    others: int = 0


def weakest(
    own: Mapping[str, int], target: int | None, every: Mapping[str, int], whole: int | None
) -> Weakness:
    """
    Return where *own* counts fall behind those of *every*body most.

    Args:
        target, whole: What is asked of the one, and of all.
    """
    found = []
    if target and whole:
        found.append(_weakness("scan", own, every, target, whole))
    for step, before in _STEPS:
        if own.get(before, 0) >= ENOUGH and every.get(before, 0) >= ENOUGH:
            found.append(_weakness(step, own, every, own[before], every[before]))
    ratio, weakness = min(found, key=lambda one: one[0], default=(ALIKE, Weakness("")))
    return weakness if ratio < ALIKE else Weakness("")


def _weakness(
    step: str, own: Mapping[str, int], every: Mapping[str, int], of: int, of_all: int
) -> tuple[Fraction, Weakness]:
    mine = Fraction(own.get(step, 0), of)
    theirs = Fraction(every.get(step, 0), of_all)
    # Where nobody gets on nobody is worse than the others.
    ratio = mine / theirs if theirs else Fraction(1)
    return ratio, Weakness(step, round(mine * 100), round(theirs * 100))
