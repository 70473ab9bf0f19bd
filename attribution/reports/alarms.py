"""
What the office should look at today, each with the figures that say why.

Every alarm names its rule's numbers, so that nobody has to trust a red light; a unit
with few events raises none, for chance alone would.
"""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from attribution.ledger import Ledger
from attribution.reports import progress, takeovers
from attribution.resident import lapsing
from attribution.rule.instants import DAY, Instant, from_datetime, local_text
from attribution.settings.thresholds import Thresholds
from attribution.store import console_lists, registry, tallies


@dataclass(frozen=True)
class Alarm:
    """One thing to look at. *endpoint* and *arguments* name the page that shows it."""

    kind: str
    text: str
    endpoint: str
    unit: str | None = None


DEFAULT = Thresholds()


def find(
    ledger: Ledger, now: Instant, only: Collection[str] | None = None,
    limits: Thresholds = DEFAULT,
) -> list[Alarm]:
    """
    Return the alarms at *now*, none before the campaign begins.

    Args:
        only: The units an account may see; those about the county need None.
    """
    start, end = from_datetime(ledger.campaign.start), from_datetime(ledger.campaign.end)
    if now < start:
        return []
    with ledger.store.read() as connection:
        snapshot = registry.read(connection, ledger.campaign.id)
        counts = tallies.by_unit(connection, ledger.campaign.id)
        since, until = progress.last_days(now - DAY, 7 + limits.quiet_days)
        scans = tallies.by_unit_and_day(connection, ledger.campaign.id, "scan", since, until)
        waiting, first = console_lists.count_held(connection, ledger.campaign.id)
        batches = console_lists.batches(connection, ledger.campaign.id, 1)
        seen = takeovers.find(ledger, connection, counts)
    units = [
        unit for unit in snapshot.units.values()
        if unit.closed_at is None and (only is None or unit.id in only)
    ]
    found: list[Alarm] = []
    if now < end and limits.busy_a_day:
        quiet = progress.last_days(now - DAY, limits.quiet_days)
        for unit in units:
            found += _quiet(unit, scans.get(unit.id, {}), quiet, limits)
    # Whoever was claimed again elsewhere registers for the other: no fault of the first unit.
    own = {
        id: {**some, "lost": seen[id].lost_persons if id in seen else 0}
        for id, some in counts.items()
    }
    county = _sum(own.values())
    for unit in units:
        found += _out_of_line(unit, own.get(unit.id, {}), county, limits)
        if unit.id in seen:
            found += _taken_over(unit, seen[unit.id], snapshot.units, limits)
    if only is None:
        if waiting:
            since_text = local_text(first)[:16]
            found.append(
                Alarm("held", f"{waiting:,} 条登记待核查，最早的是 {since_text}", "admin.held")
            )
        last = batches[0]["received_at"] if batches else start
        late = limits.feed_days and now - last > limits.feed_days * DAY
        if now < from_datetime(ledger.campaign.settle_end) and late:
            days = (now - last) // DAY
            found.append(Alarm("feed", f"对账文件已 {days} 天没有更新", "admin.feeds"))
        found += _lapsing(ledger, now)
    return found


def _lapsing(ledger: Ledger, now: Instant) -> list[Alarm]:
    """Tell after the settlement what lapses next, where it could still become a credit."""
    if now < from_datetime(ledger.campaign.settle_end):
        return []
    with ledger.store.read() as connection:
        next_ones = lapsing.upcoming(connection, ledger.campaign, now)
    if not next_ones.credits.total():
        return []
    return [Alarm("lapsing", next_ones.said().shown(), "admin.lapsing")]


def _quiet(
    unit: registry.Unit, scans: dict[int, int], quiet: tuple[int, int], limits: Thresholds
) -> list[Alarm]:
    before = sum(n for day, n in scans.items() if day < quiet[0])
    lately = sum(n for day, n in scans.items() if quiet[0] <= day < quiet[1])
    if before < limits.busy_a_day * 7 or lately:
        return []
    text = (
        f"{unit.id} {unit.name}：此前一周扫码 {before:,} 次，最近 {limits.quiet_days} 天为 0，"
        "海报可能被撕或被挡"
    )
    return [Alarm("quiet", text, "admin.unit", unit.id)]


def _out_of_line(
    unit: registry.Unit, counts: dict[str, int], county: dict[str, int], limits: Thresholds
) -> list[Alarm]:
    claims, scans = counts.get("claimant", 0), counts.get("scan", 0)
    if claims < limits.enough_claims:
        return []
    name = f"{unit.id} {unit.name}"
    most = limits.most_claims_percent
    if most and claims * 100 > most * scans:
        text = (
            f"{name}：扫码 {scans:,}，登记 {claims:,}，登记超过扫码的 {most}%，请核实是否代人登记"
        )
        return [Alarm("claims", text, "admin.unit", unit.id)]
    lost = counts.get("lost", 0)
    claims -= lost
    rest_claims = county.get("claimant", 0) - county.get("lost", 0) - claims
    if claims < limits.enough_claims or rest_claims < limits.enough_claims:
        return []
    for step, word, least in (
        ("registered", "注册", limits.least_registered_percent),
        ("effective", "有效新用户", limits.least_effective_percent),
    ):
        own = counts.get(step, 0)
        rest = county.get(step, 0) - own
        if rest and own * rest_claims * 100 < least * rest * claims:
            without = f"（不含后来由别的单位登记的 {lost:,} 人）" if lost else ""
            text = (
                f"{name}：登记 {claims:,}{without}，{word} {own:,}，"
                f"转化率不到其他单位的 {least}%，请核实登记是否真实"
            )
            return [Alarm(step, text, "admin.unit", unit.id)]
    return []


def _taken_over(
    unit: registry.Unit, seen: takeovers.Seen, units: Mapping[str, registry.Unit],
    limits: Thresholds,
) -> list[Alarm]:
    """Tell of persons claimed by two units, on both sides, and accuse nobody."""
    name, most, found = f"{unit.id} {unit.name}", limits.most_taken_percent, []

    def told(between: Sequence[takeovers.Between]) -> str:
        some = "、".join(
            f"{one.other} {units[one.other].name if one.other in units else ''} {one.persons:,} 人"
            for one in between[:3]
        )
        return some + ("等" if len(between) > 3 else "")

    def much(persons: int) -> bool:
        return bool(most) and persons >= limits.takeovers and (
            persons * 100 > most * seen.claimants
        )

    if much(seen.taken_persons):
        found.append(Alarm("takeovers", (
            f"{name}：登记的 {seen.claimants:,} 人里，{seen.taken_persons:,} 人"
            f"（{seen.share(seen.taken_persons)}%）此前已由别的单位登记（{told(seen.taken)}），"
            f"一般相隔 {seen.taken_hours:g} 小时，请向双方核实"
        ), "admin.unit", unit.id))
    if much(seen.lost_persons):
        found.append(Alarm("taken", (
            f"{name}：登记的 {seen.claimants:,} 人里，{seen.lost_persons:,} 人"
            f"（{seen.share(seen.lost_persons)}%）后来又由别的单位登记（{told(seen.lost)}），"
            f"一般相隔 {seen.lost_hours:g} 小时；不说明本单位的登记有问题，请向双方核实"
        ), "admin.unit", unit.id))
    return found


def _sum(all_counts: Collection[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for counts in all_counts:
        for kind, n in counts.items():
            total[kind] = total.get(kind, 0) + n
    return total
