"""The axis of a drawing: from nothing up to what is there, in round steps."""
from dataclasses import dataclass

# Steps that people read without reckoning, times a power of ten.
_ROUND = (1, 2, 5, 10)


@dataclass(frozen=True)
class Scale:
    """An axis from 0 to *top* in equal steps of *step*."""

    top: int
    step: int

    @property
    def labels(self) -> list[int]:
        """What stands beside it, from above: equally far from each other."""
        return list(range(self.top, -1, -self.step))

    def height(self, number: float) -> float:
        """Return where *number* is, of 100."""
        return round(number * 100 / self.top, 2)


def scale(most: float, steps: tuple[int, ...] = (4, 5)) -> Scale:
    """
    Return the lowest axis that holds *most* in round steps.

    Args:
        steps: How many there may be; of axes as low as each other the one with fewer is taken.
    """
    found = []
    for number in steps:
        step = _round_up(most / number)
        found.append(Scale(step * max(-int(-most // step), 1), step))
    return min(found, key=lambda one: (one.top, -one.step))


def _round_up(number: float) -> int:
    """Return a round step not below *number*; steps of people are whole."""
    size = 1
    while size * 10 < number:
        size *= 10
    return next(size * step for step in _ROUND if size * step >= number)
