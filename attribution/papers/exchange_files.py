"""
The packs that wait for their units: made in the background, kept some days, given out by name.

They lie in a folder of their own that only the service reads. What is kept of them for good is
their digest among the files of the snapshot, and who fetched which, among the exports.
"""
import hashlib
import logging
import re
import secrets
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.papers import exchange, from_snapshot
from attribution.proof import given_out
from attribution.proof.given_out import Whole
from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY, MINUTE, Instant
from attribution.service import Service
from attribution.settings import Settings
from attribution.store import StoreError, notice_queue, seal_pages
from qrgen.faults import Fault
from qrgen.files import whole_file

log = logging.getLogger("attribution")

# A unit that was on holiday comes back; then it asks for the next one.
KEPT = 14 * DAY
# Whoever makes packs and dies is not waited for longer.
TURN, NAME = 30 * MINUTE, "exchange"

_NAMED = re.compile(r"exchange-([A-Z][0-9]{2,3})-([0-9]{4,})-[0-9]{8}-[0-9]{4}\.zip")


@dataclass(frozen=True)
class WaitingPack:
    """
    A pack that waits for its *unit*.

    Args:
        fetched: By whom and when.
    """

    name: str
    unit: str
    snapshot: int
    at: Instant
    size: int
    fetched: tuple[tuple[str, Instant], ...]


def folder(settings: Settings) -> Path:
    return settings.shared / "exchange"


def being_made(ledger: Ledger, now: Instant) -> bool:
    """Whether somebody makes packs at this moment."""
    with ledger.store.read() as connection:
        return notice_queue.turn_of(connection, NAME) > now


def begin(service: Service, actor: Actor, now: Instant) -> threading.Thread | None:
    """Begin to make all packs, in a thread; None where somebody is at it."""
    holder = secrets.token_hex(8)
    if not service.store.write(
        lambda c: notice_queue.take_turn(c, NAME, holder, now, now + TURN)
    ):
        return None

    def run() -> None:
        try:
            make(service, actor, now)
        except Fault as fault:
            log.error("exchange: not made: %s", fault.cause)
        except (StoreError, OSError) as error:
            log.error("exchange: not made: %s", error)
        finally:
            with suppress(StoreError):
                service.store.write(lambda c: notice_queue.end_turn(c, NAME, holder))

    thread = threading.Thread(target=run, name="exchange", daemon=True)
    thread.start()
    return thread


def make(service: Service, actor: Actor, now: Instant) -> list[str]:
    """Make the pack of every unit of the last whole week's snapshot; return the units."""
    snapshot = from_snapshot.current(service.ledger, service.settings, now, actor)
    place = folder(service.settings)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    made: list[tuple[str, str]] = []
    units: list[str] = []
    figures, number = snapshot.figures, snapshot.number
    for pack in exchange.make(service, figures, number, now, exchange.units_of(figures)):
        with whole_file(place / pack.name, mode=0o600) as part:
            part.write_bytes(pack.content)
        made.append((pack.name, pack.sha256))
        units.append(pack.unit)
    snapshots.add_files(service.ledger, now, actor, number, exchange.KIND, made)
    return units


def waiting(
    ledger: Ledger, settings: Settings, only: Collection[str] | None = None
) -> list[WaitingPack]:
    """Return the packs that wait for the units *only* (None: for all), the newest first."""
    found = []
    for file in _newest(ledger).values():
        named = _NAMED.fullmatch(file.name)
        path = folder(settings) / file.name
        if named is None or not path.is_file() or (only is not None and named[1] not in only):
            continue
        with ledger.store.read() as connection:
            rows = seal_pages.exports_with(connection, ledger.campaign.id, file.sha256)
        found.append(WaitingPack(
            file.name, named[1], file.snapshot, file.at, path.stat().st_size,
            tuple((row["by_whom"], row["at"]) for row in rows),
        ))
    return sorted(found, key=lambda one: (-one.at, one.name))


def give(
    ledger: Ledger, settings: Settings, actor: Actor, now: Instant, pack: WaitingPack
) -> tuple[bytes, int]:
    """
    Return what *pack* holds, and the number of the entry that it was given out.

    Raises:
        Fault: it is not what was made.
    """
    content = (folder(settings) / pack.name).read_bytes()
    if hashlib.sha256(content).hexdigest() != _newest(ledger)[pack.name].sha256:
        raise Fault(Code.SNAPSHOT_ALTERED, number=pack.snapshot)
    chosen = {"unit": pack.unit, "snapshot": str(pack.snapshot)}
    return content, given_out.give_whole(
        ledger, actor, now, Whole(pack.name, content, 0, chosen, "信息交换")
    )


def forget(settings: Settings, before: Instant) -> int:
    """Remove the packs that were made before *before*; return how many."""
    count = 0
    for path in folder(settings).glob("exchange-*.zip"):
        with suppress(OSError):
            if path.stat().st_mtime * 1_000_000 < before:
                path.unlink()
                count += 1
    return count


def forget_all(settings: Settings) -> int:
    """Remove every pack: somebody was erased whose last digits may be in one."""
    return forget(settings, instants.now() + DAY)


def _newest(ledger: Ledger) -> dict[str, snapshots.MadeFile]:
    """Return the packs by name, each as it was made last."""
    return {file.name: file for file in snapshots.files(ledger) if file.kind == exchange.KIND}
