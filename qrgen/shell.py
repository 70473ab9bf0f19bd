"""
What every command does at the shell: say the cause, then what to do.

A fault is data that a person can put right; it is never shown as a traceback. A program
error stays a traceback, for hiding it would hide the bug.
"""
import errno
import locale
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, TypeVar

from qrgen.fault_codes import Code, Term
from qrgen.faults import DATA_AT_FAULT, USAGE_AT_FAULT, Fault, FaultCode

DONE = 0
INTERRUPTED = 130  # 128 + SIGINT, as shells count
NOBODY_READS = 141  # 128 + SIGPIPE: what `yes | head` leaves, too

__all__ = [
    "DATA_AT_FAULT", "DONE", "INTERRUPTED", "NOBODY_READS", "USAGE_AT_FAULT", "DiskFault", "Fault",
    "disk_fault", "disk_faults", "disk_of", "language", "progress_bar", "run", "show_fault",
    "show_hint", "system_words",
]

T = TypeVar("T")

# What people meet; all else is told as the system says it.
_SYSTEM = {
    errno.EACCES: Term.PERMISSION_DENIED,
    errno.EPERM: Term.NOT_PERMITTED,
    errno.ENOENT: Term.MISSING,
    errno.EEXIST: Term.FILE_EXISTS,
    errno.EISDIR: Term.IS_FOLDER,
    errno.ENOTDIR: Term.NOT_A_FOLDER,
}

_LABELS = {"en": ("error: ", "hint: ", "note: "), "zh": ("错误：", "提示：", "注意：")}


class DiskFault(Fault):
    """The disk is at fault, not the data: when it is mended, the same command goes on."""


def disk_fault(error: OSError, path: Path | str | None = None) -> DiskFault | None:
    """
    Return *error* as a fault of the disk that names *path*, or ``None`` if it is none.

    A disk may be full, read-only or broken.
    """
    number = error.errno
    if number is None:
        # shutil's sum of many errors, and typst's, have it in their text only.
        found = re.search(r"\[Errno (\d+)\]|\(os error (\d+)\)", str(error))
        number = int(found[1] or found[2]) if found else 0
    if "No usable temporary directory" in str(error):
        # When everything is full Python finds that out by itself, and calls it a missing file.
        return DiskFault(Code.NO_TEMPORARY_FOLDER)
    if number in (errno.ENOSPC, errno.EDQUOT):  # or the share of one person is
        return DiskFault(Code.DISK_FULL_AT, path=path) if path else DiskFault(Code.DISK_FULL)
    if number == errno.EROFS:
        if path:
            return DiskFault(Code.DISK_READ_ONLY_AT, path=path)
        return DiskFault(Code.DISK_READ_ONLY)
    if number == errno.EIO:
        return DiskFault(Code.DISK_BROKEN_AT, path=path) if path else DiskFault(Code.DISK_BROKEN)
    return None


def system_words(error: OSError) -> FaultCode | str | None:
    """Return what the system says of *error*: a term where we have one in every language."""
    return _SYSTEM.get(error.errno or 0, error.strerror)


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Raise what a disk does to the block as a `DiskFault` that names *path*."""
    try:
        yield
    except OSError as error:
        raise disk_fault(error, path) or error from None


def disk_of(path: Path) -> Path:
    """Return where the disk that holds *path* begins; a temporary file's own name says nothing."""
    path = path.resolve()
    return next(at for at in (path, *path.parents) if os.path.ismount(at))


def run(name: str, func: Callable[[Sequence[str]], int | None], argv: Sequence[str]) -> int:
    """
    Call *func* with *argv* and return the exit status.

    0 done, 1 the data is at fault, 2 the usage is. A number that *func* returns is taken as it
    is (``inspect`` returns 1 for a forged code without any error), ``None`` means done.
    """
    for stream in (sys.stdout, sys.stderr):
        _survive_any_letter(stream)
    try:
        return _run(name, func, argv)
    except BrokenPipeError:  # `qrgen inspect … | head` is nobody's mistake, but cut off it is
        _let_go(sys.stdout, sys.stderr)
        return NOBODY_READS


