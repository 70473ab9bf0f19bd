"""
Closing a period: its numbers stay as they were reported, whatever is corrected later.

A period is the days from the lock before up to a chosen day. It is locked no sooner
than a week after its end, for the platform's files come late (by event
time, a week's grace, then the lock), and by two people. A correction of a locked day, by people
or by a feed, leaves that day's reported numbers alone and counts in the open period,
in a column of its own: 红字 in the office's word.
"""
from attribution import deeds, two_people
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import accounts, handing_over
from attribution.rule.instants import DAY, Instant, day_of, day_start, local_text
from attribution.store import period_locks
from attribution.store.engine.database import Row
from attribution.two_people import Question
from qrgen.faults import Fault

GRACE = 7 * DAY


def ask(ledger: Ledger, until: Instant, *, asked_by: Actor, now: Instant) -> int:
    """
    Ask that all days before *until* be locked; return the request's number.

    Raises:
        Fault: *until* is not the start of a day, is locked already, or too recent.
    """
    day = _fit(ledger, until, now)

    def act(doing: Doing) -> int:
        accounts.require(doing.connection, asked_by.name)
        row: Row = {
            "id": doing.next_id(), "at": now, "until": day, "asked_by": asked_by.name,
        }
        period_locks.add_request(doing.connection, ledger.campaign.id, row)
        doing.enter(Kind.PERIOD_ASKED, f"request {row['id']}", until=day)
        return int(row["id"])

    return deeds.do(ledger.store, asked_by, now, act)


def approve(ledger: Ledger, request: int, *, approved_by: Actor, now: Instant) -> Row:
    """
    Lock what *request* asks for; return the lock.

    Raises:
        Fault: there is no such request, it is the approver's own, or overtaken.
    """

    def act(doing: Doing) -> Row:
        connection, by = doing.connection, approved_by.name
        asked = period_locks.request(connection, ledger.campaign.id, request)
        if asked is None:
            raise Fault(Code.PERIOD_REQUEST_UNKNOWN, request=request)
        handing_over.refuse_own(connection, asked, by, Code.PERIOD_OWN_REQUEST)
        two_people.require_second(
            connection, ledger.campaign.id, Question(asked["asked_by"], asked["at"]), by,
            accounts.require(connection, by)["role"], now,
        )
        latest = period_locks.locked_until(connection, ledger.campaign.id)
        if asked["until"] <= latest:
            raise Fault(Code.PERIOD_LOCKED, day=day_text(latest))
        counts = [
            {"unit": unit, "day": day, "kind": kind, "n": n, "id": doing.next_id()}
            for unit, day, kind, n in period_locks.postings(
                connection, ledger.campaign.id, asked["until"]
            )
        ]
        lock: Row = {
            "since": latest, "until": asked["until"], "id": doing.next_id(), "at": now,
            "request": request, "asked_by": asked["asked_by"], "approved_by": by,
            "rows": len(counts),
        }
        period_locks.add_lock(connection, ledger.campaign.id, lock, counts)
        doing.enter(
            Kind.PERIOD_LOCKED, f"request {request}", latest, asked["until"],
            asked_by=asked["asked_by"],
        )
        return lock

    return deeds.do(ledger.store, approved_by, now, act)


def days_of(ledger: Ledger, until: Instant) -> tuple[int, int]:
    """
    Return the days of the locked period that ends before *until*, for a report.

    Raises:
        Fault: no period ends there.
    """
    with ledger.store.read() as connection:
        for lock in period_locks.locks(connection, ledger.campaign.id):
            if lock["until"] == day_of(until):
                return lock["since"], lock["until"]
    raise Fault(Code.PERIOD_UNKNOWN, day=local_text(until)[:10])


def day_text(day: int) -> str:
    """Return the day yyyymmdd with its dashes; 0 is the beginning."""
    text = str(day)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if day else "开始"


def _fit(ledger: Ledger, until: Instant, now: Instant) -> int:
    day = day_of(until)
    if day_start(day) != until:
        raise Fault(Code.PERIOD_NO_DAY, status=2)
    if now < until + GRACE:
        raise Fault(
            Code.PERIOD_SOON, day=day_text(day), since=local_text(until + GRACE)[:10]
        )
    with ledger.store.read() as connection:
        latest = period_locks.locked_until(connection, ledger.campaign.id)
    if day <= latest:
        raise Fault(Code.PERIOD_LOCKED, status=2, day=day_text(latest))
    return day
