"""Appeals of the units, and what was decided."""
from collections.abc import Collection

from attribution.store.engine.database import Connection, Row, among

_COLUMNS = """appeal.id as id, appeal.at as at, appeal.unit as unit, appeal.about as about,
    appeal.note as note, appeal.asked_by as asked_by, answer.answer as answer,
    answer.note as answer_note, answer.answered_by as answered_by, answer.at as answered_at,
    answer.proposal as proposal, done.answer as proposal_answer,
    done.answered_by as proposal_answered_by"""
_FROM = """appeal
    left join appeal_answer answer
        on answer.campaign = appeal.campaign and answer.appeal = appeal.id
    left join proposal_answer done
        on done.campaign = answer.campaign and done.proposal = answer.proposal"""


def add(connection: Connection, campaign: str, row: Row) -> None:
    """Append an appeal."""
    connection.run(
        """insert into appeal (campaign, id, at, unit, about, note, asked_by)
           values (:campaign, :id, :at, :unit, :about, :note, :asked_by)""",
        {"campaign": campaign, **row},
    )


def answer(connection: Connection, campaign: str, row: Row) -> bool:
    """Append what was decided. False when somebody decided before."""
    return bool(
        connection.run(
            """insert into appeal_answer (campaign, appeal, id, at, answer, note, proposal,
                   asked_by, answered_by)
               values (:campaign, :appeal, :id, :at, :answer, :note, :proposal, :asked_by,
                   :answered_by) on conflict do nothing""",
            {"campaign": campaign, **row},
        )
    )


def get(connection: Connection, campaign: str, id: int) -> Row | None:
    """Return an appeal with its answer, if it has one, and what became of the correction."""
    return connection.one(
        f"select {_COLUMNS} from {_FROM} where appeal.campaign = :campaign and appeal.id = :id",
        {"campaign": campaign, "id": id},
    )


def listing(
    connection: Connection, campaign: str, only: Collection[str] | None, *, limit: int = 200
) -> list[Row]:
    """Return the appeals for the units *only* (None: all), undecided ones first."""
    condition, parameters = among("appeal.unit", only)
    return connection.rows(
        f"""select {_COLUMNS} from {_FROM} where appeal.campaign = :campaign{condition}
            order by case when answer.id is null then 0 else 1 end,
                case when answer.id is null then appeal.id else -appeal.id end
            limit :limit""",
        {"campaign": campaign, "limit": limit, **parameters},
    )
