"""
From a photo, a scan or a PDF that somebody sends in back to the codes in it.

Such files come from outside, so `qrgen inspect` runs this in a process of its own (`qrgen.photos`).
"""
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFilter, ImageOps, ImageSequence

from qrgen.extras import need_heic, need_print
from qrgen.fault_codes import Code
from qrgen.fault_json import as_plain
from qrgen.finder import Found, find_symbols, find_unread, grey_of
from qrgen.pages import CHECK_DPI
from qrgen.seen import Box, SeenCode, SeenPage, overlap
from qrgen.shell import Fault

# A photo larger than this is a bomb or a mistake, a PDF page larger is a banner.
LARGEST_PIXELS = 120_000_000
LONGEST_SIDE_PX = 6000

# A scanner's pile of paper; a file with more was made to keep us busy.
MOST_PAGES = 500

# How an iPhone stores photos unless it is asked for JPEG (ISO/IEC 23008-12: brands of ftyp).
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")

# What cannot be read is looked for once more at these sizes, with its edges drawn sharper: of a
# photo out of focus some is read so, and more is at least seen.
_SHARPER_PX = (1200, 600)


def plain_files(files: Sequence[str]) -> Iterator[list[Any]]:
    """Yield for each of *files* its pages, or ``None`` and its fault: as plain data."""
    for file in files:
        try:
            yield [[page.plain() for page in read_file(Path(file))]]
        except Fault as fault:
            yield [None, as_plain(fault)]


def read_file(path: Path, dpi: float = CHECK_DPI) -> list[SeenPage]:
    """
    Return what is on *path*, page by page; a picture has one, but a TIFF as many as it likes.

    Raises:
        Fault: It is missing, or neither a picture nor a PDF.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1024)
    except FileNotFoundError:
        raise Fault(Code.NO_SUCH_FILE, path=path) from None
    if b"%PDF-" in head:
        return list(read_pdf(path, dpi))
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        need_heic(path)
    try:
        with warnings.catch_warnings():
            # Telephones take 108 megapixels, for which our own limit stands below, and what else
            # Pillow warns of either does not matter or ends in an error.
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                # A JPEG is opened at half or a quarter of its size where that is enough.
                image.draft("L", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
                # What telephones put behind a photo (MPO) are maps of its depth, not pages.
                photo = image.format in ("JPEG", "MPO", "HEIF")
                if not photo and getattr(image, "n_frames", 1) > MOST_PAGES:
                    raise _too_many(path)
                pages = [image] if photo else ImageSequence.Iterator(image)
                return [read_picture(_upright(page, path)) for page in pages]
    except Image.DecompressionBombError:
        raise _too_large(path) from None
    # Pillow's TypeError is a page without a size, of a TIFF that was cut off.
    except (OSError, SyntaxError, TypeError, ValueError) as error:
        raise Fault(Code.NOT_READABLE, path=path, why=str(error)) from None


def read_pdf(path: Path, dpi: float = CHECK_DPI) -> Iterator[SeenPage]:
    """
    Yield what is on each page of the PDF at *path*; of a damaged page, its fault.

    Raises:
        Fault: It is damaged, or needs a password; or no reader of PDF is installed.
    """
    need_print()  # the reader comes with it; pictures are read without
    import pypdfium2  # type: ignore[import-untyped]

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Fault(Code.PDF_UNREADABLE, path=path, why=str(error)) from None
    try:
        if len(document) > MOST_PAGES:
            raise _too_many(path)
        for number in range(len(document)):
            try:
                page = document[number]
                longest = max(page.get_size()) / 72  # inches
                scale = min(dpi, LONGEST_SIDE_PX / max(longest, 0.01)) / 72
                drawn = page.render(scale=scale, grayscale=True).to_pil()
                page.close()
            except pypdfium2.PdfiumError:
                yield SeenPage(fault=Fault(Code.PAGE_UNREADABLE, path=path, page=number + 1))
                continue
            yield read_picture(drawn)
    finally:
        document.close()


def read_picture(image: Image.Image) -> SeenPage:
    """Return what is in *image*, which is of mode ``L``."""
    found = _read(image)
    unread: list[Box] = []
    for longest in (max(image.size), *_SHARPER_PX):
        scale = min(1.0, longest / max(image.size))
        look = _without(image, found).resize(
            (max(1, round(image.width * scale)), max(1, round(image.height * scale))),
            Image.Resampling.BILINEAR,
        )
        if longest in _SHARPER_PX:
            look = look.filter(ImageFilter.UnsharpMask(max(2.0, longest / 150), 400, 0))
            known = {code.text for code in found}
            found += [
                _moved(code, 1 / scale) for code in find_symbols(grey_of(look))
                if code.text not in known
            ]
        boxes = [_larger(box, 1 / scale) for box in find_unread(grey_of(look))]
        unread += [box for box in boxes if not overlap(box, unread)]
        if found or unread:
            break
    found.sort(key=lambda code: (code.box[1], code.box[0]))
    codes = tuple(SeenCode(code.text, code.box, overlap(code.box, unread)) for code in found)
    # What is left of a covered code may look like several, round about.
    covering = [_wider(code.box) for code in codes if code.covers]
    return SeenPage(codes, any(not overlap(box, covering) for box in unread))


def _read(image: Image.Image) -> list[Found]:
    found = find_symbols(grey_of(image))
    # A photo may hold a large code near by and small ones on the wall behind it; and a wide
    # blur reads better made small. What one size misses another finds.
    sizes = [0.5, 0.25] if max(image.size) > 2000 else []
    for scale in sizes if found else [0.5, 0.25, 2.0]:
        size = (round(image.width * scale), round(image.height * scale))
        if min(size) >= 40 and max(size) <= LONGEST_SIDE_PX:
            resized = image.resize(size, Image.Resampling.BILINEAR)
            known = {code.text for code in found}
            found += [
                _moved(code, 1 / scale)
                for code in find_symbols(grey_of(resized))
                if code.text not in known
            ]
            if found and not sizes:
                break
    return found


def _without(image: Image.Image, found: Sequence[Found]) -> Image.Image:
    """Return *image* with the codes that were read painted over: what is left may be another."""
    if not found:
        return image
    bare = image.copy()
    draw = ImageDraw.Draw(bare)
    for code in found:
        edge = round(code.module_px)
        left, top, right, bottom = code.box
        draw.rectangle((left - edge, top - edge, right + edge, bottom + edge), fill=255)
    return bare


def _moved(code: Found, factor: float) -> Found:
    return replace(
        code, box=_larger(code.box, factor), module_px=code.module_px * factor
    )


def _wider(box: Box) -> Box:
    left, top, right, bottom = box
    across, down = right - left, bottom - top
    return left - across, top - down, right + across, bottom + down


def _larger(box: Box, factor: float) -> Box:
    left, top, right, bottom = (round(edge * factor) for edge in box)
    return left, top, right, bottom


def _upright(image: Image.Image, path: Path) -> Image.Image:
    if image.width * image.height > LARGEST_PIXELS:
        raise _too_large(path)
    # Telephones store the picture as the sensor saw it and note how they were held.
    return _on_white(ImageOps.exif_transpose(image))


def _too_large(path: Path) -> Fault:
    return Fault(Code.PHOTO_TOO_LARGE, path=path)


def _too_many(path: Path) -> Fault:
    return Fault(Code.TOO_MANY_PAGES, path=path, most=MOST_PAGES)


def _on_white(image: Image.Image) -> Image.Image:
    # A code saved on a transparent ground would else turn black on black.
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, "white")
        ground.alpha_composite(rgba)
        return ground.convert("L")
    return image.convert("L")
