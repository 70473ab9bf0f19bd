"""Corrections that were asked for, and what another person answered."""
from collections.abc import Collection, Sequence

from attribution.store.engine.database import Connection, Row, among

_COLUMNS = """proposal.id as id, proposal.at as at, proposal.person as person,
    proposal.kind as kind, proposal.claim as claim, proposal.to_unit as to_unit,
    proposal.reason as reason, proposal.note as note, proposal.asked_by as asked_by,
    proposal.attachment as attachment,
    answer.answer as answer, answer.answered_by as answered_by, answer.at as answered_at,
    answer.note as answer_note"""
_FROM = """proposal left join proposal_answer answer
    on answer.campaign = proposal.campaign and answer.proposal = proposal.id"""


def add(connection: Connection, campaign: str, row: Row) -> None:
    """Append a proposal."""
    connection.run(
        """insert into proposal (campaign, id, at, person, kind, claim, to_unit, reason, note,
               asked_by, attachment)
           values (:campaign, :id, :at, :person, :kind, :claim, :to_unit, :reason, :note,
               :asked_by, :attachment)""",
        {"campaign": campaign, **row},
    )


def answer(connection: Connection, campaign: str, row: Row) -> None:
    """Append an answer; the table refuses a second one, and the asker's own."""
    connection.run(
        """insert into proposal_answer (campaign, proposal, id, at, answer, note, asked_by,
               answered_by)
           values (:campaign, :proposal, :id, :at, :answer, :note, :asked_by, :answered_by)""",
        {"campaign": campaign, **row},
    )


def get(connection: Connection, campaign: str, id: int) -> Row | None:
    """Return a proposal with its answer, if it has one."""
    return connection.one(
        f"select {_COLUMNS} from {_FROM} where proposal.campaign = :campaign and proposal.id = :id",
        {"campaign": campaign, "id": id},
    )


def persons(connection: Connection, campaign: str, ids: Sequence[int]) -> list[str]:
    """Return whom the proposals *ids* (some hundreds) are about, in order."""
    condition, parameters = among("id", ids)
    rows = connection.rows(
        f"select distinct person from proposal where campaign = :campaign{condition}",
        {"campaign": campaign, **parameters},
    )
    return sorted(row["person"] for row in rows)


def listing(connection: Connection, campaign: str, *, everything: bool) -> list[Row]:
    """Return the proposals nobody has answered, or all, oldest first, with last four digits."""
    condition = "" if everything else " and answer.id is null"
    return connection.rows(
        f"""select {_COLUMNS}, standing.last4 as last4, standing.credited as credited
            from {_FROM} left join standing on standing.campaign = proposal.campaign
                and standing.person = proposal.person
            where proposal.campaign = :campaign{condition} order by proposal.id""",
        {"campaign": campaign},
    )


def of_units(
    connection: Connection, campaign: str, units: Collection[str], limit: int
) -> list[Row]:
    """Return the newest proposals to bring somebody to *units*, or about whom these claimed."""
    to, parameters = among("proposal.to_unit", units)
    claimed, _ = among("claim.unit", units)
    return connection.rows(
        f"""select {_COLUMNS} from {_FROM} where proposal.campaign = :campaign
                and (proposal.person in (select claim.person from claim
                        where claim.campaign = :campaign and claim.person in (
                            select asked.person from proposal asked
                            where asked.campaign = :campaign){claimed})
                    or (1 = 1{to}))
            order by proposal.id desc limit :limit""",
        {"campaign": campaign, "limit": limit, **parameters},
    )
