"""
Slips of Chinese keyboards in a settings file: “…” for "…", ＝ for =, ： in a time.

TOML's parser says no more than that a value is invalid, and on a screen the two look alike.
"""
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

# What NFKC does not make plain.
_QUOTES = {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "「": '"', "」": '"', "『": '"',
           "』": '"', "、": ",", "。": ".", "【": "[", "】": "]", "〔": "[", "〕": "]",
           "—": "-", "–": "-", "−": "-"}
_ENDS = {"“": "”", "‘": "’", "「": "」", "『": "』", "＂": "＂"}


class Slip(NamedTuple):
    """A full-width sign outside of any text: line and column from 1, and the sign to write."""

    line: int
    column: int
    letter: str
    plain: str


def slips_in(text: str) -> list[Slip]:
    """Return the slips in *text*, which is no TOML, in order."""
    lines = enumerate(text.splitlines(), start=1)
    return [slip for number, line in lines for slip in _slips(number, line)]


def _slips(number: int, line: str) -> Iterator[Slip]:
    closing = ""
    for column, letter in enumerate(line, start=1):
        if closing:
            # A text that one kind of quote opens the same kind closes; a slip may close it too.
            if letter == closing or (closing == '"' and letter == "”" and '"' not in line[column:]):
                if letter not in "\"'":
                    yield Slip(number, column, letter, _QUOTES.get(letter, '"'))
                closing = ""
            continue
        if letter == "#":
            return
        if letter in "\"'":
            closing = letter
            continue
        plain = _QUOTES.get(letter) or unicodedata.normalize("NFKC", letter)
        if plain != letter and len(plain) == 1 and plain.isascii():
            yield Slip(number, column, letter, plain)
            closing = _ENDS.get(letter, "")
