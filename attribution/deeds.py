"""
A deed: what somebody did, and its entry in the audit log, in one transaction.

The console, the API and the commands all come here, and none of them writes an entry of its
own: one that a view makes after the change is one day not made, and then an account is closed
that nobody closed. So a deed that wrote and made no entry is undone, and an entry that cannot
be made undoes the deed. What is no deed of a person (scans, claims, facts, sessions, jobs) is
written through the store and stands on a short list in tests/test_deeds.py.
"""
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from attribution.rule.instants import Instant
from attribution.store import Store, audit_log, notice_queue
from attribution.store.engine.database import NONE, Columns, Connection, Parameters, Row

T = TypeVar("T")

# The deed that is being done on this thread: what is done within it is part of it.
_under_way: "ContextVar[Doing | None]" = ContextVar("deed_under_way", default=None)


class Kind(str, Enum):
    """What can be done. The values stand in the log for good."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_BLOCKED = "sign_in_blocked"
    SIGN_OUT = "sign_out"
    SIGN_OUT_EVERYWHERE = "sign_out_everywhere"
    NOT_PROVED = "not_proved"
    PASSWORD = "password"  # noqa: S105 (a deed, no password)
    TOTP = "totp"
    ACCOUNT_ADD = "account_add"
    ACCOUNT_CHANGE = "account_change"
    ACCOUNT_CLOSE = "account_close"
    ACCOUNT_OPEN = "account_open"
    ACCOUNT_PASSWORD = "account_password"  # noqa: S105 (a deed, no password)
    ACCOUNT_UNLOCK = "account_unlock"
    HANDED_OVER = "handed_over"
    SESSION_END = "session_end"
    EXPORT = "export"
    EXPORT_DONE = "export_done"
    EXPORT_BROKEN = "export_broken"
    EXPORT_REFUSED = "export_refused"
    PICTURE = "picture"
    POSTERS = "posters"
    POSTER = "poster"
    PAPER_HUNG = "paper_hung"
    UNITS_IMPORT = "units_import"
    UNIT_CHANGE = "unit_change"
    CAMPAIGN_SET = "campaign_set"
    CAMPAIGN_IMPORT = "campaign_import"
    UNIT_REVOKE = "unit_revoke"
    UNIT_REISSUE = "unit_reissue"
    UNIT_PLACEMENT = "unit_placement"
    UNIT_CONTACT = "unit_contact"
    PATROL = "patrol"
    PATROL_ALARM = "patrol_alarm"
    FEED_UPLOAD = "feed_upload"
    FEED_PLAN = "feed_plan"
    FEED_CONFIRM = "feed_confirm"
    FEED_DISCARD = "feed_discard"
    FACTS = "facts"
    KNOWN_USERS = "known_users"
    PLATFORM_COUNTS = "platform_counts"
    FIGURES = "figures"
    SCENES = "scenes"
    LOOKUP = "lookup"
    ASSISTED = "assisted"
    CALLED_BACK = "called_back"
    DIFFERENCE_DONE = "difference_done"
    DIFFERENCE_REOPENED = "difference_reopened"
    HOLD_REFUSED = "hold_refused"
    HOLD_WAITS = "hold_waits"
    CORRECTION_ASKED = "correction_asked"
    CORRECTION_APPROVED = "correction_approved"
    CORRECTION_REFUSED = "correction_refused"
    TOGETHER = "together"
    APPEAL = "appeal"
    APPEAL_UPHELD = "appeal_upheld"
    APPEAL_REFUSED = "appeal_refused"
    RULE_OF_TWO = "rule_of_two"
    REQUEST_ASKED = "request_asked"
    REQUEST_APPROVED = "request_approved"
    REQUEST_REFUSED = "request_refused"
    REQUEST_TAKEN_BACK = "request_taken_back"
    ERASURE_ASKED = "erasure_asked"
    ERASED = "erased"
    RETENTION = "retention"
    SHREDDED = "shredded"
    ARCHIVED = "archived"
    COPY_GONE = "copy_gone"
    NOTICE_ADDRESS = "notice_address"
    NOTICE_CHOICES = "notice_choices"
    NOTICE_AGAIN = "notice_again"
    NOTICE_DROPPED = "notice_dropped"
    NOTICE_TEST = "notice_test"
    ROBOT_ADD = "robot_add"
    ROBOT_CHANGE = "robot_change"
    ROBOT_DROP = "robot_drop"
    PERIOD_ASKED = "period_asked"
    PERIOD_LOCKED = "period_locked"
    SNAPSHOT_TAKEN = "snapshot_taken"
    SNAPSHOT_FILES = "snapshot_files"
    PARTNER_ADD = "partner_add"
    PARTNER_REVOKE = "partner_revoke"
    REBUILD = "rebuild"
    JUDGED_AGAIN = "judged_again"
    RESTORE = "restore"
    TAKEN_OVER = "taken_over"
    BACKUP = "backup"
    COPY = "copy"
    SEALED = "sealed"
    LOG_KEY = "log_key"
    DISTRIBUTED = "distributed"
    CLOCK = "clock"


@dataclass(frozen=True)
class Actor:
    """
    Who acts.

    Args:
        name: An account, ``shell:USER`` of the operating system, or ``partner:KEY``.
        network: The digest of where the request came from; empty at the shell.
        door: ``shell:USER`` where an account acts at the shell, by its own password.
    """

    name: str
    network: str = ""
    door: str = ""


class Unentered(Exception):
    """A deed wrote something and made no entry: a slip of ours; nothing of it stands."""


@dataclass(frozen=True)
class Entry:
    """
    What an entry tells, in data; the words for it belong to whoever shows it.

    Args:
        subject: What it was done to: ``account ann``, ``unit A01``, ``claim 17``. No number
            of a phone.
        before: What was, as plain data; None where there was nothing.
        after: What is now.
        more: What else a checker needs, by name.
    """

    subject: str
    before: Any = None
    after: Any = None
    more: tuple[tuple[str, Any], ...] = ()

    def as_text(self) -> str:
        """Return the entry as the log keeps it."""
        told: dict[str, Any] = {"subject": self.subject}
        told |= {k: v for k, v in (("before", self.before), ("after", self.after)) if v is not None}
        return json.dumps({**told, **dict(self.more)}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Entry":
        """Return the entry in *text*; one from before entries were data is all subject."""
        try:
            told = json.loads(text)
        except ValueError:
            return cls(text)
        if not isinstance(told, dict) or not isinstance(told.get("subject"), str):
            return cls(text)
        subject = told.pop("subject")
        return cls(subject, told.pop("before", None), told.pop("after", None), tuple(told.items()))


class Doing:
    """A deed under way: its transaction, and the way to enter it."""

    def __init__(self, store: Store, connection: Connection, actor: Actor, now: Instant):
        self.store = store
        self.connection: Connection = _Watched(connection)
        self.actor = actor
        self.now = now
        self.entries: list[int] = []
        self._log = connection

    @property
    def wrote(self) -> bool:
        """Whether the deed changed a row."""
        watched = self.connection
        assert isinstance(watched, _Watched)
        return watched.wrote

    def next_id(self) -> int:
        """Return a new row id."""
        return self.store.next_id(self.now)

    def enter(
        self, kind: Kind, subject: str, /, before: Any = None, after: Any = None, **more: Any
    ) -> int:
        """Enter what is done; return the entry's number."""
        if self.actor.door:
            more["door"] = self.actor.door
        entry = Entry(subject, before, after, tuple(more.items()))
        number = audit_log.append(
            self._log, self.next_id(), self.now, self.actor.name, kind.value, entry.as_text(),
            self.actor.network,
        )
        self.entries.append(number)
        if waits := notice_queue.BY_DEED.get(kind.value):
            # Here and not in each deed: one that forgot it would let somebody wait in vain.
            notice_queue.put_for_all(
                self._log, self.next_id, self.now, waits, f"entry {number}", but=self.actor.name
            )
        return number


