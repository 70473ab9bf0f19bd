"""A table that leaves the ledger by the shell: numbered, written, and its seal said."""
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from attribution.cli.tools import own_paths, who
from attribution.deeds import Actor
from attribution.proof import given_out
from attribution.rule.instants import Instant
from attribution.service import Service
from attribution.store.engine.database import Columns
from qrgen.files import open_output
from qrgen.places import is_standard


def write_table(
    here: Service, path: Path, now: Instant, asked: given_out.Asked, blocks: Iterable[Columns]
) -> None:
    """Write what is *asked* into the file *path*, and print its seal where it has one."""
    with (
        open_output(path, own_paths(here.settings), folders=False) as file,
        closing(given_out.give(
            here.ledger, here.settings, Actor(who()), now, asked, blocks,
            as_file="" if is_standard(path) else path.name,
        )) as given,
    ):
        file.writelines(given)
    if sealed := given.sealed:
        print(f"sealed {sealed['name']}: sha256 {sealed['sha256']}, after leaf {sealed['seal']}")
