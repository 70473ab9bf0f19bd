"""
The heads of the log: sealing now, with the instance's key, and how a head is told in print.
"""
from functools import partial

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import clocks, log_keys, sealer, signed_notes, taking_over
from attribution.proof.sealer import Head, Signing
from attribution.rule.instants import SECOND, Instant, local_text
from attribution.settings import Settings
from attribution.store import log_tree
from qrgen.faults import Fault

# A sealer that was killed keeps the others waiting for so long at most.
_LEASE = 300 * SECOND


def seal_now(ledger: Ledger, settings: Settings, now: Instant, *, rests: float = 0.0) -> int:
    """
    Give all rows that have none their leaf; return how many leaves were added.

    By the clock of the database's server where ours is far from it. Does nothing on an instance
    without a key for it. Another sealer at work is left to it.

    Args:
        rests: How many times as long as it works it rests, for others to go first.
    """
    sign = signing(ledger, settings, now)
    if sign is None:
        return 0
    now = clocks.righted(ledger, now)
    taking_over.begin(ledger, settings, now)
    clocks.note(ledger, now)
    done = sealer.seal(ledger, sign, now, rests=rests)
    if done.whole and taking_over.end(ledger, now, done.size):
        return done.added + sealer.seal(ledger, sign, now, rests=rests).added
    return done.added


def seal_in_turn(
    ledger: Ledger, settings: Settings, now: Instant, every: Instant, *, rests: float = 0.0
) -> int:
    """Do as `seal_now`, unless another process is at it or did it not *every* ago."""

    def take(until: Instant) -> bool:
        return ledger.store.write(partial(
            log_tree.take_turn, campaign=ledger.campaign.id, now=now, until=until,
            longest=max(_LEASE, every),
        ))

    if not take(now + _LEASE):
        return 0
    try:
        return seal_now(ledger, settings, now, rests=rests)
    finally:
        ledger.store.write(partial(
            log_tree.end_turn, campaign=ledger.campaign.id, until=now + every
        ))


def signing(ledger: Ledger, settings: Settings, now: Instant) -> Signing | None:
    """Return what signs heads of *ledger* with the instance's key; None where there is none."""
    keys = log_keys.read(settings.instance)
    if keys is None:
        return None
    campaign = ledger.campaign.id
    origin = keys.origin(campaign)
    return lambda size, root: keys.note(
        campaign, signed_notes.Checkpoint(origin, size, root).text, now
    )


def verifiers(ledger: Ledger, settings: Settings) -> tuple[signed_notes.Key, ...]:
    """Return the public keys of the log, those too that ceased; none without any."""
    keys = log_keys.read(settings.instance)
    return keys.verifiers(ledger.campaign.id) if keys else ()


def require(settings: Settings) -> None:
    """
    See that there is a key that seals.

    Raises:
        Fault: there is none, or it cannot be read.
    """
    if log_keys.read(settings.instance) is None:
        raise Fault(Code.LOG_KEY_MISSING)


def describe(head: Head) -> str:
    """Return *head* for print: how many leaves, as of when, and some of the root."""
    return f"封印 {head.size} · {local_text(head.at)} · {head.root.hex()[:16]}"


def latest_text(ledger: Ledger) -> str:
    """Return the newest head for print; '' before the first."""
    newest = sealer.head(ledger)
    return describe(newest) if newest.size else ""
