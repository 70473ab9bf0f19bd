"""
What stands in a merged area: its first cell has the value, all others are empty in the file.

In a column of names the value is meant for each of the rows; in a column of numbers it is one
number for all of them together, so who asks says which columns are filled.
"""
from collections.abc import Collection, Sequence

from qrgen.tables.cells import Area, TableRow


def filled_down(
    rows: Sequence[TableRow], merged: Sequence[Area], columns: Collection[int]
) -> list[TableRow]:
    """Return *rows* with the value of each merged area in all its rows, in *columns* alone."""
    made = {row.number: TableRow(row.number, list(row.cells)) for row in rows}
    for area in merged:
        top = made.get(area.top)
        if top is None or len(top.cells) <= area.left:
            continue
        for column in range(area.left, area.right + 1):
            if column not in columns:
                continue
            for number in [row for row in made if area.top <= row <= area.bottom]:
                cells = made[number].cells
                cells.extend([None] * (column + 1 - len(cells)))
                cells[column] = top.cells[area.left]
    return list(made.values())


def together(merged: Sequence[Area], column: int) -> list[range]:
    """Return the rows that share one cell of *column*: a number there is for all of them."""
    return [
        range(area.top, area.bottom + 1) for area in merged
        if area.left <= column <= area.right and area.bottom > area.top
    ]
