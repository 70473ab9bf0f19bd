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


def require_people(connection: Connection, campaign: str) -> None:
    """
    Let somebody's row be written.

    Raises:
        Fault: the campaign's people are gone; nobody comes after them.
    """
    if is_over(connection, campaign):
        raise Fault(Code.PEOPLE_GONE)
