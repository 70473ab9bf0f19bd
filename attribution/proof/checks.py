"""
Questions whose answer must be "none", and the rebuilding of what is derived.

`attribution check` asks them all; each finding names the rows. A ledger that was
touched by hand, or a bug of ours, shows here before it shows in a commendation.
"""
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from attribution import evidence, judging
from attribution.deeds import Actor, Kind
from attribution.faults import Code
from attribution.ledger import Ledger
from attribution.long_deeds import LongDeed
from attribution.office import audit, second_steps
from attribution.proof import snapshot_checks, tree_checks
from attribution.proof.signed_notes import Key
from attribution.reports import progress
from attribution.reports.counted import points_of
from attribution.rule import terms as rules
from attribution.rule.claimed_again import all_of
from attribution.rule.instants import Instant
from attribution.store import (
    aliases,
    background_write,
    log,
    period_locks,
    registry,
    standings,
    takeover_rows,
    tallies,
)
from attribution.store.engine.database import Connection
from attribution.store.engine.sqlite import SQLite, check_integrity
from qrgen.faults import Fault


@dataclass(frozen=True)
class Finding:
    """Something that must not be. *question* is which check; *fault* names the row."""

    question: str
    fault: Fault

    @property
    def detail(self) -> str:
        """What was found, in English."""
        return self.fault.cause


def check(
    ledger: Ledger, keys: Sequence[Key] = (),
    second_keys: Sequence[str] | None = None, now: Instant | None = None,
) -> list[Finding]:
    """
    Ask every question; return what was found.

    Args:
        keys: Public keys of the log; without any its signatures are not asked.
        second_keys: Keys of second steps; with None these are not asked.
        now: See `tree_checks.check`.
    """
    questions: tuple[Callable[[Ledger], Iterator[Finding]], ...] = (
        _file_sound, _standings_by_rule, _tallies_right, _roll_ups_agree, _credits_by_claims,
        _corrections_by_two, _periods_whole, _terms_known, _audit_whole,
    )
    found = [finding for question in questions for finding in _asked(question, ledger)]
    found += [Finding("snapshot_whole", fault) for fault in snapshot_checks.check(ledger)]
    found += [Finding("seal_whole", broken) for broken in tree_checks.check(ledger, keys, now)]
    if second_keys is not None:
        found += [
            Finding("second_step_sealed", fault)
            for fault in second_steps.findings(ledger.store, second_keys)
        ]
    return found


def _asked(
    question: Callable[[Ledger], Iterator[Finding]], ledger: Ledger
) -> Iterator[Finding]:
    """Yield what *question* finds. What was changed by hand may stop it: its leaf names the row."""
    try:
        yield from question(ledger)
    except json.JSONDecodeError as error:
        name = question.__name__.strip("_")
        yield _found(name, Code.CHECK_STOPPED, what=name, why=str(error))


def everyone(
    ledger: Ledger
) -> Iterator[tuple[dict[str, standings.History], dict[str, str | None]]]:
    """
    Yield all persons by pages, each a short read: their histories, and whom the credit log
    alone makes their credited units.
    """
    after = ""
    while True:
        with ledger.store.read() as connection:
            persons = standings.persons_after(connection, ledger.campaign.id, after)
            if not persons:
                return
            page = (
                evidence.histories(connection, ledger.campaign, persons),
                standings.credited_by_log(connection, ledger.campaign.id, persons),
            )
        yield page
        after = persons[-1]


def differing(ledger: Ledger) -> Iterator[tuple[str, standings.History]]:
    """Yield each person whose kept standing is not what the rule makes of the log."""
    terms = judging.terms_of(ledger.campaign)
    for found, _ in everyone(ledger):
        yield from _differing(found, terms)


def _differing(
    found: Mapping[str, standings.History], terms: rules.Terms
) -> Iterator[tuple[str, standings.History]]:
    for person, history in found.items():
        nothing = not history.claims and not history.facts
        if nothing or judging.stand(person, history, terms) != history.standing:
            yield person, history


def rebuild(ledger: Ledger, now: Instant, actor: Actor) -> int:
    """
    Judge everyone again and count everything again; return how many standings changed.

    In short reads, and writes as short where something differs: nobody waits for it.
    """
    changed = 0
    deed = _rebuilding(ledger, now, actor)
    terms = judging.terms_of(ledger.campaign)
    for found, _ in everyone(ledger):
        persons = [person for person, _ in _differing(found, terms)]
        if persons:
            changed += len(deed.step(partial(
                judging.refresh, ledger, persons=persons, now=now,
                cause="rebuild",
            )))
        taken = {person: all_of(history.claims) for person, history in found.items()}
        if any(taken.values()):
            deed.step(partial(takeover_rows.add_all, campaign=ledger.campaign.id, taken=taken))
    _count_afresh(ledger, deed, standings=changed)
    return changed


