"""Facts, credits, corrections, and the standing derived from them, by the person."""
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, NamedTuple

from attribution.faults import Code
from attribution.rule import credit
from attribution.rule.instants import Instant
from attribution.rule.masked import MaskedRow
from attribution.rule.stated import Stated, are_instants, as_columns, from_columns
from attribution.rule.terms import RULE
from attribution.rule.unit_history import led_to
from attribution.store.engine.database import Columns, Connection, Row
from attribution.store.steps import STEPS


class FactRow(NamedTuple):
    """What one row of the platform's file or API said."""

    id: int
    campaign: str
    person: str
    as_of: Instant
    received_at: Instant
    batch: str
    last4: str
    registered_at: Stated | None
    card_bound_at: Stated | None
    first_txn_at: Stated | None
    grade: str | None = None  # by what of the number (rule.people.Grade); None: all of it


class Standing(NamedTuple):
    """Where one person stands now; exactly one of *credited* and *reason* is set."""

    person: str
    last4: str
    unit: str | None
    claim: int | None
    credited: str | None
    reason: str | None
    registered_at: Stated | None
    card_bound_at: Stated | None
    first_txn_at: Stated | None
    effective_at: Instant | None
    grade: str | None = None  # by what of the number the facts came; None: all of it
    rule: int = RULE  # by which it was made


class Unclaimed(NamedTuple):
    """Where people stand whom nobody claimed, by columns that `Standing` names."""

    person: Sequence[str] = ()
    last4: Sequence[str] = ()
    reason: Sequence[str] = ()
    registered_at: Sequence[Stated | None] = ()
    card_bound_at: Sequence[Stated | None] = ()
    first_txn_at: Sequence[Stated | None] = ()


NOBODY = Unclaimed()


class Met(NamedTuple):
    """
    What is read of persons first, and says of whom more is to be read.

    Args:
        standings: Where those stand who stand anywhere.
        claims: What they claimed: id, unit, at, verified, last4, where the unit's codes lead.
        aliases: Under what else the platform speaks of them; kind -> digest.
    """

    standings: dict[str, "Standing"]
    claims: dict[str, list[tuple[Any, ...]]]
    aliases: dict[str, dict[str, str]]


@dataclass(slots=True)
class SameDigits:
    """Everybody who claimed with the digits of one masked number, and what was said of it."""

    digest: str
    rows: list[MaskedRow]
    members: dict[str, "History"] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """
    All the ledger holds about one person.

    Args:
        hashed: What was said under the hash of their number.
        unmasked: What was said under its digits, and was theirs when their name went.
        group: Who claimed with the same digits, where anything was said under these.
    """

    last4: str = ""
    claims: list[credit.Claim] = field(default_factory=list)
    facts: list[credit.Fact] = field(default_factory=list)
    hashed: list[credit.Fact] = field(default_factory=list)
    unmasked: list[credit.Fact] = field(default_factory=list)
    group: SameDigits | None = None
    corrections: list[credit.Adjustment] = field(default_factory=list)  # made by people
    standing: Standing | None = None
    credited_before: bool = False  # a credit row exists
    decided: int = 0  # the highest id of a credit or adjustment row

    def with_correction(self, correction: credit.Adjustment) -> "History":
        """Return the history as it is once people's *correction* is written."""
        return replace(
            self, corrections=[*self.corrections, correction],
            decided=max(self.decided, correction.id),
        )

    def with_hold(self, claim_id: int, held: bool) -> "History":
        """Return the history as it is once the claim *claim_id* is held, or released."""
        return replace(self, claims=[
            claim._replace(held=held, withdrawn=False) if claim.id == claim_id else claim
            for claim in self.claims
        ])


# Parameters a statement may carry: SQLite allows 32 766, PostgreSQL 65 535.
CHUNK = 500

_STANDING = (
    "person, last4, unit, claim, credited, reason, registered_at, card_bound_at,"
    " first_txn_at, precision, effective_at, grade, rule"
)


def meet(connection: Connection, campaign: str, persons: Sequence[str]) -> Met:
    """Return what is read of *persons* first, whom nobody else judges from here on."""
    # In a transaction that writes, what is read here stays true until it ends.
    connection.hold(campaign, persons)
    claims: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for person, *claim in _about(
        connection, campaign,
        "person, id, unit, at, verified, last4,"
        " (select leads from unit where unit.campaign = claim.campaign"
        "  and unit.id = claim.unit) as leads",
        "claim", persons,
    ):
        claims[person].append(tuple(claim))
    return Met(standings_of(connection, campaign, persons), dict(claims), {})


