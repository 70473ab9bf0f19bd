"""
Counts in memory that cannot grow without end.

The library's own keeps every key it ever counted under a moving window (an address
costs an attacker nothing: an IPv6 provider gives him 65 536 networks), and looks through
all of them from a new thread after almost every count. Here a key is one number, and of
too many keys the oldest windows are forgotten: that lets somebody through early, and turns
nobody away.
"""
import threading
import time

from limits.storage import Storage

# Windows are begun at most once a claim or a wrong guess, so a county at its busiest has a
# thousand at a time; at 200 bytes each this is 4 MB for whoever wants to fill it.
MOST = 20_000

# What the library asks its storages by, in the place of ``memory``.
SCHEMES = ["bounded"]


class BoundedMemory(Storage):
    """Counts of fixed windows, each begun by its first count."""

    STORAGE_SCHEME = SCHEMES

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: str):
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._mutex = threading.Lock()
        # Key -> end of its window, and the count; the windows that were begun first come first.
        self._windows: dict[str, tuple[float, int]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        with self._mutex:
            end, count = self._windows.get(key, (0.0, 0))
            if end <= now:
                self._windows.pop(key, None)
                end, count = now + expiry, 0
            self._windows[key] = end, count + amount
            if len(self._windows) > MOST:
                del self._windows[next(iter(self._windows))]
        return count + amount

    def get(self, key: str) -> int:
        end, count = self._windows.get(key, (0.0, 0))
        return count if end > time.time() else 0

    def get_expiry(self, key: str) -> float:
        return self._windows.get(key, (time.time(), 0))[0]

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self._mutex:
            count = len(self._windows)
            self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        with self._mutex:
            self._windows.pop(key, None)
