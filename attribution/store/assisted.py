"""Claims that a unit's account took at its counter: how many, and which."""
from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row
from attribution.store.ids import first_id_at

# What such a claim came by, where others name an app. The index on them asks for this very word.
CLIENT = "counter"


def taken_since(connection: Connection, campaign: str, unit: str, since: Instant) -> int:
    """Return how many persons *unit* registered at its counter since *since*."""
    row = connection.one(
        """select count(distinct person) as n from claim
           where campaign = :campaign and unit = :unit and client = 'counter' and id >= :since""",
        {"campaign": campaign, "unit": unit, "since": first_id_at(since)},
    )
    return int(row["n"]) if row else 0


def by_unit(connection: Connection, campaign: str) -> dict[str, int]:
    """Return how many persons each unit registered at its counter."""
    rows = connection.rows(
        """select unit, count(distinct person) as n from claim
           where campaign = :campaign and client = 'counter' group by unit""",
        {"campaign": campaign},
    )
    return {row["unit"]: int(row["n"]) for row in rows}


def since(connection: Connection, campaign: str, since: Instant) -> list[Row]:
    """Return the claims taken at counters since *since*, newest first: id, at, unit, last4."""
    return connection.rows(
        """select id, at, unit, last4 from claim
           where campaign = :campaign and client = 'counter' and id >= :since
           order by id desc""",
        {"campaign": campaign, "since": first_id_at(since)},
    )


def exists(connection: Connection, campaign: str, claim: int) -> bool:
    """Tell whether *claim* was taken at a counter."""
    return connection.one(
        "select id from claim where campaign = :campaign and client = 'counter' and id = :claim",
        {"campaign": campaign, "claim": claim},
    ) is not None


def claims_by_unit(connection: Connection, campaign: str) -> dict[str, int]:
    """Return how many persons each unit registered in whatever way."""
    rows = connection.rows(
        """select unit, count(distinct person) as n from claim
           where campaign = :campaign and unit in (
               select unit from claim where campaign = :campaign and client = 'counter')
           group by unit""",
        {"campaign": campaign},
    )
    return {row["unit"]: int(row["n"]) for row in rows}
