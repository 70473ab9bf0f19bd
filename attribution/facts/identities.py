"""
What a cell of the column of numbers gives of one: all of it, a hash, or a few digits.

Platforms that may not hand numbers out write 138****1234 or a hash by a recipe they tell.
Both are data and no slips; what they are worth is decided by the campaign, not by the reader.
"""
import re
from typing import NamedTuple

from attribution.rule.people import Grade, grade_of, normalise_phone
from qrgen.texts import fold

# How systems hide digits, after NFKC: 138****1234, 138xxxx1234, 138●●●●1234.
_HIDDEN = re.compile(
    r"(?:\+?86[\s\-]?)?(1[3-9][0-9])[\s\-]?(?:[*xX×•●○■□#?_·]{1,8}|\.{2,9})[\s\-]?([0-9]{4})"
)
_HASH = re.compile(
    r"(?:0x|(?:sha-?256|sm3)[:=]|\{(?:sha-?256|sm3)\})?([0-9a-f]{64})", re.IGNORECASE
)


_LONGEST = 200


class Identity(NamedTuple):
    """
    What stands for a person in a row.

    Args:
        kind: ``number``, ``hash`` or ``masked``.
        text: Eleven digits; a hash in lower hexadecimal; or three digits, ``****``, four.
    """

    kind: Grade
    text: str


def recognise(text: str) -> Identity | None:
    """Return the hash or the masked number in *text*, as typed; None where it is neither."""
    if len(text) > _LONGEST:
        return None
    folded = fold(text)
    if hidden := _HIDDEN.fullmatch(folded):
        return Identity("masked", f"{hidden[1]}****{hidden[2]}")
    if hashed := _HASH.fullmatch(folded):
        return Identity("hash", hashed[1].lower())
    return None


def identity_of(text: str) -> Identity:
    """
    Return what the cell *text* gives of a number.

    Raises:
        BadPhone: nothing that is of use.
    """
    return recognise(text) or Identity("number", normalise_phone(text))


def is_identity(text: str) -> bool:
    """Whether *text* is what `identity_of` makes of one, and so can be looked for."""
    return grade_of(text) is not None
