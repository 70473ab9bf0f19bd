"""
What the platform says, taken in: the only way facts enter the ledger.

A file is taken whole or not at all. It is read twice: once to find every bad
row, once to write; both the facts and the credits that follow from them are in
one transaction, so a kill in between leaves nothing. The same file again is
recognised by its hash and changes nothing. Each row ends in exactly one of the
CATEGORIES, and what somebody must look at stays in the difference ledger until
it is dealt with or a later file settles it.
"""
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from attribution import credit, decisions, feeds
from attribution.instants import Instant
from attribution.people import identify
from attribution.store import Store, feedbook, ledger
from attribution.store.database import Connection
from qrgen.registry import Campaign
from qrgen.shell import Fault

T = TypeVar("T")

# Every bad row is reported; a file that is nothing else is cut off here.
MOST_REPORTED = 10_000

# More than any county has residents: a longer file is the wrong file.
MOST_ROWS = 2_000_000

# A file that takes away more than this share of all credits, and more than a
# handful, is likelier wrong than they were.
MOST_LOST = 0.10
FEW = 20

CATEGORIES = {
    "matched": "相符",
    "organic": "自然新增或与本活动无关",
    "waiting": "待完成",
    "conflict": "与先前数据不一致",
    "time_anomaly": "时间异常",
    "malformed": "无法读取",
}
_TO_WORK_OFF = ("conflict", "time_anomaly", "malformed")
_STEPS = ("registered_at", "card_bound_at", "first_txn_at")
_TOTALS = ("rows", "registered", "bound", "paid")


@dataclass
class Report:
    """What a file holds, and what taking it in did (or, on a dry run, would do)."""

    batch: str
    rows: int = 0
    people: int = 0
    credited: int = 0  # standings that became a credit, or moved to another unit
    lost: int = 0  # standings that lost one
    moved: int = 0  # of *credited*: those another unit had before
    reasons: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)  # "category: reason"
    totals: Counter[str] = field(default_factory=Counter)
    settled: int = 0  # older differences that this batch settled
    sha256: str = ""
    repeated: bool = False  # this very file was taken in before
    confirmed_by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where one row of a file ended. *category* is one of CATEGORIES."""

    line: int
    last4: str
    category: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """
    How a file is to be read and checked.

    Args:
        mapping: Field -> the heading it stands under.
        as_of: The business date of rows that state none; None: when it is taken in.
        accept: Lines that may be malformed: somebody read the report and lets them go.
        totals: Control totals the platform gave: of rows, registered, bound, paid.
        losses: Let the file take away more credits than MOST_LOST.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    as_of: Instant | None = None
    accept: frozenset[int] = frozenset()
    totals: Mapping[str, int] = field(default_factory=dict)
    losses: bool = False

    def as_json(self) -> str:
        return json.dumps(
            {
                "mapping": dict(self.mapping), "as_of": self.as_of, "losses": self.losses,
                "accept": sorted(self.accept), "totals": dict(self.totals),
            },
            ensure_ascii=False, sort_keys=True,
        )

    @classmethod
    def from_json(cls, text: str) -> "Reading":
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "accept": frozenset(values["accept"])})


