"""
The press: child processes that make files with typst, and end.

typst keeps everything it has ever laid out (1.3 GB after all books in one process), so no
process lives longer than a batch. A child is a program of its own, ``python -m qrgen.printer``,
fed through standard input, rather than a ``multiprocessing`` child: it does not care who its
parent is, so posters can be printed from a script without a main guard, from a web worker and
on Windows alike.
"""
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from qrgen.fault_codes import Code
from qrgen.fault_json import from_plain
from qrgen.shell import DiskFault, Fault


class PressError(Exception):
    """A child of the press failed: a bug in a template or in us, not in anybody's data."""


@dataclass(frozen=True)
class Order:
    """
    What is the same for all files of a run.

    Args:
        root: The folder with the templates and everything they read.
        fonts: The folders with fonts.
        own_templates: Some template is the county's, and so may a fault be.
        helper: Each child has a core to spare, for a second process that reads back.
    """

    root: Path
    fonts: Sequence[Path]
    print_ready: bool = False
    outline: bool = False
    verify: bool = True
    own_templates: bool = False
    helper: bool = False


# Where to put a file, and what its template reads (`sheets.document`).
Sheet = tuple[Path, dict[str, Any]]

# For glibc: what a child frees it will need again for the next page, and pages fresh from the
# system cost more than to write on them.
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "100000000", "MALLOC_MMAP_THRESHOLD_": "100000000"}


class _Child:
    """A child of the press. It loads its libraries first, and then waits for its order."""

    def __init__(self) -> None:
        # The child must find this very qrgen, whatever folder it is started from.
        path = [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]
        env = {**os.environ, **_KEEP_MEMORY, "PYTHONPATH": os.pathsep.join(filter(None, path))}
        with ExitStack() as stack:
            # A file, for a full pipe would stop the child.
            self._complaints = stack.enter_context(tempfile.TemporaryFile())
            self._process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "qrgen.printer"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._complaints,
                    env=env,
                )
            )
            self._held = stack.pop_all()

    def make(self, order: bytes) -> Iterator[int]:
        """
        Give the order, and yield the number of each file when it is there.

        Raises:
            Fault: A file is not as it should be, or the system has ended the child.
            PressError: The child failed.
        """
        asking, answering = self._process.stdin, self._process.stdout
        assert asking is not None
        assert answering is not None
        with suppress(OSError):  # it is gone, and will have said why
            asking.write(order)
            asking.flush()
        for line in answering:
            said = json.loads(line)
            if "fault" in said:
                fault = from_plain(said["fault"])
                raise DiskFault(fault.code, **fault.data) if said["disk"] else fault
            yield said["made"]
        status = self._process.wait()
        if status < 0:
            raise Fault(Code.PRINTER_ENDED, signal=-status)
        if status:
            self._complaints.seek(0)
            raise PressError(self._complaints.read().decode("utf-8", "replace").strip())

    def stop(self) -> None:
        """Make it end, whatever it is doing; whoever reads from it notices."""
        self._process.terminate()

    def close(self) -> None:
        """Wait until it has ended."""
        with suppress(OSError):
            self._held.close()


class Press:
    """
    Children that print, a batch each; to be closed.

    Args:
        workers: How many at once.
        ready: How many to start now: a child takes as long to load as thirty pages to set.
    """

    def __init__(self, workers: int, ready: int) -> None:
        self._workers = workers
        self._idle = [_Child() for _ in range(ready)]
        self._busy: set[_Child] = set()
        self._stopped = False  # whoever begins only now is too late

    def print_sheets(self, order: Order, batches: Iterable[Sequence[Sheet]]) -> Iterator[Path]:
        """
        Make each of *batches* in a child process and yield each file when it is there and
        proven, in no order.

        Args:
            batches: Asked for the next one only when a child is free, so that ten thousand
                posters need no more memory than a hundred.

        Raises:
            Fault: A file is not as it should be.
            PressError: A child failed.
        """
        done: Queue[Path | None] = Queue()
        source = iter(batches)
        running: set[Future[None]] = set()
        self._stopped = False

        def start(pool: ThreadPoolExecutor) -> None:
            if (some := next(source, None)) is not None:
                future = pool.submit(self._run, order, some, done.put)
                running.add(future)
                future.add_done_callback(lambda _: done.put(None))

        with ThreadPoolExecutor(max_workers=self._workers) as pool:
            try:
                for _ in range(self._workers):
                    start(pool)
                while running:
                    if (path := done.get()) is not None:
                        yield path
                        continue
                    for future in [future for future in running if future.done()]:
                        running.discard(future)
                        future.result()
                        start(pool)
                while not done.empty():
                    if (path := done.get()) is not None:
                        yield path
            finally:
                # Whoever stops listening (a fault, Ctrl-C) waits for nobody.
                self._stop()

    def _run(
        self, order: Order, sheets: Sequence[Sheet], report: Callable[[Path], None]
    ) -> None:
        try:
            child = self._idle.pop()
        except IndexError:
            child = _Child()
        self._busy.add(child)
        try:
            if self._stopped:
                child.stop()
            for number in child.make(_as_json(order, sheets)):
                report(sheets[number][0])
        finally:
            child.close()
            self._busy.discard(child)

    def close(self) -> None:
        """Stop the children, wherever whoever was listening has left the iterator."""
        self._stop()
        for child in self._idle:
            child.stop()
            child.close()

    def _stop(self) -> None:
        self._stopped = True
        for child in list(self._busy):
            child.stop()


def _as_json(order: Order, sheets: Sequence[Sheet]) -> bytes:
    return json.dumps(
        {
            "root": str(order.root),
            "fonts": [str(folder) for folder in order.fonts],
            "print": order.print_ready,
            "outline": order.outline,
            "verify": order.verify,
            "own_templates": order.own_templates,
            "helper": order.helper,
            "sheets": [(str(path), document) for path, document in sheets],
        }
    ).encode("ascii") + b"\n"
