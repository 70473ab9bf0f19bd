"""
The fonts that posters are set in, and whether they have every letter.

They come with us, never from the system, so that a poster is the same on every machine. A
campaign folder may bring its own in ``fonts/``; those win. Ours have the letters that offices use,
in three weights; the variable font that they are cut from (`qrgen.rare`) has the others.
"""
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from struct import iter_unpack, unpack_from

from qrgen.extras import missing_for_print
from qrgen.fault_codes import Term

_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")

# Noto Sans SC with the usual letters, a file a weight (``scripts/typefaces.py``): all of GB 2312
# and more, which spares whoever prints usual words to read what they draw.
TYPEFACES = Path(__file__).parent / "typefaces"
FAMILY = "Noto Sans SC"

# What letters are called that a run had cut from the variable font.
RARE_FAMILY = "Noto Sans SC Rare"

# First and last code point of each run that a font draws, in order.
Runs = tuple[tuple[int, int], ...]


class UnreadableFont(Exception):
    """A file that is no font, or a damaged one; the message says how."""


@cache
def packaged() -> Path:
    """
    Return the folder of the variable font with every letter, which comes with ``[print]``
    (`qrgen.extras.need_print`).
    """
    import justmytype_intl_cjk  # type: ignore[import-untyped]

    return Path(justmytype_intl_cjk.__file__).parent / "fonts" / "ofl" / "notosanssc"


def font_folders(campaign: Path | None = None) -> tuple[Path, ...]:
    """Return the folders to search, the campaign's own first."""
    own = campaign / "fonts" if campaign else None
    return (own, TYPEFACES) if own is not None and own.is_dir() else (TYPEFACES,)


def font_families(campaign: Path | None = None) -> tuple[str, ...]:
    """Return the names of the families, in the order in which they are tried."""
    own = (name for folder in font_folders(campaign)[:-1] for name, _ in _faces(folder))
    return tuple(dict.fromkeys((*own, FAMILY)))


def rare_letters(letters: Iterable[str], campaign: Path | None = None) -> frozenset[int]:
    """Return the code points of *letters* that only the variable font draws."""
    doubtful = [ord(letter) for letter in set(letters) if not _is_common(letter)]
    if not doubtful:
        return frozenset()
    usual = [runs for folder in font_folders(campaign) for _, runs in _faces(folder)]
    whole = [runs for _, runs in _faces(packaged())]
    return frozenset(
        point
        for point in doubtful
        if not any(_draws(runs, point) for runs in usual)
        and any(_draws(runs, point) for runs in whole)
    )


