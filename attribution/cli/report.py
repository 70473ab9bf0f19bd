"""`attribution report …`: what the office sends."""
from pathlib import Path

import click

from attribution.cli.commands import DIR, FILE, Group, Where
from attribution.cli.tools import Opened, actor, own_paths
from attribution.office import publicity
from attribution.papers import assessment, exchange, from_snapshot
from attribution.rule import instants
from qrgen.files import open_output
from qrgen.places import messages_aside

group = Group("report")


@group.command("slogans")
@click.option("--out", type=FILE, required=True)
def slogans(where: Where, out: str) -> None:
    path = Path(out)
    with messages_aside(path), Opened(where) as here:
        with open_output(path, own_paths(here.settings), folders=False) as file:
            count = publicity.write(here, file, None)
        print(f"{count} files in {out}")


@group.command("assessment")
@click.option("--out", type=FILE, required=True)
@click.option("--snapshot", "number", metavar="N", type=int)
def assess(where: Where, out: str, number: int | None) -> None:
    path = Path(out)
    now = instants.now()
    with messages_aside(path), Opened(where) as here:
        snapshot = from_snapshot.chosen(here.ledger, here.settings, now, actor(), number)
        with open_output(path, own_paths(here.settings), folders=False) as file:
            given = assessment.give(here.ledger, snapshot, actor(), now)
            file.write(given.content)
        print(f"snapshot {snapshot.number}: {given.rows} rows in {out}")


@group.command("exchange")
@click.option("--out", type=DIR, required=True)
@click.option("--unit", "units", metavar="ID,…")
@click.option("--snapshot", "number", metavar="N", type=int)
def exchange_packs(where: Where, out: str, units: str | None, number: int | None) -> None:
    folder = Path(out)
    now = instants.now()
    wanted = units.split(",") if units else None
    with Opened(where) as here:
        snapshot = from_snapshot.chosen(here.ledger, here.settings, now, actor(), number)
        for path, pack in exchange.write(here, snapshot, folder, actor(), now, wanted):
            print(f"{pack.unit}\t{path}\t{len(pack.content)} bytes\t{pack.people} people")
