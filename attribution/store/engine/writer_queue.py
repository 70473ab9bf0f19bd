"""
Writers of all processes queue at a lock file (`….door`), for a bounded time.

SQLite's own busy handler sleeps and retries, which made the p99 10 to 25 times
worse; the kernel's queue wakes the next writer at once. But the kernel's wait
has no end, and a writer can be stuck or stopped. So where somebody else writes, a
thread stands in the queue for us, and we wait for the thread.
"""
import threading
from pathlib import Path
from typing import IO

from attribution.store.engine import file_lock
from attribution.store.engine.database import Busy


def lock(file: IO[bytes], *, exclusive: bool) -> None:
    """
    Hold *file* until it is closed: alone, or together with others who do not want it alone.

    Raises:
        Busy: somebody holds it otherwise.
    """
    try:
        file_lock.take(file, exclusive=exclusive)
    except BlockingIOError:
        raise Busy("the database is open in another process") from None


# How long the thread stays at hand after its last errand.
IDLE_S = 2.0


class WriterQueue:
    """One process's place at the lock file *path*. One thread at a time may call it."""

    def __init__(self, path: Path):
        self._path = path
        self._file: IO[bytes] | None = None
        self._change = threading.Condition()
        self._standby = False  # a thread of ours is at hand
        self._queueing = False  # it stands at the kernel's queue
        self._ours = False  # it got through, and nobody took it over yet
        self._wanted = False  # somebody waits for it

    def enter(self, seconds: float) -> None:
        """
        Wait until this process alone may write.

        Raises:
            Busy: another process did not leave within *seconds*.
        """
        with self._change:
            if self._file is None:
                self._file = self._path.open("ab")
            if not self._queueing:
                try:
                    file_lock.take(self._file)
                except BlockingIOError:
                    self._send_to_queue(self._file)
                else:
                    return
            self._wanted = True
            came = self._change.wait_for(lambda: self._ours, max(seconds, 0))
            # After a vain wait the thread stays: whoever asks next has its place.
            self._wanted = self._ours = False
            if not came:
                raise Busy("another process is writing")

    def leave(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            file_lock.let_go(self._file)

    def close(self) -> None:
        """Forget the file; a thread that still queues closes it itself."""
        with self._change:
            if self._file is not None and not self._queueing:
                self._file.close()
            self._file, self._queueing, self._standby = None, False, False

    def _send_to_queue(self, file: IO[bytes]) -> None:
        self._queueing = True
        if self._standby:
            self._change.notify_all()
        else:
            self._standby = True
            threading.Thread(target=self._stand_by, args=(file,), name="door", daemon=True).start()

    def _stand_by(self, file: IO[bytes]) -> None:
        while True:
            file_lock.take(file, wait=True)
            with self._change:
                if file is not self._file:
                    file.close()  # and lets go with it
                    return
                self._queueing = False
                if self._wanted:
                    self._ours = True
                    self._change.notify_all()
                else:
                    file_lock.let_go(file)
                # Busy processes meet here at every commit; quiet ones end the thread.
                if not self._change.wait_for(lambda: self._queueing, IDLE_S):
                    self._standby = False
                    return
