"""
Reading what people's programs save, and writing whole files or none.

A poster that stops half way, a list cut by a full disk: whoever finds the file later takes it
for the whole. So everything is written beside its place and moved there when it is complete.
"""
import importlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qrgen.shell import Fault, disk_fault

# The standard library has tomllib from 3.11; before that the same parser is called tomli.
_toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def read_text(path: Path) -> str:
    """
    Return the text of *path*, whichever way Excel, WPS or Notepad saved it.

    UTF-8 with or without BOM, UTF-16 with BOM ("Unicode text"), else GB18030.

    Raises:
        Fault: There is no such file, or it is no text.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Fault(f"{path}: there is no such file") from None
    if raw.startswith(b"PK\x03\x04") or raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Fault(
            f"{path.name}: this is an Excel workbook, not a CSV file",
            "in Excel or WPS choose Save As, type 'CSV UTF-8 (comma delimited)'",
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        # UTF-8 first: GB18030 accepts nearly every UTF-8 file and makes nonsense of it,
        # while Chinese in GB18030 is practically never valid UTF-8.
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Fault(
        f"{path.name}: this is not text in UTF-8 or GB18030",
        "save it again as 'CSV UTF-8' (a .toml file: as UTF-8)",
    )


def read_toml(path: Path) -> dict[str, Any]:
    """
    Return the tables of *path*.

    Raises:
        Fault: It is missing, or no TOML; the cause names file and line.
    """
    text = read_text(path)
    try:
        tables: dict[str, Any] = _toml.loads(text.replace("\r\n", "\n"))
    except ValueError as error:
        found = re.search(r"^(.*?)\s*\(at (?:line (\d+)|end of document).*\)$", str(error), re.S)
        what = found[1] if found else str(error)
        line = (found and found[2]) or str(len(text.splitlines()) or 1)
        raise Fault(
            f"{path.name}:{line}: {what[:1].lower()}{what[1:]}",
            "text stands between double quotes; dates and numbers without any",
        ) from None
    return tables


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """
    Give a temporary path beside *path*; move it there when the block ends well.

    When the block fails, *path* is as it was before, and nothing is left behind.

    Raises:
        Fault: It cannot be written; named is *path* and never the temporary one.
    """
    if path.is_dir():
        raise Fault(f"{path}: this is a folder", "name a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside it, not in /tmp: os.replace cannot move a file to another disk.
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=path.suffix, dir=path.parent)
    except OSError as error:
        raise cannot_write(path, error) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        # mkstemp makes files that only their owner may read; posters are for handing on.
        part.chmod(0o666 & ~_umask())
        _sync(part)
        part.replace(path)
    except OSError as error:
        if error.filename == name:
            raise cannot_write(path, error) from None
        raise disk_fault(error, path) or error from None
    finally:
        part.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> Fault:
    """Return *error* as a fault that names *path*, the file or folder to be written."""
    return disk_fault(error, path) or Fault(
        f"{path}: cannot write here: {error.strerror}", "name a folder that is yours"
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write *content* to *path*, whole or not at all."""
    with whole_file(path) as part:
        part.write_bytes(content)


def _sync(path: Path) -> None:
    # Without it a power cut may leave the new name on an empty file.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
