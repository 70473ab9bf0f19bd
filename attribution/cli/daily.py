"""`attribution daily`: what a timer runs."""
from pathlib import Path

import click

from attribution.cli.commands import DIR, Where, command
from attribution.cli.tools import Opened, who
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.proof import checks
from attribution.rule import instants
from attribution.upkeep import daily
from qrgen.faults import Said
from qrgen.shell import USAGE_AT_FAULT, Fault, language


@command("daily")
@click.option("--backup", type=DIR)
@click.option("--keep", metavar="N", type=int, default=14)
def run(where: Where, backup: str | None, keep: int) -> int:
    if keep < 1:
        raise Fault(Code.KEEP_ONE_COPY, status=USAGE_AT_FAULT)
    findings = 0
    with Opened(where) as here:
        for told in daily.run(
            here, instants.now(), Actor(who()), keep=keep,
            copies=Path(backup) if backup else None,
        ):
            if isinstance(told, checks.Finding):
                findings += 1
                print(f"{told.question}: {told.detail}")
            else:
                print(told.told(language()) if isinstance(told, Said) else told)
    return 1 if findings else 0
