"""
Locked periods: the numbers as they were reported, and what changed them afterwards.

A lock posts the tallies of its own days, and for every day of an earlier lock the
difference that corrections have made since. So the sum of all postings is what stood
at the latest lock, what it lacks to the tallies is what the open period has corrected,
and a window of days reports the same numbers for ever once its last day is locked.
"""
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from attribution.store import tallies
from attribution.store.engine.database import Connection, Row, among

# unit -> kind -> n
Counts = dict[str, dict[str, int]]


@dataclass
class Reported:
    """
    What is reported of some days.

    *fresh* is what happened on them; *corrected* what was decided in periods that
    begin on one of them, about days that were locked by then. Their sum is the total.
    """

    fresh: Counts = field(default_factory=dict)
    corrected: Counts = field(default_factory=dict)

    def total(self) -> Counts:
        total = {unit: Counter(kinds) for unit, kinds in self.fresh.items()}
        for unit, kinds in self.corrected.items():
            total.setdefault(unit, Counter()).update(kinds)
        return {unit: dict(kinds) for unit, kinds in total.items()}


def add_request(connection: Connection, campaign: str, row: Row) -> None:
    """Keep the wish to lock a period."""
    connection.run(
        """insert into period_request (campaign, id, at, until, asked_by)
           values (:campaign, :id, :at, :until, :asked_by)""",
        {"campaign": campaign, **row},
    )


def request(connection: Connection, campaign: str, id: int) -> Row | None:
    """Return the wish *id*, or None."""
    return connection.one(
        """select id, at, until, asked_by from period_request
           where campaign = :campaign and id = :id""",
        {"campaign": campaign, "id": id},
    )


def requests(connection: Connection, campaign: str) -> list[Row]:
    """Return the wishes that no lock has overtaken, oldest first."""
    return connection.rows(
        """select id, at, until, asked_by from period_request
           where campaign = :campaign and until > :latest order by id""",
        {"campaign": campaign, "latest": locked_until(connection, campaign)},
    )


def locks(connection: Connection, campaign: str) -> list[Row]:
    """Return the locks, oldest first."""
    return connection.rows(
        """select since, until, id, at, request, asked_by, approved_by, rows from period_lock
           where campaign = :campaign order by until""",
        {"campaign": campaign},
    )


def locked_until(connection: Connection, campaign: str) -> int:
    """Return the day (yyyymmdd) before which everything is locked; 0 when nothing is."""
    row = connection.one(
        "select max(until) as until from period_lock where campaign = :campaign",
        {"campaign": campaign},
    )
    return int(row["until"] or 0) if row else 0


def postings(connection: Connection, campaign: str, until: int) -> list[tuple[str, int, str, int]]:
    """Return what a lock of all days before *until* would post: unit, day, kind, n."""
    found: Counter[tuple[str, int, str]] = Counter()
    for sign, table in ((1, "tally"), (-1, "period_count")):
        for row in connection.rows(
            f"""select unit, day, kind, sum(n) as n from {table}
                where campaign = :campaign and day < :until group by unit, day, kind""",
            {"campaign": campaign, "until": until},
        ):
            found[row["unit"], row["day"], row["kind"]] += sign * int(row["n"])
    return [(*key, n) for key, n in sorted(found.items()) if n]


def add_lock(
    connection: Connection, campaign: str, lock: Row, counts: Collection[Row]
) -> None:
    """Append a lock with its postings; the keys refuse a second one of the same days."""
    connection.run(
        """insert into period_lock (campaign, since, until, id, at, request, asked_by,
               approved_by, rows)
           values (:campaign, :since, :until, :id, :at, :request, :asked_by, :approved_by,
               :rows)""",
        {"campaign": campaign, **lock},
    )
    connection.run_many(
        """insert into period_count (campaign, until, unit, day, kind, id, n)
           values (:campaign, :until, :unit, :day, :kind, :id, :n)""",
        [{"campaign": campaign, "until": lock["until"], **row} for row in counts],
    )


