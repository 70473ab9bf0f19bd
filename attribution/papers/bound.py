"""
Sentences of which every figure is bound: to a cell of the snapshot, or to the paper itself.

A sentence is made of parts: words without a digit, cells, and numbers of the paper's own (its
date, its number, the item, the law that it quotes), each with what it is and the shape that has.
Before anything is written `check` asks every part; a figure that somebody wrote among the words
has no way into the file.
"""
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from attribution.faults import Code
from attribution.papers.cells import BANDS, Cell, SnapshotCells, Unbound, base_names
from qrgen.faults import Fault

DIGIT = re.compile(r"[\d\u2460-\u249b\u2776-\u2793\u3220-\u3229]")

_DAY = r"(?:[12]?\d|3[01]|0[1-9])日"
_MONTH = r"(?:1[0-2]|0?[1-9])月"
_YEAR = r"(?:19|20)\d\d年"


class OwnKind(Enum):
    """What a number of the paper's own is: its name, and the only shape that it may have."""

    DATE = (
        "日期",
        rf"(?:{_YEAR})?{_MONTH}{_DAY}|{_YEAR}(?:{_MONTH})?|{_MONTH}(?:份|底|初|末|上旬|中旬|下旬)?|{_DAY}"
        r"|(?:[01]?\d|2[0-4])[时点](?:[0-5]?\d分)?|(?:[01]?\d|2[0-3])[:：][0-5]\d",
    )
    NUMBER = ("文号", r"〔(?:19|20)\d\d〕\d{1,4}号")
    LAW = ("条目", r"第\d{1,4}(?:条|款|项|号|期|批|届|章|节|页|季度|次)|附件\d{1,2}|\d{1,4}号")
    ITEM = ("序号", r"\d{1,2}[.．、]|[（(]\d{1,2}[）)]|[\u2460-\u249b]")
    ROW = ("序号", r"\d{1,3}")
    BAND = ("界限", "|".join(f"{band}%" for band in BANDS))
    # A number of what is planned. What is counted of people or asked of units is none.
    PLAN = ("计划数", r"\d{1,3}")
    NAME = ("名称", r".*")

    def __init__(self, word: str, shape: str):
        self.word = word
        self.shape = re.compile(shape)


@dataclass(frozen=True)
class Own:
    """A number of the paper itself."""

    text: str
    kind: OwnKind


Part = str | Cell | Own
Sentence = tuple[Part, ...]


def text_of(parts: Iterable[Part], cells: SnapshotCells) -> str:
    """Return what *parts* say."""
    return "".join(
        part if isinstance(part, str) else
        part.text if isinstance(part, Own) else cells[part].text
        for part in parts
    )


def joined(parts: Sequence[Sequence[Part]], by: str = "、") -> Sentence:
    """Return *parts* in one row, with *by* between them."""
    found: list[Part] = []
    for number, some in enumerate(parts):
        found += [by, *some] if number else some
    return tuple(found)


def check(sentences: Iterable[Sequence[Part]], cells: SnapshotCells) -> None:
    """
    Refuse a paper with a figure that is bound to nothing.

    Raises:
        Fault: the figure and its sentence.
    """
    names = frozenset(base_names(cells.figures.then.units))
    for sentence in sentences:
        for part in sentence:
            if (found := _unbound(part, cells, names)) is not None:
                raise Fault(
                    Code.BULLETIN_FIGURE, figure=found, sentence=_shown(sentence, cells)
                )


def _unbound(part: Part, cells: SnapshotCells, names: frozenset[str]) -> str | None:
    """Return the figure of *part* that nothing binds; None where all is bound."""
    if isinstance(part, Cell):
        return None if part in cells else "?"
    if isinstance(part, Own):
        shaped = part.kind.shape.fullmatch(part.text)
        known = part.kind is not OwnKind.NAME or part.text in names
        return None if shaped and known else part.text
    found = DIGIT.search(part)
    return None if found is None else re.split(r"[^\d.,]", part[found.start():])[0] or found[0]


def _shown(sentence: Sequence[Part], cells: SnapshotCells) -> str:
    told = []
    for part in sentence:
        try:
            told.append(text_of((part,), cells))
        except Unbound:
            told.append("?")
    return "".join(told)


def bindings(
    sentences: Iterable[Sequence[Part]], cells: SnapshotCells
) -> list[tuple[str, str, str]]:
    """Return of each number of *sentences*: itself, where it comes from, and its sentence."""
    return [
        (text_of((part,), cells),
         cells.told(part) if isinstance(part, Cell) else part.kind.word,
         text_of(sentence, cells))
        for sentence in sentences
        for part in sentence
        if not isinstance(part, str) and DIGIT.search(text_of((part,), cells))
    ]