def import_feed(
    store: Store,
    campaign: Campaign,
    path: Path,
    *,
    pepper: str,
    digest: str,
    now: Instant,
    by_whom: str,
    batch: str | None = None,
    as_of: Instant | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    progress: Callable[[Iterable[feeds.Row | feeds.BadRow]],
                       Iterable[feeds.Row | feeds.BadRow]] = iter,
    reading: Reading | None = None,
    details: Callable[[Outcome], object] | None = None,
    plan: bool = False,
    confirm: bool = False,
) -> Report:
    """
    Take in the feed file at *path*.

    Args:
        by_whom: Who does it; an account's name with *plan* and *confirm*.
        batch: Its number; by default the file's name. Another file under a number
            that is taken is refused.
        as_of: The business date of rows that state none; by default *now*.
        reading: All of how it is read, instead of *as_of* and *mapping*.
        details: Told where each row ended.
        plan: Only report, and keep the plan for another person to confirm.
        confirm: Take in what another person planned, read as they said.

    Raises:
        Fault: nothing was written. Its `more` holds every bad row.
    """
    reading = reading or Reading(mapping or {}, as_of)
    sha256 = feeds.sha256_of(path) if path.is_file() else ""
    report = Report(batch or path.stem, sha256=sha256)
    planned = None
    if confirm:
        with store.read() as connection:
            planned = feedbook.plan(connection, campaign.id, report.batch, sha256)
        if planned is None:
            raise Fault(
                f"nobody asked for this file as batch {report.batch!r}",
                "first somebody else: attribution feed import FILE --batch ID --by NAME",
            )
        if planned["asked_by"] == by_whom:
            raise Fault(f"{by_whom} asked for it, so another person confirms it", status=2)
        reading = Reading.from_json(planned["terms"])
    elif campaign.second_person and not dry_run and not plan:
        raise Fault(
            "this campaign lets a file count only when a second person confirms it",
            "name yourself with --by NAME; then another person runs `attribution feed confirm`",
            2,
        )
    with store.read() as connection:
        # Spares reading a file that is known; asked again inside the transaction.
        if _is_repeated(connection, campaign.id, report):
            return report
    _checked(path, reading, report)

    try:
        with store.transaction() as connection:
            if _is_repeated(connection, campaign.id, report):
                return report
            taker = _Taker(store, connection, campaign, now, report, details)
            before = feedbook.credited(connection, campaign.id)
            who = by_whom if planned is None else f"{planned['asked_by']}, {by_whom}"
            taker.open("file", sha256, now if reading.as_of is None else reading.as_of, who)
            for chunk in _chunks(progress(feeds.read_feed(path, reading.mapping)), ledger.CHUNK):
                taker.absorb(
                    [row for row in chunk if isinstance(row, feeds.Row)],
                    [row for row in chunk if isinstance(row, feeds.BadRow)],
                    pepper=pepper, digest=digest,
                    as_of=now if reading.as_of is None else reading.as_of,
                )
            if feeds.sha256_of(path) != sha256:
                raise Fault(f"{path}: the file changed while it was read", "try again")
            _within_reason(report, before, reading)
            if planned is not None:
                report.confirmed_by = by_whom
                feedbook.add_confirmation(
                    connection, campaign.id,
                    {
                        "id": store.next_id(now), "at": now, "batch": report.batch,
                        "plan": planned["id"], "asked_by": planned["asked_by"],
                        "confirmed_by": by_whom,
                    },
                )
            taker.close()
            if dry_run or plan:
                raise _DryRun
    except _DryRun:
        pass
    if plan:
        row = {
            "id": store.next_id(now), "at": now, "batch": report.batch, "sha256": sha256,
            "asked_by": by_whom, "terms": reading.as_json(), "report": told(report),
        }
        store.write(lambda c: feedbook.add_plan(c, campaign.id, row))
    return report


def told(report: Report) -> str:
    """Return *report* as JSON, as it is kept."""
    return json.dumps(vars(report), ensure_ascii=False, sort_keys=True)


class _DryRun(Exception):
    """Ends the transaction of a dry run without writing."""


