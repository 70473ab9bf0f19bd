"""
How far a campaign's end has come; and that nothing about people is taken in once they are gone.

From the first step of shredding on, whatever writes a row about somebody asks `require_people`
in its own transaction: a worker that was not started anew still holds the old pepper.
"""
from attribution.faults import Code
from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row
from qrgen.faults import Fault

# Said once, and for good.
BEGUN = "shredding"
DONE = "shredded"


def add(
    connection: Connection, campaign: str, id: int, at: Instant, kind: str, subject: str,
    detail: str, by_whom: str,
) -> None:
    """Append what was done: *kind* of m046, *detail* as JSON."""
    connection.run(
        """insert into end_mark (campaign, id, at, kind, subject, detail, by_whom)
           values (:campaign, :id, :at, :kind, :subject, :detail, :by_whom)""",
        {"campaign": campaign, "id": id, "at": at, "kind": kind, "subject": subject,
         "detail": detail, "by_whom": by_whom},
    )


def marks(connection: Connection, campaign: str) -> list[Row]:
    """Return all that was done of the end, oldest first."""
    return connection.rows(
        """select id, at, kind, subject, detail, by_whom from end_mark
           where campaign = :campaign order by id""",
        {"campaign": campaign},
    )


def is_over(connection: Connection, campaign: str) -> bool:
    """Whether the shredding of the campaign's people has begun."""
    return connection.one(
        "select 1 as one from end_mark where campaign = :campaign and kind = :kind",
        {"campaign": campaign, "kind": BEGUN},
    ) is not None


def newest(connection: Connection, campaign: str, kind: str) -> Row | None:
    """Return what was done last of *kind*, or None."""
    return connection.one(
        """select id, at, kind, subject, detail, by_whom from end_mark
           where campaign = :campaign and kind = :kind order by id desc limit 1""",
        {"campaign": campaign, "kind": kind},
    )


def last_change(connection: Connection, campaign: str) -> Instant:
    """Return when a file, a correction or a lock changed the figures last; 0 for never."""
    row = connection.one(
        """select max(at) as at from (
               select max(received_at) as at from batch where campaign = :campaign
               union all select max(at) as at from proposal_answer where campaign = :campaign
               union all select max(at) as at from period_lock where campaign = :campaign) late""",
        {"campaign": campaign},
    )
    return int(row["at"] or 0) if row else 0


def count_requests(connection: Connection, campaign: str, but: str) -> int:
    """Return how many requests wait for a second person, but for those of the kind *but*."""
    row = connection.one(
        """select count(*) as n from request q where q.campaign = :campaign and q.kind <> :but
               and not exists (select 1 from request_answer a
                   where a.campaign = q.campaign and a.request = q.id)""",
        {"campaign": campaign, "but": but},
    )
    return int(row["n"]) if row else 0


def require_people(connection: Connection, campaign: str) -> None:
    """
    Let somebody's row be written.

    Raises:
        Fault: the campaign's people are gone; nobody comes after them.
    """
    if is_over(connection, campaign):
        raise Fault(Code.PEOPLE_GONE)
