"""
Ids that are printed on paper: A01, N01, D01, B01, given in order and never again.
"""
import re
from collections.abc import Iterable

_ID = re.compile(r"([ANDB])([0-9]{2,4})")


def is_id(text: str, letter: str) -> bool:
    """Whether *text* is an id of the kind that *letter* says."""
    found = _ID.fullmatch(text)
    return found is not None and found[1] == letter


class Ids:
    """Gives the next free id of each letter; *used* ones are never given again."""

    def __init__(self, used: Iterable[str]) -> None:
        self._used = set(filter(None, used))
        self._last = dict.fromkeys("ANDB", 0)
        for id in self._used:
            if found := _ID.fullmatch(id):
                self._last[found[1]] = max(self._last[found[1]], int(found[2]))

    @property
    def used(self) -> frozenset[str]:
        """All that were given, here or before."""
        return frozenset(self._used)

    def next(self, letter: str) -> str:
        """Return the id after the highest of *letter*: one that was closed stays closed."""
        self._last[letter] += 1
        id = f"{letter}{self._last[letter]:02d}"
        self._used.add(id)
        return id
