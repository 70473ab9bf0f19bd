"""
What is written in the usual way in a table: eleven digits, and times as `usual_times` has them.

Nearly all rows are, and this takes a tenth of the time that looking at each cell takes. It must
never read a row otherwise than `feed_reader` does, who is given all others.
"""
from collections.abc import Iterator, Sequence

from attribution.facts.feed_blocks import LEAST_NUMBER, MOST_NUMBER, NO_COLUMN, RowBlock
from attribution.facts.feed_columns import TIMES, Places
from attribution.facts.usual_times import UNUSUAL, quick_times
from attribution.rule.people import is_number
from qrgen.tables.cells import Cell, TableRow

_NO_NUMBER = 0


class UsualRows:
    """
    Reads rows of a table whose fields stand at *places*, each in one column.

    Args:
        begin: What a row's number is counted from.
        padded: Whether a row may be shorter for want of cells that would be empty.
    """

    def __init__(self, places: Places, begin: int, *, padded: bool) -> None:
        self._begin = begin
        self._padded = padded
        self._width = places.width
        self._phone = places.phone
        at = {times.column.field: times.day for times in places.times}
        self._times = [at.get(field) for field in TIMES]
        self._odd: Sequence[Cell] = (None,) * places.width

    @staticmethod
    def reads(places: Places) -> bool:
        """Whether there can be usual rows at *places*."""
        return not any(
            times.clock is not None or times.column.epoch or times.column.utc
            for times in places.times
        )

    def parts(self, rows: Sequence[TableRow]) -> Iterator[RowBlock | TableRow]:
        """Yield *rows* in their order: blocks of usual ones, all others as they are."""
        numbers, cells = zip(*rows, strict=True)
        if {self._width} != set(map(len, cells)):
            cells = tuple(map(self._fitted, cells))
        columns = list(zip(*cells, strict=True))
        lines = [self._begin + number for number in numbers]
        none = [NO_COLUMN] * len(rows)
        phones = _numbers(columns[self._phone])
        times = [none if at is None else quick_times(columns[at]) for at in self._times]
        if self._times[:3].count(None):
            times[:3] = [[0] * len(rows) if column is none else column for column in times[:3]]
        unusual = _places_of(_NO_NUMBER, phones)
        for at, column in zip(self._times, times, strict=True):
            if at is not None:
                unusual |= _places_of(UNUSUAL, column)
        block = RowBlock(lines, phones, *times)
        begin = 0
        for at in [*sorted(unusual), len(rows)]:
            if begin < at:
                yield block if at - begin == len(rows) else block.part(begin, at)
            if at < len(rows):
                yield rows[at]
            begin = at + 1

    def _fitted(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        short = self._width - len(cells)
        if not short:
            return cells
        return [*cells, *[None] * short] if short > 0 and self._padded else self._odd


def _numbers(cells: Sequence[Cell]) -> list[int]:
    """Return the eleven digits in each of *cells*, _NO_NUMBER among them."""
    try:
        digits = "".join(cells)  # type: ignore[arg-type]
    except TypeError:
        return [_number(cell) for cell in cells]
    if digits.isascii() and digits.isdecimal() and {11} == set(map(len, cells)):  # type: ignore[arg-type]
        found = [*map(int, cells)]  # type: ignore[arg-type]
        if min(found) >= LEAST_NUMBER and max(found) <= MOST_NUMBER:
            return found
    return [_number(cell) for cell in cells]


def _number(cell: Cell) -> int:
    if type(cell) is str:
        return int(cell) if is_number(cell) else _NO_NUMBER
    if type(cell) is int and LEAST_NUMBER <= cell <= MOST_NUMBER:
        return cell
    return _NO_NUMBER


def _places_of(value: int, column: Sequence[int]) -> set[int]:
    if value not in column:
        return set()
    return {place for place, found in enumerate(column) if found == value}
