"""`attribution seal`: the seals of finished days."""
import click

from attribution.cli.commands import Where, command
from attribution.cli.tools import Opened
from attribution.faults import Code
from attribution.proof import seals
from attribution.rule import instants
from attribution.service import Service
from attribution.store import seal_pages as kept_seals
from qrgen.shell import Fault


@command("seal")
@click.option("--now", "today", is_flag=True)
@click.option("--list", "only_list", is_flag=True)
def run(where: Where, today: bool, only_list: bool) -> None:
    with Opened(where) as here:
        if only_list:
            with here.store.read() as connection:
                made = kept_seals.listing(connection, here.campaign.id)
        else:
            made = seals.seal_days(
                here.ledger, keys_of(here), instants.now(),
                digest=here.settings.digest, today=today,
            )
    for row in made:
        print(f"{seals.describe(row)} · {row['rows']} rows")
    if not made:
        print("no seal yet" if only_list else "every finished day is sealed")


def keys_of(here: Service) -> tuple[str, ...]:
    """Return the keys of the seals, or say how to make them."""
    if not here.settings.seal_keys:
        raise Fault(Code.NO_SEAL_KEYS)
    return here.settings.seal_keys
