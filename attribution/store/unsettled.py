"""What of each unit is not settled: claims that wait for a decision, credits taken from it."""
from attribution.store import export_pages, hold_words
from attribution.store.engine.database import Connection


def held(connection: Connection, campaign: str) -> dict[str, int]:
    """Return unit -> held claims that wait for a decision."""
    rows = connection.rows(
        f"""select claim.unit as unit, count(*) as n from claim
            where claim.campaign = :campaign and claim.id in (
                    select e.claim from claim_event e
                    where e.campaign = :campaign and e.kind = 'held')
                and {export_pages.CLAIM_STATES["held"]}
                and {hold_words.STATES["waiting"]}
            group by claim.unit""",
        {"campaign": campaign},
    )
    return {row["unit"]: int(row["n"]) for row in rows}


def turned(connection: Connection, campaign: str) -> dict[str, int]:
    """Return unit -> how often a credit that it had went to another unit, or to none."""
    rows = connection.rows(
        """select from_unit as unit, count(*) as n from adjustment
           where campaign = :campaign and from_unit is not null
               and coalesce(to_unit, '') <> from_unit
           group by from_unit""",
        {"campaign": campaign},
    )
    return {row["unit"]: int(row["n"]) for row in rows}
