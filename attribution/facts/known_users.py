"""
The platform's list of known users: who is none that a unit could bring.

A platform that answers no question gives such a list before the campaign; numbers become
digests row by row, and `resident.platform` asks the list instead of the platform.
"""
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from attribution.facts import feed_reader, feed_rows
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.rule.people import identify
from attribution.store import residents
from qrgen.shell import Fault


@dataclass
class KnownUsersTaken:
    """What an import of known users did."""

    list: str
    rows: int = 0
    known: int = 0  # on the list now, over all imports
    repeated: bool = False


def import_known_users(
    ledger: Ledger, path: Path, *, pepper: str, digest: str, now: Instant,
    by_whom: str, registered_heading: str | None = None, phone_heading: str | None = None,
) -> KnownUsersTaken:
    """
    Take the platform's list of known users in: numbers become digests row by row.

    The file is read twice, once to find every bad row. It is written in short
    transactions, because a claim waits for the end of one; a list that was not read to
    its end does not count as a list, and the same file again completes it.

    Raises:
        Fault: rows cannot be read; nothing was written. Its `more` names them.
    """
    if not path.is_file():
        raise Fault(f"{path}: no such file", "name the platform's list of users")
    sha256 = feed_reader.sha256_of(path)
    with ledger.store.read() as connection:
        same = residents.known_list(connection, ledger.campaign.id, sha256)
        if same is not None:
            known = residents.count_known_users(connection, ledger.campaign.id)
            return KnownUsersTaken(same["id"], same["row_count"], known, repeated=True)
    mapping = {
        name: heading
        for name, heading in (("phone", phone_heading), ("registered_at", registered_heading))
        if heading
    }
    taken = KnownUsersTaken(path.stem)
    bad: list[Fault] = []
    for row in feed_rows.read_users(path, mapping):
        taken.rows += 1
        if isinstance(row, feed_reader.BadRow) and len(bad) < 1000:
            bad.append(Fault(f"{path.name}:{row.line}: {row.cause}"))
    if bad:
        raise Fault(
            f"{path}: rows cannot be read, so nothing was taken in",
            "correct these rows, or ask the platform for the list again", more=bad,
        )
    if not taken.rows:
        raise Fault(f"{path}: no rows under the heading", "ask the platform for the list again")

    def users() -> Iterator[tuple[str, Instant | None]]:
        for row in feed_rows.read_users(path, mapping):
            if isinstance(row, feed_reader.BadRow):
                raise Fault(f"{path}: the file changed while it was read", "try again")
            yield identify(row.phone, pepper, digest).digest, row.registered_at

    rows = users()
    while chunk := list(islice(rows, 2000)):
        with ledger.store.transaction() as connection:
            residents.add_known_users(connection, ledger.campaign.id, taken.list, chunk)
    with ledger.store.transaction() as connection:
        residents.add_known_list(
            connection, ledger.campaign.id,
            {
                "id": taken.list, "sha256": sha256, "at": now, "row_count": taken.rows,
                "by_whom": by_whom,
            },
        )
        taken.known = residents.count_known_users(connection, ledger.campaign.id)
    return taken
