"""
Moving a ledger: every row from one database to another, and the proof that it is so.

It may be begun while the campaign runs and cut off at any moment: run again, it goes
on. The proof is asked for at the end, from both sides: as many rows, the same digest
of all rows of each table. So the last run is made with the old service stopped, and
is short, for nearly everything is there already.
"""
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from attribution.deeds import Actor, Kind, do
from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.store import NewerLedger, Store
from attribution.store.engine.sqlite import SQLite
from attribution.store.transfer import (
    LedgerTable,
    count,
    drop_others,
    leases,
    period_of_scans,
    put,
    raise_leases,
    resume_after,
    rows,
    seal,
    tables,
)
from qrgen.faults import Fault


@dataclass(frozen=True)
class Compared:
    """One table on both sides: rows and the digest of them all."""

    table: str
    source: tuple[int, str]
    target: tuple[int, str]

    @property
    def same(self) -> bool:
        return self.source == self.target


def prepare(source: Store, target: Store) -> int:
    """
    Make *target* ready to take *source*'s rows; return how many there are.

    Raises:
        Fault: they are not two stages of one ledger, or not in this direction.
    """
    try:
        source.refuse_newer()
    except NewerLedger as error:
        raise Fault(Code.SOURCE_NEWER, newest=error.newest, known=error.known) from None
    missing = source.missing_migrations()
    if missing:
        raise Fault(Code.SOURCE_LACKS, steps=missing)
    try:
        target.migrate()
    except NewerLedger as error:
        raise Fault(Code.TARGET_NEWER, newest=error.newest, known=error.known) from None
    with source.read() as connection:
        period = period_of_scans(connection)
    if period:
        target.database.prepare(*period)
    total = 0
    for table in tables():
        with source.read() as connection:
            there = count(connection, table)
        with target.read() as connection:
            here = count(connection, table)
        if table.log and here > there:
            raise Fault(Code.TARGET_FURTHER, there=here, table=table.name, here=there)
        total += there
    return total


def enter(
    source: Store, target: Store, now: Instant, actor: Actor, total: int
) -> None:
    """
    Enter in *source* that *actor* copies its *total* rows to *target*.

    Before the first of them: the copy holds the entry too, and both sides stay the same.
    """
    do(source, actor, now, lambda doing: doing.enter(
        Kind.COPY, f"database {_named(target)}", before=_named(source), after={"rows": total}
    ))


def _named(store: Store) -> str:
    # No address: it may hold a password.
    database = store.database
    if isinstance(database, SQLite):
        return f"file {database.path.name}"
    return database.dialect


def copy(source: Store, target: Store) -> Iterator[int]:
    """Copy every table; yield the number of rows of each page once it is durable."""
    # Before the first row: whoever writes to the target must not make the source's ids.
    with source.read() as connection:
        given = leases(connection)
    target.write(lambda c: raise_leases(c, given))
    for table in tables():
        yield from _copy_table(source, target, table)


def compare(source: Store, target: Store) -> Iterable[Compared]:
    """Compare both sides table by table. Rows written meanwhile show as a difference."""
    for table in tables():
        yield Compared(table.name, seal(source, table), seal(target, table))


def _copy_table(source: Store, target: Store, table: LedgerTable) -> Iterator[int]:
    for page in rows(source, table, resume_after(target, table)):
        target.write(partial(put, table=table, page=page))
        yield len(page)
    if not table.log:
        drop_others(source, target, table)
