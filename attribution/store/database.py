"""
What every engine offers, and nothing more: transactions, rows, a dialect's few words.

All SQL above this line is one text for SQLite and PostgreSQL (``:name`` for
parameters, ``on conflict do nothing``, no ``returning``, no recursion), so an
engine is about a hundred lines and the ledger is written once.
"""
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = dict[str, Any]
Parameters = Mapping[str, Any]
NONE: Parameters = {}  # never written to


class StoreError(Exception):
    """The database refused or cannot be reached. The message holds no personal data."""


class Busy(StoreError):
    """Too much is waiting, or another process holds the database: try again in a moment."""


class Undone(StoreError):
    """The engine gave up the whole transaction, e.g. on a full disk: nothing of it stands."""


class Connection(Protocol):
    """One open transaction."""

    def run(self, sql: str, parameters: Parameters = ...) -> int:
        """Execute one statement; return the number of rows it touched."""

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Execute one statement for each of *rows*."""

    def rows(self, sql: str, parameters: Parameters = ...) -> list[Row]:
        """Return all rows of a query that is known to be small."""

    def one(self, sql: str, parameters: Parameters = ...) -> Row | None:
        """Return the first row of a query, or None."""

    def savepoint(self) -> AbstractContextManager[None]:
        """
        Undo only what the block did when it raises.

        Raises:
            Undone: the engine undid the transaction itself, not only the block.
            StoreError: what the driver raised, in our words.
        """


class Database(Protocol):
    """One engine. Safe to share between threads; each block gets a connection of its own."""

    dialect: str

    def transaction(self) -> AbstractContextManager[Connection]:
        """
        Write: commit all of the block with full durability, or nothing.

        Raises:
            Busy: other writers did not make way within some seconds.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """Read: one consistent state, without keeping writers waiting."""

    def migrate(self) -> list[str]:
        """Apply what is missing of `migrations.MIGRATIONS`; return the names."""

    def close(self) -> None:
        """Close every connection."""
