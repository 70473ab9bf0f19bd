"""What was asked that takes two people, and what the second answered."""
from attribution.store.engine.database import Connection, Row

_COLUMNS = """q.id as id, q.at as at, q.kind as kind, q.subject as subject, q.payload as payload,
    q.note as note, q.asked_by as asked_by, a.answer as answer, a.answered_by as answered_by,
    a.at as answered_at, a.note as answer_note"""
_FROM = """request q left join request_answer a
    on a.campaign = q.campaign and a.request = q.id"""


def add(connection: Connection, campaign: str, row: Row) -> None:
    """Append a request."""
    connection.run(
        """insert into request (campaign, id, at, kind, subject, payload, note, asked_by)
           values (:campaign, :id, :at, :kind, :subject, :payload, :note, :asked_by)""",
        {"campaign": campaign, **row},
    )


def answer(connection: Connection, campaign: str, row: Row) -> None:
    """Append an answer; the table refuses a second one, and who is no second person."""
    connection.run(
        """insert into request_answer (campaign, request, id, at, answer, note, asked_by,
               answered_by)
           values (:campaign, :request, :id, :at, :answer, :note, :asked_by, :answered_by)""",
        {"campaign": campaign, **row},
    )


def get(connection: Connection, campaign: str, id: int) -> Row | None:
    """Return a request with its answer, if it has one."""
    return connection.one(
        f"select {_COLUMNS} from {_FROM} where q.campaign = :campaign and q.id = :id",
        {"campaign": campaign, "id": id},
    )


def waiting(connection: Connection, campaign: str, kind: str, subject: str) -> Row | None:
    """Return the oldest request of *kind* about *subject* that nobody has answered."""
    return connection.one(
        f"""select {_COLUMNS} from {_FROM} where q.campaign = :campaign and q.kind = :kind
                and q.subject = :subject and a.id is null order by q.id limit 1""",
        {"campaign": campaign, "kind": kind, "subject": subject},
    )


def listing(connection: Connection, campaign: str, limit: int = 200) -> list[Row]:
    """Return the requests, those nobody has answered first, of each sort the newest first."""
    return connection.rows(
        f"""select {_COLUMNS} from {_FROM} where q.campaign = :campaign
            order by case when a.id is null then 0 else 1 end, q.id desc limit :limit""",
        {"campaign": campaign, "limit": limit},
    )
