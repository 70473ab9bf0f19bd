"""
The progress pack (日报、周报): one snapshot as XLSX, PDF and pictures, in one ZIP.

The same snapshot makes the same bytes, so whoever gets it twice sees that nothing changed.
"""
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from attribution.papers import pack_words
from attribution.papers.pack_tables import Table, tables
from attribution.papers.telling import Telling
from attribution.reports.figures import Figures
from attribution.rule.instants import Instant, to_datetime
from qrgen.extras import need_print


@dataclass(frozen=True)
class PaperFile:
    """A file of the pack: its *name* in the ZIP and its *content*."""

    name: str
    content: bytes


def files(number: int, figures: Figures, telling: Telling) -> list[PaperFile]:
    """
    Return the files of the pack of the snapshot *number*.

    Raises:
        Fault: what draws papers is not installed.
    """
    need_print()
    made = tables(figures, telling)
    stem = pack_words.file_stem(number, figures)
    return [PaperFile(f"{stem}.xlsx", _workbook(number, figures, telling, made))]


def zipped(files: Iterable[PaperFile], at: Instant) -> bytes:
    """Return *files* as a ZIP whose times are *at*, whenever it is made."""
    moment = to_datetime(at)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for file in files:
            entry = zipfile.ZipInfo(file.name, (
                max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute,
                moment.second,
            ))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # on Windows as elsewhere
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, file.content)
    return buffer.getvalue()


def _workbook(
    number: int, figures: Figures, telling: Telling, made: tuple[Table, ...]
) -> bytes:
    from attribution.papers.pack_workbook import Workbook  # of the extra [print]

    book = Workbook(
        to_datetime(figures.at), pack_words.title(figures), pack_words.under(number, figures),
        pack_words.snapshot(number),
    )
    for table in made:
        book.add(table)
    book.add_notes("说明", "说明", pack_words.notes(number, figures, telling, made))
    return book.bytes()
