"""
From units to printed matter: one file a unit and format, a book, a zip.

Nothing is handed out unread: each symbol is decoded again from the finished file (`proof`) and
a file that does not pass fails the run before anything takes its place (`stage`).
"""
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

from qrgen.artwork import template_folder
from qrgen.binding import bind, pack
from qrgen.bookmarks import leaves_of
from qrgen.campaign import Campaign
from qrgen.extras import need_print
from qrgen.fault_codes import Code
from qrgen.files import put_all, whole_file
from qrgen.fonts import RARE_FAMILY, font_folders, rare_letters
from qrgen.formats import FORMATS, TICKET, Format
from qrgen.places import find_place
from qrgen.plan import Poster
from qrgen.press import Order, Press, Sheet
from qrgen.replacing import check_free, new_folder, replace
from qrgen.sheets import Job, about, book_parts, document, single_files
from qrgen.shell import USAGE_AT_FAULT, Fault, disk_faults, disk_of
from qrgen.stage import check_writable, staged
from qrgen.ticket import Handed, beside, for_shop, ticket_job, ticket_words
from qrgen.words import check_glyphs, poster_words

Progress = Callable[[Iterator[Path], int], Iterable[Path]]


def print_posters(
    campaign: Campaign,
    posters: Sequence[Poster],
    out: Path | None,
    *,
    formats: Sequence[str] = ("a4",),
    copies: Mapping[str, int] | None = None,
    ordered: Sequence[str] = (),
    book: Path | None = None,
    archive: Path | None = None,
    print_ready: bool = False,
    outline: bool = False,
    verify: bool = True,
    workers: int | None = None,
    inputs: Sequence[Path] = (),
    progress: Progress = lambda done, total: done,
) -> list[Path]:
    """
    Print the files of some formats into the folder *out* and return them, format by format, in the
    posters' order.

    Only when the last file has passed are they moved to their places, so a failed run changes
    nothing. A run that was killed leaves the passed files in ``.unfinished``, and the same
    command goes on from there.

    Args:
        out: ``None`` prints the *book* only.
        copies: How many are wanted of each sheet, by format; one unless given. A book has each page
            so often, of files the job ticket and the list to sign say it.
        ordered: Formats that are printed apart and handed out with these, for the list to sign.
        book: Also all posters in one PDF.
        archive: Also all files in one zip, with a job ticket, which is laid beside it as well.
        print_ready: With bleed, crop marks and inks, for a print shop; pictures stay as they are.
        outline: Text as outlines (转曲).
        verify: Decode each symbol from the finished file.
        inputs: Files that *book* and *archive* must not replace.
        progress: Wraps the work; is given the finished files and how many there will be.

    Raises:
        Fault: A letter that no font has; a symbol that would be too small, or does not
            decode as it should; a template of the county's that typst refuses; another run
            that prints into *out*; a full disk, after which the same command goes on as well.
    """
    need_print()
    kinds = [FORMATS[name] for name in formats]
    _check_wishes(kinds, posters, book, archive, out, print_ready or outline)
    singles = {
        kind.name: single_files(posters, kind) if out is not None else [] for kind in kinds
    }
    parts = {kind.name: book_parts(posters, kind) if book is not None else [] for kind in kinds}
    slips = [ticket_job(posters)] if archive is not None and for_shop(kinds) else []
    aside = beside(archive) if archive is not None and slips else None
    _check_places(out, _all(singles), {"--book": book, "--zip": archive, "ticket": aside}, inputs)
    wanted = {name: (copies or {}).get(name, 1) for name in (*formats, *ordered)}
    handed = Handed(
        kinds, wanted, print_ready, outline,
        {kind.name: len(singles[kind.name]) for kind in kinds},
        [FORMATS[name] for name in ordered or formats],
    )
    cores = workers or min(2, os.cpu_count() or 1)
    with disk_faults(disk_of(out or book or Path())), ExitStack() as stack:
        # First of all, for while it loads there is enough to do.
        ready = min(cores, max(len(singles[name]) + len(parts[name]) for name in singles))
        press = stack.enter_context(closing(Press(cores, ready)))
        if book is not None:
            # A sixth of a second that the children need to load theirs.
            Thread(target=import_module, args=("pikepdf",), daemon=True).start()
        drawn = any(kind.drawn for kind in (*kinds, *(TICKET for _ in slips)))
        letters = check_glyphs(campaign, posters) if drawn else frozenset[str]()
        for file in (book, archive):
            if file is not None and (place := find_place(file).file) is not None:
                check_writable(place.parent, file)
        with disk_faults(disk_of(Path(tempfile.gettempdir()))):
            root = stack.enter_context(template_folder(campaign, print_ready))
        rare = lay_rare_letters(campaign, letters, root)
        run = _Run(campaign, root, rare, print_ready, outline, verify, cores, handed)
        if out is None:
            # Nobody could go on from a folder that is gone.
            home, mark = Path(stack.enter_context(tempfile.TemporaryDirectory())), ""
        else:
            home, mark = out, run.fingerprint(posters)
        room = stack.enter_context(staged(home, mark))
        todo = [
            (kind, job)
            for kind, jobs in (
                *((kind, [*parts[kind.name], *singles[kind.name]]) for kind in kinds),
                (TICKET, slips),
            )
            for job in jobs if not (room / job.name).exists()
        ]  # fmt: skip
        # Closed, for the error of whoever watches would hold it, and what it has begun.
        with closing(run.make(press, todo, room)) as making:
            for _ in progress(making, len(todo)):
                pass
        if book is not None:
            half = stack.enter_context(whole_file(book))
            pages = [
                (room / job.name, leaves)
                for kind in kinds
                for job, leaves in zip(
                    parts[kind.name],
                    leaves_of(
                        campaign, kind, parts[kind.name], wanted[kind.name],
                        of_several=len(kinds) > 1,
                    ),
                    strict=True,
                )
            ]
            bind(pages, half, about(campaign, posters))
        if archive is not None:
            half = stack.enter_context(whole_file(archive))
            pack([room / job.name for job in (*slips, *_all(singles))], half)
        made = [out / job.name for job in _all(singles)] if out is not None else []
        moves = [(room / path.name, path) for path in made]
        if aside is not None:
            moves.append((room / slips[0].name, aside))
        # Before the first is replaced: these two take their places last.
        check_free(place for file in (book, archive)
                   if file is not None and (place := find_place(file).file) is not None)
        put_all(moves, room)
        return made


