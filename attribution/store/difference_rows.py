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

# The first word on a difference is `difference_done`, later ones are `difference_again`: done is
# what has the first, and of the later ones none or a last one that says so.
REOPENED = """exists (select 1 from difference_again word
    where word.campaign = difference.campaign and word.difference = difference.id
        and word.state = 'open' and not exists (select 1 from difference_again later
            where later.campaign = word.campaign and later.difference = word.difference
                and later.id > word.id))"""
DONE = f"""(exists (select 1 from difference_done done where done.campaign = difference.campaign
    and done.difference = difference.id) and not {REOPENED})"""
_OUTCOME = f"""difference.category = 'time_anomaly'
    and difference.reason in ({", ".join(f"'{reason}'" for reason in RULED_OUT)})"""
STATES = {
    "open": f"not {DONE} and not ({_OUTCOME} and not {REOPENED})",
    "done": DONE,
    "outcome": f"{_OUTCOME} and not ({DONE} or {REOPENED})",
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


# Its first word, or the last of those that came later.
_WORD = """left join difference_done done
        on done.campaign = difference.campaign and done.difference = difference.id
    left join difference_again word on word.campaign = difference.campaign
        and word.difference = difference.id
        and word.id = (select max(newest.id) from difference_again newest
            where newest.campaign = difference.campaign and newest.difference = difference.id)"""
_ROWS = f"""select difference.id as id, difference.at as at, difference.batch as batch,
        difference.line as line, difference.person as person, difference.last4 as last4,
        difference.category as category, difference.reason as reason,
        case word.state when 'open' then null else coalesce(word.at, done.at) end as done_at,
        case word.state when 'open' then null else coalesce(word.note, done.note) end as note,
        case word.state when 'open' then null else coalesce(word.by_whom, done.by_whom) end
            as by_whom,
        case word.state when 'open' then word.at end as reopened_at,
        case word.state when 'open' then word.note end as reopened_note,
        case word.state when 'open' then word.by_whom end as reopened_by,
        case when {_OUTCOME} and coalesce(word.state, '') <> 'open' then 1 else 0 end as outcome
    from difference {_WORD}"""


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


def reopen(connection: Connection, campaign: str, row: Row) -> bool:
    """Say that a difference has to be looked at again. False where nobody had settled it."""
    return bool(
        connection.run(
            f"""insert into difference_again (campaign, difference, id, at, state, note, by_whom)
               select campaign, id, :id, :at, 'open', :note, :by_whom from difference
               where campaign = :campaign and id = :difference and {DONE}""",
            {"campaign": campaign, **row},
        )
    )


def words(connection: Connection, campaign: str, ids: Iterable[int]) -> list[Row]:
    """Return all that was said of the differences *ids* (a page), oldest first: who, when, why."""
    condition, parameters = among("difference", sorted(set(ids)))
    rows = connection.rows(
        f"""select difference, id, at, 'done' as state, note, by_whom from difference_done
            where campaign = :campaign{condition}
            union all
            select difference, id, at, state, note, by_whom from difference_again
            where campaign = :campaign{condition}""",
        {"campaign": campaign, **parameters},
    )
    return sorted(rows, key=lambda row: int(row["id"]))


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
