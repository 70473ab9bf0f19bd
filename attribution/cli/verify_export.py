"""`attribution verify-export FILE`: was it exported here, and is it unaltered?"""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Where, command
from attribution.cli.tools import Opened
from attribution.proof import export_seals, heads, sealer
from attribution.rule import instants
from attribution.store import log_tree


@command("verify-export")
@click.argument("file", type=FILE)
def run(where: Where, file: str) -> None:
    with Opened(where) as here:
        rows = export_seals.verify_export(
            here.ledger, Path(file), heads.verifiers(here.ledger, here.settings)
        )
        with here.store.read() as connection:
            after = {
                row["seal"]: log_tree.head_of(connection, here.campaign.id, row["seal"])
                for row in rows
            }
    for row in rows:
        leaf = "waits for its leaf" if row["leaf"] is None else f"leaf {row['leaf']}"
        print(
            f"genuine: {row['name']} exported {instants.local_text(row['at'])} by {row['by_whom']},"
            f" {leaf}"
        )
        if head := after[row["seal"]]:
            print(heads.describe(sealer.of_row(head)))
