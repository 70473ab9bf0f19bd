"""
How the county's goals stand, and what areas brought for each hundred households.

A goal that the ledger can count is counted; of the others the latest stated figure stands, with
its day and source. Pace is what is left, by the days that are left, beside what the last two
figures made of a day. Stated figures never enter the ledger's own.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from attribution.office.stated_figures import HOUSEHOLDS, USERS
from attribution.reports import progress
from attribution.rule.instants import Instant, day_of
from attribution.store import Store, figure_log
from attribution.store.engine.database import Row
from qrgen.campaign import Campaign, Goal

# The goal that the ledger counts: effective new users.
COUNTED = "new_users"


@dataclass(frozen=True)
class GoalStand:
    """
    How one goal stands.

    Args:
        number: What was reached; None while nobody stated it.
        day: Of which day that is (yyyymmdd).
        source: Who says so; empty: the ledger.
        share: In percent, to a tenth; None without a number.
        left: What is missing, never less than none.
        needed: A day, from *day* to the goal's; None without a number, or with no day left.
        rate: A day, between the last two figures; None with fewer than two.
        likely: What that makes at the goal's day.
    """

    goal: Goal
    number: int | None = None
    day: int | None = None
    source: str = ""
    share: Decimal | None = None
    left: int | None = None
    needed: Decimal | None = None
    rate: Decimal | None = None
    likely: int | None = None


@dataclass(frozen=True)
class AreaBase:
    """
    What a survey counted in an area, and what it brought since.

    Args:
        per_hundred: Effective new users for each hundred households, to a tenth.
    """

    unit: str
    name: str
    households: Row | None
    users: Row | None
    effective: int
    per_hundred: Decimal | None


def stands(campaign: Campaign, rows: Sequence[Row], counted: int, now: Instant) -> list[GoalStand]:
    """
    Return each goal of *campaign* by what was stated, *rows* as `figure_log.standing` has them.

    Args:
        counted: Effective new users of the county, by the ledger.
    """
    told: dict[str, list[Row]] = {}
    for row in rows:
        told.setdefault(row["subject"], []).append(row)
    made = []
    for goal in campaign.goals:
        if goal.key == COUNTED:
            begun = day_of(int(campaign.start.timestamp() * 1_000_000))
            pair = [(begun, 0), (day_of(now), counted)]
            made.append(_stand(goal, pair, ""))
        elif goal.key in told:
            some = told[goal.key]
            pair = [(row["day"], row["number"]) for row in some[-2:]]
            made.append(_stand(goal, pair, some[-1]["source"]))
        else:
            made.append(GoalStand(goal))
    return made


def _stand(goal: Goal, pair: Sequence[tuple[int, int]], source: str) -> GoalStand:
    day, number = pair[-1]
    left = max(goal.number - number, 0)
    days = (goal.by - _date(day)).days
    passed = (_date(day) - _date(pair[0][0])).days
    rate = Decimal(number - pair[0][1]) / passed if len(pair) > 1 and passed > 0 else None
    return GoalStand(
        goal, number, day, source, _tenth(Decimal(100 * number) / goal.number), left,
        None if days <= 0 else _tenth(Decimal(left) / days),
        None if rate is None else _tenth(rate),
        None if rate is None or days < 0 else number + int((rate * days).to_integral_value()),
    )


def bases(store: Store, campaign: Campaign, rows: Sequence[Row]) -> list[AreaBase]:
    """Return every area with its latest survey and what it brought up to now."""
    latest: Mapping[tuple[str, str], Row] = {(row["subject"], row["unit"]): row for row in rows}
    made = []
    for line in progress.by_area(store, campaign.id).lines:
        if line.rest:
            continue
        households = latest.get((HOUSEHOLDS, line.key))
        effective = line.counts.get("effective", 0)
        made.append(AreaBase(
            line.key, line.name, households, latest.get((USERS, line.key)), effective,
            _tenth(Decimal(100 * effective) / households["number"])
            if households and households["number"] else None,
        ))
    return made


def read(store: Store, campaign: Campaign, now: Instant) -> tuple[list[GoalStand], list[AreaBase]]:
    """Return how the goals and the areas of *campaign* stand."""
    with store.read() as connection:
        rows = figure_log.standing(connection, campaign.id)
    total = progress.by_area(store, campaign.id).total
    return (
        stands(campaign, rows, total.counts.get("effective", 0), now),
        bases(store, campaign, rows),
    )


def _date(day: int) -> date:
    return date(day // 10_000, day // 100 % 100, day % 100)


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)
