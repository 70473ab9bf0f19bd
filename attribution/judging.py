"""
Applying the rule: after any new claim, fact or correction, judge the person again.

The rule (`credit.py`) is pure; this module runs it inside the transaction that
brought the news, writes what changed, and nothing else does. A first credit is
a row that stays; each later change is an automatic adjustment with its cause,
so that nothing is ever rewritten silently.
"""
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attribution import evidence
from attribution.ledger import Ledger
from attribution.rule import credit
from attribution.rule import terms as rules
from attribution.rule.instants import Instant, day_of, from_datetime
from attribution.rule.stated import Stated, day
from attribution.store import feed_batches, log, registry, standings
from attribution.store.engine.database import Connection, Row
from qrgen.registry import Campaign

# Why a credit changes: a file's facts, and another claimant with the same digits.
FEED = "feed_correction"
SAME_DIGITS = "same_digits"


@dataclass(frozen=True)
class Change:
    """One person's standing before and after."""

    before: standings.Standing | None
    after: standings.Standing


@dataclass(frozen=True)
class Moved:
    """A person who would count for another unit (None: for none), or counts for it since."""

    person: str
    last4: str
    now: str | None
    then: str | None
    reason: str | None


def moved(changes: Iterable[Change]) -> tuple[Moved, ...]:
    """Return those of *changes* that move a credit."""
    pairs = [(change.before.credited if change.before else None, change.after)
             for change in changes]
    return tuple(
        Moved(after.person, after.last4, was, after.credited, after.reason)
        for was, after in pairs if was != after.credited
    )


def terms_of(campaign: Campaign, policy: str | None = None) -> rules.Terms:
    """Return the terms of *campaign*, under another *policy* if one is named."""
    return rules.Terms(
        start=from_datetime(campaign.start),
        end=from_datetime(campaign.end),
        mark_time=from_datetime(campaign.mark_time),
        settle_end=from_datetime(campaign.settle_end),
        policy=rules.POLICIES[policy or campaign.policy],
    )


def told_terms(campaign: Campaign) -> str:
    """Return all that the rule takes from *campaign*, as JSON: what a version of it stands for."""
    return rules.told(campaign.policy, terms_of(campaign), campaign.grades[1:])


def record_terms(ledger: Ledger, connection: Connection, now: Instant) -> str:
    """Keep the version of the rule that *campaign* is under, if it is new; return its name."""
    terms = told_terms(ledger.campaign)
    version = rules.version_of(terms)
    registry.add_terms(connection, ledger.campaign.id, {
        "version": version, "id": ledger.store.next_id(now), "at": now, "terms": terms,
    })
    return version


def stand(person: str, history: standings.History, terms: rules.Terms) -> standings.Standing:
    """Return where *person* stands by the rule alone."""
    facts, grade = evidence.facts_of(person, history, terms)
    unit, reason, winner = credit.judge(history.claims, facts, terms, history.corrections)
    return standings.Standing(
        person, history.last4,
        winner.unit if winner else None,
        winner.id if winner else None,
        unit,
        reason._value_ if reason else None,
        *facts,
        facts.effective_at if unit else None,
        grade,
    )


def unclaimed(
    person: str, last4: str, reason: str,
    registered: Stated | None, bound: Stated | None, paid: Stated | None,
) -> standings.Standing:
    """Return where *person* stands, whom nobody ever claimed: what `stand` does, for many."""
    return standings.Standing(
        person, last4, None, None, None, reason, registered, bound, paid, None
    )


def counts(standing: standings.Standing | None) -> log.Tallies:
    """Return what *standing* adds to the tallies: the steps done, by unit and day."""
    tallies: log.Tallies = Counter()
    if standing is not None:
        _count(tallies, standing, 1)
    return tallies


def _count(tallies: log.Tallies, standing: standings.Standing, sign: int) -> None:
    """Add to *tallies* what *standing* adds to them, or take it away."""
    unit = standing.credited or standing.unit
    if unit is None:
        return
    for kind, step in (
        ("registered", standing.registered_at),
        ("bound", standing.card_bound_at),
        ("paid", standing.first_txn_at),
    ):
        if step is not None:
            tallies[unit, day(step), kind] += sign
    if standing.effective_at is not None:
        tallies[unit, day_of(standing.effective_at), "effective"] += sign
        if standing.grade is not None:
            tallies[unit, day_of(standing.effective_at), f"effective_{standing.grade}"] += sign


def history_of(ledger: Ledger, connection: Connection, person: str) -> standings.History:
    """
    Return all that the ledger holds about *person*, whom nobody else judges from here on.

    Whoever brings news of one person reads this once, adds the news to it and to the ledger,
    and lets `apply_to` judge: what was read stays true until the transaction ends.
    """
    return evidence.histories(connection, ledger.campaign, [person])[person]


