"""
The platform's list of known users: who is none that a unit could bring.

A platform that answers no question gives such a list before the campaign; numbers become
digests row by row, and `resident.platform` asks the list instead of the platform.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from attribution.deeds import Actor, Doing, Kind, do
from attribution.facts import feed_reader, feed_rows
from attribution.facts.bad_rows import BadRow
from attribution.facts.feed_notes import Note
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.rule.instants import Instant
from attribution.rule.people import Identifier
from attribution.rule.stated import VOID, first
from attribution.store import end_log, residents
from qrgen.shell import Fault

# Bad rows that are told of; a list that is nothing else is cut off here.
MOST_REPORTED = 1000


@dataclass
class KnownUsersTaken:
    """What an import of known users did."""

    list: str
    rows: int = 0
    known: int = 0  # on the list now, over all imports
    repeated: bool = False
    notes: tuple[Note, ...] = ()  # what was assumed of the file


def import_known_users(
    ledger: Ledger, path: Path, identify: Identifier, actor: Actor, now: Instant,
    choices: Mapping[str, str] | None = None,
) -> KnownUsersTaken:
    """
    Take the platform's list of known users in: numbers become digests row by row.

    The file is read twice, once to find every bad row. It is written in short
    transactions, because a claim waits for the end of one; a list that was not read to
    its end does not count as a list, and the same file again completes it. The transaction
    that makes it count is entered.

    Args:
        choices: How it is to be read, as `feed_columns` has it.

    Raises:
        Fault: rows cannot be read; nothing was written. Its `more` names them.
    """
    if not path.is_file():
        raise Fault(Code.USERS_MISSING, file=path)
    sha256 = feed_reader.sha256_of(path)
    with ledger.store.read() as connection:
        end_log.require_people(connection, ledger.campaign.id)
        same = residents.known_list(connection, ledger.campaign.id, sha256)
        if same is not None:
            known = residents.count_known_users(connection, ledger.campaign.id)
            return KnownUsersTaken(same["id"], same["row_count"], known, repeated=True)
        before = residents.count_known_users(connection, ledger.campaign.id)
    choices = dict(choices or {})
    taken = KnownUsersTaken(path.stem)
    bad: list[Fault] = []
    for row in feed_rows.read_users(path, choices):
        if isinstance(row, Note):
            taken.notes += (row,)
            continue
        taken.rows += 1
        if isinstance(row, BadRow) and len(bad) < MOST_REPORTED:
            bad.append(row.fault(path.name))
    if bad:
        raise Fault(Code.USERS_ROWS, file=path, more=bad)
    if not taken.rows:
        raise Fault(Code.USERS_NO_ROWS, file=path)

    def users() -> Iterator[tuple[str, Instant | None]]:
        for row in feed_rows.read_users(path, choices):
            if isinstance(row, BadRow):
                raise Fault(Code.FEED_CHANGED, file=path)
            # Who left again is no user.
            if not isinstance(row, Note) and row.registered_at != VOID:
                at = row.registered_at
                yield identify(row.phone)[0], first(at) if at else None

    rows = users()
    while chunk := list(islice(rows, 2000)):
        with ledger.store.transaction() as connection:
            residents.add_known_users(connection, ledger.campaign.id, taken.list, chunk)

    def count(doing: Doing) -> None:
        residents.add_known_list(doing.connection, ledger.campaign.id, {
            "id": taken.list, "sha256": sha256, "at": now, "row_count": taken.rows,
            "by_whom": actor.name,
        })
        taken.known = residents.count_known_users(doing.connection, ledger.campaign.id)
        doing.enter(
            Kind.KNOWN_USERS, f"list {taken.list}", before={"known": before},
            after={"known": taken.known, "rows": taken.rows}, sha256=sha256,
        )

    do(ledger.store, actor, now, count)
    return taken
