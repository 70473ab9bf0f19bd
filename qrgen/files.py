"""
Reading what people's programs save, and writing whole files or none.

A poster that stops half way, a list cut by a full disk: whoever finds the file later takes it
for the whole. So everything is written beside its place and moved there when it is complete.
"""
import csv
import importlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from qrgen.fault_codes import Code, Term
from qrgen.faults import Said
from qrgen.places import Place, cannot_write, find_place, through
from qrgen.replacing import discard, replace, replace_all, sync
from qrgen.shapes import word_or_shape
from qrgen.shell import Fault, disk_fault, disk_faults, disk_of
from qrgen.toml_slips import slips_in

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
        raise Fault(Code.NO_SUCH_FILE, path=path) from None
    if raw.startswith(b"PK\x03\x04") or raw.startswith(b"\xd0\xcf\x11\xe0"):
        raise Fault(Code.EXCEL_WORKBOOK, file=path.name)
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
    raise Fault(Code.NO_TEXT, file=path.name)


def csv_problem(error: csv.Error) -> Said:
    """Return what the csv module found wrong; it has words of its own and no codes."""
    said = str(error)
    if "field limit" in said:
        return Said(Term.CSV_CELL_TOO_LONG, most=csv.field_size_limit())
    return Said(Term.CSV_QUOTES, said=said)


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
        # Some quote a key, and a key may be what somebody pasted in the wrong place.
        what = re.sub(r"'([^']{3,})'", lambda quoted: word_or_shape(quoted[1]), what)
        line = int((found and found[2]) or len(text.splitlines()) or 1)
        what = what[:1].lower() + what[1:]
        if slips := slips_in(text):
            raise Fault(
                Code.TOML_WIDE, file=path.name, line=slips[0].line, column=slips[0].column,
                letter=slips[0].letter, plain=slips[0].plain,
            ) from None
        raise Fault(Code.NO_TOML, file=path.name, line=line, what=what) from None
    return tables


@contextmanager
def whole_file(
    path: Path, inputs: Iterable[Path] = (), *, folders: bool = True, mode: int | None = None
) -> Iterator[Path]:
    """
    Give a temporary path beside *path*; move it there when the block ends well.

    When the block fails, *path* is as it was before, and nothing is left behind. A link stays
    and what it leads to is replaced; what is no file is written through (`places`).

    Args:
        inputs: What the same command reads, and must not be replaced.
        folders: Make the folder where it is missing.
        mode: Who may read it; by default who might read the file before, or anybody.

    Raises:
        Fault: It cannot be written; named is *path* and never the temporary one.
    """
    place = find_place(path, inputs)
    if place.file is None:
        with _copied_through(place) as part:
            yield part
        return
    target = place.file
    try:
        if folders and not place.linked:
            target.parent.mkdir(parents=True, exist_ok=True)
        # Beside it, not in /tmp: os.replace cannot move a file to another disk.
        handle, name = tempfile.mkstemp(prefix=".part-", suffix=target.suffix, dir=target.parent)
    except OSError as error:
        raise cannot_write(path, error) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
        # mkstemp makes files that only their owner may read; posters are for handing on.
        part.chmod(_mode_of(target) if mode is None else mode)
        sync(part)
        replace(part, target, asked=path)
    except OSError as error:
        if error.filename == name:
            raise cannot_write(path, error) from None
        raise disk_fault(error, path) or error from None
    finally:
        discard(part)


@contextmanager
def _copied_through(place: Place) -> Iterator[Path]:
    """Give a temporary path; copy what is there to *place*, which is no file."""
    with through(place) as out:  # before the work, for nobody may be reading there
        with disk_faults(disk_of(Path(tempfile.gettempdir()))):
            handle, name = tempfile.mkstemp(prefix="part-", suffix=place.asked.suffix)
            os.close(handle)
            part = Path(name)
        try:
            yield part
            with part.open("rb") as file:
                shutil.copyfileobj(file, out)
        finally:
            discard(part)


@contextmanager
def open_output(
    path: Path, inputs: Iterable[Path] = (), *, folders: bool = True
) -> Iterator[BinaryIO]:
    """
    Give a file to write to, for what is made from its beginning to its end.

    A file is there whole or not at all; standard output and other streams get each part as it
    is made. The arguments and the faults are those of `whole_file`.
    """
    place = find_place(path, inputs)
    if place.file is None:
        with through(place) as out:
            yield out
        return
    with whole_file(path, inputs, folders=folders) as part:
        try:
            with part.open("wb") as out:
                yield out
        except OSError as error:
            raise (cannot_write(path, error) if error.filename is None else error) from None


@contextmanager
def open_text(
    path: Path, inputs: Iterable[Path] = (), *, encoding: str = "utf-8", folders: bool = True
) -> Iterator[TextIO]:
    """Give `open_output` as text whose line ends are as they are written."""
    with open_output(path, inputs, folders=folders) as out:
        text = io.TextIOWrapper(out, encoding, newline="")
        try:
            yield text
            text.flush()
        finally:
            with suppress(OSError):  # told above; and *out* is closed by whoever opened it
                text.detach()


def put_all(parts: Sequence[tuple[Path, Path]], aside: Path) -> None:
    """
    Move each finished file, the first of a pair, to the second: all of them or none.

    They lie on the same disk, but for what a link leads to and what is no file: that is
    copied, after all others have their places.

    Args:
        aside: A folder on that disk, for what is replaced until all is done.
    """
    plain = [(part, path) for part, path in parts if find_place(path).file == path]
    replace_all(plain, aside)
    done = set(plain)
    for part, path in parts:
        if (part, path) not in done:
            with whole_file(path) as copy:
                shutil.copyfile(part, copy)
            discard(part)


def write_whole(path: Path, content: bytes, inputs: Iterable[Path] = ()) -> None:
    """Write *content* to *path*, whole or not at all."""
    with open_output(path, inputs) as file:
        file.write(content)


def _mode_of(path: Path) -> int:
    """Return who may read the file *path*: as until now, or as for any new file."""
    try:
        return path.stat().st_mode & 0o777
    except FileNotFoundError:
        return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
