"""
The proof: every finished file is read again before it is handed out.

Each page must hold the codes it should, no more and no fewer, each with grade B or better and
with modules a telephone can see; and all of them once more from a picture a quarter as large,
as a telephone two or three steps away has it.
"""
import math
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image

from qrgen.decode import CHECK_DPI, Found, find_symbols
from qrgen.shell import Fault
from qrgen.symbols import GRADE_B, SMALLEST_MODULE_MM

QUARTER = 4

# No decoder reads modules below this; a sticker's quarter would be one pixel a module.
SMALLEST_MODULE_PX = 2.0

_BUG = "nothing was written; this is a fault of the program: please report it"


def prove_file(path: Path, pages: Sequence[Sequence[str]], own_template: bool = False) -> None:
    """
    Check that page after page of *path*, a PDF, an SVG or a picture, holds exactly these codes.

    Args:
        pages: The texts on each page, in any order; a text that stands there twice, twice.
        own_template: The template is the county's, and so may the fault be.

    Raises:
        Fault: A code is missing, unreadable, another's, below grade B or too small.
    """
    remedy = "correct the template in the campaign folder" if own_template else _BUG
    number = 0
    if path.suffix == ".pdf":
        for number, image in enumerate(render_pages(path), start=1):
            if number <= len(pages):
                _prove(image, pages[number - 1], f"{path.name}: page {number}", remedy, CHECK_DPI)
    else:
        number = 1
        with Image.open(drawn(path) if path.suffix == ".svg" else path) as image:
            _prove(image.convert("L"), pages[0], f"{path.name}: the picture", remedy, None)
    if number != len(pages):
        raise Fault(f"{path.name}: {number} pages, expected {len(pages)}", remedy)


def render_pages(path: Path, dpi: float = CHECK_DPI) -> Iterator[Image.Image]:
    """Yield each page of the PDF at *path* in grey."""
    with pypdfium2.PdfDocument(path) as document:
        for page in document:
            image: Image.Image = page.render(scale=dpi / 72, grayscale=True).to_pil()
            yield image
            page.close()


def drawn(svg: Path, dpi: float = CHECK_DPI) -> BytesIO:
    """Return a PNG of the SVG at *svg*."""
    import typst  # draws SVG as well, by resvg

    page = (
        b"#set page(width: auto, height: auto, margin: 0pt)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg")'
    )
    drawing = {"svg": svg.read_text(encoding="utf-8")}
    png = typst.Compiler(page, sys_inputs=drawing).compile(format="png", ppi=dpi)
    assert isinstance(png, bytes)  # one page
    return BytesIO(png)


def _prove(
    image: Image.Image, wanted: Sequence[str], where: str, remedy: str, dpi: float | None
) -> None:
    found = find_symbols(image, quick=True)
    if sorted(code.text for code in found) != sorted(wanted):
        # Perhaps only the quick look failed; the thorough one decides.
        found = find_symbols(image)
    _compare(found, wanted, where, remedy)
    if not wanted:
        return
    for code in found:
        if code.unused < GRADE_B:
            raise Fault(
                f"{where}: {code.text} keeps {code.unused:.0%} of its error correction, "
                f"grade B needs {GRADE_B:.0%}",
                remedy,
            )
        width_mm = code.module_px / dpi * 25.4 if dpi else math.inf
        if width_mm < SMALLEST_MODULE_MM * 0.97:  # the corners are found to a pixel
            raise Fault(
                f"{where}: modules of {width_mm:.2f} mm; telephones need {SMALLEST_MODULE_MM} mm",
                "print a larger format, or choose a shorter address",
            )
    smallest = min(code.module_px for code in found)
    scale = max(1 / QUARTER, min(1.0, SMALLEST_MODULE_PX / smallest))
    size = (round(image.width * scale), round(image.height * scale))
    small = image.reduce(QUARTER) if scale == 1 / QUARTER else image.resize(
        size, Image.Resampling.LANCZOS
    )
    again = find_symbols(small, quick=True)
    if len(again) != len(wanted):
        again = find_symbols(small)
    _compare(again, wanted, f"{where}, at {scale:.0%} of its size,", remedy)


def _compare(found: Sequence[Found], wanted: Sequence[str], where: str, remedy: str) -> None:
    texts = sorted(code.text for code in found)
    if texts == sorted(wanted):
        return
    missing = [text for text in wanted if text not in texts] or list(wanted)
    strange = [text for text in texts if text not in wanted] or texts
    if len(wanted) > 1 and set(texts) <= set(wanted):
        raise Fault(
            f"{where} should hold {len(wanted)} codes, {len(texts)} can be read; "
            f"the first that is missing is {missing[0]}",
            remedy,
        )
    raise Fault(
        f"{where} should hold {_few(missing) or 'no code'}, it reads as "
        f"{_few(strange) or 'nothing'}",
        remedy,
    )


def _few(texts: Sequence[str]) -> str:
    shown = list(dict.fromkeys(texts))
    return ", ".join(shown[:3]) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")