class _Taker:
    """Takes rows in, chunk by chunk, inside one transaction."""

    def __init__(
        self, store: Store, connection: Connection, campaign: Campaign, now: Instant,
        report: Report, details: Callable[[Outcome], object] | None = None,
    ):
        self._store = store
        self._connection = connection
        self._campaign = campaign
        self._now = now
        self._report = report
        self._details = details or (lambda outcome: None)
        self._first_id = store.next_id(now)

    def open(self, source: str, sha256: str, as_of: Instant, by_whom: str) -> None:
        ledger.add_batch(
            self._connection, self._campaign.id,
            {
                "id": self._report.batch, "sha256": sha256, "source": source, "as_of": as_of,
                "received_at": self._now, "row_count": self._report.rows, "by_whom": by_whom,
            },
        )

    def absorb(
        self, rows: Sequence[feeds.Row], bad: Sequence[feeds.BadRow], *,
        pepper: str, digest: str, as_of: Instant,
    ) -> list[Outcome]:
        """Add *rows* as facts, judge their people again, and tell where each row ended."""
        store, connection, campaign = self._store, self._connection, self._campaign
        pairs: list[tuple[int, ledger.Fact]] = []
        for row in rows:
            person = identify(row.phone, pepper, digest)
            pairs.append((row.line, ledger.Fact(
                store.next_id(self._now), campaign.id, person.digest,
                row.as_of if row.as_of is not None else as_of, self._now, self._report.batch,
                person.last4, row.registered_at, row.card_bound_at, row.first_txn_at,
            )))
        persons = sorted({fact.person for _, fact in pairs})
        before = ledger.standings_of(connection, campaign.id, persons)
        ledger.add_facts(connection, [fact for _, fact in pairs])
        changes = decisions.refresh(
            store, connection, campaign, persons, self._now, "feed_correction"
        )
        _tell(self._report, changes)
        after = ledger.standings_of(connection, campaign.id, persons)
        claimed = ledger.claimants(connection, campaign.id, persons)
        known = {
            person: {step: getattr(standing, step) for step in _STEPS}
            for person, standing in before.items()
        }
        outcomes = [Outcome(row.line, "", "malformed", row.cause) for row in bad]
        owners: dict[int, str] = {}
        for line, fact in pairs:
            category, reason = categorise(
                fact, known.get(fact.person, {}), after[fact.person], fact.person in claimed,
                self._now,
            )
            outcomes.append(Outcome(line, fact.last4, category, reason))
            owners[line] = fact.person
            stated = known.setdefault(fact.person, {})
            stated.update({s: v for s in _STEPS if (v := getattr(fact, s)) is not None})
        outcomes.sort(key=lambda outcome: outcome.line)
        self._keep(outcomes, owners)
        return outcomes

    def close(self) -> None:
        self._report.people = feedbook.people_in(
            self._connection, self._campaign.id, self._report.batch
        )
        feedbook.add_report(
            self._connection, self._campaign.id, self._store.next_id(self._now), self._now,
            self._report.batch, told(self._report),
        )

    def _keep(self, outcomes: Sequence[Outcome], owners: Mapping[int, str]) -> None:
        report, connection, campaign = self._report, self._connection, self._campaign.id
        troubled: set[str] = set()
        differences = []
        for outcome in outcomes:
            report.categories[outcome.category] += 1
            cause = outcome.reason if outcome.category != "malformed" else "row"
            report.causes[f"{outcome.category}: {cause}"] += 1
            self._details(outcome)
            if outcome.category in _TO_WORK_OFF:
                person = owners.get(outcome.line)
                if person:
                    troubled.add(person)
                differences.append({
                    "id": self._store.next_id(self._now), "at": self._now,
                    "batch": report.batch, "line": outcome.line, "person": person,
                    "last4": outcome.last4, "category": outcome.category,
                    "reason": outcome.reason[:500],
                })
        fine = set(owners.values()) - troubled
        for row in feedbook.open_differences_of(connection, campaign, fine, self._first_id):
            report.settled += feedbook.finish(connection, campaign, {
                "difference": row["id"], "id": self._store.next_id(self._now), "at": self._now,
                "note": f"settled by batch {report.batch}", "by_whom": "rule",
            })
        feedbook.add_differences(connection, campaign, differences)


def take_items(
    store: Store, connection: Connection, campaign: Campaign, rows: Sequence[feeds.Row], *,
    batch: str, source: str, sha256: str, pepper: str, digest: str, as_of: Instant,
    now: Instant, by_whom: str,
) -> tuple[Report, list[Outcome]]:
    """
    Take in *rows* that were pushed, in the caller's transaction.

    Raises:
        Fault: *batch* was taken in before.
    """
    report = Report(batch, rows=len(rows), sha256=sha256)
    if ledger.batch(connection, campaign.id, batch) is not None:
        raise Fault(f"batch {batch!r} was already taken in")
    taker = _Taker(store, connection, campaign, now, report)
    taker.open(source, sha256, as_of, by_whom)
    outcomes: list[Outcome] = []
    for chunk in _chunks(rows, ledger.CHUNK):
        outcomes += taker.absorb(chunk, [], pepper=pepper, digest=digest, as_of=as_of)
    taker.close()
    return report, outcomes


