"""
From units to printed matter: the words, the symbol, one file a unit, a book, a zip.

Nothing is handed out unread: each symbol is decoded again from the finished file (`proof`) and
a file that does not pass fails the run before anything takes its place. Finished files wait in
a folder beside their places until the last one is there; a run that was killed goes on where it
stopped, for as long as it is asked for the same.
"""
import hashlib
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from qrgen.artwork import colours_of, inks_of, picture_name, template_folder
from qrgen.campaign import KINDS, Campaign, Unit
from qrgen.codes import Code, code_url, sign_code
from qrgen.files import whole_file
from qrgen.fonts import font_families, font_folders, missing_glyphs
from qrgen.formats import FORMATS, Format
from qrgen.press import PressError, Sheet, print_sheets
from qrgen.proof import prove_file
from qrgen.shell import USAGE_AT_FAULT, Fault
from qrgen.symbols import SMALLEST_MODULE_MM, Symbol, make_symbol

# Where the finished files of a run wait, in the folder they go to.
UNFINISHED = ".unfinished"

# A zip keeps times of its own; a fixed one keeps the bytes the same.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)

# What Windows does not allow in a file name.
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


@dataclass(frozen=True)
class Poster:
    """One poster to print: who, which code, and the address in the symbol."""

    unit: Unit
    code: Code
    signed: str
    url: str
    label: str = ""

    @property
    def file_name(self) -> str:
        """``潋江镇-农商行潋江支行-N01-1``: safe on Windows, without suffix."""
        return f"{safe_name(self.unit.name)}-{self.code.text}"


@dataclass(frozen=True)
class _Job:
    """A file to make, and whose codes are in it."""

    name: str
    posters: tuple[Poster, ...]


def safe_name(name: str) -> str:
    """Return *name* as part of a file name that every system takes."""
    return _UNSAFE.sub("-", name.replace("·", "-")).strip(" .-")[:60] or "unit"


def plan_posters(
    units: Iterable[Unit],
    public_url: str,
    keys: Sequence[str],
    placement: str | None = None,
    label: str = "",
) -> list[Poster]:
    """Return the posters of *units*, signed by the newest of *keys*."""
    made = []
    for unit in units:
        code = Code(unit.id, unit.issue, placement)
        signed = sign_code(code, keys)
        made.append(Poster(unit, code, signed, code_url(public_url, signed), label))
    return made


def plan_placements(
    campaign: Campaign, units: Iterable[Unit], public_url: str, keys: Sequence[str]
) -> list[Poster]:
    """Return a poster for each placement of *units*; a unit without any gets its plain one."""
    by_unit: dict[str, list[tuple[str | None, str]]] = {}
    for place in campaign.placements:
        by_unit.setdefault(place.unit, []).append((place.number, place.label))
    return [
        poster
        for unit in units
        for number, label in by_unit.get(unit.id, [(None, "")])
        for poster in plan_posters([unit], public_url, keys, number, label)
    ]


def print_posters(
    campaign: Campaign,
    posters: Sequence[Poster],
    out: Path | None,
    *,
    format_name: str = "a4",
    book: Path | None = None,
    archive: Path | None = None,
    print_ready: bool = False,
    outline: bool = False,
    verify: bool = True,
    workers: int | None = None,
    progress: Callable[[Iterator[Path], int], Iterable[Path]] = lambda done, total: done,
) -> list[Path]:
    """
    Print the files of a format into the folder *out* and return them in the posters' order.

    Only when the last file has passed are they moved to their places, so a failed run changes
    nothing. A run that was killed leaves the passed files in ``.unfinished``, and the same
    command goes on from there.

    Args:
        out: ``None`` prints the *book* only.
        book: Also all posters in one PDF.
        archive: Also all files in one zip.
        print_ready: With bleed, crop marks and inks, for a print shop.
        outline: Text as outlines (转曲).
        verify: Decode each symbol from the finished file.
        progress: Wraps the work; is given the finished files and how many there will be.

    Raises:
        Fault: A letter that no font has; a symbol that would be too small, or does not
            decode as it should; a template of the county's that typst refuses.
    """
    kind = FORMATS[format_name]
    _check_wishes(kind, posters, book, archive, out, print_ready or outline)
    check_glyphs(campaign, posters, kind)
    _check_size(posters, kind)
    for folder in {path.parent for path in (book, archive) if path} | ({out} if out else set()):
        _check_writable(folder)
    jobs = _jobs(posters, kind)
    with ExitStack() as stack:
        root = stack.enter_context(template_folder(campaign, print_ready))
        print_run = _Run(campaign, kind, root, print_ready, outline, verify)
        cores = workers or min(2, os.cpu_count() or 1)
        home = out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qrgen-")))
        stage = _stage(home, print_run.fingerprint(posters))
        try:
            _print_all(print_run, jobs, stage, book, archive, out is None, cores, progress)
        except Fault:
            # Data at fault: the next run is another one, and nothing is left of this.
            shutil.rmtree(stage, ignore_errors=True)
            raise
        made = []
        if out is not None:
            for job in jobs:
                (stage / job.name).replace(out / job.name)
                made.append(out / job.name)
        shutil.rmtree(stage, ignore_errors=True)
        return made