def _run(name: str, func: Callable[[Sequence[str]], int | None], argv: Sequence[str]) -> int:
    try:
        try:
            status = func(argv) or DONE
        except SystemExit as leaving:  # argparse: 0 after --help, 2 after bad usage
            status = leaving.code if isinstance(leaving.code, int) else DONE
        _flush_stdout()
        return status
    except Fault as fault:
        show_fault(name, fault)
        return fault.status
    except KeyboardInterrupt:
        show_fault(name, Fault(Code.INTERRUPTED))
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        about_disk = disk_fault(error, error.filename)
        if about_disk is None and error.filename is None:
            raise  # not about a file of the user's: a bug, and a traceback helps
        show_fault(name, about_disk or _file_error(error.filename, error))
        return DATA_AT_FAULT


def _flush_stdout() -> None:
    """Write out what was printed. Python would do so at its end, and fail with a traceback."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go(sys.stdout)
        where = Term.STANDARD_OUTPUT
        raise disk_fault(error, where) or _file_error(where, error) from None


def _file_error(path: str, error: OSError) -> Fault:
    return Fault(Code.FILE_ERROR, path=path, why=system_words(error))


def _let_go(*streams: TextIO | None) -> None:
    """Lead *streams* nowhere, so that what they still hold makes no error at the very end."""
    for stream in streams:
        if stream is None:
            continue
        with suppress(OSError, ValueError):  # a test's stream has no descriptor
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


_chosen: list[str] = []


def speak(language: str | None) -> None:
    """Use *language*, one of `qrgen.faults.LANGUAGES`, whatever the system's is; None ends that."""
    _chosen[:] = [language] if language else []


def language(environ: Mapping[str, str] | None = None) -> str:
    """
    Return the language of whoever is at the shell: zh or en.

    What `speak` was told, else by POSIX's order of variables; on Windows, which has none of
    them, the user's.
    """
    if _chosen and environ is None:
        return _chosen[0]
    environ = os.environ if environ is None else environ
    chosen = next((environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(n)), "")
    if not chosen and os.name == "nt":
        chosen = (locale.getlocale()[0] or "").replace("Chinese", "zh")
    return "zh" if chosen.lower().startswith("zh") else "en"


def show_fault(name: str, fault: Fault, file: TextIO | None = None) -> None:
    """Print *fault* to standard error: the single faults first, the sum last, in sight."""
    file = file or sys.stderr
    for single in fault.more:
        show_fault(name, single, file)
    spoken = language()
    print(f"{name}: {_LABELS[spoken][0]}{fault.told(spoken)}", file=file)
    show_hint(name, fault, file)


def show_advice(name: str, fault: Fault) -> None:
    """Print to standard error what is worth a word, though nothing failed."""
    spoken = language()
    print(f"{name}: {_LABELS[spoken][2]}{fault.told(spoken)}", file=sys.stderr)
    show_hint(name, fault)


def show_hint(name: str, fault: Fault, file: TextIO | None = None) -> None:
    """Print what to do about *fault* to standard error; nothing where nothing can be said."""
    spoken = language()
    if hint := fault.advice(spoken):
        print(f"{name}: {_LABELS[spoken][1]}{hint}", file=file or sys.stderr)


def progress_bar(
    iterable: Iterable[T], total: int | None = None, label: str = "",
    size: Callable[[T], int] = lambda item: 1,
) -> Iterator[T]:
    """
    Yield from *iterable* behind a progress bar; a log file or a pipe gets no bar.

    Args:
        size: What an item counts.
    """
    if not sys.stderr.isatty():
        yield from iterable
        return
    from tqdm import tqdm  # a tenth of a second to load

    with tqdm(total=total, desc=label, leave=False, unit="") as bar:
        for item in iterable:
            yield item
            bar.update(size(item))


def _survive_any_letter(stream: Any) -> None:
    # A Chinese name on a console that cannot show it must not end the run with a
    # UnicodeEncodeError half way; pytest's replacement streams have no reconfigure.
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
