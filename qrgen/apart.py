"""
A file from outside is read in a process of its own, which may die of it; ours goes on.

Five kilobytes can ask a reader for five hundred gigabytes, and the answer of such a library is
to end the process it runs in. So whatever opens a spreadsheet, a picture or a PDF that somebody
sent runs apart: a fresh interpreter a file (or a batch of pictures), with bounds on memory and
time, without our environment, and with one pipe for its answers. Plain data comes through that
pipe, never a pickle, for a process that was taken over may write what it likes. This is a bound
on what a file may cost, and no sandbox: the reader is still the same user.

`qrgen.apart_child` is what runs over there.
"""
import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from qrgen.fault_codes import Code
from qrgen.fault_json import from_plain
from qrgen.faults import FaultCode
from qrgen.shell import Fault, system_words

# A process that serves residents has so many readers at once; the next one waits so long.
AT_ONCE = 2
TURN_S = 60.0

# Elsewhere the kernel takes the bound on memory and does not keep it, so we look ourselves.
HELD_BY_KERNEL = sys.platform.startswith("linux")
_LOOK_S = 0.2

# Lines that are longer are no answer of ours: the child sends blocks of some hundred items.
LONGEST_LINE = 4 << 20

_BEGIN = (
    "import json, sys; asked = json.loads(sys.argv[1]); sys.path[:] = asked['path'];"
    " from qrgen.apart_child import run; run(asked)"
)

# All of our environment that an interpreter may need to start at all. Keys are not among them.
_ENVIRONMENT = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_STDIN = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")

_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Bounds:
    """
    What reading a file may cost.

    A million rows of six columns as XLSX take 520 MB and 13 s of a slow core; the bounds are
    for bombs, and far from what is honest.

    Args:
        memory: Bytes of address space.
        cpu_s: Seconds of computing from one line of answers to the next.
        silence_s: Seconds of waiting for one line.
        patience_s: Seconds of waiting for all lines together; what we do between them is free.
        answers: Bytes of all answers.
    """

    memory: int = 1 << 30
    cpu_s: int = 60
    silence_s: float = 180
    patience_s: float = 900
    answers: int = 512 << 20


USUAL = Bounds()


class Ended(Fault):
    """The reader did not come to its end. It says why, and holds nothing of the file."""


def read(
    path: Path, job: str, *arguments: Any, remedy: FaultCode, bounds: Bounds = USUAL
) -> Iterator[Any]:
    """
    Yield what *job* makes of the file at *path*, as `items` does.

    Args:
        arguments: For *job*, after the path: plain data.
        remedy: The code whose words are what to do about a file that its reader did not survive.

    Raises:
        Fault: *job* raised it, or the file costs more than *bounds* or broke its reader.
    """
    try:
        yield from items(job, str(path), *arguments, bounds=bounds)
    except Ended as ended:
        raise not_read(path, ended, remedy) from None


def not_read(path: Path, why: Ended, remedy: FaultCode) -> Fault:
    """Return the fault of a file that its reader did not survive; *remedy* as for `read`."""
    return Fault(Code.NOT_READ, path=path, why=why, remedy=remedy)


def items(job: str, *arguments: Any, bounds: Bounds = USUAL) -> Iterator[Any]:
    """
    Yield what the generator *job* yields over there: plain data as JSON has it, in blocks.

    The reader is at most some blocks ahead, for then the pipe is full and it waits. It is ended
    when the iterator is closed.

    Args:
        job: ``package.module:function``.

    Raises:
        Fault: *job* raised it.
        Ended: It did not come to its end.
    """
    if not _turns.acquire(timeout=TURN_S):
        raise Ended(Code.READERS_BUSY)
    try:
        child = _Child(job, arguments, bounds)
        try:
            yield from child.items()
        finally:
            child.close()
    finally:
        _turns.release()


