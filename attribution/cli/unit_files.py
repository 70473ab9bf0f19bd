"""`attribution units import|export`: tables of units in and out, each change shown before."""
import sys
from pathlib import Path

import click

from attribution import master
from attribution.cli.commands import FILE, Group, Where
from attribution.cli.tools import Opened, agreed, both, own_paths
from attribution.cli.unit_changes import mark_of, told
from attribution.ledger import Ledger
from attribution.office import campaign_deeds, units
from attribution.office.unit_plans import Edit
from attribution.office.unit_tables import TablePlan
from attribution.reports import unit_sheet
from attribution.rule import instants
from attribution.rule.instants import Instant
from attribution.service import Service
from qrgen import campaign_stamp, units_apart
from qrgen.campaign import Problem
from qrgen.files import open_output
from qrgen.registry import RegistryError, load_campaign


def register(group: Group) -> None:
    """Put the commands into the *group* of units."""

    @group.command("import")
    @click.argument("file", required=False, type=FILE)
    @click.option("--renamed", metavar="UNIT,…", default="")
    @click.option("--replaced", metavar="UNIT,…", default="")
    @click.option("--dry-run", is_flag=True)
    @both
    def take(
        where: Where, file: str | None, renamed: str, replaced: str, dry_run: bool,
        by: str | None, second: str | None,
    ) -> None:
        now = instants.now()
        with Opened(where) as here:
            ledger, base = _table(here, file)
            names = Names(renamed, replaced)
            planned = units.plan(ledger, now, base=base, **names.given)
            tell_older(base, here.scans.snapshot().version)
            print_table(planned)
            if planned.unclear and not dry_run and names.ask(planned):
                planned = units.plan(ledger, now, base=base, **names.given)
            if not planned and not planned.unclear:
                print("the units are as in the file; nothing to change")
                if file is None and not dry_run:
                    adopt(here, here.settings.campaign_folder, now)
            elif not dry_run:
                actor = agreed(
                    here, "units", "units", {"deed": "import", "edits": len(planned.edits)}, by,
                    second,
                )
                units.import_units(ledger, now, actor, base=base, **names.given)
                if file is None:
                    adopt(here, here.settings.campaign_folder, now)

    @group.command("export")
    @click.option("--out", required=True, type=FILE)
    @click.option("--format", "kind", type=click.Choice(["csv", "xlsx"]))
    def give(where: Where, out: str, kind: str | None) -> None:
        path = Path(out)
        kind = kind or ("xlsx" if path.suffix.lower() == ".xlsx" else "csv")
        with (
            Opened(where) as here,
            open_output(path, own_paths(here.settings), folders=False) as file,
        ):
            file.writelines(unit_sheet.write(here.store, here.campaign.id, kind))


class Names:
    """What somebody said of changed names: the unit renamed, or another one in its place."""

    def __init__(self, renamed: str, replaced: str):
        self.given = {"renamed": _listed(renamed), "replaced": _listed(replaced)}

    def ask(self, planned: TablePlan) -> bool:
        """Ask at a terminal what the names mean; return whether there is one."""
        if not sys.stdin.isatty():
            return False
        for edit in planned.unclear:
            answer = click.prompt(
                f"{edit.unit} {edit.before['name']} -> {edit.after['name']}: is it renamed, or"
                " another one in its place?",
                type=click.Choice(["renamed", "replaced"]),
            )
            self.given[answer].add(edit.unit)
        return True


def adopt(here: Service, folder: Path, now: Instant) -> None:
    """
    Take *folder*, from which somebody has just imported, for an export of this revision.

    One that still says something else and holds nothing more to import (an issue that was
    re-issued since) is written anew: from it the shell would print codes that are void.
    """
    here.follow()
    master.adopt(here.store, here.campaign.id, folder, here.settings.instance)
    if here.master.is_edited() and here.master.is_ours(folder):
        left = campaign_deeds.preview_folder(here.ledger, folder, now)
        if not left and not left.units.unclear:
            here.master.write_over(folder)


def tell_older(base: int | None, revision: int) -> None:
    """Say that a table or folder was edited from an older revision than the ledger's."""
    if base is not None and base < revision:
        print(
            f"edited from revision {base}; the ledger is at {revision}: what it changed since"
            " stands, unless it is edited here too"
        )


def print_table(planned: TablePlan) -> None:
    """Print field by field what a table changes."""
    for edit in planned.edits:
        print(f"{mark_of(edit)} {edit.unit} {_named(edit)}{told(edit)}")
    for edit in planned.unclear:
        print(f"? {edit.unit} {told(edit)}")
    for unit, field in planned.overruled:
        print(f"! {unit} {field}: changed in the ledger since, too")
    for unit in planned.kept:
        print(f"= {unit} is merged, and stays so")


def _named(edit: Edit) -> str:
    return "(closed) " if edit.after.get("state") == "closed" else ""


def _table(here: Service, file: str | None) -> tuple[Ledger, int | None]:
    """Return the ledger with the units of a file or of the folder, and their revision."""
    if file is None:
        folder = here.settings.campaign_folder
        stamp = campaign_stamp.read_stamp(folder)
        ours = stamp is not None and stamp.id == here.campaign.id
        return Ledger(here.store, load_campaign(folder)), stamp.revision if ours and stamp else None
    problems: list[Problem] = []
    path = Path(file)
    found = units_apart.read_units(path, problems)
    if problems:
        raise RegistryError(path, sorted(set(problems)))
    with here.store.read() as connection:
        campaign = master.with_table(connection, here.campaign.id, found, here.campaign.folder)
    revisions = [unit.revision for unit in found if unit.revision is not None]
    return Ledger(here.store, campaign), min(revisions) if revisions else None


def _listed(text: str) -> set[str]:
    return set(filter(None, (word.strip() for word in text.replace("，", ",").split(","))))


