"""`attribution partner …`: keys of those who push facts through the signed API."""
import click

from attribution.cli.commands import Group, Where
from attribution.cli.tools import Opened, agreed, both, who
from attribution.deeds import Actor
from attribution.facts import partners
from attribution.faults import Code
from attribution.rule import instants
from attribution.store import partner_keys as kept
from qrgen.shell import Fault

group = Group("partner")


@group.command("add")
@click.argument("name")
@click.option("--may", type=click.Choice(partners.MAY), multiple=True)
@both
def add(
    where: Where, name: str, may: tuple[str, ...], by: str | None, second: str | None
) -> None:
    _give_key(where, name, may, by, second, first=True)


@group.command("rotate")
@click.argument("name")
@click.option("--may", type=click.Choice(partners.MAY), multiple=True)
@both
def rotate(
    where: Where, name: str, may: tuple[str, ...], by: str | None, second: str | None
) -> None:
    _give_key(where, name, may, by, second, first=False)
    print("when the partner signs with it, end the old one: attribution partner revoke KEY")


def _give_key(
    where: Where, name: str, may: tuple[str, ...], by: str | None, second: str | None, *,
    first: bool,
) -> None:
    with Opened(where) as here:
        with here.store.read() as connection:
            known = {row["partner"] for row in kept.keys(connection)}
        if first == (name in known):
            raise Fault(Code.PARTNER_HAS_KEY if first else Code.PARTNER_HAS_NO_KEY, name=name)
        opens = list(may or partners.MAY)
        # Who has a key makes facts count with nobody beside: so two hand it out.
        actor = agreed(
            here, "partner_key", f"partner {name}", {"name": name, "may": opens}, by, second
        )
        id, secret = partners.add(
            here.store, here.settings.seal_keys, name, opens, actor, instants.now(),
        )
    print(f"key: {id}")
    print(f"secret: {secret}   (shown this once; hand it over in person)")


@group.command("revoke")
@click.argument("key")
def revoke(where: Where, key: str) -> None:
    with Opened(where) as here:
        partners.revoke(here.store, key, Actor(who()), instants.now())
    print(f"{key} is revoked")


@group.command("list")
def show(where: Where) -> None:
    with Opened(where) as here, here.store.read() as connection:
        for row in kept.keys(connection):
            state = "open" if row["revoked_at"] is None else "revoked"
            when = instants.local_text(row["at"])
            print(f"{row['partner']}\t{row['id']}\t{row['may']}\t{when}\t{state}")
