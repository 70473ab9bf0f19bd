"""Questions about snapshots: whole, without a gap, and each file of one that is there."""
from collections.abc import Iterator

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.reports import snapshots
from attribution.store import snapshot_log
from qrgen.faults import Fault


def check(ledger: Ledger) -> Iterator[Fault]:
    """Yield what is wrong with the snapshots and with what is told of their files."""
    campaign = ledger.campaign.id
    with ledger.store.read() as connection:
        numbers = sorted(row["number"] for row in snapshot_log.every(connection, campaign))
        files = snapshot_log.files(connection, campaign)
    for number in sorted({*range(1, max(numbers, default=0) + 1)} - {*numbers}):
        yield Fault(Code.SNAPSHOT_GONE, number=number)
    taken = {}
    for number in numbers:  # one by one: each holds all of a county's figures
        with ledger.store.read() as connection:
            row = snapshot_log.one(connection, campaign, number)
        if row is None:
            continue
        taken[number] = row["at"]
        if not snapshots.is_whole(row):
            yield Fault(Code.SNAPSHOT_ALTERED, number=number)
    for row in files:
        if row["snapshot"] not in taken or row["at"] < taken[row["snapshot"]]:
            yield Fault(Code.SNAPSHOT_FILE_ASTRAY, file=row["id"], number=row["snapshot"])
