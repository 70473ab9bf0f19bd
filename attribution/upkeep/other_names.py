"""
Facts that stand under another name than the person's, before that name is forgotten.

A hash's digest and that of 138****1234 lead to persons; when these go, what a credit rests on
must not be lost with them, nor somebody else come into a credit by it.
"""
import secrets

from attribution import evidence, judging
from attribution.store import aliases, forgetting
from attribution.store.engine.database import Connection
from qrgen.registry import Campaign


def bring_home(
    connection: Connection, campaign: Campaign, person: str, home: str
) -> list[int]:
    """
    Put what was said of *person* by less than their number under *home*; return which facts.

    Of rows under their digits that are theirs. Those that may be theirs or another claimant's
    go to nobody: else who is left would be surer of them, and have a credit because somebody
    was forgotten.
    """
    known = aliases.of(connection, campaign.id, [person]).get(person, {})
    moved: list[int] = []

    def move(name: str, ids: list[int], to: str) -> None:
        forgetting.rename_facts(connection, campaign.id, name, ids, to)
        moved.extend(ids)

    if "hash" in known:
        under = aliases.facts_under(connection, campaign.id, [known["hash"]])
        for name, rows in under.items():
            move(name, [row.id for row in rows], home)
    if "masked" in known:
        history = evidence.histories(connection, campaign, [person])[person]
        found = evidence.matching(history, judging.terms_of(campaign))
        in_doubt = found.doubtful()
        for place, one in enumerate(found.registrants):
            ids = [row.id for row in one.rows]
            if found.owners.get(place) == person:
                move(known["masked"], ids, home)
            elif place in in_doubt:
                move(known["masked"], ids, secrets.token_hex(32))
    return moved