def categorise(
    fact: ledger.Fact, known: Mapping[str, Instant | None], after: ledger.Standing,
    claimed: bool, now: Instant,
) -> tuple[str, str]:
    """
    Return the category of one row, and why: the first that applies.

    Args:
        known: What was known of the person before this row.
        after: Where the person stands with it.
        claimed: Whether the person ever claimed.
    """
    stated = {step: value for step in _STEPS if (value := getattr(fact, step)) is not None}
    if any(value > now + credit.SKEW for value in stated.values()):
        return "time_anomaly", "in_the_future"
    registered = stated.get("registered_at") or known.get("registered_at")
    if registered is not None:
        for step, why in (
            ("card_bound_at", "bound_before_registered"),
            ("first_txn_at", "paid_before_registered"),
        ):
            if step in stated and stated[step] < registered - credit.SKEW:
                return "time_anomaly", why
    differing = [
        step for step, value in stated.items()
        if known.get(step) is not None and known[step] != value
    ]
    if differing:
        return "conflict", f"{differing[0]}_differs"
    if after.credited is not None:
        return "matched", "credited"
    reason = str(after.reason)
    if claimed and reason in ("registered_before", "registered_after", "claim_after",
                              "settled_too_late"):
        return "time_anomaly", reason
    if reason in ("not_registered_yet", "held", "not_bound_yet", "no_transaction_yet"):
        return "waiting", reason
    return ("matched" if reason == "reversed" else "organic"), reason


def _is_repeated(connection: Connection, campaign: str, report: Report) -> bool:
    same = ledger.batch_with(connection, campaign, report.sha256)
    if same is not None:
        report.batch, report.repeated = same["id"], True
        return True
    if ledger.batch(connection, campaign, report.batch) is not None:
        raise Fault(
            f"batch {report.batch!r} was already taken in with other content",
            "if this is a correction, give it a number of its own: --batch ID",
        )
    return False


def _within_reason(report: Report, before: int, reading: Reading) -> None:
    gone = report.lost + report.moved
    if gone > max(FEW, before * MOST_LOST) and not reading.losses:
        raise Fault(
            f"the file would take away or move {gone} of {before} credits, so nothing was taken in",
            "look at the rows (--dry-run --report FILE); if they are right: --allow-losses",
        )


def _tell(report: Report, changes: Iterable[decisions.Change]) -> None:
    for change in changes:
        was = change.before.credited if change.before else None
        if change.after.credited and change.after.credited != was:
            report.credited += 1
            report.moved += was is not None
        elif was and not change.after.credited:
            report.lost += 1
        report.reasons[change.after.reason or "credited"] += 1


def _checked(path: Path, reading: Reading, report: Report) -> None:
    """Count what is in the file, or raise a Fault that names every bad row."""
    bad: list[Fault] = []
    refused = 0
    unused = set(reading.accept)
    for row in feeds.read_feed(path, reading.mapping):
        report.rows += 1
        if isinstance(row, feeds.BadRow):
            unused.discard(row.line)
            if row.line not in reading.accept:
                refused += 1
                if len(bad) < MOST_REPORTED:
                    bad.append(Fault(f"{path.name}:{row.line}: {row.cause}"))
            continue
        report.totals["registered"] += row.registered_at is not None
        report.totals["bound"] += row.card_bound_at is not None
        report.totals["paid"] += row.first_txn_at is not None
    report.totals["rows"] = report.rows
    if refused:
        lines = ",".join(fault.cause.split(":")[1] for fault in bad[:20])
        raise Fault(
            f"{path}: {refused} of {report.rows} rows cannot be read, so nothing was taken in",
            "correct these rows, or ask the platform for the file again; to do without them, "
            f"accept each: --accept {lines}{',…' if refused > 20 else ''}",
            more=bad,
        )
    if unused:
        raise Fault(
            f"{path}: line {min(unused)} is not malformed", "accept only lines that are reported"
        )
    if not report.rows:
        raise Fault(f"{path}: no rows under the heading", "ask the platform for the file again")
    if report.rows > MOST_ROWS:
        raise Fault(f"{path}: more than {MOST_ROWS} rows", "is this the right file?")
    for name, number in reading.totals.items():
        if name not in _TOTALS:
            raise Fault(f"no control total {name!r}", f"they are {', '.join(_TOTALS)}", 2)
        if report.totals[name] != number:
            raise Fault(
                f"{path}: {report.totals[name]} {name}, but the platform says {number}",
                "the file is not whole; ask the platform for it again",
            )


def _chunks(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
