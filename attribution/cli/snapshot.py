"""`attribution snapshot …`: states of the ledger that reports are made of and told again by."""
import sys

import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, actor, instant_of
from attribution.faults import Code
from attribution.papers import taking
from attribution.reports import snapshots
from attribution.reports.snapshots import Snapshot
from attribution.rule import instants
from attribution.rule.instants import Instant, date_of, day_of, local_text
from qrgen.shell import USAGE_AT_FAULT, Fault

group = Group("snapshot")


@group.command("take")
@click.option("--day", is_flag=True)
@click.option("--week", is_flag=True)
@click.option("--since", metavar="DATE")
@click.option("--until", metavar="DATE")
def take(where: Where, day: bool, week: bool, since: str | None, until: str | None) -> None:
    now = instants.now()
    span = days_asked(now, day, week, since, until)
    with Opened(where) as here:
        made = taking.take(here.ledger, here.settings, now, actor(), *span)
    total = made.figures.areas().total
    print(f"snapshot {made.number}: {_days(made.since, made.until)},"
          f" {total.counts.get('effective', 0)} effective new users up to then,"
          f" sha256 {made.sha256}")


@group.command("list")
def show_all(where: Where) -> None:
    with Opened(where) as here:
        found, files = snapshots.all_of(here.ledger), snapshots.files(here.ledger)
    print("number\ttaken\tdays\tby\tfiles\tsha256")
    for one in found:
        count = sum(file.snapshot == one.number for file in files)
        print("\t".join((
            str(one.number), local_text(one.at), _days(one.since, one.until), one.by_whom,
            str(count), one.sha256,
        )))


@group.command("show")
@click.argument("number", type=int)
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text")
def show(where: Where, number: int, kind: str) -> None:
    with Opened(where) as here:
        one = snapshots.get(here.ledger, number)
        files = snapshots.files(here.ledger, number)
    if kind == "json":
        # The text itself, to the byte: its SHA-256 is that of the snapshot.
        sys.stdout.write(one.figures.text)
        return
    _print(one)
    for file in files:
        print(f"file\t{file.kind}\t{file.name}\t{local_text(file.at)}\t{file.sha256}")


def _print(one: Snapshot) -> None:
    told = one.figures
    print(f"snapshot {one.number}, taken {local_text(one.at)} by {one.by_whom}")
    print(f"days {_days(one.since, one.until)}, {told.elapsed} of {told.days} days,"
          f" terms {told.terms}, {told.batches} batches")
    print(f"sha256 {one.sha256}")
    print("unit\tname\ttarget\teffective\tcorrected\tnew")
    table, new = told.areas(), told.areas(of="fresh")
    fresh = {
        (line.key, line.name): line.counts.get("effective", 0) for line in (new.total, *new.lines)
    }
    for line in (table.total, *table.lines):
        print("\t".join((
            line.key, line.name, "-" if line.target is None else str(line.target),
            str(line.counts.get("effective", 0)), f"{line.corrected:+d}",
            str(fresh.get((line.key, line.name), 0)),
        )))


def days_asked(
    now: Instant, day: bool, week: bool, since: str | None, until: str | None
) -> tuple[int, int]:
    """Return the days that were asked for: one way of three; the last week by default."""
    if day + week + bool(since or until) > 1 or bool(since) != bool(until):
        raise Fault(Code.SNAPSHOT_SPAN, status=USAGE_AT_FAULT)
    if day:
        return snapshots.day_span(now)
    first, end = instant_of(since, "--since"), instant_of(until, "--until")
    if first is None or end is None:
        return snapshots.week_span(now)
    return day_of(first), day_of(end)


def _days(since: int, until: int) -> str:
    return f"{date_of(since)} to {date_of(snapshots.last_day(until))}"
