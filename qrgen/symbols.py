"""
From a code's address to the QR symbol: level, mask, hole for a mark, smallest size in mm.

The matrix comes from ``qrcode``, whose output equals the reference module by module; drawing is
ours, as one outline, so that no viewer shows hairlines between modules. A symbol is read back
before anybody draws it, and a mark in the middle stands only where enough error correction is
left.
"""
import io
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, cast

import qrcode
import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.util import QRData

from qrgen.shell import Fault

# ISO/IEC 18004: four light modules on every side.
QUIET_ZONE = 4

# Phones read modules of half a millimetre from a hand's distance.
SMALLEST_MODULE_MM = 0.5

# Unused error correction (ISO/IEC 15415) that grades B, and A.
GRADE_B = 0.50
GRADE_A = 0.62

# Wider than these, a mark cost too much in the measurements, even at level Q.
HOLES = (7, 5)

# From version 7 on an alignment pattern lies in the middle, and no mark may cover it.
LARGEST_VERSION_WITH_HOLE = 6

# Mode indicators (ISO/IEC 18004, table 2).
ALPHANUMERIC: Literal[2] = 2
BYTES: Literal[4] = 4

QR_ONLY = zxingcpp.barcode_formats_from_str("QRCode")  # all formats take eight times as long

Matrix = tuple[tuple[bool, ...], ...]
Loop = list[tuple[int, int]]


@dataclass(frozen=True)
class Symbol:
    """
    A QR symbol that was read back.

    Args:
        text: What it holds.
        version: 1 to 40; ours is 4.
        matrix: Rows of modules, true is dark, without the quiet zone.
        hole: Width in modules of the blank square in the middle; 0 for none.
        unused: Share of the error correction left over, 0 to 1, after the hole.
    """

    text: str
    version: int
    matrix: Matrix
    hole: int
    unused: float

    @property
    def size(self) -> int:
        """Modules along one side, without the quiet zone."""
        return len(self.matrix)

    @property
    def grade(self) -> str:
        """A, B or C, by what error correction is left."""
        return "A" if self.unused >= GRADE_A else "B" if self.unused >= GRADE_B else "C"

    @property
    def smallest_mm(self) -> float:
        """The smallest width worth printing, quiet zone included."""
        return (self.size + 2 * QUIET_ZONE) * SMALLEST_MODULE_MM

    @cached_property
    def outline(self) -> list[Loop]:
        """Closed corner lists around the dark parts, in modules, for the even-odd rule."""
        return _outline(self.matrix)

    def svg(self, width_mm: float) -> str:
        """Return an SVG of *width_mm*, quiet zone included."""
        side = self.size + 2 * QUIET_ZONE
        path = "".join(
            "M" + "L".join(f"{x + QUIET_ZONE} {y + QUIET_ZONE}" for x, y in loop) + "Z"
            for loop in self.outline
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm}mm" height="{width_mm}mm"'
            f' viewBox="0 0 {side} {side}"><path fill="#fff" d="M0 0H{side}V{side}H0Z"/>'
            f'<path fill="#000" fill-rule="evenodd" d="{path}"/></svg>'
        )

    def png(self, module_px: int = 10) -> bytes:
        """Return a PNG with *module_px* pixels a module, quiet zone included."""
        out = io.BytesIO()
        picture(self.matrix, module_px).save(out, "PNG")
        return out.getvalue()


def make_symbol(text: str, hole: int = 0) -> Symbol:
    """
    Return the symbol for an address like ``https://host/Q/…``, level Q.

    Args:
        hole: The widest blank square in the middle that is wished for, in modules. It is
            made narrower, or left out, until the symbol still grades B.

    Raises:
        Fault: The text is too long for a symbol, or the symbol cannot be read back.
    """
    wishes = [width for width in HOLES if width <= hole]
    for width in wishes:
        best = max(_candidates(text, width), key=lambda symbol: symbol.unused, default=None)
        if best is not None and best.unused >= GRADE_B:
            return best
    for symbol in _candidates(text, 0):
        return symbol
    raise Fault(f"{text!r} gives no QR code that can be read back", "choose a shorter address")


def picture(matrix: Matrix, module_px: int) -> Image.Image:
    """Return *matrix* in black on white with its quiet zone."""
    side = len(matrix) + 2 * QUIET_ZONE
    blank, edge = b"\xff" * side * QUIET_ZONE, b"\xff" * QUIET_ZONE
    rows = [edge + bytes([0 if dark else 255 for dark in row]) + edge for row in matrix]
    image = Image.frombytes("L", (side, side), b"".join([blank, *rows, blank]))
    return image.resize((side * module_px, side * module_px), Image.Resampling.NEAREST)


