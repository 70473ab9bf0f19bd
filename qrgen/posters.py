"""
From units to posters: the words, the symbol, one PDF a unit, a book, a zip.

Nothing is handed out unread: each symbol is decoded again from the finished file and compared
with what it should say. A poster that does not decode, or says another unit's code, fails the
run before anything takes its place.
"""
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qrgen.campaign import Campaign, Unit
from qrgen.codes import Code, code_url, sign_code
from qrgen.decode import read_pdf
from qrgen.files import whole_file
from qrgen.fonts import font_families, font_folders, missing_glyphs
from qrgen.press import TEMPLATES, Sheet, print_sheets
from qrgen.shell import Fault
from qrgen.symbols import make_symbol

# A mark of five modules leaves grade A even at level Q's version 4.
MARK_MODULES = 5

# A zip keeps times of its own; a fixed one keeps the bytes the same.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

# What Windows does not allow in a file name.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


@dataclass(frozen=True)
class Format:
    """A kind of poster: the template of that name, and the kind of file."""

    name: str
    suffix: str = ".pdf"


# To add one, put a template beside a4.typ and name it here.
FORMATS = {made.name: made for made in (Format("a4"),)}


@dataclass(frozen=True)
class Poster:
    """One poster to print: who, which code, and the address in the symbol."""

    unit: Unit
    code: Code
    signed: str
    url: str

    @property
    def file_name(self) -> str:
        """``潋江镇-农商行潋江支行-N01-1``: safe on Windows, without suffix."""
        return f"{safe_name(self.unit.name)}-{self.code.text}"


def safe_name(name: str) -> str:
    """Return *name* as part of a file name that every system takes."""
    return _UNSAFE.sub("-", name.replace("·", "-")).strip(" .-")[:60] or "unit"


def plan_posters(
    units: Iterable[Unit], public_url: str, keys: Sequence[str], placement: str | None = None
) -> list[Poster]:
    """Return the posters of *units*, signed by the newest of *keys*."""
    made = []
    for unit in units:
        code = Code(unit.id, unit.issue, placement)
        signed = sign_code(code, keys)
        made.append(Poster(unit, code, signed, code_url(public_url, signed)))
    return made


def print_posters(
    campaign: Campaign,
    posters: Sequence[Poster],
    out: Path,
    *,
    format_name: str = "a4",
    book: Path | None = None,
    archive: Path | None = None,
    verify: bool = True,
    workers: int | None = None,
    progress: Callable[[Iterator[Path], int], Iterable[Path]] = lambda done, total: done,
) -> list[Path]:
    """
    Print one file a poster into the folder *out* and return them in the posters' order.

    Everything is printed and read back in a folder beside *out*; only when the last poster
    has passed are the files moved, so a failed run changes nothing.

    Args:
        book: Also all posters in one PDF.
        archive: Also all files in one zip.
        verify: Decode each symbol from the finished file.
        progress: Wraps the work; is given the finished files and how many there will be.

    Raises:
        Fault: A letter that no font has; or a symbol that does not decode as it should.
    """
    kind = FORMATS[format_name]
    if not posters:
        raise Fault("there is no unit to print", "look at --units and --kind")
    data = [poster_data(campaign, poster) for poster in posters]
    check_glyphs(campaign, posters, data, kind)
    out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # In the same file system, so that moving is renaming.
        part = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix=".part-", dir=out))
        )
        names = [f"{poster.file_name}{kind.suffix}" for poster in posters]
        sheets = [
            Sheet(kind.name, _document(campaign, [poster], [one]), str(part / name))
            for poster, one, name in zip(posters, data, names, strict=True)
        ]
        wanted = {
            sheet.out: [poster.url] for sheet, poster in zip(sheets, posters, strict=True)
        }
        if book is not None:
            book_part = stack.enter_context(whole_file(book))
            sheets.insert(0, Sheet(kind.name, _document(campaign, posters, data), str(book_part)))
            wanted[str(book_part)] = [poster.url for poster in posters]

        def finished() -> Iterator[Path]:
            cores = workers or min(2, os.cpu_count() or 1)
            for sheet in print_sheets(sheets, font_folders(campaign.folder), cores):
                if verify:
                    verify_pdf(Path(sheet.out), wanted[sheet.out])
                yield Path(sheet.out)

        for _ in progress(finished(), len(sheets)):
            pass
        if archive is not None:
            archive_part = stack.enter_context(whole_file(archive))
            _zip([part / name for name in names], archive_part)
        for name in names:
            (part / name).replace(out / name)
        return [out / name for name in names]


