"""
The schema, as a list of steps. A step that has shipped is never edited.

One text for every engine; `Words` holds the few that differ. Everything about a
person is keyed by (campaign, person), the shard key of a distributed database;
scans by their own id; units and codes are small reference tables (docs/scale.md).
Logs (scan, claim, claim_event, fact, adjustment, credit, audit …) only grow, and
triggers refuse anything else. `standing` and `tally` are derived from the logs
and can be rebuilt at any time (`attribution rebuild`).
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from attribution.store.engine.database import Connection, NewerLedger
from attribution.store.migrations import (
    m001_registry,
    m002_log,
    m003_ledger,
    m004_staff,
    m006_ledger,
    m007_resident,
    m008_console,
    m009_scale,
    m010_ledger,
    m011_bulk,
    m012_console,
    m013_scan_lists,
    m014_astray,
    m015_forms,
    m016_own_password,
    m017_grades,
    m018_stated,
    m020_history,
    m023_foresight,
    m024_two,
    m025_people,
    m027_addresses,
    m027_neighbours,
    m028_counter,
    m029_feeds,
    m030_assisted,
    m031_patrol,
    m033_paper,
    m034_words,
    m035_notices,
    m036_log,
    m042_figures,
    m043_scenes,
    m044_snapshots,
    m046_end,
    m048_cluster,
    m049_one_time,
)

# In the order they are applied, which is the order they shipped in: 7 came before 6.
MIGRATIONS = [
    m001_registry.STEP,
    m002_log.STEP,
    m003_ledger.STEP,
    m004_staff.STEP,
    m007_resident.STEP,
    m006_ledger.STEP,
    m008_console.STEP,
    m009_scale.STEP,
    m010_ledger.STEP,
    m011_bulk.STEP,
    m012_console.STEP,
    m013_scan_lists.STEP,
    m014_astray.STEP,
    m015_forms.STEP,
    m016_own_password.STEP,
    m017_grades.STEP,
    m018_stated.STEP,
    m020_history.STEP,
    m023_foresight.STEP,
    m024_two.STEP,
    m025_people.STEP,
    m027_addresses.STEP,
    m028_counter.STEP,
    m027_neighbours.STEP,
    m030_assisted.STEP,
    m031_patrol.STEP,
    m033_paper.STEP,
    m029_feeds.STEP,
    m036_log.STEP,
    m042_figures.STEP,
    m035_notices.STEP,
    m043_scenes.STEP,
    m046_end.STEP,
    m034_words.STEP,
    m044_snapshots.STEP,
    m048_cluster.STEP,
    m049_one_time.STEP,
]


@dataclass(frozen=True)
class Words:
    """What the engines call things."""

    instant: str  # a 64-bit integer
    strict: str  # refuses values of another type than the column's
    append_only: Callable[[str], list[str]]  # statements that close a table to change
    bytes: str  # a text of bytes, any
    keyed: str  # as strict; and the row lies in the key's own tree, where there is a choice
    # What one engine does besides, by the step's name.
    besides: Mapping[str, Callable[[Connection], None]] = field(default_factory=dict)


def refuse_newer(connection: Connection) -> None:
    """
    Refuse a ledger that a newer program migrated, before anything is written to it.

    What its later steps promise is unknown here, so whatever this program wrote might
    break it, and nobody would see.

    Raises:
        NewerLedger: it names the newest step of the ledger and of the program.
    """
    unknown = _seen(connection) - {migration.name for migration in MIGRATIONS}
    if unknown:
        raise NewerLedger(max(unknown), MIGRATIONS[-1].name)


def _seen(connection: Connection) -> set[str]:
    return {row["name"] for row in connection.rows("select name from migration")}


def apply(connection: Connection, words: Words) -> list[str]:
    """
    Apply the steps that the database has not seen; return their names.

    Raises:
        NewerLedger: see `refuse_newer`.
    """
    connection.run("create table if not exists migration (name text primary key)")
    refuse_newer(connection)
    seen = _seen(connection)
    applied = []
    for migration in MIGRATIONS:
        if migration.name in seen:
            continue
        for statement in migration.statements:
            connection.run(statement.format(
                instant=words.instant, strict=words.strict, bytes=words.bytes, keyed=words.keyed
            ))
        for table in migration.append_only:
            for statement in words.append_only(table):
                connection.run(statement)
        if migration.name in words.besides:
            words.besides[migration.name](connection)
        connection.run("insert into migration (name) values (:name)", {"name": migration.name})
        applied.append(migration.name)
    return applied


def missing(connection: Connection) -> list[str]:
    """Return the names of the steps that the database has not seen."""
    seen = _seen(connection)
    return [migration.name for migration in MIGRATIONS if migration.name not in seen]
