"""
The only code past the append-only triggers: what the law says must go, and a record of it.

Triggers are put aside and back in the transaction of the change, so that a kill in
between leaves them where they were.
"""
import contextlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from attribution.instants import Instant, day_of
from attribution.store import partitions
from attribution.store.database import Connection, Row, among

# Where a person's digest stands, and what else about them, in sealed logs and beside them.
LOGS = {
    "claim": ("last4", "network"), "claim_event": (), "fact": ("last4",), "credit": (),
    "adjustment": (), "proposal": (), "difference": ("last4",), "erasure_asked": (),
}
OTHERS = {"form": (), "standing": ("last4",)}
# Of these, the ones whose key is not the person's.
NOT_BY_PERSON = ("proposal", "difference", "form")
FORGOTTEN = ("receipt", "newness", "one_time", "known_user", "head")


@contextlib.contextmanager
def past_the_triggers(
    connection: Connection, dialect: str, tables: Sequence[str]
) -> Iterator[None]:
    """Let the block change rows of *tables*."""
    if dialect != "sqlite":
        for table in tables:
            connection.run(f"alter table {table} disable trigger user")
        yield
        for table in tables:
            connection.run(f"alter table {table} enable trigger user")
        return
    triggers = [
        row for row in connection.rows(
            "select name, tbl_name, sql from sqlite_master where type = 'trigger'"
        )
        if row["tbl_name"] in tables
    ]
    for row in triggers:
        connection.run(f"drop trigger {row['name']}")
    yield
    for row in triggers:
        connection.run(row["sql"])


def unmatched(
    connection: Connection, campaign: str, verified_before: Instant, unverified_before: Instant,
    *, after: str = "", only: Collection[str] | None = None, limit: int,
) -> list[str]:
    """
    Return persons the platform never spoke of, whose every claim has lapsed.

    Args:
        after: Only persons whose digest comes after it, the first *limit* of them.
        only: Only those of these persons.
    """
    condition, parameters = among("person", only)
    rows = connection.rows(
        f"""select person from claim where campaign = :campaign and person > :after{condition}
               and not exists (select 1 from fact where fact.campaign = claim.campaign
                   and fact.person = claim.person)
           group by person
           having max(case when verified = 1 then at - :verified else at - :unverified end) < 0
               and max(last4) <> ''
           order by person limit :limit""",
        {
            "campaign": campaign, "verified": verified_before, "unverified": unverified_before,
            "after": after, "limit": limit, **parameters,
        },
    )
    return [row["person"] for row in rows]


def asked(
    connection: Connection, campaign: str, *, after: str = "",
    only: Collection[str] | None = None, limit: int,
) -> list[str]:
    """
    Return persons who asked to be erased, wholly or claim by claim to the last.

    Args: as for `unmatched`.
    """
    condition, parameters = among("person", only)
    rows = connection.rows(
        f"""select distinct person from erasure_asked
           where campaign = :campaign and person > :after{condition}
               and (claim is null or not exists (
                   select 1 from claim where claim.campaign = erasure_asked.campaign
                       and claim.person = erasure_asked.person
                       and not exists (select 1 from claim_event
                           where claim_event.campaign = claim.campaign
                               and claim_event.person = claim.person
                               and claim_event.claim = claim.id
                               and coalesce(claim_event.kind, '') = 'withdrawn')))
               and exists (select 1 from standing where standing.campaign = erasure_asked.campaign
                   and standing.person = erasure_asked.person and standing.last4 <> '')
           order by person limit :limit""",
        {"campaign": campaign, "after": after, "limit": limit, **parameters},
    )
    return [row["person"] for row in rows]


def unlink(
    connection: Connection, campaign: str, person: str, other: str
) -> dict[str, list[int | str]]:
    """Put *other*, a name by chance, in *person*'s place everywhere; return the rows by log."""
    touched: dict[str, list[int | str]] = {}
    key = {"campaign": campaign, "person": person}
    for table in LOGS:
        rows = connection.rows(
            f"select id from {table} where campaign = :campaign and person = :person", key
        )
        if rows:
            # Sorted here: asked for the order, SQLite reads the whole table by it.
            touched[table] = sorted(row["id"] for row in rows)
    forms = connection.rows("select token from form where person = :person", {"person": person})
    if forms:
        touched["form"] = sorted(row["token"] for row in forms)
    for table, columns in {**LOGS, **OTHERS}.items():
        scope = "" if table == "form" else " and campaign = :campaign"
        _rename(
            connection, table, f"person = :person{scope}", key if scope else {"person": person},
            other, columns,
        )
    for table in FORGOTTEN:
        connection.run(
            f"delete from {table} where campaign = :campaign and person = :person", key
        )
    return touched


