"""
Static faces cut from the variable font: of the usual letters when a release is made, and of the
rare ones of a run when it needs them.

The faces that come with us (`qrgen.fonts.TYPEFACES`) have the letters that offices use. A village
may be called otherwise, and then its letters are cut from the variable font, which has thirty
thousand, into a family of its own that is tried last. So no page waits for the large font, and
every face in a finished PDF is called by its weight, which a print shop's preflight looks at.
"""
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fontTools.varLib.instancer import (  # type: ignore[import-untyped]
    OverlapMode,
    instantiateVariableFont,
)

from qrgen.fonts import RARE_FAMILY, packaged

# The weights that our templates ask for; any other is set in the nearest.
WEIGHTS = {400: "Regular", 700: "Bold", 900: "Black"}

# OpenType's name table: what a family, a face and its PostScript name are called.
_FAMILIES, _POSTSCRIPT = (1, 16), 6


def cut(points: Collection[int], weight: int, family: str = "") -> bytes:
    """
    Return a TrueType face with the letters of *points* in one of `WEIGHTS`: the same bytes each
    time.

    Args:
        family: What it is called; as the variable font unless given.
    """
    options = Options()
    options.recalc_timestamp = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = False  # paper needs none
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=points)
    out = BytesIO()
    file = next(packaged().glob("*.ttf"))
    with TTFont(file, lazy=True, recalcTimestamp=False) as font:
        subsetter.subset(font)
        # Letters whose strokes are said to overlap are drawn sixteen times as finely, by the press
        # that reads its pages back as by everybody; filled they look the same.
        instantiateVariableFont(
            font, {"wght": weight}, inplace=True, updateFontNames=True,
            overlap=OverlapMode.KEEP_AND_DONT_SET_FLAGS,
        )
        if family:
            _call(font, family, WEIGHTS[weight])
        font.save(out)
    return out.getvalue()


def lay_rare(points: Collection[int], folder: Path) -> None:
    """Put faces of the letters of *points* into *folder*, one a weight."""
    folder.mkdir()
    for weight, name in WEIGHTS.items():
        (folder / f"rare-{name}.ttf").write_bytes(cut(points, weight, RARE_FAMILY))


def _call(face: Any, family: str, style: str) -> None:
    names = face["name"]
    for record in list(names.names):
        if record.nameID in _FAMILIES:
            names.setName(family, record.nameID, *_where(record))
        elif record.nameID == _POSTSCRIPT:
            names.setName(f"{family.replace(' ', '')}-{style}", record.nameID, *_where(record))


def _where(record: Any) -> tuple[int, int, int]:
    return record.platformID, record.platEncID, record.langID
