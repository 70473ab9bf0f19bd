"""
The proof: every finished file is read again before it is handed out.

Each page must hold the codes it should, no more and no fewer, each with grade B or better and
with modules a telephone can see; and all of them once more from a picture a quarter as large,
as a telephone two or three steps away has it.
"""
import math
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import cast

from PIL import Image

from qrgen.fault_codes import Code, Term
from qrgen.faults import Said
from qrgen.finder import Found, Grey, find_symbols, grey_of
from qrgen.pages import CHECK_DPI, Pages
from qrgen.shell import Fault
from qrgen.symbols import GRADE_B, QUIET_ZONE, SMALLEST_MODULE_MM

QUARTER = 4

# No decoder reads modules below this; a sticker's quarter would be one pixel a module.
SMALLEST_MODULE_PX = 2.0


def prove_file(
    path: Path,
    pages: Sequence[Sequence[str]],
    own_template: bool = False,
    numbers: Iterable[int] | None = None,
) -> None:
    """
    Check that page after page of *path*, a PDF, an SVG or a picture, holds exactly these codes.

    Args:
        pages: The texts on each page, in any order; a text that stands there twice, twice.
        own_template: The template is the county's, and so may the fault be.
        numbers: Which pages of a PDF to check, from 0; all unless given.

    Raises:
        Fault: A code is missing, unreadable, another's, below grade B or too small.
    """
    remedy = Term.CORRECT_TEMPLATE if own_template else Term.REPORT_IT
    if path.suffix != ".pdf":
        with Image.open(drawn(path) if path.suffix == ".svg" else path) as image:
            grey = grey_of(image.convert("L"))
            _prove(grey, pages[0], Said(Term.PICTURE, file=path.name), remedy, None)
        return
    with Pages(path) as file:
        if len(file) != len(pages):
            raise Fault(
                Code.PAGES_DIFFER, file=path.name, found=len(file), wanted=len(pages),
                remedy=remedy,
            )
        for number in range(len(pages)) if numbers is None else numbers:
            where = Said(Term.PAGE, file=path.name, page=number + 1)
            _prove(file.grey(number), pages[number], where, remedy, CHECK_DPI)


def drawn(svg: Path, dpi: float = CHECK_DPI) -> BytesIO:
    """Return a PNG of the SVG at *svg*."""
    import typst  # draws SVG as well, by resvg

    page = (
        b"#set page(width: auto, height: auto, margin: 0pt)\n"
        b'#image(bytes(sys.inputs.svg), format: "svg")'
    )
    drawing = {"svg": svg.read_text(encoding="utf-8")}
    # A symbol has no letters; typst would look for all fonts of the system.
    none = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
    png = typst.Compiler(page, sys_inputs=drawing, font_paths=none).compile(format="png", ppi=dpi)
    assert isinstance(png, bytes)  # one page
    return BytesIO(png)


def _prove(
    grey: Grey, wanted: Sequence[str], where: Said, remedy: Term, dpi: float | None
) -> None:
    found = find_symbols(grey, quick=True)
    if sorted(code.text for code in found) != sorted(wanted):
        # Perhaps only the quick look failed; the thorough one decides.
        found = find_symbols(grey)
    _compare(found, wanted, where, remedy)
    if not wanted:
        return
    for code in found:
        if code.unused < GRADE_B:
            raise Fault(
                Code.BELOW_GRADE_B, where=where, text=code.text, share=code.unused,
                least=GRADE_B, remedy=remedy,
            )
        width_mm = code.module_px / dpi * 25.4 if dpi else math.inf
        if width_mm < SMALLEST_MODULE_MM * 0.97:  # the corners are found to a pixel
            raise Fault(
                Code.MODULES_TOO_SMALL, where=where, width=width_mm, least=SMALLEST_MODULE_MM
            )
    smallest = min(code.module_px for code in found)
    factor = min(float(QUARTER), max(1.0, smallest / SMALLEST_MODULE_PX))
    if abs(round(factor) / factor - 1) < 0.03:  # on stickers the corners say 4.1 pixels for 4.06
        factor = round(factor)  # means of whole pixels take a sixth of the time
    small = _smaller(grey, factor, _around(found, grey))
    again = find_symbols(small, quick=True)
    if len(again) != len(wanted):
        again = find_symbols(small)
    _compare(again, wanted, Said(Term.AT_SIZE, where=where, share=1 / factor), remedy)


def _around(found: Sequence[Found], grey: Grey) -> tuple[int, int, int, int]:
    """Return the part of *grey* with all that was found and its quiet zones."""
    height, width = grey.shape or (0, 0)
    margin = math.ceil(QUIET_ZONE * max(code.module_px for code in found))
    left, top, right, bottom = zip(*(code.box for code in found), strict=True)
    return (
        max(0, min(left) - margin), max(0, min(top) - margin),
        min(width, max(right) + margin), min(height, max(bottom) + margin),
    )  # fmt: skip


def _smaller(grey: Grey, factor: float, box: tuple[int, int, int, int]) -> Grey:
    height, width = grey.shape or (0, 0)
    # Without a copy.
    image = Image.frombuffer("L", (width, height), cast(bytearray, grey.obj), "raw", "L", 0, 1)
    if factor == round(factor):
        return grey_of(image.reduce(round(factor), box))
    size = (round((box[2] - box[0]) / factor), round((box[3] - box[1]) / factor))
    return grey_of(image.resize(size, Image.Resampling.BILINEAR, box))


def _compare(found: Sequence[Found], wanted: Sequence[str], where: Said, remedy: Term) -> None:
    texts = sorted(code.text for code in found)
    if texts == sorted(wanted):
        return
    missing = [text for text in wanted if text not in texts] or list(wanted)
    strange = [text for text in texts if text not in wanted] or texts
    if len(wanted) > 1 and set(texts) <= set(wanted):
        raise Fault(
            Code.CODES_MISSING, where=where, wanted=len(wanted), found=len(texts),
            first=missing[0], remedy=remedy,
        )
    raise Fault(
        Code.READS_OTHERWISE, where=where, wanted=_few(missing) or Term.NO_CODE,
        found=_few(strange) or Term.NOTHING, remedy=remedy,
    )


def _few(texts: Sequence[str]) -> list[str] | Said:
    shown = list(dict.fromkeys(texts))
    if len(shown) > 3:
        return Said(Term.AND_MORE, texts=shown[:3], count=len(shown) - 3)
    return shown