def _rename(
    connection: Connection, table: str, condition: str, bound: Row, other: str,
    emptied: Sequence[str],
) -> None:
    """Put *other* in the person's place in the rows of *table* that *condition* finds."""
    if table in NOT_BY_PERSON:
        more = "".join(f", {column} = ''" for column in emptied)
        connection.run(
            f"update {table} set person = :other{more} where {condition}",
            {**bound, "other": other},
        )
        return
    # Taken out and put back under the other name: where a ledger is distributed the
    # digest says on which node a row lies, and cannot be changed in place.
    rows = connection.rows(f"select * from {table} where {condition}", bound)
    if rows:
        connection.run(f"delete from {table} where {condition}", bound)
        connection.run_many(
            f"""insert into {table} ({", ".join(rows[0])})
                values ({", ".join(f":{name}" for name in rows[0])})""",
            [{**row, "person": other, **dict.fromkeys(emptied, "")} for row in rows],
        )


def asked_one_by_one(connection: Connection, campaign: str, limit: int) -> list[Row]:
    """
    Return claims whose person asked to erase them while others of theirs stand.

    Not those a credit rests on: what was done by consent stays lawful (PIPL 15) and must
    stay provable, until the person's other claims go too.
    """
    return connection.rows(
        """select claim.person as person, claim.id as claim, claim.unit as unit
           from erasure_asked join claim on claim.campaign = erasure_asked.campaign
               and claim.person = erasure_asked.person and claim.id = erasure_asked.claim
           where erasure_asked.campaign = :campaign and claim.last4 <> ''
               and not exists (select 1 from credit where credit.campaign = claim.campaign
                   and credit.person = claim.person and credit.claim = claim.id)
           order by claim.id limit :limit""",
        {"campaign": campaign, "limit": limit},
    )


def claimant_counts(
    connection: Connection, campaign: str, persons: Sequence[str], unit: str
) -> Counter[int]:
    """Return what *persons* add to the claimants of *unit*, by the day of their first claim."""
    names = ", ".join(f":p{index}" for index in range(len(persons)))
    rows = connection.rows(
        f"""select min(at) as at from claim
            where campaign = :campaign and unit = :unit and person in ({names}) group by person""",
        {"campaign": campaign, "unit": unit,
         **{f"p{index}": person for index, person in enumerate(persons)}},
    )
    return Counter(day_of(row["at"]) for row in rows)


def unlink_claim(
    connection: Connection, campaign: str, person: str, claim: int, unit: str, other: str
) -> dict[str, list[int | str]]:
    """Put *other* in *person*'s place in one claim and what befell it; return the rows by log."""
    key = {"campaign": campaign, "person": person, "claim": claim}
    before = claimant_counts(connection, campaign, [person], unit)
    touched: dict[str, list[int | str]] = {}
    for table in ("claim", "claim_event", "proposal", "erasure_asked", "form"):
        column = "id" if table == "claim" else "claim"
        name, scope = ("token", "") if table == "form" else ("id", " and campaign = :campaign")
        mine = f"person = :person and {column} = :claim{scope}"
        bound = key if scope else {"person": person, "claim": claim}
        rows = connection.rows(f"select {name} as name from {table} where {mine}", bound)
        if rows:
            touched[table] = sorted(row["name"] for row in rows)
            _rename(connection, table, mine, bound, other, {**LOGS, **OTHERS}[table])
    for table in ("receipt", "newness"):
        connection.run(
            f"""delete from {table}
                where campaign = :campaign and person = :person and claim = :claim""",
            key,
        )
    # One person has become two; the counts of people stay those of before.
    after = claimant_counts(connection, campaign, [person, other], unit)
    after.subtract(before)
    _keep_counts(connection, campaign, Counter({
        (unit, day, "claimant"): -n for day, n in after.items() if n
    }))
    return touched


def _keep_counts(
    connection: Connection, campaign: str, counts: Counter[tuple[str, int, str]]
) -> None:
    connection.run_many(
        """insert into tally_kept (campaign, unit, day, kind, n)
           values (:campaign, :unit, :day, :kind, :n)
           on conflict (campaign, unit, day, kind) do update set n = tally_kept.n + excluded.n""",
        [
            {"campaign": campaign, "unit": unit, "day": day, "kind": kind, "n": n}
            for (unit, day, kind), n in sorted(counts.items())
        ],
    )


def old_scans(connection: Connection, campaign: str, before: int) -> int:
    """Return how many scans have an id below *before*."""
    row = connection.one(
        f"select count(*) as n from scan where {_MINE} = :campaign and id < :before",
        {"campaign": campaign, "before": before},
    )
    return int(row["n"]) if row else 0


# The campaign is no way to find scans, all are of one: an expression hides it from the
# planner of either engine, and leaves it the key.
_MINE = "campaign || ''"


