"""What the law says must go from the ledger, and a record of it (scans: `old_scans`)."""
import json
from collections import Counter
from collections.abc import Collection, Sequence

from attribution.rule.instants import Instant, day_of
from attribution.store import log_tree, old_scans, takeover_rows, tallies
from attribution.store.assisted import CLIENT
from attribution.store.engine.database import Connection, Row, among
from attribution.store.triggers import past_the_triggers

# Where a person's digest stands, and what else about them, in sealed logs and beside them.
LOGS = {
    "claim": ("last4", "network"), "claim_event": (), "fact": ("last4",), "credit": (),
    "adjustment": (), "proposal": (), "difference": ("last4",), "erasure_asked": (),
}
OTHERS = {"form": (), "standing": ("last4",)}
# A sealed log whose rows go wholly (`forget_aliases`): nothing is left when the person is.
DELETED = ("alias",)
# Of these, the ones whose key is not the person's.
NOT_BY_PERSON = ("proposal", "difference", "form")
# What is deleted, and what it is found by.
FORGOTTEN = {
    "receipt": "claim", "passing": "claim", "newness": "person", "one_time": "person",
    "known_user": "person", "head": "person", "takeover": "person",
}


def asked(
    connection: Connection, campaign: str, *, after: str = "",
    only: Collection[str] | None = None, limit: int,
) -> list[str]:
    """
    Return persons who asked to be erased, wholly or claim by claim to the last.

    Args: as for `lapses.unmatched`.
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


def rename_facts(
    connection: Connection, campaign: str, name: str, ids: Collection[int], other: str
) -> None:
    """Put *other* in the place of *name*, no person's digest, in the facts *ids* under it."""
    condition, parameters = among("id", ids)
    _rename(
        connection, "fact", f"person = :person and campaign = :campaign{condition}",
        {"person": name, "campaign": campaign, **parameters}, other, LOGS["fact"],
    )


def unlink(
    connection: Connection, campaign: str, person: str, other: str
) -> dict[str, list[int | str]]:
    """
    Put *other*, a name by chance, in *person*'s place everywhere; return the rows by log.

    Facts under other names than the number's are the caller's to rename first.
    """
    touched: dict[str, list[int | str]] = {}
    key = {"campaign": campaign, "person": person}
    for table in LOGS:
        rows = connection.rows(
            f"select id from {table} where campaign = :campaign and person = :person", key
        )
        if rows:
            # Sorted here: asked for the order, SQLite reads the whole table by it.
            touched[table] = sorted(row["id"] for row in rows)
    # By their claims, for nothing leads from a person to forms and receipts.
    its_claims, claims = among("claim", [int(id) for id in touched.get("claim", ())])
    mine, bound = f"person = :person{its_claims}", {"person": person, **claims}
    forms = connection.rows(f"select token from form where {mine}", bound)
    if forms:
        touched["form"] = sorted(row["token"] for row in forms)
    for table, columns in {**LOGS, **OTHERS}.items():
        if table == "form":
            _rename(connection, table, mine, bound, other, columns)
        else:
            _rename(
                connection, table, "person = :person and campaign = :campaign", key, other, columns
            )
    if names := forget_aliases(connection, campaign, [person]):
        touched["alias"] = names
    for table, found_by in FORGOTTEN.items():
        more, its = (its_claims, claims) if found_by == "claim" else ("", {})
        connection.run(
            f"delete from {table} where campaign = :campaign and person = :person{more}",
            {**key, **its},
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
) -> Counter[tuple[int, str]]:
    """Return what *persons* add to the counts of people of *unit*, by day and kind."""
    names = ", ".join(f":p{index}" for index in range(len(persons)))
    rows = connection.rows(
        f"""select person, at, client from claim
            where campaign = :campaign and unit = :unit and person in ({names})
            order by at, id""",
        {"campaign": campaign, "unit": unit,
         **{f"p{index}": person for index, person in enumerate(persons)}},
    )
    counts: Counter[tuple[int, str]] = Counter()
    for row in {row["person"]: row for row in reversed(rows)}.values():  # each one's first
        counts[day_of(row["at"]), "claimant"] += 1
        counts[day_of(row["at"]), "assisted"] += row["client"] == CLIENT
    return counts


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
    for table in ("receipt", "passing", "newness"):
        connection.run(
            f"""delete from {table}
                where campaign = :campaign and person = :person and claim = :claim""",
            key,
        )
    # It tied the claim to who is still known by others.
    takeover_rows.forget_claim(connection, campaign, person, claim)
    # One person has become two; the counts of people stay those of before.
    after = claimant_counts(connection, campaign, [person, other], unit)
    after.subtract(before)
    tallies.keep(connection, campaign, Counter({
        (unit, day, kind): -n for (day, kind), n in after.items() if n
    }))
    return touched


