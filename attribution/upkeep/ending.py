"""
The end of a campaign, step by step: each refused until the one before is done.

Figures are final when nothing can change them any more; only then are they archived, and only
then are those forgotten of whom they were made. What is due when, residents are told (`/rules`).
"""
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import periods, requests
from attribution.office.periods import day_text
from attribution.resident import lapsing
from attribution.rule.instants import (
    DAY,
    Instant,
    day_of,
    day_start,
    from_datetime,
    local_text,
)
from attribution.service import Service
from attribution.store import (
    console_lists,
    difference_rows,
    end_log,
    lapses,
    period_locks,
    snapshot_log,
)
from attribution.store.engine.database import Connection
from attribution.upkeep import copies_elsewhere, shredding, uploads_left
from qrgen.faults import Fault, Said
from qrgen.registry import Campaign

# What is asked of the second person.
REQUEST = "shred"


class EndStep(str, Enum):
    """What is done of the end, in this order."""

    CLOSED = "closed"
    SETTLED = "settled"
    DIFFERENCES = "differences"
    HELD = "held"
    ANSWERED = "answered"
    LOCKED = "locked"
    BULLETIN = "bulletin"
    ARCHIVED = "archived"
    SHREDDED = "shredded"


@dataclass(frozen=True)
class Stage:
    """
    A step as it stands.

    Args:
        due: From when on it can be done; None: whenever the one before is.
        left: What is left to do; empty when it is done.
        reached: All before it are done.
    """

    step: EndStep
    due: Instant | None
    left: tuple[Said, ...]
    reached: bool

    @property
    def done(self) -> bool:
        """Whether nothing of it is left, nor of those before it."""
        return self.reached and not self.left


def last_day(campaign: Campaign) -> int:
    """Return the day (yyyymmdd) before which everything is to be locked."""
    settled = from_datetime(campaign.settle_end)
    day = day_of(settled)
    return day if day_start(day) == settled else day_of(settled + DAY)


def stages(service: Service, now: Instant) -> list[Stage]:
    """Return all steps as they stand at *now*."""
    campaign = service.campaign
    settled = from_datetime(campaign.settle_end)
    due = {
        EndStep.CLOSED: from_datetime(campaign.end), EndStep.SETTLED: settled,
        EndStep.LOCKED: max(settled + lapsing.LATE, day_start(last_day(campaign)) + periods.GRACE),
    }
    with service.store.read() as connection:
        over = end_log.is_over(connection, campaign.id)
        left = {} if over else dict(_left(connection, service.ledger, now))
        finished = end_log.newest(connection, campaign.id, end_log.DONE) is not None
    if not finished or not shredding.is_destroyed(service.settings.instance):
        left[EndStep.SHREDDED] = (Said(Code.END_PEOPLE_THERE),)
    found, reached = [], True
    for step in EndStep:
        stage = Stage(step, due.get(step), left.get(step, ()), reached)
        found.append(stage)
        reached = stage.done
    return found


def _left(
    connection: Connection, ledger: Ledger, now: Instant
) -> Iterator[tuple[EndStep, tuple[Said, ...]]]:
    """Yield what is left of each step before the people go."""
    campaign, id = ledger.campaign, ledger.campaign.id
    end, settled = from_datetime(campaign.end), from_datetime(campaign.settle_end)
    if now < end:
        yield EndStep.CLOSED, (Said(Code.END_WINDOW, at=local_text(end)[:16]),)
    if now < settled:
        yield EndStep.SETTLED, (Said(Code.END_SETTLES, at=local_text(settled)[:16]),)
    yield EndStep.DIFFERENCES, _those((
        (Code.WAIT_FILES, lapses.count_files_on_their_way(connection, id, 0)),
        (Code.WAIT_DIFFERENCES, difference_rows.count_open(connection, id)),
        (Code.WAIT_ROWS, lapses.count_unread_rows(connection, id)),
    ))
    yield EndStep.HELD, _those(((Code.WAIT_HELD, console_lists.count_held(connection, id)[0]),))
    yield EndStep.ANSWERED, _those((
        (Code.WAIT_APPEALS, console_lists.count_unanswered(connection, id, "appeal")),
        (Code.WAIT_CORRECTIONS, console_lists.count_unanswered(connection, id, "proposal")),
        (Code.WAIT_REQUESTS, end_log.count_requests(connection, id, REQUEST)),
        (Code.WAIT_ERASURES, console_lists.count_erasures(connection, id)),
    ))
    last, asked = last_day(campaign), len(period_locks.requests(connection, id))
    waits = _those(((Code.WAIT_PERIODS, asked),))
    if period_locks.locked_until(connection, id) < last:
        waits = (Said(
            Code.END_UNLOCKED, day=day_text(day_of(day_start(last) - 1)),
            since=local_text(day_start(last) + periods.GRACE)[:10],
        ), *waits)
    yield EndStep.LOCKED, waits
    if _lacks_bulletin(connection, id):
        yield EndStep.BULLETIN, (Said(Code.END_NO_BULLETIN),)
    made = end_log.newest(connection, id, "archive")
    if made is None or made["at"] < end_log.last_change(connection, id):
        yield EndStep.ARCHIVED, (
            Said(Code.END_NO_ARCHIVE) if made is None
            else Said(Code.END_OLD_ARCHIVE, name=made["subject"]),
        )


