"""
Questions whose answer must be "none", and the rebuilding of what is derived.

`attribution check` asks them all; each finding names the rows. A ledger that was
touched by hand, or a bug of ours, shows here before it shows in a commendation.
"""
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from attribution import judging
from attribution.ledger import Ledger
from attribution.office import audit, second_steps
from attribution.proof import seal_checks
from attribution.reports import progress
from attribution.rule import credit
from attribution.rule.instants import Instant
from attribution.store import log, period_locks, registry, standings, tallies
from attribution.store.engine.sqlite import SQLite, check_integrity


@dataclass(frozen=True)
class Finding:
    """Something that must not be. *question* is which check; *detail* names the row."""

    question: str
    detail: str


def check(
    ledger: Ledger, seal_keys: Sequence[str] = (),
    second_keys: Sequence[str] | None = None,
) -> list[Finding]:
    """
    Ask every question; return what was found.

    Args:
        seal_keys: Keys of the seals; without them the seals are not asked.
        second_keys: Keys of second steps; with None these are not asked.
    """
    questions: tuple[Callable[[Ledger], Iterator[Finding]], ...] = (
        _file_sound, _standings_by_rule, _tallies_right, _roll_ups_agree, _credits_by_claims,
        _corrections_by_two, _periods_whole, _terms_known, _audit_whole,
    )
    found = [finding for question in questions for finding in question(ledger)]
    if seal_keys:
        found += [
            Finding("seal_whole", f"{broken.where} {broken.what}")
            for broken in seal_checks.check(ledger, seal_keys)
        ]
    if second_keys is not None:
        found += [
            Finding("second_step_sealed", detail)
            for detail in second_steps.findings(ledger.store, second_keys)
        ]
    return found


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
                standings.histories(connection, ledger.campaign.id, persons),
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
    found: Mapping[str, standings.History], terms: credit.Terms
) -> Iterator[tuple[str, standings.History]]:
    for person, history in found.items():
        nothing = not history.claims and not history.facts
        if nothing or judging.stand(person, history, terms) != history.standing:
            yield person, history


def rebuild(ledger: Ledger, now: Instant) -> int:
    """
    Judge everyone again and count everything again; return how many standings changed.

    In short reads, and writes as short where something differs: nobody waits for it.
    """
    changed = 0
    terms = judging.terms_of(ledger.campaign)
    for found, _ in everyone(ledger):
        persons = [person for person, _ in _differing(found, terms)]
        if persons:
            changed += len(ledger.store.write(partial(
                judging.refresh, ledger, persons=persons, now=now,
                cause="rebuild",
            )))
    rebuild_tallies(ledger)
    return changed


def rebuild_tallies(ledger: Ledger) -> int:
    """
    Count the logs afresh, unit by unit, and correct what is kept; return how many counts.

    What is wrong by how much is read in one view, and that much is added: whoever writes
    meanwhile adds to rows and counts alike, so the difference stays what it was.
    """
    if isinstance(ledger.store.database, SQLite):
        ledger.store.database.mend_lists()  # the units' scans are read from these
    corrected = 0
    for _, wrong in _miscounted(ledger):
        amounts = Counter({key: due - kept for key, (kept, due) in wrong.items()})
        ledger.store.write(partial(log.add_tallies, campaign=ledger.campaign.id, tallies=amounts))
        corrected += len(amounts)
    ledger.store.write(lambda c: tallies.forget_zeros(c, ledger.campaign.id))
    return corrected


def _miscounted(
    ledger: Ledger
) -> Iterator[tuple[str, dict[tuple[str, int, str], tuple[int, int]]]]:
    """Yield each unit whose counts are not those of the log: what is kept, what is due."""
    after = ""
    while True:
        with ledger.store.read() as connection:
            unit = tallies.unit_after(connection, ledger.campaign.id, after)
            if unit is None:
                return
            kept = tallies.recorded(connection, ledger.campaign.id, unit)
            due = tallies.counted(connection, ledger.campaign.id, unit)
        wrong = {
            key: (kept[key], due[key])
            for key in kept.keys() | due.keys() if kept[key] != due[key]
        }
        if wrong:
            yield unit, wrong
        after = unit


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
                yield Finding("standing_by_rule", f"person {person[:12]} has no claim and no fact")
                continue
            due = judging.stand(person, history, terms)
            yield Finding(
                "standing_by_rule",
                f"person {person[:12]} stands as {_told(history.standing)},"
                f" by the rule {_told(due)}",
            )
        for person, history in found.items():
            kept = history.standing.credited if history.standing else None
            if kept != told[person]:
                yield Finding(
                    "credit_by_log",
                    f"person {person[:12]} stands as {kept}, the credit log says {told[person]}",
                )


