"""`attribution backup FILE` and `attribution restore FILE`."""
import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attribution.cli.tools import who
from attribution.config import Settings
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.service import open_service
from attribution.upkeep import backup
from qrgen.places import messages_aside


def register(
    command: Callable[..., Any], settings: Callable[[argparse.Namespace], Settings]
) -> None:
    """Add both commands, made by *command*; *settings* reads the options all share."""

    def take(options: argparse.Namespace) -> None:
        with messages_aside(options.file):
            service = open_service(settings(options))
            try:
                size = backup.backup(service, Path(options.file), instants.now(), Actor(who()))
            finally:
                service.close()
            print(f"wrote {options.file}: {size} bytes, checked; keep the keys too, elsewhere")

    def give_back(options: argparse.Namespace) -> None:
        old = backup.restore(
            settings(options), Path(options.file), instants.now(), Actor(who())
        )
        print(f"restored {options.file}, checked" + (f"; the old ledger is {old}" if old else ""))

    command("backup", take, "copy the ledger while it serves").add_argument("file", metavar="FILE")
    command(
        "restore", give_back, "put a copy in the ledger's place; the service must be stopped"
    ).add_argument("file", metavar="FILE")
