"""Whose rows were erased, by the ids of the rows: no digest of a person is kept for it."""
from collections.abc import Collection, Iterable, Iterator, Sequence

from attribution.store.engine.database import Connection, Row, among

# Ids of one question.
_SOME = 500

# Logs whose rows name a person by a digest, and have ids of ours.
NAMING = ("claim", "fact", "credit", "erasure_asked")


def records(connection: Connection, campaign: str, after: int = 0) -> list[Row]:
    """Return what was taken from the ledger since the record *after*: id, log, kind, keys (JSON)
    and before."""
    return connection.rows(
        """select id, log, kind, keys, before from retention_run
           where campaign = :campaign and id > :after order by id""",
        {"campaign": campaign, "after": after},
    )


def persons_behind(
    connection: Connection, campaign: str, table: str, ids: Iterable[int]
) -> set[str]:
    """Return whom the rows *ids* of *table*, one of NAMING, are about."""
    found: set[str] = set()
    for some in _parts(sorted(ids)):
        condition, parameters = among("id", some)
        found.update(row["person"] for row in connection.rows(
            f"select person from {table} where campaign = :campaign{condition}",
            {"campaign": campaign, **parameters},
        ))
    return found


def ids_of(
    connection: Connection, campaign: str, table: str, persons: Collection[str]
) -> Iterator[tuple[str, int]]:
    """Yield person and id of each row of *table* that is about one of *persons*."""
    for some in _parts(sorted(persons)):
        condition, parameters = among("person", some)
        for row in connection.rows(
            f"select person, id from {table} where campaign = :campaign{condition}",
            {"campaign": campaign, **parameters},
        ):
            yield row["person"], int(row["id"])


def named(connection: Connection, campaign: str, persons: Collection[str]) -> set[str]:
    """Return which of *persons* can still be found by their last digits."""
    found: set[str] = set()
    for some in _parts(sorted(persons)):
        condition, parameters = among("person", some)
        found.update(row["person"] for row in connection.rows(
            f"select person from standing where campaign = :campaign and last4 <> ''{condition}",
            {"campaign": campaign, **parameters},
        ))
    return found


def claims_to_unlink(
    connection: Connection, campaign: str, claims: Collection[int], limit: int
) -> list[Row]:
    """Return person, claim and unit of those of *claims* that name somebody; no credited one."""
    found: list[Row] = []
    for some in _parts(sorted(claims)):
        condition, parameters = among("id", some)
        found.extend(connection.rows(
            f"""select person, id as claim, unit from claim
                where campaign = :campaign and last4 <> ''{condition}
                    and not exists (select 1 from credit where credit.campaign = claim.campaign
                        and credit.person = claim.person and credit.claim = claim.id)
                order by id""",
            {"campaign": campaign, **parameters},
        ))
        if len(found) >= limit:
            break
    return found[:limit]


def anybody(connection: Connection, campaign: str) -> int:
    """Return how many persons can still be found by their last digits."""
    row = connection.one(
        "select count(*) as n from standing where campaign = :campaign and last4 <> ''",
        {"campaign": campaign},
    )
    return int(row["n"]) if row else 0


def asked(connection: Connection, campaign: str) -> list[Row]:
    """Return every wish to be erased: id, person, and the claim; None: of all of them."""
    return connection.rows(
        "select id, person, claim from erasure_asked where campaign = :campaign order by id",
        {"campaign": campaign},
    )


def _parts(values: Sequence[int] | Sequence[str]) -> Iterator[list[int] | list[str]]:
    for first in range(0, len(values), _SOME):
        yield list(values[first : first + _SOME])  # type: ignore[misc]
