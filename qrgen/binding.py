"""
Single files put together: a book of parts, a zip.
"""
import io
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

if TYPE_CHECKING:
    from pikepdf import Pdf

# A zip keeps times of its own; a fixed one keeps the bytes the same.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def bind(parts: Sequence[Path], out: Path, about: dict[str, Any]) -> None:
    """Put the pages of *parts* into *out*, one after the other."""
    if len(parts) == 1:
        shutil.copyfile(parts[0], out)
        return
    import pikepdf  # a sixth of a second to load

    with pikepdf.Pdf.new() as book:
        for part in parts:
            with pikepdf.Pdf.open(part) as pdf:
                book.pages.extend(pdf.pages)
        with book.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta["dc:title"] = about["title"]
            meta["dc:description"] = about["description"]
            meta["dc:creator"] = [about["author"]]
        for name, key in (("Title", "title"), ("Author", "author"), ("Subject", "description")):
            book.docinfo[f"/{name}"] = pikepdf.String(about[key])
        save(book, out)


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
