"""
From a picture or a PDF back to the codes in it, and what they are worth.

The same reader checks every print we make and any photo somebody sends in. A code can be
genuine in three ways only: our address, our signature, a unit of this campaign. A genuine code
behind a stranger's address is the worst of all, for it is how a copied poster cheats.
"""
import csv
import io
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import pypdfium2  # type: ignore[import-untyped]
import zxingcpp
from PIL import Image, ImageOps

from qrgen.campaign import Unit
from qrgen.codes import BadCode, Code, read_code
from qrgen.files import read_text
from qrgen.shell import Fault
from qrgen.symbols import QR_ONLY

# 100 dpi is 15 pixels a module on an A4 poster; more only costs time.
CHECK_DPI = 100

# A photo larger than this is a bomb or a mistake, a PDF page larger is a banner.
LARGEST_PIXELS = 120_000_000
LONGEST_SIDE_PX = 6000

State = Literal["genuine", "re-issued", "revoked", "unlisted", "forged", "foreign"]

# What `attribution units list` calls a unit's code: in use, revoked, the unit closed.
IN_USE, REVOKED, CLOSED = "在用", "已撤销", "已停用"


@dataclass(frozen=True)
class Found:
    """
    A code in a picture.

    Args:
        unused: Share of the error correction that reading it left over, 0 to 1.
        module_px: Width of a module in pixels.
        top, left: Where it begins.
    """

    text: str
    unused: float
    module_px: float
    top: int
    left: int


@dataclass(frozen=True)
class Standing:
    """What the service says of a unit: the issue that is valid, and the state of its code."""

    issue: int
    state: str = IN_USE


@dataclass(frozen=True)
class Verdict:
    """
    What a code that was found is worth.

    Args:
        state: ``genuine``; ``re-issued`` is ours, but a later issue has taken its place;
            ``revoked`` is ours and void; ``unlisted`` is signed by us for a unit or an issue
            this campaign does not have; ``forged`` is at our address without our signature;
            ``foreign`` leads elsewhere.
        text: What the code holds.
    """

    state: State
    text: str
    code: Code | None = None
    unit: Unit | None = None
    note: str = ""

    @property
    def line(self) -> str:
        """One line for people: ``genuine N07-1 鼎龙乡·邮储银行鼎龙所``."""
        if self.code is None:
            return f"{self.state} {_on_one_line(self.text)}"
        if self.unit is None:
            return f"{self.state} {self.code.text} (no such unit in this campaign)"
        note = f" ({self.note})" if self.note else ""
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
        with warnings.catch_warnings():
            # Telephones take 108 megapixels; our own limit stands below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
        with image:
            # A JPEG is opened at half or a quarter of its size where that is enough.
            image.draft("L", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
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
    found = find_symbols(image)
    # A photo may hold a large code near by and small ones on the wall behind it; and a wide
    # blur reads better made small. What one size misses another finds.
    sizes = [0.5, 0.25] if max(image.size) > 2000 else []
    for scale in sizes if found else [0.5, 0.25, 2.0]:
        size = (round(image.width * scale), round(image.height * scale))
        if min(size) >= 40 and max(size) <= LONGEST_SIDE_PX:
            resized = image.resize(size, Image.Resampling.BILINEAR)
            known = {code.text for code in found}
            found += [
                replace(code, top=round(code.top / scale), left=round(code.left / scale))
                for code in find_symbols(resized)
                if code.text not in known
            ]
            if found and not sizes:
                break
    found.sort(key=lambda code: (code.top, code.left))
    return [code.text for code in found]


def find_symbols(image: Image.Image, quick: bool = False) -> list[Found]:
    """
    Return the QR codes in *image*.

    Args:
        quick: For prints of ours: nothing is tried for pictures that are turned, too large
            or inverted.
    """
    thorough = not quick
    found = zxingcpp.read_barcodes(
        image,
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
        made.append(
            Found(
                code.text,
                float(extra["UEC"]),
                (side + 1) / modules,
                min(at.top_left.y, at.bottom_right.y),
                min(at.top_left.x, at.bottom_right.x),
            )
        )
    return made


def read_standings(path: Path) -> dict[str, Standing]:
    """
    Return what the service says of each unit, by id.

    Args:
        path: What ``attribution units list`` printed, or a CSV of the same five columns:
            id, kind, name, issue, state.

    Raises:
        Fault: A line has no unit or no issue.
    """
    standings = {}
    text = read_text(path)
    delimiter = "\t" if "\t" in text else ","
    for number, cells in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1):
        if not any(cells) or cells[0].strip().lower() == "id":
            continue
        try:
            unit, _, _, issue, state = (cell.strip() for cell in cells)
            standings[unit.upper()] = Standing(int(issue), state)
        except ValueError:
            raise Fault(
                f"{path.name}:{number}: not id, kind, name, issue, state",
                "make the file with `attribution units list > FILE`",
            ) from None
    return standings


def judge(
    text: str,
    keys: Sequence[str],
    public_url: str,
    units: Mapping[str, Unit],
    standings: Mapping[str, Standing] | None = None,
) -> Verdict:
    """
    Return what the code that holds *text* is worth.

    Args:
        standings: What the service says; without it the registry's issue is the valid one.
    """
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
    if unit is None:
        return Verdict("unlisted", text, code)
    standing = (standings or {}).get(unit.id, Standing(unit.issue))
    if standing.state == CLOSED:
        return Verdict("revoked", text, code, unit, "the unit is closed")
    if code.issue < standing.issue:
        return Verdict(
            "re-issued", text, code, unit, f"void; issue {standing.issue} is the valid one"
        )
    if standing.state == REVOKED and code.issue == standing.issue:
        return Verdict("revoked", text, code, unit, "void; no later issue has been made")
    if code.issue > standing.issue:
        # Signed by us, so not a stranger's; but whoever holds the list cannot know it.
        return Verdict(
            "unlisted", text, code, unit, f"the list knows issue {standing.issue}; is it old?"
        )
    return Verdict("genuine", text, code, unit)


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
