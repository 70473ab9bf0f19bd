"""Everything about one person in one place: for a trace, a correction, a dispute."""
from collections.abc import Collection, Mapping, Sequence

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row, among
from attribution.store.steps import stated


def person_of(connection: Connection, campaign: str, id: int) -> str | None:
    """Return whose row *id* is: of a claim, a credit, an adjustment, a fact or a difference."""
    for table in ("claim", "credit", "adjustment", "fact", "difference"):
        row = connection.one(
            f"select person from {table} where campaign = :campaign and id = :id",
            {"campaign": campaign, "id": id},
        )
        if row is not None and row["person"]:
            return str(row["person"])
    return None


def persons_of_claims(
    connection: Connection, campaign: str, claims: Sequence[int]
) -> list[str]:
    """Return whose *claims* (some hundreds) are, in order."""
    condition, parameters = among("id", claims)
    rows = connection.rows(
        f"select distinct person from claim where campaign = :campaign{condition}",
        {"campaign": campaign, **parameters},
    )
    return sorted(row["person"] for row in rows)


def claim(connection: Connection, campaign: str, id: int) -> Row | None:
    """Return the claim *id*: whose it is and what it names."""
    return connection.one(
        "select id, person, unit, at, last4 from claim where campaign = :campaign and id = :id",
        {"campaign": campaign, "id": id},
    )


def newest_by_last4(
    connection: Connection, campaign: str, last4: str,
    between: tuple[Instant, Instant] | None = None,
) -> list[str]:
    """
    Return who claimed or registered with a number that ends so, the newest first.

    Args:
        between: The time it was in, the second exclusive; None for all.
    """
    claimed = registered = ""
    if between is not None:
        claimed = " and at >= :since and at < :until"
        registered = " and registered_at >= :since and registered_at < :until"
    rows = connection.rows(
        f"""select person, max(at) as at from (
                select person, at from claim
                    where campaign = :campaign and last4 = :last4{claimed}
                union all
                select person, coalesce(registered_at, 0) as at from standing
                    where campaign = :campaign and last4 = :last4{registered}
            ) named group by person order by max(at) desc, person""",
        {
            "campaign": campaign, "last4": last4,
            "since": between[0] if between else 0, "until": between[1] if between else 0,
        },
    )
    return [row["person"] for row in rows]


def seen_of(
    connection: Connection, campaign: str, persons: Sequence[str], units: Collection[str]
) -> list[str]:
    """Return those of *persons* who claimed with one of *units*, or count for one, in order."""
    condition, named = among("person", persons)
    rows = connection.rows(
        f"""select person, unit from claim where campaign = :campaign{condition}
            union select person, credited as unit from standing
                where campaign = :campaign{condition}""",
        {"campaign": campaign, **named},
    )
    seen = {row["person"] for row in rows if row["unit"] in units}
    return [person for person in persons if person in seen]


def rows_of(
    connection: Connection, campaign: str, person: str, aliases: Mapping[str, str]
) -> dict[str, list[Row]]:
    """
    Return all rows of *person* by log, oldest first.

    Args:
        aliases: Kind -> digest of the names that facts may stand under besides. Those under
            ``masked`` may be somebody else's with the same digits.
    """
    queries = {
        "scan": """select scan.id as id, scan.at as at, scan.unit as unit, scan.issue as issue,
                scan.placement as placement, scan.client as client, scan.flag as flag
            from scan where scan.id in (select scan from claim
                where campaign = :campaign and person = :person) order by scan.id""",
        "claim": """select id, at, unit, issue, placement, scan, verified, last4, consent, client
            from claim where campaign = :campaign and person = :person order by id""",
        "claim_event": """select id, claim, at, kind, reason, by_whom from claim_event
            where campaign = :campaign and person = :person order by id""",
        "fact": """select fact.id as id, fact.as_of as as_of, fact.received_at as received_at,
                fact.batch as batch, fact.grade as grade, fact.registered_at as registered_at,
                fact.card_bound_at as card_bound_at, fact.first_txn_at as first_txn_at,
                fact.precision as precision,
                batch.sha256 as sha256, batch.source as source, batch.by_whom as by_whom
            from fact join batch on batch.campaign = fact.campaign and batch.id = fact.batch
            where fact.campaign = :campaign
                and fact.person in (:person, :hashed, :masked)""",
        "credit": """select id, unit, claim, effective_at, decided_at, policy from credit
            where campaign = :campaign and person = :person order by id""",
        "adjustment": """select id, at, kind, from_unit, to_unit, reason, note, automatic,
                asked_by, approved_by from adjustment
            where campaign = :campaign and person = :person order by id""",
        "proposal": """select proposal.id as id, proposal.at as at, proposal.kind as kind,
                proposal.to_unit as to_unit, proposal.claim as claim, proposal.reason as reason,
                proposal.note as note, proposal.attachment as attachment,
                proposal.asked_by as asked_by, answer.answer as answer,
                answer.at as answered_at, answer.answered_by as answered_by
            from proposal left join proposal_answer answer
                on answer.campaign = proposal.campaign and answer.proposal = proposal.id
            where proposal.campaign = :campaign and proposal.person = :person
            order by proposal.id""",
    }
    parameters = {
        "campaign": campaign, "person": person, "hashed": aliases.get("hash", ""),
        "masked": aliases.get("masked", ""),
    }
    found = {name: connection.rows(sql, parameters) for name, sql in queries.items()}
    # Sorted here: asked for the order of several names' facts, SQLite reads all of them by it.
    found["fact"].sort(key=lambda row: int(row["id"]))
    return {**found, "fact": [stated(row) for row in found["fact"]]}
