"""
Questions whose answer must be "none", and the rebuilding of what is derived.

`attribution check` asks them all; each finding names the rows. A ledger that was
touched by hand, or a bug of ours, shows here before it shows in a commendation.
"""
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from attribution import credit, decisions, reports, seals
from attribution.instants import Instant
from attribution.store import Store, ledger, log, tallies
from attribution.store.sqlite import SQLite, check_integrity
from qrgen.registry import Campaign


@dataclass(frozen=True)
class Finding:
    """Something that must not be. *question* is which check; *detail* names the row."""

    question: str
    detail: str


def check(
    store: Store, campaign: Campaign, seal_keys: Sequence[str] = ()
) -> list[Finding]:
    """
    Ask every question; return what was found.

    Args:
        seal_keys: Keys of the seals; without them the seals are not asked.
    """
    questions: tuple[Callable[[Store, Campaign], Iterator[Finding]], ...] = (
        _file_sound, _standings_by_rule, _tallies_right, _roll_ups_agree, _credits_by_claims,
        _corrections_by_two,
    )
    found = [finding for question in questions for finding in question(store, campaign)]
    if seal_keys:
        found += [
            Finding("seal_whole", f"{broken.where} {broken.what}")
            for broken in seals.check(store, campaign, seal_keys)
        ]
    return found


def everyone(
    store: Store, campaign: Campaign
) -> Iterator[tuple[dict[str, ledger.History], dict[str, str | None]]]:
    """
    Yield all persons by pages, each a short read: their histories, and whom the credit log
    alone makes their credited units.
    """
    after = ""
    while True:
        with store.read() as connection:
            persons = ledger.persons_after(connection, campaign.id, after)
            if not persons:
                return
            page = (
                ledger.histories(connection, campaign.id, persons),
                ledger.credited_by_log(connection, campaign.id, persons),
            )
        yield page
        after = persons[-1]


def differing(store: Store, campaign: Campaign) -> Iterator[tuple[str, ledger.History]]:
    """Yield each person whose kept standing is not what the rule makes of the log."""
    terms = decisions.terms_of(campaign)
    for found, _ in everyone(store, campaign):
        yield from _differing(found, terms)


def _differing(
    found: Mapping[str, ledger.History], terms: credit.Terms
) -> Iterator[tuple[str, ledger.History]]:
    for person, history in found.items():
        nothing = not history.claims and not history.facts
        if nothing or decisions.stand(person, history, terms) != history.standing:
            yield person, history


def rebuild(store: Store, campaign: Campaign, now: Instant) -> int:
    """
    Judge everyone again and count everything again; return how many standings changed.

    In short reads, and writes as short where something differs: nobody waits for it.
    """
    changed = 0
    terms = decisions.terms_of(campaign)
    for found, _ in everyone(store, campaign):
        persons = [person for person, _ in _differing(found, terms)]
        if persons:
            changed += len(store.write(lambda c, persons=persons: decisions.refresh(  # type: ignore[misc]
                store, c, campaign, persons, now, "rebuild"
            )))
    rebuild_tallies(store, campaign)
    return changed


def rebuild_tallies(store: Store, campaign: Campaign) -> int:
    """
    Count the logs afresh, unit by unit, and correct what is kept; return how many counts.

    What is wrong by how much is read in one view, and that much is added: whoever writes
    meanwhile adds to rows and counts alike, so the difference stays what it was.
    """
    corrected = 0
    for _, wrong in _miscounted(store, campaign):
        amounts = Counter({key: due - kept for key, (kept, due) in wrong.items()})
        store.write(lambda c, amounts=amounts: log.add_tallies(c, campaign.id, amounts))  # type: ignore[misc]
        corrected += len(amounts)
    store.write(lambda c: tallies.forget_zeros(c, campaign.id))
    return corrected


def _miscounted(
    store: Store, campaign: Campaign
) -> Iterator[tuple[str, dict[tuple[str, int, str], tuple[int, int]]]]:
    """Yield each unit whose counts are not those of the log: what is kept, what is due."""
    after = ""
    while True:
        with store.read() as connection:
            unit = tallies.unit_after(connection, campaign.id, after)
            if unit is None:
                return
            kept = tallies.recorded(connection, campaign.id, unit)
            due = tallies.counted(connection, campaign.id, unit)
        wrong = {
            key: (kept[key], due[key])
            for key in kept.keys() | due.keys() if kept[key] != due[key]
        }
        if wrong:
            yield unit, wrong
        after = unit


def _file_sound(store: Store, campaign: Campaign) -> Iterator[Finding]:
    if isinstance(store.database, SQLite):
        with store.read() as connection:
            for problem in check_integrity(connection):
                yield Finding("file_sound", problem)


def _standings_by_rule(store: Store, campaign: Campaign) -> Iterator[Finding]:
    """And credit and adjustment rows alone must tell the same credited units."""
    terms = decisions.terms_of(campaign)
    for found, told in everyone(store, campaign):
        for person, history in _differing(found, terms):
            if not history.claims and not history.facts:
                yield Finding("standing_by_rule", f"person {person[:12]} has no claim and no fact")
                continue
            due = decisions.stand(person, history, terms)
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


def _credits_by_claims(store: Store, campaign: Campaign) -> Iterator[Finding]:
    """A credit without a claim and facts behind it may never be, nor two for a person."""
    with store.read() as connection:
        for what, rows in ledger.unfounded_credits(connection, campaign.id).items():
            for row in rows:
                yield Finding("credit_has_claim", f"credit {row['id']} of {row['unit']}: {what}")


def _corrections_by_two(store: Store, campaign: Campaign) -> Iterator[Finding]:
    with store.read() as connection:
        for row in ledger.unapproved_adjustments(connection, campaign.id):
            yield Finding(
                "correction_by_two",
                f"adjustment {row['id']} ({row['kind']}) is not what two people agreed on",
            )


def _tallies_right(store: Store, campaign: Campaign) -> Iterator[Finding]:
    for _, wrong in _miscounted(store, campaign):
        for (unit, day, kind), (kept, due) in sorted(wrong.items()):
            yield Finding("tally_is_count", f"{kind} of {unit} on {day}: kept {kept}, is {due}")


def _roll_ups_agree(store: Store, campaign: Campaign) -> Iterator[Finding]:
    tables = (
        reports.by_area(store, campaign.id), reports.by_bank(store, campaign.id),
        reports.by_unit(store, campaign.id),
    )
    for kind in tallies.KINDS:
        sums = {table.total.counts.get(kind, 0) for table in tables}
        if len(sums) > 1:
            yield Finding("roll_ups_agree", f"{kind} by area, by bank and by unit: {sorted(sums)}")


def _told(standing: ledger.Standing | None) -> str:
    if standing is None:
        return "nothing"
    return standing.credited or str(standing.reason)
