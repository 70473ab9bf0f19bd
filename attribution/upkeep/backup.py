"""
Copies of the ledger: taken while it serves, believed only after `check` has read them.

A copy holds the database and nothing else. The keys lie beside it in `instance/keys`
and must be kept too, in another place: whoever has both can undo every digest.
"""
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from attribution.proof import checks
from attribution.service import Service, open_service
from attribution.settings import Settings
from attribution.store import Busy, StoreError
from attribution.store.engine.sqlite import SQLite
from qrgen.files import whole_file
from qrgen.instance import own_files
from qrgen.shell import Fault


def backup(
    service: Service, target: Path, progress: Callable[[int, int], None] | None = None
) -> int:
    """
    Copy the ledger to *target*, whole or not at all; return the copy's size in bytes.

    Raises:
        Fault: it cannot be written, or the copy is not sound.
    """
    database = service.store.database
    if not isinstance(database, SQLite):
        raise Fault(
            "this ledger is not a file", "use the database server's own tools: docs/deploy.md"
        )
    if target.exists() and target.samefile(database.path):
        raise Fault(f"{target} is the ledger itself", "choose another file")
    own = own_files(service.settings.instance, service.settings.campaign_folder)
    with whole_file(target, own, folders=False, mode=0o600) as part:
        try:
            database.copy_to(part, progress)
        except StoreError as error:
            raise Fault(
                f"{target}: {error}", "choose a folder that exists, with room for a copy"
            ) from None
        verify(service.settings, part, target)
        return part.stat().st_size


def restore(settings: Settings, source: Path) -> Path | None:
    """
    Put the copy *source* in the ledger's place; return where the old ledger is kept now.

    Raises:
        Fault: the copy is not sound, or the service still runs. Nothing was changed.
    """
    scheme, _, name = settings.database.partition(":///")
    if scheme != "sqlite":
        raise Fault(
            "this ledger is not a file", "use the database server's own tools: docs/deploy.md"
        )
    ledger = Path(name)
    if not source.is_file():
        raise Fault(f"no file {source}", "name a file that `attribution backup` wrote")
    # Beside the file itself, where the ledger's name is a link to another disk.
    real = ledger.resolve()
    part = real.with_name(f".part-{os.getpid()}-{real.name}")
    old = ledger.with_name(f"{ledger.name}.before-restore")
    database = SQLite(ledger)
    try:
        shutil.copyfile(source, part)
        part.chmod(0o600)
        verify(settings, part, source)
        if ledger.exists():
            # With what stands in its log only.
            database.copy_to(old)
        database.replace_with(part)
    except Busy:
        raise Fault(
            "the ledger is in use", "stop the service and every command first, then try again"
        ) from None
    except (OSError, StoreError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Fault(f"{source}: {why}", "see that the disk has room for two copies") from None
    finally:
        database.close()
        part.unlink(missing_ok=True)
    return old if old.exists() else None


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
                raise Fault(f"{asked.name} holds no unit of this campaign", "is it the right file?")
            found = checks.check(service.ledger)
        finally:
            service.close()
    except StoreError as error:
        raise Fault(f"{asked.name} is no sound ledger: {error}") from None
    finally:
        for part in ("-wal", "-shm", ".door", ".open"):
            copy.with_name(copy.name + part).unlink(missing_ok=True)
    if found:
        raise Fault(
            f"{asked.name} is not sound: {found[0].question}: {found[0].detail}",
            f"{len(found)} findings in all; try an older copy",
        )
