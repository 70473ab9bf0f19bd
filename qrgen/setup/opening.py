"""
From a file that somebody sent to its sheets: in a process of its own (`qrgen.apart`).
"""
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qrgen import apart
from qrgen.fault_codes import Code as Faults
from qrgen.fault_codes import Term
from qrgen.setup import (
    fault_codes,  # noqa: F401 (its codes come back from the other process)
    pasted,
)
from qrgen.setup.fault_codes import Code
from qrgen.setup.grids import Grid, as_plain, from_plain, grid_of, no_table
from qrgen.shell import Fault
from qrgen.tables.encodings import find_encoding, open_text
from qrgen.tables.opening import sheets

# A county's table is some kilobytes.
BOUNDS = apart.Bounds(memory=512 << 20, cpu_s=20, silence_s=60, answers=32 << 20)
_MOST_TEXT = 4 << 20


def read_file(path: Path) -> list[Grid]:
    """
    Return the sheets of the table at *path*: XLSX, XLS, CSV, text, or a web page.

    Raises:
        Fault: It is none, costs too much, or is damaged; named is the file, never a cell.
    """
    grids = []
    for plain in apart.read(
        path, "qrgen.setup.opening:plain_grids", remedy=Code.SEND_TABLE, bounds=BOUNDS
    ):
        try:
            grids.append(from_plain(plain))
        except ValueError:
            raise no_table(path.name) from None
    if not any(grid.rows for grid in grids):
        raise no_table(path.name)
    return grids


def read_text(text: str) -> list[Grid]:
    """
    Return the tables in *text* that somebody pasted.

    Raises:
        Fault: There is none, or it is too long.
    """
    return pasted.grids_of(text)


def plain_grids(path: str) -> Iterator[Any]:
    """Yield what `read_file` finds, as plain data, for `qrgen.apart`."""
    for grid in _grids(Path(path)):
        yield as_plain(grid)


def _grids(path: Path) -> Iterator[Grid]:
    if _is_text(path):
        encoding = find_encoding(path)
        with open_text(path, encoding) as file:
            text = file.read(_MOST_TEXT)
        if pasted.is_fallen_apart(text):
            yield from pasted.grids_of(text)
            return
    try:
        for sheet in sheets(path):
            yield grid_of(sheet, path.name)
    except Fault as fault:
        kind = getattr(fault.data.get("kind"), "code", None)
        if fault.code is not Faults.TABLE_OTHER or kind is not Term.IS_WEB_PAGE:
            raise
        with open_text(path, find_encoding(path)) as file:
            yield from pasted.grids_of(file.read(_MOST_TEXT))


def _is_text(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False  # told by who opens it next
    return not head.startswith((b"PK", b"\xd0\xcf", b"%PDF", b"<", b"\xef\xbb\xbf<"))
