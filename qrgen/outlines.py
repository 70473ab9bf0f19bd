"""
The outline of a symbol: closed lines around its dark parts, for the even-odd rule.

One shape rather than hundreds of squares, so that no viewer shows hairlines between modules.
"""
from collections.abc import Sequence
from functools import lru_cache
from itertools import compress

Matrix = tuple[bytes, ...]  # rows of modules, 1 is dark
Loop = list[tuple[int, int]]  # corners, in modules from the top left


def outline_of(matrix: Matrix) -> list[Loop]:
    """
    Return the loops, in order of their first corner.

    Along each line between rows, and between columns, edges begin and end in turns; so every
    corner has one partner beside it and one below or above, and a loop follows them in turns.
    """
    line = len(matrix) + 1
    # A byte a module and a light one after each row: so the whole symbol is one number, and
    # what differs from the module above, or before, is found in one step.
    modules = int.from_bytes(b"\0".join((*matrix, bytes(line))), "big")
    edges = modules ^ modules >> 8 * line
    corners = (edges ^ edges >> 8).to_bytes(line * line, "big")
    # In each line corners are partners two by two: beside each other, and one over the other.
    columns = b"".join([corners[x::line] for x in range(line)])
    beside = _partners(list(compress(range(line * line), corners)))
    over = _partners(list(compress(_column_by_column(line), columns)))
    points = _points(line)
    loops = []
    while beside:
        start = here = next(iter(beside))
        loop: Loop = []
        while True:
            there = beside.pop(here)
            del beside[there]
            loop += points[here], points[there]
            here = over[there]
            if here == start:
                break
        loops.append(loop)
    return loops


def svg_path(outline: Sequence[Loop]) -> str:
    """Return the path element that fills *outline* in black."""
    words = []
    for loop in outline:
        words.append(f"M{loop[0][0]} {loop[0][1]}")
        # Edges lie and stand in turns, so every second corner repeats a coordinate.
        for (x, _), (_, y) in zip(loop[1::2], loop[2::2], strict=False):
            words += _ACROSS[x], _DOWN[y]
        words.append(f"{_ACROSS[loop[-1][0]]}Z")
    return f'<path fill="#000" fill-rule="evenodd" d="{"".join(words)}"/>'


_ACROSS = [f"H{at}" for at in range(178)]  # the largest symbol has 177 modules
_DOWN = [f"V{at}" for at in range(178)]


def pdf_path(outline: Sequence[Loop], height: int) -> str:
    """Return the operators of PDF that draw *outline*, *height* modules high, and fill nothing."""
    return " ".join(
        " ".join(f"{x} {height - y} {'l' if at else 'm'}" for at, (x, y) in enumerate(loop)) + " h"
        for loop in outline
    )


def _partners(corners: list[int]) -> dict[int, int]:
    """Return the partner of each, in the same order: first and second, third and fourth."""
    partners = corners.copy()
    partners[::2], partners[1::2] = corners[1::2], corners[::2]
    return dict(zip(corners, partners, strict=True))


@lru_cache(maxsize=8)
def _column_by_column(line: int) -> tuple[int, ...]:
    return tuple(y * line + x for x in range(line) for y in range(line))


@lru_cache(maxsize=8)
def _points(line: int) -> tuple[tuple[int, int], ...]:
    return tuple((x, y) for y in range(line) for x in range(line))
