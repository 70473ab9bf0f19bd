"""
A number of people as offices write it: 850, 850户, ８５０, 1,450, 0.085万.

A table says its unit once, in a heading or above it; what a cell says itself goes before.
"""
import re

from qrgen.texts import squeeze

# More than a county has people: a unit was mistaken.
MOST = 9_999_999

_AMOUNT = re.compile(
    r"(?:任务|指导任务|目标|各|共|计|不少于|不低于|至少|>=|≥)?:?(\d+(?:\.\d+)?)(万)?(?:[户人个笔名位]|人次)?"
)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)")
_NOTHING = re.compile(r"[-—–−一/\\_]*|无|没有|空|不下达|暂无|null|none", re.IGNORECASE)


class NoAmount(ValueError):
    """The text is no number of people."""


def is_nothing(text: str) -> bool:
    """Whether *text* says that there is no number: empty, a dash, 无."""
    return _NOTHING.fullmatch(squeeze(text)) is not None


def amount_of(text: str, unit: int = 1) -> int | None:
    """
    Return how many people *text* says; None where it says nothing.

    Args:
        unit: What a bare number counts: 1, or 10 000 in a table in 万户.

    Raises:
        NoAmount: It is no number, or part of a person.
    """
    plain = squeeze(text)
    if is_nothing(plain):
        return None
    plain = _GROUPED.sub(lambda found: found[0].replace(",", ""), plain)
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise NoAmount
    # 户 behind a bare number says the unit too: 3500户 in a table in 万户 is 3500.
    told = 10_000 if found[2] else 1 if plain[-1] in "户人个笔名位次" else unit
    number = float(found[1]) * told
    if abs(number - round(number)) > 1e-6:
        raise NoAmount
    return round(number)
