"""
Whose hands were on an account: who made it, gave it a password, another role or a way back in.

A log beside the accounts, which change. With it stands since when two people are needed.
"""
import hashlib
from dataclasses import dataclass

from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row


@dataclass(frozen=True)
class Hand:
    """
    One deed on an account.

    Args:
        deed: made, password, role, open, step; own (its owner's new password), found (as it was
            when the log began).
        by_whom: Whose deed; '' where nobody knows any more.
        vouched_by: The approver whose word it took.
        alone: It should have taken another's word, and nobody's was asked.
    """

    account: str
    at: Instant
    deed: str
    by_whom: str
    vouched_by: str | None = None
    alone: bool = False


def mark_of(password: str) -> str:
    """Return what is kept of a password's *hash*, so that one put there by hand shows."""
    return hashlib.sha256(password.encode()).hexdigest()


def is_on_anywhere(connection: Connection) -> bool:
    """Whether any campaign of this ledger needs two people: accounts are for all of them."""
    return connection.one("select campaign from rule_of_two limit 1") is not None


def turn_on(connection: Connection, campaign: str, id: int, at: Instant, by_whom: str) -> bool:
    """Let *campaign* need two people from now on; False where it does already."""
    return bool(connection.run(
        """insert into rule_of_two (campaign, id, at, by_whom)
           values (:campaign, :id, :at, :by_whom) on conflict do nothing""",
        {"campaign": campaign, "id": id, "at": at, "by_whom": by_whom},
    ))


def on_since(connection: Connection, campaign: str) -> Instant | None:
    """Return since when *campaign* needs two people; None while one may do all."""
    row = connection.one(
        "select at from rule_of_two where campaign = :campaign", {"campaign": campaign}
    )
    return None if row is None else int(row["at"])


def add(
    connection: Connection, id: int, at: Instant, account: str, deed: str, by_whom: str,
    vouched_by: str | None = None, *, alone: bool = False,
) -> None:
    """Keep a *deed* on *account*, which stands as it is after the deed."""
    row = connection.one(
        "select role, password from account where name = :name", {"name": account}
    )
    assert row is not None
    connection.run(
        """insert into hand (id, at, account, deed, by_whom, vouched_by, alone, role, mark)
           values (:id, :at, :account, :deed, :by_whom, :vouched_by, :alone, :role, :mark)""",
        {
            "id": id, "at": at, "account": account, "deed": deed, "by_whom": by_whom,
            "vouched_by": vouched_by, "alone": int(alone), "role": row["role"],
            "mark": mark_of(row["password"]),
        },
    )


def had_role(connection: Connection, role: str, before: Instant) -> bool:
    """Whether an account had *role* earlier than *before*."""
    return connection.one(
        "select id from hand where role = :role and at < :before limit 1",
        {"role": role, "before": before},
    ) is not None


def everything(connection: Connection) -> list[Hand]:
    """Return every deed on every account, oldest first."""
    return [
        Hand(row["account"], row["at"], row["deed"], row["by_whom"], row["vouched_by"],
             bool(row["alone"]))
        for row in connection.rows(
            """select account, at, deed, by_whom, vouched_by, alone from hand
               order by at, id"""
        )
    ]


def changed_by_nobody(connection: Connection) -> list[Row]:
    """Return the accounts whose role or password no deed gave: *name*, and what of it, *why*."""
    rows = connection.rows(
        """select account.name as name, account.role as role, account.password as password,
               hand.mark as mark, hand.role as known
           from account left join hand on hand.account = account.name and hand.id = (
               select max(latest.id) from hand latest
               where latest.account = account.name and latest.mark is not null)
           order by account.name"""
    )
    told = []
    for row in rows:
        if row["mark"] is None:
            told.append({"name": row["name"], "why": "made"})
        elif row["mark"] != mark_of(row["password"]):
            told.append({"name": row["name"], "why": "password"})
        elif row["known"] != row["role"]:
            told.append({"name": row["name"], "why": "role"})
    return told


def answers(connection: Connection, campaign: str) -> list[Row]:
    """Return every pair that made something count: what, number, who asked, when, who answered."""
    return connection.rows(
        """select 'correction' as what, q.id as number, q.asked_by as asked_by, q.at as asked_at,
               a.answered_by as answered_by, a.at as answered_at
           from proposal_answer a join proposal q on q.campaign = a.campaign and q.id = a.proposal
           where a.campaign = :campaign and a.answer = 'approved'
           union all
           select 'file', q.id, q.asked_by, q.at, a.confirmed_by, a.at
           from feed_confirmation a join feed_plan q on q.campaign = a.campaign and q.id = a.plan
           where a.campaign = :campaign
           union all
           select 'period', q.id, q.asked_by, q.at, a.approved_by, a.at
           from period_lock a join period_request q
               on q.campaign = a.campaign and q.id = a.request
           where a.campaign = :campaign
           union all
           select 'request', q.id, q.asked_by, q.at, a.answered_by, a.at
           from request_answer a join request q on q.campaign = a.campaign and q.id = a.request
           where a.campaign = :campaign and a.answer = 'approved'
           order by 6, 2""",
        {"campaign": campaign},
    )