class _Child:
    """The other process, and the clock that is held over it."""

    def __init__(self, job: str, arguments: tuple[Any, ...], bounds: Bounds) -> None:
        self._bounds = bounds
        asked = {
            "path": _path(job), "job": job, "arguments": arguments, "cpu_s": bounds.cpu_s,
            "memory": bounds.memory if HELD_BY_KERNEL else None,
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", _BEGIN, json.dumps(asked)],
                # Ours only where the file is what the shell put there: `… < day.csv`.
                stdin=None if not set(_STDIN).isdisjoint(map(str, arguments))
                else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                # What a library says as it dies may quote the file.
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )
        except OSError as error:
            raise Ended(Code.READER_NOT_STARTED, why=system_words(error)) from None
        self._killed: Ended | None = None
        self._asked_at: float | None = None
        self._waited = 0.0
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, name="apart", daemon=True)
        self._watch.start()

    def items(self) -> Iterator[Any]:
        taken = 0
        while (line := self._line()).endswith(b"\n"):
            taken += len(line)
            if taken > self._bounds.answers:
                break
            try:
                said = json.loads(line)
            except (ValueError, RecursionError):
                raise Ended(Code.READER_BROKE) from None
            if not isinstance(said, list):
                self._last(said)
                return
            yield from said
        if taken > self._bounds.answers or len(line) == LONGEST_LINE:
            raise Ended(Code.READER_FLOODED)
        self._died()

    def _line(self) -> bytes:
        assert self._process.stdout is not None  # it is a pipe
        self._asked_at = began = time.monotonic()
        try:
            return self._process.stdout.readline(LONGEST_LINE)
        finally:
            self._asked_at = None
            self._waited += time.monotonic() - began

    def _last(self, said: Any) -> None:
        """Take the last line: that it is done, or why it is not."""
        kind, what = next(iter(said.items())) if isinstance(said, dict) and said else ("", None)
        if kind == "done":
            return
        if kind == "fault":
            try:
                fault = from_plain(what)
            except ValueError:
                raise Ended(Code.READER_BROKE) from None
            raise fault
        if kind == "memory":
            raise self._too_large()
        if kind == "broke":
            raise Ended(Code.READER_BROKE_AT, where=str(what)[:80])
        raise Ended(Code.READER_BROKE)

    def _died(self) -> NoReturn:
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            raise Ended(Code.READER_BROKE) from None
        if self._killed:
            raise self._killed
        if status == -getattr(signal, "SIGXCPU", 0):
            raise Ended(Code.READER_TAKES_COMPUTING, seconds=self._bounds.cpu_s)
        if status < 0:
            # A library that gets no memory aborts, and so may one that finds damage; SIGKILL is
            # the kernel's when the whole machine runs out.
            raise Ended(
                Code.READER_DIED, megabytes=self._bounds.memory >> 20,
                signal=signal.Signals(-status).name,
            )
        raise Ended(Code.READER_BROKE_WITH, number=status)

    def _too_large(self) -> Ended:
        return Ended(Code.READER_TAKES_MEMORY, megabytes=self._bounds.memory >> 20)

    def _look(self) -> None:
        """End the child when it lets us wait too long, or takes what no kernel refuses it."""
        while not self._over.wait(_LOOK_S):
            if (since := self._asked_at) is not None:
                silent = time.monotonic() - since
                for seconds, most in (
                    (silent, self._bounds.silence_s),
                    (self._waited + silent, self._bounds.patience_s),
                ):
                    if seconds > most:
                        self._kill(Ended(Code.READER_TAKES_LONG, seconds=most))
            if not HELD_BY_KERNEL and _resident(self._process.pid) > self._bounds.memory:
                self._kill(self._too_large())

    def _kill(self, why: Ended) -> None:
        self._killed = self._killed or why
        self._process.kill()

    def close(self) -> None:
        self._over.set()
        self._process.kill()
        self._process.wait()
        self._watch.join()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _path(job: str) -> list[str]:
    """Return where the child finds what we have: our packages first, and no working folder."""
    roots = [str(Path(__file__).resolve().parents[1])]
    spec = importlib.util.find_spec(job.partition(".")[0])
    if spec is not None and spec.origin:
        roots.append(str(Path(spec.origin).resolve().parents[1]))
    return list(dict.fromkeys([*roots, *(at for at in sys.path if Path(at).is_absolute())]))


def _resident(pid: int) -> int:
    """Return the bytes of memory that process *pid* has; 0 where nobody tells (Windows)."""
    if os.name == "nt":
        return 0
    with contextlib.suppress(OSError, ValueError):
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False
        ).stdout
        return int(told) << 10
    return 0
