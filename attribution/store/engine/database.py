"""
What every engine offers, and nothing more: transactions, rows, a dialect's few words.

All SQL above this line is one text for SQLite and PostgreSQL (``:name`` for
parameters, ``= any(:name)`` for a list, ``on conflict do nothing``, no ``returning``, no
recursion), so an engine is about a hundred lines and the ledger is written once.
"""
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.store.engine.lanes import Lanes
from qrgen.faults import Fault

T = TypeVar("T")
Row = dict[str, Any]
# Many rows, column by column: each name's values, all as many.
Columns = dict[str, Sequence[Any]]
Parameters = Mapping[str, Any]
NONE: Parameters = {}  # never written to


class StoreError(Exception):
    """The database refused or cannot be reached. The message holds no personal data."""


class NoEngine(Fault, ValueError):
    """No engine serves a URL."""


class Busy(StoreError):
    """Too much is waiting, or another process holds the database: try again in a moment."""


class NotNow(Busy):
    """Another writes at this moment, or the engine makes its callers wait: nothing was done."""


class Undone(StoreError):
    """The engine gave up the whole transaction, e.g. on a full disk: nothing of it stands."""


class BadText(StoreError):
    """A text holds a NUL, which one engine cannot keep and so none does."""

    def __init__(self) -> None:
        super().__init__("a text with a NUL character cannot be stored")


class NewerLedger(StoreError):
    """
    The ledger was migrated by a newer program than this one.

    Args:
        newest: The newest step of the ledger.
        known: The newest that this program knows.
    """

    def __init__(self, newest: str, known: str):
        super().__init__(newest, known)
        self.newest = newest
        self.known = known

    def __str__(self) -> str:
        return Code.LEDGER_NEWER.words("en").cause.format(newest=self.newest, known=self.known)


def texts_fit(values: Iterable[Any]) -> None:
    """
    See that no text among *values* (and lists of them) holds a NUL.

    PostgreSQL's driver refuses one in its own words, the server in others, and SQLite
    keeps it, so that a ledger could not be moved any more.

    Raises:
        BadText: one does.
    """
    for value in values:
        if type(value) is str:
            if "\0" in value:
                raise BadText
        elif type(value) is list:
            texts_fit(value)


def columns_fit(block: Columns) -> None:
    """
    See that no text in *block* holds a NUL, in a tenth of the time of `texts_fit`.

    Raises:
        BadText: one does.
    """
    for column in block.values():
        kinds = set(map(type, column))
        if str not in kinds:
            continue
        if len(kinds) > 1:
            texts_fit(column)
        elif "\0" in "".join(column):
            raise BadText


def height(columns: Columns) -> int:
    """Return of how many rows *columns* are."""
    return len(next(iter(columns.values()), ()))


def among(
    column: str, values: Collection[str] | Collection[int] | None
) -> tuple[str, dict[str, Any]]:
    """Return a condition (led by `and`) that *column* is among *values*, and its parameters."""
    if values is None:
        return "", {}
    if not values:
        return " and 1 = 0", {}
    named = {f"among{index}": value for index, value in enumerate(sorted(values))}
    return f" and {column} in ({', '.join(':' + name for name in named)})", named


class Connection(Protocol):
    """One open transaction."""

    # Whether rows of one table lie on several servers.
    spread: bool
    # To which of the rows of one count this transaction adds: see `log.add_tallies`.
    slot: int

    def folded(self, unit: str) -> int:
        """Return in which slot, 0 or below, *unit*'s counts of closed days are kept."""

    def run(self, sql: str, parameters: Parameters = ...) -> int:
        """Execute one statement; return the number of rows it touched."""

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        """Execute one statement for each of *rows*; return how many rows it touched in all."""

    def run_block(self, sql: str, block: Columns, constants: Parameters = ...) -> int:
        """
        Do as `run_many` with rows that are given by columns, in half its time.

        Args:
            constants: What is the same in every row.
        """

    def rows(self, sql: str, parameters: Parameters = ...) -> list[Row]:
        """Return all rows of a query that is known to be small."""

    def columns(self, sql: str, parameters: Parameters = ...) -> Columns:
        """Return what `rows` does by columns, for many rows: in less than half its time."""

    def one(self, sql: str, parameters: Parameters = ...) -> Row | None:
        """Return the first row of a query, or None."""

    def savepoint(self) -> AbstractContextManager[None]:
        """
        Undo only what the block did when it raises.

        Raises:
            Undone: the engine undid the transaction itself, not only the block.
            StoreError: what the driver raised, in our words.
        """

    def hold(self, campaign: str, persons: Sequence[str]) -> None:
        """Let nobody else judge *persons* until this transaction ends."""

    def alone(self, table: str) -> None:
        """Let nobody else write to *table* until this transaction ends."""

    def later(
        self,
        key: str,
        amounts: "Counter[Any]",
        write: "Callable[[Connection, Counter[Any]], None]",
    ) -> None:
        """
        Write *amounts*, now or, where many fight over the same rows, at the end.

        Amounts of one *key* are added up and written once.
        """

    def scans_added(self, number: int) -> None:
        """Take notice of *number* new scans, where units' lists follow the log (`scan_lists`)."""


class Database(Protocol):
    """One engine. Safe to share between threads; each block gets a connection of its own."""

    dialect: str
    # Whether transactions that write take turns anyway, so that sharing them is a gain.
    one_writer: bool

    def transaction(self) -> AbstractContextManager[Connection]:
        """
        Write: commit all of the block with full durability, or nothing.

        Raises:
            Busy: other writers did not make way within some seconds.
        """

    def attempt(
        self, action: Callable[[Connection], T], *, repeatable: bool = False, at_once: bool = False
    ) -> T:
        """
        Run *action* in a transaction and return its result once that is durable.

        Where nodes get in each other's way or an answer is lost, it is run again until
        it is known to be written exactly once.

        Args:
            repeatable: *action* itself does nothing the second time.
            at_once: For who must wait for nothing but the disk.

        Raises:
            NotNow: *at_once*, and it would have to wait; *action* was not called.
        """

    def reading(self) -> AbstractContextManager[Connection]:
        """Read: one consistent state, without keeping writers waiting."""

    def migrate(self) -> list[str]:
        """Apply what is missing of `migrations.MIGRATIONS`; return the names."""

    def prepare(self, since: Instant, until: Instant) -> None:
        """Make room for the scans of a period, where that is better done ahead."""

    def now(self) -> Instant | None:
        """Return the time by the server's own clock; None where there is none but ours."""

    def lanes(self, writer: int) -> Lanes | None:
        """Return where in the log the process leased *writer* writes; None: all is in one place."""

    def give_back(self, *, anew: bool = False) -> int:
        """
        Give the space of what was deleted back, with what is left of it; return how many bytes.

        Where a server does so by itself, nothing is done.

        Args:
            anew: All of it at once, and thoroughly: writers wait meanwhile.
        """

    def close(self) -> None:
        """Close every connection."""