def rebuild_tallies(ledger: Ledger, now: Instant, actor: Actor) -> int:
    """Count the logs afresh and correct what is kept; return how many counts."""
    return _count_afresh(ledger, _rebuilding(ledger, now, actor))


def _rebuilding(ledger: Ledger, now: Instant, actor: Actor) -> LongDeed:
    return LongDeed(ledger.store, actor, now, Kind.REBUILD, f"campaign {ledger.campaign.id}")


def _count_afresh(ledger: Ledger, deed: LongDeed, **done: int) -> int:
    """
    Correct the counts of the units one by one, and end *deed*; return how many differed.

    How much is wrong is read while nobody counts, and added in the same transaction.
    """
    if isinstance(ledger.store.database, SQLite):
        ledger.store.database.mend_lists()  # the units' scans are read from these

    def correct(connection: Connection, unit: str) -> int:
        wrong = _wrong_alone(connection, ledger.campaign.id, unit)
        amounts = Counter({key: due - kept for key, (kept, due) in wrong.items()})
        log.add_tallies(connection, ledger.campaign.id, amounts)
        return len(amounts)

    corrected = sum(
        deed.step(partial(correct, unit=unit)) for unit in _suspected(ledger)
    )
    deed.end(
        {**done, "counts": corrected}, lambda c: tallies.forget_zeros(c, ledger.campaign.id)
    )
    return corrected


# (unit, day, kind) -> what is kept, what is due.
_Wrong = dict[tuple[str, int, str], tuple[int, int]]


def _suspected(ledger: Ledger) -> Iterator[str]:
    """
    Yield the units whose counts seem not to be those of the log.

    A suspicion, for where a ledger lies on several nodes there is no moment at which all of
    them are read: of what is written meanwhile, one tells the row and another not yet its
    count. `_wrong_alone` knows.
    """
    campaign = ledger.campaign.id
    with ledger.store.read() as connection:
        units = [*registry.read(connection, campaign).units]
    for span in tallies.spans(units):
        with ledger.store.read() as connection:
            wrong = _wrong(connection, campaign, span)
        yield from sorted({unit for unit, _, _ in wrong})


def _wrong_alone(connection: Connection, campaign: str, unit: str) -> _Wrong:
    """Return what is wrong with *unit*'s counts while nobody, on no node, counts anything."""
    connection.alone("tally")
    return _wrong(connection, campaign, unit)


def _wrong(connection: Connection, campaign: str, units: str | tallies.NameRange) -> _Wrong:
    kept = tallies.recorded(connection, campaign, units)
    due = tallies.counted(connection, campaign, units)
    return {
        key: (kept[key], due[key]) for key in kept.keys() | due.keys() if kept[key] != due[key]
    }


def _file_sound(ledger: Ledger) -> Iterator[Finding]:
    if isinstance(ledger.store.database, SQLite):
        with ledger.store.read() as connection:
            for problem in check_integrity(connection):
                yield Finding("file_sound", problem)


def _standings_by_rule(ledger: Ledger) -> Iterator[Finding]:
    """And credit and adjustment rows alone must tell the same credited units."""
    terms = judging.terms_of(ledger.campaign)
    for found, told in everyone(ledger):
        for person, history in _differing(found, terms):
            if not history.claims and not history.facts:
                yield _found("standing_by_rule", Code.PERSON_OF_NOTHING, person=person[:12])
                continue
            due = judging.stand(person, history, terms)
            yield _found(
                "standing_by_rule", Code.STANDING_DIFFERS, person=person[:12],
                kept=_told(history.standing), due=_told(due),
            )
        for person, history in found.items():
            kept = history.standing.credited if history.standing else None
            if kept != told[person]:
                yield _found(
                    "credit_by_log", Code.CREDIT_LOG_DIFFERS, person=person[:12],
                    kept=kept or Code.NO_UNIT, logged=told[person] or Code.NO_UNIT,
                )


