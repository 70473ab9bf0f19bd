"""
Where an output goes: a file, what a link leads to, or something that is no file at all.

A finished file is moved onto its name, and that replaces whatever bears the name: ``/dev/stdout``
for the whole machine, a link that an office has laid to its shared folder, the very file that was
to be read. So the name is looked at first. A link stays and the file behind it is replaced; a
device, a pipe and an open descriptor are written through; a disk, a socket, a folder and an input
of the same command are refused.
"""
import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from qrgen.fault_codes import Code
from qrgen.shell import USAGE_AT_FAULT, Fault, disk_fault, system_words

# Standard output, where one file is to be written.
STANDARD = Path("-")

# So long a pipe may be without a reader: `command --out pipe & reader < pipe` begins with ours.
READER_MAY_TAKE_S = 10.0

# As mypy sees it on Windows, which has no such pipes.
_unix: Any = os

# As links can lead to links: more than Linux follows.
_MOST_LINKS = 40


@dataclass(frozen=True)
class Place:
    """
    Where an output goes.

    Args:
        asked: As it was named, and as messages name it.
        file: The file to be put there or replaced, links followed; None where there is none.
        descriptor: The open descriptor that was meant; None where there is none.
        linked: Whether a link led to *file*.
    """

    asked: Path
    file: Path | None = None
    descriptor: int | None = None
    linked: bool = False


def find_place(asked: Path, inputs: Iterable[Path] = ()) -> Place:
    """
    Return where an output called *asked* goes.

    Args:
        inputs: Files that the same command reads; those that are not there do not matter.

    Raises:
        Fault: nothing can be written there, or it is one of *inputs*.
    """
    descriptor = _descriptor(asked)
    try:
        found = asked.stat() if descriptor is None else os.fstat(descriptor)
    except FileNotFoundError:
        found = None
    except OSError as error:
        raise cannot_write(asked, error) from None
    if found is not None:
        _refuse(asked, found, inputs)
    if descriptor is not None:
        return Place(asked, descriptor=descriptor)
    if found is not None and not stat.S_ISREG(found.st_mode):
        return Place(asked)
    linked = asked.is_symlink()
    return Place(asked, Path(os.path.realpath(asked)) if linked else asked, linked=linked)


@contextmanager
def through(place: Place) -> Iterator[BinaryIO]:
    """
    Write to what is no file of its own: a device, a pipe, an open descriptor.

    Raises:
        Fault: it cannot be opened or written, or nobody reads from the pipe.
        BrokenPipeError: whoever read our standard output has stopped.
    """
    try:
        number = _opened(place)
    except OSError as error:
        raise cannot_write(place.asked, error) from None
    file = os.fdopen(number, "wb")
    try:
        yield file
        file.flush()
    except BrokenPipeError:
        if place.descriptor is not None:
            raise
        raise Fault(Code.READER_STOPPED, path=place.asked) from None
    except OSError as error:
        if error.filename is not None:
            raise
        raise cannot_write(place.asked, error) from None
    finally:
        # What could not be flushed was told above; closing would only try it again.
        with contextlib.suppress(OSError):
            file.close()


@contextmanager
def messages_aside(*outs: Path | str | None) -> Iterator[None]:
    """While one of *outs* is standard output, print messages to standard error."""
    if any(out is not None and _descriptor(Path(out)) == 1 for out in outs):
        with redirect_stdout(sys.stderr):
            yield
    else:
        yield


def is_standard(out: Path) -> bool:
    """Whether *out* means standard output, by whichever of its names."""
    return _descriptor(out) == 1


def cannot_write(path: Path, error: OSError) -> Fault:
    """Return *error* as a fault that names *path*, the file or folder to be written."""
    if about_disk := disk_fault(error, path):
        return about_disk
    why = system_words(error)
    if error.errno == errno.ENOENT:
        return Fault(Code.CANNOT_WRITE_NO_FOLDER, path=path, why=why)
    return Fault(Code.CANNOT_WRITE, path=path, why=why)


def _refuse(asked: Path, found: os.stat_result, inputs: Iterable[Path]) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise Fault(Code.OUT_IS_FOLDER, path=asked)
    if stat.S_ISBLK(found.st_mode):
        raise Fault(Code.OUT_IS_DISK, path=asked)
    if stat.S_ISSOCK(found.st_mode) and _descriptor(asked) is None:
        raise Fault(Code.OUT_IS_SOCKET, path=asked)
    if not stat.S_ISREG(found.st_mode):
        return
    for path in inputs:
        with contextlib.suppress(OSError):
            if os.path.samestat(found, path.stat()):
                if path == asked:
                    raise Fault(Code.OUT_IS_INPUT, status=USAGE_AT_FAULT, path=asked)
                raise Fault(
                    Code.OUT_IS_INPUT_TOO, status=USAGE_AT_FAULT, path=asked, other=path
                )


def _descriptor(asked: Path) -> int | None:
    """
    Return which open descriptor *asked* means: 1 for ``-``, ``/dev/stdout``, ``/dev/fd/1``.

    To open it by its name would begin a redirected file anew, and cannot open a socket.
    """
    if asked == STANDARD:
        return 1
    if os.name == "nt":
        return None
    homes = (f"/proc/{os.getpid()}/fd", "/dev/fd")
    for _ in range(_MOST_LINKS):
        if os.path.realpath(asked.parent) in homes and asked.name.isdecimal():
            return int(asked.name)
        try:
            asked = asked.parent / asked.readlink()
        except OSError:  # no link, or nothing there
            return None
    return None


def _opened(place: Place) -> int:
    if place.descriptor is not None:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()  # what was said before comes before
        return os.dup(place.descriptor)
    flags = os.O_WRONLY | getattr(os, "O_NOCTTY", 0)
    if sys.platform != "win32" and stat.S_ISFIFO(place.asked.stat().st_mode):
        return _opened_pipe(place, flags)
    return os.open(place.asked, flags)


def _opened_pipe(place: Place, flags: int) -> int:
    until = time.monotonic() + READER_MAY_TAKE_S
    while True:
        try:
            # To open it for waiting would wait for ever, and say nothing.
            number = os.open(place.asked, flags | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() > until:
                raise Fault(Code.PIPE_UNREAD, path=place.asked) from None
            time.sleep(0.05)
        else:
            _unix.set_blocking(number, True)
            return number
