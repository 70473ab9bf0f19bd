"""
A slogan point by point for an LED grid: a 1-bit picture that needs no font in the control card.

A P10 module has 32 × 16 points, and letters are 16 points: a screen of 64 shows four, of 96 six,
of 128 eight, of 320 twenty. What fits stands still in the middle; what is longer scrolls, as a
strip as long as it needs. Letters come from GNU Unifont, drawn for 16 points; an outline font
breaks there. 32 points are two lines where a slogan has two that fit, else letters of twice the
size, for nothing but whole multiples stays crisp.
"""
import lzma
import struct
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from qrgen.fault_codes import Code
from qrgen.shell import Fault

if TYPE_CHECKING:
    from PIL import Image

LETTERS = Path(__file__).parents[1] / "typefaces" / "unifont16.xz"

# Width and height in points, of P10 modules.
GRIDS = ((64, 16), (96, 16), (128, 16), (320, 16), (128, 32), (320, 32))

HEIGHT = 16


def picture_of(text: str, width: int, height: int) -> "Image.Image":
    """
    Return *text* as a picture of 1 bit, *height* points high and at least *width* wide.

    Raises:
        Fault: a letter is not among ours; it is named.
    """
    from PIL import Image

    letters = letters_of_16()
    if unknown := "".join(letter for letter in text if ord(letter) not in letters):
        raise Fault(Code.LED_LETTERS, letters=unknown)
    strips = [_strip(line) for line in _two_lines(text, width)] if height >= 2 * HEIGHT else []
    if not strips:
        strip = _strip(text)
        times = height // HEIGHT
        if strip.width * times > width >= strip.width:
            times = 1  # it stands still in one line where it would scroll in large letters
        size = (strip.width * times, HEIGHT * times)
        strips = [strip.resize(size, Image.Resampling.NEAREST)]
    made = Image.new("1", (max(width, *(strip.width for strip in strips)), height))
    at = (height - sum(strip.height for strip in strips)) // 2
    for strip in strips:
        made.paste(strip, ((made.width - strip.width) // 2, at))
        at += strip.height
    return made


def _two_lines(text: str, width: int) -> list[str]:
    """Return *text* as two lines where it has two that fit *width*; [] where not."""
    first, mark, second = text.partition("，")
    lines = [first, second]
    return lines if mark and all(line and not scrolls(line, width) for line in lines) else []


def _strip(text: str) -> "Image.Image":
    """Return *text* in one line, as long as it is."""
    from PIL import Image

    letters = letters_of_16()
    strip = Image.new("1", (sum(_width(letters[ord(letter)]) for letter in text), HEIGHT))
    at = 0
    for letter in text:
        rows = letters[ord(letter)]
        strip.paste(Image.frombytes("1", (_width(rows), HEIGHT), rows), (at, 0))
        at += _width(rows)
    return strip


def bmp_of(text: str, width: int, height: int) -> bytes:
    """Return `picture_of` as a Windows bitmap, which every control program reads."""
    return file_of(picture_of(text, width, height))


def file_of(picture: "Image.Image") -> bytes:
    """Return *picture* as a Windows bitmap."""
    file = BytesIO()
    picture.save(file, "BMP")
    return file.getvalue()


def scrolls(text: str, width: int) -> bool:
    """Whether *text* is wider than a screen of *width* points."""
    letters = letters_of_16()
    return sum(_width(letters[ord(letter)]) for letter in text if ord(letter) in letters) > width


@cache
def letters_of_16() -> Mapping[int, bytes]:
    """Return code point -> its 16 rows, of 1 or 2 bytes each."""
    data = lzma.decompress(LETTERS.read_bytes())
    found, at = {}, 0
    while at < len(data):
        point, length = struct.unpack_from(">IB", data, at)
        found[point] = data[at + 5 : at + 5 + length]
        at += 5 + length
    return found


def _width(rows: bytes) -> int:
    return len(rows) // HEIGHT * 8
