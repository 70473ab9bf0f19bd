"""Under what else the platform speaks of persons: digests of hashes and of masked numbers."""
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from attribution.rule.credit import Fact
from attribution.rule.masked import MaskedRow
from attribution.rule.stated import from_columns
from attribution.store.engine.database import Connection, Row, among
from attribution.store.steps import STEPS

# Values of one statement.
_TOGETHER = 500


def add(
    connection: Connection, campaign: str, person: str, aliases: Sequence[tuple[str, str]],
    ids: Sequence[int],
) -> list[int]:
    """
    Keep the *aliases* (kind, digest) of *person* under *ids*, where they are not kept already.

    Returns:
        The ids of those that others took the place of: the platform's recipe is another one
        since. The caller enters that they are gone, for seals hold them.
    """
    kept = {
        row["kind"]: row
        for row in _rows(connection, campaign, "kind, digest, id", "alias", "person", [person])
    }
    new = [
        {"campaign": campaign, "person": person, "kind": kind, "digest": digest, "id": id}
        for (kind, digest), id in zip(aliases, ids, strict=True)
        if kind not in kept or kept[kind]["digest"] != digest
    ]
    if new:
        connection.run_many(
            """insert into alias (campaign, person, kind, digest, id)
               values (:campaign, :person, :kind, :digest, :id)
               on conflict (campaign, person, kind) do update set digest = excluded.digest,
                   id = excluded.id""",
            new,
        )
    return [kept[row["kind"]]["id"] for row in new if row["kind"] in kept]


def of(
    connection: Connection, campaign: str, persons: Collection[str]
) -> dict[str, dict[str, str]]:
    """Return person -> kind -> digest, of those *persons* who have any."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(connection, campaign, "person, kind, digest", "alias", "person", persons):
        found[row["person"]][row["kind"]] = row["digest"]
    return dict(found)


def bearers(
    connection: Connection, campaign: str, digests: Collection[str]
) -> dict[str, list[str]]:
    """Return digest -> who bears it, of those *digests* that anybody does."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in _rows(connection, campaign, "person, digest", "alias", "digest", digests):
        found[row["digest"]].append(row["person"])
    return {digest: sorted(persons) for digest, persons in found.items()}


def facts_under(
    connection: Connection, campaign: str, digests: Collection[str]
) -> dict[str, list[MaskedRow]]:
    """Return digest -> what was said under it, oldest first, of those *digests* with facts."""
    found: dict[str, list[MaskedRow]] = defaultdict(list)
    columns = "person, id, batch, as_of, registered_at, card_bound_at, first_txn_at, precision"
    rows = _rows(connection, campaign, columns, "fact", "person", digests)
    for row in sorted(rows, key=lambda row: int(row["id"])):
        steps = from_columns([row[step] for step in STEPS], row["precision"])
        fact = Fact(row["as_of"], *steps)
        found[row["person"]].append(MaskedRow(row["id"], row["batch"], fact))
    return dict(found)


def spoken_of(connection: Connection, campaign: str, persons: Collection[str]) -> set[str]:
    """Return those of *persons* of whom the platform said, or may have said, anything so."""
    known = of(connection, campaign, persons)
    digests = {digest for kinds in known.values() for digest in kinds.values()}
    said = {
        row["person"] for row in _rows(connection, campaign, "person", "fact", "person", digests)
    }
    return {person for person, kinds in known.items() if said.intersection(kinds.values())}


def unnamed(
    connection: Connection, campaign: str, after: str, limit: int = _TOGETHER
) -> list[Row]:
    """
    Return claimants without a masked number, by person: ``last4``, and ``sealed`` first digits.

    Args:
        after: Only persons whose digest comes after it.
    """
    return connection.rows(
        """select claim.person as person, max(claim.last4) as last4, max(head.sealed) as sealed
           from claim left join head on head.campaign = claim.campaign
               and head.person = claim.person
           where claim.campaign = :campaign and claim.person > :after and claim.last4 <> ''
               and not exists (select 1 from alias where alias.campaign = claim.campaign
                   and alias.person = claim.person and alias.kind = 'masked')
           group by claim.person order by claim.person limit :limit""",
        {"campaign": campaign, "after": after, "limit": limit},
    )


def count_without_hash(connection: Connection, campaign: str) -> int:
    """Return how many claimants no hash leads to."""
    row = connection.one(
        """select count(distinct claim.person) as n from claim
           where claim.campaign = :campaign and claim.last4 <> ''
               and not exists (select 1 from alias where alias.campaign = claim.campaign
                   and alias.person = claim.person and alias.kind = 'hash')""",
        {"campaign": campaign},
    )
    return int(row["n"]) if row else 0


def _rows(
    connection: Connection, campaign: str, columns: str, table: str, column: str,
    values: Collection[str],
) -> Iterator[Row]:
    everyone: Sequence[str] = sorted(set(values))
    for first in range(0, len(everyone), _TOGETHER):
        condition, parameters = among(column, everyone[first : first + _TOGETHER])
        yield from connection.rows(
            f"select {columns} from {table} where campaign = :campaign{condition}",
            {"campaign": campaign, **parameters},
        )