def apply_to(
    ledger: Ledger,
    connection: Connection,
    person: str,
    history: standings.History,
    now: Instant,
    cause: str | None,
) -> standings.Standing:
    """Judge *person* by the *history* that holds the news; return where they stand now."""
    changes = apply(ledger, connection, {person: history}, now, cause)
    mine = [change.after for change in changes if change.after.person == person]
    standing = mine[0] if mine else history.standing
    assert standing is not None  # else there was something to write
    return standing


def refresh(
    ledger: Ledger,
    connection: Connection,
    persons: Iterable[str],
    now: Instant,
    cause: str | None,
) -> list[Change]:
    """
    Judge *persons* again within the caller's transaction.

    Args:
        cause: Why a credit that changes does so (``feed_correction``, ``late_claim``,
            ``withdrawn``…): the reason on the automatic adjustment. None when the
            caller has just added the adjustment that says it.

    Returns:
        Those whose standing changed.
    """
    everyone = sorted(set(persons))
    changes: list[Change] = []
    for first in range(0, len(everyone), standings.CHUNK):
        chunk = everyone[first : first + standings.CHUNK]
        found = evidence.histories(connection, ledger.campaign, chunk)
        changes += apply(ledger, connection, found, now, cause)
    return changes


def apply(
    ledger: Ledger,
    connection: Connection,
    found: Mapping[str, standings.History],
    now: Instant,
    cause: str | None,
    others: standings.Unclaimed = standings.NOBODY,
) -> list[Change]:
    """
    Judge persons by the histories *found* in this transaction; otherwise as `refresh`.

    With them whoever claimed with the same digits of a masked number, for whom the news is
    news too (`evidence`). Of a row that was somebody's until now and may be several people's,
    the difference ledger is told, unless a file brings the news and tells of its rows itself.

    Args:
        others: Where others stand now who are no news to anybody, and stood nowhere.
    """
    terms = terms_of(ledger.campaign)
    version = rules.version_of(told_terms(ledger.campaign))
    changes: list[Change] = []
    credits: list[Row] = []
    adjustments: list[Row] = []
    tallies: log.Tallies = Counter()
    doubts: dict[str, standings.SameDigits] = {}
    for person, history in evidence.with_groups(dict(found)).items():
        before, after = history.standing, stand(person, history, terms)
        if before == after:
            continue
        changes.append(Change(before, after))
        lost = before is not None and before.grade == "masked" and after.grade != "masked"
        if lost and history.group is not None:
            doubts[history.group.digest] = history.group
        _count(tallies, after, 1)
        if before is not None:
            _count(tallies, before, -1)
        was = before.credited if before else None
        if was == after.credited:
            continue
        # Above the last decision's, whose node may have a clock ahead of ours: in the
        # order of their ids these rows tell one story.
        id = max(ledger.store.next_id(now), history.decided + 1)
        key = {"campaign": ledger.campaign.id, "person": person, "id": id}
        if after.credited and not history.credited_before:
            # A correction may name another unit than the claim that is behind it.
            claim = after.claim or max(claim.id for claim in history.claims)
            credits.append(
                {
                    **key, "unit": after.credited, "claim": claim,
                    "effective_at": after.effective_at, "decided_at": now,
                    "policy": version, "grade": after.grade,
                }
            )
        elif cause is not None or person not in found:
            adjustments.append(
                {
                    **key, "at": now, "kind": _kind(was, after.credited), "from_unit": was,
                    "to_unit": after.credited,
                    "reason": cause if person in found else SAME_DIGITS,
                    "note": version, "automatic": 1, "asked_by": "rule", "approved_by": "rule",
                }
            )
    if credits or adjustments:
        record_terms(ledger, connection, now)
    standings.put_unclaimed(connection, ledger.campaign.id, others, now)
    standings.put_standings(
        connection, ledger.campaign.id, [change.after for change in changes], now
    )
    standings.add_credits(connection, credits)
    standings.add_adjustments(connection, adjustments)
    log.add_tallies(connection, ledger.campaign.id, tallies)
    if cause != FEED:
        _tell_doubts(ledger, connection, doubts.values(), terms, now)
    return changes


def _tell_doubts(
    ledger: Ledger, connection: Connection, groups: Iterable[standings.SameDigits],
    terms: rules.Terms, now: Instant,
) -> None:
    """Enter the rows of *groups* that may be several people's among the differences."""
    rows: list[Row] = []
    for group in groups:
        some = next(iter(group.members.values()))
        found = evidence.matching(some, terms)
        rows += [
            {
                "id": ledger.store.next_id(now), "at": now, "line": 0, "person": group.digest,
                "batch": found.registrants[place].rows[-1].batch, "last4": some.last4,
                "category": "ambiguous", "reason": evidence.doubt(found.registrants[place]),
            }
            for place in found.doubtful()
        ]
    if rows:
        feed_batches.add_differences(connection, ledger.campaign.id, rows)


def _kind(was: str | None, becomes: str | None) -> str:
    if becomes is None:
        return "reverse"
    return "restore" if was is None else "reassign"

