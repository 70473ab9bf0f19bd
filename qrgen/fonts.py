"""
The fonts that posters are set in, and whether they have every letter.

They come as a dependency, never from the system, so that a poster is the same on every
machine. A campaign folder may bring its own in ``fonts/``; those win.
"""
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import justmytype_intl_cjk  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

_PACKAGED = Path(justmytype_intl_cjk.__file__).parent / "fonts" / "ofl" / "notosanssc"
_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")


def font_folders(campaign: Path | None = None) -> tuple[Path, ...]:
    """Return the folders to search, the campaign's own first."""
    own = campaign / "fonts" if campaign else None
    return (own, _PACKAGED) if own is not None and own.is_dir() else (_PACKAGED,)


def font_families(campaign: Path | None = None) -> tuple[str, ...]:
    """Return the names of the families, in the order in which they are tried."""
    names = [name for file in _files(campaign) for name in _read(file)[0]]
    return tuple(dict.fromkeys(names))


def missing_glyphs(text: str, campaign: Path | None = None) -> str:
    """
    Return the letters of *text* that no font has, each once; empty when all is well.

    typst draws a box for a missing glyph and says nothing, so this is asked before drawing.
    """
    wanted = {letter for letter in text if letter not in "\n\t"}
    for file in _files(campaign):
        if not wanted:
            break
        wanted -= {letter for letter in wanted if ord(letter) in _read(file)[1]}
    return "".join(sorted(wanted))


def _files(campaign: Path | None) -> Iterable[Path]:
    for folder in font_folders(campaign):
        yield from sorted(p for p in folder.iterdir() if p.suffix.lower() in _SUFFIXES)


@lru_cache(maxsize=32)
def _read(file: Path) -> tuple[tuple[str, ...], frozenset[int]]:
    """Return the family names in *file* and the code points it can draw."""
    fonts: list[TTFont]
    if file.suffix.lower() in (".ttc", ".otc"):
        fonts = list(TTCollection(file, lazy=True).fonts)
    else:
        fonts = [TTFont(file, lazy=True)]
    names: list[str] = []
    points: set[int] = set()
    for font in fonts:
        names.append(font["name"].getBestFamilyName() or file.stem)
        points.update(font.getBestCmap() or {})
        font.close()
    return tuple(dict.fromkeys(names)), frozenset(points)
