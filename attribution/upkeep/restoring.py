"""
A copy in the ledger's place: what that would change is told first, and who was erased stays erased.

All of it is done to a file beside the ledger, which takes its place at the end: a restore that
was killed has changed nothing. The restored ledger goes on where the log of leaves had come to,
and says in a leaf of its own which leaves have no rows any more (`rolling_forward`).
"""
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import heads, rolling_forward
from attribution.rule.instants import Instant
from attribution.service import Service, open_service
from attribution.settings import Settings
from attribution.store import Busy, StoreError, audit_log
from attribution.store.engine.database import Database
from attribution.store.engine.sqlite import SQLite
from attribution.upkeep import erased_again, erased_list, restore_plan
from attribution.upkeep.backup import drop_beside, verify
from attribution.upkeep.restore_plan import Plan
from qrgen.faults import Fault
from qrgen.replacing import discard


def plan(settings: Settings, source: Path) -> Plan:
    """
    Return what `restore` of *source* would do; nothing is changed, and the service may run.

    Raises:
        Fault: the copy is not sound.
    """
    ledger, database = _ledger(settings), None
    try:
        with _part(settings, ledger, source) as part, _opened(settings, part, source) as copy:
            database = SQLite(ledger) if ledger.exists() else None
            return restore_plan.plan(copy.ledger, database, settings)
    except (OSError, StoreError) as error:
        raise _failed(source, error) from None
    finally:
        if database is not None:
            database.close()


def restore(
    settings: Settings, source: Path, now: Instant, actor: Actor, second: str = ""
) -> Path | None:
    """
    Put the copy *source* in the ledger's place; return where the old ledger is kept now.

    The copy comes with its entry: up to where the log reached that it replaces, and its own.

    Args:
        second: The account that agreed, where two were needed.

    Raises:
        Fault: the copy is not sound, or the service still runs. Nothing was changed.
    """
    ledger = _ledger(settings)
    old = ledger.with_name(f"{ledger.name}.before-restore")
    database = SQLite(ledger)
    try:
        _sweep(ledger.resolve())
        with _part(settings, ledger, source) as part:
            present = None
            if ledger.exists():
                # With what stands in its log only.
                database.copy_to(old)
                present = database
            with _opened(settings, part, source) as copy:
                planned = restore_plan.plan(copy.ledger, present, settings)
                came = _reach(copy.store.database)
                erased_again.erase(copy.ledger, planned.erased, now, actor)
                _enter(copy.ledger, present, planned, source, now, actor, second, came)
                heads.seal_now(copy.ledger, settings, now)
                erased_list.keep_up(copy.ledger, settings.instance)
            _alone(part)
            database.replace_with(part)
    except Busy:
        raise Fault(Code.LEDGER_IN_USE) from None
    except (OSError, StoreError) as error:
        raise _failed(source, error) from None
    finally:
        database.close()
    return old if old.exists() else None


def _sweep(real: Path) -> None:
    # What a restore left that was killed: it holds everybody of the copy, the erased too.
    for left in real.parent.glob(f".part-*-{real.name}*"):
        discard(left)


def _ledger(settings: Settings) -> Path:
    scheme, _, name = settings.database.partition(":///")
    if scheme != "sqlite":
        raise Fault(Code.LEDGER_NO_FILE)
    return Path(name)


@contextmanager
def _part(settings: Settings, ledger: Path, source: Path) -> Iterator[Path]:
    """Give a copy of *source*, asked every question, beside the ledger."""
    if not source.is_file():
        raise Fault(Code.COPY_MISSING, file=source)
    # Beside the file itself, where the ledger's name is a link to another disk.
    real = ledger.resolve()
    part = real.with_name(f".part-{os.getpid()}-{real.name}")
    try:
        shutil.copyfile(source, part)
        part.chmod(0o600)
        verify(settings, part, source)
        yield part
    finally:
        drop_beside(part)
        discard(part)


@contextmanager
def _opened(settings: Settings, part: Path, source: Path) -> Iterator[Service]:
    service = open_service(replace(settings, database=f"sqlite:///{part.as_posix()}"))
    try:
        yield service
    finally:
        service.close()


def _alone(part: Path) -> None:
    """See that all of *part* stands in its file."""
    log = part.with_name(f"{part.name}-wal")
    # Closing moves all that stands in it into the file, if the disk lets it.
    left = log.exists() and log.stat().st_size
    drop_beside(part)
    if left:
        raise StoreError("the entry cannot be written")


def _reach(database: Database) -> dict[str, object] | None:
    """Return number and hash of the last audit entry, None where they cannot be read."""
    # What is replaced may be broken, which is why it is replaced.
    with suppress(StoreError), database.reading() as connection:
        number, hash = audit_log.head(connection)
        return {"entries": number, "hash": hash[:16]}
    return None


def _enter(
    copy: Ledger, present: Database | None, planned: Plan, source: Path, now: Instant,
    actor: Actor, second: str, after: dict[str, object] | None,
) -> None:
    """Write into *copy*, in one transaction, that it was restored, and how the log goes on."""
    before = _reach(present) if present is not None else None
    stretch = planned.stretch
    more: dict[str, Any] = {"agreed_by": second} if second else {}
    if planned.away:
        more["lost"] = {rows.log: rows.number for rows in planned.away}
    if stretch is not None:
        more["leaves"] = [stretch.first, stretch.last]

    def deed(doing: Doing) -> None:
        entry = doing.enter(Kind.RESTORE, f"file {source.name}", before, after, **more)
        if stretch is not None and present is not None:
            rolling_forward.carry(present, doing.connection, copy.campaign.id, stretch)
            rolling_forward.declare(
                doing.connection, copy.campaign.id, doing.next_id(), now, stretch, entry
            )

    do(copy.store, actor, now, deed)


def _failed(source: Path, error: OSError | StoreError) -> Fault:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return Fault(Code.RESTORE_FAILED, file=source, reason=why)