def _credits_by_claims(ledger: Ledger) -> Iterator[Finding]:
    """A credit without a claim and facts behind it may never be, nor two for a person."""
    with ledger.store.read() as connection:
        for code, rows in standings.unfounded_credits(connection, ledger.campaign.id).items():
            if code is Code.CREDIT_WITHOUT_FACT:
                persons = {row["person"] for row in rows}
                founded = aliases.spoken_of(connection, ledger.campaign.id, persons)
                rows = [row for row in rows if row["person"] not in founded]
            for row in rows:
                yield _found("credit_has_claim", code, credit=row["id"], unit=row["unit"])


def _corrections_by_two(ledger: Ledger) -> Iterator[Finding]:
    with ledger.store.read() as connection:
        for row in standings.unapproved_adjustments(connection, ledger.campaign.id):
            yield _found(
                "correction_by_two", Code.CORRECTION_BY_ONE, adjustment=row["id"], kind=row["kind"]
            )


def _tallies_right(ledger: Ledger) -> Iterator[Finding]:
    for suspected in _suspected(ledger):
        wrong = background_write.write(ledger.store, partial(
            _wrong_alone, campaign=ledger.campaign.id, unit=suspected
        ))
        for (unit, day, kind), (kept, due) in sorted(wrong.items()):
            yield _found(
                "tally_is_count", Code.TALLY_DIFFERS, kind=kind, unit=unit, day=day, kept=kept,
                due=due,
            )


def _roll_ups_agree(ledger: Ledger) -> Iterator[Finding]:
    tables = (
        progress.by_area(ledger.store, ledger.campaign.id),
        progress.by_bank(ledger.store, ledger.campaign.id),
        progress.by_unit(ledger.store, ledger.campaign.id),
    )
    with ledger.store.read() as connection:
        units = registry.read(connection, ledger.campaign.id).units
        counts = tallies.by_unit(connection, ledger.campaign.id)
    # Survey points stand in a table of their own, which is made of the same counts.
    points = points_of(units, counts)
    live: Counter[str] = Counter()
    for id, kinds in counts.items():
        if id not in points:
            live.update(kinds)
    for kind in tallies.KINDS:
        # With what locked days keep and corrections add, it is what the logs count now.
        sums = {table.total.counts.get(kind, 0) for table in tables} | {live.get(kind, 0)}
        if len(sums) > 1:
            yield _found("roll_ups_agree", Code.ROLL_UPS_DIFFER, kind=kind, sums=str(sorted(sums)))
    corrected = {table.total.corrected for table in tables}
    if len(corrected) > 1:
        yield _found(
            "roll_ups_agree", Code.ROLL_UPS_DIFFER, kind="corrected", sums=str(sorted(corrected))
        )


def _terms_known(ledger: Ledger) -> Iterator[Finding]:
    """Each credit names the version of the rule it was decided under; that version is kept."""
    with ledger.store.read() as connection:
        versions = registry.terms(connection, ledger.campaign.id)
        used = standings.policies(connection, ledger.campaign.id)
    for row in versions:
        if row["version"].partition("@")[2] != rules.digest_of(row["terms"]):
            yield _found("terms_known", Code.TERMS_CHANGED, version=row["version"])
    known = {row["version"] for row in versions}
    first = min((row["at"] for row in versions), default=None)
    for row in used:
        # Before versions were kept a credit named its policy alone.
        old = row["policy"] in rules.POLICIES and (first is None or row["decided_at"] < first)
        if row["policy"] not in known and not old:
            yield _found(
                "terms_known", Code.TERMS_UNKNOWN, credit=row["id"], count=row["n"],
                terms=row["policy"][:60],
            )


def _audit_whole(ledger: Ledger) -> Iterator[Finding]:
    for fault in audit.faults(ledger.store):
        yield Finding("audit_whole", fault)


def _periods_whole(ledger: Ledger) -> Iterator[Finding]:
    with ledger.store.read() as connection:
        locks = period_locks.locks(connection, ledger.campaign.id)
        for row in period_locks.incomplete(connection, ledger.campaign.id):
            yield _found(
                "period_whole", Code.PERIOD_INCOMPLETE, until=row["until"], found=row["found"],
                rows=row["rows"],
            )
    begun = 0
    for lock in locks:
        if lock["since"] != begun:
            yield _found(
                "period_whole", Code.PERIOD_GAP, until=lock["until"], since=lock["since"],
                before=begun,
            )
        begun = lock["until"]


def _found(question: str, code: Code, **data: Any) -> Finding:
    return Finding(question, Fault(code, **data))


def _told(standing: standings.Standing | None) -> str | Code:
    if standing is None:
        return Code.NOTHING
    return standing.credited or str(standing.reason)