def _credits_by_claims(ledger: Ledger) -> Iterator[Finding]:
    """A credit without a claim and facts behind it may never be, nor two for a person."""
    with ledger.store.read() as connection:
        for what, rows in standings.unfounded_credits(connection, ledger.campaign.id).items():
            for row in rows:
                yield Finding("credit_has_claim", f"credit {row['id']} of {row['unit']}: {what}")


def _corrections_by_two(ledger: Ledger) -> Iterator[Finding]:
    with ledger.store.read() as connection:
        for row in standings.unapproved_adjustments(connection, ledger.campaign.id):
            yield Finding(
                "correction_by_two",
                f"adjustment {row['id']} ({row['kind']}) is not what two people agreed on",
            )


def _tallies_right(ledger: Ledger) -> Iterator[Finding]:
    for _, wrong in _miscounted(ledger):
        for (unit, day, kind), (kept, due) in sorted(wrong.items()):
            yield Finding("tally_is_count", f"{kind} of {unit} on {day}: kept {kept}, is {due}")


def _roll_ups_agree(ledger: Ledger) -> Iterator[Finding]:
    tables = (
        progress.by_area(ledger.store, ledger.campaign.id),
        progress.by_bank(ledger.store, ledger.campaign.id),
        progress.by_unit(ledger.store, ledger.campaign.id),
    )
    with ledger.store.read() as connection:
        live = tallies.by_kind(connection, ledger.campaign.id)
    for kind in tallies.KINDS:
        # With what locked days keep and corrections add, it is what the logs count now.
        sums = {table.total.counts.get(kind, 0) for table in tables} | {live.get(kind, 0)}
        if len(sums) > 1:
            yield Finding("roll_ups_agree", f"{kind} by area, by bank and by unit: {sorted(sums)}")
    corrected = {table.total.corrected for table in tables}
    if len(corrected) > 1:
        yield Finding(
            "roll_ups_agree", f"corrected by area, by bank and by unit: {sorted(corrected)}"
        )


def _terms_known(ledger: Ledger) -> Iterator[Finding]:
    """Each credit names the version of the rule it was decided under; that version is kept."""
    with ledger.store.read() as connection:
        versions = registry.terms(connection, ledger.campaign.id)
        used = standings.policies(connection, ledger.campaign.id)
    for row in versions:
        if row["version"].partition("@")[2] != judging.terms_digest(row["terms"]):
            yield Finding("terms_known", f"campaign_terms {row['version']} holds other terms")
    known = {row["version"] for row in versions}
    first = min((row["at"] for row in versions), default=None)
    for row in used:
        # Before versions were kept a credit named its policy alone.
        old = row["policy"] in credit.POLICIES and (first is None or row["decided_at"] < first)
        if row["policy"] not in known and not old:
            yield Finding(
                "terms_known",
                f"credit {row['id']}: {row['n']} decided under unknown terms {row['policy'][:60]}",
            )


def _audit_whole(ledger: Ledger) -> Iterator[Finding]:
    for fault in audit.faults(ledger.store):
        yield Finding("audit_whole", fault.cause)


def _periods_whole(ledger: Ledger) -> Iterator[Finding]:
    with ledger.store.read() as connection:
        locks = period_locks.locks(connection, ledger.campaign.id)
        for row in period_locks.incomplete(connection, ledger.campaign.id):
            yield Finding(
                "period_whole",
                f"period_lock {row['until']}: {row['found']} numbers, it locked {row['rows']}",
            )
    begun = 0
    for lock in locks:
        if lock["since"] != begun:
            yield Finding(
                "period_whole", f"period_lock {lock['until']} begins at {lock['since']},"
                f" the one before ends at {begun}",
            )
        begun = lock["until"]


def _told(standing: standings.Standing | None) -> str:
    if standing is None:
        return "nothing"
    return standing.credited or str(standing.reason)
