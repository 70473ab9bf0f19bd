"""`attribution report …`: what the office sends."""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.tools import Opened, own_paths
from attribution.office import publicity
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