def _is_common(letter: str) -> bool:
    try:
        return bool(letter.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def letters_of(file: Path) -> frozenset[int]:
    """Return the code points that the font *file* draws."""
    return frozenset(
        point
        for _, runs in _read(file)
        for first, last in runs
        for point in range(first, last + 1)
    )


def unreadable_fonts(campaign: Path) -> Iterator[tuple[str, str]]:
    """Yield each file among the campaign's own fonts that is of no use, and why."""
    own = campaign / "fonts"
    if not own.is_dir() or missing_for_print():
        return
    for file in _files_in(own):
        try:
            if not any(runs for _, runs in _read(file)):
                yield file.name, Term.NO_LETTERS
        except UnreadableFont as error:
            yield file.name, error.args[0]


def glyph_check(campaign: Path | None = None) -> Callable[[str], str]:
    """
    Return what tells the letters of a text that no font has, each once; '' when all is well.

    typst draws a box for a missing glyph and says nothing, so this is asked before drawing. For
    all texts of a registry: the fonts are looked for once. Where nothing can be printed there
    are no fonts to ask, and nothing to draw.
    """
    if missing_for_print():
        return lambda text: ""
    folders = (*font_folders(campaign)[:-1], packaged())  # which has all that ours are cut from
    faces = [runs for folder in folders for _, runs in _faces(folder)]

    @cache
    def known(letter: str) -> bool:
        return letter in "\n\t" or any(_draws(runs, ord(letter)) for runs in faces)

    return lambda text: "".join(sorted(letter for letter in set(text) if not known(letter)))


def _draws(runs: Runs, point: int) -> bool:
    at = bisect_right(runs, (point, 0x110000)) - 1
    return at >= 0 and point <= runs[at][1]


def _faces(folder: Path) -> Iterator[tuple[str, Runs]]:
    """Yield each face that can be read; typst passes over the others too."""
    for file in _files_in(folder):
        with suppress(UnreadableFont):
            yield from _read(file)


def _files_in(folder: Path) -> list[Path]:
    # A Mac lays a ``._Kai.ttf`` beside each ``Kai.ttf`` that it copies to a stick.
    return sorted(
        file for file in folder.iterdir()
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
    )  # fmt: skip


@lru_cache(maxsize=32)
def _read(file: Path) -> tuple[tuple[str, Runs], ...]:
    """Return family name and runs of code points of each face in *file*."""
    try:
        # The packaged face is read by every command. fontTools takes half a second for it, for
        # it names thirty thousand glyphs; a face whose tables are of the usual kind needs none.
        return _read_quickly(file) or _read_thoroughly(file)
    except UnreadableFont:
        raise
    except OSError as error:
        raise UnreadableFont(error.strerror or str(error)) from None
    except Exception as error:  # each table has its own way to fail when it is damaged
        raise UnreadableFont(str(error)) from None


def _read_quickly(file: Path) -> tuple[tuple[str, Runs], ...]:
    """Return the face of a file with one, by its Windows names and full Unicode table."""
    with file.open("rb") as font:
        head = font.read(12)
        if head[:4] not in (b"\0\1\0\0", b"OTTO"):
            return ()
        count = unpack_from(">H", head, 4)[0]
        tables = {}
        size = file.stat().st_size
        for tag, _, offset, length in iter_unpack(">4sIII", font.read(16 * count)):
            if offset + length > size:
                raise UnreadableFont(Term.END_MISSING)
            if tag in (b"cmap", b"name"):
                tables[tag] = (offset, length)
        raw = {}
        for tag, (offset, length) in tables.items():
            font.seek(offset)
            raw[tag] = font.read(length)
    family, runs = _family(raw.get(b"name", b"")), _runs(raw.get(b"cmap", b""))
    return ((family, runs),) if family and runs else ()


def _family(table: bytes) -> str:
    """Return the typographic family, else the plain one, in English (OpenType, name)."""
    if len(table) < 6:
        return ""
    count, start = unpack_from(">HH", table, 2)
    found = {}
    for record in iter_unpack(">HHHHHH", table[6 : 6 + 12 * count]):
        platform, encoding, language, name, length, offset = record
        if (platform, language) == (3, 0x409) and encoding in (1, 10):
            found[name] = table[start + offset :][:length].decode("utf-16-be", "replace")
    return found.get(21) or found.get(16) or found.get(1) or ""


def _runs(table: bytes) -> Runs:
    """Return the groups of the format 12 subtable (OpenType, cmap); nothing without one."""
    if len(table) < 4:
        return ()
    count = unpack_from(">H", table, 2)[0]
    for platform, _, offset in iter_unpack(">HHI", table[4 : 4 + 8 * count]):
        if platform in (0, 3) and unpack_from(">H", table, offset) == (12,):
            groups = unpack_from(">I", table, offset + 12)[0]
            raw = table[offset + 16 : offset + 16 + 12 * groups]
            return tuple((first, last) for first, last, _ in iter_unpack(">III", raw))
    return ()


def _read_thoroughly(file: Path) -> tuple[tuple[str, Runs], ...]:
    from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

    faces = []
    with file.open("rb") as stream:
        collection = stream.read(4) == b"ttcf"  # whatever its suffix, as typst sees it
        stream.seek(0)
        if collection:
            fonts = list(TTCollection(stream, lazy=True).fonts)
        else:
            fonts = [TTFont(stream, lazy=True)]
        for font in fonts:
            points = sorted(font.getBestCmap() or {})
            faces.append(
                (
                    str(font["name"].getBestFamilyName() or file.stem),
                    tuple((point, point) for point in points),
                )
            )
    return tuple(faces)
