"""
What stands in a cell, told without repeating it.

Errors end up in logs, screenshots and tickets, and any cell of a file that somebody sent may be
a phone number, a name or a password, above all where the file is not the one it was taken for.
So an error says file, line, column and what was expected, and of the cell its shape. Repeated is
only what can be none of these: an id of the registry, and a key or a word of a settings file.
"""
import re
import unicodedata
from collections.abc import Iterable

# A letter, or a letter and up to four more of which one is a digit: A01, a1, A0O. No name is.
_ID = re.compile(r"[A-Za-z](?:(?=[A-Za-z]*[0-9])[0-9A-Za-z]{1,4})?", re.ASCII)

# In settings people write English words of the program: keys, choices.
_WORD = re.compile(r"[a-z][a-z_.-]{0,23}", re.ASCII)

_KINDS = {"L": "letters", "M": "letters", "N": "digits", "Z": "blanks", "C": "blanks"}
_CHINESE = {"letters": "文字", "digits": "数字", "signs": "符号", "blanks": "空白"}


class Shape(str):
    """
    How long a text is and of what; as a string, in English.

    Args:
        length: Characters.
        kinds: Which of letters, digits, signs and blanks they are.
    """

    length: int
    kinds: tuple[str, ...]

    def __new__(cls, length: int, kinds: Iterable[str]) -> "Shape":
        kinds = tuple(sorted(kinds))
        many = "" if length == 1 else "s"
        if not length:
            text = "nothing"
        elif kinds == ("digits",):
            text = f"{length} digit{many}"
        elif kinds == ("letters",):
            text = f"text of {length} letter{many}"
        else:
            text = f"{length} character{many} ({', '.join(kinds)})"
        shape = super().__new__(cls, text)
        shape.length, shape.kinds = length, kinds
        return shape

    def __getnewargs__(self) -> tuple[int, tuple[str, ...]]:  # type: ignore[override]
        return self.length, self.kinds

    def told(self, language: str) -> str:
        """Return it in the words of *language*, one of `qrgen.faults.LANGUAGES`."""
        if language != "zh":
            return str(self)
        if not self.length:
            return "空白"
        if self.kinds == ("digits",):
            return f"{self.length}位数字"
        if self.kinds == ("letters",):
            return f"{self.length}个文字"
        return f"{self.length}个字符（{'、'.join(_CHINESE[kind] for kind in self.kinds)}）"


def shape_of(text: str) -> Shape:
    """
    Return length and kinds of the characters of *text*: ``11 digits``, ``text of 3 letters``,
    ``10 characters (digits, signs)``, ``nothing``.
    """
    kinds = {_KINDS.get(unicodedata.category(letter)[0], "signs") for letter in set(text)}
    return Shape(len(text), kinds)


class Quoted(str):
    """A word that may be repeated: quoted in an English sentence, bare in a Chinese one."""

    bare: str

    def __new__(cls, word: str) -> "Quoted":
        quoted = super().__new__(cls, repr(word))
        quoted.bare = word
        return quoted

    def __getnewargs__(self) -> tuple[str]:
        return (self.bare,)

    def told(self, language: str) -> str:
        """Return it as a sentence of *language* holds it."""
        return self.bare if language == "zh" else str(self)


def id_or_shape(text: str) -> Quoted | Shape:
    """Return *text* in quotes where it may be an id of the registry, else its shape."""
    return Quoted(text) if _ID.fullmatch(text) else shape_of(text)


def is_word(text: str) -> bool:
    """Whether *text* is a key or a choice of a settings file and nothing else."""
    return _WORD.fullmatch(text) is not None


def word_or_shape(text: str) -> Quoted | Shape:
    """Return *text* in quotes where it `is_word`, else its shape."""
    return Quoted(text) if is_word(text) else shape_of(text)


def with_points(letters: str) -> list[str]:
    """Return each of *letters* with its number, for those that nobody can see: ``é (U+00E9)``."""
    return [f"{letter} (U+{ord(letter):04X})" for letter in letters]


def column_letter(place: int) -> str:
    """Return the letters of a column as spreadsheets show them: 0 A, 25 Z, 26 AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text
