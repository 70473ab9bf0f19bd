"""`attribution backup FILE` and `attribution restore FILE`."""
from pathlib import Path

import click

from attribution.cli import restore_words
from attribution.cli.commands import FILE, Where, command
from attribution.cli.tools import actor, agreed, both, settings_of, who
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.service import open_service
from attribution.settings import Settings
from attribution.upkeep import backup, restoring
from qrgen.places import messages_aside
from qrgen.shell import Fault


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
@click.option("--dry-run", is_flag=True)
@both
def restore(
    where: Where, file: str, dry_run: bool, by: str | None, second: str | None
) -> None:
    settings = settings_of(where)
    for line in restore_words.lines(restoring.plan(settings, Path(file))):
        print(line)
    if dry_run:
        return
    asking = _agreed(where, settings, file, by, second)
    agreed_by = (second or "") if asking.door else ""
    old = restoring.restore(settings, Path(file), instants.now(), asking, agreed_by)
    print(f"restored {file}, checked" + (f"; the old ledger is {old}" if old else ""))


def _agreed(
    where: Where, settings: Settings, file: str, by: str | None, second: str | None
) -> Actor:
    """
    Return who restores, once both who are needed gave their passwords of today.

    Whoever holds an older copy knows passwords of then. A ledger that is gone or broken asks
    nobody: the entry says so, and `attribution check` names it.
    """
    scheme, _, name = settings.database.partition(":///")
    if scheme != "sqlite" or not Path(name).exists():
        return actor()
    try:
        service = open_service(settings)
    except Fault:
        return actor()
    try:
        return agreed(service, "restore", f"file {Path(file).name}", {}, by, second)
    finally:
        service.close()
