"""
Names by the first letters of their characters' readings: 长冈 is ``cg``, and ``zg`` as well.

A character that is read in more than one way has a letter for each, and any combination fits; so
nobody has to know which of them a program would have taken for right. The table is our own,
`scripts/initials.py` makes it; it is read when the first letters are typed.
"""
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from qrgen.texts import fold

_FILE = Path(__file__).with_name("initials.txt")
_ROW = re.compile("([0-9A-F]{4}) (.+)")
_LETTERS = re.compile("[a-z0-9]+")


def letters(typed: str) -> str:
    """Return *typed* as initials, small and without blanks; '' where it is none."""
    plain = fold(typed).replace(" ", "").casefold()
    return plain if _LETTERS.fullmatch(plain) and not plain.isdecimal() else ""


@lru_cache(maxsize=8192)
def of_name(name: str) -> tuple[str, ...]:
    """
    Return, for each character of *name* that is read or typed, the letters that may stand for it.

    What stands between characters is left out.
    """
    found = (of_char(char) for char in fold(name).casefold())
    return tuple(one for one in found if one)


def of_char(char: str) -> str:
    """Return the letters of one character, itself for a letter or a digit; '' for no reading."""
    if char.isascii():
        return char if char.isalnum() else ""
    first, base, more = _table()
    place = ord(char) - first
    letter = base[place].strip("-") if 0 <= place < len(base) else ""
    return letter + more.get(char, "")


def place_in(name: str, typed: str) -> int:
    """Return at which character of *name* the initials *typed* (`letters`) fit; -1 for nowhere."""
    sets = of_name(name)
    for start in range(len(sets) - len(typed) + 1):
        if _fits(sets[start:], typed):
            return start
    return -1


def is_whole(name: str, typed: str) -> bool:
    """Whether the initials *typed* stand for every character of *name*."""
    sets = of_name(name)
    return len(sets) == len(typed) and _fits(sets, typed)


def written(name: str) -> str:
    """Return the letters of *name* for a page's script, a blank between characters."""
    return " ".join(of_name(name))


def _fits(sets: Sequence[str], typed: str) -> bool:
    return all(letter in one for letter, one in zip(typed, sets, strict=False))


@lru_cache(maxsize=1)
def _table() -> tuple[int, str, dict[str, str]]:
    """Return the first code point, a letter for each from there on, and what some have besides."""
    rows: list[tuple[int, str]] = []
    more: dict[str, str] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if row := _ROW.fullmatch(line):
            rows.append((int(row[1], 16), row[2]))
            continue
        letter, _, chars = line.partition(" ")
        for char in chars:
            more[char] = more.get(char, "") + letter
    return rows[0][0], "".join(text for _, text in rows), more
