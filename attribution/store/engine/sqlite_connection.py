"""
What is done inside one open transaction of an SQLite file, and what its errors mean.
"""
import contextlib
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, repeat
from operator import itemgetter
from typing import Any, Protocol

import sqlite_utils

from attribution.store import scan_lists
from attribution.store.engine.database import (
    NONE,
    Busy,
    Columns,
    Connection,
    Parameters,
    Row,
    StoreError,
    Undone,
    columns_fit,
    height,
    texts_fit,
)


class ScanCount(Protocol):
    """Who counts the scans of this process that no unit's list has yet."""

    unlisted: int


class SQLiteConnection:
    """A connection inside one open transaction."""

    spread = False
    slot = 0  # there is one writer at a time, so one row a count is enough

    def __init__(self, db: sqlite_utils.Database, engine: ScanCount):
        self._db = db
        self._engine = engine

    def folded(self, unit: str) -> int:
        return 0

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        return int(self._execute(sql, parameters).rowcount)

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        # By place: sqlite3 looks a name up for every value of every row.
        text, values_of, inserts = _by_place(sql)
        values = map(_fit, map(values_of, rows))
        if inserts:
            return self._put(text, values)
        return max(int(self._db.conn.executemany(text, values).rowcount), 0)

    def run_block(self, sql: str, block: Columns, constants: Parameters = NONE) -> int:
        texts_fit(constants.values())
        columns_fit(block)
        if not height(block):
            return 0
        text, names = _placed(sql)
        columns = [block[name] if name in block else repeat(constants[name]) for name in names]
        return self._put(text, zip(*columns, strict=False))

    def _put(self, text: str, rows: Iterator[tuple[Any, ...]]) -> int:
        """Insert *rows*, many by one statement; return how many it touched."""
        touched = 0
        while some := [*islice(rows, _AT_ONCE)]:
            while some:
                # As powers of two: each number of rows is a statement of its own.
                count = 1 << len(some).bit_length() - 1
                values = [*chain.from_iterable(some[:count])]
                touched += self._db.conn.execute(_repeated(text, count), values).rowcount
                del some[:count]
        return touched

    def rows(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        cursor = self._execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def columns(self, sql: str, parameters: Parameters = NONE) -> Columns:
        cursor = self._execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        values = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
        return dict(zip(names, values, strict=True))

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        cursor = self._execute(sql, parameters)
        row = cursor.fetchone()
        if row is None:
            return None
        return dict(zip((column[0] for column in cursor.description), row, strict=True))

    def _execute(self, sql: str, parameters: Parameters) -> sqlite3.Cursor:
        texts_fit(parameters.values())
        if "any(:" in sql:
            return self._db.conn.execute(*_listed(sql, parameters))
        return self._db.conn.execute(sql, parameters)

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        self._db.conn.execute("savepoint one")
        try:
            yield
        except BaseException as error:
            # A full disk or a failed read undoes the whole transaction (SQLite,
            # "Response To Errors Within A Transaction"); what follows would run
            # outside of any.
            if not self._db.conn.in_transaction:
                raise Undone(str(error)) from error
            self._db.conn.execute("rollback to one")
            self._db.conn.execute("release one")
            if isinstance(error, sqlite3.Error):
                raise translated(error) from error
            raise
        self._db.conn.execute("release one")

    def hold(self, campaign: str, persons: Sequence[str]) -> None:
        """Nothing to do: there is one writer at a time."""

    def alone(self, table: str) -> None:
        """Nothing to do, likewise."""

    def later(
        self,
        key: str,
        amounts: "Counter[Any]",
        write: Callable[[Connection, "Counter[Any]"], None],
    ) -> None:
        write(self, amounts)

    def scans_added(self, number: int) -> None:
        self._engine.unlisted += number
        if self._engine.unlisted >= scan_lists.BEHIND:
            self._engine.unlisted = 0
            scan_lists.list_more(self, 2 * scan_lists.BEHIND)


def _fit(values: tuple[Any, ...]) -> tuple[Any, ...]:
    texts_fit(values)
    return values


@lru_cache(maxsize=256)
def _by_place(sql: str) -> tuple[str, Callable[[Parameters], tuple[Any, ...]], bool]:
    """
    Return *sql* with ``?`` for ``:name``, what takes the values out of a row, and whether
    one statement can take several rows.
    """
    text, names = _placed(sql)
    getter = itemgetter(*names)
    values_of = getter if len(names) > 1 else lambda row: (getter(row),)
    return text, values_of, _VALUES.search(text) is not None


# Rows of one statement: each costs as much as a short row, and lets another thread in.
_AT_ONCE = 64
_VALUES = re.compile(r"\bvalues\s*(\([^()]*\))", re.IGNORECASE)


@lru_cache(maxsize=256)
def _repeated(text: str, rows: int) -> str:
    """Return the insert *text* with places for as many *rows*."""
    row = _VALUES.search(text)
    if row is None:
        raise ValueError("only an insert takes a block")
    return text[: row.end()] + f", {row[1]}" * (rows - 1) + text[row.end() :]


@lru_cache(maxsize=256)
def _placed(sql: str) -> tuple[str, Sequence[str]]:
    """Return *sql* with ``?`` for ``:name``, and the names in the order of their places."""
    return _NAME.sub("?", sql), _NAME.findall(sql)


def _listed(sql: str, parameters: Parameters) -> tuple[str, list[Any]]:
    """Return *sql* with places for the items of its lists, and all values in their order."""
    sizes = {
        name: _padded(len(value)) for name, value in parameters.items() if type(value) is list
    }
    text, names = _with_places(sql, tuple(sizes.items()))
    values: list[Any] = []
    for name in names:
        value = parameters[name]
        if name in sizes:
            values += value
            values += value[-1:] * (sizes[name] - len(value))
        else:
            values.append(value)
    return text, values


def _padded(count: int) -> int:
    """
    Return how many places a list of *count* is given: its last item is repeated up to there.

    Each number of places is a statement of its own, which SQLite has to prepare.
    """
    return 1 << (count - 1).bit_length() if 0 < count <= 1024 else count


@lru_cache(maxsize=256)
def _with_places(sql: str, sizes: tuple[tuple[str, int], ...]) -> tuple[str, Sequence[str]]:
    counts = dict(sizes)
    for name in counts:
        sql = sql.replace(f"= any(:{name})", f"in (:{name})")
    placed = _NAME.sub(lambda found: ", ".join(["?"] * counts.get(found[1], 1)), sql)
    return placed, _NAME.findall(sql)


_NAME = re.compile(r"(?<!:):(\w+)")


def translated(error: sqlite3.Error) -> StoreError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return Busy("the database is in use by another process")
    return StoreError(text)