def empty_rows(
    connection: Connection, dialect: str, campaign: str, table: str, after: int, limit: int
) -> tuple[int, int]:
    """
    Empty what may name a person in the first rows of *table*, a log, after the id *after*.

    Returns:
        In how many rows, at most *limit*, and the last one's id.
    """
    mine = old_scans.MINE if table == "scan" else "campaign"
    found = connection.one(
        f"""select max(id) as last, count(*) as n from (
                select id from {table}
                where {mine} = :campaign and id > :after and {_full(table)}
                order by id limit :limit) step""",
        {"campaign": campaign, "after": after, "limit": limit},
    )
    if found is None or not found["n"]:
        return 0, after
    last = int(found["last"])
    with past_the_triggers(connection, dialect, [table]):
        _empty(connection, table, f"{mine} = :campaign and id > :after and id <= :last",
               {"campaign": campaign, "after": after, "last": last})
    return int(found["n"]), last


def empty_persons(
    connection: Connection, dialect: str, campaign: str, after: str, last: str
) -> dict[str, int]:
    """
    Empty what may name the persons with digests over *after* and up to *last*.

    In all tables at once, for a standing follows from claims and facts. Returns in how
    many rows, by table.
    """
    with past_the_triggers(connection, dialect, EMPTIED_BY_PERSON):
        return {
            table: _empty(
                connection, table, "campaign = :campaign and person > :after and person <= :last",
                {"campaign": campaign, "after": after, "last": last},
            )
            for table in EMPTIED_BY_PERSON
        }


EMPTIED_BY_ID = ("scan", "difference")
EMPTIED_BY_PERSON = ("claim", "fact", "standing")
_COLUMNS = {"scan": ("network",), **LOGS, **OTHERS}


def _full(table: str) -> str:
    return "(" + " or ".join(f"{column} <> ''" for column in _COLUMNS[table]) + ")"


def _empty(connection: Connection, table: str, where: str, bound: Row) -> int:
    emptied = ", ".join(f"{column} = ''" for column in _COLUMNS[table])
    return connection.run(
        f"update {table} set {emptied} where {where} and {_full(table)}", bound
    )


def count_people(connection: Connection, campaign: str) -> dict[str, int]:
    """Return, by table, in how many rows something names or may name a person now."""
    found = {}
    for table in (*EMPTIED_BY_ID, *EMPTIED_BY_PERSON, *FORGOTTEN, *DELETED):
        mine = old_scans.MINE if table == "scan" else "campaign"
        full = f" and {_full(table)}" if table in (*EMPTIED_BY_ID, *EMPTIED_BY_PERSON) else ""
        row = connection.one(
            f"select count(*) as n from {table} where {mine} = :campaign{full}",
            {"campaign": campaign},
        )
        found[table] = int(row["n"]) if row else 0
    return found


def forget(connection: Connection, campaign: str, table: str, limit: int) -> int:
    """Delete rows of one of FORGOTTEN; return how many, 0 at the end."""
    key = FORGOTTEN[table]
    found = connection.one(
        f"""select max({key}) as last from (select {key} from {table}
                where campaign = :campaign order by {key} limit :limit) step""",
        {"campaign": campaign, "limit": limit},
    )
    if found is None or found["last"] is None:
        return 0
    return connection.run(
        f"delete from {table} where campaign = :campaign and {key} <= :last",
        {"campaign": campaign, "last": found["last"]},
    )


def forget_aliases(
    connection: Connection, campaign: str, persons: Collection[str]
) -> list[int | str]:
    """Delete the other names of *persons* (at most some hundreds); return the rows' ids."""
    condition, parameters = among("person", persons)
    mine = f"campaign = :campaign{condition}"
    key = {"campaign": campaign, **parameters}
    ids = sorted(row["id"] for row in connection.rows(f"select id from alias where {mine}", key))
    connection.run(f"delete from alias where {mine}", key)
    return [*ids]


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
    """
    Write down what was taken: of single rows *keys*, else of all before ``row['before']``.

    Of single rows what opened their leaves goes too; of all before an id the caller lets it go
    by steps (`log_tree.forget_before`).
    """
    log_tree.forget_rows(connection, campaign, row["log"], keys, wholly=row["kind"] == "deleted")
    connection.run(
        """insert into retention_run (campaign, id, at, log, kind, keys, before, rows, by_whom)
           values (:campaign, :id, :at, :log, :kind, :keys, :before, :rows, :by_whom)""",
        {"campaign": campaign, "keys": json.dumps(list(keys)) if keys else "", **row},
    )