def verify_pdf(path: Path, urls: Sequence[str]) -> None:
    """
    Check that page after page of *path* holds one code each, and that they are *urls*.

    Raises:
        Fault: One is missing, unreadable, or another's.
    """
    pages = list(read_pdf(path))
    if len(pages) != len(urls):
        raise Fault(f"{path.name}: {len(pages)} pages, expected {len(urls)}", _BUG)
    for number, (found, wanted) in enumerate(zip(pages, urls, strict=True), start=1):
        if found != [wanted]:
            raise Fault(
                f"{path.name}: page {number} should hold {wanted}, it reads as "
                f"{', '.join(found) or 'nothing'}",
                _BUG,
            )


_BUG = "nothing was written; this is a fault of the program: please report it"


def poster_data(campaign: Campaign, poster: Poster) -> dict[str, Any]:
    """Return everything a template may draw for *poster*."""
    unit = poster.unit
    symbol = make_symbol(poster.url, MARK_MODULES)
    name, second = _names(campaign, unit)
    return {
        "unit": unit.id,
        "kind": unit.kind,
        "name": name,
        "second": second,
        "code": poster.code.text,
        "address": poster.url.split("/Q/")[0],
        "size": symbol.size,
        "hole": symbol.hole,
        "outline": symbol.outline,
        "campaign": campaign.short_title,
        "document": campaign.document,
        "issuer": campaign.issuer,
        "hotline": campaign.hotline or "",
        "demo": campaign.demo,
        "texts": dict(campaign.texts),
    }


def _names(campaign: Campaign, unit: Unit) -> tuple[str, str]:
    """Return the large name and the line below it, which may be empty."""
    if unit.kind == "line":
        return campaign.unit(unit.area or "").name, unit.branch or ""
    if unit.kind == "area":
        banks = dict.fromkeys(line.bank for line in campaign.lines_of(unit.id))
        names = "、".join(campaign.unit(bank).name for bank in banks if bank)
        return unit.name, f"{campaign.texts['bank_label']}：{names}" if names else ""
    if unit.sector:
        return unit.name, f"{campaign.texts['sector_label']}：{unit.sector}"
    return unit.name, ""


def check_glyphs(
    campaign: Campaign, posters: Sequence[Poster], data: Sequence[dict[str, Any]], kind: Format
) -> None:
    """
    Refuse what would print as a box.

    Raises:
        Fault: ``more`` names each unit and its letters.
    """
    remedy = "correct the letter, or put a font that has it into fonts/ of the campaign folder"
    template = "".join(
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("parts.typ", f"{kind.name}.typ")
    )
    faults = []
    for who, words in [
        ("the template", template),
        *((p.unit.id, _all_text(d)) for p, d in zip(posters, data, strict=True)),
    ]:
        if missing := missing_glyphs(words, campaign.folder):
            shown = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing)
            faults.append(Fault(f"{who}: no font can print {shown}", remedy))
    if faults:
        raise Fault(f"{len(faults)} posters have letters no font can print", remedy, more=faults)


def _all_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(_all_text(each) for each in value.values())
    return ""


def _document(
    campaign: Campaign, posters: Sequence[Poster], data: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return what ``parts.typ`` reads: the pages, and what the file says about itself."""
    label = campaign.texts["code_label"]
    if len(posters) == 1:
        poster = posters[0]
        about = {
            "title": f"{poster.unit.name} {label} {poster.code.text}",
            "description": poster.url,
            "keywords": [poster.unit.id, poster.code.text, poster.signed],
        }
    else:
        about = {
            "title": f"{campaign.short_title} {label}",
            "description": f"{posters[0].code.text} … {posters[-1].code.text}",
            "keywords": [poster.code.text for poster in posters],
        }
    return {
        **about,
        "author": campaign.issuer,
        "families": font_families(campaign.folder),
        "posters": list(data),
    }


def _zip(files: Sequence[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
