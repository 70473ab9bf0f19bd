"""
Making and renewing the log's key: a deed of two people, entered, and so a leaf of the log.

A thief can sign a hand-over as well as we can. So the entry alone convinces nobody outside: the
printed sheet with the new fingerprint does, handed over by hand.
"""
import json

from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import log_keys
from attribution.proof.log_keys import LogKeys
from attribution.rule.instants import Instant, local_text
from attribution.settings import Settings
from attribution.store import log_tree
from qrgen.faults import Fault


def renew(
    ledger: Ledger, settings: Settings, actor: Actor, now: Instant, *, at_once: bool = False
) -> LogKeys:
    """
    Let a new key sign from now on, and enter it; return all that there are.

    Args:
        at_once: The one before ceases now, for somebody else has it.

    Raises:
        Fault: the key is given by the environment, or cannot be read.
        OSError: it cannot be kept. Nothing was changed.
    """
    instance, campaign = settings.instance, ledger.campaign.id
    before = log_keys.read(instance)
    if before is not None and not (instance / "keys" / log_keys.FILE).is_file():
        raise Fault(Code.LOG_KEY_ELSEWHERE)
    if before is None:  # lost: nothing is left that could sign beside it
        log_keys.make(instance, settings.public_url)
        after = log_keys.read(instance)
        assert after is not None
    else:
        after = log_keys.renewed(before, now, at_once=at_once)

    def act(doing: Doing) -> None:
        vkeys = after.vkeys(campaign)
        until = after.keys[-2].until if len(after.keys) > 1 else None
        doing.enter(
            Kind.LOG_KEY, f"log {after.origin(campaign)}", vkeys[-2] if until else None, vkeys[-1],
            **({"until": local_text(until)} if until else {}),
        )
        log_tree.add_event(doing.connection, campaign, {
            "id": doing.next_id(), "at": now, "kind": "key",
            "data": json.dumps({"vkeys": list(vkeys), "until": until}, ensure_ascii=False),
        })
        # Within the deed: a key that signs is entered, and one that is entered signs.
        log_keys.keep(instance, after)

    try:
        do(ledger.store, actor, now, act)
    except BaseException:
        if before is None:
            (instance / "keys" / log_keys.FILE).unlink(missing_ok=True)
        else:
            log_keys.keep(instance, before)
        raise
    return after


def prepare(ledger: Ledger, settings: Settings) -> list[str]:
    """Make the key where an earlier version made none; return what there is to tell."""
    with ledger.store.read() as connection:
        begun = log_tree.head(connection, ledger.campaign.id) is not None
    return list(log_keys.prepare(
        settings.instance, settings.public_url, begun=begun, nodes=settings.nodes
    ))
