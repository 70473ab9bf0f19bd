"""
Which codes somebody expects to find on the walls, and which of them no picture had.

One unreadable poster among three is the one that matters, and it tells nothing of itself.
"""
import re
from collections.abc import Collection, Iterable, Sequence

from qrgen.codes import ALPHABET
from qrgen.fault_codes import Code
from qrgen.shell import USAGE_AT_FAULT, Fault
from qrgen.verdicts import Verdict

# A unit, or what is printed under a code: N07, N07-1, N07-1-E1.
_EXPECTED = re.compile(
    rf"([{ALPHABET}]{{1,8}})(-[1-9][0-9]{{0,3}}(-[{ALPHABET}]{{1,4}})?)?", re.ASCII
)


def expected_codes(words: Sequence[str], units: Collection[str]) -> list[str]:
    """
    Return what *words* name: units, any genuine code of which will do, or single codes.

    Args:
        units: The ids that there are.

    Raises:
        Fault: A word is neither, or there is no such unit.
    """
    unknown = [
        word for word in words
        if not (found := _EXPECTED.fullmatch(word)) or found[1] not in units
    ]
    if unknown:
        raise Fault(
            Code.EXPECTED_UNKNOWN, status=USAGE_AT_FAULT, words=unknown,
            example=min(units, default="A01"),
        )
    return list(words)


def not_found(expected: Iterable[str], verdicts: Iterable[Verdict]) -> list[str]:
    """Return those of *expected* of which no genuine code is among *verdicts*."""
    seen = set()
    for verdict in verdicts:
        if verdict.state == "genuine" and verdict.code is not None:
            seen |= {verdict.code.text, verdict.code.unit}
    return [word for word in expected if word not in seen]
