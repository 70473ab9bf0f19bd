"""
How a worker that no signal reaches is told to finish: by a pipe of which the parent holds an end.

On Windows a process that another ends is ended in the middle of its answer, and one whose
parent was ended (by the Task Scheduler, by the Task Manager) lives on and keeps the port.
So the worker waits on a pipe: when the parent closes its end, or has died by whatever force,
the worker finishes what it took and ends, as it does elsewhere at SIGTERM.
"""
import asyncio
import contextlib
import signal
import sys
import threading

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Connection
else:
    from multiprocessing.connection import Connection

__all__ = ["Connection", "finish_when_closed"]


def finish_when_closed(wanted: Connection, loop: asyncio.AbstractEventLoop) -> None:
    """
    Let this worker finish once the parent's end of *wanted* is closed.

    Args:
        loop: The worker's own; granian has a handler for SIGINT there once it serves, and
            raising that here, in the process itself, is the same on every system.
    """
    threading.Thread(target=_wait, args=(wanted, loop), daemon=True, name="wanted").start()


def _wait(wanted: Connection, loop: asyncio.AbstractEventLoop) -> None:
    with contextlib.suppress(EOFError, OSError):
        wanted.recv()
    with contextlib.suppress(RuntimeError):  # closed: the worker is at its end already
        loop.call_soon_threadsafe(_finish)


def _finish() -> None:
    signal.raise_signal(signal.SIGINT)
