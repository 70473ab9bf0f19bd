"""
Posters printed in the background: a job in the database, a thread that works it off.

The database holds the progress, so any process can show it; the thread belongs to
the process that took the order. A job whose thread died stops giving signs of life
and is shown as failed, to be ordered again: printing twice does no harm.
"""
import json
import logging
import shutil
import tempfile
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.rule import instants
from attribution.rule.instants import DAY, MINUTE, Instant
from attribution.service import Service
from attribution.store import contacts, notice_queue, registry
from attribution.store.engine.database import Connection, Row
from qrgen.extras import need_print
from qrgen.faults import Fault
from qrgen.files import whole_file
from qrgen.formats import FORMATS, with_rules
from qrgen.plan import Poster, plan_posters
from qrgen.posters import print_posters
from qrgen.registry import Campaign, load_campaign

log = logging.getLogger("attribution")

# A page takes about a second on a slow machine; this long without one means death.
SILENCE = 3 * MINUTE
KEPT = 7 * DAY

# An entry names so many units, and of the rest their number.
LISTED = 100

# One at a time: two cores that print leave nothing for residents.
_press = threading.Lock()


@dataclass(frozen=True)
class Wish:
    """
    What is to be printed, and how.

    Args:
        formats: Names of `FORMATS`.
        print_ready: With bleed, crop marks and inks, for a print shop; paper formats only.
        outline: Text as outlines (转曲); paper formats only.
        placements: A poster for each place that the units have named, not one a unit.
        place: Of the places those with this number, or this in what they are called.
        copies: How many of each sheet, for the job ticket and the list to sign.
    """

    formats: tuple[str, ...] = ("a4",)
    print_ready: bool = False
    outline: bool = False
    placements: bool = False
    place: str = ""
    copies: int = 1

    @property
    def about(self) -> str:
        """How it is told in a list."""
        words = {
            "印刷": self.print_ready, "转曲": self.outline, "张贴点": self.placements,
        }
        return "、".join([
            *self.formats, *(word for word, is_on in words.items() if is_on),
            *([self.place] if self.place else []),
            *([f"每样 {self.copies} 份"] if self.copies > 1 else []),
        ])


def order(
    service: Service, units: Collection[str], wish: Wish, now: Instant, by: Actor
) -> int:
    """Queue posters of *units* and begin to print them; return the job's id."""
    wish = replace(wish, formats=tuple(with_rules(wish.formats)))
    total = len(plan(service, units, wish)[1]) * len(wish.formats)

    def act(doing: Doing) -> int:
        id = doing.next_id()
        contacts.add_job(
            doing.connection, service.campaign.id, id, now, by.name, ",".join(wish.formats),
            units, total, json.dumps(asdict(wish)),
        )
        doing.enter(
            Kind.POSTERS, f"posters {id}", wish=asdict(wish), posters=total,
            units=list(units)[:LISTED], count=len(units),
        )
        return id

    id = deeds.do(service.store, by, now, act)
    _sweep(service, now)
    thread = threading.Thread(
        target=_work, args=(service, id, tuple(units), wish, by.name), name=f"posters-{id}",
        daemon=True,
    )
    thread.start()
    return id


def archive_of(service: Service, id: int) -> Path:
    """Return where the zip of the job *id* is, once it is done."""
    return service.settings.shared / "jobs" / f"{id}.zip"


def wish_of(job: Row) -> Wish:
    """Return what the job was to print."""
    if not job["options"]:
        return Wish((job["format"],))
    values = json.loads(job["options"])
    # A wish of before may say what none does any more.
    known = {field.name for field in fields(Wish)} & values.keys()
    return Wish(**{name: values[name] for name in known} | {"formats": tuple(values["formats"])})


def state_of(job: Row, now: Instant) -> str:
    """Return the job's state; one that gives no sign of life has failed."""
    silent = job["state"] in ("waiting", "running") and now - job["seen_at"] > SILENCE
    return "failed" if silent else str(job["state"])


def print_one(
    service: Service, unit: str, format_name: str, now: Instant, by: Actor,
    placement: str | None = None,
) -> Path:
    """
    Print the poster of *unit* into a new folder, which the caller removes, and enter it.

    Args:
        placement: One of the places that the unit has named.

    Raises:
        Fault: the poster cannot be printed.
    """
    wish = Wish((format_name,), placements=placement is not None)
    campaign, posters = plan(service, [unit], wish)
    posters = [poster for poster in posters if poster.code.placement == placement]
    folder = Path(tempfile.mkdtemp(prefix="poster-"))
    try:
        made = print_posters(campaign, posters, folder, formats=[format_name])[0]
        placed = {} if placement is None else {"placement": placement}
        deeds.note(
            service.store, by, now, Kind.POSTER, f"unit {unit}", format=format_name, **placed
        )
        return made
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def plan(
    service: Service, units: Collection[str], wish: Wish
) -> tuple[Campaign, list[Poster]]:
    """Return the campaign as the ledger now says, and the posters with the issue now in use."""
    need_print()
    campaign = load_campaign(service.master.folder())
    with service.store.read() as connection:
        snapshot = registry.read(connection, campaign.id)
        named = contacts.all_placements(connection, campaign.id) if wish.placements else {}
    posters: list[Poster] = []
    for unit in campaign.units:
        if unit.id not in units:
            continue
        known = snapshot.units.get(unit.id)
        unit = replace(
            unit, issue=known.issue if known else 1,
        )
        places: list[tuple[str | None, str]] = [(None, "")]
        if wish.placements:
            listed = {place.number: place.label for place in campaign.placements
                      if place.unit == unit.id}
            listed.update(named.get(unit.id, {}))
            places = list(listed.items()) or places
        if wish.place:
            places = [
                (number, label) for number, label in places
                if wish.place == number or wish.place in label
            ]
        for number, label in places:
            posters += plan_posters(
                [unit], service.settings.public_url, service.settings.code_keys, number,
                label[:20],
            )
    return campaign, posters


def _work(
    service: Service, id: int, units: tuple[str, ...], wish: Wish, who: str = ""
) -> None:
    done = 0

    def tell(state: str, problem: str = "") -> None:
        now = instants.now()

        def act(connection: Connection) -> None:
            contacts.tell_job(connection, id, now, state, done, problem)
            if state in ("done", "failed"):
                notice_queue.put_where_wanted(
                    connection, service.store.next_id(now), now, f"account:{who}", "posters",
                    f"posters {id}", {"state": state, "files": done},
                )

        service.store.write(act)

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
            campaign, posters = plan(service, units, wish)
            # Pictures have no print version.
            paper = any(FORMATS[name].suffix == ".pdf" for name in wish.formats)
            packed = folder / "all.zip"
            made = print_posters(
                campaign, posters, folder / "files", formats=wish.formats, progress=counted,
                copies=dict.fromkeys(wish.formats, wish.copies), archive=packed,
                print_ready=wish.print_ready and paper, outline=wish.outline and paper,
            )
            with whole_file(archive_of(service, id)) as part:
                shutil.copyfile(packed, part)
        finally:
            _press.release()
        done = len(made)
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
    for file in (service.settings.shared / "jobs").glob("*.zip"):
        with suppress(OSError):
            if now - int(file.stat().st_mtime * 1_000_000) > KEPT:
                file.unlink()


def formats() -> list[str]:
    """Return the names of the formats there are."""
    return list(FORMATS)
