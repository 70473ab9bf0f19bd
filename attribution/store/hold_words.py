"""What people said of held claims: not to be released, or to be looked at again after all."""
from collections.abc import Iterable

from attribution.store.engine.database import Connection, Row, among

# Of a claim that is held: the last word since it was held last says that it stays so. Two
# questions side by side, for on a cluster words lie elsewhere than what befell claims.
REFUSED = """coalesce((select case word.state when 'refused' then word.id else 0 end
        from hold_word word where word.campaign = claim.campaign and word.claim = claim.id
        order by word.id desc limit 1), 0)
    > coalesce((select max(again.id) from claim_event again
        where again.campaign = claim.campaign and again.person = claim.person
            and again.claim = claim.id and coalesce(again.kind, '') = 'held'), 0)"""
STATES = {"waiting": f"not ({REFUSED})", "refused": REFUSED}


def add(connection: Connection, campaign: str, rows: Iterable[Row]) -> None:
    """Append words; nothing checks here that their claims are held."""
    connection.run_many(
        """insert into hold_word (campaign, id, at, claim, state, reason, note, by_whom)
           values (:campaign, :id, :at, :claim, :state, :reason, :note, :by_whom)""",
        [{"campaign": campaign, **row} for row in rows],
    )


def of(connection: Connection, campaign: str, claims: Iterable[int]) -> list[Row]:
    """Return all that was said of *claims* (a page of them), oldest first."""
    condition, parameters = among("claim", sorted(set(claims)))
    rows = connection.rows(
        f"""select id, at, claim, state, reason, note, by_whom from hold_word
            where campaign = :campaign{condition}""",
        {"campaign": campaign, **parameters},
    )
    return sorted(rows, key=lambda row: int(row["id"]))
