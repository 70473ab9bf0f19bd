"""`attribution newness …`: the platform's list of known users."""
from pathlib import Path

import click

from attribution.cli.commands import FILE, Group, Where
from attribution.cli.layout import choices_of, layout_options, print_notes
from attribution.cli.tools import Opened, who
from attribution.deeds import Actor
from attribution.facts import known_users
from attribution.rule import instants
from attribution.rule.people import identifier

group = Group("newness")


@group.command("import")
@click.argument("file", type=FILE)
@click.option("--phone", metavar="HEADING")
@click.option("--registered-at", metavar="HEADING")
@layout_options
def take(
    where: Where, file: str, phone: str | None, registered_at: str | None,
    columns: tuple[str, ...], sheets: tuple[str, ...], heading_row: int | None,
    clocks: tuple[str, ...], epochs: tuple[str, ...],
) -> None:
    chosen = choices_of(columns, sheets, heading_row, clocks, epochs)
    chosen |= {
        field: heading
        for field, heading in (("phone", phone), ("registered_at", registered_at)) if heading
    }
    with Opened(where) as here:
        taken = known_users.import_known_users(
            here.ledger, Path(file),
            identifier(here.settings.person_pepper, here.settings.digest),
            Actor(who()), instants.now(), chosen,
        )
        mode = here.settings.resident.newness
    if taken.repeated:
        print(f"this list was taken in before, as {taken.list}; nothing was changed")
    else:
        print(f"list {taken.list}: {taken.rows} rows; {taken.known} known users, digests only")
        print_notes(taken.notes)
    if mode != "file":
        print('it is asked once config.toml says mode = "file" under [newness]')
