"""
The logs page by page, for downloads: by key, in short reads, column by column.

One long read would keep the write-ahead log from being folded back and slow every
claim down; an OFFSET costs more the further it goes (measured: 0.7 ms a page by
key at any size). So each page is its own read, and continues after the last key. Whoever
writes a million rows to a file handles each column of a page at once, and no row by itself.
"""
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from attribution.rule import credit
from attribution.rule.instants import SECOND, Instant
from attribution.store import Store, difference_rows
from attribution.store.engine.database import Columns, Connection, among, height
from attribution.store.ids import EPOCH_MS, PER_MS, WRITERS, first_id_at
from attribution.store.steps import stated_block

PAGE = 2000


@dataclass(frozen=True)
class Filter:
    """Which rows: *since* inclusive, *until* exclusive; None does not restrict."""

    since: Instant | None = None
    until: Instant | None = None
    unit: str | None = None
    # Only rows of these units: what an account may see. None does not restrict.
    only: frozenset[str] | None = None
    state: str | None = None  # of SCAN_STATES, CLAIM_STATES or STANDING_STATES
    batch: str | None = None  # only people of whom this feed batch speaks
    # For the progress table: the days of what is new, and the time elapsed in per cent.
    period: tuple[int, int] = (0, 99_999_999)
    share: Decimal | None = None
    by: str = "area"  # which progress table: by area, bank, line or department

    def where(self, time: str, unit: str, states: Mapping[str, str] = {}) -> str:
        """Return conditions on the columns *time* and *unit*, each led by `and`."""
        parts = [among(unit, self.only)[0]]
        if self.state is not None:
            # A state that does not exist has no rows; it must not mean "all".
            parts.append(f" and {states.get(self.state, '1 = 0')}")
        if self.since is not None:
            parts.append(f" and {time} >= :since")
        if self.until is not None:
            parts.append(f" and {time} < :until")
        if self.unit is not None:
            parts.append(f" and {unit} = :unit")
        # Beside an outer join, which standings are asked with, a cluster takes no constant.
        never = f"{unit} <> {unit}" if "s." in unit else "1 = 0"
        return "".join(parts).replace("1 = 0", never)

    def from_scans(self, *, by_unit: bool = False) -> str:
        """
        Return the head of a question about scans in the order of ids, or *by_unit* and id.

        Of one unit, its list has them in order; otherwise the primary key has. From the
        index that PostgreSQL has by unit, each page would sort all that are left (a million
        rows took three minutes): an expression hides the column from its planner.
        """
        if by_unit or self.unit is not None or len(self.only or ()) == 1:
            return "from unit_scan where campaign = :campaign"
        return "from scan where campaign || '' = :campaign"

    def batched(self) -> str:
        """Return the condition, led by `and`, that standing `s` is of the batch."""
        if self.batch is None:
            return ""
        # And whom a hash or a few digits in it may be of.
        return """ and (s.person in (select fact.person from fact
            where fact.campaign = :campaign and fact.batch = :batch)
            or s.person in (select alias.person from alias where alias.campaign = :campaign
                and alias.digest in (select fact.person from fact
                    where fact.campaign = :campaign and fact.batch = :batch)))"""

    def parameters(self) -> dict[str, Any]:
        found = {
            "since": self.since, "until": self.until, "unit": self.unit, "batch": self.batch,
        }
        chosen = {name: value for name, value in found.items() if value is not None}
        return {**chosen, **among("", self.only)[1]}


# coalesce() keeps SQLite away from the index by kind, in which it would read every claim
# that was ever withdrawn, for each claim; the person's own events are a few.
_REVIEW = """(select e.kind from claim_event e where e.campaign = claim.campaign
    and e.person = claim.person and e.claim = claim.id and e.kind <> 'withdrawn'
    order by e.id desc limit 1)"""
_WITHDRAWN = """exists (select 1 from claim_event e where e.campaign = claim.campaign
    and e.person = claim.person and e.claim = claim.id
    and coalesce(e.kind, '') = 'withdrawn')"""

# By which a table says that two of its rows are of one person, without saying who.
_FIRST = """(select min(own.id) from claim own where own.campaign = {of}.campaign
    and own.person = {of}.person)"""

