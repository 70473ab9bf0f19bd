"""Claims that a unit's account took at its counter: how many, and which."""
from collections.abc import Sequence

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


def latest(
    connection: Connection, campaign: str, units: Sequence[str], most: int
) -> list[Row]:
    """Return the newest claims taken at counters of *units*: id, at, unit, last4, verified."""
    found: list[Row] = []
    for unit in units:
        found += connection.rows(
            """select id, at, unit, last4, verified from claim
               where campaign = :campaign and unit = :unit and client = 'counter'
               order by id desc limit :most""",
            {"campaign": campaign, "unit": unit, "most": most},
        )
    return sorted(found, key=lambda row: -int(row["id"]))[:most]
