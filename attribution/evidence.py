"""
By what of their number the platform spoke of a person: the facts that count, and their grade.

A row with a whole number or a hash is about exactly one person; one with 138****1234 is about
whoever `rule.masked` finds, and that hangs on everybody else who claimed with these digits.
So whoever is judged is read together with them, and judged together with them: a credit that a
later claimant puts in doubt is taken back in the very transaction that brings the claim.

Grades that the campaign does not allow are kept in the ledger and count for nothing.
"""
from collections.abc import Collection, Iterator, Sequence

from attribution.rule import credit, masked
from attribution.rule.instants import Instant
from attribution.rule.people import Grade
from attribution.rule.terms import Terms
from attribution.store import Store, aliases, forgetting, standings
from attribution.store.engine.database import Connection
from attribution.store.standings import History, Met, SameDigits
from qrgen.registry import Campaign


def name(
    store: Store, connection: Connection, campaign: str, person: str,
    names: Sequence[tuple[str, str]], now: Instant,
) -> None:
    """
    Keep under what *names* (kind, digest) else the platform may speak of *person*.

    Another hash than is kept comes of another recipe: the row goes, which is entered for
    the seals, and a new one comes.
    """
    gone = aliases.add(connection, campaign, person, names, store.some_ids(now, len(names)))
    if gone:
        forgetting.record(connection, campaign, {
            "id": store.next_id(now), "at": now, "log": "alias", "kind": "deleted", "before": 0,
            "rows": len(gone), "by_whom": "rule",
        }, gone)


def meet(
    connection: Connection, campaign: Campaign, persons: Sequence[str],
    digits: Collection[str] = (),
) -> Met:
    """
    Return what is read of *persons* first; `histories` reads the rest of those it is asked for.

    Args:
        digits: As of `histories`.
    """
    known = _names(connection, campaign, persons, digits) if len(campaign.grades) > 1 else {}
    met = Met({}, {}, known)
    for some in _parts(persons):
        found = standings.meet(connection, campaign.id, some)
        met.standings.update(found.standings)
        met.claims.update(found.claims)
    return met


def histories(
    connection: Connection, campaign: Campaign, persons: Sequence[str], *,
    met: Met | None = None, digits: Collection[str] = (),
) -> dict[str, History]:
    """
    Return all that the ledger holds about each of *persons*, however many.

    Args:
        met: As of `standings.histories`, from `meet`.
        digits: Digests of masked numbers of which news comes: their groups are read also
            where nothing was said under them so far.
    """
    if len(campaign.grades) == 1:
        found = _histories(connection, campaign.id, persons, met)
        for history in found.values():
            history.hashed, history.unmasked = [], []
        return found
    known = _names(connection, campaign, persons, digits) if met is None else met.aliases
    found = _histories(connection, campaign.id, persons, met)
    _read(connection, campaign, found, known, digits)
    return found


def _names(
    connection: Connection, campaign: Campaign, persons: Sequence[str], digits: Collection[str]
) -> dict[str, dict[str, str]]:
    """
    Return under what else the platform speaks of *persons*, and have it to ourselves.

    Before the persons, and in this order by everybody: who judges one of a group has it
    for themselves, and nobody joins it meanwhile.
    """
    known = aliases.of(connection, campaign.id, persons)
    connection.hold(campaign.id, sorted({*_digests(known.values()), *digits}))
    return known


def _histories(
    connection: Connection, campaign: str, persons: Sequence[str], met: Met | None = None
) -> dict[str, History]:
    found: dict[str, History] = {}
    for some in _parts(persons):
        found |= standings.histories(connection, campaign, some, met)
    return found


def _parts(persons: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(persons), standings.CHUNK):
        yield persons[first : first + standings.CHUNK]


def _read(
    connection: Connection, campaign: Campaign, found: dict[str, History],
    known: dict[str, dict[str, str]], digits: Collection[str],
) -> None:
    """Add to the histories *found* what was said under their aliases, and their groups."""
    said = aliases.facts_under(connection, campaign.id, _digests(known.values()))
    groups = {
        digest for kinds in known.values() if (digest := kinds.get("masked"))
        and (digest in said or digest in digits)
    }
    everyone = dict(found)
    if "masked" in campaign.grades and groups:
        bearers = aliases.bearers(connection, campaign.id, groups)
        peers = sorted({p for group in bearers.values() for p in group} - found.keys())
        everyone |= _histories(connection, campaign.id, peers)
        theirs = aliases.of(connection, campaign.id, peers)
        further = _digests(theirs.values()) - said.keys()
        said |= aliases.facts_under(connection, campaign.id, further)
        known = {**known, **theirs}
        for digest, persons in bearers.items():
            group = SameDigits(digest, list(said.get(digest, ())))
            for person in persons:
                group.members[person] = everyone[person]
                everyone[person].group = group
    for person, history in everyone.items():
        if "hash" in campaign.grades:
            under = said.get(known.get(person, {}).get("hash", ""), ())
            history.hashed += [row.fact for row in under]
        else:
            history.hashed = []
        if "masked" not in campaign.grades:
            history.unmasked = []


def _digests(known: Collection[dict[str, str]]) -> set[str]:
    return {digest for kinds in known for digest in kinds.values()}


def with_groups(found: dict[str, History]) -> dict[str, History]:
    """Return *found* and whoever else stands or falls with them, as they are now."""
    everyone = dict(found)
    for person, history in found.items():
        if history.group is not None:
            history.group.members[person] = history  # a correction made it anew
            for peer, other in history.group.members.items():
                everyone.setdefault(peer, other)
    return everyone


def matching(history: History, terms: Terms, person: str = "") -> masked.Matching:
    """
    Return who is who in the group of *history*.

    Args:
        person: Whose *history* it is, where it may differ from the one in its group.
    """
    group = history.group
    if group is None:
        return masked.Matching((), {})
    claims = {peer: other.claims for peer, other in group.members.items()}
    if person:
        claims[person] = history.claims
    return masked.match(group.rows, claims, terms)


def doubt(one: masked.Registrant) -> str:
    """Return why nobody can tell who *one* is, as the difference ledger names it."""
    return "several_claimants" if len(one.candidates) > 1 else "several_rows"


def facts_of(
    person: str, history: History, terms: Terms
) -> tuple[credit.Facts, Grade | None]:
    """
    Return what is known of *person*, and by what of the number: None for the whole of it.

    Digits speak only where nothing better does.
    """
    if not history.hashed and history.facts:  # as nearly always
        return credit.merge_facts(history.facts), None
    if history.hashed:
        facts = credit.merge_facts([*history.facts, *history.hashed])
        if credit.merge_facts(history.facts) == facts:
            return facts, None
        return facts, "hash"
    rows = history.unmasked
    if history.group is not None:
        rows = [*rows, *matching(history, terms, person).facts_of(person)]
    return credit.merge_facts(rows), "masked" if rows else None
