"""`attribution backup FILE` and `attribution restore FILE`."""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Where, command
from attribution.cli.tools import settings_of, who
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.service import open_service
from attribution.upkeep import backup
from qrgen.places import messages_aside


@command("backup")
@click.argument("file", type=FILE)
def run(where: Where, file: str) -> int:
    with messages_aside(file):
        service = open_service(settings_of(where))
        try:
            made = backup.backup(service, Path(file), instants.now(), Actor(who()))
        finally:
            service.close()
        for finding in made.found:
            print(f"{finding.question}: {finding.detail}")
        if made.found:
            print(f"the ledger is not sound: kept {made.file}, {made.size} bytes, as evidence")
            print(f"{file} is as it was; restore an older copy once you know what happened")
            return 1
        print(f"wrote {file}: {made.size} bytes, checked; keep the keys too, elsewhere")
        return 0


@command("restore")
@click.argument("file", type=FILE)
def restore(where: Where, file: str) -> None:
    old = backup.restore(settings_of(where), Path(file), instants.now(), Actor(who()))
    print(f"restored {file}, checked" + (f"; the old ledger is {old}" if old else ""))
