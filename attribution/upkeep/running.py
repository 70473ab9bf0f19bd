"""
Which services run on an instance: the parent of each says so in a file there.

`attribution reload` finds by it whom to signal and how that ended, and a worker what
`/readyz` has to tell. A process's number alone proves nothing, for numbers are used
again: the parent holds a lock beside the file while it lives, and no longer.
"""
import contextlib
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from qrgen import replacing
from qrgen.replacing import HeldFault, discard

if sys.platform == "win32":
    from attribution.store.engine import file_lock
else:
    import fcntl

# Where a worker finds what its parent says.
VARIABLE = "ZHUANMA_RUNNING"


@dataclass(frozen=True)
class Record:
    """
    What the parent of a service says of it.

    Args:
        host: The machine or the container: elsewhere the *pid* is somebody else's.
        address: Where it answers.
        campaign: The folder of its campaign.
        renews: Whether SIGHUP renews its workers.
        round: When the last reload began, on the machine's monotonic clock; 0 for none.
        cause: Why that reload was refused, or what else is wrong; empty when nothing is.
    """

    pid: int
    host: str
    address: str
    campaign: str
    renews: bool = True
    round: float = 0
    cause: str = ""
    hint: str = ""


class Running:
    """The parent's own side of its record."""

    def __init__(self, path: Path, record: Record):
        self._path = path
        self._record = record

    def say(self, **changes: object) -> None:
        """Write the record with *changes*; a disk that takes none of it stops no service."""
        self._record = replace(self._record, **changes)  # type: ignore[arg-type]
        part = self._path.with_suffix(".part")
        with contextlib.suppress(OSError, HeldFault):
            part.write_text(json.dumps(asdict(self._record)), encoding="utf-8")
            replacing.replace(part, self._path)


def path_of(instance: Path, pid: int) -> Path:
    """Return where the service of process *pid* says what it says."""
    return (instance / "run" / f"serve-{pid}.json").resolve()


def here(address: str, campaign: Path, *, renews: bool = True) -> Record:
    """Return the record of this process."""
    return Record(os.getpid(), socket.gethostname(), address, str(campaign.resolve()), renews)


@contextmanager
def told(instance: Path, record: Record) -> Iterator[Running]:
    """
    Keep *record* in *instance* for the time of the block, under a lock.

    Raises:
        OSError: nothing can be written there.
    """
    folder = instance / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = path_of(instance, record.pid)
    _forget_the_dead(folder)
    with _alive(path.with_suffix(".lock")):
        running = Running(path, record)
        running.say()
        os.environ[VARIABLE] = str(path.resolve())
        try:
            yield running
        finally:
            discard(path)


def found(instance: Path) -> list[Record]:
    """Return the services that run on *instance*, of this machine or container and of others."""
    records = []
    for lock in sorted((instance / "run").glob("serve-*.lock")):
        if _is_held(lock):
            record = read(lock.with_suffix(".json"))
            if record is not None:
                records.append(record)
    return records


def again(instance: Path, record: Record) -> Record | None:
    """Return what the service of *record* says now; None when it has ended."""
    path = path_of(instance, record.pid)
    return read(path) if _is_held(path.with_suffix(".lock")) else None


def read(path: Path) -> Record | None:
    """Return what stands at *path*; None where nothing does any more."""
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def trouble() -> str:
    """Return what the parent of this worker says is wrong; '' when nothing is."""
    path = os.environ.get(VARIABLE)
    record = read(Path(path)) if path else None
    return record.cause if record else ""


if sys.platform == "win32":

    @contextmanager
    def _alive(lock: Path) -> Iterator[None]:
        # In its place from the beginning, for an open file cannot be moved, nor removed.
        with lock.open("wb") as file:
            file_lock.take(file)
            yield
        discard(lock)

    def _try(file: IO[bytes]) -> None:
        file_lock.take(file, exclusive=False)

else:

    @contextmanager
    def _alive(lock: Path) -> Iterator[None]:
        """Hold *lock* for the time of the block; it is there then and no longer."""
        made = lock.with_suffix(".new")
        with made.open("w") as file:
            # Of the process and not of the file: workers that outlive it do not hold it.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            made.replace(lock)  # locked when it appears: nobody takes it for a dead one's
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)

    def _try(file: IO[bytes]) -> None:
        """Raise BlockingIOError where another process holds *file*."""
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)


def _is_held(lock: Path) -> bool:
    try:
        with lock.open("rb") as file:
            _try(file)
    except FileNotFoundError:
        return False
    except PermissionError:  # of the file; a lock that is held may say so too
        if os.access(lock, os.R_OK):
            return True
        raise
    except BlockingIOError:
        return True
    return False


def _forget_the_dead(folder: Path) -> None:
    for lock in folder.glob("serve-*.lock"):
        with contextlib.suppress(OSError):
            if not _is_held(lock):
                discard(lock.with_suffix(".json"))
                discard(lock)
