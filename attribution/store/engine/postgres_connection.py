"""
One open transaction of PostgreSQL, in as few journeys to the server as it takes.

A journey is what a scan waits for besides the disk. So the words that open the
transaction travel with its first statement, and what was put off to the end (the
counts, which many want to change at once) travels with the commit.
"""
import contextlib
import copy
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from attribution.store.engine.database import (
    NONE,
    Columns,
    Connection,
    Parameters,
    Row,
    StoreError,
    height,
    texts_fit,
)
from attribution.store.engine.postgres_session import mistrust, translated
from attribution.store.engine.postgres_words import Batch, translate, unnested

# Among how many rows the writers of one count are spread (docs/decisions/0008).
SLOTS = 8
# Among how many slots units' counts of closed days are spread on a cluster.
FOLDED = 256

# SQL and its parameters, as the driver takes them.
Statement = tuple[bytes, dict[str, Any] | None]


class PostgreSQLConnection:
    """
    A connection inside one transaction.

    Args:
        opening: Statements that go before the first.
        cluster: The server is the coordinator of one.
        slot: See `Connection`.
        near: Gives slot and opening by the person who is held first.
    """

    def __init__(
        self, raw: "psycopg.Connection[Row]", opening: Sequence[Statement] = (), *,
        writing: bool, cluster: bool = False, slot: int = 0,
        near: Callable[[str], tuple[int, Sequence[Statement]]] | None = None,
    ):
        self.raw = raw
        self.spread = cluster
        self._opening = opening
        self._near = near
        self._writing = writing
        self._held: set[tuple[str, str]] = set()
        self._later: dict[str, tuple[Callable[[Connection, Counter[Any]], None], Counter[Any]]] = {}
        self.slot = slot

    def folded(self, unit: str) -> int:
        # In one slot, all closed days would lie on one shard.
        return -(zlib.crc32(unit.encode()) % FOLDED) if self.spread else 0

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        return max(self._execute(sql, parameters).rowcount, 0)

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        many = list(rows)
        if not many:
            return 0
        batch = unnested(sql)
        if batch is None:
            return sum(self.run(sql, row) for row in many)
        if self.spread and len(many) == 1:
            return self.run(sql, many[0])
        names = [value[1:] for value in batch.values if value.startswith(":")]
        return self._put(batch, {name: [row[name] for row in many] for name in names}, NONE)

    def run_block(self, sql: str, block: Columns, constants: Parameters = NONE) -> int:
        if not height(block):
            return 0
        batch = unnested(sql)
        if batch is None:
            raise ValueError("only an insert takes a block")
        return self._put(batch, block, constants)

    def _put(self, batch: Batch, block: Columns, constants: Parameters) -> int:
        if self.spread:
            return sum(
                max(self._execute_listed(*filled).rowcount, 0)
                for filled in batch.listed(block, constants)
            )
        # One statement whatever the number: 1.4 to 1.9 times executemany.
        return self.run(*batch.filled(block, constants))

    def rows(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        return self._execute(sql, parameters).fetchall()

    def columns(self, sql: str, parameters: Parameters = NONE) -> Columns:
        cursor: psycopg.Cursor[Any] = self._execute(sql, parameters)
        cursor.row_factory = tuple_row
        names = [column.name for column in cursor.description or ()]
        values = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
        return dict(zip(names, values, strict=True))

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        return self._execute(sql, parameters).fetchone()

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        later = copy.deepcopy(self._later)
        self._execute("savepoint one")
        try:
            yield
        except BaseException:
            self._later = later
            if not self.raw.closed:
                self._execute("rollback to one")
                self._execute("release one")
            raise
        self._execute("release one")

    def hold(self, campaign: str, persons: Sequence[str]) -> None:
        new = sorted({(campaign, person) for person in persons} - self._held)
        if not self._writing or not new:
            return
        if self._near is not None and self._opening and not self._held:
            self.slot, self._opening = self._near(new[0][1])
        # The row lock is the turn; the number only makes it an update. In the order of
        # the digests, so that two who hold several people cannot wait for each other.
        self.run_many(
            """insert into turn (campaign, person, turns) values (:campaign, :person, 1)
               on conflict (campaign, person) do update set turns = turn.turns + 1""",
            [{"campaign": campaign, "person": person} for campaign, person in new],
        )
        self._held.update(new)

    def alone(self, table: str) -> None:
        self.run(f"lock table {table} in share row exclusive mode")

    def later(
        self, key: str, amounts: Counter[Any], write: Callable[[Connection, Counter[Any]], None]
    ) -> None:
        if key not in self._later:
            self._later[key] = (write, Counter())
        self._later[key][1].update(amounts)

    def scans_added(self, number: int) -> None:
        """Nothing to do: there is an index."""

    def commit(self) -> None:
        """
        Make it durable, with what was put off.

        Raises:
            StoreError: nothing was written. Conflict: or perhaps it was.
        """
        if self._opening and not self._later:
            return  # nothing was sent, so there is nothing to commit
        piped = bool(self._later or self._held)
        try:
            if piped:
                with self.raw.pipeline():
                    self._settle()
                    self._give_up_turns()
                    done = self.raw.execute("commit")
            else:
                done = self.raw.execute("commit")
        except psycopg.Error as error:
            mistrust(self.raw, error, piped=piped)
            raise translated(error) from error
        except BaseException:
            if piped:
                self.raw.close()  # told by `_execute` already; the driver is misled all the same
            raise
        if done.statusmessage != "COMMIT":
            # PostgreSQL undoes a transaction in which a statement failed, and calls that
            # a success. Nothing may be told as durable on the strength of it.
            raise StoreError("a statement of the transaction had failed; nothing was written")

    def _settle(self) -> None:
        """Add the counts that were put off, in one order everywhere."""
        later, self._later = self._later, {}
        for _, (write, amounts) in sorted(later.items()):
            write(self, amounts)

    def _give_up_turns(self) -> None:
        # Nobody ever sees these rows: they are waited for, and gone with the commit,
        # so that no list of people remains.
        if self._held:
            persons = [person for _, person in self._held]
            self.run("delete from turn where person = any(:persons)", {"persons": persons})

    def _execute(self, sql: str, parameters: Parameters = NONE) -> "psycopg.Cursor[Row]":
        texts_fit(parameters.values())
        statement: Statement = (
            (translate(sql), dict(parameters)) if parameters else (sql.encode(), None)
        )
        return self._sent(sql, self.raw.execute, *statement)

    def _execute_listed(self, sql: str, values: list[Any]) -> "psycopg.Cursor[Row]":
        """Execute *sql* of some hundred ``$1``…, which to read as ``%(name)s`` takes longest."""
        texts_fit(values)
        # Not prepared: each number of rows is another text.
        execute = partial(psycopg.RawCursor(self.raw).execute, prepare=False)
        return self._sent(sql, execute, sql.encode(), values)

    def _sent(
        self, sql: str, execute: "Callable[..., psycopg.Cursor[Row]]", *statement: Any
    ) -> "psycopg.Cursor[Row]":
        if self._later and "tally" in sql:
            self._settle()
        opening, self._opening = self._opening, ()
        try:
            if not opening:
                return execute(*statement)
            with self.raw.pipeline():
                for before in opening:
                    self.raw.execute(*before)
                return execute(*statement)
        except psycopg.Error as error:
            mistrust(self.raw, error, piped=bool(opening))
            raise translated(error) from error
