"""
What the office should look at today, each with the figures that say why.

Every alarm names its rule's numbers, so that nobody has to trust a red light; a unit
with few events raises none, for chance alone would.
"""
from collections.abc import Collection
from dataclasses import dataclass

from attribution import reports
from attribution.instants import DAY, Instant, from_datetime, local_text
from attribution.store import Store, lists, registry, tallies
from qrgen.registry import Campaign

# A code that was scanned this often a day over a week, and not at all for two days.
BUSY_A_DAY = 5
QUIET_DAYS = 2
# Below this many claims a share means nothing.
ENOUGH_CLAIMS = 20
# Claims per scan above this were not made by scanning.
MOST_CLAIMS_PER_SCAN = 0.9
# Registrations per claim below this part of the county's are out of line.
LEAST_OF_COUNTY = 0.25
# The platform's file comes every day; a weekend is forgiven.
FEED_DAYS = 3


@dataclass(frozen=True)
class Alarm:
    """One thing to look at. *endpoint* and *arguments* name the page that shows it."""

    kind: str
    text: str
    endpoint: str
    unit: str | None = None


def find(
    store: Store, campaign: Campaign, now: Instant, only: Collection[str] | None = None
) -> list[Alarm]:
    """
    Return the alarms at *now*, none before the campaign begins.

    Args:
        only: The units an account may see; those about the county need None.
    """
    start, end = from_datetime(campaign.start), from_datetime(campaign.end)
    if now < start:
        return []
    with store.read() as connection:
        snapshot = registry.read(connection, campaign.id)
        counts = tallies.by_unit(connection, campaign.id)
        since, until = reports.last_days(now - DAY, 7 + QUIET_DAYS)
        scans = tallies.by_unit_and_day(connection, campaign.id, "scan", since, until)
        waiting, first = lists.count_held(connection, campaign.id)
        batches = lists.batches(connection, campaign.id, 1)
    units = [
        unit for unit in snapshot.units.values()
        if unit.closed_at is None and (only is None or unit.id in only)
    ]
    found: list[Alarm] = []
    if now < end:
        quiet = reports.last_days(now - DAY, QUIET_DAYS)
        for unit in units:
            found += _quiet(unit, scans.get(unit.id, {}), quiet)
    county = _sum(counts.values())
    for unit in units:
        found += _out_of_line(unit, counts.get(unit.id, {}), county)
    if only is None:
        if waiting:
            since_text = local_text(first)[:16]
            found.append(
                Alarm("held", f"{waiting} 条登记待核查，最早的是 {since_text}", "admin.held")
            )
        last = batches[0]["received_at"] if batches else start
        if now < from_datetime(campaign.settle_end) and now - last > FEED_DAYS * DAY:
            days = (now - last) // DAY
            found.append(Alarm("feed", f"对账文件已 {days} 天没有更新", "admin.feeds"))
    return found


def _quiet(
    unit: registry.Unit, scans: dict[int, int], quiet: tuple[int, int]
) -> list[Alarm]:
    before = sum(n for day, n in scans.items() if day < quiet[0])
    lately = sum(n for day, n in scans.items() if quiet[0] <= day < quiet[1])
    if before < BUSY_A_DAY * 7 or lately:
        return []
    text = (
        f"{unit.id} {unit.name}：此前一周扫码 {before} 次，最近 {QUIET_DAYS} 天为 0，"
        "海报可能被撕或被挡"
    )
    return [Alarm("quiet", text, "admin.unit", unit.id)]


def _out_of_line(
    unit: registry.Unit, counts: dict[str, int], county: dict[str, int]
) -> list[Alarm]:
    claims, scans = counts.get("claimant", 0), counts.get("scan", 0)
    registered = counts.get("registered", 0)
    if claims < ENOUGH_CLAIMS:
        return []
    name = f"{unit.id} {unit.name}"
    if claims > MOST_CLAIMS_PER_SCAN * scans:
        text = f"{name}：扫码 {scans}，登记 {claims}，登记占比过高，请核实是否代人登记"
        return [Alarm("claims", text, "admin.unit", unit.id)]
    rest_claims = county.get("claimant", 0) - claims
    rest_registered = county.get("registered", 0) - registered
    if rest_claims < ENOUGH_CLAIMS or not rest_registered:
        return []
    if registered * rest_claims < LEAST_OF_COUNTY * rest_registered * claims:
        text = f"{name}：登记 {claims}，注册 {registered}，注册比例不到全县其他单位的四分之一"
        return [Alarm("registered", text, "admin.unit", unit.id)]
    return []


def _sum(all_counts: Collection[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in all_counts:
        for kind, n in counts.items():
            total[kind] = total.get(kind, 0) + n
    return total


