"""
Names for the weights of a variable font, in a finished PDF.

typst calls every weight by the name of the lightest, ``NotoSansSC-Thin``; a print shop that
looks through the fonts of a file would take that for a mistake. Which weight a subset is can be
seen from how much ink its letters have.
"""
import re
from collections.abc import Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.pens.areaPen import AreaPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from pikepdf import Dictionary, Name, Pdf

# One entry of a ToUnicode map: glyph, letter.
_ENTRY = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4,8})>")

POSTSCRIPT_NAME = 6


def name_weights(pdf: Pdf, folders: Sequence[Path]) -> None:
    """Rename each subset of a variable font in *folders* after its weight."""
    variable = _variable_fonts(tuple(folders))
    for font in pdf.objects:
        if not isinstance(font, Dictionary) or font.get("/Subtype") != "/Type0":
            continue
        tag, _, name = str(font.BaseFont)[1:].partition("+")
        if name not in variable:
            continue
        inner = font.DescendantFonts[0]
        descriptor = inner.FontDescriptor
        weight = _weight(variable[name], font, descriptor)
        if weight:
            named = Name(f"/{tag}+{name.rpartition('-')[0] or name}-{weight}")
            font.BaseFont = inner.BaseFont = descriptor.FontName = named


@lru_cache(maxsize=4)
def _variable_fonts(folders: tuple[Path, ...]) -> dict[str, Any]:
    found = {}
    for folder in folders:
        for file in sorted(folder.glob("*.[to]tf")):
            font = TTFont(file, lazy=True)
            if "fvar" in font and font["fvar"].axes[0].axisTag == "wght":
                found[str(font["name"].getDebugName(POSTSCRIPT_NAME))] = font
    return found


def _weight(whole: Any, font: Any, descriptor: Any) -> str:
    """Return the weight whose letter has as much ink as that in the file; empty if unknown."""
    if "/FontFile2" not in descriptor or "/ToUnicode" not in font:
        return ""
    subset = TTFont(BytesIO(descriptor.FontFile2.read_bytes()), lazy=True)
    order, characters = subset.getGlyphOrder(), whole.getBestCmap()
    for glyph, letter in _ENTRY.findall(font.ToUnicode.read_bytes()):
        name = characters.get(int(letter, 16)) if len(letter) == 4 else None
        ink = _ink(subset.getGlyphSet(), order[int(glyph, 16)])
        if name is None or not ink:
            continue
        inks = _inks(whole, name)
        return min(inks, key=lambda weight: abs(inks[weight] - ink))
    return ""


@lru_cache(maxsize=256)
def _inks(whole: Any, name: str) -> dict[str, float]:
    return {
        str(whole["name"].getDebugName(instance.subfamilyNameID)).replace(" ", ""): _ink(
            whole.getGlyphSet(location=instance.coordinates), name
        )
        for instance in whole["fvar"].instances
    }


def _ink(glyphs: Any, name: str) -> float:
    pen = AreaPen(glyphs)
    glyphs[name].draw(pen)
    return abs(float(pen.value))
