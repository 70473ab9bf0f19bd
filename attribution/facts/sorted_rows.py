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
# of all are collected before they go to disk.
_SHARES = [f"{number:02x}" for number in range(256)]
_TOGETHER = 64 * len(_SHARES)

# A line, the digest of a person, and whatever else: plain data.
SpilledRow = tuple[Any, ...]
_BY_PERSON = itemgetter(1, 0)


class SortedRows:
    """Takes rows in any order and gives them by person and line. Close it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="zhuanma-feed-")  # noqa: SIM115
        self._end = 0
        self._spilled: dict[str, list[tuple[int, int]]] = {share: [] for share in _SHARES}
        self._held: list[SpilledRow] = []

    def close(self) -> None:
        self._file.close()

    def add(self, rows: Iterable[SpilledRow]) -> None:
        """Take *rows*; as many at once as memory shall hold."""
        self._held += rows
        if len(self._held) >= _TOGETHER:
            self._spill()

    def shares(self) -> Iterator[list[SpilledRow]]:
        """Yield all rows, all of a person in one list."""
        self._spill()
        for places in self._spilled.values():
            rows: list[SpilledRow] = []
            for place, length in places:
                self._file.seek(place)
                # From the file itself it is read letter by letter, in ten times the time.
                rows += marshal.loads(self._file.read(length))  # noqa: S302 -- ours, and nameless
            rows.sort(key=_BY_PERSON)
            yield rows

    def _spill(self) -> None:
        """Put what is held on disk, each share's part behind those it has there."""
        shares: dict[str, list[SpilledRow]] = {share: [] for share in _SHARES}
        for row in self._held:
            shares[row[1][:2]].append(row)
        self._held = []
        for share, rows in shares.items():
            if rows:
                block = marshal.dumps(rows)
                self._file.write(block)
                self._spilled[share].append((self._end, len(block)))
                self._end += len(block)
