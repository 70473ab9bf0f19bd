"""
Single files put together: a book of parts, a zip.
"""
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from qrgen.bookmarks import Leaf

if TYPE_CHECKING:
    from pikepdf import Pdf

# A zip keeps times of its own; a fixed one keeps the bytes the same.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def bind(parts: Sequence[tuple[Path, Sequence[Leaf]]], out: Path, about: dict[str, Any]) -> None:
    """Put the pages of *parts* into *out*, one after the other, with bookmarks and page labels."""
    import pikepdf  # a sixth of a second to load

    leaves = [leaf for _, some in parts for leaf in some]
    with pikepdf.Pdf.open(parts[0][0]) as book:
        for part, _ in parts[1:]:
            with pikepdf.Pdf.open(part) as pdf:
                book.pages.extend(pdf.pages)
        _join_layers(book)
        _repeat(book, leaves)
        _label(book, leaves)
        if len(parts) > 1:
            with book.open_metadata(set_pikepdf_as_editor=False) as meta:
                meta["dc:title"] = about["title"]
                meta["dc:description"] = about["description"]
                meta["dc:creator"] = [about["author"]]
            for name, key in (
                ("Title", "title"), ("Author", "author"), ("Subject", "description"),
            ):  # fmt: skip
                book.docinfo[f"/{name}"] = pikepdf.String(about[key])
        save(book, out)


def _join_layers(book: "Pdf") -> None:
    """Make the layers that parts brought along one, for a cutter's software lists each."""
    if len(book.pages) < 2:
        return
    one = None
    for page in book.pages:
        if "/Properties" not in page.resources:
            continue
        properties = page.resources["/Properties"]
        for name in list(properties.keys()):
            one = one or properties[name]
            properties[name] = one
    if one is not None:
        from qrgen.separations import show_layers

        show_layers(book, [one])


def _repeat(book: "Pdf", leaves: Sequence[Leaf]) -> None:
    if all(leaf.copies == 1 for leaf in leaves):
        return
    pages = list(book.pages)
    del book.pages[:]
    for page, leaf in zip(pages, leaves, strict=True):
        for _ in range(leaf.copies):
            book.pages.append(page)


def _label(book: "Pdf", leaves: Sequence[Leaf]) -> None:
    """Call each page by its label (ISO 32000-2, 12.4.2), and list its first copy as a bookmark."""
    from pikepdf import Array, Dictionary, OutlineItem, String

    numbers: list[Any] = []
    chapters: dict[tuple[str, ...], OutlineItem] = {}
    at = 0
    with book.open_outline() as outline:
        for leaf in leaves:
            above = outline.root
            for depth in range(1, len(leaf.under) + 1):
                path = leaf.under[:depth]
                if path not in chapters:
                    chapters[path] = OutlineItem(path[-1], at)
                    chapters[path].is_closed = True
                    above.append(chapters[path])
                above = chapters[path].children
            above.append(OutlineItem(leaf.title, at))
            for copy in range(leaf.copies):
                label = leaf.label if leaf.copies == 1 else f"{leaf.label} ({copy + 1})"
                numbers += [at + copy, Dictionary(P=String(label))]
            at += leaf.copies
    book.Root.PageLabels = Dictionary(Nums=Array(numbers))


def save(pdf: "Pdf", path: Path) -> None:
    """Write *pdf* to *path*: the same bytes each time."""
    from pikepdf import ObjectStreamMode

    with path.open("wb") as file:
        paper = _Paper(file)
        pdf.save(
            cast(BinaryIO, paper),
            deterministic_id=True,
            object_stream_mode=ObjectStreamMode.generate,
        )
        if paper.error:
            raise paper.error


class _Paper(io.RawIOBase):
    """A file that keeps its first error to itself: at one, qpdf aborts the whole process."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, some: Any) -> int:
        if self.error is None:
            try:
                self._file.write(some)
            except OSError as error:
                self.error = error
        return len(some)


def pack(files: Sequence[Path], target: Path) -> None:
    """Put *files* into a zip, as they are: PDF and PNG are compressed already."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.name, _ZIP_TIME)
            entry.compress_type = (
                zipfile.ZIP_DEFLATED if file.suffix == ".svg" else zipfile.ZIP_STORED
            )
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