def _print_all(
    print_run: "_Run",
    jobs: Sequence[_Job],
    stage: Path,
    book: Path | None,
    archive: Path | None,
    book_only: bool,
    workers: int,
    progress: Callable[[Iterator[Path], int], Iterable[Path]],
) -> None:
    kind = print_run.kind
    todo = [] if book_only else [job for job in jobs if not (stage / job.name).exists()]
    posters = [poster for job in jobs for poster in job.posters]
    parts = _book_parts(jobs, posters, kind) if book else []
    missing_parts = [part for part in parts if not (stage / part.name).exists()]
    with ExitStack() as stack:
        # Half-made files stand here and nowhere else.
        part = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="part-", dir=stage)))

        def finished() -> Iterator[Path]:
            every = [*missing_parts, *todo]
            by_path = {str(part / job.name): job for job in every}
            for path in print_run.make(every, part, workers):
                print_run.complete(path, by_path[str(path)].posters)
                path.replace(stage / path.name)
                yield stage / path.name

        for _ in progress(finished(), len(todo) + len(missing_parts)):
            pass
        if book is not None:
            book_part = stack.enter_context(whole_file(book))
            if len(parts) == 1:
                shutil.copyfile(stage / parts[0].name, book_part)
            else:
                from qrgen.prepress import join

                about = print_run.about(posters)
                join([stage / each.name for each in parts], book_part, about)
        if archive is not None:
            archive_part = stack.enter_context(whole_file(archive))
            _zip([stage / job.name for job in jobs], archive_part)


