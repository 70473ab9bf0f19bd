"""
What an account may be called, so that nobody is taken for somebody else.

A name is of one script: Latin letters, or Chinese, or one of the others that are written in the
country, and none of those whose letters look like Latin ones. It holds nothing invisible, no
full-width double, nothing that an address or a page cannot carry. Two names that look alike are
one name: ``admin``, ``Admin`` and ``adm1n``. Ledgers from before keep the names that they have.
"""
import re
import unicodedata
from collections.abc import Iterable

from attribution.faults import Code
from qrgen.faults import Fault
from qrgen.texts import clean, has_marks, squeeze

# A side bar, a table's cell and a line of the log carry as many, in Chinese too.
LONGEST = 20
LONGEST_REAL = 20

# As Unicode names the letters. Cyrillic, Greek, Armenian, Cherokee and Coptic have doubles of
# Latin letters even in words all of their own (Unicode TR 39, whole-script confusables).
_SCRIPTS = ("CJK UNIFIED IDEOGRAPH", "TIBETAN", "MONGOLIAN", "ARABIC", "YI", "HANGUL SYLLABLE")
# Between letters; the last is the one between syllables of Tibetan.
_INSIDE = "-_.·\u0f0b"
# What deeds call those who are no account.
_RESERVED = frozenset({"init", "shell", "partner", "rule"})
# Longer ones are telephone or identity numbers.
_NUMBER = re.compile("[0-9]{7}")
_ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", **dict.fromkeys(_INSIDE)})


def plain(typed: str) -> str:
    """Return the name that was meant by what somebody typed or copied."""
    return squeeze(typed)


def refuse_unfit(name: str) -> None:
    """
    Let a new account be called *name*.

    Raises:
        Fault: it may not be.
    """
    letters = [char for char in name if char not in _INSIDE and not "0" <= char <= "9"]
    scripts = {_script(char) for char in letters}
    if (
        not 1 <= len(name) <= LONGEST
        or has_marks(name) or not unicodedata.is_normalized("NFKC", name)
        or name[0] in _INSIDE or name[-1] in _INSIDE
        or len(scripts) > 1 or "" in scripts
        or _NUMBER.search(name) or name.casefold() in _RESERVED
    ):
        raise Fault(Code.ACCOUNT_NAME, status=2, most=LONGEST)


def alike(name: str, others: Iterable[str]) -> str | None:
    """Return the one of *others* that *name* could be taken for; itself is none of them."""
    skeleton = _skeleton(name)
    return next((one for one in others if one != name and _skeleton(one) == skeleton), None)


def real(typed: str) -> str:
    """
    Return the real name of a person, as it is kept.

    Raises:
        Fault: it is too long, or holds a number.
    """
    found = clean(typed)
    if len(found) > LONGEST_REAL or _NUMBER.search(squeeze(found)):
        raise Fault(Code.REAL_NAME, status=2, most=LONGEST_REAL)
    return found


def _skeleton(name: str) -> str:
    return squeeze(name).casefold().translate(_ALIKE)


def _script(char: str) -> str:
    if char.isascii():
        return "LATIN" if char.isalpha() else ""
    called = unicodedata.name(char, "")
    if char == "〇":
        return _SCRIPTS[0]
    if unicodedata.category(char)[0] not in "LM":
        return ""
    return next((script for script in _SCRIPTS if called.startswith(script)), "")
