"""What only the resident's side needs: beacons, ways out, newness, receipts, first digits."""
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from attribution.rule.instants import Instant, day_of
from attribution.store import end_log
from attribution.store.engine.database import Connection, Row, among
from attribution.store.ids import first_id_at


@dataclass(frozen=True, slots=True)
class WayOut:
    """Somebody took the campaign's link *link*."""

    id: int
    campaign: str
    at: Instant
    link: str
    unit: str | None
    client: str
    flag: str | None


def add_seen(connection: Connection, campaign: str, scan: int, unit: str, at: Instant) -> None:
    """Record that the page of *scan* was looked at; a second time changes nothing."""
    connection.run(
        """insert into seen (scan, campaign, unit, at) values (:scan, :campaign, :unit, :at)
           on conflict do nothing""",
        {"scan": scan, "campaign": campaign, "unit": unit, "at": at},
    )


def add_way_out(connection: Connection, way: WayOut) -> None:
    connection.run(
        """insert into way_out (id, campaign, at, day, link, unit, client, flag)
           values (:id, :campaign, :at, :day, :link, :unit, :client, :flag)""",
        {
            "id": way.id, "campaign": way.campaign, "at": way.at, "day": day_of(way.at),
            "link": way.link, "unit": way.unit, "client": way.client, "flag": way.flag,
        },
    )


def ways_out(connection: Connection, campaign: str) -> dict[str, int]:
    """Return how often each link was taken by a person."""
    rows = connection.rows(
        """select link, count(*) as n from way_out
           where campaign = :campaign and flag is null group by link""",
        {"campaign": campaign},
    )
    return {row["link"]: int(row["n"]) for row in rows}


def ways_out_by_unit(
    connection: Connection, campaign: str, links: Collection[str], since: int, until: int
) -> dict[str, int]:
    """
    Return on whose page people took any of *links* on the days *since* to *until* (exclusive),
    and how often.
    """
    condition, parameters = among("link", links)
    rows = connection.rows(
        f"""select unit, count(*) as n from way_out
           where campaign = :campaign and day >= :since and day < :until and flag is null
               and unit is not null{condition} group by unit""",
        {"campaign": campaign, "since": since, "until": until, **parameters},
    )
    return {row["unit"]: int(row["n"]) for row in rows}


def recent_claims(
    connection: Connection, campaign: str, unit: str, since: Instant, most: int
) -> list[Row]:
    """Return the newest claims of *unit* since *since*, at most *most*, as they are needed here."""
    return connection.rows(
        """select id, at, scan, person, client from claim
           where campaign = :campaign and unit = :unit and id >= :since
           order by id desc limit :most""",
        {"campaign": campaign, "unit": unit, "since": first_id_at(since), "most": most},
    )


def claim(connection: Connection, campaign: str, person: str, id: int) -> Row | None:
    """Return one claim, with when it was withdrawn (or None)."""
    found = claims_of(connection, campaign, person)
    return next((row for row in found if row["id"] == id), None)


def claims_of(connection: Connection, campaign: str, person: str) -> list[Row]:
    """Return the claims of *person*, oldest first, each with ``withdrawn_at`` or None."""
    return connection.rows(
        """select c.id as id, c.at as at, c.unit as unit, c.issue as issue,
               c.verified as verified, c.last4 as last4,
               (select min(e.at) from claim_event e where e.campaign = c.campaign
                   and e.person = c.person and e.claim = c.id
                   and coalesce(e.kind, '') = 'withdrawn')
                   as withdrawn_at
           from claim c where c.campaign = :campaign and c.person = :person order by c.id""",
        {"campaign": campaign, "person": person},
    )


# --- newness ------------------------------------------------------------------------------


def add_newness(
    connection: Connection, campaign: str, person: str, *, id: int, claim: int, at: Instant,
    state: str, source: str,
) -> None:
    end_log.require_people(connection, campaign)
    connection.run(
        """insert into newness (campaign, person, id, claim, at, state, source)
           values (:campaign, :person, :id, :claim, :at, :state, :source)""",
        {
            "campaign": campaign, "person": person, "id": id, "claim": claim, "at": at,
            "state": state, "source": source,
        },
    )


def newest_state(
    connection: Connection, campaign: str, person: str, since: Instant
) -> str | None:
    """Return the state found out last for *person* since *since*, or None."""
    row = connection.one(
        """select state from newness
           where campaign = :campaign and person = :person and at >= :since
           order by id desc limit 1""",
        {"campaign": campaign, "person": person, "since": since},
    )
    return str(row["state"]) if row else None


def told_state(connection: Connection, campaign: str, person: str) -> str | None:
    """Return what the platform answered last about *person*, where it could say anything."""
    row = connection.one(
        """select state from newness
           where campaign = :campaign and person = :person and state <> 'unknown'
           order by id desc limit 1""",
        {"campaign": campaign, "person": person},
    )
    return str(row["state"]) if row else None


