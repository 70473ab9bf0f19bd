"""What a phone's camera makes of printed paper on a wall: aside, out of focus, pasted over."""
import io
import random

import cv2
import numpy
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, ImageFilter
from qrcode import QRCode

# A photograph of a middling phone, upright; stored on its side, as sensors do.
SIZE = (1512, 2016)


def sheet(pdf: bytes, dpi: int = 150) -> Image.Image:
    """Return the first page of *pdf* as it is printed, in grey."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        page: Image.Image = document[0].render(scale=dpi / 72).to_pil()
        return page.convert("L")
    finally:
        document.close()


def pasted_over(paper: Image.Image, text: str) -> Image.Image:
    """Return *paper* with a sticker in its middle, where the code is, that holds *text*."""
    code = QRCode(border=4, box_size=20)
    code.add_data(text)
    side = round(paper.width * 0.7)
    patch = code.make_image().get_image().convert("L").resize((side, side))
    made = paper.copy()
    made.paste(patch, ((paper.width - side) // 2, round(paper.height * 0.5 - side / 2)))
    return made


def photograph(
    paper: Image.Image, seed: int, *, blur_px: float = 1.0, aside: float = 0.06
) -> bytes:
    """
    Return the JPEG that somebody takes of *paper* on a wall.

    Args:
        blur_px: Out of focus by so many pixels; from some ten on nobody reads the code.
        aside: How far the far edge is shortened, by who stands to the left of it.
    """
    chance = random.Random(seed)
    wall = numpy.asarray(Image.effect_noise(SIZE, 20).point(lambda v: min(255, v + 40))).copy()
    width = SIZE[0] * 0.72
    height = width * paper.height / paper.width
    left, top = SIZE[0] * (0.12 + chance.uniform(0, 0.03)), SIZE[1] * 0.12
    shorter = aside * height / 2
    corners = [
        (left, top), (left + width, top + shorter),
        (left + width, top + height - shorter), (left, top + height),
    ]
    flat = [(0, 0), (paper.width, 0), paper.size, (0, paper.height)]
    seen = cv2.getPerspectiveTransform(numpy.array(flat, "f4"), numpy.array(corners, "f4"))
    drawn = cv2.warpPerspective(numpy.asarray(paper), seen, SIZE, flags=cv2.INTER_AREA)
    there = cv2.warpPerspective(numpy.full(paper.size[::-1], 255, "u1"), seen, SIZE)
    wall[there > 127] = drawn[there > 127]
    photo = Image.fromarray(wall).filter(ImageFilter.GaussianBlur(blur_px)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright
    out = io.BytesIO()
    photo.rotate(90, expand=True).save(out, "JPEG", quality=75, exif=exif)
    return out.getvalue()
