"""
Who was erased stays erased: in a copy from before it, they are erased once more.

Known are ids of rows (`erased_list`). Whose rows these are only the copy knows, and it is asked.
"""
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from attribution.deeds import Actor, Kind
from attribution.ledger import Ledger
from attribution.long_deeds import LongDeed
from attribution.rule.instants import Instant
from attribution.store import erased_rows
from attribution.store.engine.database import Connection, Database
from attribution.upkeep import erased_list, retention, shredding
from attribution.upkeep.erased_list import Erased


@dataclass(frozen=True)
class Back:
    """
    Who is in a copy and was erased since.

    Args:
        persons: Whom to unlink wholly, by their digests.
        claims: Single claims, whose persons have others.
        everybody: That all are to be shredded.
        number: How many people it is.
    """

    persons: frozenset[str] = frozenset()
    claims: frozenset[int] = frozenset()
    everybody: bool = False
    number: int = 0


def erased_since(
    copy: Connection, present: Connection | None, campaign: str, instance: Path
) -> Back:
    """
    Return who in *copy* was erased, or asked for it, since it was taken.

    Args:
        present: The ledger that is there, where it can be read.
    """
    known = {int(row["id"]) for row in erased_rows.records(copy, campaign)}
    records = erased_list.read(instance, campaign)
    if present is not None:
        records += erased_rows.records(present, campaign)
    erased = Erased()
    for row in records:
        if row["id"] not in known:
            erased.add(row)
    if erased.everybody:
        return Back(everybody=True, number=erased_rows.anybody(copy, campaign))
    wished = _wished(copy, present, campaign)
    claims = erased.rows.get("claim", set()).union(
        claim for some in wished.values() for claim in some if claim is not None
    )
    candidates: set[str] = set(wished)
    for table in erased_rows.NAMING:
        candidates |= erased_rows.persons_behind(
            copy, campaign, table, erased.rows.get(table, ())
        )
    candidates = erased_rows.named(copy, campaign, candidates)
    claimed = [*erased_rows.ids_of(copy, campaign, "claim", candidates)]
    others = {person for person, id in claimed if id not in claims}
    # Of a name without claims each row must be theirs: under 138****1234 stand others' as well.
    others |= {
        person for person, id in erased_rows.ids_of(
            copy, campaign, "fact", candidates - {person for person, _ in claimed}
        ) if id not in erased.rows.get("fact", ())
    }
    standing = others - {person for person, some in wished.items() if None in some}
    mine = {id for person, id in claimed if person in standing and id in claims}
    single = erased_rows.claims_to_unlink(copy, campaign, mine, len(mine) + 1)
    whole = candidates - standing
    return Back(
        frozenset(whole), frozenset(int(row["claim"]) for row in single),
        number=len(whole | {row["person"] for row in single}),
    )


def _wished(
    copy: Connection, present: Connection | None, campaign: str
) -> dict[str, set[int | None]]:
    """Return who asked for it since, and of which claims; None: of all."""
    found: dict[str, set[int | None]] = {}
    if present is not None:
        there = {row["id"] for row in erased_rows.asked(copy, campaign)}
        for row in erased_rows.asked(present, campaign):
            if row["id"] not in there:
                claim = row["claim"]
                found.setdefault(row["person"], set()).add(None if claim is None else int(claim))
    return found


def erase(ledger: Ledger, back: Back, now: Instant, actor: Actor) -> None:
    """Erase once more, in *ledger*, who is *back*, with its entry."""
    if back.everybody:
        deed = LongDeed(ledger.store, actor, now, Kind.SHREDDED, f"campaign {ledger.campaign.id}")
        done = shredding.empty(ledger, deed)
        deed.end({"rows": sum(done.values()), "again": True})
        return
    if not back.number:
        return
    deed = LongDeed(ledger.store, actor, now, Kind.ERASED, f"campaign {ledger.campaign.id}")
    persons = retention.unlink_all(ledger, deed, partial(_due, back.persons, ledger.campaign.id))
    claims = retention.unlink_claims(ledger, deed, lambda connection, limit: (
        erased_rows.claims_to_unlink(connection, ledger.campaign.id, back.claims, limit)
    ))
    deed.end({"persons": persons, "claims": claims, "again": True})


def _due(
    persons: Collection[str], campaign: str, connection: Connection, *, after: str = "",
    only: Collection[str] | None = None, limit: int,
) -> list[str]:
    asked = sorted(person for person in (persons if only is None else only) if person > after)
    return sorted(erased_rows.named(connection, campaign, asked[:limit]))


def back_in(copy: Database, present: Database | None, campaign: str, instance: Path) -> Back:
    """Do as `erased_since` with whole databases, each read once."""
    with copy.reading() as ours:
        if present is None:
            return erased_since(ours, None, campaign, instance)
        with present.reading() as theirs:
            return erased_since(ours, theirs, campaign, instance)
