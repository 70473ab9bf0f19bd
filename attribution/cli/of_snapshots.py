"""Of which snapshot a paper is asked for at the shell: one that is there, or one taken for it."""
from attribution.cli.snapshot import days_asked
from attribution.cli.tools import actor
from attribution.faults import Code
from attribution.papers import taking
from attribution.reports import snapshots
from attribution.reports.snapshots import Snapshot
from attribution.rule.instants import Instant
from attribution.service import Service
from qrgen.shell import USAGE_AT_FAULT, Fault


def asked_for(
    here: Service, now: Instant, number: int | None, day: bool, week: bool, since: str | None,
    until: str | None,
) -> Snapshot:
    """
    Return the snapshot *number*, or take one of the days that are named; the newest by default.

    Raises:
        Fault: more than one way is named, or there is no such snapshot.
    """
    named = day or week or bool(since) or bool(until)
    if number is not None and named:
        raise Fault(Code.SNAPSHOT_SPAN, status=USAGE_AT_FAULT)
    if number is not None:
        return snapshots.get(here.ledger, number)
    newest = None if named else snapshots.latest(here.ledger)
    return newest or taking.take(
        here.ledger, here.settings, now, actor(), *days_asked(now, day, week, since, until)
    )
