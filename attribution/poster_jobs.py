"""
Posters printed in the background: a job in the database, a thread that works it off.

The database holds the progress, so any process can show it; the thread belongs to
the process that took the order. A job whose thread died stops giving signs of life
and is shown as failed, to be ordered again: printing twice does no harm.
"""
import logging
import shutil
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from attribution import instants
from attribution.instants import DAY, MINUTE, Instant
from attribution.service import Service
from attribution.store import desk, registry
from attribution.store.database import Row
from qrgen.formats import FORMATS
from qrgen.plan import Poster, plan_posters
from qrgen.posters import print_posters
from qrgen.registry import Campaign, load_campaign
from qrgen.shell import Fault

log = logging.getLogger("attribution")

# A page takes about a second on a slow machine; this long without one means death.
SILENCE = 3 * MINUTE
KEPT = 7 * DAY

# One at a time: two cores that print leave nothing for residents.
_press = threading.Lock()


def order(
    service: Service, units: Collection[str], format_name: str, now: Instant, by_whom: str
) -> int:
    """Queue posters of *units* and begin to print them; return the job's id."""
    store, campaign = service.store, service.campaign.id
    id = store.next_id(now)
    store.write(
        lambda c: desk.add_job(c, campaign, id, now, by_whom, format_name, units)
    )
    _sweep(service, now)
    thread = threading.Thread(
        target=_work, args=(service, id, tuple(units), format_name), name=f"posters-{id}",
        daemon=True,
    )
    thread.start()
    return id


def archive_of(service: Service, id: int) -> Path:
    """Return where the zip of the job *id* is, once it is done."""
    return service.settings.instance / "jobs" / f"{id}.zip"


def state_of(job: Row, now: Instant) -> str:
    """Return the job's state; one that gives no sign of life has failed."""
    silent = job["state"] in ("waiting", "running") and now - job["seen_at"] > SILENCE
    return "failed" if silent else str(job["state"])


def print_one(service: Service, unit: str, format_name: str, placement: str | None = None) -> Path:
    """
    Print the poster of *unit* into a new folder, which the caller removes.

    Raises:
        Fault: the poster cannot be printed.
    """
    campaign, posters = plan(service, [unit], placement)
    folder = Path(tempfile.mkdtemp(prefix="poster-"))
    try:
        return print_posters(campaign, posters, folder, format_name=format_name)[0]
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def plan(
    service: Service, units: Collection[str], placement: str | None = None
) -> tuple[Campaign, list[Poster]]:
    """Return the campaign as its folder now says, and the posters with the issue now in use."""
    campaign = load_campaign(service.settings.campaign_folder)
    with service.store.read() as connection:
        snapshot = registry.read(connection, campaign.id)
    wanted = [
        replace(unit, issue=snapshot.units[unit.id].issue if unit.id in snapshot.units else 1)
        for unit in campaign.units
        if unit.id in units
    ]
    settings = service.settings
    return campaign, plan_posters(wanted, settings.public_url, settings.code_keys, placement)


def _work(service: Service, id: int, units: tuple[str, ...], format_name: str) -> None:
    done = 0

    def tell(state: str, problem: str = "") -> None:
        now = instants.now()
        service.store.write(lambda c: desk.tell_job(c, id, now, state, done, problem))

    def counted(files: Iterator[Path], total: int) -> Iterable[Path]:
        nonlocal done
        for file in files:
            done += 1
            tell("running")
            yield file

    folder = Path(tempfile.mkdtemp(prefix="posters-"))
    try:
        while not _press.acquire(timeout=30):
            tell("waiting")
        try:
            tell("running")
            campaign, posters = plan(service, units)
            print_posters(
                campaign, posters, folder, format_name=format_name,
                archive=archive_of(service, id), progress=counted,
            )
        finally:
            _press.release()
        tell("done")
    except Fault as fault:
        with suppress(Exception):
            tell("failed", fault.cause)
    except Exception as error:
        log.exception("posters: job %s", id)
        with suppress(Exception):
            tell("failed", type(error).__name__)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(service: Service, now: Instant) -> None:
    """Remove archives that nobody fetched for a week."""
    for file in (service.settings.instance / "jobs").glob("*.zip"):
        with suppress(OSError):
            if now - int(file.stat().st_mtime * 1_000_000) > KEPT:
                file.unlink()


def formats() -> list[str]:
    """Return the names of the formats there are."""
    return list(FORMATS)