def incomplete(connection: Connection, campaign: str) -> list[Row]:
    """Return the locks whose postings are not as many as they say, or lie outside them."""
    return connection.rows(
        """select period_lock.until as until, period_lock.rows as rows,
               count(period_count.id) as found
           from period_lock left join period_count
               on period_count.campaign = period_lock.campaign
               and period_count.until = period_lock.until
               and period_count.day < period_lock.until
           where period_lock.campaign = :campaign
           group by period_lock.until, period_lock.rows
           having count(period_count.id) <> period_lock.rows""",
        {"campaign": campaign},
    )


def reported(
    connection: Connection, campaign: str, since: int = 0, until: int = 99_999_999
) -> Reported:
    """Return what is reported of the days *since* (inclusive) to *until* (exclusive)."""
    latest = locked_until(connection, campaign)
    made = Reported(tallies.by_unit(connection, campaign, max(since, latest), until))
    if not latest:
        return made
    window = {"campaign": campaign, "since": since, "until": until}
    of_locks = """select period_count.unit as unit, period_count.kind as kind,
            sum(period_count.n) as n
        from period_count join period_lock on period_lock.campaign = period_count.campaign
            and period_lock.until = period_count.until
        where period_count.campaign = :campaign and {condition}
        group by period_count.unit, period_count.kind"""
    _add(made.fresh, connection.rows(of_locks.format(
        condition="""period_count.day >= period_lock.since
            and period_count.day >= :since and period_count.day < :until"""), window))
    _add(made.corrected, connection.rows(of_locks.format(
        condition="""period_count.day < period_lock.since
            and period_lock.since >= :since and period_lock.since < :until"""), window))
    if since <= latest < until:
        _add(made.corrected, connection.rows(
            """select unit, kind, sum(n) as n from (
                   select unit, kind, n from tally where campaign = :campaign and day < :latest
                   union all
                   select unit, kind, -n from period_count where campaign = :campaign
               ) as since_then group by unit, kind having sum(n) <> 0""",
            {"campaign": campaign, "latest": latest},
        ))
    return made


def by_day(
    connection: Connection, campaign: str, since: int, until: int,
    only: Collection[str] | None = None,
) -> dict[int, dict[str, int]]:
    """Return day -> kind -> n as reported, corrections apart, of the units *only* (None: all)."""
    latest = locked_until(connection, campaign)
    found = tallies.by_day(connection, campaign, max(since, latest), until, only)
    if since < latest:
        condition, parameters = among("period_count.unit", only)
        for row in connection.rows(
            f"""select period_count.day as day, period_count.kind as kind,
                    sum(period_count.n) as n
                from period_count join period_lock
                    on period_lock.campaign = period_count.campaign
                    and period_lock.until = period_count.until
                where period_count.campaign = :campaign
                    and period_count.day >= period_lock.since
                    and period_count.day >= :since and period_count.day < :until{condition}
                group by period_count.day, period_count.kind""",
            {"campaign": campaign, "since": since, "until": until, **parameters},
        ):
            found.setdefault(row["day"], {})[row["kind"]] = int(row["n"])
    return found


def by_unit_and_day(
    connection: Connection, campaign: str, kind: str, since: int, until: int
) -> dict[str, dict[int, int]]:
    """Return unit -> day -> n of one *kind* as reported, corrections apart."""
    latest = locked_until(connection, campaign)
    found = tallies.by_unit_and_day(connection, campaign, kind, max(since, latest), until)
    if since < latest:
        for row in connection.rows(
            """select period_count.unit as unit, period_count.day as day,
                   sum(period_count.n) as n
               from period_count join period_lock
                   on period_lock.campaign = period_count.campaign
                   and period_lock.until = period_count.until
               where period_count.campaign = :campaign and period_count.kind = :kind
                   and period_count.day >= period_lock.since
                   and period_count.day >= :since and period_count.day < :until
               group by period_count.unit, period_count.day""",
            {"campaign": campaign, "kind": kind, "since": since, "until": until},
        ):
            found.setdefault(row["unit"], {})[row["day"]] = int(row["n"])
    return found


def _add(counts: Counts, rows: list[Row]) -> None:
    for row in rows:
        kinds = counts.setdefault(row["unit"], {})
        kinds[row["kind"]] = kinds.get(row["kind"], 0) + int(row["n"])
