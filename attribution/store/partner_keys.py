"""Keys of partners who push, the nonces they used, and the answers they were given."""
from attribution.rule.instants import Instant
from attribution.store.engine.database import Connection, Row


def add_key(connection: Connection, row: Row) -> None:
    """Add a key. Its secret is not in the row: it is derived."""
    connection.run(
        """insert into partner_key (id, partner, may, at, by_whom)
           values (:id, :partner, :may, :at, :by_whom)""",
        row,
    )


def key(connection: Connection, id: str) -> Row | None:
    """Return the key *id* unless it was revoked."""
    return connection.one(
        """select id, partner, may, at from partner_key where id = :id and not exists (
               select 1 from partner_revocation where partner_revocation.key = partner_key.id)""",
        {"id": id},
    )


def keys(connection: Connection) -> list[Row]:
    """Return all keys, by partner and age."""
    return connection.rows(
        """select partner_key.id as id, partner_key.partner as partner, partner_key.may as may,
               partner_key.at as at, partner_revocation.at as revoked_at
           from partner_key left join partner_revocation
               on partner_revocation.key = partner_key.id
           order by partner_key.partner, partner_key.at, partner_key.id"""
    )


def revoke(connection: Connection, id: str, at: Instant, by_whom: str) -> bool:
    """Revoke a key for good. False when it was, or is unknown."""
    return bool(
        connection.run(
            """insert into partner_revocation (key, at, by_whom)
               select id, :at, :by_whom from partner_key where id = :id
               on conflict do nothing""",
            {"id": id, "at": at, "by_whom": by_whom},
        )
    )


def spend_nonce(
    connection: Connection, key: str, nonce: str, at: Instant, forget_before: Instant
) -> bool:
    """Use up *nonce*; False when it was used before. Forgets those too old to be replayed."""
    connection.run("delete from partner_nonce where at < :before", {"before": forget_before})
    return bool(
        connection.run(
            """insert into partner_nonce (key, nonce, at) values (:key, :nonce, :at)
               on conflict do nothing""",
            {"key": key, "nonce": nonce, "at": at},
        )
    )


def answered(connection: Connection, partner: str, request: str) -> Row | None:
    """Return the answer that *partner* was given to the idempotency key *request*."""
    return connection.one(
        """select sha256, body from partner_answer
           where partner = :partner and request = :request""",
        {"partner": partner, "request": request},
    )


def keep_answer(connection: Connection, row: Row) -> None:
    """Keep an answer, for whoever asks again because it was lost on the way."""
    connection.run(
        """insert into partner_answer (partner, request, sha256, at, body)
           values (:partner, :request, :sha256, :at, :body)""",
        row,
    )


def claims_of(connection: Connection, campaign: str, persons: list[str]) -> dict[str, Row]:
    """Return, of *persons* (at most 1000) who claimed: where they stand, and their last claim."""
    found: dict[str, Row] = {}
    for first in range(0, len(persons), 500):
        chunk = persons[first : first + 500]
        names = ", ".join(f":p{index}" for index in range(len(chunk)))
        for row in connection.rows(
            f"""select claim.person as person, claim.at as at, claim.unit as unit,
                    standing.credited as credited, standing.reason as reason
                from claim left join standing on standing.campaign = claim.campaign
                    and standing.person = claim.person
                where claim.campaign = :campaign and claim.person in ({names})
                order by claim.id""",
            {"campaign": campaign, **{f"p{i}": person for i, person in enumerate(chunk)}},
        ):
            found[row["person"]] = row
    return found
