"""`attribution period …`: numbers that stay as they were reported."""
import argparse
from typing import Any

from attribution.cli.tools import Commands, Opened, instant_of, signed_in
from attribution.deeds import Actor
from attribution.office import periods
from attribution.proof import seals
from attribution.reports import progress
from attribution.rule import instants
from attribution.store import period_locks as kept


def install(command: Commands, period: Any) -> None:
    """Add the commands of the group *period*."""
    asked = command("lock", _lock, "ask that the numbers before a day be locked", period)
    asked.add_argument("--until", metavar="DATE", required=True, help="exclusive")
    asked.add_argument("--by", metavar="ACCOUNT", required=True)
    approved = command("approve", _approve, "lock what another person asked for", period)
    approved.add_argument("request", type=int)
    approved.add_argument("--by", metavar="ACCOUNT", required=True)
    command("list", _list, "list the locked periods, the open one, and what waits", period)
    shown = command("show", _show, "print what a period reported, area by area", period)
    shown.add_argument("--until", metavar="DATE", help="the period's end (default: the open one)")


def _lock(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        until = instant_of(options.until, "--until")
        assert until is not None
        by = signed_in(here, options.by)
        made = periods.ask(here.ledger, until, asked_by=Actor(by), now=instants.now())
    print(f"the lock {made} waits for another person:")
    print(f"attribution period approve {made} --by ACCOUNT")


def _approve(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        by = signed_in(here, options.by)
        lock = periods.approve(
            here.ledger, options.request, approved_by=Actor(by), now=instants.now()
        )
        # Its numbers are proved from this moment, not from tonight.
        seals.seal_now(here.ledger, here.settings, instants.now())
    print(f"locked everything before {periods.day_text(lock['until'])}: {lock['rows']} numbers")


def _list(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        with here.store.read() as connection:
            locks = kept.locks(connection, here.campaign.id)
            waiting = kept.requests(connection, here.campaign.id)
        latest = locks[-1]["until"] if locks else 0
        for since, until, state in (
            *((lock["since"], lock["until"],
               f"locked by {lock['asked_by']}, {lock['approved_by']}") for lock in locks),
            (latest, progress.ALWAYS[1], "open"),
        ):
            total = progress.by_area(
                here.store, here.campaign.id, since, until, period=(since, until)
            ).total
            print("\t".join((
                periods.day_text(since), periods.day_text(until) if until < 9e7 else "-",
                f"new {total.fresh}", f"corrected {total.corrected:+d}",
                f"sum {total.counts.get('effective', 0)}", state,
            )))
        for row in waiting:
            print(f"{row['id']}\tuntil {periods.day_text(row['until'])}\twaits\t{row['asked_by']}")


def _show(options: argparse.Namespace) -> None:
    until = instant_of(options.until, "--until")
    with Opened(options) as here:
        if until is None:
            with here.store.read() as connection:
                span = kept.locked_until(connection, here.campaign.id), progress.ALWAYS[1]
        else:
            span = periods.days_of(here.ledger, until)
        table = progress.by_area(here.store, here.campaign.id, *span, period=span)
        seal = seals.latest_text(here.ledger)
    print("unit\tname\tnew\tcorrected\tsum")
    for line in (table.total, *table.lines):
        print("\t".join((
            line.key, line.name, str(line.fresh), f"{line.corrected:+d}",
            str(line.counts.get("effective", 0)),
        )))
    print(f"# {seal}" if seal else "# not sealed yet")