SCAN_STATES = {"counted": "flag is null", "flagged": "flag is not null"}
CLAIM_STATES = {
    "withdrawn": _WITHDRAWN,
    "held": f"not {_WITHDRAWN} and coalesce({_REVIEW}, '') = 'held'",
    "valid": f"not {_WITHDRAWN} and coalesce({_REVIEW}, '') <> 'held'",
    # One a person and unit, the first: what the tables call 登记.
    "first": """not exists (select 1 from claim older where older.campaign = claim.campaign
        and older.person = claim.person and older.unit = claim.unit and older.id < claim.id)""",
}
CLAIM_STATE = (
    f"case when {_WITHDRAWN} then 'withdrawn'"
    f" when coalesce({_REVIEW}, '') = 'held' then 'held' else 'valid' end"
)
_COUNTED = "coalesce(s.credited, s.unit) is not null"
_WAITING = "'not_registered_yet', 'held', 'not_bound_yet', 'no_transaction_yet'"
_RULED_OUT = (
    f"(c.id is not null and s.reason in ({', '.join(map(repr, difference_rows.RULED_OUT))}))"
)
STANDING_STATES = {
    "credited": "s.credited is not null",
    # What the tables call 注册 and 绑卡.
    "registered": f"s.registered_at is not null and {_COUNTED}",
    "bound": f"s.card_bound_at is not null and {_COUNTED}",
    # The categories of a feed's report, as they are now.
    "matched": "(s.credited is not null or s.reason = 'reversed')",
    "waiting": f"s.reason in ({_WAITING})",
    "organic": f"s.reason is not null and s.reason not in ('reversed', {_WAITING})"
    f" and not {_RULED_OUT}",
    "ruled_out": _RULED_OUT,
    **{reason.value: f"s.reason = '{reason.value}'" for reason in credit.Reason},
}


# How far a scan's id may lie from its time; `scan_astray` is an index of those that lie
# further (m014_astray has the same words).
ASTRAY = 60 * SECOND
_IS_ASTRAY = f"abs((id / {PER_MS * WRITERS} + {EPOCH_MS}) * 1000 - at) > {ASTRAY}"


def reach(connection: Connection, campaign: str, chosen: Filter) -> tuple[int, int] | None:
    """
    Return ids below and above all scans of the period; None where none bound it.

    Without them a page of last month walks through all that came since.
    """
    if chosen.since is None and chosen.until is None:
        return None
    times = replace(chosen, unit=None, only=None, state=None)
    if connection.one(
        f"""select 1 as one from scan where campaign = :campaign and {_IS_ASTRAY}
                {times.where("at", "unit")} limit 1""",
        {"campaign": campaign, **times.parameters()},
    ):
        return None
    return (
        0 if chosen.since is None else first_id_at(chosen.since - ASTRAY) - 1,
        (1 << 63) - 1 if chosen.until is None else first_id_at(chosen.until + ASTRAY + SECOND),
    )


