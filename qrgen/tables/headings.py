"""
Where in a sheet its table begins: which row holds the headings, and which column is which.

Banks write a title above them, when the list was made, and sometimes two lines of headings with
the upper one merged over several columns. Only a known word, or one that somebody names, makes a
heading; a row of data never does. What stands above is told and not read.
"""
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qrgen.tables.cells import Cell, TableRow, is_blank
from qrgen.texts import fold, squeeze

# No list has a longer preamble; below it stands what people entered.
ROWS_LOOKED_AT = 30

# How a column is named by its place: #1 is column A.
_BY_PLACE = "#"


@dataclass(frozen=True)
class Wanted:
    """
    What somebody looks for in a table.

    Args:
        words: Field -> the headings under which it is known, besides its own name.
        required: Fields without which it is no such table.
    """

    words: Mapping[str, Sequence[str]]
    required: Sequence[str] = ()


@dataclass(frozen=True)
class Heading:
    """
    The headings of a table.

    Args:
        row: The number of their first line; 0 where there is none and columns go by place.
        last: The number of their last line: what is below is the table.
        names: What stands above each column, in two lines as ``绑卡/时间``.
        places: Field -> its column, from 0.
        twice: Field -> its columns, where there is more than one: somebody must choose.
        missing: Required fields that no column has.
        passed_over: Numbers of the rows above.
    """

    row: int
    last: int
    names: list[str]
    places: dict[str, int]
    twice: dict[str, list[int]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    passed_over: list[int] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether every required field has its one column."""
        return not self.missing and not self.twice


def key_of(cell: Cell) -> str:
    """Return *cell* as headings are compared: without blanks, marks, widths and cases."""
    key = "" if cell is None else squeeze(str(cell)).lower()
    dressed = _DRESSED.fullmatch(key)
    return dressed[1] if dressed else key


# As systems keep a text from being a number: ="手机号", or in quotes of their own.
_DRESSED = re.compile(r"(?:=\"|')(.*)[\"']")
# A unit, a note or a star behind a heading, which is the same without it.
_BEHIND = re.compile(r"(?:[(\[【][^()\[\]【】]*[)\]】]|[*:])+$")


def _keys_of(cell: Cell) -> set[str]:
    """Return what *cell* may be compared as: ``注册时间(北京时间)*`` is 注册时间 too."""
    key = key_of(cell)
    return {key, _BEHIND.sub("", key)} - {""}


def find_heading(
    first: Sequence[TableRow], wanted: Wanted, mapping: Mapping[str, str] | None = None,
    at: int | None = None,
) -> Heading | None:
    """
    Return the headings among the *first* rows of a sheet; of several the one that has most.

    Args:
        first: Its first rows: `ROWS_LOOKED_AT` are enough, and two more where *at* is far below.
        mapping: Field -> the heading that it stands under in this table, or its place: ``#1``.
        at: The number of the row that has them; 0 if there are none, and all goes by place.

    Returns:
        The best that was found, whole or not; None where no row has any.
    """
    search = _Search(wanted, mapping or {})
    if at == 0:
        width = max((len(row.cells) for row in first), default=0)
        return search.heading(0, 0, [[""] * width], [])
    best: Heading | None = None
    for place, row in enumerate(first):
        if at is None and place >= ROWS_LOOKED_AT:
            break
        if at is not None and row.number != at:
            continue
        above = [one.number for one in first[:place]]
        found = search.heading(row.number, row.number, [row.cells], above)
        if search.is_better(found, best) or at is not None:
            best = found
        if place + 1 < min(len(first), ROWS_LOOKED_AT if at is None else len(first)):
            below = first[place + 1]
            both = search.heading(row.number, below.number, [row.cells, below.cells], above)
            alone = search.heading(below.number, below.number, [below.cells], [])
            # What stands above a whole line of headings is a title.
            if search.is_better(both, best) and (at or search.is_better(both, alone)):
                best = both
    return best


def is_repeated(row: TableRow, heading: Heading) -> bool:
    """Whether *row* says the headings again, as exports in pages and joined files do."""
    keys = [key_of(cell) for cell in row.cells]
    names = [key_of(name.rpartition("/")[2]) for name in heading.names]
    return (
        sum(map(bool, keys)) > 1
        and all(key == name for key, name in itertools.zip_longest(keys, names, fillvalue=""))
    )


class _Search:
    def __init__(self, wanted: Wanted, mapping: Mapping[str, str]) -> None:
        self._wanted = wanted
        self._by_place: dict[str, int] = {}
        self._keys: dict[str, list[set[str]]] = {}
        for name, words in wanted.words.items():
            told = mapping.get(name)
            place = None if told is None else place_of(told)
            if place is not None:
                self._by_place[name] = place
            elif told is not None:
                self._keys[name] = [{key_of(told)}]
            else:
                # Our own name needs no guessing, so it goes first.
                self._keys[name] = [{key_of(name)}, {key_of(word) for word in words}]

    def heading(
        self, row: int, last: int, lines: Sequence[Sequence[Cell]], above: Sequence[int]
    ) -> Heading:
        columns = _columns(lines)
        places: dict[str, int] = {}
        twice: dict[str, list[int]] = {}
        for name in self._wanted.words:
            if name in self._by_place:
                places[name] = self._by_place[name]
                continue
            found = next(filter(None, (
                [at for at, column in enumerate(columns) if not keys.isdisjoint(column.keys)]
                for keys in self._keys[name]
            )), [])  # fmt: skip
            if len(found) > 1:
                twice[name] = found
            elif found:
                places[name] = found[0]
        missing = [
            name for name in self._wanted.required if name not in places and name not in twice
        ]
        names = [column.name for column in columns]
        return Heading(row, last, names, places, twice, missing, list(above))

    def is_better(self, found: Heading, best: Heading | None) -> bool:
        # A place that somebody told is in every row.
        named = len(found.places.keys() - self._by_place.keys()) + len(found.twice)
        if not named:
            return False
        if best is None:
            return True
        return self._worth(found) > self._worth(best)

    def _worth(self, heading: Heading) -> tuple[int, int, int, bool]:
        # A line above that adds nothing is a title, and no upper line of headings.
        return (
            -len(heading.missing), len(heading.places) + len(heading.twice), -len(heading.twice),
            heading.row == heading.last,
        )


@dataclass(frozen=True)
class _Column:
    name: str
    keys: set[str]


def _columns(lines: Sequence[Sequence[Cell]]) -> list[_Column]:
    width = max(map(len, lines), default=0)
    if len(lines) == 1:
        return [_Column(_name(cell), _keys_of(cell)) for cell in lines[0]]
    upper, lower = ([*cells, *[None] * (width - len(cells))] for cells in lines)
    columns = []
    over: Cell = None  # an upper heading that is merged stands in its first column alone
    for above, below in zip(upper, lower, strict=True):
        if not is_blank(above):
            over = above
        if is_blank(below):
            columns.append(_Column(_name(above), _keys_of(above)))
            continue
        keys = _keys_of(below)
        name = _name(below)
        if not is_blank(over):
            keys |= {
                key_of(over) + key_of(below), f"{key_of(over)}/{key_of(below)}",
                key_of(below) + key_of(over),  # 时间 over 注册, 绑卡, 首笔交易
            }
            name = f"{_name(over)}/{name}"
        columns.append(_Column(name, keys))
    return columns


def place_of(told: str) -> int | None:
    """Return the column that *told* names by its place (``#1`` is 0); None if it is a heading."""
    text = squeeze(told)
    digits = text.removeprefix(_BY_PLACE)
    if digits != text and digits.isascii() and digits.isdecimal() and 1 <= len(digits) <= 4:
        return int(digits) - 1 if int(digits) else None
    return None


def by_place(places: Iterable[int]) -> list[str]:
    """Return how somebody names columns by their *places*: ``#1``, ``#5``."""
    return [f"{_BY_PLACE}{place + 1}" for place in places]


def _name(cell: Cell) -> str:
    return "" if cell is None else fold(str(cell))
