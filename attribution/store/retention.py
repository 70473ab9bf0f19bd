"""
The only code past the append-only triggers: what the law says must go, and a record of it.

Triggers are put aside and back in the transaction of the change, so that a kill in
between leaves them where they were.
"""
import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence

from attribution.instants import Instant, day_of
from attribution.store import partitions
from attribution.store.database import Connection, Row
from attribution.store.ids import first_id_at

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
    limit: int,
) -> list[str]:
    """Return persons the platform never spoke of, whose every claim has lapsed."""
    rows = connection.rows(
        """select person from claim where campaign = :campaign
               and not exists (select 1 from fact where fact.campaign = claim.campaign
                   and fact.person = claim.person)
           group by person
           having max(case when verified = 1 then at - :verified else at - :unverified end) < 0
               and max(last4) <> ''
           order by person limit :limit""",
        {
            "campaign": campaign, "verified": verified_before, "unverified": unverified_before,
            "limit": limit,
        },
    )
    return [row["person"] for row in rows]


def asked(connection: Connection, campaign: str, limit: int) -> list[str]:
    """Return persons who asked to be erased, wholly or claim by claim to the last."""
    rows = connection.rows(
        """select distinct person from erasure_asked where campaign = :campaign
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
        {"campaign": campaign, "limit": limit},
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


def old_scans(connection: Connection, campaign: str, before: Instant) -> int:
    """Return how many scans are older than *before*."""
    row = connection.one(
        "select count(*) as n from scan where campaign = :campaign and id < :before",
        {"campaign": campaign, "before": first_id_at(before)},
    )
    return int(row["n"]) if row else 0


def forget_scans(connection: Connection, dialect: str, campaign: str, before: Instant) -> int:
    """Delete scans older than *before*, keeping their counts; return how many."""
    bound = {"campaign": campaign, "before": first_id_at(before)}
    counts: Counter[tuple[str, int, str]] = Counter()
    for row in connection.rows(
        """select unit, day, case when flag is null then 'scan' else 'flagged' end as kind,
               count(*) as n
           from scan where campaign = :campaign and id < :before
           group by unit, day, case when flag is null then 'scan' else 'flagged' end""",
        bound,
    ):
        counts[row["unit"], row["day"], row["kind"]] += int(row["n"])
    _keep_counts(connection, campaign, counts)
    if dialect == "postgresql":
        return partitions.forget(connection, campaign, first_id_at(before))
    connection.run("delete from scan_listed where campaign = :campaign and id < :before", bound)
    with past_the_triggers(connection, dialect, ["scan"]):
        return connection.run("delete from scan where campaign = :campaign and id < :before", bound)


def empty_all(connection: Connection, campaign: str) -> dict[str, int]:
    """Empty last digits and networks everywhere; return how many rows by table."""
    done = {}
    for table, columns in {"scan": ("network",), **LOGS, **OTHERS}.items():
        if columns:
            emptied = ", ".join(f"{column} = ''" for column in columns)
            done[table] = connection.run(
                f"update {table} set {emptied} where campaign = :campaign", {"campaign": campaign}
            )
    for table in FORGOTTEN:
        done[table] = connection.run(
            f"delete from {table} where campaign = :campaign", {"campaign": campaign}
        )
    return done


def forget_requests(connection: Connection, before: Instant) -> int:
    """Delete the answers kept for partners' retries; return how many."""
    return connection.run("delete from partner_answer where at < :before", {"before": before})


def record(
    connection: Connection, campaign: str, row: Row, keys: Sequence[int | str] = ()
) -> None:
    """Write down what was taken: of single rows *keys*, else of all before ``row['before']``."""
    connection.run(
        """insert into retention_run (campaign, id, at, log, kind, keys, before, rows, by_whom)
           values (:campaign, :id, :at, :log, :kind, :keys, :before, :rows, :by_whom)""",
        {"campaign": campaign, "keys": json.dumps(list(keys)) if keys else "", **row},
    )
