"""`attribution proof …`: what others hold in their hands, and can check without us."""
import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, agreed, both
from attribution.faults import Code
from attribution.proof import key_change, log_keys
from attribution.rule import instants
from attribution.rule.instants import local_text
from qrgen.shell import Fault

group = Group("proof")


@group.command("keys")
@click.option("--renew", is_flag=True)
@click.option("--stolen", is_flag=True)
@both
def keys(where: Where, renew: bool, stolen: bool, by: str | None, second: str | None) -> None:
    with Opened(where) as here:
        if renew or stolen:
            by_whom = agreed(
                here, "log_key", f"campaign {here.campaign.id}", {"stolen": stolen}, by, second
            )
            key_change.renew(
                here.ledger, here.settings, by_whom, instants.now(), at_once=stolen
            )
        found = log_keys.read(here.settings.instance)
        if found is None:
            raise Fault(Code.LOG_KEY_MISSING)
        for key, told in zip(found.keys, found.vkeys(here.campaign.id), strict=True):
            until = f"  # until {local_text(key.until)}" if key.until is not None else ""
            print(f"{told}{until}")
            print(f"  SHA-256 {log_keys.fingerprint(told)}")
    if renew or stolen:
        print("hand the new sheet out (docs/proof.md), and copy keys/log.key to the other nodes")
