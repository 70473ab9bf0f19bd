"""
A door for costly work: so many inside, so many waiting, and the next is told to come later.

A queue without end is no kindness: whoever stands in it has long left when the turn
comes, and each keeps a thread that others need.
"""
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Full(Exception):
    """Too many wait already, or the wait took too long; nothing was done."""


class Turnstile:
    """
    Lets *inside* through at a time, and at most *waiting* wait for *wait_s* seconds.

    *watcher* is told whenever more are inside than ever before; it must be quick.
    """

    def __init__(self, inside: int, waiting: int, wait_s: float):
        self._free = threading.Semaphore(inside)
        self._places = threading.Semaphore(waiting)
        self._wait_s = wait_s
        self._mutex = threading.Lock()
        self._inside = 0
        self._most = 0
        self.watcher: Callable[[int], None] | None = None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """
        Be inside for the block.

        Raises:
            Full: it is not to be had now.
        """
        if not self._free.acquire(blocking=False):
            self._wait()
        with self._mutex:
            self._inside += 1
            if self._inside > self._most:
                self._most = self._inside
                if self.watcher is not None:
                    self.watcher(self._most)
        try:
            yield
        finally:
            with self._mutex:
                self._inside -= 1
            self._free.release()

    def _wait(self) -> None:
        if not self._places.acquire(blocking=False):
            raise Full("too many wait already")
        try:
            if not self._free.acquire(timeout=self._wait_s):
                raise Full("the wait took too long")
        finally:
            self._places.release()
