"""`attribution scene …`: the register of places where residents can pay."""
from collections.abc import Collection
from pathlib import Path

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.layout import print_notes
from attribution.cli.tools import Opened, actor, own_paths
from attribution.faults import Code
from attribution.office import scene_tables, scenes
from attribution.reports import scene_coverage, scene_sheet
from attribution.rule import instants
from attribution.store import figure_log
from qrgen.files import open_output
from qrgen.places import messages_aside
from qrgen.shapes import id_or_shape
from qrgen.shell import USAGE_AT_FAULT, Fault

group = Group("scene")


@group.command("list")
@click.option("--area", metavar="UNIT", default="")
def show(where: Where, area: str) -> None:
    with Opened(where) as here:
        found = scenes.all_scenes(here.ledger)
        with here.store.read() as connection:
            stated = figure_log.standing(connection, here.campaign.id)
        _known(area, here.scans.snapshot().units)
    print("sector\tplanned\tbuilding\topen\tclosed\tof\tpercent\tmissing")
    for one in scene_coverage.by_sector(found, stated, area):
        print("\t".join("-" if value is None else str(value) for value in (
            one.sector, one.planned, one.building, one.open, one.closed, one.whole, one.rate,
            one.missing,
        )))


@group.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True)
def take(where: Where, file: str, dry_run: bool) -> None:
    with Opened(where) as here:
        table = scene_tables.read(Path(file), here.scans.snapshot(), here.campaign)
        everybody = scenes.Mine()
        made = scenes.plan(here.ledger, table.scenes, everybody) if dry_run else scenes.save(
            here.ledger, table.scenes, everybody, instants.now(), actor()
        )
    print(f"{len(made.added)} new, {len(made.changed)} changed, {made.same} as they were"
          + ("; nothing was written" if dry_run else ""))
    print_notes(table.notes)


@group.command("export")
@click.option("--out", type=FILE, required=True)
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]), default="csv")
def give(where: Where, out: str, kind: str) -> None:
    path = Path(out)
    with messages_aside(path), Opened(where) as here:
        found = scenes.all_scenes(here.ledger)
        with open_output(path, own_paths(here.settings), folders=False) as file:
            for block in scene_sheet.write(found, here.scans.snapshot(), kind):
                file.write(block)
        print(f"{len(found)} scenes in {out}")


def _known(area: str, units: Collection[str]) -> None:
    if area and area not in units:
        raise Fault(Code.UNIT_UNKNOWN, status=USAGE_AT_FAULT, unit=id_or_shape(area))