def _candidates(text: str, hole: int) -> list[Symbol]:
    """Return readable symbols with a hole of that width: one is enough when it grades A."""
    made = []
    # None lets qrcode choose the mask by the standard's penalties, at seven times the cost of
    # a given one. With a hole the mask is chosen by what counts then: which codewords the hole
    # hits depends on it.
    for mask in range(8) if hole else (None,):
        version, matrix = _matrix(text, mask)
        unused: float | None
        if hole:
            if version > LARGEST_VERSION_WITH_HOLE:
                return []
            # A mark may be light or dark where a module is read; both must do.
            filled = _read_back(_with_hole(matrix, hole, dark=True), text)
            matrix = _with_hole(matrix, hole)
            blank = _read_back(matrix, text)
            unused = None if filled is None or blank is None else min(filled, blank)
        else:
            unused = _read_back(matrix, text)
        if unused is not None:
            made.append(Symbol(text, version, matrix, hole, unused))
            if unused >= GRADE_A:
                break
    return made


def _matrix(text: str, mask: int | None) -> tuple[int, Matrix]:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=0, mask_pattern=mask)
    # Two segments, spelled out: host in bytes, the rest alphanumeric (ISO/IEC 18004, 7.3).
    head, slash, tail = text.partition("/Q/")
    tail = slash + tail
    try:
        code.add_data(QRData(head.encode(), mode=BYTES))
        if tail:
            code.add_data(QRData(tail.encode(), mode=ALPHANUMERIC))
        code.make(fit=True)
    except ValueError as error:  # qrcode's DataOverflowError is one of them
        raise Fault(f"{text[:60]!r}: cannot be a QR code: {error}") from None
    return code.version, tuple(tuple(bool(dark) for dark in row) for row in code.modules)


def _with_hole(matrix: Matrix, hole: int, dark: bool = False) -> Matrix:
    first = (len(matrix) - hole) // 2
    last = first + hole
    return tuple(
        (*row[:first], *(dark,) * hole, *row[last:]) if first <= y < last else row
        for y, row in enumerate(matrix)
    )


def _read_back(matrix: Matrix, text: str) -> float | None:
    """Return the unused error correction, or ``None`` when it does not read as *text*."""
    found = zxingcpp.read_barcodes(
        picture(matrix, 3), formats=QR_ONLY, try_rotate=False, try_downscale=False, try_invert=False
    )
    if len(found) != 1 or found[0].text != text:
        return None
    return float(cast(dict[str, Any], found[0].extra)["UEC"])


def _outline(matrix: Matrix) -> list[Loop]:
    size = len(matrix)
    # A light border, so that no edge needs to ask whether it has a neighbour.
    light = (False,) * (size + 2)
    rows = [light, *((False, *row, False) for row in matrix), light]

    # Every edge between dark and light, directed so that dark lies on its right. A point is one
    # number, y * line + x: a third faster than pairs, and a book has a hundred thousand edges.
    line = size + 1
    ahead: dict[int, list[int]] = {}
    for y in range(size):
        above, row, below = rows[y], rows[y + 1], rows[y + 2]
        here = y * line
        for x in range(size):
            if row[x + 1]:
                if not above[x + 1]:
                    ahead.setdefault(here, []).append(here + 1)
                if not row[x + 2]:
                    ahead.setdefault(here + 1, []).append(here + 1 + line)
                if not below[x + 1]:
                    ahead.setdefault(here + 1 + line, []).append(here + line)
                if not row[x]:
                    ahead.setdefault(here + line, []).append(here)
            here += 1
    loops = []
    # By position, so that the same matrix gives the same bytes.
    for start in sorted(ahead):
        while ahead[start]:
            here, path = start, [start]
            while (following := ahead[here].pop()) != start:
                path.append(following)
                here = following
            loops.append([(at % line, at // line) for at in _corners(path)])
    return loops


def _corners(path: list[int]) -> list[int]:
    """Return *path* without the points in the middle of a straight line."""
    before, kept = path[-1], []
    for here, after in zip(path, [*path[1:], path[0]], strict=True):
        if here - before != after - here:
            kept.append(here)
        before = here
    return kept
