"""`attribution units …`: units and their codes."""
import click

from attribution.cli import unit_changes, unit_files
from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, who
from attribution.deeds import Actor
from attribution.office import units
from attribution.rule import instants

group = Group("units")
unit_files.register(group)
unit_changes.register(group)


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
            print(unit_changes.change_of(row))


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
