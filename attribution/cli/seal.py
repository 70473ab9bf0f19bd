"""`attribution seal`: give every row its leaf of the public log, now."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened
from attribution.proof import heads, sealer
from attribution.rule import instants
from attribution.store import log_tree

_LISTED = 20


@command("seal")
# Of before the log, when seals were of finished days: now there is nothing else to seal.
@click.option("--now", is_flag=True, hidden=True)
@click.option("--list", "only_list", is_flag=True)
def run(where: Where, now: bool, only_list: bool) -> None:
    del now
    with Opened(where) as here:
        if only_list:
            with here.store.read() as connection:
                rows = log_tree.latest_heads(connection, here.campaign.id, _LISTED)
            for row in reversed(rows):
                print(heads.describe(sealer.of_row(row)))
            if not rows:
                print("nothing is sealed yet")
            return
        heads.require(here.settings)
        added = heads.seal_now(here.ledger, here.settings, instants.now())
        print(f"{added} rows sealed; {heads.latest_text(here.ledger)}")
