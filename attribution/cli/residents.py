"""Commands of the resident's side: the platform's list of known users, and the counts."""
import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from attribution.deeds import Actor
from attribution.facts import known_users
from attribution.rule import instants
from attribution.rule.people import identifier
from attribution.service import Service
from attribution.store import residents

Opened = Callable[[argparse.Namespace], AbstractContextManager[Service]]


def register(
    command: Callable[..., Any], group: Callable[..., Any], opened: Opened, who: Callable[[], str]
) -> None:
    """Add the commands to the parser of `attribution`."""

    def take(options: argparse.Namespace) -> None:
        with opened(options) as here:
            taken = known_users.import_known_users(
                here.ledger, Path(options.file),
                identifier(here.settings.person_pepper, here.settings.digest),
                Actor(who()), instants.now(),
                {
                    field: heading for field, heading in (
                        ("phone", options.phone), ("registered_at", options.registered_at),
                    ) if heading
                },
            )
            mode = here.settings.resident.newness
        if taken.repeated:
            print(f"this list was taken in before, as {taken.list}; nothing was changed")
        else:
            print(f"list {taken.list}: {taken.rows} rows; {taken.known} known users, digests only")
        if mode != "file":
            print('it is asked once config.toml says mode = "file" under [newness]')

    def outlets(options: argparse.Namespace) -> None:
        with opened(options) as here, here.store.read() as connection:
            counts = residents.ways_out(connection, here.campaign.id)
            links = here.campaign.links
        for key, link in links.items():
            print(f"{key}\t{counts.get(key, 0)}\t{link.label}")

    newness = group("newness", "who is new, by the platform's list of known users")
    taken = command("import", take, "take in a list of known users as digests", newness)
    taken.add_argument("file")
    taken.add_argument("--phone", metavar="HEADING", help="the heading of the numbers")
    taken.add_argument("--registered-at", metavar="HEADING", help="the heading of the times")
    links = group("links", "the ways out")
    command("list", outlets, "how often people took each link", links)
