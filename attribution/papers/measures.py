"""
The measures of an official paper (GB/T 9704-2012), for whatever kind of file it becomes.

22 lines of 28 characters on A4 have little room: 22 lines of 29 points are higher than the area
by 4 twips, and 28 characters of 16 points wider by 6 points. So a line is 579 twips and a
character has a quarter of a point less; both were measured in what LibreOffice makes of them.
"""
from collections.abc import Sequence
from itertools import pairwise
from unicodedata import east_asian_width

# Twips, twenty to a point.
PAGE = 11906, 16838
TOP, BOTTOM, LEFT, RIGHT = 2098, 1984, 1588, 1474
WIDE = PAGE[0] - LEFT - RIGHT
HIGH = PAGE[1] - TOP - BOTTOM
LINE = 579
TIGHTER = -5
LINES, CHARACTERS = 22, 28
MM = 1440 / 25.4

# Half points: 3号 of the body, 2号 of titles, 4号 of foot and page numbers, 小四 of tables.
BODY, TITLE, SMALL, TABLE = 32, 44, 28, 24
# A character of the body, as wide as it is set.
ONE = BODY * 10 + TIGHTER

BODY_FONT, KAI, HEI, SONG = "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
TITLE_FONT = "方正小标宋简体"

# Of the head: half points at most, and where its letters begin below the area's top.
HEAD = 68
HEAD_BELOW_MM = 35
# The foot's lines hold so many characters beside 抄送：.
COPY = 26
# The longest line of a title, and of it what never begins or ends one.
_TITLE_LINE = 20
_CLOSING = "，。、；：）》”的之和与及"
_OPENING = "（《“"


def width(text: str) -> float:
    """Return how many characters wide *text* is set; a digit is half of one."""
    return sum(1 if east_asian_width(letter) in "WFA" else 0.5 for letter in text)


def head_size(text: str) -> int:
    """Return in which half points the head *text* fits on one line."""
    return min(HEAD, int(WIDE / 10 / max(width(text), 1)))


def title_lines(text: str, joint: int = 0) -> list[str]:
    """
    Return a title in lines about as long, the later ones no longer: a trapezium.

    Args:
        joint: Where it is cut by its sense, if the parts have room.
    """
    if len(text) > _TITLE_LINE and 0 < len(text) - joint <= joint <= _TITLE_LINE:
        return [text[:joint], text[joint:]]
    lines = []
    for left in range(-(-len(text) // _TITLE_LINE), 0, -1):
        at = len(text) if left == 1 else -(-len(text) // left)
        while 0 < at < len(text) and (
            text[at] in _CLOSING or text[at - 1] in _OPENING
            or (text[at].isdecimal() and text[at - 1].isdecimal())
        ):
            at += 1
        lines.append(text[:at])
        text = text[at:]
    return [line for line in lines if line]


def signature(name: str, day: str, sealed: bool) -> tuple[float, float]:
    """
    Return how far, in characters, the issuer's *name* and the *day* end before the right margin.

    With a seal the day ends 4 before it, and the name stands in its middle. Without, the name
    ends 2 before it, and the day begins 2 after the name's beginning; whichever is longer ends
    where it may, and the other goes by it.
    """
    long, short = width(name), width(day)
    if sealed:
        middle = 4 + short / 2
        after = middle - long / 2
        return (after, 4) if after >= 2 else (2, 2 + long / 2 - short / 2)
    after = 2 + long - 2 - short
    return (2, after) if after >= 2 else (2 + short + 2 - long, 2)


def copy_lines(text: str) -> list[str]:
    """Return 抄送 in the lines of the foot, the later ones below its first name."""
    parts = [text[at:at + COPY] for at in range(0, len(text), COPY)] or [""]
    return [f"　抄送：{parts[0]}", *(f"　　　　{part}" for part in parts[1:])]


def column_widths(shares: Sequence[int]) -> list[int]:
    """Return the area's width in parts as *shares*, in twips that add up to it."""
    whole = sum(shares)
    ends = [round(WIDE * sum(shares[:n]) / whole) for n in range(len(shares) + 1)]
    return [last - first for first, last in pairwise(ends)]
