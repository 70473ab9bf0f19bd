"""
Where each table lies on a distributed PostgreSQL (Citus), and the statements that say so.

Three kinds: about a person, by the person, all beside `claim`, so that one person's rows
are on one node; long ones about no person, by the first of their key that spreads; and
small ones read by everybody, whole on every node (reference tables). A table that is in none
of them has no place, and a test fails: a long table that slipped onto every node by default
would be found by whoever has a billion rows.
"""
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from attribution.store.engine.database import Connection, Database, StoreError
from attribution.store.transfer import tables

# Long tables without a person in their key -> the column of the key that spreads them.
# `tally` by slot, not by unit: a batch of scans is counted where it is written (`engine/lanes.py`).
# `one_time` on one shard: it holds a day's, and is asked by person, form, network and browser.
SPREAD = {
    "scan": "id", "seen": "scan", "way_out": "id", "form": "token", "receipt": "digest",
    "passing": "digest",
    "one_time": "campaign", "difference": "id", "difference_done": "difference",
    "difference_again": "difference", "feed_chunk": "number",
    "tally": "slot", "tally_kept": "unit", "partner_nonce": "nonce", "partner_answer": "request",
    "seal_page": "number", "written": "id", "lapsed": "mark", "log_leaf": "key", "log_tile": "n",
    "unit_count": "id",
}
# Of these, beside which another's shards they lie: asked together, each by the other's id.
BESIDE = {"difference_done": "difference", "difference_again": "difference"}
# Small, seldom written, and read by everybody: whole on every node.
WHOLE = {
    # the registry, accounts, sessions
    "unit", "registry_version", "revocation", "campaign_terms", "contact", "placement",
    # who may be the second person, and what was asked of it
    "rule_of_two", "hand", "request", "request_answer",
    "unit_change", "setting_change", "campaign_file",
    "account", "account_scope", "staff_session", "throttle", "preference", "notice_mark",
    "handover", "paper_mark", "end_mark",
    # what goes out, and to whom
    "notice_address", "notice_robot", "notice_choice", "notice", "notice_file", "notice_turn",
    # files on their way, what is asked and answered; some a day
    "batch", "batch_report", "feed_source", "feed_plan", "feed_confirmation", "feed_job",
    "known_list", "poster_job", "patrol", "proposal", "proposal_answer", "appeal", "appeal_answer",
    "hold_word",
    "platform_count", "stated_figure", "scene_version",
    "snapshot", "snapshot_file",
    "partner_key", "partner_revocation", "retention_run",
    # what locks and seals add up to, and the chain that one after another extends
    "period_request", "period_lock", "period_count", "seal", "export_seal", "audit", "audit_head",
    "log_head", "log_mark", "log_event",
    # one row a process or a step
    "beat", "writer", "migration",
}
# This engine's own, which no migration names.
_OWN = {"turn": ("campaign", "person"), "written": ("id",), "writer": ("name",),
        "migration": ("name",)}

# Of each distributed table, unless the database says how many itself. A question that crosses
# persons asks each shard, one after another: the server's own 32 are four times as slow as these.
SHARDS = 8
# What citus 11 and later ask before they take our triggers (they look at their row alone).
PREPARE = "set citus.enable_unsafe_triggers = on"
_SHARDED = f"set citus.shard_count = {SHARDS}"


@dataclass(frozen=True)
class Place:
    """Where one table lies: by *column*, or whole on every node when that is None."""

    table: str
    column: str | None
    beside: str = ""  # the table whose shards it shares
    moved: bool = False  # it is distributed, by another column than is due


def places() -> list[Place]:
    """
    Return the place of every table, reference tables first: others refer to them.

    A table without one is left out, and `refused` names it.
    """
    keys = {**{table.name: table.key for table in tables()}, **_OWN}
    found = []
    for name, key in keys.items():
        if "person" in key:
            found.append(Place(name, "person", "" if name == "claim" else "claim"))
        elif name in SPREAD or name in WHOLE:
            found.append(Place(name, SPREAD.get(name), BESIDE.get(name, "")))
    return sorted(found, key=lambda place: (place.column is not None, place.beside != ""))


def statements() -> list[str]:
    """Return what makes the tables of a new ledger distributed, to be run in this order."""
    return [PREPARE, _SHARDED, *(statement_for(place) for place in places())]


def statement_for(place: Place) -> str:
    if place.column is None:
        return f"select create_reference_table('{place.table}')"
    if place.moved:
        return (
            f"select alter_distributed_table('{place.table}',"
            f" distribution_column => '{place.column}', colocate_with => 'none')"
        )
    return (
        f"select create_distributed_table('{place.table}', '{place.column}',"
        f" colocate_with => '{place.beside or 'none'}')"
    )


