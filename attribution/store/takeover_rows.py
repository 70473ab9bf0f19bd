"""
Who claimed persons whom another unit had claimed: rows that follow from the claims.

Written with the claim, for finding them in all claims at each look at a page would read the
whole log; so they hold every such claim, and what is no takeover is left out where they are
read: its own area's or line's person, an earlier claim that was over or outranks it.
"""
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from attribution.rule.credit import Claim
from attribution.rule.terms import Policy
from attribution.store.assisted import CLIENT
from attribution.store.engine.database import Connection, Row, among

# Who comes to a unit's counter came by themselves.
AT_THE_COUNTER = f"""exists (select 1 from claim where claim.campaign = t.campaign
    and claim.person = t.person and claim.id = t.claim and claim.client = '{CLIENT}')"""

_WITHDRAWN = """exists (select 1 from claim_event e where e.campaign = t.campaign
    and e.person = t.person and e.claim = t.claim and coalesce(e.kind, '') = 'withdrawn')"""
_HELD = """coalesce((select e.kind from claim_event e where e.campaign = t.campaign
    and e.person = t.person and e.claim = t.claim and e.kind <> 'withdrawn'
    order by e.id desc limit 1), '') = 'held'"""
# An area's person whom its own line brings on (or the other way about), a bank's whom its line
# does, a unit's whom the one it was merged into does.
_RELATED = """(coalesce(mine.area, '') = other.id or coalesce(other.area, '') = mine.id
    or coalesce(mine.bank, '') = other.id or coalesce(other.bank, '') = mine.id
    or coalesce(other.successor, '') = mine.id or coalesce(mine.successor, '') = other.id)"""
# A hold of it waits for an answer. Joined, for a cluster takes no question within this one.
_ASKED = """from proposal left join proposal_answer answer
        on answer.campaign = proposal.campaign and answer.proposal = proposal.id
    where proposal.campaign = t.campaign and proposal.person = t.person
        and proposal.claim = t.claim and proposal.kind = 'hold' and answer.proposal is null"""
_FROM = f"""from takeover t
    join unit mine on mine.campaign = t.campaign and mine.id = t.unit
    join unit other on other.campaign = t.campaign and other.id = t.from_unit
    where t.campaign = :campaign and not {_RELATED} and not {AT_THE_COUNTER}
        and not {_WITHDRAWN}
        and t.at - t.from_at <= case when t.from_verified = 1 then :verified else :unverified end
        and case when :latest = 1 then t.verified >= t.from_verified
            else t.verified > t.from_verified end"""


@dataclass(frozen=True)
class Which:
    """Which takeovers: *unit*'s, from *other*; empty does not restrict."""

    unit: str = ""
    other: str = ""

    def where(self) -> str:
        return (
            (" and t.unit = :unit" if self.unit else "")
            + (" and t.from_unit = :other" if self.other else "")
        )

    def parameters(self, campaign: str, policy: Policy) -> Row:
        found: Row = {
            "campaign": campaign, "latest": int(policy.latest),
            "verified": policy.verified_window, "unverified": policy.unverified_window,
        }
        if self.unit:
            found["unit"] = self.unit
        if self.other:
            found["other"] = self.other
        return found


def add(connection: Connection, campaign: str, person: str, claim: Claim, before: Claim) -> None:
    """Keep that *claim* of *person* came after another unit's."""
    connection.run(
        """insert into takeover (campaign, person, unit, claim, at, verified, from_unit,
               from_claim, from_at, from_verified)
           values (:campaign, :person, :unit, :claim, :at, :verified, :from_unit, :from_claim,
               :from_at, :from_verified)
           on conflict do nothing""",
        {
            "campaign": campaign, "person": person, "unit": claim.unit, "claim": claim.id,
            "at": claim.at, "verified": int(claim.verified), "from_unit": before.unit,
            "from_claim": before.id, "from_at": before.at, "from_verified": int(before.verified),
        },
    )


def add_all(
    connection: Connection, campaign: str, taken: Mapping[str, Iterable[tuple[Claim, Claim]]]
) -> None:
    """Keep all that is *taken*, by persons; what is kept stays."""
    for person, some in taken.items():
        for claim, before in some:
            add(connection, campaign, person, claim, before)


def gaps(
    connection: Connection, campaign: str, policy: Policy, units: Collection[str] | None = None
) -> list[Row]:
    """
    Return unit, the other unit and the time between, of every takeover.

    Args:
        units: Only those by or from one of these; None for all.
    """
    by, parameters = among("t.unit", units)
    of, _ = among("t.from_unit", units)
    either = "" if units is None else f" and ((1 = 1{by}) or (1 = 1{of}))"
    return connection.rows(
        f"select t.unit as unit, t.from_unit as other, t.at - t.from_at as gap {_FROM}{either}",
        {**Which().parameters(campaign, policy), **parameters},
    )


def page(
    connection: Connection, campaign: str, policy: Policy, which: Which, *, offset: int,
    limit: int,
) -> list[Row]:
    """Return a page of takeovers, newest first: what the office may look at and hold."""
    return connection.rows(
        f"""select t.claim as claim, t.at as at, t.unit as unit, t.verified as verified,
                t.from_unit as other, t.from_verified as other_verified,
                t.at - t.from_at as gap,
                (select claim.last4 from claim where claim.campaign = t.campaign
                    and claim.person = t.person and claim.id = t.claim) as last4,
                case when {_HELD} then 1 else 0 end as held,
                (select max(proposal.id) {_ASKED}) as asked
            {_FROM}{which.where()} order by t.claim desc limit :limit offset :offset""",
        {**which.parameters(campaign, policy), "limit": limit, "offset": offset},
    )


def count(connection: Connection, campaign: str, policy: Policy, which: Which) -> int:
    """Return how many takeovers there are."""
    row = connection.one(
        f"select count(*) as n {_FROM}{which.where()}", which.parameters(campaign, policy)
    )
    return int(row["n"]) if row else 0


def claims(
    connection: Connection, campaign: str, policy: Policy, which: Which, until: int
) -> list[int]:
    """Return the claims, up to the one with the id *until*, that may be asked to be held."""
    rows = connection.rows(
        f"""select t.claim as claim {_FROM}{which.where()} and t.claim <= :until
                and not {_HELD} and not exists (select 1 {_ASKED})
            order by t.claim""",
        {**which.parameters(campaign, policy), "until": until},
    )
    return [int(row["claim"]) for row in rows]


def proved(connection: Connection, campaign: str, unit: str = "") -> dict[str, tuple[int, int]]:
    """Return of each unit (or one) how many claims it has, and how many of these are unproved."""
    rows = connection.rows(
        f"""select unit, count(*) as n, sum(1 - verified) as unproved from claim
            where campaign = :campaign{" and unit = :unit" if unit else ""} group by unit""",
        {"campaign": campaign, **({"unit": unit} if unit else {})},
    )
    return {row["unit"]: (int(row["n"]), int(row["unproved"])) for row in rows}


def forget_claim(connection: Connection, campaign: str, person: str, claim: int) -> None:
    """Forget what tells of one of *person*'s claims, which is nobody's any more."""
    connection.run(
        """delete from takeover where campaign = :campaign and person = :person
               and (claim = :claim or from_claim = :claim)""",
        {"campaign": campaign, "person": person, "claim": claim},
    )
