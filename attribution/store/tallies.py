"""The counts, and the proof that they are the counts of the logs."""
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from attribution.rule.instants import DAY, HOUR, day_of
from attribution.store.engine.database import Connection, Row, among
from attribution.store.log import Tallies

KINDS = ("scan", "flagged", "claim", "claimant", "assisted", "registered", "bound", "paid",
         "effective", "effective_hash", "effective_masked")

# Units of one read that proves their counts: so few that nobody waits for it, and so many that
# a cluster, where each question crosses all its shards, is not asked a hundred times.
_TOGETHER = 80


@dataclass(frozen=True)
class NameRange:
    """Units by name: over *after* and up to *last*, whatever is kept of them; None is no bound."""

    after: str | None = None
    last: str | None = None


# One unit, those of a span, or all.
Units = str | NameRange | None


def spans(units: Sequence[str]) -> Iterator[NameRange]:
    """Yield spans of some of the *units* each, which leave out no name that there may be."""
    bounds = [None, *sorted(units)[_TOGETHER - 1 : -1 : _TOGETHER], None]
    yield from map(NameRange, bounds, bounds[1:])


def by_unit(
    connection: Connection, campaign: str, since: int = 0, until: int = 99_999_999
) -> dict[str, dict[str, int]]:
    """Return unit -> kind -> n over the days *since* (inclusive) to *until* (exclusive)."""
    found: dict[str, dict[str, int]] = {}
    for row in connection.rows(
        """select unit, kind, sum(n) as n from tally
           where campaign = :campaign and day >= :since and day < :until
           group by unit, kind""",
        {"campaign": campaign, "since": since, "until": until},
    ):
        found.setdefault(row["unit"], {})[row["kind"]] = int(row["n"])
    return found


def last_days(connection: Connection, campaign: str, kind: str) -> dict[str, int]:
    """Return unit -> the last day (yyyymmdd) on which anything of *kind* was counted of it."""
    rows = connection.rows(
        """select unit, max(day) as day from (
               select unit, day from tally where campaign = :campaign and kind = :kind
               group by unit, day having sum(n) > 0) counted group by unit""",
        {"campaign": campaign, "kind": kind},
    )
    return {row["unit"]: int(row["day"]) for row in rows}


def by_kind(connection: Connection, campaign: str) -> dict[str, int]:
    """Return kind -> n over all units and days."""
    rows = connection.rows(
        "select kind, sum(n) as n from tally where campaign = :campaign group by kind",
        {"campaign": campaign},
    )
    return {row["kind"]: int(row["n"]) for row in rows}


def by_day(
    connection: Connection, campaign: str, since: int, until: int,
    only: Collection[str] | None = None,
) -> dict[int, dict[str, int]]:
    """Return day -> kind -> n, of the units *only* (None: all)."""
    condition, parameters = among("unit", only)
    found: dict[int, dict[str, int]] = {}
    for row in connection.rows(
        f"""select day, kind, sum(n) as n from tally
           where campaign = :campaign and day >= :since and day < :until{condition}
           group by day, kind""",
        {"campaign": campaign, "since": since, "until": until, **parameters},
    ):
        found.setdefault(row["day"], {})[row["kind"]] = int(row["n"])
    return found


def by_unit_and_day(
    connection: Connection, campaign: str, kind: str, since: int, until: int
) -> dict[str, dict[int, int]]:
    """Return unit -> day -> n of one *kind*."""
    found: dict[str, dict[int, int]] = {}
    for row in connection.rows(
        """select unit, day, sum(n) as n from tally where campaign = :campaign and kind = :kind
               and day >= :since and day < :until
           group by unit, day""",
        {"campaign": campaign, "kind": kind, "since": since, "until": until},
    ):
        found.setdefault(row["unit"], {})[row["day"]] = int(row["n"])
    return found


def recorded(connection: Connection, campaign: str, units: Units = None) -> Tallies:
    """Return the tallies as kept, without zeros; of one unit, of some or all."""
    condition, parameters = _of(units)
    rows = connection.rows(
        f"""select unit, day, kind, sum(n) as n from tally where campaign = :campaign{condition}
            group by unit, day, kind having sum(n) <> 0""",
        {"campaign": campaign, **parameters},
    )
    return Counter({(row["unit"], row["day"], row["kind"]): int(row["n"]) for row in rows})


