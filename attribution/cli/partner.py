"""`attribution partner …`: keys of those who push facts through the signed API."""
import argparse
from typing import Any

from attribution.cli.tools import Commands, Opened, who
from attribution.deeds import Actor
from attribution.facts import partners
from attribution.rule import instants
from attribution.store import partner_keys as kept
from qrgen.shell import Fault


def install(command: Commands, partner: Any) -> None:
    """Add the commands of the group *partner*."""
    added = command("add", _add, "give a partner its first key", partner)
    rotated = command("rotate", _add, "give a partner another key; the old ones stay", partner)
    for made in (added, rotated):
        made.set_defaults(first=made is added)
        made.add_argument("name")
        made.add_argument(
            "--may", choices=partners.MAY, action="append", help="what it opens (default: all)"
        )
    command("revoke", _revoke, "end a key for good", partner).add_argument("key")
    command("list", _list, "list the keys", partner)


def _add(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        with here.store.read() as connection:
            known = {row["partner"] for row in kept.keys(connection)}
        if options.first == (options.name in known):
            hint = f"attribution partner {'rotate' if options.first else 'add'} {options.name}"
            raise Fault(
                f"{options.name} {'has a key' if options.first else 'has no key yet'}", hint
            )
        id, secret = partners.add(
            here.store, here.settings.seal_keys, options.name, options.may or partners.MAY,
            Actor(who()), instants.now(),
        )
    print(f"key: {id}")
    print(f"secret: {secret}   (shown this once; hand it over in person)")
    if not options.first:
        print("when the partner signs with it, end the old one: attribution partner revoke KEY")


def _revoke(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        partners.revoke(here.store, options.key, Actor(who()), instants.now())
    print(f"{options.key} is revoked")


def _list(options: argparse.Namespace) -> None:
    with Opened(options) as here, here.store.read() as connection:
        for row in kept.keys(connection):
            state = "open" if row["revoked_at"] is None else "revoked"
            when = instants.local_text(row["at"])
            print(f"{row['partner']}\t{row['id']}\t{row['may']}\t{when}\t{state}")
