"""`attribution period …`: numbers that stay as they were reported."""
import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, instant_of, signed_in
from attribution.office import periods
from attribution.papers import taking
from attribution.proof import heads
from attribution.reports import progress
from attribution.rule import instants
from attribution.store import period_locks as kept

group = Group("period")


@group.command("lock")
@click.option("--until", metavar="DATE", required=True)
@click.option("--by", metavar="ACCOUNT", required=True)
def lock(where: Where, until: str, by: str) -> None:
    with Opened(where) as here:
        end = instant_of(until, "--until")
        assert end is not None
        made = periods.ask(here.ledger, end, asked_by=signed_in(here, by), now=instants.now())
    print(f"the lock {made} waits for another person:")
    print(f"attribution period approve {made} --by ACCOUNT")


@group.command("approve")
@click.argument("request", type=int)
@click.option("--by", metavar="ACCOUNT", required=True)
def approve(where: Where, request: int, by: str) -> None:
    with Opened(where) as here:
        by_whom = signed_in(here, by)
        lock, taken = taking.lock(
            here.ledger, here.settings, request, approved_by=by_whom, now=instants.now()
        )
    print(f"locked everything before {periods.day_text(lock['until'])}: {lock['rows']} numbers")
    if taken:
        print(f"snapshot {taken.number} tells them again: attribution snapshot show {taken.number}")


@group.command("list")
def show_all(where: Where) -> None:
    with Opened(where) as here:
        with here.store.read() as connection:
            locks = kept.locks(connection, here.campaign.id)
            waiting = kept.requests(connection, here.campaign.id)
        latest = locks[-1]["until"] if locks else 0
        print("since\tuntil (exclusive)\tnew\tcorrected\tsum\tstate")
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


@group.command("show")
@click.option("--until", metavar="DATE")
def show(where: Where, until: str | None) -> None:
    end = instant_of(until, "--until")
    with Opened(where) as here:
        if end is None:
            with here.store.read() as connection:
                span = kept.locked_until(connection, here.campaign.id), progress.ALWAYS[1]
        else:
            span = periods.days_of(here.ledger, end)
        table = progress.by_area(here.store, here.campaign.id, *span, period=span)
        seal = heads.latest_text(here.ledger)
    print("unit\tname\tnew\tcorrected\tsum")
    for line in (table.total, *table.lines):
        print("\t".join((
            line.key, line.name, str(line.fresh), f"{line.corrected:+d}",
            str(line.counts.get("effective", 0)),
        )))
    print(f"# {seal}" if seal else "# not sealed yet")
