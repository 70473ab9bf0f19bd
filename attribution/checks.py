"""
Questions whose answer must be "none", and the rebuilding of what is derived.

`attribution check` asks them all; each finding names the rows. A ledger that was
touched by hand, or a bug of ours, shows here before it shows in a commendation.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from attribution import decisions, reports, seals
from attribution.instants import Instant
from attribution.store import Store, ledger, tallies
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
        _file_sound, _standings_by_rule, _credits_by_log, _tallies_right, _roll_ups_agree,
        _credits_by_claims, _corrections_by_two,
    )
    found = [finding for question in questions for finding in question(store, campaign)]
    if seal_keys:
        found += [
            Finding("seal_whole", f"{broken.where} {broken.what}")
            for broken in seals.check(store, campaign, seal_keys)
        ]
    return found


def differing(store: Store, campaign: Campaign) -> Iterator[tuple[str, ledger.History]]:
    """Yield each person whose kept standing is not what the rule makes of the log."""
    terms = decisions.terms_of(campaign)
    after = ""
    while True:
        with store.read() as connection:
            persons = ledger.persons_after(connection, campaign.id, after)
            found = ledger.histories(connection, campaign.id, persons)
        for person, history in found.items():
            nothing = not history.claims and not history.facts
            if nothing or decisions.stand(person, history, terms) != history.standing:
                yield person, history
        if not persons:
            return
        after = persons[-1]


def rebuild(store: Store, campaign: Campaign, now: Instant) -> int:
    """Judge everyone again and count everything again; return how many standings changed."""
    changed = 0
    persons = [person for person, _ in differing(store, campaign)]
    with store.transaction() as connection:
        changed += len(
            decisions.refresh(store, connection, campaign, persons, now, "rebuild")
        )
    rebuild_tallies(store, campaign)
    return changed


def rebuild_tallies(store: Store, campaign: Campaign) -> None:
    """Count the logs afresh and keep the result."""
    with store.transaction() as connection:
        tallies.recount(connection, campaign.id)


def _file_sound(store: Store, campaign: Campaign) -> Iterator[Finding]:
    if isinstance(store.database, SQLite):
        with store.read() as connection:
            for problem in check_integrity(connection):
                yield Finding("file_sound", problem)


def _standings_by_rule(store: Store, campaign: Campaign) -> Iterator[Finding]:
    terms = decisions.terms_of(campaign)
    for person, history in differing(store, campaign):
        if not history.claims and not history.facts:
            yield Finding("standing_by_rule", f"person {person[:12]} has no claim and no fact")
            continue
        kept = history.standing
        due = decisions.stand(person, history, terms)
        yield Finding(
            "standing_by_rule",
            f"person {person[:12]} stands as {_told(kept)}, by the rule {_told(due)}",
        )


def _credits_by_log(store: Store, campaign: Campaign) -> Iterator[Finding]:
    """Credit and adjustment rows alone must tell the same credited units as the standings."""
    after = ""
    while True:
        with store.read() as connection:
            persons = ledger.persons_after(connection, campaign.id, after)
            told = ledger.credited_by_log(connection, campaign.id, persons)
            found = ledger.histories(connection, campaign.id, persons)
        for person, history in found.items():
            kept = history.standing.credited if history.standing else None
            if kept != told[person]:
                yield Finding(
                    "credit_by_log",
                    f"person {person[:12]} stands as {kept}, the credit log says {told[person]}",
                )
        if not persons:
            return
        after = persons[-1]


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
    with store.read() as connection:
        kept = tallies.recorded(connection, campaign.id)
        counted = tallies.counted(connection, campaign.id)
    for key in sorted(kept.keys() | counted.keys()):
        if kept[key] != counted[key]:
            unit, day, kind = key
            yield Finding(
                "tally_is_count", f"{kind} of {unit} on {day}: kept {kept[key]}, is {counted[key]}"
            )


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