@dataclass(frozen=True)
class _Run:
    """What is the same for every file of a run."""

    campaign: Campaign
    kind: Format
    root: Path
    print_ready: bool
    outline: bool
    verify: bool

    def fingerprint(self, posters: Sequence[Poster]) -> str:
        """Return a text that differs when any file of this run might."""
        digest = hashlib.sha256()
        for file in sorted(path for path in self.root.rglob("*") if path.is_file()):
            digest.update(file.name.encode() + file.read_bytes())
        for folder in font_folders(self.campaign.folder):
            for file in sorted(folder.iterdir()):
                digest.update(f"{file.name} {file.stat().st_size}".encode())
        settings = (self.kind, self.print_ready, self.outline, self.verify)
        # Not the campaign's repr: a set in it has another order in every process.
        words = [self.about(posters), self.campaign.texts, self.campaign.design]
        digest.update(json.dumps([repr(settings), *map(dict, words)], sort_keys=True).encode())
        for poster in posters:
            own = {**poster_words(self.campaign, poster), "texts": "", "url": poster.url}
            digest.update(json.dumps(own, sort_keys=True).encode())
        return digest.hexdigest()

    def make(self, jobs: Sequence[_Job], folder: Path, workers: int) -> Iterator[Path]:
        """Make the files of *jobs* in *folder* and yield each when it is there."""
        if not self.kind.drawn:
            for job in jobs:
                path = folder / job.name
                path.write_bytes(_bare(job.posters[0], self.kind))
                yield path
            return
        sheets = print_sheets(
            self._batches(jobs, folder, workers),
            self.root,
            font_folders(self.campaign.folder),
            workers,
        )
        try:
            for sheet in sheets:
                yield Path(sheet.out)
        except PressError as error:
            if not self._own_templates:
                raise
            raise Fault(
                f"a template of this campaign does not compile: {error}",
                f"correct it in {self.campaign.folder / 'templates'}",
            ) from None

    def complete(self, path: Path, posters: Sequence[Poster]) -> None:
        """Do what is left to do to a file that the press has made, and prove it."""
        if self.print_ready or self.outline:
            from qrgen.prepress import finish  # a fifth of a second to load

            finish(path, self.print_ready, self.outline)
        if self.verify and path.suffix != ".svg":
            prove_file(path, self._codes(posters), self._own_templates)
        limit = self.kind.largest_bytes
        if limit and path.stat().st_size > limit:
            raise Fault(
                f"{path.name}: {path.stat().st_size} bytes, more than {limit}",
                "a simpler logo makes it smaller",
            )

    def about(self, posters: Sequence[Poster]) -> dict[str, Any]:
        """Return what a file says about itself."""
        campaign = self.campaign
        label = campaign.texts["code_label"]
        if len(posters) == 1:
            poster = posters[0]
            about: dict[str, Any] = {
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
        return {**about, "author": campaign.issuer}

    @property
    def _own_templates(self) -> bool:
        return (self.campaign.folder / "templates").is_dir()

    def _batches(
        self, jobs: Sequence[_Job], folder: Path, workers: int
    ) -> Iterator[list[Sheet]]:
        limit = self.kind.at_once
        size = max(1, min(limit, -(-len(jobs) // workers)))
        batch: list[Sheet] = []
        weight = 0
        for job in jobs:
            sheet = Sheet(
                self.kind.name, self._document(job), str(folder / job.name), self.kind.ppi
            )
            batch.append(sheet)
            weight += len(job.posters)
            if len(batch) >= size or weight >= limit:
                yield batch
                batch, weight = [], 0
        if batch:
            yield batch

    def _document(self, job: _Job) -> dict[str, Any]:
        """Return what ``parts.typ`` reads."""
        campaign, kind = self.campaign, self.kind
        kinds = dict.fromkeys(poster.unit.kind for poster in job.posters)
        return {
            **self.about(job.posters),
            "families": font_families(campaign.folder),
            "colours": (inks_of if self.print_ready else colours_of)(campaign.design),
            "print": self.print_ready,
            "logo": picture_name(campaign, "logo", self.print_ready) or None,
            "mark": picture_name(campaign, "mark", self.print_ready) or None,
            "symbol_mm": kind.symbol_mm,
            "per_page": kind.per_page,
            "group": "、".join(campaign.texts[f"kind_{kind}"] for kind in kinds),
            "posters": [poster_data(campaign, poster, kind) for poster in job.posters],
        }

    def _codes(self, posters: Sequence[Poster]) -> list[list[str]]:
        """Return the codes that each page must hold."""
        kind = self.kind
        if not kind.per_page:
            return [[poster.url] * kind.copies for poster in posters]
        return [
            [poster.url for poster in posters[at : at + kind.per_page]] if kind.codes else []
            for at in range(0, len(posters), kind.per_page)
        ]


def poster_data(campaign: Campaign, poster: Poster, kind: Format) -> dict[str, Any]:
    """Return everything a template may draw for *poster*."""
    words = poster_words(campaign, poster)
    if not kind.codes:
        return words
    symbol = _symbol(poster.url, kind.mark)
    return {**words, "size": symbol.size, "hole": symbol.hole, "outline": symbol.outline}


def poster_words(campaign: Campaign, poster: Poster) -> dict[str, Any]:
    """Return the words of *poster*: all that a font must be able to print."""
    unit = poster.unit
    texts = texts_for(campaign, unit)
    name, second = _names(campaign, unit, texts)
    return {
        "unit": unit.id,
        "kind": unit.kind,
        "purpose": unit.purpose,
        "issue": poster.code.issue,
        "placement": poster.code.placement or "",
        "label": poster.label,
        "full": unit.name,
        "name": name,
        "second": second,
        "code": poster.code.text,
        "address": poster.url.split("/Q/")[0],
        "campaign": campaign.short_title,
        "document": campaign.document,
        "issuer": campaign.issuer,
        "hotline": campaign.hotline or "",
        "demo": campaign.demo,
        "texts": texts,
    }


def texts_for(campaign: Campaign, unit: Unit) -> dict[str, str]:
    """Return the campaign's texts; a finance point's own in the place of the usual ones."""
    texts = {key: text for key, text in campaign.texts.items() if not key.startswith("finance_")}
    if unit.purpose == "finance":
        texts.update(
            (key.removeprefix("finance_"), text)
            for key, text in campaign.texts.items()
            if key.startswith("finance_")
        )
    return texts


@lru_cache(maxsize=512)
def _symbol(url: str, mark: int) -> Symbol:
    # The same symbol goes into the book and into the single file.
    return make_symbol(url, mark)


def _names(campaign: Campaign, unit: Unit, texts: dict[str, str]) -> tuple[str, str]:
    """Return the large name and the line below it, which may be empty."""
    if unit.kind == "line":
        return campaign.unit(unit.area or "").name, unit.branch or ""
    if unit.kind == "area":
        banks = dict.fromkeys(line.bank for line in campaign.lines_of(unit.id))
        names = "、".join(campaign.unit(bank).name for bank in banks if bank)
        return unit.name, f"{texts['bank_label']}：{names}" if names else ""
    if unit.sector:
        return unit.name, f"{texts['sector_label']}：{unit.sector}"
    return unit.name, ""


def check_glyphs(campaign: Campaign, posters: Sequence[Poster], kind: Format) -> None:
    """
    Refuse what would print as a box.

    Raises:
        Fault: ``more`` names each unit and its letters.
    """
    if not kind.drawn:
        return
    remedy = "correct the letter, or put a font that has it into fonts/ of the campaign folder"
    faults = []
    shared = "".join(campaign.texts.values())
    for who, words in [
        ("the campaign", shared + campaign.short_title + campaign.document + campaign.issuer),
        *((p.unit.id, _own_words(campaign, p)) for p in posters),
    ]:
        if missing := missing_glyphs(words, campaign.folder):
            shown = ", ".join(f"{letter} (U+{ord(letter):04X})" for letter in missing)
            faults.append(Fault(f"{who}: no font can print {shown}", remedy))
    if faults:
        raise Fault(f"{len(faults)} posters have letters no font can print", remedy, more=faults)


def _own_words(campaign: Campaign, poster: Poster) -> str:
    words = poster_words(campaign, poster)
    return "".join(text for text in words.values() if isinstance(text, str))


def _check_wishes(
    kind: Format,
    posters: Sequence[Poster],
    book: Path | None,
    archive: Path | None,
    out: Path | None,
    for_shop: bool,
) -> None:
    if not posters:
        raise Fault("there is no unit to print", "look at --units and --kind", USAGE_AT_FAULT)
    if out is None and book is None:
        raise Fault("nowhere to print to", "give --out DIR or --book FILE.pdf", USAGE_AT_FAULT)
    if out is None and archive is not None:
        raise Fault("a zip packs the single files", "give --out DIR as well", USAGE_AT_FAULT)
    if kind.suffix != ".pdf" and (book or for_shop):
        raise Fault(
            f"{kind.name} is a picture: it has no book and no print version",
            "leave out --book, --print and --outline, or choose a format on paper",
            USAGE_AT_FAULT,
        )


def _check_size(posters: Sequence[Poster], kind: Format) -> None:
    """Refuse a format whose modules no telephone would see; the address decides."""
    if not kind.symbol_mm:
        return
    longest = max(posters, key=lambda poster: len(poster.url))
    modules = _symbol(longest.url, kind.mark).size
    if kind.symbol_mm / modules < SMALLEST_MODULE_MM:
        raise Fault(
            f"{kind.name}: {longest.code.text} needs a symbol of {modules * SMALLEST_MODULE_MM:g} "
            f"mm, the format has {kind.symbol_mm:g} mm",
            "print a larger format, or use a shorter address: it makes a coarser symbol",
        )


def _check_writable(folder: Path) -> None:
    """Say so at once when nothing can be written, not after ten minutes of printing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Fault(
            f"{folder}: cannot write here: {error.strerror}", "name a folder that is yours"
        ) from None


def _jobs(posters: Sequence[Poster], kind: Format) -> list[_Job]:
    if not kind.per_page:
        return [
            _Job(f"{poster.file_name}{kind.tag}{kind.suffix}", (poster,)) for poster in posters
        ]
    # One file a kind of unit; very many units are cut into files of some hundred.
    size = kind.per_page * 10
    jobs = []
    for unit_kind in KINDS:
        some = [poster for poster in posters if poster.unit.kind == unit_kind]
        for at in range(0, len(some), size):
            number = f"-{at // size + 1}" if len(some) > size else ""
            name = f"{kind.name}-{unit_kind}{number}{kind.suffix}"
            jobs.append(_Job(name, tuple(some[at : at + size])))
    return jobs


def _book_parts(jobs: Sequence[_Job], posters: Sequence[Poster], kind: Format) -> list[_Job]:
    """
    Return the parts a book is joined from, none longer than a child can hold.

    How many there are depends on the posters alone, for the same book must be the same bytes
    on any machine.
    """
    if kind.per_page:
        return [_Job(f"book-{at:06}.pdf", job.posters) for at, job in enumerate(jobs)]
    count = -(-len(posters) // kind.at_once)
    size = -(-len(posters) // count)
    return [
        _Job(f"book-{at:06}.pdf", tuple(posters[at : at + size]))
        for at in range(0, len(posters), size)
    ]


def _stage(out: Path, fingerprint: str) -> Path:
    """Return the folder where finished files wait, with what an earlier run left of the same."""
    stage = out / UNFINISHED
    plan = stage / "plan.json"
    try:
        same = json.loads(plan.read_text(encoding="utf-8")) == fingerprint
    except (OSError, ValueError):
        same = False
    if not same:
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(parents=True, exist_ok=True)
        plan.write_text(json.dumps(fingerprint), encoding="utf-8")
    for left in stage.glob("part-*"):  # half-made files of a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    return stage


def _bare(poster: Poster, kind: Format) -> bytes:
    symbol = _symbol(poster.url, kind.mark)
    if kind.suffix == ".png":
        return symbol.png()
    return symbol.svg(max(60.0, symbol.smallest_mm)).encode("utf-8")


def _zip(files: Sequence[Path], target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
