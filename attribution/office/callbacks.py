"""
Customers of counters who are asked afterwards whether they know of it.

A clerk could type in people who never stood there. Some of those registered at a counter
(`counter.is_sampled`) are drawn, by nothing that the clerk can foresee; whoever checks asks for
the customer's own word (the number is not kept, so the unit that served them leads there) and
keeps what came of it as a deed.
"""
from collections import Counter
from dataclasses import dataclass

from attribution import deeds
from attribution.deeds import Actor, Doing, Entry, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.resident import counter
from attribution.rule.instants import DAY, Instant
from attribution.store import assisted, audit_log
from qrgen.faults import Fault

# What the customer says.
OUTCOMES = {"knows": "本人知道", "denies": "本人不知道", "unreached": "没有联系上"}

# Later nobody remembers who stood there.
WITHIN = 60 * DAY

_MOST = 200


@dataclass(frozen=True)
class Drawn:
    """A claim that is to be asked about; *outcome* is '' until somebody has."""

    claim: int
    at: Instant
    unit: str
    last4: str
    outcome: str = ""
    note: str = ""
    by: str = ""


def drawn(ledger: Ledger, key: str, sample: int, now: Instant) -> list[Drawn]:
    """Return who was drawn of late: those nobody has asked yet first, then the newest."""
    with ledger.store.read() as connection:
        rows = assisted.since(connection, ledger.campaign.id, now - WITHIN)
        told = {}
        for row in reversed(audit_log.latest(
            connection, what=Kind.CALLED_BACK.value, limit=len(rows) + _MOST
        )):
            entry = Entry.from_text(row["detail"])
            told[entry.subject] = (
                str(entry.after), str(dict(entry.more).get("note", "")), row["who"]
            )
    found = [
        Drawn(int(row["id"]), row["at"], row["unit"], row["last4"] or "",
              *told.get(f"claim {row['id']}", ("", "", "")))
        for row in rows if counter.is_sampled(int(row["id"]), key, sample)
    ]
    return sorted(found, key=lambda one: (one.outcome not in ("", "unreached"), -one.claim))[:_MOST]


def answer(
    ledger: Ledger, claim: int, outcome: str, note: str, *, by: Actor, now: Instant
) -> None:
    """
    Keep what the customer of *claim* said.

    Raises:
        Fault: there is no such outcome, or no such customer.
    """
    if outcome not in OUTCOMES:
        raise Fault(Code.CALLED_BACK_OUTCOME, status=2, known=list(OUTCOMES))

    def act(doing: Doing) -> None:
        if not assisted.exists(doing.connection, ledger.campaign.id, claim):
            raise Fault(Code.CALLED_BACK_WHOM, status=2, claim=claim)
        doing.enter(Kind.CALLED_BACK, f"claim {claim}", after=outcome, note=note)

    deeds.do(ledger.store, by, now, act)


@dataclass(frozen=True)
class Taken:
    """How many persons a unit registered at its counter, of all that it registered."""

    unit: str
    here: int
    all: int
    denied: int = 0


def by_unit(ledger: Ledger, found: list[Drawn]) -> list[Taken]:
    """Return the units with a counter, those with most customers there first."""
    with ledger.store.read() as connection:
        here = assisted.by_unit(connection, ledger.campaign.id)
        everybody = assisted.claims_by_unit(connection, ledger.campaign.id)
    denied = Counter(one.unit for one in found if one.outcome == "denies")
    return [
        Taken(unit, number, everybody.get(unit, number), denied[unit])
        for unit, number in sorted(here.items(), key=lambda item: (-item[1], item[0]))
    ]
