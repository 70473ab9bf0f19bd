"""
Where a long Chinese name may break: between its parts, not within a word, lines alike long.

Chinese breaks anywhere, and a layout engine does; a reader takes 水电气 / 费代缴 for a slip.
"""
from functools import lru_cache
from itertools import accumulate, combinations, pairwise
from math import inf
from operator import sub

# A line may end after these, and begin with those.
_CLOSING = "）)、，；：·　"
_OPENING = "（("
# The last letter of what offices, places and banks are called; and what joins two of them.
_ENDINGS = "局委办会部站所院校厂店区镇乡村行司"
_JOINING = "和与及暨"

# A break within a word weighs like a line that is longer by so many letters.
_WITHIN_A_WORD = 9.0
_AFTER_AN_ENDING = 0.6

MOST_LINES = 3


@lru_cache(maxsize=1024)
def line_choices(text: str) -> tuple[tuple[str, ...], ...]:
    """Return *text* on one line, on two, and on three, as well as each can be broken."""
    choices: list[tuple[str, ...]] = [(text,)]
    places = range(2, len(text) - 1)  # two letters on a line at least
    upto = list(accumulate(map(_width, text), initial=0.0))
    bad = [0.0, 0.0, *(_badness(text, at) for at in places)]
    for count in range(2, MOST_LINES + 1):
        if len(text) < 3 * count:
            break
        if len(text) > 40:  # three lines of it: the middle places only, or there are too many
            third = len(text) // count
            places_now = [at for at in places if min(at % third, -at % third) <= 5]
        else:
            places_now = list(places)
        least, best = inf, tuple(places_now[: count - 1])
        even = upto[-1] / count
        for at, first in enumerate(places_now):
            if bad[first] + even >= least:
                continue  # as if all lines were alike long, and still no better
            for others in combinations(places_now[at + 1 :], count - 2):
                badness = sum([bad[cut] for cut in others], bad[first])
                if badness + even >= least:
                    continue
                ends = [upto[first], *[upto[cut] for cut in others]]
                widths = list(map(sub, [*ends, upto[-1]], [0.0, *ends]))
                # The longest decides how large the letters can be; the others follow for looks.
                cost = 1.5 * max(widths) - 0.5 * min(widths) + badness
                if cost < least:
                    least, best = cost, (first, *others)
        edges = (0, *best, len(text))
        choices.append(
            tuple(
                text[a:b].strip(" 　") for a, b in pairwise(edges)
            )
        )
    return tuple(choices)


def _badness(text: str, cut: int) -> float:
    before, after = text[cut - 1], text[cut]
    if after in _CLOSING or before in _OPENING:
        return 100
    if (before.isascii() and before.isalnum()) and (after.isascii() and after.isalnum()):
        return 100
    if before in _CLOSING or after in _OPENING or before == " ":
        return 0
    if before in _JOINING or after in _ENDINGS or text[cut : cut + 2] == "银行":
        return 2 * _WITHIN_A_WORD
    if before in _ENDINGS or after in _JOINING:
        return _AFTER_AN_ENDING
    return _WITHIN_A_WORD


def text_width(text: str) -> float:
    """Return how wide *text* is, in Chinese letters."""
    return sum(map(_width, text))


def _width(letter: str) -> float:
    return 0.5625 if letter.isascii() else 1.0  # in binary a whole number: sums tie or do not