def _lacks_bulletin(connection: Connection, campaign: str) -> bool:
    """Whether no bulletin was made of a state of the ledger as it is since the last lock."""
    made = [
        file["snapshot"] for file in snapshot_log.files(connection, campaign)
        if file["kind"] == "bulletin"
    ]
    locks = period_locks.locks(connection, campaign)
    since = locks[-1]["at"] if locks else 0
    final = {
        row["number"] for row in snapshot_log.every(connection, campaign) if row["at"] >= since
    }
    return final.isdisjoint(made)


def _those(counts: Collection[tuple[Code, int]]) -> tuple[Said, ...]:
    return tuple(Said(code, count=n) for code, n in counts if n)


def require(service: Service, step: EndStep, now: Instant) -> None:
    """
    Let *step* be done.

    Raises:
        Fault: a step before it is not; what is left of the first of these.
    """
    for stage in stages(service, now):
        if stage.step is step:
            return
        if not stage.done:
            raise Fault(Code.END_NOT_YET, what=list(stage.left))


def ask(service: Service, by: Actor, now: Instant, counts: dict[str, int]) -> int:
    """Ask that everybody be forgotten, of whom *counts* tells; return the request's number."""
    require(service, EndStep.SHREDDED, now)
    shredding.pepper_of(service.settings.instance)
    return requests.ask(
        service.ledger, REQUEST, subject(service), {"rows": counts}, asked_by=by, now=now,
        told={"rows": sum(counts.values())},
    )


def subject(service: Service) -> str:
    """Return what the request is about."""
    return f"campaign {service.campaign.id}"


def agree(service: Service, number: int, by: Actor, now: Instant, note: str = "") -> None:
    """
    Agree to request *number*; from then on `finish` may be run by whoever is there.

    Raises:
        Fault: *by* is no second person, or a step before is not done any more.
    """
    require(service, EndStep.SHREDDED, now)
    shredding.pepper_of(service.settings.instance)
    requests.approve(
        service, number, {REQUEST: lambda *_: _begun(service, by, now)}, by=by, now=now, note=note
    )


def refuse(service: Service, number: int, by: Actor, now: Instant) -> None:
    """Refuse request *number*; by whoever asked, it is taken back."""
    requests.refuse(service.ledger, number, by=by, now=now)


def _begun(service: Service, by: Actor, now: Instant) -> dict[str, str]:
    # In the transaction of the answer: what two agreed on has begun, whatever happens next.
    shredding.begin(service.ledger, by, now)
    return {}


def finish(service: Service, by: Actor, now: Instant) -> dict[str, int]:
    """
    Forget everybody; after a kill the same again. Return rows emptied by table.

    Raises:
        Fault: a step before is not done.
    """
    require(service, EndStep.SHREDDED, now)
    uploads_left.remove(service.settings)
    return shredding.shred(service.ledger, service.settings.instance, now, by)


def due(service: Service, now: Instant) -> list[Said]:
    """Return what of the end there is to say now: nothing while people may still register."""
    if now < from_datetime(service.campaign.end):
        return []
    found = stages(service, now)
    for number, stage in enumerate(found, 1):
        if not stage.done:
            return [Said(Code.END_AT, number=number, steps=len(found), what=list(stage.left))]
    still = sum(one.gone is None for one in copies_elsewhere.listed(service))
    return [Said(Code.END_COPIES_THERE, count=still)] if still else []


def is_cut_off(service: Service, now: Instant) -> bool:
    """Whether the forgetting has begun and was not gone through with."""
    with service.store.read() as connection:
        over = end_log.is_over(connection, service.campaign.id)
    return over and not all(stage.done for stage in stages(service, now))
