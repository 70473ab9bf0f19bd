"""
What is still read of a code that hangs outdoors: nine kinds of wear, each at five or six strengths.

All codes are printed at the same size, so a finer symbol pays for its modules. Read by ZXing, by
ZBar and, where OpenCV has it and ZHUANMA_WECHAT_MODELS names the folder of its four files, by
WeChat's own. docs/posters.md has the table, and what followed from it.
"""
import io
import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy
from PIL import Image, ImageDraw, ImageFilter

# Pixels of a code with its quiet zone, and of the wall around it.
SIDE, AROUND = 420, 70

Wear = Callable[[Image.Image, float, random.Random], Image.Image]
Reader = Callable[[Image.Image], list[str]]


def dirt(print_: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """Spots, light and dark, on this *share* of the area."""
    spots = Image.new("L", print_.size, 0)
    draw = ImageDraw.Draw(spots)
    while (numpy.asarray(spots) > 0).sum() < share * SIDE * SIDE:
        x, y = (chance.uniform(AROUND, AROUND + SIDE) for _ in "xy")
        r = chance.uniform(3, 14)
        top = y - r * chance.uniform(0.5, 1)
        draw.ellipse((x - r, top, x + r, y + r), chance.choice([70, 205]))
    return _soft(Image.composite(spots, print_, spots.point(lambda v: 255 if v else 0)))


def tape(print_: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """A strip of tape right across, so much of the height wide."""
    strip = Image.new("L", print_.size, 0)
    middle, half = AROUND + SIDE * chance.uniform(0.35, 0.65), SIDE * share / 2
    ImageDraw.Draw(strip).rectangle((-200, middle - half, 999, middle + half), 255)
    strip = strip.rotate(chance.uniform(-25, 25), center=(print_.width / 2, middle))
    return _soft(Image.composite(print_.point(lambda v: v * 0.12 + 205), print_, strip))


def waves(print_: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """Damp paper: every point is moved by up to this *share* of the width."""
    y, x = numpy.mgrid[0 : print_.height, 0 : print_.width].astype("float32")
    turns = 2 * numpy.pi * chance.uniform(2.2, 3.2) / SIDE
    across = x + share * SIDE * numpy.sin(y * turns + chance.uniform(0, 6.28))
    down = y + share * SIDE * numpy.sin(x * turns + chance.uniform(0, 6.28))
    moved = cv2.remap(
        numpy.asarray(print_), across.astype("float32"), down.astype("float32"),
        cv2.INTER_LINEAR, borderValue=225,
    )
    return _soft(Image.fromarray(moved))


def blur(print_: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """Out of focus by this *share* of the width."""
    return print_.filter(ImageFilter.GaussianBlur(share * SIDE))


def aslant(print_: Image.Image, degrees: float, chance: random.Random) -> Image.Image:
    """Seen from aside, by a phone that is not held straight."""
    n, turn, far = print_.width, numpy.radians(degrees), 2.2 * print_.width
    corners = []
    for x, y in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        nearer = far / (far + x * n * numpy.sin(turn))
        corners.append((n / 2 + x * n * numpy.cos(turn) * nearer, n / 2 + y * n * nearer))
    flat = numpy.array([(0, 0), (n, 0), (n, n), (0, n)], "f4")
    seen = cv2.getPerspectiveTransform(flat, numpy.array(corners, "f4"))
    turned = cv2.warpPerspective(numpy.asarray(print_), seen, (n, n), borderValue=225)
    return _soft(Image.fromarray(turned).rotate(chance.uniform(-20, 20), fillcolor=225))


def faded(print_: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """Bleached by the sun, and grey with noise."""
    noise = numpy.random.default_rng(chance.randrange(2**31)).normal(0, 7, print_.size[::-1])
    pixels = 215 - (255 - numpy.asarray(print_)) / 255 * (60 * (1 - share) + 4) + noise
    return Image.fromarray(pixels.clip(0, 255).astype("uint8"))


def glare(print_: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """A lamp in the laminate, on this *share* of the area."""
    y, x = numpy.mgrid[0 : print_.height, 0 : print_.width]
    left, top = (AROUND + SIDE * chance.uniform(0.3, 0.7) for _ in "xy")
    away = numpy.hypot(x - left, y - top) / (SIDE * numpy.sqrt(share / numpy.pi))
    light = numpy.clip(1.6 - away, 0, 1)
    return Image.fromarray((numpy.asarray(print_) * (1 - light) + 255 * light).astype("uint8"))


def torn(print_: Image.Image, share: float, chance: random.Random) -> Image.Image:
    """The lower right corner is gone: that no finder pattern stands in."""
    made, end, cut = print_.copy(), AROUND + SIDE, 2 * share * SIDE
    corner = [(end, end - cut), (999, end - cut), (999, 999), (end - cut, 999), (end - cut, end)]
    ImageDraw.Draw(made).polygon(corner, fill=150)
    return _soft(made)


def far(print_: Image.Image, side_px: float, chance: random.Random) -> Image.Image:
    """So many pixels wide in the photograph, a JPEG."""
    scale, out = side_px / SIDE, io.BytesIO()
    small = print_.filter(ImageFilter.GaussianBlur(0.4 / scale))
    small.resize((round(print_.width * scale),) * 2, Image.Resampling.BOX).save(
        out, "JPEG", quality=60
    )
    photo = Image.new("L", (400, 400), 200)
    photo.paste(Image.open(out), ((400 - round(print_.width * scale)) // 2,) * 2)
    return photo


def _soft(image: Image.Image) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(1))


WEAR: Mapping[str, tuple[Wear, tuple[float, ...]]] = {
    "dirt": (dirt, (0.02, 0.04, 0.06, 0.08, 0.1, 0.13)),
    "tape": (tape, (0.04, 0.07, 0.1, 0.13, 0.16, 0.2)),
    "waves": (waves, (0.004, 0.006, 0.008, 0.01, 0.012, 0.015)),
    "blur": (blur, (0.008, 0.01, 0.012, 0.014, 0.017)), "aslant": (aslant, (30, 40, 50, 60, 68)),
    "faded": (faded, (0.2, 0.4, 0.6, 0.75, 0.85)), "glare": (glare, (0.08, 0.14, 0.2, 0.27, 0.35)),
    "torn": (torn, (0.2, 0.26, 0.32, 0.38, 0.44)), "far": (far, (90, 75, 64, 56, 48)),
}


def what_is_read(codes: int, holes: tuple[int, ...] = (0, 5, 7)) -> list[dict[str, object]]:
    """Return a row for each mark's width in modules and each reader: what it read, in per cent."""
    from factories import CODE_KEY

    from qrgen.codes import Code, code_url, sign_code
    from qrgen.symbols import make_symbol, picture

    rows: list[dict[str, object]] = []
    for hole in holes:
        prints = []
        for number in range(codes):
            signed = sign_code(Code(f"N{number:02}"), [CODE_KEY])
            text = code_url("https://ysf.lianhua.gov.cn", signed)
            wall = Image.new("L", (SIDE + 2 * AROUND,) * 2, 225)
            drawn = picture(make_symbol(text, hole).matrix, 24)
            wall.paste(drawn.resize((SIDE, SIDE), Image.Resampling.BICUBIC), (AROUND, AROUND))
            prints.append((text, wall))
        for name, read in readers().items():
            row: dict[str, object] = {"mark": hole, "reader": name}
            for kind, (wear, strengths) in WEAR.items():
                seen = sum(
                    text in read(wear(wall, strength, random.Random(f"{kind}{strength}{number}")))
                    for strength in strengths for number, (text, wall) in enumerate(prints)
                )
                row[kind] = round(100 * seen / (len(strengths) * codes))
            rows.append(row)
    return rows


def readers() -> dict[str, Reader]:
    """Return the readers that there are here, by name."""
    from decoders import zbar_read

    from qrgen.finder import find_symbols, grey_of

    found: dict[str, Reader] = {
        "ZXing": lambda image: [code.text for code in find_symbols(grey_of(image))],
        "ZBar": zbar_read,
    }
    models = os.environ.get("ZHUANMA_WECHAT_MODELS")
    if models and hasattr(cv2, "wechat_qrcode_WeChatQRCode"):
        files = [str(Path(models) / f"{net}.{end}") for net in ("detect", "sr")
                 for end in ("prototxt", "caffemodel")]  # fmt: skip
        wechat = cv2.wechat_qrcode_WeChatQRCode(*files)
        found["WeChat"] = lambda image: list(
            wechat.detectAndDecode(cv2.cvtColor(numpy.asarray(image), cv2.COLOR_GRAY2BGR))[0]
        )
    return found
