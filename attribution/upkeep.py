"""
What a ledger needs done now and then, and nobody waits for: at every start of the
service, and once a day by the retention job.
"""
from attribution.instants import DAY, Instant, day_of
from attribution.store import Store, tallies
from qrgen.registry import Campaign

# Yesterday's late rows have come by then (seals allow them half an hour).
OPEN_DAYS = 2 * DAY


def keep_up(store: Store, campaign: Campaign, now: Instant) -> None:
    """Make room for the scans to come, and add up the counts of the days that are over."""
    store.prepare(now)
    with store.transaction() as connection:
        tallies.fold(connection, campaign.id, day_of(now - OPEN_DAYS))
