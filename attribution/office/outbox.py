"""
What lies in the queue and waits for somebody: sent again, or given up; and files to be sent.

A try that failed for good, and one of which nobody knows whether it arrived, are a person's to
decide. Both answers are deeds.
"""
import hashlib
import json
from collections.abc import Callable, Collection

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.office.letters import Attachment
from attribution.office.notice_kinds import COPY, TRY
from attribution.office.notice_ways import keys_of
from attribution.office.sealing import NOTICES, seal
from attribution.rule.instants import MINUTE, Instant
from attribution.settings import Settings
from attribution.store import Store, notice_queue
from attribution.store.engine.database import Connection, Row
from qrgen.fault_json import as_plain, from_plain
from qrgen.faults import Fault

# What somebody has to look at.
TROUBLED = ("failed", "unsure")


def put_file(
    connection: Connection, settings: Settings, next_id: Callable[[], int], now: Instant, *,
    subject: str, title: str, body: str, attachment: Attachment,
) -> int:
    """
    Put a letter with a file into the queue for each address in `[notices] copies`.

    In the transaction of the deed that made the file, so that there is no file of which nobody
    was sent a copy. What is in it leaves the house: no personal data.

    Args:
        subject: What makes it the same one: of one there is one letter to each address.
        title: The letter's subject, such as ``专码存证 2026-11-30``.

    Returns:
        To how many addresses it goes; 0 where none is named.

    Raises:
        Fault: there is no key to seal the addresses with.
    """
    count = 0
    for address in settings.notices.copies:
        keys = keys_of(settings)
        recipient = f"address:{hashlib.sha256(address.encode()).hexdigest()[:16]}"
        id = next_id()
        if notice_queue.put(connection, id, now, recipient, COPY, subject):
            notice_queue.add_file(
                connection, id, seal(address, keys, NOTICES), title, body, attachment.name,
                attachment.text,
            )
            count += 1
    return count


def again(store: Store, ids: Collection[int], *, by: Actor, now: Instant) -> int:
    """Try what failed, or may have failed, from the beginning; return how many."""
    return _deed(store, ids, Kind.NOTICE_AGAIN, by, now, lambda c: notice_queue.again(c, ids, now))


def drop(store: Store, ids: Collection[int], *, by: Actor, now: Instant) -> int:
    """Let notices not be sent; return how many."""
    said = json.dumps(as_plain(Fault(Code.NOTICE_BY_HAND)))
    return _deed(
        store, ids, Kind.NOTICE_DROPPED, by, now, lambda c: notice_queue.drop(c, ids, said)
    )


def _deed(
    store: Store, ids: Collection[int], kind: Kind, by: Actor, now: Instant,
    change: Callable[[Connection], int],
) -> int:
    def act(doing: Doing) -> int:
        count = change(doing.connection)
        if count:
            doing.enter(kind, "notices", notices=count)
        return count

    return deeds.do(store, by, now, act)


def put_try(store: Store, recipient: str, *, by: Actor, now: Instant) -> int:
    """Put a try into the queue; return its number. Whoever puts it there sends it."""

    def act(doing: Doing) -> int:
        id = doing.next_id()
        # Left alone by the thread for a while, for which this process has it sent by.
        notice_queue.put(
            doing.connection, id, now, recipient, TRY, f"try {id}", not_before=now + 5 * MINUTE
        )
        doing.enter(Kind.NOTICE_TEST, recipient.replace(":", " "))
        return id

    return deeds.do(store, by, now, act)


def fault_of(row: Row) -> Fault | None:
    """Return why the notice in *row* did not leave; None for no reason."""
    try:
        return from_plain(json.loads(row["fault"])) if row["fault"] else None
    except ValueError:  # of a later program
        return None


def told(row: Row) -> str:
    """Return why the notice in *row* did not leave, for the console; '' for no reason."""
    fault = fault_of(row)
    return fault.shown() if fault else ""
