"""
What a ledger needs once a day, in one step: seal, forget what is due, keep figures, check, copy.

Each part can be run again at any hour and does nothing twice, so a timer that fires late,
or twice, does no harm. The check comes after the seals and before the copy: what is put
away is known to be sound, or it is known that it is not.
"""
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.papers import taking
from attribution.proof import against, checks, clocks, heads, log_keys, people_checks
from attribution.rule.instants import Instant, date_of, day_of
from attribution.service import Service
from attribution.store.engine.sqlite import SQLite
from attribution.upkeep import backup, ending, erased_list, heads_out, retention, to_tell
from attribution.upkeep.housekeeping import keep_up
from qrgen.faults import Fault, Said

_COPY = re.compile(r"ledger-[0-9]{8}\.db")


def run(
    service: Service, now: Instant, actor: Actor, *, copies: Path | None = None, keep: int = 14
) -> Iterator[str | Said | checks.Finding]:
    """
    Yield the verdict and each finding of the check, then what was done, what lapses next and why
    not yet.

    Args:
        copies: The folder for copies of a ledger that is a file; None for none.
        keep: How many copies stay there.
    """
    ledger, settings = service.ledger, service.settings
    did: list[str | Said] = []
    if log_keys.read(settings.instance) is not None:
        added = heads.seal_now(ledger, settings, now)
        did.append(f"sealed {added} rows; {heads.latest_text(ledger)}")
    if wrong := clocks.fault(ledger):
        did.append(f"clock: {wrong.cause} ({wrong.hint})")
    keep_up(ledger, now)
    done = retention.run(ledger, now, actor)
    did.append(
        f"unlinked {done.lapsed} lapsed and {done.asked} erased persons and {done.claims} single"
        f" claims; deleted {done.scans} old scans"
    )
    if not erased_list.keep_up(ledger, settings.instance):
        did.append(erased_list.UNWRITABLE)
    did.append(retention.give_back(ledger))
    did += retention.waiting(ledger, now)
    did.append(retention.upcoming(ledger, now).said())
    if ending.is_cut_off(service, now):  # two people agreed to it, and it was killed
        try:
            ending.finish(service, actor, now)
        except Fault as fault:  # say its key is elsewhere: the rest of the night's round goes on
            did.append(fault)
    did += ending.due(service, now)
    did += [
        f"took snapshot {one.number}, of {date_of(one.since)} to {one.figures.last_day}"
        for one in taking.take_due(ledger, settings, now, actor)
    ]
    heads.seal_now(ledger, settings, now)  # what the job took away, too
    found = checks.check(ledger, heads.verifiers(ledger, settings), settings.second_keys, now)
    unsound = bool(found)
    found += [checks.Finding("log_continues", one) for one in against.findings(ledger, settings)]
    found += people_checks.check(ledger)  # of people: the copy is made as ever
    if found:
        to_tell.findings(service, len(found), now)
    with suppress(Fault):  # where no head is shown any more, that stands among the findings
        if sent := heads_out.send(service, now):
            did.append(f"the newest head of the log goes to {sent} addresses")
    # First of all what whoever reads a timer's mail has to know.
    yield "the ledger is sound" if not found else f"{len(found)} findings"
    yield from found
    yield from did
    yield from to_tell.troubles_of_notices(service)
    if copies is not None:
        yield from _copy(service, now, actor, copies, keep, told=unsound)


def _copy(
    service: Service, now: Instant, actor: Actor, folder: Path, keep: int, *, told: bool
) -> Iterator[str | checks.Finding]:
    if not isinstance(service.store.database, SQLite):
        yield "no copy: the database server has its own tools (docs/deploy.md)"
        return
    if not folder.is_dir():
        raise Fault(Code.COPIES_FOLDER_MISSING, folder=folder)
    target = folder / f"ledger-{day_of(now)}.db"
    made = backup.backup(service, target, now, actor)
    if made.found:
        if not told:  # else the same stands above
            yield from made.found
        # Sound copies are not counted out by nights like this one.
        yield f"not sound: kept {made.file}, {made.size} bytes, as evidence; no copy was removed"
        return
    yield f"copied to {target}, {made.size} bytes"
    copies = sorted(path for path in folder.iterdir() if _COPY.fullmatch(path.name))
    for path in copies[:-keep]:
        with suppress(OSError):
            path.unlink()
            yield f"removed {path.name}"
