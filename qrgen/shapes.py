"""
What stands in a cell, told without repeating it.

Errors end up in logs, screenshots and tickets, and any cell of a file that somebody sent may be
a phone number, a name or a password, above all where the file is not the one it was taken for.
So an error says file, line, column and what was expected, and of the cell its shape. Repeated is
only what can be none of these: an id of the registry, and a key or a word of a settings file.
"""
import re
import unicodedata

from qrgen.faults import TwoTongued

# A letter, or a letter and up to four more of which one is a digit: A01, a1, A0O. No name is.
_ID = re.compile(r"[A-Za-z](?:(?=[A-Za-z]*[0-9])[0-9A-Za-z]{1,4})?", re.ASCII)

# In settings people write English words of the program: keys, choices.
_WORD = re.compile(r"[a-z][a-z_.-]{0,23}", re.ASCII)

_KINDS = {"L": "letters", "M": "letters", "N": "digits", "Z": "blanks", "C": "blanks"}
_IN_CHINESE = {"letters": "文字", "digits": "数字", "signs": "符号", "blanks": "空白"}


def shape_of(text: str) -> TwoTongued:
    """
    Return length and kinds of the characters of *text*: ``11 digits``, ``text of 3 letters``,
    ``10 characters (digits, signs)``, ``nothing``; in Chinese ``11位数字``, ``3个文字``.
    """
    if not text:
        return TwoTongued("nothing", "空白")
    kinds = {_KINDS.get(unicodedata.category(letter)[0], "signs") for letter in set(text)}
    many = "" if len(text) == 1 else "s"
    if kinds == {"digits"}:
        return TwoTongued(f"{len(text)} digit{many}", f"{len(text)}位数字")
    if kinds == {"letters"}:
        return TwoTongued(f"text of {len(text)} letter{many}", f"{len(text)}个文字")
    named = sorted(kinds)
    return TwoTongued(
        f"{len(text)} character{many} ({', '.join(named)})",
        f"{len(text)}个字符（{'、'.join(_IN_CHINESE[kind] for kind in named)}）",
    )


def id_or_shape(text: str) -> TwoTongued:
    """Return *text*, quoted in English, where it may be an id of the registry, else its shape."""
    return TwoTongued(repr(text), text) if _ID.fullmatch(text) else shape_of(text)


def is_word(text: str) -> bool:
    """Whether *text* is a key or a choice of a settings file and nothing else."""
    return _WORD.fullmatch(text) is not None


def word_or_shape(text: str) -> TwoTongued:
    """Return *text* (in English in quotes) where it `is_word`, else its shape."""
    return TwoTongued(repr(text), text) if is_word(text) else shape_of(text)


def column_letter(place: int) -> str:
    """Return the letters of a column as spreadsheets show them: 0 A, 25 Z, 26 AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text