def forget_scans(
    connection: Connection, dialect: str, campaign: str, after: int, before: int, limit: int
) -> tuple[int, int]:
    """
    Delete the oldest scans with ids over *after* and below *before*, keeping their counts.

    Returns:
        How many, at most *limit*, and the last one's id.
    """
    found = connection.one(
        f"""select max(id) as last, count(*) as n from (
                select id from scan
                where {_MINE} = :campaign and id > :after and id < :before
                order by id limit :limit) oldest""",
        {"campaign": campaign, "after": after, "before": before, "limit": limit},
    )
    if found is None or not found["n"]:
        return 0, after
    last = int(found["last"])
    bound: Row = {"campaign": campaign, "after": after, "last": last}
    where = f"{_MINE} = :campaign and id > :after and id <= :last"
    _keep_counts(connection, campaign, _scans_of(connection, "scan", where, bound))
    if dialect == "postgresql":
        partitions.delete(connection, campaign, after, last)
    else:
        with past_the_triggers(connection, dialect, ["scan"]):
            connection.run(f"delete from scan where {where}", bound)
    return int(found["n"]), last


def weeks_over(connection: Connection, dialect: str, before: int) -> list[partitions.Partition]:
    """Return the weeks of the scan log whose ids are all below *before*, where it has weeks."""
    return partitions.over(connection, before) if dialect == "postgresql" else []


def forget_week(connection: Connection, campaign: str, week: partitions.Partition) -> int | None:
    """
    Drop a *week* of scans and keep their counts; return how many there were.

    None: it holds another campaign's, and nothing was done.
    """
    connection.alone(week.name)
    others = f"select 1 as one from {week.name} where campaign <> :campaign limit 1"
    if connection.one(others, {"campaign": campaign}):
        return None
    counts = _scans_of(connection, week.name, "campaign = :campaign", {"campaign": campaign})
    _keep_counts(connection, campaign, counts)
    partitions.drop(connection, week)
    return counts.total()


def _scans_of(
    connection: Connection, table: str, where: str, bound: Row
) -> Counter[tuple[str, int, str]]:
    kind = "case when flag is null then 'scan' else 'flagged' end"
    return Counter({
        (row["unit"], row["day"], row["kind"]): int(row["n"])
        for row in connection.rows(
            f"""select unit, day, {kind} as kind, count(*) as n from {table} where {where}
                group by unit, day, {kind}""",
            bound,
        )
    })


# Tables with columns that are emptied at the end, and what their rows are taken by.
EMPTIED = {
    table: columns
    for table, columns in {"scan": ("network",), **LOGS, **OTHERS}.items() if columns
}


def empty(
    connection: Connection, dialect: str, campaign: str, table: str, after: int | str, limit: int
) -> tuple[int, int | str]:
    """
    Empty last digits and networks of the first rows of *table* after the key *after*.

    Returns:
        Of how many rows, at most *limit*, and the last one's key.
    """
    key = _key_of(table)
    mine = _MINE if table == "scan" else "campaign"
    full = " or ".join(f"{column} <> ''" for column in EMPTIED[table])
    found = connection.one(
        f"""select max({key}) as last, count(*) as n from (
                select {key} from {table}
                where {mine} = :campaign and {key} > :after and ({full})
                order by {key} limit :limit) step""",
        {"campaign": campaign, "after": after, "limit": limit},
    )
    if found is None or not found["n"]:
        return 0, after
    emptied = ", ".join(f"{column} = ''" for column in EMPTIED[table])
    with past_the_triggers(connection, dialect, [table]):
        connection.run(
            f"""update {table} set {emptied}
                where {mine} = :campaign and {key} > :after and {key} <= :last and ({full})""",
            {"campaign": campaign, "after": after, "last": found["last"]},
        )
    return int(found["n"]), found["last"]


def first_key(table: str) -> int | str:
    """Return what comes before every key that `empty` goes by."""
    return "" if _key_of(table) == "person" else 0


def _key_of(table: str) -> str:
    return "person" if table == "standing" else "id"


def forget(connection: Connection, campaign: str, table: str, limit: int) -> int:
    """Delete rows of one of FORGOTTEN, of whole persons; return how many, 0 at the end."""
    found = connection.one(
        f"""select max(person) as last from (select person from {table}
                where campaign = :campaign order by person limit :limit) step""",
        {"campaign": campaign, "limit": limit},
    )
    if found is None or found["last"] is None:
        return 0
    return connection.run(
        f"delete from {table} where campaign = :campaign and person <= :last",
        {"campaign": campaign, "last": found["last"]},
    )


def forget_requests(connection: Connection, before: Instant, limit: int) -> int:
    """Delete some of the answers kept for partners' retries; return how many."""
    return connection.run_many(
        "delete from partner_answer where partner = :partner and request = :request",
        connection.rows(
            "select partner, request from partner_answer where at < :before limit :limit",
            {"before": before, "limit": limit},
        ),
    )


def record(
    connection: Connection, campaign: str, row: Row, keys: Sequence[int | str] = ()
) -> None:
    """Write down what was taken: of single rows *keys*, else of all before ``row['before']``."""
    connection.run(
        """insert into retention_run (campaign, id, at, log, kind, keys, before, rows, by_whom)
           values (:campaign, :id, :at, :log, :kind, :keys, :before, :rows, :by_whom)""",
        {"campaign": campaign, "keys": json.dumps(list(keys)) if keys else "", **row},
    )