def do(store: Store, actor: Actor, now: Instant, deed: Callable[[Doing], T]) -> T:
    """
    Do *deed* as *actor*, with its entry, and return its result once both are durable.

    A deed that finds nothing to do writes nothing, enters nothing, and returns. Done while
    another is under way here (what a second person agreed to), it is part of that one.

    Raises:
        Unentered: it wrote without an entry. Nothing was done.
        Fault: the deed's own. Nothing was done.
    """
    outer = _under_way.get()
    if outer is not None and outer.store is store:
        return _part(outer, actor, now, deed)
    return store.write(lambda connection: do_within(store, connection, actor, now, deed))


def _part(outer: Doing, actor: Actor, now: Instant, deed: Callable[[Doing], T]) -> T:
    """Do *deed* in the transaction of *outer*, which has its entry, too."""
    watched = outer.connection
    assert isinstance(watched, _Watched)
    result = do_within(outer.store, watched.inner, actor, now, deed)
    watched.wrote = True
    return result


def do_within(
    store: Store, connection: Connection, actor: Actor, now: Instant, deed: Callable[[Doing], T]
) -> T:
    """Do as `do`, in a transaction that is there already."""
    doing = Doing(store, connection, actor, now)
    mark = _under_way.set(doing)
    try:
        result = deed(doing)
    finally:
        _under_way.reset(mark)
    if doing.wrote and not doing.entries:
        raise Unentered(getattr(deed, "__qualname__", "a deed"))
    return result


