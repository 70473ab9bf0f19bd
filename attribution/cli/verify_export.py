"""`attribution verify-export FILE`: was it exported here, and is it unaltered?"""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Where, command
from attribution.cli.seal import keys_of
from attribution.cli.tools import Opened
from attribution.proof import export_seals, seals
from attribution.rule import instants
from attribution.store import seal_pages as kept_seals


@command("verify-export")
@click.argument("file", type=FILE)
def run(where: Where, file: str) -> None:
    with Opened(where) as here:
        rows = export_seals.verify_export(
            here.ledger, keys_of(here), Path(file)
        )
        with here.store.read() as connection:
            made = {seal["number"]: seal for seal in kept_seals.listing(
                connection, here.campaign.id)}
    for row in rows:
        print(
            f"genuine: {row['name']} exported {instants.local_text(row['at'])} by {row['by_whom']},"
            f" after seal {row['seal']}"
        )
        if row["seal"] in made:
            print(seals.describe(made[row["seal"]]))