def histories(
    connection: Connection, campaign: str, persons: Sequence[str], met: Met | None = None
) -> dict[str, History]:
    """
    Return the history of each of *persons* (at most CHUNK), empty where there is none.

    Args:
        met: What `meet` found of these and perhaps of others, in this transaction. Whoever
            has a fact stands somewhere, as every transaction leaves it: that is trusted then,
            and spares looking for more of many who were never heard of.
    """
    found: dict[str, History] = {person: History() for person in persons}
    if not persons:
        return found
    known, claims, _ = meet(connection, campaign, persons) if met is None else met
    claimants = [person for person in persons if person in claims]
    told = persons if met is None else [
        person for person in persons if person in known or person in claims
    ]
    for person, last4, as_of, registered, bound, paid, precision, grade in _about(
        connection, campaign,
        "person, last4, as_of, registered_at, card_bound_at, first_txn_at, precision, grade",
        "fact", told,
    ):
        history = found[person]
        history.last4 = history.last4 or last4
        fact = credit.Fact(as_of, *from_columns((registered, bound, paid), precision))
        if grade is None:
            history.facts.append(fact)
        else:
            (history.hashed if grade == "hash" else history.unmasked).append(fact)
    # Of somebody without a claim nothing was ever decided or corrected.
    decided = [*claimants]
    for person in persons:
        standing = known.get(person)
        if standing is not None:
            found[person].standing = standing
            if standing.claim is not None and person not in claims:
                decided.append(person)
    events: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for _, claim, id, kind in _about(
        connection, campaign, "person, claim, id, kind", "claim_event", claimants
    ):
        events[claim].append((id, kind))
    for person in claimants:
        history = found[person]
        for id, unit, at, verified, last4, leads in claims[person]:
            held, withdrawn = _state(events[id]) if id in events else (False, False)
            history.last4 = last4
            counted, active = claimed(unit, leads, at)
            history.claims.append(
                credit.Claim(id, counted, at, bool(verified), held, withdrawn, active)
            )
    for person, id, kind, to_unit, automatic in _about(
        connection, campaign, "person, id, kind, to_unit, automatic", "adjustment", decided
    ):
        history = found[person]
        history.decided = max(history.decided, id)
        if not automatic:
            history.corrections.append(credit.Adjustment(id, kind, to_unit))
    for person, id in _about(connection, campaign, "person, id", "credit", decided):
        history = found[person]
        history.credited_before = True
        history.decided = max(history.decided, id)
    return found


