"""
Copies of the ledger: taken while it serves, believed only after `check` has read them.

A copy holds the database and nothing else. The keys lie beside it in `instance/keys`
and must be kept too, in another place: whoever has both can undo every digest.
"""
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from attribution.deeds import Actor, Kind, do
from attribution.facts.feed_reader import sha256_of
from attribution.faults import Code
from attribution.proof import checks
from attribution.rule.instants import Instant
from attribution.service import Service, open_service
from attribution.settings import Settings
from attribution.store import Busy, StoreError, audit_log, open_store
from attribution.store.engine.database import Database
from attribution.store.engine.sqlite import SQLite
from qrgen.faults import Fault
from qrgen.files import whole_file
from qrgen.instance import own_files
from qrgen.replacing import discard


def backup(
    service: Service, target: Path, now: Instant, actor: Actor,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """
    Copy the ledger to *target*, whole or not at all; return the copy's size in bytes.

    A copy leaves the house with every person in it: one that cannot be entered is not made.

    Raises:
        Fault: it cannot be written, or the copy is not sound.
    """
    database = service.store.database
    if not isinstance(database, SQLite):
        raise Fault(Code.LEDGER_NO_FILE)
    if target.exists() and target.samefile(database.path):
        raise Fault(Code.COPY_IS_LEDGER, file=target)
    own = own_files(service.settings.instance, service.settings.campaign_folder)
    with whole_file(target, own, folders=False, mode=0o600) as part:
        try:
            database.copy_to(part, progress)
        except StoreError as error:
            raise Fault(Code.COPY_UNWRITABLE, file=target, error=str(error)) from None
        verify(service.settings, part, target)
        size = part.stat().st_size
        # Before it has its name: who finds a copy finds who made it.
        do(service.store, actor, now, lambda doing: doing.enter(
            Kind.BACKUP, f"file {target.name}", after={"bytes": size, "sha256": sha256_of(part)}
        ))
        return size


def restore(settings: Settings, source: Path, now: Instant, actor: Actor) -> Path | None:
    """
    Put the copy *source* in the ledger's place; return where the old ledger is kept now.

    The copy comes with its entry: up to where the log reached that it replaces, and its own.

    Raises:
        Fault: the copy is not sound, or the service still runs. Nothing was changed.
    """
    scheme, _, name = settings.database.partition(":///")
    if scheme != "sqlite":
        raise Fault(Code.LEDGER_NO_FILE)
    ledger = Path(name)
    if not source.is_file():
        raise Fault(Code.COPY_MISSING, file=source)
    # Beside the file itself, where the ledger's name is a link to another disk.
    real = ledger.resolve()
    part = real.with_name(f".part-{os.getpid()}-{real.name}")
    old = ledger.with_name(f"{ledger.name}.before-restore")
    database = SQLite(ledger)
    try:
        shutil.copyfile(source, part)
        part.chmod(0o600)
        verify(settings, part, source)
        before = None
        if ledger.exists():
            # With what stands in its log only.
            database.copy_to(old)
            before = _reach(database)
        _enter_restored(part, source, now, actor, before)
        database.replace_with(part)
    except Busy:
        raise Fault(Code.LEDGER_IN_USE) from None
    except (OSError, StoreError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Fault(Code.RESTORE_FAILED, file=source, reason=why) from None
    finally:
        database.close()
        discard(part)
    return old if old.exists() else None


def _reach(database: Database) -> dict[str, object] | None:
    """Return number and hash of the last audit entry, None where they cannot be read."""
    # What is replaced may be broken, which is why it is replaced.
    with suppress(StoreError), database.reading() as connection:
        number, hash = audit_log.head(connection)
        return {"entries": number, "hash": hash[:16]}
    return None


def _enter_restored(
    part: Path, source: Path, now: Instant, actor: Actor, before: dict[str, object] | None
) -> None:
    store = open_store(f"sqlite:///{part.as_posix()}")
    try:
        after = _reach(store.database)
        do(store, actor, now, lambda doing: doing.enter(
            Kind.RESTORE, f"file {source.name}", before, after
        ))
    finally:
        store.close()
        log = part.with_name(f"{part.name}-wal")
        # Closing moves all that stands in it into the file, if the disk lets it.
        left = log.exists() and log.stat().st_size
        _drop_beside(part)
    if left:
        raise StoreError("the entry cannot be written")


def _drop_beside(copy: Path) -> None:
    # What SQLite and we keep beside an open database. A copy that is held is told of as such,
    # and what lies beside it must not be told in its place.
    for beside in ("-wal", "-shm", ".door", ".open"):
        discard(copy.with_name(copy.name + beside))


def verify(settings: Settings, copy: Path, asked: Path | None = None) -> None:
    """
    Ask every question of `attribution check` of *copy*, which messages call *asked*.

    Raises:
        Fault: it is no ledger of this campaign, or not sound.
    """
    asked = asked or copy
    try:
        service = open_service(replace(settings, database=f"sqlite:///{copy.as_posix()}"))
        try:
            if not service.scans.snapshot().units:
                raise Fault(Code.COPY_FOREIGN, file=asked.name)
            found = checks.check(service.ledger)
        finally:
            service.close()
    except StoreError as error:
        raise Fault(Code.COPY_NO_LEDGER, file=asked.name, error=str(error)) from None
    finally:
        _drop_beside(copy)
    if found:
        raise Fault(
            Code.BACKUP_UNSOUND, file=asked.name, question=found[0].question,
            finding=found[0].fault, count=len(found),
        )
