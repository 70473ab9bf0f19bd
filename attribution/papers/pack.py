"""
The progress pack (日报、周报): one snapshot as XLSX, PDF and pictures, in one ZIP.

The same snapshot makes the same bytes, so whoever gets it twice sees that nothing changed.
"""
from collections.abc import Iterable, Iterator, Sequence

from attribution.papers import pack_pdf, pack_pictures, pack_words, zips
from attribution.papers.how_named import INTERNAL, LAW, OUR_WAY, Telling
from attribution.papers.pack_tables import PackTable, tables
from attribution.papers.zips import PackedFile
from attribution.reports.figures import Figures
from attribution.rule.instants import Instant, to_datetime
from qrgen.extras import need_print

PackNotes = Sequence[tuple[str, str]]


def files(number: int, figures: Figures, telling: Telling) -> list[PackedFile]:
    """
    Return the files of the pack of the snapshot *number*.

    Raises:
        Fault: what draws papers is not installed.
    """
    need_print()
    made = tables(figures, telling)
    stem = pack_words.file_stem(number, figures)
    notes = pack_words.notes(number, figures, telling, made)
    return [
        PackedFile("先看这里.txt", _read_me(number, figures, telling)),
        PackedFile(f"{stem}.xlsx", workbook(number, figures, telling)),
        PackedFile(f"{stem}.pdf", _pdf(number, figures, made, notes)),
        *_pictures(number, figures, made),
    ]


def workbook(number: int, figures: Figures, telling: Telling) -> bytes:
    """
    Return the pack's workbook alone.

    Raises:
        Fault: what draws papers is not installed.
    """
    need_print()
    from attribution.papers.pack_workbook import PackWorkbook  # of the extra [print]

    book = PackWorkbook(
        to_datetime(figures.at), pack_words.title(figures), pack_words.under(number, figures),
        pack_words.snapshot(number),
    )
    made = tables(figures, telling)
    for table in made:
        book.add(table)
    book.add_notes("说明", "说明", pack_words.notes(number, figures, telling, made))
    return book.bytes()


def zipped(files: Iterable[PackedFile], at: Instant) -> bytes:
    """Return *files* as a ZIP whose times are *at*, whenever it is made."""
    return zips.packed(files, at, mode=0o644 << 16)


def _read_me(number: int, figures: Figures, telling: Telling) -> bytes:
    lines = [
        f"{pack_words.title(figures)}　进度{pack_words.kind(figures)}　"
        f"{pack_words.snapshot(number)}",
        INTERNAL, "", *pack_words.in_words(figures), pack_words.lately(figures), "",
        "XLSX：各表和说明，已设好A4打印。PDF：同样的表，用来看和打印。"
        "图片：发工作群用，每张不超过14行，由人发送。",
        pack_words.told(telling), LAW + OUR_WAY,
    ]
    return "\r\n".join([*lines, ""]).encode("utf-8-sig")


def _pdf(number: int, figures: Figures, made: tuple[PackTable, ...], notes: PackNotes) -> bytes:
    return pack_pdf.write(
        made, notes, title=pack_words.title(figures), under=pack_words.under(number, figures),
        mark=pack_words.snapshot(number), author=figures.about.issuer,
    )


def _pictures(
    number: int, figures: Figures, made: tuple[PackTable, ...]
) -> Iterator[PackedFile]:
    for name, content in pack_pictures.pictures(
        made, title=pack_words.title(figures), mark=pack_words.snapshot(number),
        until=f"{figures.last_day}", share=f"{figures.share}",
        foot=[pack_words.lately(figures)], checkpoint=pack_words.checkpoint(figures),
    ):
        yield PackedFile(f"图片/{name}", content)
