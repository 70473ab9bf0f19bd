"""Claims that wait: released, or held again, by a member of staff, with the credit that follows."""
from attribution import decisions
from attribution.instants import Instant
from attribution.store import Store, lists, log
from attribution.store.database import Connection
from qrgen.registry import Campaign

# What may be decided -> the cause on the adjustment that may follow.
KINDS = {"released": "claim_released", "held": "claim_held"}


def decide(
    store: Store, campaign: Campaign, claim: int, kind: str, now: Instant, by_whom: str, note: str
) -> bool:
    """
    Release (or hold) *claim*, and judge its person again in the same transaction.

    Returns:
        False where there is no such claim, or it stands so already: two people who
        press the same button decide once.
    """

    def act(connection: Connection) -> bool:
        row = lists.claim(connection, campaign.id, claim)
        if row is None or row["state"] != ("held" if kind == "released" else "valid"):
            return False
        log.add_claim_event(
            connection, campaign.id, row["person"], claim, id=store.next_id(now), at=now,
            kind=kind, reason=note or kind, by_whom=by_whom,
        )
        decisions.refresh(store, connection, campaign, [row["person"]], now, KINDS[kind])
        return True

    return store.write(act)
