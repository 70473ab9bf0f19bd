"""
What the office typed, with every figure in it bound or refused.

A figure must be a cell of the snapshot: of the units that its sentence names, else of the sums
and counts. Dates, numbers of papers and items are told by how they are written. A number of
what is planned stands in braces, ``每周{2}次``, and cannot be one of people, units or shares;
the braces are not printed. Chinese numbers are figures too where they count something.
"""
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from attribution.faults import Code
from attribution.papers.bound import DIGIT, Own, OwnKind, Part, Sentence
from attribution.papers.cells import ALL, REST, TABLES, TOTAL, SnapshotCells, base_names
from qrgen.faults import Fault
from qrgen.texts import clean

# Full-width digits and signs that stand at digits, as papers write them.
_PLAIN = str.maketrans("０１２３４５６７８９％．｛｝", "0123456789%.{}")
# A blank beside Chinese is none of the text's.
_BLANK = re.compile(r"(?<=[^\x00-\x7f]) +| +(?=[^\x00-\x7f])")

_SENTENCE = re.compile(r"[^。；！？;!?]*[。；！？;!?]+|[^。；！？;!?]+")
_BRACED = re.compile(r"\{([^{}]*)\}(?=(.{0,5}))")
# What a number of people, units or shares is followed by.
_RESULT = re.compile(r"[%％人户名家位]|个?(?:百分点|乡镇|社区|单位|银行|网点|部门)|[万亿成]")
_ARABIC = re.compile(r"(\d+(?:,\d{3})+|\d+)(\.\d+)?(万|亿)?(%)?", re.ASCII)
_CHINESE = re.compile(
    r"(百分之)?([零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?)"
    r"(成(?![为功立长员果就效绩本]))?"
)
# What a number is of, by the words behind it.
_OF = (
    ("点", re.compile("个百分点")), ("人", re.compile("[人户名]")), ("位", re.compile("位")),
    ("个", re.compile("[个家]?(?:乡镇|社区|单位|银行|网点|部门|镇|乡)|家")),
    ("天", re.compile("天")), ("次", re.compile("次")),
)
_DIGITS = {**{letter: n for n, letter in enumerate("零一二三四五六七八九")}, "〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_TIMES = {"万": 10_000, "亿": 100_000_000}


@dataclass(frozen=True)
class _Found:
    """A figure in a text: where it ends, its number, and what it is a number of if that is said."""

    text: str
    end: int
    number: Fraction
    unit: str = ""


def bind(text: str, cells: SnapshotCells) -> Sentence:
    """
    Return the paragraph *text* in parts.

    Raises:
        Fault: a figure that nothing binds, and its sentence.
    """
    plain = _BLANK.sub("", clean(text.translate(_PLAIN)))
    parts: list[Part] = []
    for found in _SENTENCE.finditer(plain):
        parts += _Bound(found[0], cells).parts
    return tuple(parts)


class _Bound:
    def __init__(self, sentence: str, cells: SnapshotCells):
        self._sentence = sentence
        self._cells = cells
        self._names = base_names(cells.figures.then.units)
        # What was merged is told under its successor.
        named = [
            cells.figures.then.heir(id)
            for name, ids in self._names.items() if name in sentence for id in ids
        ]
        self._cells_of = [
            cell for cell in cells
            if cell.table not in TABLES
            or cell.line in ((*named, ALL) if named else (TOTAL, REST, ALL))
            or (named and "全县" in sentence and cell.line == TOTAL)
        ]
        self.parts = list(self._read())

    def _read(self) -> Iterator[Part]:
        at = 0
        words = ""
        while at < len(self._sentence):
            made = self._own(at) or self._figure(at)
            if made is None:
                words += self._sentence[at]
                at += 1
                continue
            part, at = made
            if words:
                yield words
            words = ""
            yield part
        if words:
            yield words

    def _own(self, at: int) -> tuple[Part, int] | None:
        """Return a number of the paper itself that begins at *at*, and where it ends."""
        text = self._sentence
        if text[at] in "{}":
            return self._plan(at)
        for name in self._names:
            if DIGIT.search(name) and text.startswith(name, at):
                return Own(name, OwnKind.NAME), at + len(name)
        if at and text[at].isdecimal() and text[at - 1].isdecimal():
            return None
        kinds = (OwnKind.DATE, OwnKind.NUMBER, OwnKind.LAW, *(() if at else (OwnKind.ITEM,)))
        for kind in kinds:
            if (found := kind.shape.match(text, at)) and DIGIT.search(found[0]):
                # 1.5万 at the beginning is no item.
                if kind is OwnKind.ITEM and text[found.end():found.end() + 1].isdecimal():
                    continue
                return Own(found[0], kind), found.end()
        return None

    def _plan(self, at: int) -> tuple[Part, int]:
        found = _BRACED.match(self._sentence, at)
        if found is None or not OwnKind.PLAN.shape.fullmatch(found[1]) or _RESULT.match(found[2]):
            raise Fault(
                Code.BULLETIN_BRACES, figure=found[0] if found else self._sentence[at],
                sentence=self._sentence,
            )
        return Own(found[1], OwnKind.PLAN), found.end()

    def _figure(self, at: int) -> tuple[Part, int] | None:
        """Return the cell of the figure that begins at *at*, and where its text ends."""
        found = _arabic(self._sentence, at) or _chinese(self._sentence, at)
        if found is None:
            if DIGIT.match(self._sentence[at]):
                raise self._refused(self._sentence[at])
            return None
        for cell in self._cells_of:
            value = self._cells[cell]
            if value.number is None or abs(Fraction(value.number)) != found.number:
                continue
            if value.unit == found.unit or (not found.unit and value.unit not in ("%", "点")):
                # Told as the snapshot tells it, whichever way it was typed: 1.2万, 三千二百.
                return cell, found.end
        raise self._refused(found.text)

    def _refused(self, figure: str) -> Fault:
        return Fault(Code.BULLETIN_FIGURE, figure=figure, sentence=self._sentence)


def _arabic(text: str, at: int) -> _Found | None:
    found = _ARABIC.match(text, at)
    if found is None:
        return None
    number = Fraction(found[1].replace(",", "") + (found[2] or "")) * _TIMES.get(found[3] or "", 1)
    return _Found(found[0], found.end(), number, "%" if found[4] else _of(text, found.end()))


def _of(text: str, at: int) -> str:
    return next((unit for unit, words in _OF if words.match(text, at)), "")


def _chinese(text: str, at: int) -> _Found | None:
    """Return the figure in Chinese letters at *at*, where these count something: not 千家万户."""
    found = _CHINESE.match(text, at)
    if found is None or (at and (text[at - 1] in "第每" or _CHINESE.match(text, at - 1))):
        return None
    share, letters, tenths = found.groups()
    unit = _of(text, found.end())
    if not share and letters[0] not in "一二两三四五六七八九十":
        return None
    number = _number(letters)
    large = len(letters) > 1 and bool(set(letters[1:]) & set("百千万亿"))
    if not (share or large or (number != 1 and (tenths or unit not in ("", "天", "次")))):
        return None
    if share:
        return _Found(found[0], found.end(), number, "%")
    if tenths:
        return _Found(found[0], found.end(), number * 10, "%")
    return _Found(found[0], found.end(), number, unit)


def _number(letters: str) -> Fraction:
    """Return the number that Chinese *letters* say: 三千二百, 一万零五, 八十五点二."""
    whole, _, places = letters.partition("点")
    total = section = digit = 0
    for letter in whole:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
        elif letter in _TENS:
            section += (digit or 1) * _TENS[letter]
            digit = 0
        else:
            total = (total + section + digit or 1) * _TIMES[letter]
            section = digit = 0
    number = Fraction(total + section + digit)
    for place, letter in enumerate(places, 1):
        number += Fraction(_DIGITS[letter], 10 ** place)
    return number
