"""The one-time passwords that were sent: whom to, how often, how often tried, spent or not."""
from attribution.rule.instants import Instant
from attribution.store import end_log
from attribution.store.engine.database import Connection, Row

_COLUMNS = (
    "id, person, last4, head, aliases, purpose, form, secret, at, expires_at, tries, proved_at,"
    " network, visitor, given_at, consent, client, settled_at, near"
)


def add_one_time(connection: Connection, campaign: str, row: Row) -> None:
    end_log.require_people(connection, campaign)
    connection.run(
        """insert into one_time (id, campaign, person, last4, head, aliases, purpose, form, secret,
               at, expires_at, tries, proved_at, network, visitor, given_at, consent, client,
               near)
           values (:id, :campaign, :person, :last4, :head, :aliases, :purpose, :form, :secret,
               :at, :expires_at, 0, null, :network, :visitor, :given_at, :consent, :client,
               :near)""",
        {"campaign": campaign, **row},
    )


def one_time(connection: Connection, campaign: str, id: str) -> Row | None:
    return connection.one(
        f"select {_COLUMNS} from one_time where campaign = :campaign and id = :id",
        {"campaign": campaign, "id": id},
    )


def sent_for(
    connection: Connection, campaign: str, person: str, purpose: str, form: str, since: Instant
) -> Row | None:
    """Return the password that was sent for *form* after *since* and may still be typed in."""
    return connection.one(
        """select id, at, tries, expires_at from one_time
           where campaign = :campaign and person = :person and purpose = :purpose
               and form = :form and at > :since and secret <> '' and proved_at is null
           order by at desc limit 1""",
        {"campaign": campaign, "person": person, "purpose": purpose, "form": form,
         "since": since},
    )


def given_at(
    connection: Connection, campaign: str, person: str, form: str
) -> Instant | None:
    """Return when *form* was first sent with the number of *person*; None when it was not."""
    row = connection.one(
        """select min(given_at) as at from one_time
           where campaign = :campaign and person = :person and form = :form
               and purpose = 'claim'""",
        {"campaign": campaign, "person": person, "form": form},
    )
    return None if row is None or row["at"] is None else int(row["at"])


def left_open(
    connection: Connection, campaign: str, before: Instant, limit: int
) -> list[Row]:
    """Return passwords for claims, sent before *before*, of which nothing came; oldest first."""
    return connection.rows(
        f"""select {_COLUMNS} from one_time
            where campaign = :campaign and at < :before and purpose = 'claim'
                and settled_at is null and given_at is not null
            order by at limit :limit""",
        {"campaign": campaign, "before": before, "limit": limit},
    )


def is_newest(connection: Connection, campaign: str, form: str, at: Instant) -> bool:
    """Tell whether no password was sent for *form* after *at*: to another number, or once more."""
    return connection.one(
        """select 1 as one from one_time
           where campaign = :campaign and form = :form and at > :at limit 1""",
        {"campaign": campaign, "form": form, "at": at},
    ) is None


def settle(connection: Connection, campaign: str, id: str, now: Instant) -> None:
    """Leave the password of *id* alone from now on: a claim came of it, or none can."""
    connection.run(
        "update one_time set settled_at = :now where campaign = :campaign and id = :id",
        {"campaign": campaign, "id": id, "now": now},
    )


def sent_since(
    connection: Connection, campaign: str, column: str, value: str, since: Instant
) -> list[Instant]:
    """
    Return when passwords were sent since *since*, oldest first.

    Args:
        column: ``person``, ``network``, ``visitor``; or ``campaign`` for everybody.
    """
    if column not in ("person", "network", "visitor", "campaign"):
        raise ValueError(column)
    rows = connection.rows(
        f"""select at from one_time
            where campaign = :campaign and {column} = :value and at > :since order by at""",
        {"campaign": campaign, "value": value, "since": since},
    )
    return [int(row["at"]) for row in rows]


def count_try(connection: Connection, campaign: str, id: str) -> None:
    connection.run(
        "update one_time set tries = tries + 1 where campaign = :campaign and id = :id",
        {"campaign": campaign, "id": id},
    )


def prove(connection: Connection, campaign: str, id: str, at: Instant) -> None:
    """Spend the password of *id*. Its digest stays, to know the same form sent again by."""
    connection.run(
        "update one_time set proved_at = :at where campaign = :campaign and id = :id",
        {"campaign": campaign, "id": id, "at": at},
    )


def end_one_times(connection: Connection, campaign: str, person: str, purpose: str) -> None:
    """Void a person's earlier passwords: the newest message is the one that counts."""
    connection.run(
        """update one_time set secret = ''
           where campaign = :campaign and person = :person and purpose = :purpose""",
        {"campaign": campaign, "person": person, "purpose": purpose},
    )


def forget_one_times(connection: Connection, campaign: str, before: Instant) -> None:
    """Delete those sent before *before*; no limit looks back that far."""
    connection.run(
        "delete from one_time where campaign = :campaign and at < :before",
        {"campaign": campaign, "before": before},
    )
