"""
A progress table as pictures for WeChat groups: PNG, 1080 pixels wide.

Drawn with the packaged font, so that it looks the same on every server; 1080 is the
width at which WeChat shows a picture without making it smaller, and a picture of more than
`MOST_ROWS` rows is read by nobody on a phone, so a longer table is several of them, numbered.
Nothing is cut: columns are as wide as what stands in them, and words that are longer than
their place go on below.
"""
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from attribution.reports.pace import Degree
from qrgen.extras import need_print
from qrgen.fonts import packaged

WIDTH = 1080
# With the sums above the lines, which each of several pictures has.
MOST_ROWS = 14
_MARGIN = 36
_INNER = WIDTH - 2 * _MARGIN
_ROW = 52
_LINE = 26
_PAD = 12
_GAP = 18
# A name has this much of the width at least; wider numbers are written smaller.
_NAMES = 230
_INK = "#1a1a1a"
_SOFT = "#555555"
_RULE = "#9a9a9a"
_BAND = "#f4f4f4"
_RED = "#8f0f17"
_GREEN = "#14633a"
# What does not begin a line.
_CLOSING = "，。；：、）》”％%"

_INKS = {
    Degree.FAR.sign: _RED, Degree.BEHIND.sign: _RED,
    Degree.AHEAD.sign: _GREEN, Degree.DONE.sign: _GREEN,
}

Cells = TypeVar("Cells")


@dataclass(frozen=True)
class PictureColumn:
    """
    A heading; numbers stand to the right, and names have what these leave.

    *signed* ones end with the sign of a `pace.Degree`, and say the same by their colour.
    """

    heading: str
    number: bool = True
    signed: bool = False