def scans(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield scans, oldest first."""
    with store.read() as connection:
        after, before = reach(connection, campaign, chosen) or (0, None)
    bound = {} if before is None else {"before": before}
    yield from pages(
        store, "id", after,
        f"""select id, at, unit, issue, placement, client, flag
            {chosen.from_scans()} and id > :after
                {" and id < :before" if bound else ""}{chosen.where("at", "unit", SCAN_STATES)}
            order by id limit :page""",
        {"campaign": campaign, **bound, **chosen.parameters()},
    )


def claims(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    """Yield claims, oldest first, with what befell them."""
    yield from pages(
        store, "id", 0,
        f"""select claim.id as id, claim.at as at, claim.person as person, claim.last4 as last4,
                claim.unit as unit, claim.issue as issue, claim.placement as placement,
                claim.verified as verified, claim.client as client,
                (select max(e.at) from claim_event e where e.campaign = claim.campaign
                    and e.person = claim.person and e.claim = claim.id
                    and coalesce(e.kind, '') = 'withdrawn')
                    as withdrawn_at,
                (select e.kind from claim_event e where e.campaign = claim.campaign
                    and e.person = claim.person and e.claim = claim.id and e.kind <> 'withdrawn'
                    order by e.id desc limit 1) as review,
                {_FIRST.format(of="claim")} as first_claim
            from claim
            where claim.campaign = :campaign and claim.id > :after
                {chosen.where("claim.at", "claim.unit", CLAIM_STATES)}
            order by claim.id limit :page""",
        {"campaign": campaign, **chosen.parameters()},
    )


def standings(
    store: Store, campaign: str, chosen: Filter, *, credited: bool
) -> Iterator[Columns]:
    """
    Yield people in the order of time: where each stands, and the claim behind it.

    Args:
        credited: Only effective new users. The period and the order then are those of the last
            step, otherwise those of the claim or, without one, of the registration.
    """
    if credited:
        condition = " and s.credited is not null"
        time, unit = "s.effective_at", "s.credited"
    else:
        condition = ""
        time, unit = "coalesce(c.at, s.registered_at)", "coalesce(s.credited, s.unit, c.unit)"
    bound = {"campaign": campaign, **chosen.parameters()}
    order = _Order()
    for page in pages(
        store, "person", "",
        f"""select s.person as person, {time} as time {_STANDING} and s.person > :after{condition}
            {chosen.where(time, unit, STANDING_STATES)}{chosen.batched()}
            order by s.person limit :page""",
        bound,
    ):
        order.add(page["person"], page["time"])
    for persons in order.pages():
        named = {f"person{n}": person for n, person in enumerate(persons)}
        whose = ", ".join(f":{name}" for name in named)
        with store.read() as connection:
            page = connection.columns(
                f"""select s.person as person, s.last4 as last4, s.unit as unit,
                    s.credited as credited, s.reason as reason, s.registered_at as registered_at,
                    s.card_bound_at as card_bound_at, s.first_txn_at as first_txn_at,
                    s.precision as precision, s.effective_at as effective_at,
                    s.decided_at as decided_at, s.grade as grade,
                    c.id as claim, c.at as claimed_at, c.unit as claimed_unit, c.issue as issue,
                    c.placement as placement, c.verified as verified,
                    {_FIRST.format(of="s")} as first_claim
                    {_STANDING} and s.person in ({whose}){condition}
                    {chosen.where(time, unit, STANDING_STATES)}
                    order by coalesce({time}, 0), s.person""",
                {**bound, **named},
            )
        if height(page):
            yield stated_block(page)


_STANDING = """from standing s
    left join claim c on c.campaign = s.campaign and c.person = s.person
        and c.id = coalesce(s.claim, (select max(latest.id) from claim latest
            where latest.campaign = s.campaign and latest.person = s.person))
    where s.campaign = :campaign"""


class _Order:
    """
    People by a time that no index has: a hundred bytes each, where their rows are a thousand.

    What a page of theirs holds is read when it is their turn, and only if it still fits.
    """

    def __init__(self) -> None:
        self._names = bytearray()
        self._ends = array("Q", [0])
        self._times = array("q")

    def add(self, persons: Iterable[str], times: Iterable[Instant | None]) -> None:
        for person in persons:
            self._names += person.encode()
            self._ends.append(len(self._names))
        self._times.extend(time or 0 for time in times)

    def pages(self) -> Iterator[list[str]]:
        """Yield those of a page each, earliest first; of one time, as they were added."""
        order = array("Q", sorted(range(len(self._times)), key=self._times.__getitem__))
        ends = self._ends
        for first in range(0, len(order), PAGE):
            yield [
                self._names[ends[n] : ends[n + 1]].decode() for n in order[first : first + PAGE]
            ]


def pages(
    store: Store, key: str, after: int | str, sql: str, parameters: dict[str, Any]
) -> Iterator[Columns]:
    """Yield what *sql* finds, PAGE rows at a time, each after the last one's *key*."""
    while True:
        with store.read() as connection:
            page = connection.columns(sql, {**parameters, "after": after, "page": PAGE})
        count = height(page)
        if count:
            yield page
        if count < PAGE:
            return
        after = page[key][-1]