def known_user(connection: Connection, campaign: str, person: str) -> Row | None:
    """Return ``registered_at`` of a user on the platform's list; None when not on it."""
    return connection.one(
        """select registered_at from known_user
           where campaign = :campaign and person = :person""",
        {"campaign": campaign, "person": person},
    )


def has_known_list(connection: Connection, campaign: str) -> bool:
    row = connection.one(
        "select 1 as one from known_list where campaign = :campaign", {"campaign": campaign}
    )
    return row is not None


def known_list(connection: Connection, campaign: str, sha256: str) -> Row | None:
    return connection.one(
        "select id, row_count from known_list where campaign = :campaign and sha256 = :sha256",
        {"campaign": campaign, "sha256": sha256},
    )


def add_known_users(
    connection: Connection, campaign: str, list_id: str, users: Iterable[tuple[str, Instant | None]]
) -> None:
    """Put digests with their time of registration on the list; a newer list replaces a row."""
    end_log.require_people(connection, campaign)
    connection.run_many(
        """insert into known_user (campaign, person, registered_at, list)
           values (:campaign, :person, :registered_at, :list)
           on conflict (campaign, person) do update
               set registered_at = coalesce(excluded.registered_at, known_user.registered_at),
                   list = excluded.list""",
        (
            {"campaign": campaign, "person": person, "registered_at": at, "list": list_id}
            for person, at in users
        ),
    )


def count_known_users(connection: Connection, campaign: str) -> int:
    row = connection.one(
        "select count(*) as n from known_user where campaign = :campaign", {"campaign": campaign}
    )
    return int(row["n"]) if row else 0


def add_known_list(connection: Connection, campaign: str, row: Row) -> None:
    connection.run(
        """insert into known_list (campaign, id, sha256, at, row_count, by_whom)
           values (:campaign, :id, :sha256, :at, :row_count, :by_whom)
           on conflict (campaign, id) do update set sha256 = excluded.sha256,
               at = excluded.at, row_count = excluded.row_count, by_whom = excluded.by_whom""",
        {"campaign": campaign, **row},
    )


# --- first digits -------------------------------------------------------------------------


def put_head(connection: Connection, campaign: str, person: str, sealed: int) -> None:
    """Keep the sealed first digits of *person*; they are the same every time."""
    connection.run(
        """insert into head (campaign, person, sealed) values (:campaign, :person, :sealed)
           on conflict do nothing""",
        {"campaign": campaign, "person": person, "sealed": sealed},
    )


def heads(connection: Connection, campaign: str, persons: Iterable[str]) -> dict[str, int]:
    """Return person -> sealed first digits, of those *persons* (some hundreds) who have any."""
    condition, parameters = among("person", set(persons))
    return {
        row["person"]: int(row["sealed"])
        for row in connection.rows(
            f"select person, sealed from head where campaign = :campaign{condition}",
            {"campaign": campaign, **parameters},
        )
    }


# --- receipts -----------------------------------------------------------------------------


def add_receipt(
    connection: Connection, campaign: str, digest: str, person: str, claim: int,
    page: str | None = None,
) -> None:
    """
    Keep what a receipt, and the address of the claim's steps (*page*), are found by.

    A row lies where its digest says: where rows lie apart, one more is found by the address's.
    """
    for found_by in (digest, page) if connection.spread and page else (digest,):
        connection.run(
            """insert into receipt (digest, campaign, person, claim, page)
               values (:digest, :campaign, :person, :claim, :page) on conflict do nothing""",
            {"digest": found_by, "campaign": campaign, "person": person, "claim": claim,
             "page": page},
        )


def receipt(connection: Connection, campaign: str, digest: str) -> Row | None:
    """Return ``person`` and ``claim`` behind a receipt."""
    return connection.one(
        "select person, claim from receipt where campaign = :campaign and digest = :digest",
        {"campaign": campaign, "digest": digest},
    )


def erase(
    connection: Connection, campaign: str, person: str, *, id: int, at: Instant,
    claim: int | None, by_whom: str,
) -> None:
    """
    Delete what may be deleted about *person* now, and leave word for the retention job.

    The log's rows stand behind triggers; only that job gets past them.
    """
    key = {"campaign": campaign, "person": person}
    connection.run(
        """insert into erasure_asked (campaign, person, id, at, claim, by_whom)
           values (:campaign, :person, :id, :at, :claim, :by_whom)""",
        {**key, "id": id, "at": at, "claim": claim, "by_whom": by_whom},
    )
    if claim is not None:
        one = {**key, "claim": claim}
        for table in ("receipt", "passing", "newness"):
            connection.run(
                f"""delete from {table}
                    where campaign = :campaign and person = :person and claim = :claim""",
                one,
            )
        return
    for table in ("receipt", "passing", "newness", "one_time", "known_user", "head"):
        connection.run(
            f"delete from {table} where campaign = :campaign and person = :person", key
        )


# --- readiness ----------------------------------------------------------------------------


def beat(connection: Connection, at: Instant) -> None:
    """Write one row, so that there is something to commit."""
    connection.run(
        """insert into beat (name, at) values ('beat', :at)
           on conflict (name) do update set at = excluded.at""",
        {"at": at},
    )
