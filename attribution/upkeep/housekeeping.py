"""
What a ledger needs done now and then, and nobody waits for: at every start of the
service, and once a day by the retention job.
"""
from attribution.ledger import Ledger
from attribution.rule.instants import DAY, Instant, day_of
from attribution.store import registry, tallies, unit_log

# Yesterday's late rows have come by then (seals allow them half an hour).
OPEN_DAYS = 2 * DAY


def keep_up(ledger: Ledger, now: Instant) -> None:
    """Make room for the scans to come, and add up the counts of the days that are over."""
    ledger.store.prepare(now)
    with ledger.store.transaction() as connection:
        tallies.fold(connection, ledger.campaign.id, day_of(now - OPEN_DAYS))


def settle_units(ledger: Ledger, now: Instant) -> None:
    """Let the table of units follow to the day of *now*: what was entered for it holds."""
    with ledger.store.read() as connection:
        behind = registry.day(connection, ledger.campaign.id) < day_of(now)
    if behind:
        ledger.store.write(lambda c: unit_log.settle(c, ledger.campaign.id, now))