def _all(jobs: Mapping[str, Sequence[Job]]) -> list[Job]:
    return [job for some in jobs.values() for job in some]


@dataclass(frozen=True)
class _Run:
    """What is the same for every file of a run."""

    campaign: Campaign
    root: Path
    rare: Path | None  # the folder with the letters that our faces lack
    print_ready: bool
    outline: bool
    verify: bool
    cores: int
    handed: Handed

    def fingerprint(self, posters: Sequence[Poster]) -> str:
        """Return a text that differs when any file of this run might."""
        digest = hashlib.sha256()
        for file in sorted(path for path in self.root.rglob("*") if path.is_file()):
            digest.update(file.name.encode() + file.read_bytes())
        for folder in font_folders(self.campaign.folder):
            for file in sorted(folder.iterdir()):
                digest.update(f"{file.name} {file.stat().st_size}".encode())
        settings = (self.print_ready, self.outline, self.verify, self.handed)
        # Not the campaign's repr: a set in it has another order in every process.
        words = [about(self.campaign, posters), self.campaign.texts, self.campaign.design]
        digest.update(json.dumps([repr(settings), *map(dict, words)], sort_keys=True).encode())
        for poster in posters:
            own = {**poster_words(self.campaign, poster), "texts": "", "url": poster.url}
            digest.update(json.dumps(own, sort_keys=True).encode())
        return digest.hexdigest()

    def make(
        self, press: Press, jobs: Sequence[tuple[Format, Job]], room: Path
    ) -> Generator[Path, None, None]:
        """Make the files of *jobs*, move each into *room* when it has passed, and yield it."""
        rare = (self.rare,) if self.rare else ()
        order = Order(
            self.root, (*font_folders(self.campaign.folder), *rare),
            self.print_ready, self.outline, self.verify,
            (self.campaign.folder / "templates").is_dir(),
            helper=self.verify and self.cores > 1 and len(jobs) == 1,
        )  # fmt: skip
        # Half-made files stand here and nowhere else.
        half = new_folder("part-", room)
        try:
            for path in press.print_sheets(order, self._batches(jobs, half)):
                replace(path, room / path.name)
                yield room / path.name
        finally:
            shutil.rmtree(half, ignore_errors=True)

    def _batches(
        self, jobs: Sequence[tuple[Format, Job]], folder: Path
    ) -> Iterator[list[Sheet]]:
        share = -(-sum(len(job.posters) for kind, job in jobs if kind != TICKET) // self.cores)
        batch: list[Sheet] = []
        weight = 0
        for at, (kind, job) in enumerate(jobs):
            batch.append((folder / job.name, self._document(kind, job)))
            if kind != TICKET:
                weight += len(job.posters)
            # The ticket is no reason for a child of its own.
            only_the_ticket = [kind for kind, _ in jobs[at + 1 :][:2]] == [TICKET]
            if weight >= min(kind.at_once, share) and not only_the_ticket:
                yield batch
                batch, weight = [], 0
        if batch:
            yield batch

    def _document(self, kind: Format, job: Job) -> dict[str, Any]:
        for_shop = self.print_ready and kind.trim_mm is not None and kind != TICKET
        words = document(
            self.campaign, kind, job.posters, for_shop, (RARE_FAMILY,) if self.rare else ()
        )
        if not kind.codes:
            words |= ticket_words(self.campaign, self.handed, job.posters, words["lines"])
        return words


def lay_rare_letters(campaign: Campaign, printed: Collection[str], root: Path) -> Path | None:
    """Cut what our faces lack from the variable font; return the folder, None if nothing is."""
    own = campaign.folder / "templates"
    templates = [file.read_text("utf-8", "ignore") for file in own.rglob("*.typ") if file.is_file()]
    letters = rare_letters((*printed, *"".join(templates)), campaign.folder)
    if not letters:
        return None
    from qrgen.rare import lay_rare  # a quarter of a second to load

    folder = root / "rare-letters"
    lay_rare(letters, folder)
    return folder


def _check_wishes(
    kinds: Sequence[Format],
    posters: Sequence[Poster],
    book: Path | None,
    archive: Path | None,
    out: Path | None,
    for_shop: bool,
) -> None:
    if not posters:
        raise Fault(Code.NO_POSTERS, status=USAGE_AT_FAULT)
    if out is None and book is None:
        raise Fault(Code.NOWHERE_TO_PRINT, status=USAGE_AT_FAULT)
    if out is None and archive is not None:
        raise Fault(Code.ZIP_WITHOUT_FILES, status=USAGE_AT_FAULT)
    pictures = [kind.name for kind in kinds if kind.suffix != ".pdf"]
    if pictures and (book or (for_shop and len(pictures) == len(kinds))):
        raise Fault(Code.FORMAT_IS_PICTURE, status=USAGE_AT_FAULT, format=pictures[0])


def _check_places(
    out: Path | None, singles: Sequence[Job], files: Mapping[str, Path | None],
    inputs: Sequence[Path],
) -> None:
    """Refuse now what could not take its place when all is printed, or would take another's."""
    home = (out or Path()).resolve()
    places = {home / job.name for job in singles}
    for option, file in files.items():
        if file is None:
            continue
        place = file.parent.resolve() / file.name
        if place.is_dir() or (out is not None and place in (home, *home.parents)):
            raise Fault(
                Code.OPTION_IS_FOLDER, status=USAGE_AT_FAULT, option=option, path=file
            )
        goes = find_place(file, inputs)
        if goes.file is not None:
            place = Path(os.path.realpath(goes.file))
        elif goes.descriptor is not None:  # whichever of its names was given
            place = Path(f"descriptor {goes.descriptor}")
        if place in places:
            raise Fault(Code.NAME_TAKEN, status=USAGE_AT_FAULT, option=option, path=file)
        places.add(place)
    for place in sorted(places):
        if place.is_dir():
            raise Fault(Code.FOLDER_FOR_FILE, path=place)
