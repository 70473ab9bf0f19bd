"""
The scans of one unit: the view ``unit_scan``, which has the columns of ``scan``.

PostgreSQL has an index by unit. On SQLite such an index was three quarters of what a
commit wrote and synced: the scans of one moment are of as many units, and each unit has
a page of its own (docs/decisions/0010). So there a list is kept beside the log and runs
behind it: every commit of scans does nothing for it, and each thousand scans are put in
at once, sorted, some to a page. What came since then is read from the end of the log.

``scan_listed_to`` says how far the list goes, by id. A scan with an id below that, made
by another process a moment earlier or after the clock was set back, is listed by a trigger
as it is written; so every scan is in exactly one half of the view, whoever wrote it.
"""
from attribution.store.engine.database import Connection, Row

# So many scans of one process later it lists what is there: 6 ms for one commit of a hundred.
BEHIND = 2000
# Of a log that was copied here, and not listed yet, a transaction's part: some hundredths
# of a second.
PART = 10_000

_COLUMNS = "at, day, issue, placement, network, client, flag"
_END = "(select id from scan_listed_to)"

_LIST = (
    """create table scan_listed (
        campaign text not null,
        unit text not null,
        id integer not null,
        primary key (campaign, unit, id)
    ) strict, without rowid""",
    """create table scan_listed_to (
        name text primary key,
        id integer not null
    ) strict""",
    # From the index, in its order: ten times as fast as part by part from the log.
    """insert into scan_listed (campaign, unit, id)
        select campaign, unit, id from scan indexed by scan_by_unit order by campaign, unit, id""",
    """insert into scan_listed_to (name, id)
        values ('scan', (select coalesce(max(id), 0) from scan))""",
    f"""create trigger scan_late after insert on scan when new.id <= {_END}
        begin insert into scan_listed values (new.campaign, new.unit, new.id); end""",
    f"""create view unit_scan as
        select listed.campaign as campaign, listed.unit as unit, listed.id as id, {_COLUMNS}
            from scan_listed listed cross join scan on scan.id = listed.id
        union all
        select campaign, unit, id, {_COLUMNS} from scan where id > {_END}""",
    "drop index scan_by_unit",
    # What told the planner to leave that index alone.
    "delete from sqlite_stat1 where tbl in ('scan', 'writer')",
)


def on_sqlite(connection: Connection) -> None:
    """Put the list in the place of the index, with all that is there."""
    connection.run("analyze writer")  # makes the table of statistics, where there is none
    for statement in _LIST:
        connection.run(statement)


def on_postgresql(connection: Connection) -> None:
    """Give the scans by unit, as the index has them, the name that SQLite's have."""
    connection.run(
        f"create view unit_scan as select campaign, unit, id, {_COLUMNS} from scan"
    )


def list_more(connection: Connection, most: int) -> bool:
    """List the next scans of the log, *most* of them; return whether there may be more."""
    row = connection.one(
        f"""select max(id) as id, count(*) as n
            from (select id from scan where id > {_END} order by id limit :most) next""",
        {"most": most},
    )
    assert row is not None
    if row["id"] is not None:
        connection.run(
            f"""insert into scan_listed (campaign, unit, id)
                select campaign, unit, id from scan where id > {_END} and id <= :last
                order by campaign, unit, id""",
            {"last": row["id"]},
        )
        connection.run("update scan_listed_to set id = :last", {"last": row["id"]})
    return int(row["n"]) == most


def forget(connection: Connection, where: str, bound: Row) -> None:
    """Take from the list those scans of the log that the condition *where* finds."""
    connection.run(
        f"""delete from scan_listed where (campaign, unit, id) in (
                select campaign, unit, id from scan where {where})""",
        bound,
    )


def wrong(connection: Connection) -> int:
    """Return how many scans the list has too many or too few."""
    row = connection.one(
        f"""select (select count(*) from scan_listed) as listed, count(*) as logged,
                coalesce(sum(not exists (
                    select 1 from scan_listed listed where listed.campaign = scan.campaign
                        and listed.unit = scan.unit and listed.id = scan.id)), 0) as missing
            from scan where id <= {_END}"""
    )
    assert row is not None
    return int(row["missing"] + row["listed"] - (row["logged"] - row["missing"]))


def begin_anew(connection: Connection) -> None:
    """Empty the list, to be made from the log by `list_more`."""
    connection.run("delete from scan_listed")
    connection.run("update scan_listed_to set id = 0")
