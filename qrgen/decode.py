"""
From a picture or a PDF back to the codes in it, and what they are worth.

The same reader checks every print we make and any photo somebody sends in. A code can be
genuine in three ways only: our address, our signature, a unit of this campaign. A genuine code
behind a stranger's address is the worst of all, for it is how a copied poster cheats.
"""
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from PIL import Image, ImageOps

from qrgen.campaign import Unit
from qrgen.codes import BadCode, Code, read_code
from qrgen.shell import Fault
from qrgen.symbols import QR_ONLY

# 100 dpi is 15 pixels a module on an A4 poster; more only costs time.
CHECK_DPI = 100

# A photo larger than this is a bomb or a mistake, a PDF page larger is a banner.
LARGEST_PIXELS = 120_000_000
LONGEST_SIDE_PX = 6000

State = Literal["genuine", "unlisted", "forged", "foreign"]


@dataclass(frozen=True)
class Verdict:
    """
    What a code that was found is worth.

    Args:
        state: ``genuine``; ``unlisted`` is signed by us for a unit this campaign does not
            have; ``forged`` is at our address without our signature; ``foreign`` leads
            elsewhere.
        text: What the code holds.
    """

    state: State
    text: str
    code: Code | None = None
    unit: Unit | None = None

    @property
    def line(self) -> str:
        """One line for people: ``genuine N07-1 鼎龙乡·邮储银行鼎龙所``."""
        if self.code is None:
            return f"{self.state} {_on_one_line(self.text)}"
        if self.unit is None:
            return f"{self.state} {self.code.text} (no such unit in this campaign)"
        note = ""
        if self.code.issue != self.unit.issue:
            note = f" (issue {self.code.issue}; issue {self.unit.issue} is the valid one)"
        return f"{self.state} {self.code.text} {self.unit.name}{note}"


def read_file(path: Path, dpi: float = CHECK_DPI) -> list[list[str]]:
    """
    Return the QR codes in *path*, page by page; a picture is one page.

    Raises:
        Fault: It is missing, or neither a picture nor a PDF.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except FileNotFoundError:
        raise Fault(f"{path}: there is no such file") from None
    if b"%PDF-" in head:
        return list(read_pdf(path, dpi))
    try:
        with Image.open(path) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise Fault(f"{path}: the picture is too large", "send it at half the size")
            # Telephones store the picture as the sensor saw it and note how they were held.
            upright = ImageOps.exif_transpose(image)
            return [read_picture(_on_white(upright))]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Fault(
            f"{path}: neither a picture nor a PDF, or damaged ({error})",
            "PNG, JPEG, WebP, BMP, TIFF, GIF and PDF can be read",
        ) from None


def read_pdf(path: Path, dpi: float = CHECK_DPI) -> Iterator[list[str]]:
    """
    Yield the QR codes of each page of the PDF at *path*.

    Raises:
        Fault: It is damaged, or needs a password.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Fault(
            f"{path}: this PDF cannot be opened ({error})",
            "make it again, or save it without a password",
        ) from None
    try:
        for page in document:
            longest = max(page.get_size()) / 72  # inches
            scale = min(dpi, LONGEST_SIDE_PX / max(longest, 0.01)) / 72
            yield read_picture(page.render(scale=scale, grayscale=True).to_pil())
            page.close()
    finally:
        document.close()


def read_picture(image: Image.Image) -> list[str]:
    """Return the texts of the QR codes in *image*, from top to bottom."""
    found = zxingcpp.read_barcodes(image, formats=QR_ONLY)
    if not found:
        # A big photo of a small code, or a tiny picture: another size, another chance.
        for scale in (0.5, 0.25, 2.0):
            size = (round(image.width * scale), round(image.height * scale))
            if min(size) >= 40 and max(size) <= LONGEST_SIDE_PX:
                resized = image.resize(size, Image.Resampling.BILINEAR)
                if found := zxingcpp.read_barcodes(resized, formats=QR_ONLY):
                    break
    found.sort(key=lambda code: (code.position.top_left.y, code.position.top_left.x))
    return [code.text for code in found]


def judge(
    text: str, keys: Sequence[str], public_url: str, units: Mapping[str, Unit]
) -> Verdict:
    """Return what the code that holds *text* is worth."""
    try:
        parts = urlsplit(text)
        origin = f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        return Verdict("foreign", text)
    head, _, signed = parts.path[1:].partition("/")
    if origin != public_url or head.upper() != "Q" or parts.query or parts.fragment:
        return Verdict("foreign", text)
    try:
        code = read_code(signed, keys)
    except BadCode:
        return Verdict("forged", text)
    unit = units.get(code.unit)
    return Verdict("unlisted" if unit is None else "genuine", text, code, unit)


def _on_white(image: Image.Image) -> Image.Image:
    # A code saved on a transparent ground would else turn black on black.
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, "white")
        ground.alpha_composite(rgba)
        return ground.convert("L")
    return image.convert("L")


def _on_one_line(text: str) -> str:
    # What a stranger's code holds may steer a terminal.
    shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return shown if len(shown) <= 200 else f"{shown[:200]}…"
