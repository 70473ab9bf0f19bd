"""
A progress table as a picture for WeChat groups: PNG, 1080 pixels wide.

Drawn with the packaged font, so that it looks the same on every server; 1080 is the
width at which WeChat shows a picture without making it smaller.
"""
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from qrgen.extras import need_print
from qrgen.fonts import packaged

WIDTH = 1080
# Of the lines of a signed head.
_PROOF_ROW = 24
_MARGIN = 36
_ROW = 52
_INK = "#1a1a1a"
_RULE = "#9a9a9a"
_BAND = "#f4f4f4"
_RED = "#8f0f17"
_GREEN = "#14633a"


@dataclass(frozen=True)
class PictureColumn:
    """
    A heading and its share of the width; numbers stand to the right.

    *signed* ones say by their colour, too, on which side of nought they are.
    """

    heading: str
    weight: int
    number: bool = True
    signed: bool = False


def table_picture(
    title: str, subtitle: str, columns: Sequence[PictureColumn], rows: Sequence[Sequence[str]],
    heads: int, foot: str, proof: str = "",
) -> bytes:
    """
    Return the table as PNG; the first *heads* rows are sums and drawn bold.

    Args:
        proof: The log's signed head on one line, small below the foot, and among the file's texts.
    """
    need_print()  # its letters
    weights = sum(column.weight for column in columns)
    inner = WIDTH - 2 * _MARGIN
    edges = [_MARGIN]
    for column in columns:
        edges.append(edges[-1] + inner * column.weight // weights)
    edges[-1] = WIDTH - _MARGIN
    top = 150
    # Name, size and root on one line, each signature on one of its own.
    words = proof.split()
    told = [" ".join(words[:4]), *words[4:]] if proof else []
    height = top + _ROW * (len(rows) + 1) + 70 + _PROOF_ROW * len(told)
    image = Image.new("RGB", (WIDTH, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, WIDTH, 10), fill=_RED)
    draw.text((_MARGIN, 34), title, _RED, _font(40, 700))
    draw.text((_MARGIN, 94), subtitle, _INK, _font(26, 400))
    for number, row in enumerate([[column.heading for column in columns], *rows]):
        y = top + _ROW * number
        if number % 2 == 0:
            draw.rectangle((_MARGIN, y + 1, WIDTH - _MARGIN, y + _ROW), fill=_BAND)
        bold = number <= heads
        font = _font(26, 700 if bold else 400)
        for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
            left, right = edges[place] + 6, edges[place + 1] - 6
            middle = y + _ROW // 2
            ink = _INK
            if column.signed and number:
                ink = {"-": _RED, "+": _GREEN}.get(cell[:1], _INK)
            if column.number:
                draw.text((right, middle), cell, ink, font, anchor="rm")
            else:
                _write_name(draw, cell, (left, middle), right - left, 700 if bold else 400)
        draw.line((_MARGIN, y + _ROW, WIDTH - _MARGIN, y + _ROW), fill=_RULE)
    end = height - _PROOF_ROW * len(told)
    draw.text((_MARGIN, end - 52), foot, "#555555", _font(22, 400))
    for number, line in enumerate(told):
        draw.text((_MARGIN, end - 16 + _PROOF_ROW * number), line, "#555555", _font(16, 400))
    texts = PngInfo()
    if proof:
        texts.add_itxt("checkpoint", proof)
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=texts)
    return buffer.getvalue()


def _write_name(
    draw: ImageDraw.ImageDraw, text: str, place: tuple[float, float], width: int, weight: int
) -> None:
    """Write a name smaller, then in two lines: one cut short would say another sum than it is."""
    x, middle = place
    for size in (26, 23, 20):
        if draw.textlength(text, font := _font(size, weight)) <= width:
            draw.text(place, text, _INK, font, anchor="lm")
            return
    font = _font(20, weight)
    first = text
    while len(first) > 1 and draw.textlength(first, font) > width:
        first = first[:-1]
    second = text[len(first) :]
    while len(second) > 1 and draw.textlength(second, font) > width:
        second = second[:-2] + "…"
    draw.text((x, middle - 12), first, _INK, font, anchor="lm")
    draw.text((x, middle + 12), second, _INK, font, anchor="lm")


@lru_cache(maxsize=32)
def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    folder = packaged()
    font = ImageFont.truetype(str(next(iter(sorted(folder.glob("*.ttf"))))), size)
    font.set_variation_by_axes([weight])
    return font
