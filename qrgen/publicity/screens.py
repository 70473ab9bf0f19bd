"""
Slogans as a series of pictures for displays, lying and standing, and as a loop for those that
take only one file.

One picture a slogan, in the campaign's colours, with whose campaign it is and whom to ring; the
letters as large as the longest word allows. The loop is a GIF of 16 colours, four seconds a
picture: smaller than a video, and every display plays it.
"""
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from qrgen.artwork import COLOURS
from qrgen.campaign import Campaign
from qrgen.fonts import TYPEFACES
from qrgen.publicity.slogans import Slogan

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

SIZES = {"lying": (1920, 1080), "standing": (1080, 1920), "article": (900, 383)}
COLOURS_OF_A_PICTURE = 16
SECONDS = 4

# Where a line may be broken: nowhere but after these, for half a word reads as another.
_BREAKS = "，、；。！"


def series(
    campaign: Campaign, slogans: Sequence[Slogan], size: tuple[int, int]
) -> "list[Image.Image]":
    """Return a picture of *size* for each of *slogans*."""
    return [picture_of(campaign, slogan.text, size) for slogan in slogans]


def picture_of(campaign: Campaign, text: str, size: tuple[int, int]) -> "Image.Image":
    """Return *text* as one picture of *size* pixels."""
    from PIL import Image, ImageDraw

    width, height = size
    colours = {**COLOURS, **campaign.design}
    made = Image.new("RGB", size, colours["deep"])
    draw = ImageDraw.Draw(made)
    margin, foot = width // 14, round(height * 0.16)
    lines = _lines(text, standing=height > width)
    _in_box(draw, lines, (margin, margin, width - margin, height - foot - margin), "#ffffff")
    draw.rectangle((0, height - foot, width, height), fill="#ffffff")
    draw.rectangle((0, height - foot, width, height - foot + foot // 16), fill=colours["gold"])
    told = [campaign.short_title]
    if campaign.hotline:
        told.append(f"{campaign.texts['hotline_label']} {campaign.hotline}")
    if campaign.demo:
        told.append(campaign.texts["demo"])
    shown = ["　".join(told)] if height < width else told
    _in_box(
        draw, shown, (margin, height - round(foot * 0.85), width - margin,
                      height - round(foot * 0.15)), colours["ink"],
    )
    # Few colours, found in the picture itself: a tenth of the bytes, for both kinds of file.
    return made.quantize(
        COLOURS_OF_A_PICTURE, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
    )


def loop(pictures: "Sequence[Image.Image]") -> bytes:
    """Return *pictures* as a GIF that plays over and over."""
    file = BytesIO()
    pictures[0].save(
        file, "GIF", save_all=True, append_images=pictures[1:], duration=SECONDS * 1000, loop=0,
    )
    return file.getvalue()


def png_of(picture: "Image.Image") -> bytes:
    """Return *picture* as a PNG."""
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _lines(text: str, *, standing: bool) -> list[str]:
    lines, line = [], ""
    for letter in text:
        line += letter
        if letter in _BREAKS:
            lines.append(line.rstrip("，、"))  # the end of the line says it
            line = ""
    lines += [line] if line else []
    if standing or (len(lines) > 1 and max(map(len, lines)) > 5):
        return lines
    return [text] if len(text) <= 8 else lines


def _in_box(
    draw: "ImageDraw.ImageDraw", lines: Sequence[str], box: tuple[int, int, int, int], ink: str
) -> None:
    """Draw *lines* centred in *box*, as large as they fit."""
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    em = min(high / (len(lines) * 1.3), wide / max(_ems(line) for line in lines))
    font = _font(int(em))
    at = top + (high - em * 1.3 * len(lines)) / 2
    for line in lines:
        draw.text(((left + right) / 2, at + em * 0.65), line, fill=ink, font=font, anchor="mm")
        at += em * 1.3


def _ems(line: str) -> float:
    return sum(1.0 if ord(letter) > 0x2000 else 0.58 for letter in line) or 1.0


def _font(size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(TYPEFACES / "NotoSansSC-Bold.ttf", max(size, 8))
