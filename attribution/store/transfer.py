"""
Whole tables read and written page by page, for moving a ledger between engines.

Which tables there are is read from the migrations, so that a later one cannot be
forgotten. A page continues after the last key; a log's page can be written twice.
"""
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from attribution.rule.instants import DAY, Instant
from attribution.store import Store, ids, migrations
from attribution.store.engine.database import Connection, Row

PAGE = 5000

# Ids are made before their rows are written, by several processes: what is below the
# highest id by less than this may still have been on its way when the copy passed.
OVERLAP = 3_600_000 * ids.WRITERS * ids.PER_MS

# Numbers of this database's own writers, not of the campaign.
_OWN = {"writer"}


@dataclass(frozen=True)
class LedgerTable:
    """A table of the ledger; *log* when its rows only ever grow in number."""

    name: str
    key: tuple[str, ...]
    log: bool


@lru_cache(maxsize=1)
def tables() -> tuple[LedgerTable, ...]:
    """Return all tables to copy, in the order they were made."""
    keys: dict[str, tuple[str, ...]] = {}
    logs: set[str] = set()
    for migration in migrations.MIGRATIONS:
        logs.update(migration.append_only)
        for statement in migration.statements:
            made = re.match(r"\s*create\s+table\s+(\w+)", statement)
            if made:
                keys[made[1]] = _key(statement)
            gone = re.match(r"\s*drop\s+table\s+(\w+)", statement)
            if gone:
                keys.pop(gone[1], None)
            renamed = re.match(r"\s*alter\s+table\s+(\w+)\s+rename\s+to\s+(\w+)", statement)
            if renamed:
                keys[renamed[2]] = keys.pop(renamed[1])
    return tuple(
        LedgerTable(name, key, name in logs) for name, key in keys.items() if name not in _OWN
    )


def count(connection: Connection, table: LedgerTable) -> int:
    """Return how many rows *table* has."""
    row = connection.one(f"select count(*) as n from {table.name}")
    return int(row["n"]) if row else 0


def rows(
    store: Store, table: LedgerTable, after: Sequence[Any] | None = None
) -> Iterator[list[Row]]:
    """Yield the rows of *table* in the order of its key, by pages, each a read of its own."""
    key = ", ".join(table.key)
    while True:
        where = ""
        parameters: dict[str, Any] = {"page": PAGE}
        if after is not None:
            parameters |= {f"a{index}": value for index, value in enumerate(after)}
            where = f"where ({key}) > ({', '.join(f':a{n}' for n in range(len(after)))})"
        with store.read() as connection:
            page = connection.rows(
                f"select * from {table.name} {where} order by {key} limit :page",
                parameters,
            )
        if page:
            yield page
        if len(page) < PAGE:
            return
        after = [page[-1][name] for name in table.key]


def put(connection: Connection, table: LedgerTable, page: Sequence[Row]) -> None:
    """Write *page*; rows of a log that are there already stay as they are."""
    columns = list(page[0])
    others = [name for name in columns if name not in table.key]
    if table.log or not others:
        otherwise = "nothing"
    else:
        otherwise = "update set " + ", ".join(f"{name} = excluded.{name}" for name in others)
    connection.run_many(
        f"""insert into {table.name} ({", ".join(columns)})
            values ({", ".join(f":{name}" for name in columns)})
            on conflict ({", ".join(table.key)}) do {otherwise}""",
        page,
    )


def drop_others(source: Store, target: Store, table: LedgerTable) -> None:
    """Delete those rows of *target* that are gone from *source*: of no log, that is."""
    key = ", ".join(table.key)
    first = ", ".join(f":a{index}" for index in range(len(table.key)))
    last = first.replace(":a", ":b")
    for page in rows(target, table):
        keys = [tuple(row[name] for name in table.key) for row in page]
        parameters = {f"a{index}": value for index, value in enumerate(keys[0])}
        parameters |= {f"b{index}": value for index, value in enumerate(keys[-1])}
        with source.read() as connection:
            found = connection.rows(
                f"""select {key} from {table.name}
                    where ({key}) >= ({first}) and ({key}) <= ({last})""",
                parameters,
            )
        there = {tuple(row[name] for name in table.key) for row in found}
        gone = [dict(zip(table.key, one, strict=True)) for one in keys if one not in there]
        if gone:
            target.write(partial(_delete, table=table, keys=gone))


def _delete(connection: Connection, table: LedgerTable, keys: Sequence[Row]) -> None:
    mine = " and ".join(f"{name} = :{name}" for name in table.key)
    connection.run_many(f"delete from {table.name} where {mine}", keys)


def resume_after(store: Store, table: LedgerTable) -> list[Any] | None:
    """Return the key after which an interrupted copy into *store* must go on."""
    if not table.log or table.key != ("id",):
        return None  # new rows of these come anywhere in the order
    with store.read() as connection:
        row = connection.one(f"select max(id) as id from {table.name}")
    return None if row is None or row["id"] is None else [row["id"] - OVERLAP]


def seal(store: Store, table: LedgerTable) -> tuple[int, str]:
    """Return the number of rows and a digest of all of them, in the order of the key."""
    digest = hashlib.sha256()
    number = 0
    for page in rows(store, table):
        number += len(page)
        names = sorted(page[0])
        digest.update("\n".join(repr([row[name] for name in names]) for row in page).encode())
        digest.update(b"\n")
    return number, digest.hexdigest()


def period_of_scans(connection: Connection) -> tuple[Instant, Instant] | None:
    """Return when the first scan was (of the last year) and when the last, by their ids."""
    row = connection.one("select min(id) as first, max(id) as last from scan")
    if row is None or row["first"] is None:
        return None
    last = ids.instant_of(row["last"])
    return max(ids.instant_of(row["first"]), last - 366 * DAY), last + 1


def leases(connection: Connection) -> int:
    """Return how many writers' numbers were given out."""
    row = connection.one("select leases from writer")
    return int(row["leases"]) if row else 0


def raise_leases(connection: Connection, least: int) -> None:
    """Give out no number below *least* any more: its ids may exist."""
    connection.run("update writer set leases = :least where leases < :least", {"least": least})


def _key(statement: str) -> tuple[str, ...]:
    listed = re.search(r"\n\s*primary\s+key\s*\(([^)]*)\)", statement)
    if listed:
        return tuple(name.strip() for name in listed[1].split(","))
    single = re.search(r"[\n(]\s*(\w+)\s+\S+\s+(?:not\s+null\s+)?primary\s+key", statement)
    if single is None:
        raise ValueError(f"no primary key in {statement.split('(')[0].strip()!r}")
    return (single[1],)
