"""`attribution units …`: units and their codes."""
import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, agreed, both, who
from attribution.cli.unit_changes import change_of, register
from attribution.deeds import Actor
from attribution.office import units
from attribution.rule import instants

group = Group("units")
register(group)


@group.command("import")
@click.option("--dry-run", is_flag=True)
@both
def take(where: Where, dry_run: bool, by: str | None, second: str | None) -> None:
    with Opened(where) as here:
        planned = units.plan(here.ledger)
        for unit in planned.added:
            print(f"+ {unit.id} {unit.name}")
        for before, after in planned.changed:
            print(f"~ {before.id} {before.name}" + (
                f" -> {after.name}" if before.name != after.name else ""
            ))
        for unit in planned.closed:
            print(f"- {unit.id} {unit.name} (closed)")
        if not planned:
            print("the units are as in the file; nothing to change")
        elif not dry_run:
            counts = [len(part) for part in (planned.added, planned.changed, planned.closed)]
            actor = agreed(here, "units", "units", {"counts": counts}, by, second)
            units.import_units(here.ledger, instants.now(), actor)


@group.command("list")
def show(where: Where) -> None:
    with Opened(where) as here:
        for unit, state in units.listing(here.ledger):
            print(f"{unit.id}\t{unit.kind}\t{unit.name}\t{unit.issue}\t{state}")


@group.command("history")
@click.argument("unit", required=False)
def history(where: Where, unit: str | None) -> None:
    with Opened(where) as here:
        for row in units.history(here.ledger, unit):
            print(change_of(row))


@group.command("revoke")
@click.argument("unit")
@click.option("--issue", metavar="N", type=int)
def revoke(where: Where, unit: str, issue: int | None) -> None:
    with Opened(where) as here:
        revoked, added = units.revoke(here.ledger, unit, issue, instants.now(), Actor(who()))
    print(f"{unit}-{revoked} " + ("is revoked" if added else "was revoked before"))


@group.command("reissue")
@click.argument("unit")
def reissue(where: Where, unit: str) -> None:
    with Opened(where) as here:
        issue = units.reissue(here.ledger, unit, instants.now(), Actor(who()))
    print(f"{unit}-{issue} is the code to print now:")
    print(f"qrgen posters --units {unit} --out DIR")
