"""
A deed in many short steps, each a transaction that nobody waits for.

One transaction cannot hold all of it, so two entries do: that it began, in the transaction
of the first step that changed something, and how it ended, in that of the last. A run that
was killed has the first alone; the next run of the kind names it in its own entry.
"""
from collections.abc import Callable
from typing import Any, TypeVar

from attribution.deeds import Actor, Doing, Entry, Kind, do, do_within
from attribution.rule.instants import Instant
from attribution.store import Store, audit_log, background_write
from attribution.store.engine.database import Connection

T = TypeVar("T")

# What the entry of a beginning says became of the subject.
BEGUN = "begun"


class LongDeed:
    """What *actor* does to *subject*, step by step."""

    def __init__(self, store: Store, actor: Actor, now: Instant, kind: Kind, subject: str):
        self.actor = actor
        self.now = now
        self._store = store
        self._kind = kind
        self._subject = subject
        self._begun: int | None = None
        self._unended = _unended(store, kind)

    def step(self, work: Callable[[Connection], T]) -> T:
        """Do one step, patiently; the first that changes something enters the beginning."""

        def enter(doing: Doing) -> tuple[T, int | None]:
            outcome = work(doing.connection)
            if not doing.wrote:
                return outcome, None
            if self._begun is not None:  # its entry is there
                doing.entries.append(self._begun)
                return outcome, None
            return outcome, doing.enter(self._kind, self._subject, after=BEGUN)

        outcome, number = background_write.write(
            self._store,
            lambda connection: do_within(self._store, connection, self.actor, self.now, enter),
        )
        if number is not None:
            self._begun = number
        return outcome

    def end(
        self, after: object, last: Callable[[Connection], object] | None = None,
        before: object = None,
    ) -> int:
        """Enter what became of it, in the transaction of the *last* step; return the number."""

        def enter(doing: Doing) -> int:
            if last is not None:
                last(doing.connection)
            more: dict[str, Any] = {}
            for name, number in (("begun", self._begun), ("unended", self._unended)):
                if number is not None:
                    more[name] = f"E{number:06}"
            return doing.enter(self._kind, self._subject, before, after, **more)

        return do(self._store, self.actor, self.now, enter)


def _unended(store: Store, kind: Kind) -> int | None:
    """Return the entry of a deed of this *kind* that began last and did not end, or None."""
    with store.read() as connection:
        rows = audit_log.latest(connection, what=kind.value, limit=1)
    if rows and Entry.from_text(rows[0]["detail"]).after == BEGUN:
        return int(rows[0]["n"])
    return None