def note(
    store: Store, actor: Actor, now: Instant, kind: Kind, subject: str, /, before: Any = None,
    after: Any = None, **more: Any,
) -> int:
    """Enter what changes nothing in the ledger (a try that failed, a file given out)."""
    return do(store, actor, now, lambda doing: doing.enter(kind, subject, before, after, **more))


class _Watched:
    """A connection that notices whether anything was written through it."""

    def __init__(self, connection: Connection):
        self.inner = connection
        self.slot = connection.slot
        self.spread = connection.spread
        self.wrote = False

    def folded(self, unit: str) -> int:
        return self.inner.folded(unit)

    def run(self, sql: str, parameters: Parameters = NONE) -> int:
        touched = self.inner.run(sql, parameters)
        self.wrote = self.wrote or touched > 0
        return touched

    def run_many(self, sql: str, rows: Iterable[Parameters]) -> int:
        touched = self.inner.run_many(sql, rows)
        self.wrote = self.wrote or touched > 0
        return touched

    def run_block(self, sql: str, block: Columns, constants: Parameters = NONE) -> int:
        touched = self.inner.run_block(sql, block, constants)
        self.wrote = self.wrote or touched > 0
        return touched

    def rows(self, sql: str, parameters: Parameters = NONE) -> list[Row]:
        return self.inner.rows(sql, parameters)

    def columns(self, sql: str, parameters: Parameters = NONE) -> Columns:
        return self.inner.columns(sql, parameters)

    def one(self, sql: str, parameters: Parameters = NONE) -> Row | None:
        return self.inner.one(sql, parameters)

    def savepoint(self) -> AbstractContextManager[None]:
        return self.inner.savepoint()

    def hold(self, campaign: str, persons: Sequence[str]) -> None:
        self.inner.hold(campaign, persons)

    def alone(self, table: str) -> None:
        self.inner.alone(table)

    def later(
        self, key: str, amounts: "Counter[Any]",
        write: Callable[[Connection, "Counter[Any]"], None],
    ) -> None:
        self.wrote = True
        self.inner.later(key, amounts, write)

    def scans_added(self, number: int) -> None:
        self.inner.scans_added(number)
