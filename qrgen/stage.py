"""
Where finished files wait until the last one is there, so that a failed run changes nothing.

A run that was killed leaves them, and the same command goes on from there. Two runs into one
folder would take each other's files for leftovers, so the second is refused.
"""
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qrgen import replacing
from qrgen.fault_codes import Code
from qrgen.places import cannot_write
from qrgen.replacing import discard, remove
from qrgen.shell import DiskFault, Fault

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

UNFINISHED = ".unfinished"
_LOCK = "lock"


@contextmanager
def staged(out: Path, fingerprint: str) -> Iterator[Path]:
    """
    Give the waiting room of *out*, with what an earlier run of the same left there.

    When the block ends well the room is gone; files must have been moved. After a `Fault` it is
    gone too, for data at fault make another run; after anything else, a full disk included, it
    stays, to go on from.

    Args:
        fingerprint: Differs when any file of the run might.

    Raises:
        Fault: Nothing can be written to *out*, or another run prints into it.
    """
    check_writable(out)
    room = out / UNFINISHED
    with _held(room) as clear:
        plan = room / "plan.json"
        try:
            same = json.loads(plan.read_text(encoding="utf-8")) == fingerprint
        except (OSError, ValueError):
            same = False
        # Of a run that was killed the finished files are kept, the half-made ones are not.
        for left in room.glob("part-*" if same else "*"):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            elif left.name != _LOCK:
                remove(left)
        if not same:  # or a disk that is still full would leave half a plan, which is nobody's
            plan.write_text(json.dumps(fingerprint), encoding="utf-8")
        try:
            yield room
        except DiskFault:
            raise
        except Fault:
            clear()
            raise
        clear()


def check_writable(folder: Path, asked: Path | None = None) -> None:
    """
    Make *folder*, and say so at once when nothing can be written there.

    Args:
        asked: The file in it, when that is what somebody asked for.

    Raises:
        Fault: It is read-only, or no folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise cannot_write(folder if asked is None else asked, error) from None


@contextmanager
def _held(room: Path) -> Iterator[Callable[[], None]]:
    """
    Hold *room* for this run alone; a run that dies lets go of it.

    Gives a function that removes the room, the lock included.
    """
    path = room / _LOCK
    busy = Fault(Code.FOLDER_BUSY, folder=room.parent)
    while True:
        room.mkdir(exist_ok=True)
        try:
            file = path.open("a")
        except FileNotFoundError:
            continue  # the run before has just removed its room
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise busy from None
        try:
            # Whoever held it may have removed it between our opening and our locking it.
            if sys.platform == "win32" or os.fstat(file.fileno()).st_ino == path.stat().st_ino:
                break
        except FileNotFoundError:
            pass
        file.close()
    cleared = False

    def clear() -> None:
        nonlocal cleared
        cleared = True
        shutil.rmtree(room, ignore_errors=True)

    try:
        yield clear
    finally:
        file.close()
        # Where open files cannot be removed the lock is left, and whoever looks through the
        # folder takes it for a poster. Only there: elsewhere it might be the next run's.
        if cleared and path.exists() and replacing.REFUSES_OPEN_FILES:
            discard(path)  # open again, and so refused, if another run has begun
            with suppress(OSError):
                room.rmdir()
