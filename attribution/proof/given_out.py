"""
What leaves the house, whichever door it leaves by: sealed, marked, entered and numbered.

The entry is written before the first byte leaves, for a pipe gives nothing back, and a
second one when it has ended: with rows and SHA-256 when all of it left, else that it broke
off. Whoever asks for a file after that finds who took it, why, and whether it is unaltered.
"""
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import audit
from attribution.proof import export_seals, heads, publishing, signed_notes
from attribution.reports import snapshots, spreadsheets
from attribution.reports.exports import Export
from attribution.rule import instants
from attribution.rule.instants import Instant, local_text
from attribution.settings import Settings
from attribution.store import Store, audit_log
from attribution.store.engine.database import Columns, Row, height
from qrgen.faults import Fault

# The kinds of file there are.
KINDS = ("csv", "xlsx")


@dataclass(frozen=True)
class FileForm:
    """
    What a table becomes: one of KINDS, in an *encoding* and a *language* of `exports`.

    Args:
        numbered: Its mark names the number of the entry, as the console's file names do.
    """

    kind: str = "csv"
    encoding: str = "utf-8-sig"
    language: str = "zh"
    numbered: bool = False


@dataclass(frozen=True)
class Asked:
    """What somebody wants to take away: the rows *chosen* of an *export*, and what for."""

    export: Export
    form: FileForm = field(default_factory=FileForm)
    chosen: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""
    # What the table is of, in words: period, units, filters. It stands in the file.
    about: str = ""

    @property
    def name(self) -> str:
        """What the entries call it."""
        return f"{self.export.name}.{self.form.kind}"


class GivenOut(Iterator[bytes]):
    """
    A download under way: its blocks, and then how it ended.

    Whoever stops before the end closes it; a download that was closed early is broken off.
    """

    def __init__(self, asked: Asked, number: int, end: "_End", blocks: Iterator[bytes]):
        self.name = asked.name
        # Of the entry that was made before the first byte.
        self.number = number
        self._end = end
        self._blocks = blocks
        self._open = True
        self._digest = hashlib.sha256()

    @property
    def sealed(self) -> Row | None:
        """The entry among the exports, once all has left."""
        return self._end.sealed

    def __iter__(self) -> "GivenOut":
        return self

    def __next__(self) -> bytes:
        if not self._open:
            raise StopIteration
        try:
            block = next(self._blocks)
        except StopIteration:
            self._open = False
            self._end.whole(self._digest.hexdigest())
            raise
        except BaseException:
            self.close()
            raise
        self._digest.update(block)
        return block

    def close(self) -> None:
        """Enter that it broke off, unless it has ended."""
        if self._open:
            self._open = False
            self._end.broken()


def give(
    ledger: Ledger, settings: Settings, actor: Actor, now: Instant, asked: Asked,
    found: Iterable[Columns], *, as_file: str = "",
) -> GivenOut:
    """
    Give out the rows *found*: seal what is new, enter the deed, and return the blocks.

    Args:
        as_file: What the export is sealed as; by default its name.
    """
    heads.seal_now(ledger, settings, now)
    # Before the entry: what is shown of the log must not fail between it and the first byte.
    checkpoint = _checkpoint(ledger, settings, now)
    number = do(ledger.store, actor, now, lambda doing: _enter(doing, asked))
    end = _End(ledger, actor, asked.name, as_file or asked.name, number)
    mark = heads.latest_text(ledger)
    if mark:
        shown = f" E{number:06}" if asked.form.numbered else ""
        mark = f"{mark} · {local_text(now)} {actor.name} 导出{shown}"
        mark += checkpoint
    about = "　".join(filter(None, (
        asked.export.title, asked.about, f"{local_text(now)[:16]} 导出"
    )))
    return GivenOut(asked, number, end, _written(asked, end.counted(found), mark, about))


@dataclass(frozen=True)
class Whole:
    """A file that is made before it is asked for by name: its *name*, *content* and *rows*."""

    name: str
    content: bytes
    rows: int
    # Of what it is, for the entry; and what for.
    chosen: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""
    # The number of the snapshot that it was made of, and as what (`snapshots.KINDS`).
    snapshot: int = 0
    kind: str = ""


