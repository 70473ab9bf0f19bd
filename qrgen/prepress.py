"""
What a print shop asks for: boxes, an output intent, and text turned into outlines (转曲).

Bleed, crop marks and inks are drawn by the templates; here the file is told where they are.
We say "print-ready CMYK" and never "certified PDF/X", for no preflight tool has judged it.
"""
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from fontTools.pens.basePen import BasePen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pikepdf import Array, Dictionary, Name, Pdf, String

from qrgen.binding import save
from qrgen.separations import use_inks
from qrgen.shop import BLEED_MM, CONDITION, SLUG_MM

POINTS_PER_MM = 72 / 25.4
Matrix = tuple[float, float, float, float, float, float]


def finish(path: Path, print_ready: bool, outline: bool) -> None:
    """Set boxes and intent where *print_ready*, and make text outlines where *outline*."""
    if not (print_ready or outline):
        return
    with Pdf.open(path, allow_overwriting_input=True) as pdf:
        if outline:
            _outline_text(pdf)
        if print_ready:
            use_inks(pdf)
            for page in pdf.pages:
                _set_boxes(page)
            pdf.Root.OutputIntents = Array(
                [
                    Dictionary(
                        Type=Name.OutputIntent,
                        S=Name.GTS_PDFX,
                        OutputConditionIdentifier=String(CONDITION),
                        RegistryName=String("http://www.color.org"),
                    )
                ]
            )
            pdf.docinfo[Name.Trapped] = Name("/False")
        save(pdf, path)


def _set_boxes(page: pikepdf.Page) -> None:
    left, bottom, right, top = (float(side) for side in page.mediabox)

    def inset(mm: float) -> Array:
        by = mm * POINTS_PER_MM
        return Array([round(v, 3) for v in (left + by, bottom + by, right - by, top - by)])

    page.trimbox = inset(SLUG_MM)
    page.obj.BleedBox = inset(SLUG_MM - BLEED_MM)


def _outline_text(pdf: Pdf) -> None:
    """Replace what shows text on each page by the outlines of its glyphs, filled."""
    faces: dict[tuple[int, int], _Face] = {}
    for page in pdf.pages:
        fonts = page.resources.get("/Font")
        if fonts is None:
            continue
        by_name: dict[str, _Face] = {}
        for name, font in fonts.items():
            key = font.objgen
            if key not in faces:
                faces[key] = _Face(font)
            by_name[name] = faces[key]
        page.obj.Contents = pdf.make_stream(_without_text(page, by_name))
        del page.resources["/Font"]
        # What says where the text was is of no use without text.
        for entry in ("/StructParents",):
            if entry in page.obj:
                del page.obj[entry]
    for entry in ("/StructTreeRoot", "/MarkInfo"):
        if entry in pdf.Root:
            del pdf.Root[entry]
    pdf.remove_unreferenced_resources()