def counted(connection: Connection, campaign: str, units: Units = None) -> Tallies:
    """
    Count the logs afresh, with what was counted before the retention job took it.

    Args:
        units: Only this one, or these; None for all, which is a long read on a large ledger.
    """
    tallies: Tallies = Counter()
    condition, named = _of(units)
    parameters = {"campaign": campaign, **named}
    for row in connection.rows(
        f"select unit, day, kind, n from tally_kept where campaign = :campaign{condition}",
        parameters,
    ):
        tallies[row["unit"], row["day"], row["kind"]] += int(row["n"])
    for row in connection.rows(
        f"""select unit, day, case when flag is null then 'scan' else 'flagged' end as kind,
               count(*) as n
           from {"scan" if units is None else "unit_scan"} where campaign = :campaign{condition}
           group by unit, day, case when flag is null then 'scan' else 'flagged' end""",
        parameters,
    ):
        tallies[row["unit"], row["day"], row["kind"]] += int(row["n"])
    claims = f"select unit, at from claim where campaign = :campaign{condition}"
    _add_days(connection, tallies, parameters, claims, "claim")
    # People, not forms: someone who claims a unit twice is one person, that first day.
    people = f"""select unit, min(at) as at from claim where campaign = :campaign{condition}
                group by person, unit"""
    _add_days(connection, tallies, parameters, people, "claimant")
    # Of these, whose first claim of the unit was taken at its counter. Looked up by person:
    # with coalesce() no index of units is thought of, which would read all of the unit's each time.
    helped = f"""select unit, at from claim
                where campaign = :campaign and client = 'counter'{condition}
                    and not exists (select 1 from claim earlier
                        where earlier.campaign = claim.campaign
                            and earlier.person = claim.person
                            and coalesce(earlier.unit, '') = claim.unit
                            and (earlier.at < claim.at
                                or (earlier.at = claim.at and earlier.id < claim.id)))"""
    _add_days(connection, tallies, parameters, helped, "assisted")
    # Two conditions that an index each answers; coalesce() would read everyone.
    credited, _ = _of(units, "credited")
    whose = condition and f" and ((1 = 1{credited}) or (credited is null{condition}))"
    for kind, column, more in (
        ("registered", "registered_at", ""), ("bound", "card_bound_at", ""),
        ("paid", "first_txn_at", ""), ("effective", "effective_at", ""),
        ("effective_hash", "effective_at", " and grade = 'hash'"),
        ("effective_masked", "effective_at", " and grade = 'masked'"),
    ):
        standings = f"""select coalesce(credited, unit) as unit, {column} as at from standing
                where campaign = :campaign and coalesce(credited, unit) is not null
                    and {column} is not null{more}{whose}"""
        _add_days(connection, tallies, parameters, standings, kind)
    return tallies


def keep(connection: Connection, campaign: str, counts: Tallies) -> None:
    """Add to what is counted although the retention job took it from the logs."""
    connection.run_many(
        """insert into tally_kept (campaign, unit, day, kind, n)
           values (:campaign, :unit, :day, :kind, :n)
           on conflict (campaign, unit, day, kind) do update set n = tally_kept.n + excluded.n""",
        [
            {"campaign": campaign, "unit": unit, "day": day, "kind": kind, "n": n}
            for (unit, day, kind), n in sorted(counts.items())
        ],
    )


def forget_zeros(connection: Connection, campaign: str) -> None:
    """Delete counts of nothing."""
    connection.run("delete from tally where campaign = :campaign and n = 0", {"campaign": campaign})


def _of(units: Units, column: str = "unit") -> tuple[str, Row]:
    """Return a condition (led by `and`) that *column* is among *units*, and its parameters."""
    if isinstance(units, str):
        return f" and {column} = :unit", {"unit": units}
    bounds = {} if units is None else {"after": units.after, "last": units.last}
    named = {name: bound for name, bound in bounds.items() if bound is not None}
    signs = {"after": ">", "last": "<="}
    return "".join(f" and {column} {signs[name]} :{name}" for name in named), named


def fold(connection: Connection, campaign: str, before: int) -> int:
    """
    Add up the slots of the days before *before*; return how many rows that spared.

    Nobody fights over those any more, and reports read one row for each count again.
    """
    bound = {"campaign": campaign, "before": before}
    connection.alone("tally")
    rows = connection.rows(
        """select unit, day, kind, slot, n from tally
           where campaign = :campaign and day < :before and slot > 0""",
        bound,
    )
    sums: Tallies = Counter()
    for row in rows:
        sums[row["unit"], row["day"], row["kind"]] += int(row["n"])
    connection.run(
        "delete from tally where campaign = :campaign and day < :before and slot > 0", bound
    )
    connection.run_many(
        """insert into tally (campaign, unit, day, kind, slot, n)
           values (:campaign, :unit, :day, :kind, :slot, :n)
           on conflict (campaign, unit, day, kind, slot) do update set n = tally.n + excluded.n""",
        [
            {"campaign": campaign, "unit": unit, "day": day, "kind": kind,
             "slot": connection.folded(unit), "n": n}
            for (unit, day, kind), n in sorted(sums.items())
        ],
    )
    return len(rows) - len(sums)


def _add_days(
    connection: Connection, tallies: Tallies, parameters: Row, instants: str, kind: str
) -> None:
    """Count the rows *instants* selects by unit and day, in the database: memory stays flat."""
    # Days since 1970 in Shanghai, by whole-number division; no engine needs a calendar.
    for row in connection.rows(
        f"""select unit, (at + {8 * HOUR}) / {DAY} as days, count(*) as n
            from ({instants}) counted group by unit, (at + {8 * HOUR}) / {DAY}""",
        parameters,
    ):
        tallies[row["unit"], day_of(int(row["days"]) * DAY), kind] += int(row["n"])
