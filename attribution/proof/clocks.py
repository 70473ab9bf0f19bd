"""
Clocks that lie: what is known better than by this machine's, said in words and kept in the log.

A database server has a clock of its own, and no row is newer than now. Where this machine's lies
far from either, people are told, with both times, and no row suffers from it: sealing goes by
the server's clock, and once a clock is found behind the newest row, a span is entered (an event
``clock`` of the log, with its entry in the audit log) whose rows may come late and whose days
are counted once more. Which of the two clocks was wrong nobody can tell from within.
"""
import json
from dataclasses import dataclass

from attribution.deeds import Actor, Doing, Kind, do
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.proof import unit_counts, unsealed
from attribution.proof.unsealed import GRACE
from attribution.rule import instants
from attribution.rule.instants import DAY, MINUTE, Instant, day_of, day_start, local_text
from attribution.store import ids, log_tree, seal_pages
from attribution.store.engine.database import Row
from qrgen.faults import Fault

# Machines that nobody keeps in time are off by seconds; a span of grace is 30 minutes.
FAR = 5 * MINUTE

# Who enters it: nobody asked for it.
_BY = Actor("clock")

_KIND = "clock"

_LOGS = frozenset(log.name for log in seal_pages.LOGS)


@dataclass(frozen=True)
class Clocks:
    """
    What is known of the time.

    Args:
        here: By this machine.
        server: By the database's server; None where the ledger is a file.
        newest: Of when the newest row is, by its id; 0 before any.
    """

    here: Instant
    server: Instant | None
    newest: Instant

    @property
    def now(self) -> Instant:
        """The time, as well as it is known: a server's clock outranks ours where they differ."""
        apart = self.server is not None and abs(self.here - self.server) > FAR
        return self.server if apart and self.server is not None else self.here

    @property
    def fault(self) -> Fault | None:
        """Why the clock cannot be right, or was not; None where nothing speaks against it."""
        if self.server is not None and self.now != self.here:
            return Fault(
                Code.CLOCK_APART, here=local_text(self.here), server=local_text(self.server)
            )
        if self.newest > self.now + FAR:
            return Fault(
                Code.CLOCK_BACK, here=local_text(self.now), newest=local_text(self.newest)
            )
        return None


def look(ledger: Ledger) -> Clocks:
    """Return what is known of the time now; some small reads."""
    server = ledger.store.database.now()
    return Clocks(instants.now(), server, unsealed.newest(ledger))


def fault(ledger: Ledger) -> Fault | None:
    """Return why this machine's clock cannot be right, or was not; None where it may be."""
    return look(ledger).fault


def righted(ledger: Ledger, now: Instant) -> Instant:
    """Return *now*, by this machine's clock, by that of the database's server where it is far."""
    server = ledger.store.database.now()
    if server is None:
        return now
    off = instants.now() - server
    return now - off if abs(off) > FAR else now


def note(ledger: Ledger, now: Instant) -> bool:
    """
    Enter that the clock went back, where it did and no entry covers it; whether it was new.

    Args:
        now: As well as it is known.
    """
    newest = unsealed.newest(ledger)
    if newest <= now + FAR:
        return False
    campaign = ledger.campaign.id
    with ledger.store.read() as connection:
        if _covered(log_tree.events(connection, campaign, _KIND), now):
            return False
        ats = [int(at) for at in log_tree.heads(connection, campaign).get("at", ())]
    while ats and ats[-1] > now:  # made by the clock that was ahead
        ats.pop()
    since = ats[-1] if ats else now

    def act(doing: Doing) -> bool:
        doing.connection.alone("log_event")
        if _covered(log_tree.events(doing.connection, campaign, _KIND), now):
            return False  # another process did
        # Named by the end of the span, up to which verifiers excuse the counts of days.
        id = ids.first_id_at(newest)
        log_tree.add_event(doing.connection, campaign, {
            "id": id, "at": now, "kind": _KIND,
            "data": json.dumps({"since": since, "until": newest}),
        })
        # What came since is looked at anew, for marks went ahead with the clock.
        for log, (upto, late) in log_tree.marks(doing.connection, campaign).items():
            if log in _LOGS and upto > since:
                log_tree.put_mark(
                    doing.connection, campaign, log, since, min(late, max(since - GRACE, 0))
                )
        counted = log_tree.last_count(doing.connection, campaign)
        if counted is not None:
            unit_counts.again(
                doing.connection, campaign, id, day_start(day_of(since)),
                min(day_start(day_of(newest)), day_start(int(counted["until"]))) + DAY,
            )
        doing.enter(
            Kind.CLOCK, f"log {campaign}", None, local_text(now),
            since=local_text(since), newest=local_text(newest),
        )
        return True

    return do(ledger.store, _BY, now, act)


def _covered(events: list[Row], now: Instant) -> bool:
    for event in events:
        try:
            data = json.loads(event["data"])
            if data["since"] <= now < data["until"]:
                return True
        except (ValueError, KeyError, TypeError):
            continue  # spoilt by hand, which its leaf tells
    return False
