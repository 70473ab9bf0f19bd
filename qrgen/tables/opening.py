"""
What a file is, by its first bytes and not by its name; and its sheets, if it is a table.

Programs give a web page the name of a workbook, and people rename what will not open. Whoever
sent it learns what it really is, and what to do about it.
"""
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from qrgen.fault_codes import Code, Term
from qrgen.faults import Said
from qrgen.shell import Fault
from qrgen.tables.cells import Sheet
from qrgen.tables.legacy import open_legacy
from qrgen.tables.separated import open_separated
from qrgen.tables.workbook import open_workbook

_HEAD = 4096
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def sheets(path: Path, *, workbooks: bool = True) -> Iterator[Sheet]:
    """
    Yield the sheets of the table at *path*; read the rows of one before the next is asked for.

    Args:
        workbooks: Whether they are read too, and not only texts: never in a process that serves.

    Raises:
        Fault: It cannot be read, here or with the rows. No cell is repeated.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except FileNotFoundError:
        raise Fault(Code.NO_SUCH_FILE, path=path) from None
    if not head.strip(b"\0 \t\r\n\xef\xbb\xbf\xff\xfe") and path.stat().st_size <= _HEAD:
        raise Fault(Code.TABLE_EMPTY, file=path.name)
    if not workbooks and head.startswith((_ZIP, _OLE)):
        raise Fault(Code.EXCEL_WORKBOOK, file=path.name)
    if head.startswith(_ZIP):
        yield from _packed(path)
    elif head.startswith(_OLE):
        yield from _compound(path)
    else:
        if (kind := _impostor(head)) is not None:
            raise Fault(Code.TABLE_OTHER, file=path.name, kind=kind)
        yield from open_separated(path)


def _packed(path: Path) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(path) as packed:
            names = {name.lower() for name in packed.namelist()}
            locked = any(part.flag_bits & 1 for part in packed.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        raise Fault(Code.TABLE_DAMAGED, file=path.name) from None
    if locked:
        raise Fault(Code.TABLE_LOCKED, file=path.name)
    if "xl/workbook.bin" in names or "content.xml" in names:
        return open_legacy(path)
    if "[content_types].xml" in names and not any(
        name.startswith(("word/", "ppt/")) for name in names
    ):
        return open_workbook(path)
    if any(name.startswith("word/") for name in names):
        kind = Said(Term.IS_DOCUMENT)
    elif any(name.startswith("ppt/") for name in names):
        kind = Said(Term.IS_SLIDES)
    elif "index/document.iwa" in names or "index.zip" in names:
        kind = Said(Term.IS_NUMBERS)
    else:
        kind = Said(Term.IS_ARCHIVE)
    raise Fault(Code.TABLE_OTHER, file=path.name, kind=kind)


def _compound(path: Path) -> Iterator[Sheet]:
    """Open a file of Office up to 2003; a locked new one is packed into the same."""
    with path.open("rb") as file:
        names = file.read(64 << 20)
    if _wide("EncryptedPackage") in names:
        raise Fault(Code.TABLE_LOCKED, file=path.name)
    if _wide("Workbook") in names or _wide("Book") in names:
        return open_legacy(path)
    kind = Said(Term.IS_DOCUMENT) if _wide("WordDocument") in names else Said(Term.IS_OLD_OFFICE)
    raise Fault(Code.TABLE_OTHER, file=path.name, kind=kind)


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")


def _impostor(head: bytes) -> Said | None:
    """Return what a file that begins with *head* is, when it is no text with separators."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    # A page in UTF-16 has a NUL beside each letter.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if text.startswith((b"mime-version:", b"from: <saved by", b"content-type: multipart/")):
        return Said(Term.IS_WEB_ARCHIVE)
    if text.startswith(b"--") and b"content-type:" in text:
        return Said(Term.IS_WEB_ARCHIVE)
    if text.startswith((b"{\"", b"[{", b"{}")) or re.match(rb"\{\s*\"|\[\s*\{", text):
        return Said(Term.IS_JSON)
    if text.startswith(b"<?xml") or text.startswith(b"<workbook"):
        if b"office:spreadsheet" in text:
            return Said(Term.IS_XML_TABLE)
        return Said(Term.IS_WEB_PAGE) if b"<html" in text else Said(Term.IS_XML)
    # Systems write a page's table without the page.
    if re.match(rb"<(!doctype|!--|/?[a-z][a-z0-9:]*[\s/>])", text):
        return Said(Term.IS_WEB_PAGE)
    return None


_MAGIC = (
    (b"%PDF", Said(Term.IS_PDF)),
    (b"{\\rtf", Said(Term.IS_DOCUMENT)),
    (b"\x89PNG", Said(Term.IS_PICTURE)), (b"\xff\xd8\xff", Said(Term.IS_PICTURE)),
    (b"GIF8", Said(Term.IS_PICTURE)),
    (b"Rar!", Said(Term.IS_ARCHIVE)), (b"7z\xbc\xaf\x27\x1c", Said(Term.IS_ARCHIVE)),
    (b"\x1f\x8b", Said(Term.IS_ARCHIVE)), (b"PK\x05\x06", Said(Term.IS_ARCHIVE)),
    # Excel before 1995: its files begin with a record of their own.
    (b"\x09\x00\x04\x00", Said(Term.IS_OLD_OFFICE)),
    (b"\x09\x02\x06\x00", Said(Term.IS_OLD_OFFICE)),
    (b"\x09\x04\x06\x00", Said(Term.IS_OLD_OFFICE)),
    (b"\x09\x08\x08\x00", Said(Term.IS_OLD_OFFICE)),
    (b"ID;PWXL", Said(Term.IS_OLD_OFFICE)),
)
