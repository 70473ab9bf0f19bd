"""`attribution report …`: what the office sends."""
from contextlib import closing
from pathlib import Path

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.tools import Opened, instant_of, own_paths, who
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import publicity
from attribution.proof import given_out
from attribution.reports import exports
from attribution.reports.about import about_text, period_text
from attribution.rule import instants
from attribution.store.export_pages import Filter
from qrgen.files import open_output
from qrgen.places import is_standard, messages_aside
from qrgen.shell import USAGE_AT_FAULT, Fault

group = Group("report")


@group.command("finance")
@click.option("--out", type=FILE, required=True)
@click.option("--since", metavar="TIME")
@click.option("--until", metavar="TIME")
def finance(where: Where, out: str, since: str | None, until: str | None) -> None:
    path = Path(out)
    kind = "csv" if is_standard(path) else path.suffix.lower().removeprefix(".")
    if kind not in given_out.KINDS:
        raise Fault(Code.REPORT_SUFFIX, status=USAGE_AT_FAULT, kinds=list(given_out.KINDS))
    export = exports.EXPORTS["points"]
    chosen = Filter(instant_of(since, "--since"), instant_of(until, "--until"))
    given_as = {"since": since, "until": until}
    with messages_aside(path), Opened(where) as here:
        asked = given_out.Asked(
            export, given_out.FileForm(kind),
            {name: value for name, value in given_as.items() if value is not None},
            about=about_text(period=period_text(chosen.since, chosen.until)),
        )
        found = export.blocks(here.store, here.campaign.id, chosen)
        with (
            open_output(path, own_paths(here.settings), folders=False) as file,
            closing(given_out.give(
                here.ledger, here.settings, Actor(who()), instants.now(), asked, found,
                as_file="" if is_standard(path) else path.name,
            )) as given,
        ):
            file.writelines(given)
        if sealed := given.sealed:
            print(
                f"sealed {sealed['name']}: sha256 {sealed['sha256']}, after leaf {sealed['seal']}"
            )


@group.command("slogans")
@click.option("--out", type=FILE, required=True)
def slogans(where: Where, out: str) -> None:
    path = Path(out)
    with messages_aside(path), Opened(where) as here:
        with open_output(path, own_paths(here.settings), folders=False) as file:
            count = publicity.write(here, file, None)
        print(f"{count} files in {out}")
