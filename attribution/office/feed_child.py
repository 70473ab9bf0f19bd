"""
The process that works off one order of `feed_jobs`, beside the service and below it in priority.

It ends when the service does, for whoever stops the service means to have the ledger alone: what
did not count yet is nothing, what counts is finished by the next one that runs.
"""
import logging
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from attribution.facts.feed_blocks import RowBlock
from attribution.facts.feed_notes import Note
from attribution.facts.rows import CHUNK, Rows
from attribution.office import feed_jobs
from attribution.office.feed_jobs import FeedWork
from attribution.rule import instants
from attribution.service import open_service
from attribution.settings import Settings
from qrgen.faults import Fault

log = logging.getLogger("attribution")

# In the order in which a file is gone through.
PHASES = ("reading", "judging", "counting")

# Rows of a fault that are told one by one.
MOST_BAD = 500

# Between two words about how far it is, in seconds; a browser asks as often.
_TOLD_EVERY = 0.4
_ALIVE_EVERY = 2.0


class FeedStopped(Exception):
    """Somebody asked for the end, or the service has ended."""


class FeedTeller:
    """Says how far an order is: in the phase that `progress` was last asked for."""

    def __init__(self, folder: Path, work: FeedWork, lines: int):
        self._folder = folder
        self._work = replace(work, pid=os.getpid(), total=lines)
        self._record, self._service = feed_jobs.guardian()
        self._phase = -1
        self._told = 0.0
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._say()
        threading.Thread(target=self._live, daemon=True).start()

    def progress(self, items: Iterable[Any]) -> Iterator[Any]:
        """Yield *items*, and tell how many rows they were."""
        self._phase += 1
        phase = PHASES[min(self._phase, len(PHASES) - 1)]
        # What was read is all there is to be judged, and to be counted.
        total = self._work.done if phase == "judging" else self._work.total
        with self._lock:
            self._work = replace(self._work, phase=phase, done=0, total=total)
        self._say()
        for item in items:
            if time.monotonic() - self._told > _TOLD_EVERY:
                self._say()
                if self._ended() or (phase != "counting" and feed_jobs.is_stopped(self._folder)):
                    raise FeedStopped
            yield item
            with self._lock:
                done = self._work.done + _rows_of(item)
                if phase != "reading":
                    done = min(done, total)
                self._work = replace(self._work, done=done)
        self._say()
        if phase != "counting" and feed_jobs.is_stopped(self._folder):
            raise FeedStopped

    def end(self, state: str, **more: Any) -> None:
        """Say the last word."""
        self._over.set()
        with self._lock:
            self._work = replace(self._work, state=state, **more)
        self._say()

    def _say(self) -> None:
        # Whoever throws the file away takes the folder with it.
        with self._lock, suppress(OSError):
            self._told = time.monotonic()
            feed_jobs.write(self._folder, replace(self._work, seen=instants.now()))

    def _live(self) -> None:
        while not self._over.wait(_ALIVE_EVERY):
            self._say()

    def _ended(self) -> bool:
        """Whether the service that this is beside has ended."""
        if not self._record:
            return False
        if not Path(self._record).exists():
            return True
        if sys.platform != "win32" and self._service:
            try:
                os.kill(self._service, 0)
            except ProcessLookupError:
                return True
            except PermissionError:
                return False
        return False


def _rows_of(item: object) -> int:
    if isinstance(item, RowBlock):
        return len(item.lines)
    if isinstance(item, Rows):
        return int(item.height)
    if isinstance(item, Note):
        return 0
    return CHUNK if isinstance(item, int) else 1  # the number of a chunk


def lines_of(path: Path) -> int:
    """Return about how many rows *path* has; 0 where that takes reading it (a workbook)."""
    lines = 0
    with path.open("rb") as file:
        begins = file.read(4)
        if begins[:2] == b"PK" or begins == b"\xd0\xcf\x11\xe0":
            return 0
        file.seek(0)
        while block := file.read(1 << 20):
            lines += block.count(b"\n")
    return lines


def main() -> int:
    """FeedWork off the order in the folder that standard input names; return the exit status."""
    settings: Settings
    # From the worker that began us, through a pipe that nobody else has.
    settings, folder = pickle.load(sys.stdin.buffer)  # noqa: S301
    if hasattr(os, "nice"):
        os.nice(10)
    work = feed_jobs.read(folder, 0)
    path = feed_jobs.file_of(folder)
    if work is None or path is None:
        return 1
    teller = FeedTeller(folder, work, lines_of(path))
    try:
        service = open_service(settings)
        try:
            if feed_jobs.is_stopped(folder):
                raise FeedStopped
            report = feed_jobs.perform(service, folder, work.order, teller.progress)
        finally:
            service.close()
    except FeedStopped:
        teller.end("stopped")
    except Fault as fault:
        bad = [[str(one.data.get("line", "")), one.shown()] for one in fault.more[:MOST_BAD]]
        teller.end("failed", problem=fault.shown(), bad=bad)
    except Exception:
        log.exception("feed: an order in the background")
        teller.end("lost")
        return 1
    else:
        teller.end("done", result=feed_jobs.result_of(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