def give_whole(ledger: Ledger, actor: Actor, now: Instant, file: Whole) -> int:
    """
    Enter that *file* is given out, whole, and its hash among the exports; return its number.

    One that is made of a snapshot is among the snapshot's files then.
    """
    digest = hashlib.sha256(file.content).hexdigest()

    def give(doing: Doing) -> int:
        n, seal = audit_log.head(doing.connection)
        number = doing.enter(
            Kind.EXPORT, file.name, chosen=dict(sorted(file.chosen.items())),
            purpose=file.purpose, seal=f"{n}:{seal[:16]}",
        )
        doing.enter(
            Kind.EXPORT_DONE, file.name, export=f"E{number:06}", rows=file.rows, sha256=digest
        )
        given = export_seals.Given(digest, file.name, actor.name, now)
        export_seals.add(doing.connection, ledger, given)
        if file.snapshot:
            snapshots.add_file(
                ledger, now, actor, file.snapshot, file.kind, file.name, digest
            )
        return number

    return do(ledger.store, actor, now, give)


def give_audit(
    ledger: Ledger, settings: Settings, actor: Actor, now: Instant, asked: Asked,
    found: Iterable[Columns],
) -> GivenOut:
    """
    Give out the entries *found* of the audit log; a log with a gap proves nothing, and says so.

    Raises:
        Fault: it is not whole; that it was refused is entered.
    """
    if faults := audit.faults(ledger.store):
        _refuse(ledger.store, actor, now, asked.name, faults)
        raise Fault(Code.AUDIT_BROKEN, faults=faults)
    return give(ledger, settings, actor, now, asked, found)


def _checkpoint(ledger: Ledger, settings: Settings, now: Instant) -> str:
    """Return the published head for the file's mark; '' where there is none to be shown."""
    try:
        found = publishing.keep_up(ledger, settings, now)
    except Fault:
        return ""  # said on every page and by the monitoring; the office still needs its table
    return f"{spreadsheets.CHECKPOINT}{signed_notes.on_one_line(found.note)}" if found else ""


def _enter(doing: Doing, asked: Asked) -> int:
    n, seal = audit_log.head(doing.connection)
    return doing.enter(
        Kind.EXPORT, asked.name, chosen=dict(sorted(asked.chosen.items())),
        purpose=asked.purpose, seal=f"{n}:{seal[:16]}",
    )


def _refuse(store: Store, actor: Actor, now: Instant, name: str, faults: Sequence[Fault]) -> None:
    # A log that was rewritten from end to end has as many faults as rows.
    first = [fault.cause for fault in faults[:10]]
    do(store, actor, now, lambda doing: doing.enter(
        Kind.EXPORT_REFUSED, name, faults=first, count=len(faults)
    ))


def _written(
    asked: Asked, blocks: Iterable[Columns], mark: str, about: str
) -> Iterator[bytes]:
    form = asked.form
    if form.kind == "csv":
        return spreadsheets.write_csv(
            asked.export, blocks, encoding=form.encoding, language=form.language,
            mark=" · ".join(filter(None, (mark, about))),
        )
    return spreadsheets.stream_xlsx(
        asked.export, blocks, language=form.language, mark=mark, about=about
    )


class _End:
    """How a download ends, and what of it is known by then."""

    def __init__(
        self, ledger: Ledger, actor: Actor, name: str, file: str, number: int
    ):
        self._ledger = ledger
        self._actor = actor
        self._name = name
        self._file = file
        self._number = f"E{number:06}"
        self._rows = 0
        self.sealed: Row | None = None

    def counted(self, found: Iterable[Columns]) -> Iterator[Columns]:
        for block in found:
            self._rows += height(block)
            yield block

    def whole(self, sha256: str) -> None:
        """Enter that all of it left, and seal that it did, in one transaction."""
        ledger, now = self._ledger, instants.now()
        given = export_seals.Given(sha256, self._file, self._actor.name, now)

        def end(doing: Doing) -> Row:
            doing.enter(
                Kind.EXPORT_DONE, self._name, export=self._number, rows=self._rows, sha256=sha256
            )
            return export_seals.add(doing.connection, ledger, given)

        self.sealed = do(ledger.store, self._actor, now, end)

    def broken(self) -> None:
        do(self._ledger.store, self._actor, instants.now(), lambda doing: doing.enter(
            Kind.EXPORT_BROKEN, self._name, export=self._number, rows=self._rows
        ))
