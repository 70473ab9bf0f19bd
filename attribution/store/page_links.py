"""What stands behind the tokens of residents' addresses, and receipts handed on by them."""
from collections.abc import Mapping

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row


def claim_behind(connection: Connection, campaign: str, page: str) -> Row | None:
    """Return the claim whose steps stand at *page* (a digest): whose, and for which code."""
    found = None
    # Where rows lie apart, a row of its own is found on one shard; but for claims that were
    # made elsewhere and copied.
    for column in ("digest", "page") if connection.spread else ("page",):
        found = found or connection.one(
            f"""select person, claim from receipt
                where {column} = :page and page = :page and campaign = :campaign""",
            {"page": page, "campaign": campaign},
        )
    if found is None:
        return None
    # Two statements: on a cluster receipts lie beside other rows than claims do.
    return connection.one(
        """select person, id as claim, unit, issue, placement, verified,
               (select min(e.at) from claim_event e where e.campaign = :campaign
                   and e.person = :person and e.claim = :claim and e.kind = 'withdrawn')
                   as withdrawn_at
           from claim where campaign = :campaign and person = :person and id = :claim""",
        {"campaign": campaign, "person": found["person"], "claim": found["claim"]},
    )


def without_page(connection: Connection, campaign: str, most: int) -> list[Row]:
    """Return receipts of claims whose steps have no address: ``digest``, ``claim``."""
    return connection.rows(
        """select digest, claim from receipt where campaign = :campaign and page is null
           limit :most""",
        {"campaign": campaign, "most": most},
    )


def give_pages(connection: Connection, campaign: str, pages: Mapping[str, str]) -> None:
    """Write the digests of addresses, *pages*, beside the receipts of these digests."""
    connection.run_many(
        """update receipt set page = :page
           where digest = :digest and campaign = :campaign and page is null""",
        [{"campaign": campaign, "digest": digest, "page": page}
         for digest, page in sorted(pages.items())],
    )


# --- passings ----------------------------------------------------------------------------


def add_passing(
    connection: Connection, campaign: str, digest: str, *, person: str, claim: int, at: Instant,
    expires_at: Instant,
) -> None:
    connection.run(
        """insert into passing (digest, campaign, person, claim, at, expires_at)
           values (:digest, :campaign, :person, :claim, :at, :expires_at)""",
        {"digest": digest, "campaign": campaign, "person": person, "claim": claim, "at": at,
         "expires_at": expires_at},
    )


def passing(connection: Connection, campaign: str, digest: str) -> Row | None:
    return connection.one(
        """select person, claim, at, expires_at, taken_at, taken_by from passing
           where digest = :digest and campaign = :campaign""",
        {"digest": digest, "campaign": campaign},
    )


def take_passing(
    connection: Connection, campaign: str, digest: str, by: str, now: Instant
) -> bool:
    """Spend a passing for the browser *by*; return whether it is its own, now or from before."""
    taken = connection.run(
        """update passing set taken_at = :now, taken_by = :by
           where digest = :digest and campaign = :campaign and taken_at is null
               and expires_at > :now""",
        {"digest": digest, "campaign": campaign, "by": by, "now": now},
    )
    if taken:
        return True
    row = passing(connection, campaign, digest)
    return row is not None and row["taken_by"] == by


def end_passings(
    connection: Connection, campaign: str, claim: int, now: Instant
) -> None:
    """Let what was not taken of *claim*'s receipt expire by *now*."""
    connection.run(
        """update passing set expires_at = :now
           where campaign = :campaign and claim = :claim and taken_at is null
               and expires_at > :now""",
        {"campaign": campaign, "claim": claim, "now": now},
    )