def _about(
    connection: Connection, campaign: str, columns: str, table: str, persons: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the *columns* of the rows in *table* that are about *persons*."""
    if not persons:
        return iter(())
    block = connection.columns(
        f"select {columns} from {table} where campaign = :campaign and person = any(:persons)",
        {"campaign": campaign, "persons": [*persons]},
    )
    return zip(*block.values(), strict=True)
def claimed(unit: str, leads: str | None, at: Instant) -> tuple[str, bool]:
    """
    Return for which unit a claim counts that was made with *unit*'s code at *at*, and whether
    that unit was active then.
    """
    if leads is None:
        return unit, True
    told = led_to(unit, json.loads(leads), at)
    return (unit, False) if told is None else (told, True)


def judged_before(connection: Connection, campaign: str) -> bool:
    """Whether somebody stands where an earlier rule of credit put them."""
    # The number is written out, for that is what the index of such rows is by.
    return connection.one(
        f"select 1 as found from standing where campaign = :campaign and rule < {RULE} limit 1",
        {"campaign": campaign},
    ) is not None


def counts_or_may(connection: Connection, campaign: str, person: str) -> bool:
    """Whether *person* is credited, or claimed with what may yet be."""
    row = connection.one(
        """select person from standing where campaign = :campaign and person = :person
               and (credited is not null or unit is not null)""",
        {"campaign": campaign, "person": person},
    )
    return row is not None


def standings_of(
    connection: Connection, campaign: str, persons: Sequence[str]
) -> dict[str, Standing]:
    """Return where those of *persons* (at most CHUNK) stand who stand anywhere."""
    found: dict[str, Standing] = {}
    for row in _about(connection, campaign, _STANDING, "standing", persons):
        found[row[0]] = Standing._make((*row[:6], *from_columns(row[6:9], row[9]), *row[10:]))
    return found


def add_facts(connection: Connection, facts: Iterable[FactRow]) -> None:
    """Append *facts*."""
    _insert(connection, "fact", _block(FactRow._fields, facts), {})


def add_fact_columns(connection: Connection, block: Columns, constants: Row) -> None:
    """Append facts by columns, which `FactRow` names; *constants* are the same in all of them."""
    _insert(connection, "fact", _as_kept(block), constants)


def _block(fields: Sequence[str], rows: Iterable[FactRow | Standing]) -> Columns:
    """Return *rows* by their columns, their steps as they are kept."""
    return _as_kept(dict(zip(fields, zip(*rows, strict=True), strict=False)))


def _as_kept(block: Columns) -> Columns:
    """Return *block* with its steps as they are kept, and without what is null throughout."""
    steps = [block[step] for step in STEPS] if block else []
    if not all(map(are_instants, steps)):  # nearly always they are
        kept = [as_columns(values) for values in zip(*steps, strict=True)]
        columns = zip(*(instants for instants, _ in kept), strict=True)
        precision = [precision for _, precision in kept]
        block = {**block, **dict(zip(STEPS, columns, strict=True)), "precision": precision}
    return {name: values for name, values in block.items() if set(values) != {None}}


def _insert(
    connection: Connection, table: str, block: Columns, constants: Row, conflict: str = ""
) -> None:
    """Insert *block*; columns that it has not are null, and cost nothing."""
    names = [*constants, *block]
    connection.run_block(
        f"""insert into {table} ({", ".join(names)})
           values ({", ".join(f":{name}" for name in names)}){conflict}""",
        block, constants,
    )


def batch(connection: Connection, campaign: str, id: str) -> Row | None:
    """Return the feed batch *id*, or None."""
    return connection.one(
        """select id, sha256, source, as_of, received_at, row_count from batch
           where campaign = :campaign and id = :id""",
        {"campaign": campaign, "id": id},
    )


def batch_with(connection: Connection, campaign: str, sha256: str) -> Row | None:
    """Return the batch whose content is *sha256*, or None."""
    return connection.one(
        """select id, sha256, source, as_of, received_at, row_count from batch
           where campaign = :campaign and sha256 = :sha256""",
        {"campaign": campaign, "sha256": sha256},
    )


def add_batch(connection: Connection, campaign: str, row: Row) -> None:
    """Record a feed batch; a second one with its id violates the key."""
    connection.run(
        """insert into batch (campaign, id, sha256, source, as_of, received_at, row_count, by_whom)
           values (:campaign, :id, :sha256, :source, :as_of, :received_at, :row_count, :by_whom)""",
        {"campaign": campaign, **row},
    )


_OVER = " on conflict (campaign, person) do update set " + ", ".join(
    f"{name} = excluded.{name}" for name in (*Standing._fields[1:], "precision", "decided_at")
)


def put_standings(
    connection: Connection, campaign: str, standings: Iterable[Standing], decided_at: Instant
) -> None:
    """Write where people stand now, over what was there."""
    block = _block(Standing._fields, standings)
    _insert(connection, "standing", block, {"campaign": campaign, "decided_at": decided_at}, _OVER)


def put_unclaimed(
    connection: Connection, campaign: str, new: Unclaimed, decided_at: Instant
) -> None:
    """Write where those stand who stood nowhere, and whom nobody claimed."""
    _insert(
        connection, "standing", _as_kept(new._asdict()),
        {"campaign": campaign, "decided_at": decided_at, "rule": RULE}, _OVER,
    )


def add_credits(connection: Connection, rows: Iterable[Row]) -> None:
    """Append first credits. The key (campaign, person) refuses a second one; no ``grade``: None."""
    connection.run_many(
        """insert into credit (campaign, person, id, unit, claim, effective_at, decided_at, policy,
               grade)
           values (:campaign, :person, :id, :unit, :claim, :effective_at, :decided_at, :policy,
               :grade)""",
        [{"grade": None, **row} for row in rows],
    )


def add_adjustments(connection: Connection, rows: Iterable[Row]) -> None:
    """Append corrections, by people or by the rule itself."""
    connection.run_many(
        """insert into adjustment (campaign, person, id, at, kind, from_unit, to_unit, reason,
               note, automatic, asked_by, approved_by)
           values (:campaign, :person, :id, :at, :kind, :from_unit, :to_unit, :reason,
               :note, :automatic, :asked_by, :approved_by)""",
        list(rows),
    )


def unfounded_credits(connection: Connection, campaign: str) -> dict[Code, list[Row]]:
    """Return credits that lack what must stand behind them, by what they lack."""
    parameters = {"campaign": campaign}
    return {
        Code.CREDIT_WITHOUT_CLAIM: connection.rows(
            """select id, unit from credit where campaign = :campaign and not exists (
                   select 1 from claim where claim.campaign = credit.campaign
                       and claim.person = credit.person and claim.id = credit.claim)
               order by id""",
            parameters,
        ),
        # Of whom nothing was said by the whole number; `proof.checks` asks for the rest.
        Code.CREDIT_WITHOUT_FACT: connection.rows(
            """select id, unit, person from credit where campaign = :campaign and not exists (
                   select 1 from fact where fact.campaign = credit.campaign
                       and fact.person = credit.person)
               order by id""",
            parameters,
        ),
        Code.CREDIT_TWICE: connection.rows(
            """select max(id) as id, max(unit) as unit from credit where campaign = :campaign
               group by person having count(*) > 1""",
            parameters,
        ),
    }


def policies(connection: Connection, campaign: str) -> list[Row]:
    """Return under what credits were decided: policy, how many, the first id, the last time."""
    return connection.rows(
        """select policy, count(*) as n, min(id) as id, max(decided_at) as decided_at
           from credit where campaign = :campaign group by policy order by policy""",
        {"campaign": campaign},
    )


def unapproved_adjustments(connection: Connection, campaign: str) -> list[Row]:
    """Return corrections by people behind which no approved proposal of two stands."""
    return connection.rows(
        """select id, kind from adjustment where campaign = :campaign and automatic = 0
               and not exists (
                   select 1 from proposal join proposal_answer answer
                       on answer.campaign = proposal.campaign and answer.proposal = proposal.id
                   where proposal.campaign = adjustment.campaign
                       and proposal.person = adjustment.person
                       and proposal.kind = adjustment.kind
                       and proposal.asked_by = adjustment.asked_by
                       and answer.answer = 'approved'
                       and answer.answered_by = adjustment.approved_by
                       and answer.answered_by <> proposal.asked_by)
           order by id""",
        {"campaign": campaign},
    )


def persons_after(
    connection: Connection, campaign: str, after: str, limit: int = CHUNK, *,
    shelved: bool = False,
) -> list[str]:
    """
    Return the next *limit* persons with a claim or a fact, in the order of their digests.

    Args:
        shelved: With what facts by less than the number stand under, which is nobody's name.
    """
    by_number = "" if shelved else " and grade is null"
    # Each limited by itself, so that none is read to its end for every page.
    pages = " union ".join(
        f"""select person from (select distinct person from {table}
                where campaign = :campaign and person > :after{further}
                order by person limit :limit) {table}_page"""
        for table, further in (("claim", ""), ("fact", by_number), ("standing", ""))
    )
    rows = connection.rows(
        f"select person from ({pages}) everyone order by person limit :limit",
        {"campaign": campaign, "after": after, "limit": limit},
    )
    return [row["person"] for row in rows]


def credited_by_log(
    connection: Connection, campaign: str, persons: Sequence[str]
) -> dict[str, str | None]:
    """Return whom credit and adjustment rows alone make the credited unit of each person."""
    told: dict[str, str | None] = dict.fromkeys(persons)
    for table, unit in (("credit", "unit"), ("adjustment", "to_unit")):
        # Sorted here: asked for the order, SQLite reads the whole table by it.
        for person, _, to in sorted(
            _about(connection, campaign, f"person, id, {unit}", table, persons),
            key=itemgetter(1),
        ):
            told[person] = to
    return told


def _state(events: Iterable[tuple[int, str]]) -> tuple[bool, bool]:
    """Return (held, withdrawn). A withdrawal stands; of hold and release the later one does."""
    held = withdrawn = False
    for _, kind in sorted(events):
        if kind == "withdrawn":
            withdrawn = True
        else:
            held = kind == "held"
    return held, withdrawn
