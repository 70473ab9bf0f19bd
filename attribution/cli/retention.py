"""`attribution retention …`: what must not be kept."""
import click

from attribution.cli.commands import Group, Where
from attribution.cli.end import forget_everybody
from attribution.cli.tools import Opened, both, who
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.upkeep import erased_list, retention
from attribution.upkeep.housekeeping import keep_up
from qrgen.shell import language

group = Group("retention")


@group.command("run")
@click.option("--dry-run", is_flag=True)
def forget(where: Where, dry_run: bool) -> None:
    with Opened(where) as here:
        if not dry_run:
            keep_up(here.ledger, instants.now())
        done = retention.run(here.ledger, instants.now(), Actor(who()), dry_run=dry_run)
        listed = dry_run or erased_list.keep_up(here.ledger, here.settings.instance)
        space = "" if dry_run else retention.give_back(here.ledger)
        waiting = retention.waiting(here.ledger, instants.now())
        upcoming = retention.upcoming(here.ledger, instants.now())
    would = "would be " if dry_run else ""
    print(f"persons {would}unlinked: {done.lapsed} lapsed, {done.asked} on their own wish")
    for why in waiting:
        print(why.told(language()))
    print(upcoming.said().told(language()))
    for unit, persons in sorted(upcoming.persons.items()):
        print(f"  {unit}\t{persons}\t{upcoming.credits[unit]}")
    print(f"single claims {would}unlinked on their persons' wish: {done.claims}")
    print(f"scans {would}deleted, their counts kept: {done.scans}")
    if not listed:
        print(erased_list.UNWRITABLE)
    if space:
        print(space)


@group.command("shred")
@click.argument("id")
@both
def shred(where: Where, id: str, by: str | None, second: str | None) -> None:
    with Opened(where) as here:
        forget_everybody(here, id, by, second)
