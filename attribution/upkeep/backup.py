"""
Copies of the ledger: taken while it serves, believed only after `check` has read them.

A copy of a ledger that is not sound is no backup, but it is evidence: of what stood there before
somebody looked, or mended it. It is kept under a name of its own, which no command takes for
a backup, and `restore` refuses it as it refuses every unsound file.

A copy holds the database and nothing else. The keys lie beside it in `instance/keys`
and must be kept too, in another place: whoever has both can undo every digest.
"""
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from attribution.deeds import Actor, Kind, do
from attribution.facts.feed_reader import sha256_of
from attribution.faults import Code
from attribution.proof import checks, heads
from attribution.rule.instants import Instant
from attribution.service import Service, open_service
from attribution.settings import Settings
from attribution.store import StoreError
from attribution.store.engine.sqlite import SQLite
from qrgen.faults import Fault
from qrgen.files import whole_file
from qrgen.instance import own_files
from qrgen.places import find_place
from qrgen.replacing import discard


@dataclass(frozen=True)
class Copied:
    """A copy: its *file*, its *size* in bytes, and what was found; with findings it is marked."""

    file: Path
    size: int
    found: tuple[checks.Finding, ...] = ()


class _KeptAside(Exception):
    """Leaves the file that was asked for as it was."""

    def __init__(self, copied: Copied) -> None:
        super().__init__()
        self.copied = copied


def backup(
    service: Service, target: Path, now: Instant, actor: Actor,
    progress: Callable[[int, int], None] | None = None,
) -> Copied:
    """
    Copy the ledger to *target*, whole or not at all; one that is not sound goes beside it.

    The file at *target*, if there is one, is replaced by a sound copy only. A copy leaves the
    house with every person in it: one that cannot be entered is not made.

    Raises:
        Fault: it cannot be written, is no ledger of this campaign, or is not sound and *target*
            is no file that another could stand beside.
    """
    database = service.store.database
    if not isinstance(database, SQLite):
        raise Fault(Code.LEDGER_NO_FILE)
    if target.exists() and target.samefile(database.path):
        raise Fault(Code.COPY_IS_LEDGER, file=target)
    own = own_files(service.settings.instance, service.settings.campaign_folder)
    try:
        with whole_file(target, own, folders=False, mode=0o600) as part:
            try:
                database.copy_to(part, progress)
            except StoreError as error:
                raise Fault(Code.COPY_UNWRITABLE, file=target, error=str(error)) from None
            found = findings(service.settings, part, target)
            if not found:
                return _enter(service, part, target, now, actor, ())
            if find_place(target).file is None:
                raise _unsound(target, found)
            marked = _marked(target)
            with whole_file(marked, own, folders=False, mode=0o600) as evidence:
                shutil.move(part, evidence)
                aside = _enter(service, evidence, marked, now, actor, found)
            raise _KeptAside(aside)
    except _KeptAside as kept:
        return kept.copied


def _enter(
    service: Service, part: Path, target: Path, now: Instant, actor: Actor,
    found: tuple[checks.Finding, ...],
) -> Copied:
    # Before it has its name: who finds a copy finds who made it.
    size, unsound = part.stat().st_size, {"findings": len(found)} if found else {}
    do(service.store, actor, now, lambda doing: doing.enter(
        Kind.BACKUP, f"file {target.name}",
        after={"bytes": size, "sha256": sha256_of(part), **unsound},
    ))
    return Copied(target, size, found)


def _marked(target: Path) -> Path:
    """Return a name beside *target* that is free and says what the copy is."""
    for number in count(1):
        again = f"-{number}" if number > 1 else ""
        marked = target.with_name(f"{target.stem}-unsound{again}{target.suffix}")
        if not os.path.lexists(marked):  # evidence is not replaced by more of it
            return marked
    raise AssertionError


def drop_beside(copy: Path) -> None:
    """Remove what SQLite and we keep beside an open database."""
    # A copy that is held is told of as such, and what lies beside it must not be told in its place.
    for beside in ("-wal", "-shm", ".door", ".open"):
        discard(copy.with_name(copy.name + beside))


def verify(settings: Settings, copy: Path, asked: Path) -> None:
    """
    Ask every question of `attribution check` of *copy*, which messages call *asked*.

    Raises:
        Fault: it is no ledger of this campaign, or not sound.
    """
    if found := findings(settings, copy, asked):
        raise _unsound(asked, found)


def findings(settings: Settings, copy: Path, asked: Path) -> tuple[checks.Finding, ...]:
    """
    Return what `attribution check` finds in *copy*, which messages call *asked*.

    Second steps are not asked: a copy is sound without their key, which is kept elsewhere.

    Raises:
        Fault: it is no ledger of this campaign.
    """
    try:
        service = open_service(replace(settings, database=f"sqlite:///{copy.as_posix()}"))
        try:
            if not service.scans.snapshot().units:
                raise Fault(Code.COPY_FOREIGN, file=asked.name)
            return tuple(checks.check(service.ledger, heads.verifiers(service.ledger, settings)))
        finally:
            service.close()
    except StoreError as error:
        raise Fault(Code.COPY_NO_LEDGER, file=asked.name, error=str(error)) from None
    finally:
        drop_beside(copy)


def _unsound(asked: Path, found: Sequence[checks.Finding]) -> Fault:
    return Fault(
        Code.BACKUP_UNSOUND, file=asked.name, question=found[0].question,
        finding=found[0].fault, count=len(found),
    )
