"""
The difference ledger as somebody looks at it: chosen rows, how many there are, and why.

Somebody who had registered before the campaign and scanned all the same is no difference, and
neither is whoever came too late: the rule says what becomes of them. Such rows were entered
once (295 of 301 in one county's ledger); they stay, as outcomes, and nobody need look at them.
"""
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from attribution.rule.instants import Instant
from attribution.store import Store
from attribution.store.engine.database import Connection, Row, among

PAGE = 1000

# Why the rule gives nobody a credit for somebody who claimed, whatever the platform may add.
RULED_OUT = ("registered_before", "registered_after", "claim_after", "settled_too_late")

_DONE = """exists (select 1 from difference_done done where done.campaign = difference.campaign
    and done.difference = difference.id)"""
_OUTCOME = f"""difference.category = 'time_anomaly'
    and difference.reason in ({", ".join(f"'{reason}'" for reason in RULED_OUT)})"""
STATES = {
    "open": f"not {_DONE} and not ({_OUTCOME})",
    "done": _DONE,
    "outcome": f"not {_DONE} and {_OUTCOME}",
}


@dataclass(frozen=True)
class Chosen:
    """
    Which rows of the ledger; what is empty does not restrict.

    Args:
        state: One of STATES.
        until: Only rows up to this id: those that stood there when somebody looked.
    """

    state: str = ""
    category: str = ""
    reason: str = ""
    batch: str = ""
    since: Instant | None = None
    before: Instant | None = None
    until: int | None = None

    def where(self) -> str:
        parts = ["difference.campaign = :campaign"]
        if self.state:
            parts.append(STATES[self.state])
        parts += [
            f"difference.{name} = :{name}" for name in ("category", "reason", "batch")
            if getattr(self, name)
        ]
        for name, condition in (
            ("since", "difference.at >= :since"), ("before", "difference.at < :before"),
            ("until", "difference.id <= :until"),
        ):
            if getattr(self, name) is not None:
                parts.append(condition)
        return " and ".join(parts)

    def parameters(self, campaign: str) -> dict[str, Any]:
        values = {
            name: getattr(self, name)
            for name in ("category", "reason", "batch", "since", "before", "until")
        }
        return {
            "campaign": campaign,
            **{name: value for name, value in values.items() if value not in ("", None)},
        }


_ROWS = f"""select difference.id as id, difference.at as at, difference.batch as batch,
        difference.line as line, difference.person as person, difference.last4 as last4,
        difference.category as category, difference.reason as reason,
        done.at as done_at, done.note as note, done.by_whom as by_whom,
        case when {_OUTCOME} then 1 else 0 end as outcome
    from difference left join difference_done done
        on done.campaign = difference.campaign and done.difference = difference.id"""


def page(
    connection: Connection, campaign: str, chosen: Chosen, *, offset: int, limit: int
) -> list[Row]:
    """Return a page of the *chosen* rows, newest first."""
    return connection.rows(
        f"""{_ROWS} where {chosen.where()}
            order by difference.id desc limit :limit offset :offset""",
        {**chosen.parameters(campaign), "limit": limit, "offset": offset},
    )


def pages(store: Store, campaign: str, chosen: Chosen) -> Iterator[list[Row]]:
    """Yield the *chosen* rows, oldest first, by pages, each a read of its own."""
    after = 0
    while True:
        with store.read() as connection:
            rows = connection.rows(
                f"""{_ROWS} where {chosen.where()} and difference.id > :after
                    order by difference.id limit :page""",
                {**chosen.parameters(campaign), "after": after, "page": PAGE},
            )
        if rows:
            yield rows
        if len(rows) < PAGE:
            return
        after = rows[-1]["id"]


def count(connection: Connection, campaign: str, chosen: Chosen) -> int:
    """Return how many rows are *chosen*."""
    row = connection.one(
        f"select count(*) as n from difference where {chosen.where()}",
        chosen.parameters(campaign),
    )
    return int(row["n"]) if row else 0


def count_open(connection: Connection, campaign: str) -> int:
    """Return how many differences somebody must look at."""
    return count(connection, campaign, Chosen("open"))


def reasons(connection: Connection, campaign: str, chosen: Chosen) -> dict[str, int]:
    """
    Return the reasons of the rows that are *chosen* but for their reason, with how many of each.

    Of rows that could not be read the reason is what is wrong with them, each its own.
    """
    found = connection.rows(
        f"""select reason, count(*) as n from difference
            where {replace(chosen, reason="").where()} and difference.category <> 'malformed'
            group by reason order by n desc, reason""",
        replace(chosen, reason="").parameters(campaign),
    )
    return {row["reason"]: int(row["n"]) for row in found}


def ids(
    connection: Connection, campaign: str, chosen: Chosen, *, limit: int = PAGE
) -> list[int]:
    """Return the ids of the *chosen* rows, the oldest first."""
    return [int(row["id"]) for row in connection.rows(
        f"""select id from difference where {chosen.where()}
            order by difference.id limit :limit""",
        {**chosen.parameters(campaign), "limit": limit},
    )]


def named(connection: Connection, campaign: str, ids: Iterable[int]) -> list[Row]:
    """Return which rows the differences *ids* (a page of them) are: id, batch, line, last4, why."""
    condition, parameters = among("id", sorted(ids))
    return connection.rows(
        f"""select id, batch, line, last4, category from difference
            where campaign = :campaign{condition} order by id""",
        {"campaign": campaign, **parameters},
    )


def beside(
    connection: Connection, campaign: str, persons: Iterable[str]
) -> list[Row]:
    """Return person, batch, line and reason of all rows about *persons* (some hundreds)."""
    condition, parameters = among("person", sorted(set(persons)))
    return connection.rows(
        f"""select person, batch, line, reason from difference
            where campaign = :campaign{condition}""",
        {"campaign": campaign, **parameters},
    )


def facts(connection: Connection, campaign: str, persons: Iterable[str]) -> list[Row]:
    """Return what was said of *persons* (some hundreds), oldest first, with its batch."""
    condition, parameters = among("person", sorted(set(persons)))
    return connection.rows(
        f"""select person, id, batch, as_of, registered_at, card_bound_at, first_txn_at, precision
            from fact where campaign = :campaign{condition} order by id""",
        {"campaign": campaign, **parameters},
    )


def changes(
    connection: Connection, campaign: str, persons: Iterable[str], reason: str
) -> list[Row]:
    """
    Return the first credits of *persons* and what the rule changed since, oldest first.

    Args:
        reason: Of the changes only those with this reason.
    """
    condition, parameters = among("person", sorted(set(persons)))
    rows = connection.rows(
        f"""select person, id, null as from_unit, unit as to_unit from credit
            where campaign = :campaign{condition}
            union all
            select person, id, from_unit, to_unit from adjustment
            where campaign = :campaign and automatic = 1 and reason = :reason{condition}""",
        {"campaign": campaign, "reason": reason, **parameters},
    )
    return sorted(rows, key=lambda row: int(row["id"]))
