"""
Persons whom the platform never spoke of, and what may still make a credit of their claims.

`retention` takes persons away; this says of whom that costs nobody a credit.
"""
from collections.abc import Collection
from dataclasses import dataclass

from attribution.rule.instants import Instant
from attribution.store.difference_rows import DONE
from attribution.store.engine.database import Connection, among

_OPEN = f"not {DONE}"
# Never spoken of, and nothing of theirs waits for a decision. Differences are read by themselves:
# on a cluster they do not lie beside their persons.
_UNMATCHED = f"""from claim where campaign = :campaign
    and not exists (select 1 from fact where fact.campaign = claim.campaign
        and fact.person = claim.person)
    and not exists (select 1 from claim_event e where e.campaign = claim.campaign
        and e.person = claim.person and coalesce(e.kind, '') = 'held'
        and not exists (select 1 from claim_event later
            where later.campaign = e.campaign and later.person = e.person
                and later.claim = e.claim
                and (coalesce(later.kind, '') = 'withdrawn'
                    or coalesce(later.kind, '') = 'released' and later.id > e.id)))
    and person not in (select proposal.person from proposal
        where proposal.campaign = :campaign and proposal.person is not null
            and not exists (select 1 from proposal_answer
                where proposal_answer.campaign = proposal.campaign
                    and proposal_answer.proposal = proposal.id))
    and person not in (select difference.person from difference
        where difference.campaign = :campaign and difference.person is not null and {_OPEN})"""
_LAST = "max(case when verified = 1 then at + :verified else at + :unverified end)"


@dataclass(frozen=True)
class Keeping:
    """How long a claim is kept after it was made, proved or not."""

    verified: Instant
    unverified: Instant


def unmatched(
    connection: Connection, campaign: str, kept: Keeping, now: Instant,
    *, after: str = "", only: Collection[str] | None = None, limit: int,
) -> list[str]:
    """
    Return persons the platform never spoke of, whose every claim has lapsed at *now*.

    Nobody of whom a claim is held, about whom a correction waits for an answer, or a
    difference is open.

    Args:
        after: Only persons whose digest comes after it, the first *limit* of them.
        only: Only those of these persons.
    """
    condition, parameters = among("person", only)
    rows = connection.rows(
        f"""select person {_UNMATCHED} and person > :after{condition}
           group by person having {_LAST} < :now and max(last4) <> ''
           order by person limit :limit""",
        {
            "campaign": campaign, "verified": kept.verified, "unverified": kept.unverified,
            "now": now, "after": after, "limit": limit, **parameters,
        },
    )
    return [row["person"] for row in rows]


def next_lapse(
    connection: Connection, campaign: str, kept: Keeping, now: Instant
) -> Instant | None:
    """Return when after *now* the next of such persons lapses; None when there is nobody."""
    row = connection.one(
        f"""select min(last) as next from (select {_LAST} as last {_UNMATCHED}
            group by person having {_LAST} >= :now and max(last4) <> '') lapses""",
        {
            "campaign": campaign, "verified": kept.verified, "unverified": kept.unverified,
            "now": now,
        },
    )
    return None if row is None or row["next"] is None else int(row["next"]) + 1


def files_reach(connection: Connection, campaign: str) -> Instant | None:
    """
    Return the latest business date among the rows of the platform's files; None without any.

    A date later than the day on which its file came is a slip, and counts as that day.
    What is pushed row by row says nothing of the people it leaves out.
    """
    row = connection.one(
        """select max(case when fact.as_of < fact.received_at then fact.as_of
                   else fact.received_at end) as reach
           from fact where fact.campaign = :campaign and fact.batch in (
               select id from batch where batch.campaign = :campaign and batch.source = 'file')""",
        {"campaign": campaign},
    )
    return None if row is None or row["reach"] is None else int(row["reach"])


def count_files_on_their_way(connection: Connection, campaign: str, since: Instant) -> int:
    """Return how many files are being taken in, or wait since *since* for a second person."""
    row = connection.one(
        """select (select count(*) from feed_plan where feed_plan.campaign = :campaign
                   and feed_plan.at > :since
                   and not exists (select 1 from batch where batch.campaign = feed_plan.campaign
                       and (batch.id = feed_plan.batch or batch.sha256 = feed_plan.sha256)))
               + (select count(*) from feed_job where feed_job.campaign = :campaign) as n""",
        {"campaign": campaign, "since": since},
    )
    return int(row["n"]) if row else 0


def count_unread_rows(connection: Connection, campaign: str) -> int:
    """
    Return how many open differences are of rows that lead to nobody: they may mean anybody.

    Those that could not be read, and those by less of a number than the campaign takes, of
    which no claimant's other names are kept.
    """
    row = connection.one(
        f"""select count(*) as n from difference where difference.campaign = :campaign
               and (difference.person is null or difference.category = 'not_allowed')
               and {_OPEN}""",
        {"campaign": campaign},
    )
    return int(row["n"]) if row else 0