def due(database: Database) -> list[Place]:
    """
    Return the places of the tables that are not distributed yet, or by another column.

    Raises:
        StoreError: the server has no Citus.
    """
    with database.reading() as connection:
        if not connection.one("select 1 as one from pg_extension where extname = 'citus'"):
            raise StoreError("the server has no Citus")
        there = {
            row["name"]: row["by"] for row in connection.rows(
                """select logicalrelid::text as name,
                       column_to_column_name(logicalrelid, partkey) as by from pg_dist_partition"""
            )
        }
    return [
        replace(place, moved=place.table in there) for place in places()
        if place.table not in there or place.column not in (None, there[place.table])
    ]


def distribute(database: Database, due: Sequence[Place]) -> None:
    """
    Distribute the tables of the places *due*; those that are, by another column.

    Raises:
        StoreError: the server refuses.
    """
    def spread(connection: Connection, place: Place) -> None:
        connection.run(PREPARE.replace("set ", "set local "))
        if connection.rows(_OF_THE_SERVER):
            connection.run(_SHARDED.replace("set ", "set local "))
        connection.rows(statement_for(place))

    for place in due:  # one by one: interrupted, it goes on where it was
        database.attempt(partial(spread, place=place), repeatable=True)


_OF_THE_SERVER = """
    select 1 as one from pg_settings where name = 'citus.shard_count'
        and source = 'default'"""


def close_to_truncate(connection: Connection) -> list[str]:
    """
    Take from the owner of the logs the right to empty them, as a trigger does on one server.

    Returns those that can be emptied all the same: the role is a superuser.
    """
    logs = [table.name for table in tables() if table.log]
    for row in connection.rows(_EMPTIED):
        if row["name"] in logs or row["parent"] in logs:
            connection.run(f"revoke truncate on {row['name']} from current_user")
    return [row["name"] for row in connection.rows(_EMPTIED) if row["name"] in logs]


_EMPTIED = """
    select relname as name, (select inhparent::regclass::text from pg_inherits
        where inhrelid = pg_class.oid) as parent
    from pg_class join pg_namespace n on n.oid = relnamespace
    where n.nspname = current_schema() and relkind in ('r', 'p')
        and has_table_privilege(pg_class.oid, 'truncate')
    order by relname"""


def refused(connection: Connection) -> list[str]:
    """
    Return why Citus would refuse one of the places, by the catalog of this database.

    Its rules (documentation of Citus, "Creating and Modifying Distributed Objects"): a
    unique key contains the distribution column; a foreign key goes from a reference table
    to a reference table, or from a distributed one to a reference table or, containing the
    distribution column, to one beside it; triggers are of rows; every table has a place.
    """
    where = {place.table: place for place in places()}
    found = []
    for row in connection.rows(_TABLES):
        if row["name"] not in where:
            found.append(f"{row['name']}: has no place")
    for row in connection.rows(_UNIQUE):
        place = where.get(row["name"])
        if place and place.column and place.column not in row["columns"]:
            found.append(f"{row['name']}: {row['key']} is unique without {place.column}")
    for row in connection.rows(_FOREIGN):
        here, there = where.get(row["name"]), where.get(row["target"])
        if here is None or there is None or there.column is None:
            continue
        pairs = set(zip(row["columns"], row["targets"], strict=True))
        beside = {here.beside or here.table} == {there.beside or there.table}
        if here.column is None or not beside or (here.column, there.column) not in pairs:
            found.append(f"{row['name']}: {row['key']} refers to the distributed {row['target']}")
    return sorted(found)


_TABLES = """
    select relname as name from pg_class join pg_namespace n on n.oid = relnamespace
    where n.nspname = current_schema() and relkind in ('r', 'p') and not relispartition
    order by relname"""

_UNIQUE = """
    select t.relname as name, i.relname as key,
        array(select a.attname::text from pg_attribute a
              where a.attrelid = x.indrelid and a.attnum = any(x.indkey)) as columns
    from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
        join pg_namespace n on n.oid = t.relnamespace
    where x.indisunique and n.nspname = current_schema() and not t.relispartition
    order by t.relname, i.relname"""

_FOREIGN = """
    select t.relname as name, c.conname as key, o.relname as target,
        array(select a.attname::text from unnest(c.conkey) with ordinality as k (num, place)
              join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num
              order by k.place) as columns,
        array(select a.attname::text from unnest(c.confkey) with ordinality as k (num, place)
              join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.num
              order by k.place) as targets
    from pg_constraint c join pg_class t on t.oid = c.conrelid
        join pg_class o on o.oid = c.confrelid join pg_namespace n on n.oid = t.relnamespace
    where c.contype = 'f' and n.nspname = current_schema()
    order by t.relname, c.conname"""
