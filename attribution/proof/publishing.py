"""
The head that others are shown: it grows, hourly at most, and never goes back on itself.

Which of the signed heads is published stands in the ledger, so that all nodes show the same.
What was published last stands in ``keys/log.last`` as well, out of a restored ledger's reach:
a head that is smaller, or does not continue it, is not shown to anybody, and everybody who is
told hears of it. Outsiders that hold two signed heads which do not continue each other hold
the proof that history was rewritten; publishing one would only hide it from the next of them.
"""
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import log_keys, merkle, signed_notes, tiles
from attribution.proof.signed_notes import BadNote, Checkpoint
from attribution.rule.instants import HOUR, Instant
from attribution.settings import Settings
from attribution.store import log_tree
from attribution.store.engine.database import Connection
from qrgen.faults import Fault
from qrgen.files import write_whole

# Beside the key: whoever restores the ledger does not restore this.
FILE = "log.last"

# As seldom does the published head move by itself. What a head tells of the rows before they
# are counted by day is how many the county had since the last one.
AT_MOST = HOUR

# The name of the mark in the ledger: up to which size, and when it was moved.
_MARK = "published"

_keeping = threading.Lock()


@dataclass(frozen=True)
class Published:
    """A head that others may see: its *checkpoint*, the signed *note*, and since when."""

    checkpoint: Checkpoint
    note: str
    at: Instant


def keep_up(
    ledger: Ledger, settings: Settings, now: Instant, *, on_demand: bool = False
) -> Published | None:
    """
    Publish the newest head if it is time; return what is published now, None before the first.

    Args:
        on_demand: Now, whenever the last one was.

    Raises:
        Fault: what the ledger holds does not continue what was published last. Nothing was.
    """
    campaign = ledger.campaign.id
    with ledger.store.read() as connection:
        before, since = log_tree.marks(connection, campaign).get(_MARK, (0, 0))
        newest = log_tree.head(connection, campaign)
    if newest is None:
        _refuse_shorter(settings, _origin(ledger, settings), 0)
        return None
    size = int(newest["size"])
    # A clock that went back waits no longer than one that goes.
    due = on_demand or not before or not 0 <= now - since < AT_MOST
    if due and size > before:
        _verify(ledger, settings, Checkpoint("", size, bytes.fromhex(newest["root"])))
        ledger.store.write(partial(_move, campaign=campaign, size=size, now=now))
    return current(ledger, settings)


def current(ledger: Ledger, settings: Settings) -> Published | None:
    """
    Return what is published; None before the first. One small read, once it was verified.

    Raises:
        Fault: it does not continue what was published last.
    """
    with ledger.store.read() as connection:
        size, at = log_tree.marks(connection, ledger.campaign.id).get(_MARK, (0, 0))
        head = log_tree.head_of(connection, ledger.campaign.id, size) if size else None
    origin = _origin(ledger, settings)
    if head is None:
        _refuse_shorter(settings, origin, size)
        return None
    checkpoint = Checkpoint(origin, size, bytes.fromhex(head["root"]))
    published = Published(checkpoint, head["note"], at)
    with _keeping:
        last = last_of(settings, origin)
        if last != checkpoint:
            _verify(ledger, settings, checkpoint)
            if last is None or last.size < size:
                write_whole(settings.instance / "keys" / FILE, published.note.encode())
    return published


def last_of(settings: Settings, origin: str) -> Checkpoint | None:
    """Return what this machine published last; None where it has published nothing of *origin*."""
    path = settings.instance / "keys" / FILE
    try:
        kept = signed_notes.checkpoint_of(signed_notes.parse(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (BadNote, UnicodeDecodeError):
        raise Fault(Code.LOG_LAST_BROKEN, file=path) from None
    return kept if kept.origin == origin else None  # else that of a campaign before


def fault(ledger: Ledger, settings: Settings) -> Fault | None:
    """Return why nothing more is published, None when all is well. Reads the newest tiles."""
    try:
        with ledger.store.read() as connection:
            newest = log_tree.head(connection, ledger.campaign.id)
        if newest is None:
            _refuse_shorter(settings, _origin(ledger, settings), 0)
            return None
        _verify(ledger, settings, Checkpoint(
            "", int(newest["size"]), bytes.fromhex(newest["root"])
        ))
    except Fault as found:
        return found
    return None


def _verify(ledger: Ledger, settings: Settings, head: Checkpoint) -> None:
    """Refuse a *head* that is not what its tiles hash to, or does not continue the last one."""
    last = last_of(settings, _origin(ledger, settings))
    _refuse_shorter(settings, _origin(ledger, settings), head.size)
    hash_of = tiles.of(ledger)
    if _root(head.size, hash_of) != head.root:
        raise Fault(Code.LOG_HEAD_UNSOUND, size=head.size)
    if last is not None and _root(last.size, hash_of) != last.root:
        raise Fault(Code.LOG_REWRITTEN, size=last.size)


def _root(size: int, hash_of: merkle.Subtree) -> bytes | None:
    try:
        return merkle.root(size, hash_of)
    except merkle.BadProof:
        return None


def _refuse_shorter(settings: Settings, origin: str, size: int) -> None:
    last = last_of(settings, origin)
    if last is not None and last.size > size:
        raise Fault(Code.LOG_SHORTER, size=size, last=last.size)


def _origin(ledger: Ledger, settings: Settings) -> str:
    keys = log_keys.read(settings.instance)
    return keys.origin(ledger.campaign.id) if keys is not None else ""


def _move(connection: Connection, campaign: str, size: int, now: Instant) -> None:
    """Let the published head be that of *size*, unless another moved it further meanwhile."""
    before, _ = log_tree.marks(connection, campaign).get(_MARK, (0, 0))
    if size > before:
        log_tree.put_mark(connection, campaign, _MARK, size, now)


def consistency(ledger: Ledger, old: int, new: int) -> list[bytes]:
    """
    Return the proof that the tree of *old* leaves begins that of *new*.

    Raises:
        BadProof: it does not, or is larger than what is published.
    """
    with ledger.store.read() as connection:
        most, _ = log_tree.marks(connection, ledger.campaign.id).get(_MARK, (0, 0))
    if not 0 <= old <= new <= most:
        raise merkle.BadProof(f"no published head of {new}")
    return merkle.consistency(old, new, tiles.of(ledger))


def last_file(settings: Settings) -> Path:
    """Return where the last published head is kept."""
    return settings.instance / "keys" / FILE
