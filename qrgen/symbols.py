"""
From a code's address to the QR symbol: level, mask, hole for a mark, smallest size in mm.

The matrix is ``qrcode``'s, whose output equals the reference module by module; drawing is ours,
as one outline, so that no viewer shows hairlines between modules. A symbol is read back before
anybody draws it, and a mark in the middle stands only where enough error correction is left.
"""
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from operator import itemgetter, xor

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import precomputed_qr_blanks
from qrcode.util import lost_point

from qrgen.codewords import blocks_of, encode
from qrgen.fault_codes import Code
from qrgen.finder import find_symbols, grey_of
from qrgen.outlines import Loop, Matrix, outline_of, pdf_path, svg_path
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


@dataclass(frozen=True)
class Symbol:
    """
    A QR symbol that was read back.

    Args:
        text: What it holds.
        version: 1 to 40; ours is 4.
        matrix: Rows of modules, 1 is dark, without the quiet zone.
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
        return outline_of(self.matrix)

    def svg(self, width_mm: float) -> str:
        """Return an SVG of *width_mm*, quiet zone included."""
        side = self.size + 2 * QUIET_ZONE
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width_mm}mm" height="{width_mm}mm"'
            f' viewBox="{-QUIET_ZONE} {-QUIET_ZONE} {side} {side}">'
            f'<path fill="#fff" d="M{-QUIET_ZONE} {-QUIET_ZONE}h{side}v{side}h-{side}z"/>'
            f"{svg_path(self.outline)}</svg>"
        )

    def bare_svg(self) -> str:
        """Return an SVG of the dark modules alone, to be placed on a page of ours."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.size} {self.size}">'
            f"{svg_path(self.outline)}</svg>"
        )

    def bare_pdf(self) -> str:
        """
        Return a PDF page of the dark modules alone, a point a module, in one ink of four.

        For a print shop: what is black in an SVG would be printed in all four inks.
        """
        size = self.size
        drawing = f"0 0 0 1 k {pdf_path(self.outline, size)} f*"
        file = "%PDF-1.4\n"
        places = []
        for number, body in enumerate(
            (
                "<</Type/Catalog/Pages 2 0 R>>",
                "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size} {size}]/Resources<<>>"
                "/Contents 4 0 R>>",
                f"<</Length {len(drawing)}>>stream\n{drawing}\nendstream",
            ),
            start=1,
        ):
            places.append(len(file))
            file += f"{number} 0 obj\n{body}\nendobj\n"
        table = "".join(f"{place:010} 00000 n \n" for place in places)
        return (
            f"{file}xref\n0 5\n0000000000 65535 f \n{table}"
            f"trailer<</Size 5/Root 1 0 R>>\nstartxref\n{len(file)}\n%%EOF\n"
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
    version, codewords = encode(text)
    bits = _bits(codewords)
    if version <= LARGEST_VERSION_WITH_HOLE:
        for width in (width for width in HOLES if width <= hole):
            # Which codewords a hole hits depends on the mask, so the mask is chosen by what
            # is left. A mark may be light or dark where a module is read; both must do.
            unused, last = max(
                (min(_unused(version, bits, mask, width, dark) for dark in (0, 1)), -mask)
                for mask in range(8)
            )
            symbol = Symbol(
                text, version, _with_hole(_matrix(version, bits, -last), width), width, unused
            )
            if unused >= GRADE_B and _reads_back(symbol):
                return symbol
    # Without a hole, the mask that the standard's penalties prefer.
    for mask in (_standard_mask(version, bits), *range(8)):
        symbol = Symbol(text, version, _matrix(version, bits, mask), 0, 1.0)
        if _reads_back(symbol):
            return symbol
    raise Fault(Code.UNREADABLE_CODE, text=text)


_GREY = bytes([255, 0, *bytes(254)])  # of a light and a dark module


def picture(matrix: Matrix, module_px: int) -> Image.Image:
    """Return *matrix* in black on white with its quiet zone."""
    side = len(matrix) + 2 * QUIET_ZONE
    blank, edge = b"\xff" * side * QUIET_ZONE, b"\xff" * QUIET_ZONE
    rows = [edge + row.translate(_GREY) + edge for row in matrix]
    image = Image.frombytes("L", (side, side), b"".join([blank, *rows, blank]))
    return image.resize((side * module_px, side * module_px), Image.Resampling.NEAREST)


_BITS = [tuple(byte >> shift & 1 for shift in range(7, -1, -1)) for byte in range(256)]


def _bits(codewords: bytes) -> list[int]:
    return list(chain.from_iterable(map(_BITS.__getitem__, codewords)))


def _matrix(version: int, bits: list[int], mask: int) -> Matrix:
    """Return the symbol of *bits*: a blank one of that mask, with the dark bits turned."""
    modules = bytes(map(xor, _blank(version, mask), _in_place(version)((*bits, 0))))
    side = 17 + 4 * version
    return tuple(modules[at : at + side] for at in range(0, side * side, side))


@lru_cache(maxsize=8)
def _in_place(version: int) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """Return what picks for each module, row after row, its bit; the last where it has none."""
    side = 17 + 4 * version
    last = 8 * len(blocks_of(version)[0])
    bit_of = {cell: at for at, cell in enumerate(_cells(version)[:last])}
    return itemgetter(*(bit_of.get(cell, last) for cell in range(side * side)))


@lru_cache(maxsize=64)
def _blank(version: int, mask: int) -> bytes:
    """Return the symbol whose bits are all 0, row after row."""
    code = qrcode.QRCode(version, error_correction=ERROR_CORRECT_Q, mask_pattern=mask)
    code.data_cache = []
    code.makeImpl(False, mask)
    return bytes(bool(dark) for row in code.modules for dark in row)


@lru_cache(maxsize=8)
def _cells(version: int) -> tuple[int, ...]:
    """Return where the bits stand, in order: up and down in columns of two (7.7.3)."""
    side = 17 + 4 * version
    _blank(version, 0)  # fills the list of patterns that qrcode keeps
    patterns = precomputed_qr_blanks[version]

    def free(row: int, column: int) -> bool:
        if patterns[row][column] is not None:
            return False
        near_top, near_left = row < 9, column < 9
        format_information = (near_top and (near_left or column >= side - 8)) or (
            near_left and row >= side - 8
        )
        version_information = version >= 7 and (
            (row < 6 and column >= side - 11) or (column < 6 and row >= side - 11)
        )
        return not (format_information or version_information)

    cells = []
    upwards = True
    for right in (*range(side - 1, 6, -2), 5, 3, 1):
        rows = range(side - 1, -1, -1) if upwards else range(side)
        cells += [
            row * side + column for row in rows for column in (right, right - 1)
            if free(row, column)
        ]  # fmt: skip
        upwards = not upwards
    return tuple(cells)


def _unused(version: int, bits: list[int], mask: int, hole: int, dark: int) -> float:
    """
    Return the share of the error correction that a hole leaves (ISO/IEC 15415, 7.8.8).

    Args:
        dark: 1 when all modules of the hole are read as dark, 0 as light.
    """
    owners, correction = blocks_of(version)
    blank = _blank(version, mask)
    wrong = {at >> 3 for at, cell in _hidden(version, hole) if blank[cell] ^ bits[at] != dark}
    hit = [owners[codeword] for codeword in wrong]
    worst = max(map(hit.count, set(hit)), default=0)
    return max(0.0, 1 - 2 * worst / correction)


@lru_cache(maxsize=16)
def _hidden(version: int, hole: int) -> tuple[tuple[int, int], ...]:
    """Return the bits that a hole hides: which bit, and where it stands."""
    side = 17 + 4 * version
    span = range((side - hole) // 2, (side - hole) // 2 + hole)
    last = 8 * len(blocks_of(version)[0])  # the few cells after it hold nothing
    return tuple(
        (at, cell) for at, cell in enumerate(_cells(version)[:last])
        if cell // side in span and cell % side in span
    )  # fmt: skip


def _standard_mask(version: int, bits: list[int]) -> int:
    """Return the mask with the fewest penalty points (ISO/IEC 18004, 7.8.3)."""
    points = [
        lost_point([list(map(bool, row)) for row in _matrix(version, bits, mask)])
        for mask in range(8)
    ]
    return points.index(min(points))


def _with_hole(matrix: Matrix, hole: int) -> Matrix:
    first = (len(matrix) - hole) // 2
    last = first + hole
    return tuple(
        row[:first] + bytes(hole) + row[last:] if first <= y < last else row
        for y, row in enumerate(matrix)
    )


def _reads_back(symbol: Symbol) -> bool:
    found = find_symbols(grey_of(picture(symbol.matrix, 3)), quick=True)
    return [symbol.text] == [code.text for code in found]