def _without_text(page: pikepdf.Page, faces: dict[str, "_Face"]) -> bytes:
    out: list[bytes] = []
    face: _Face | None = None
    size = spacing = rise = 0.0
    stretch = 1.0
    line: Matrix = (1, 0, 0, 1, 0, 0)
    here = line

    def show(raw: bytes) -> None:
        nonlocal here
        if face is None:
            raise ValueError("text is shown before a font is chosen")
        for at in range(0, len(raw), 2):
            glyph = int.from_bytes(raw[at : at + 2], "big")
            scale = size / face.units
            a, b, c, d, e, f = _times((scale * stretch, 0, 0, scale, 0, rise), here)
            if path := face.path(glyph):
                matrix = " ".join(_number(value) for value in (a, b, c, d, e, f))
                out.append(f"q {matrix} cm {path} f Q".encode("ascii"))
            wide = (face.width(glyph) / 1000 * size + spacing) * stretch
            here = _times((1, 0, 0, 1, wide, 0), here)

    for instruction in pikepdf.parse_content_stream(page):
        word = str(instruction.operator)
        given: list[Any] = list(instruction.operands)
        if word == "BT":
            line = here = (1, 0, 0, 1, 0, 0)
        elif word == "Tf":
            face, size = faces[str(given[0])], float(given[1])
        elif word == "Tm":
            line = here = _matrix(given)
        elif word in ("Td", "TD"):
            line = here = _times((1, 0, 0, 1, float(given[0]), float(given[1])), line)
        elif word == "Tc":
            spacing = float(given[0])
        elif word == "Tz":
            stretch = float(given[0]) / 100
        elif word == "Ts":
            rise = float(given[0])
        elif word == "Tj":
            show(bytes(given[0]))
        elif word == "TJ":
            for piece in given[0]:
                if isinstance(piece, String):
                    show(bytes(piece))
                else:
                    back = -float(piece) / 1000 * size * stretch
                    here = _times((1, 0, 0, 1, back, 0), here)
        elif word in ("ET", "Tr"):
            continue
        else:
            out.append(pikepdf.unparse_content_stream([instruction]))
    return b"\n".join(out)


def _matrix(given: Sequence[Any]) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in given)
    return (a, b, c, d, e, f)


def _times(one: Matrix, two: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = two
    return (
        a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
        e * g + f * i + k, e * h + f * j + m,
    )  # fmt: skip


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


class _Face:
    """The glyphs of a font that is embedded in the file."""

    def __init__(self, font: Any) -> None:
        inner = font.DescendantFonts[0]
        descriptor = inner.FontDescriptor
        self._paths: dict[int, str] = {}
        self._widths = dict(_widths(inner.get("/W", Array())))
        self._usual = float(inner.get("/DW", 1000))
        if "/FontFile2" in descriptor:
            loaded = TTFont(BytesIO(descriptor.FontFile2.read_bytes()), lazy=True)
            self.units = float(loaded["head"].unitsPerEm)
            self._glyphs = loaded.getGlyphSet()
            self._order = loaded.getGlyphOrder()
        else:
            # Only a county's own OpenType font needs it, and it takes long to load.
            from fontTools.cffLib import CFFFontSet  # type: ignore[import-untyped]

            fonts = CFFFontSet()
            fonts.decompile(BytesIO(descriptor.FontFile3.read_bytes()), None)
            top = fonts[0]
            self.units = round(1 / float(top.FontMatrix[0]))
            self._glyphs = top.CharStrings
            self._order = top.charset

    def width(self, glyph: int) -> float:
        return self._widths.get(glyph, self._usual)

    def path(self, glyph: int) -> str:
        if glyph not in self._paths:
            pen = _Pen(self._glyphs)
            self._glyphs[self._order[glyph]].draw(pen)
            self._paths[glyph] = " ".join(pen.words)
        return self._paths[glyph]


class _Pen(BasePen):  # type: ignore[misc]
    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.words: list[str] = []

    def _say(self, operator: str, *points: tuple[float, float]) -> None:
        self.words.extend(_number(round(value, 1)) for point in points for value in point)
        self.words.append(operator)

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self._say("m", pt)

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._say("l", pt)

    def _curveToOne(
        self, pt1: tuple[float, float], pt2: tuple[float, float], pt3: tuple[float, float]
    ) -> None:
        self._say("c", pt1, pt2, pt3)

    def _closePath(self) -> None:
        self._say("h")


def _widths(given: Any) -> Iterator[tuple[int, float]]:
    """Yield glyph and width from a ``/W`` array (ISO 32000-2, 9.7.4.3)."""
    at = 0
    while at < len(given):
        first, second = int(given[at]), given[at + 1]
        if isinstance(second, Array):
            for offset, width in enumerate(second):
                yield first + offset, float(width)
            at += 2
        else:
            for glyph in range(first, int(second) + 1):
                yield glyph, float(given[at + 2])
            at += 3
