"""`attribution daily`: what a timer runs."""
import argparse
from pathlib import Path

from attribution.cli.tools import Commands, Opened, who
from attribution.deeds import Actor
from attribution.proof import checks
from attribution.rule import instants
from attribution.upkeep import daily
from qrgen.shell import Fault


def install(command: Commands) -> None:
    """Add the command."""
    made = command("daily", _daily, "seal, forget what is due, check, copy: once a day, by a timer")
    made.add_argument("--backup", metavar="DIR", help="keep copies of the ledger in this folder")
    made.add_argument("--keep", type=int, default=14, metavar="N", help="how many (default: 14)")


def _daily(options: argparse.Namespace) -> int:
    if options.keep < 1:
        raise Fault("--keep must be at least 1", status=2)
    findings = 0
    with Opened(options) as here:
        for told in daily.run(
            here, instants.now(), Actor(who()), keep=options.keep,
            copies=Path(options.backup) if options.backup else None,
        ):
            if isinstance(told, checks.Finding):
                findings += 1
                print(f"{told.question}: {told.detail}")
            else:
                print(told)
    return 1 if findings else 0
