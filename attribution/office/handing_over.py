"""
Handing over: what somebody asked for who leaves goes to a named successor, in one deed.

Without it a correction of somebody who left could be approved by whoever did their work from
then on, as if two people had looked at it. So the successor is its asker, and no second person
to it; and what only its owner sees (an upload, a ZIP of posters) the successor sees.
"""
from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.office import accounts
from attribution.rule.instants import Instant
from attribution.store import (
    appeal_log,
    contacts,
    feed_batches,
    handovers,
    period_locks,
    proposals,
    request_log,
    staff,
)
from attribution.store.engine.database import Connection, Row
from qrgen.faults import Fault

# Everything that is open, of anybody; a county has some dozens.
_MANY = 10_000


def refuse_own(connection: Connection, asked: Row, by: str, code: Code = Code.OWN_QUESTION) -> None:
    """
    Let *by* answer what the row *asked* asks for.

    Raises:
        Fault: they asked for it, or took over from who did.
    """
    if by in handovers.askers(connection, asked["asked_by"], asked["at"]):
        raise Fault(code, status=2, by=by)


def open_of(connection: Connection, campaign: str, name: str) -> dict[str, list[int]]:
    """Return what *name* has open, inherited too: kind -> ids; kinds without any are left out."""
    handed = handovers.everything(connection)
    names = handovers.may_hold(handed, name)
    appeals = appeal_log.listing(connection, campaign, None, limit=_MANY)
    found = {
        "corrections": proposals.listing(connection, campaign, everything=False),
        "appeals": [row for row in appeals if row["answer"] is None],
        "periods": period_locks.requests(connection, campaign),
        "requests": [
            row for row in request_log.listing(connection, campaign, limit=_MANY)
            if row["answer"] is None
        ],
        "feeds": feed_batches.open_plans(connection, campaign),
        "posters": [
            {**job, "asked_by": job["by_whom"]}
            for job in contacts.jobs(connection, campaign, names)
        ],
    }
    held = {
        kind: [
            int(row["id"]) for row in rows
            if row["asked_by"] in names
            and handovers.chain(handed, row["asked_by"], row["at"])[-1] == name
        ]
        for kind, rows in found.items()
    }
    return {kind: ids for kind, ids in held.items() if ids}


def hand_over(
    ledger: Ledger, leaver: str, successor: str, now: Instant, *, by: Actor, close: bool = False
) -> dict[str, list[int]]:
    """
    Let *successor* stand for all that *leaver* has open; return what that is.

    Args:
        close: Close the account *leaver*, in the same deed.

    Raises:
        Fault: *successor* is no open account of the same role and units.
    """

    def act(doing: Doing) -> dict[str, list[int]]:
        connection = doing.connection
        leaving = accounts.require(connection, leaver)
        taking = accounts.read(connection, successor)
        fit = taking is not None and taking.name != leaver and taking.role == leaving["role"]
        if not fit or taking is None or not _covers(connection, taking, leaver):
            raise Fault(Code.SUCCESSOR_UNFIT, status=2, account=leaver, successor=successor)
        items = open_of(connection, ledger.campaign.id, leaver)
        handovers.add(connection, doing.next_id(), now, leaver, successor, by.name)
        doing.enter(Kind.HANDED_OVER, f"account {leaver}", after=successor, items=items)
        if close:
            accounts.close_within(doing, leaver)
        return items

    return deeds.do(ledger.store, by, now, act)


def _covers(connection: Connection, taking: accounts.Account, leaver: str) -> bool:
    return frozenset(staff.scopes(connection, leaver)) <= taking.scopes
