"""How far a person is by the ledger: what their page is drawn by, and what staff may see."""
from attribution.ledger import Ledger
from attribution.rule import headway
from attribution.rule.headway import Headway
from attribution.rule.instants import from_datetime
from attribution.rule.newness import State
from attribution.store import residents, standings


def read(ledger: Ledger, person: str) -> Headway:
    """Return how far *person* is; for a page only where its reader proved the number."""
    campaign = ledger.campaign
    with ledger.store.read() as connection:
        standing = standings.standings_of(connection, campaign.id, [person]).get(person)
        asked = residents.told_state(connection, campaign.id, person)
    stated = headway.Steps() if standing is None else headway.Steps(
        standing.registered_at, standing.card_bound_at, standing.first_txn_at
    )
    return headway.of_proved(
        stated, State(asked) if asked else None, from_datetime(campaign.mark_time)
    )
