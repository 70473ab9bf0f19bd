"""
Where QR symbols are in grey pixels, what they hold, and how well they could be read.
"""
import math
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import zxingcpp
from PIL import Image

QR_ONLY = zxingcpp.barcode_formats_from_str("QRCode")  # all formats take eight times as long

# Rows of bytes, 0 is black. The decoder takes a picture of Pillow's as well, and copies it in
# pieces, which takes three times as long as to decode it.
Grey: TypeAlias = memoryview


@dataclass(frozen=True)
class Found:
    """
    A code in a picture.

    Args:
        unused: Share of the error correction that reading it left over, 0 to 1.
        module_px: Width of a module in pixels.
        box: Left, top, right, bottom: the pixels it lies in.
    """

    text: str
    unused: float
    module_px: float
    box: tuple[int, int, int, int]


def grey_of(image: Image.Image) -> Grey:
    """Return the pixels of *image*, which is of mode ``L``."""
    return memoryview(image.tobytes()).cast("B", (image.height, image.width))


def find_symbols(pixels: Grey, quick: bool = False) -> list[Found]:
    """
    Return the QR codes in *pixels*.

    Args:
        quick: For prints of ours: nothing is tried for pictures that are turned, too large
            or inverted.
    """
    thorough = not quick
    found = zxingcpp.read_barcodes(
        pixels,
        formats=QR_ONLY,
        try_rotate=thorough,
        try_downscale=thorough,
        try_invert=thorough,
        # A print is black on white; a photo has shadows, which cost more to see through.
        binarizer=zxingcpp.Binarizer.LocalAverage
        if thorough
        else zxingcpp.Binarizer.GlobalHistogram,
    )
    made = []
    for code in found:
        extra, at = cast(dict[str, Any], code.extra), code.position
        modules = 17 + 4 * int(extra["Version"])
        side = math.dist((at.top_left.x, at.top_left.y), (at.top_right.x, at.top_right.y))
        # The corners are those of the outermost pixels, so a pixel is missing.
        made.append(Found(code.text, float(extra["UEC"]), (side + 1) / modules, _box(at)))
    return made


def find_unread(pixels: Grey) -> list[tuple[int, int, int, int]]:
    """Return where in *pixels* there is what looks like a QR code and cannot be read."""
    found = zxingcpp.read_barcodes(pixels, formats=QR_ONLY, return_errors=True)
    return [_box(code.position) for code in found if not code.valid]


def _box(at: Any) -> tuple[int, int, int, int]:
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    across, down = [corner.x for corner in corners], [corner.y for corner in corners]
    return min(across), min(down), max(across) + 1, max(down) + 1
