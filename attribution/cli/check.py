"""`attribution check`: the questions whose answer must be none."""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Where, command
from attribution.cli.tools import Opened
from attribution.faults import Code
from attribution.proof import against, checks, clocks, heads, people_checks, rolling_forward
from attribution.rule import instants
from qrgen.shell import USAGE_AT_FAULT, Fault


@command("check")
@click.option("--against", "first", metavar="FILE", type=FILE)
@click.argument("more", metavar="[FILE]...", nargs=-1, type=FILE)
def run(where: Where, first: str | None, more: tuple[str, ...]) -> int:
    if more and first is None:
        raise Fault(Code.USAGE_TOO_MUCH, status=USAGE_AT_FAULT, typed="attribution check")
    kept = [Path(name) for name in (first, *more) if name is not None]
    with Opened(where) as here:
        # What others hold first: it needs no minute, and outranks all that the ledger says itself.
        told = [
            checks.Finding("log_continues", fault)
            for fault in against.findings(here.ledger, here.settings, kept)
        ]
        for finding in told:
            print(f"{finding.question}: {finding.detail}")
        found = checks.check(
            here.ledger, heads.verifiers(here.ledger, here.settings), here.settings.second_keys,
            instants.now(),
        ) + people_checks.check(here.ledger)
        wrong = clocks.fault(here.ledger)
        with here.store.read() as connection:
            restored = rolling_forward.declared(connection, here.campaign.id)
    if wrong:  # no finding: no row suffers from it
        print(f"clock: {wrong.cause}", f"hint: {wrong.hint}", sep="\n")
    for finding in found:
        print(f"{finding.question}: {finding.detail}")
    for one in restored:
        print(
            f"restored, as audit entry {one.entry} and the log say:"
            f" leaves {one.first} to {one.last} have no rows any more"
        )
    count = len(told) + len(found)
    if kept and not told:
        print(f"the ledger continues {len(kept)} that others kept")
    print("the ledger is sound" if not count else f"{count} findings")
    return 1 if count else 0
