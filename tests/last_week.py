# mypy: allow-untyped-calls
"""A county's last week, before anybody comes to work on Monday: put into its ledger at once."""
from datetime import date, timedelta
from pathlib import Path

from test_contract_periods import Office

from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start
from attribution.service import open_service
from attribution.settings import load_settings

# The number of the first of them.
ERASED = 8_000_000


def people_of_last_week(instance: Path, folder: Path) -> tuple[date, date]:
    """Let people of every area and bank have come last week, each where nobody else did."""
    service = open_service(load_settings(instance))
    office = Office(service, folder)
    since, until = snapshots.week_span(office.now)
    units = service.campaign.units
    lines = {unit.bank: unit.id for unit in units if unit.kind == "line"}
    places = [unit.id for unit in units if unit.kind == "area"] + sorted(lines.values())
    came = []
    for number, (unit, nth) in enumerate(
        (unit, nth) for place, unit in enumerate(places) for nth in range(1 + place % 3)
    ):
        at = day_start(since) + (number % 7) * DAY + 9 * HOUR + (number % 50) * MINUTE
        assert day_of(at) < until
        office.claim(ERASED + number, unit, at)
        came.append((ERASED + number, at + (5 + nth) * MINUTE))
    office.file(*came)
    service.close()
    return instants.date_of(since), instants.date_of(until) - timedelta(days=1)