def sheets(heads: int, rows: Sequence[Cells]) -> list[Sequence[Cells]]:
    """
    Return *rows* in as few parts as there are pictures of them, each about as long.

    Args:
        heads: How many sums stand above each part.
    """
    most = max(MOST_ROWS - heads, 1)
    parts = max(-(-len(rows) // most), 1)
    size, longer = divmod(len(rows), parts)
    found, first = [], 0
    for number in range(parts):
        last = first + size + (number < longer)
        found.append(rows[first:last])
        first = last
    return found


def table_picture(
    title: str, subtitle: str, columns: Sequence[PictureColumn], rows: Sequence[Sequence[str]],
    heads: int, foot: Sequence[str], proof: str = "",
) -> bytes:
    """
    Return the table as PNG; the first *heads* rows are sums and drawn bold.

    Args:
        foot: What is said below it; each sentence begins a line where the last had no room.
        proof: The log's signed head on one line, small below the foot, and among the file's texts.
    """
    need_print()  # its letters
    table = [[column.heading for column in columns], *rows]
    size, edges = _layout(columns, table, heads)
    top_words = [*_wrapped([title], 40, 700), *_wrapped([subtitle], 26, 400)]
    foot_words = [*_wrapped(foot, 22, 400), *_proved(proof)]
    names = [
        [
            [] if column.number else _name(
                cell, edges[place + 1] - edges[place] - _PAD, 700 if number <= heads else 400
            )
            for place, (column, cell) in enumerate(zip(columns, row, strict=True))
        ]
        for number, row in enumerate(table)
    ]
    heights = [
        max(_ROW, *(_LINE * len(lines) + _PAD for lines in row)) for row in names
    ]
    top = 34 + sum(_step(size) for _, size, _ in top_words) + 12
    height = top + sum(heights) + 18 + sum(_step(size) for _, size, _ in foot_words) + 22
    image = Image.new("RGB", (WIDTH, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 10), fill=_RED)
    y = 34
    for text, letters, weight in top_words:
        draw.text((_MARGIN, y), text, _RED if weight == 700 else _INK, _font(letters, weight))
        y += _step(letters)
    y = top
    for number, row in enumerate(table):
        if number % 2 == 0:
            draw.rectangle((_MARGIN, y + 1, WIDTH - _MARGIN, y + heights[number]), fill=_BAND)
        weight = 700 if number <= heads else 400
        for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
            left, right = edges[place] + _PAD // 2, edges[place + 1] - _PAD // 2
            middle = y + heights[number] // 2
            if column.number:
                ink = _INKS.get(cell[-1:], _INK) if column.signed else _INK
                draw.text((right, middle), cell, ink if number else _INK, _font(size, weight),
                          anchor="rm")
            else:
                lines = names[number][place]
                first = middle - _LINE * (len(lines) - 1) // 2
                for n, (text, letters) in enumerate(lines):
                    draw.text((left, first + n * _LINE), text, _INK, _font(letters, weight),
                              anchor="lm")
        y += heights[number]
        draw.line((_MARGIN, y, WIDTH - _MARGIN, y), fill=_RULE)
    y += 18
    for text, letters, weight in foot_words:
        draw.text((_MARGIN, y), text, _SOFT, _font(letters, weight))
        y += _step(letters)
    buffer = io.BytesIO()
    texts = PngInfo()
    if proof:
        texts.add_itxt("checkpoint", proof)
    # Few colours: a third of the bytes, and nobody sees it.
    image.quantize(64).save(buffer, "PNG", optimize=True, pnginfo=texts)
    return buffer.getvalue()


def _layout(
    columns: Sequence[PictureColumn], table: Sequence[Sequence[str]], heads: int
) -> tuple[int, list[int]]:
    """Return the size of the numbers, and where each column begins, the last one's end with it."""
    for size in (26, 24, 22, 20, 18, 16):
        widths = [
            max(
                _width(row[place], size, 700 if number <= heads else 400)
                for number, row in enumerate(table)
            ) + _GAP if column.number else 0
            for place, column in enumerate(columns)
        ]
        spare = _INNER - sum(widths)
        if spare >= _NAMES:
            break
    # First what the longest name needs; then room between numbers; the rest is the names'.
    longest = max(
        (
            _width(row[place], 26, 700 if number <= heads else 400) + _PAD
            for number, row in enumerate(table)
            for place, column in enumerate(columns) if not column.number
        ), default=0,
    )
    count = sum(column.number for column in columns)
    named = len(columns) - count
    more = min(max(spare - longest * named, 0) // count, 24) if count else 0
    name = (spare - more * count) // max(named, 1)
    edges = [_MARGIN]
    for column, width in zip(columns, widths, strict=True):
        edges.append(edges[-1] + (width + more if column.number else name))
    edges[-1] = WIDTH - _MARGIN
    return size, edges


def _name(text: str, width: int, weight: int) -> list[tuple[str, int]]:
    """Return a name smaller, then in lines: one cut short would say another sum than it is."""
    for size in (26, 23, 20):
        if _width(text, size, weight) <= width:
            return [(text, size)]
    return [(line, 20) for line in _lines(text, width, 20, weight)]


def _wrapped(pieces: Sequence[str], size: int, weight: int) -> list[tuple[str, int, int]]:
    """Return *pieces* in lines as wide as the picture; one that has room goes on the last line."""
    lines: list[str] = []
    for piece in filter(None, pieces):
        if lines and _width(lines[-1] + piece, size, weight) <= _INNER:
            lines[-1] += piece
        else:
            lines += _lines(piece, _INNER, size, weight)
    return [(line, size, weight) for line in lines]


def _proved(proof: str) -> list[tuple[str, int, int]]:
    """Return a signed head in lines: name, size and root, then each signature."""
    words = proof.split()
    pieces = [" ".join(words[:4]), *words[4:]] if words else []
    return [(line, 16, 400) for piece in pieces for line in _lines(piece, _INNER, 16, 400)]


def _lines(text: str, width: int, size: int, weight: int) -> list[str]:
    found = [""]
    for letter in text:
        # A mark that closes hangs into the room that is kept for it.
        room = width if letter in _CLOSING else width - size
        if not found[-1] or _width(found[-1] + letter, size, weight) <= room:
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _step(size: int) -> int:
    return size * 3 // 2


def _width(text: str, size: int, weight: int) -> int:
    return -int(-_font(size, weight).getlength(text) // 1)


@lru_cache(maxsize=32)
def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    folder = packaged()
    font = ImageFont.truetype(str(next(iter(sorted(folder.glob("*.ttf"))))), size)
    font.set_variation_by_axes([weight])
    return font
