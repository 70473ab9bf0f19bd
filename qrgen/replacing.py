"""
Putting finished files in their places where other programs may hold what lies there.

Windows refuses to replace or remove a file that a program has open: a poster in Acrobat, a
list in WPS or Excel, anything that a virus scanner is just reading. A scanner lets go in a
moment, so we try for PATIENCE_S; a person does not, and is told which file to close. Of many
files none is moved before all can be, and what fails half way is put back: half of the
posters of one run and half of another are what nobody can hand out.
"""
import errno
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from qrgen.fault_codes import Code
from qrgen.places import cannot_write
from qrgen.shell import DiskFault

# How long a scanner may look at a file that was written just now.
PATIENCE_S = 2.0

_PAUSE_S = 0.05

# Elsewhere a file may be replaced under whoever reads it, who goes on with the old one.
REFUSES_OPEN_FILES = sys.platform == "win32"

# ERROR_ACCESS_DENIED (also what is told of a file open elsewhere when another is moved onto it),
# ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION. Python makes EACCES of all three.
_ACCESS_DENIED, _HELD = 5, (32, 33)


class HeldFault(DiskFault):
    """A file is open in another program: once it is closed there, the same command goes on."""


def is_held(error: OSError, path: Path) -> bool:
    """Whether *error* says that another program holds *path*, and not that we may not write."""
    number = getattr(error, "winerror", None)
    if number in _HELD:
        return True
    if number != _ACCESS_DENIED:
        return False
    # The same number as for a file that is marked read-only, or somebody else's.
    return not path.exists() or (path.is_file() and os.access(path, os.W_OK))


def patiently(act: Callable[[], object], path: Path, until: float | None = None) -> None:
    """
    Do *act*, which replaces or removes *path*; again while another program holds it.

    Args:
        until: The end of patience on the monotonic clock, where several files share it.

    Raises:
        HeldFault: it is held still.
        OSError: anything else.
    """
    until = time.monotonic() + PATIENCE_S if until is None else until
    while True:
        try:
            act()
            return
        except OSError as error:
            if not is_held(error, path):
                raise
            if time.monotonic() >= until:
                raise HeldFault(Code.FILE_HELD, path=path) from None
        time.sleep(_PAUSE_S)


def replace(source: Path, target: Path, *, asked: Path | None = None) -> None:
    """
    Move *source* to *target*, which messages call *asked*; they are on one disk.

    Raises:
        HeldFault: another program holds *target*.
        OSError: anything else.
    """
    try:
        patiently(partial(source.replace, target), target)
    except HeldFault:
        raise HeldFault(Code.FILE_HELD, path=asked or target) from None


def remove(path: Path) -> None:
    """Remove *path*, if it is there; raises as `replace` does."""
    patiently(lambda: path.unlink(missing_ok=True), path)


def discard(path: Path) -> None:
    """Remove *path* if that can be done: what is left of our own is nobody's loss."""
    with suppress(OSError, HeldFault):
        remove(path)


def replace_all(moves: Sequence[tuple[Path, Path]], aside: Path) -> None:
    """
    Move each first file of *moves* to the second, all or none.

    Args:
        aside: A folder on the same disk, for what is replaced until all is done.

    Raises:
        Fault: one cannot be replaced; each such is named, and all is as it was.
    """
    check_free([target for _, target in moves])
    done: list[tuple[Path, Path, Path | None]] = []
    try:
        for number, (source, target) in enumerate(moves):
            kept = _kept(target, aside / f"part-old-{number}")
            try:
                replace(source, target)
            except OSError as error:
                raise cannot_write(target, error) from None
            done.append((source, target, kept))
    except BaseException:
        for source, target, kept in reversed(done):
            with suppress(OSError, HeldFault):
                target.replace(source)
                if kept is not None:
                    replace(kept, target)
        raise
    for _, _, kept in done:
        if kept is not None:
            discard(kept)


def check_free(targets: Iterable[Path]) -> None:
    """Raise a fault that names every one of *targets* which another program holds."""
    if not REFUSES_OPEN_FILES:
        return
    until = time.monotonic() + PATIENCE_S
    held: list[HeldFault] = []
    for target in targets:
        try:
            if target.exists():
                # Onto itself: it changes nothing, and asks of others what the real move will.
                patiently(partial(target.replace, target), target, until)
        except HeldFault as fault:
            held.append(fault)
        except OSError as error:
            raise cannot_write(target, error) from None
    if len(held) == 1:
        raise held[0]
    if held:
        raise HeldFault(Code.FILES_HELD, count=len(held), more=held)


def _kept(target: Path, aside: Path) -> Path | None:
    """Return a second name of *target*, or a copy; None where there is none."""
    try:
        os.link(target, aside)
    except FileNotFoundError:
        return None
    except OSError:  # a stick's file system has no second names
        try:
            shutil.copy2(target, aside)
        except OSError as error:
            raise cannot_write(target, error) from None
    return aside


def new_folder(prefix: str, parent: Path) -> Path:
    """
    Make a folder in *parent* with the rights that anything new has there.

    tempfile's are their owner's alone. On Windows (since Python 3.12.4) whatever is made in
    such a folder is too, and stays so when it is moved: colleagues could not open a poster on
    their own share.
    """
    while True:
        path = parent / f"{prefix}{secrets.token_hex(4)}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path


def sync(path: Path) -> None:
    """
    Return once *path* is on the disk.

    On macOS fsync leaves it in the drive's own memory, which a power cut empties.
    """
    with path.open("rb+") as file:
        sync_number(file.fileno())


def sync_number(number: int) -> None:
    """`sync` for an open file."""
    if sys.platform == "darwin":
        import fcntl

        try:
            fcntl.fcntl(number, fcntl.F_FULLFSYNC)
            return
        except OSError as error:  # a network's disk knows no such thing
            if error.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                raise
    os.fsync(number)
