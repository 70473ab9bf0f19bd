"""
The cell 对接银行: several branches, each with its number.

    农商行潋江支行（850）、邮储银行兴国支行（300）

Offices write brackets of all kinds, 850户, ：850, a line for each, and now and then a bracket
that never closes. What cannot be told apart is left as one name, to be seen and corrected.
"""
import re
from typing import NamedTuple

from qrgen.setup.amounts import NoAmount, amount_of
from qrgen.texts import clean

OPENING = "（(［[【〔｛{〈《"
CLOSING = "）)］]】〕｝}〉》"
_SEPARATORS = "、，,；;/\n\r|｜"


class Piece(NamedTuple):
    """A branch, and the number behind it as it stands there; '' where there is none."""

    branch: str
    amount: str


def pieces_of(cell: str) -> list[Piece]:
    """Return the branches in *cell*, in order; their amounts are not worked out."""
    pieces = [piece for text in _split(cell) for piece in _piece(text)]
    return [piece for piece in pieces if piece.branch or piece.amount]


def _split(cell: str) -> list[str]:
    parts, depth, begin = [], 0, 0
    for at, letter in enumerate(cell):
        if letter in OPENING:
            depth += 1
        elif letter in CLOSING:
            depth = max(0, depth - 1)
        elif letter in _SEPARATORS and (
            depth == 0 or _never_closes(cell, at)
        ) and not _groups(cell, at):
            parts.append(cell[begin:at])
            begin, depth = at + 1, 0
    parts.append(cell[begin:])
    return parts


def _never_closes(cell: str, at: int) -> bool:
    """Whether the bracket that is open at *at* was forgotten: another opens before one closes."""
    for letter in cell[at + 1:]:
        if letter in CLOSING:
            return False
        if letter in OPENING:
            return True
    return True


def _groups(cell: str, at: int) -> bool:
    """Whether the comma at *at* groups digits: 1,450."""
    return (
        cell[at] in ",，"
        and re.search(r"(?<!\d)\d{1,3}$", cell[:at]) is not None
        and re.match(r"\d{3}(?!\d)", cell[at + 1:]) is not None
    )


_BRACKETED = re.compile(
    rf"([^{re.escape(OPENING + CLOSING)}]*)[{re.escape(OPENING)}]"
    rf"([^{re.escape(OPENING + CLOSING)}]*)[{re.escape(CLOSING)}]?"
)
_NUMBER = r"\d[\d.,，]*\s*万?\s*[户人个笔]?"
_BEHIND = re.compile(rf"(.*?[^\d\s:：.,，=＝\-—])\s*[:：=＝\-—]?\s*({_NUMBER})", re.DOTALL)
_FIRST = re.compile(r"\s*(?:\d{1,2}\s*[.．、)）]|[①-⑳]|[（(]\d{1,2}[)）](?=\D))\s*")


def _piece(text: str) -> list[Piece]:
    text = text.strip()
    if _FIRST.match(text) and len(text) > 3:
        text = _FIRST.sub("", text, count=1)
    found: list[Piece] = []
    name = ""
    at = 0
    for bracket in _BRACKETED.finditer(text):
        name += bracket[1]
        at = bracket.end()
        if _is_amount(bracket[2]):
            rest = re.match(r"\s*[户人个笔](?![\w])", text[at:])
            at += rest.end() if rest else 0
            found.append(Piece(_name(name), clean(bracket[2])))
            name = ""
        else:
            name += bracket[0][len(bracket[1]):]
    name += text[at:]
    if not name.strip():
        return found
    # 农商行850户 邮储银行300户: a number with its unit ends a branch.
    for part in re.split(r"(?<=[\d万][户人个])\s*(?=[^\s\d])", name):
        behind = _BEHIND.fullmatch(part.strip())
        if behind is not None and _is_amount(behind[2]):
            found.append(Piece(_name(behind[1]), clean(behind[2])))
        elif part.strip():
            found.append(Piece(_name(part), ""))
    return found


def _name(text: str) -> str:
    return between_letters(clean(text)).strip(" :：=＝-—.。")


_CHINESE = r"[\u2e80-\u9fff\U00020000-\U0003ffff（）]"
_BLANK = re.compile(f"(?<={_CHINESE}) (?={_CHINESE})")


def between_letters(name: str) -> str:
    """Return *name* without blanks between Chinese letters: 长  冈  乡 is one name."""
    return _BLANK.sub("", name)


def name_of(cell: str) -> str:
    """Return a name as it is printed: on one line, without blanks between Chinese letters."""
    return between_letters(clean(cell.replace("\n", "")))


def _is_amount(text: str) -> bool:
    try:
        # Part of a person is a number too: 0.75, of a table in 万户.
        return amount_of(text, 10_000_000_000) is not None
    except NoAmount:
        return False
