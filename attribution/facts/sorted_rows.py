"""
Rows of a file sorted by person: on disk, so that memory stays flat whatever their number.

In two steps: into shares by the beginning of the digest as they come, and each share when it is
asked for. In that order a chunk holds all rows of its persons, and the database touches
neighbouring pages for it; in the file's order every chunk would touch, and log, half of all pages.
"""
import marshal
import tempfile
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

# As many shares as a digest's first two hexadecimal digits tell apart, and how many rows
# of each are collected before they go to disk.
_SHARES = [f"{number:02x}" for number in range(256)]
_TOGETHER = 64

# A line, the digest of a person, and whatever else: plain data.
SpilledRow = tuple[Any, ...]
_BY_PERSON = itemgetter(1, 0)


class SortedRows:
    """Takes rows in any order and gives them by person and line. Close it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="zhuanma-feed-")  # noqa: SIM115
        self._spilled: dict[str, list[tuple[int, int]]] = {share: [] for share in _SHARES}
        self._held: dict[str, list[SpilledRow]] = {share: [] for share in _SHARES}

    def close(self) -> None:
        self._file.close()

    def add(self, rows: Iterable[SpilledRow]) -> None:
        """Take *rows*; as many at once as memory shall hold."""
        held = self._held
        for row in rows:
            held[row[1][:2]].append(row)
        for share, some in held.items():
            if len(some) >= _TOGETHER:
                self._spill(share)

    def __iter__(self) -> Iterator[SpilledRow]:
        for share, places in self._spilled.items():
            rows = self._held[share][:]
            for place, length in places:
                self._file.seek(place)
                # From the file itself it is read letter by letter, in ten times the time.
                rows += marshal.loads(self._file.read(length))  # noqa: S302 -- ours, and nameless
            rows.sort(key=_BY_PERSON)
            yield from rows

    def _spill(self, share: str) -> None:
        place, block = self._file.tell(), marshal.dumps(self._held[share])
        self._file.write(block)
        self._spilled[share].append((place, len(block)))
        self._held[share] = []
