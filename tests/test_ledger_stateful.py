# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Any order, any batching, any duplication of claims and facts: the same credits.

Played on both engines through the real edges, and compared with a second
implementation of the rule over everything.
"""
import csv
import itertools
from pathlib import Path

import book
import pytest
from factories import make_phone
from feeding import import_feed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import KINDS, new_service, wipe

from attribution import judging
from attribution.facts import intake
from attribution.proof import checks
from attribution.rule import credit, instants
from attribution.rule.instants import DAY, HOUR, MINUTE
from attribution.rule.people import identify
from attribution.store import log, standings

UNITS = ("A01", "N07", "D01", "B01")
PEOPLE = 3
QUICK = settings(
    max_examples=8, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def spans(*days):
    return st.sampled_from([day * DAY + extra for day in days for extra in (0, 4 * MINUTE, HOUR)])


CLAIM = st.tuples(
    st.just("claim"), st.integers(1, PEOPLE), st.sampled_from(UNITS), spans(-31, -8, -7, -1, 0),
    st.booleans(),
)
def stated(*days):
    """An instant of one of *days*, that day, void, "not yet" or nothing."""
    return st.tuples(st.sampled_from(["at", "at", "day", "void", "1970", ""]), spans(*days))


FACT = st.tuples(
    st.just("fact"), st.integers(1, PEOPLE), st.none() | st.integers(0, 2),
    stated(-40, -1, 0), stated(-1, 0), stated(-1, 0),
)


class World:
    """A service and the calls that bring news to it."""

    def __init__(self, service, folder: Path):
        self.service = service
        self.store, self.campaign = service.store, service.campaign
        self.ledger = service.ledger
        self.base = instants.now() - 2 * DAY
        self.folder = folder
        self._numbers = itertools.count(1)

    def wipe(self):
        """Forget everything: each example begins with an empty ledger."""
        wipe(self.store)

    def person(self, number):
        return identify(make_phone(number), self.service.settings.person_pepper).digest

    def claim(self, index, news):
        _, number, unit, at, verified = news
        row = log.ClaimRow(
            index + 1, self.campaign.id, self.person(number), self.base + at, unit, 1, None, None,
            verified, make_phone(number)[-4:], "c", "n", "other", token=f"t{index}",
        )

        def record(connection):
            log.add_claim(connection, row)
            judging.refresh(
                self.ledger, connection, [row.person], instants.now(), "late_claim"
            )

        self.store.write(record)

    def file(self, rows):
        """Bring facts by a file, as the platform does."""
        path = self.folder / f"{next(self._numbers)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(feed_heading())
            for news in rows:
                row = self.row(news)
                writer.writerow([
                    make_phone(news[1]), *map(book.written, row[1:]), book.written(row.as_of),
                ])
        import_feed(
            self.ledger, path, pepper=self.service.settings.person_pepper,
            digest=self.service.settings.digest, now=instants.now(), by_whom="test",
            reading=intake.Reading(losses=True),
        )

    def row(self, news):
        """Return what the row of *news* says."""
        _, _, as_of, *steps = news
        return book.Row(
            None if as_of is None else book.moment(self.base + as_of * DAY),
            *(value_of(kind, self.base + at) for kind, at in steps),
        )

    def due(self, history):
        """Return what the rule makes of all of *history*, whatever its order."""
        terms = book_terms(self.campaign)
        found = {}
        for number in range(1, PEOPLE + 1):
            claims = [
                credit.Claim(i + 1, n[2], self.base + n[3], n[4])
                for i, n in enumerate(history) if n[0] == "claim" and n[1] == number
            ]
            rows = [self.row(n) for n in history if n[0] == "fact" and n[1] == number]
            if claims or rows:
                found[self.person(number)] = book.by_the_book(
                    claims, book.facts_by_the_book(rows), terms
                )
        return found

    def kept(self):
        with self.store.read() as connection:
            persons = standings.persons_after(connection, self.campaign.id, "")
            found = standings.standings_of(connection, self.campaign.id, persons)
        return {p: (s.credited, s.reason) for p, s in found.items()}


def value_of(kind, instant):
    """Return what a platform may say of a step done at *instant*."""
    moment = book.moment(instant)
    return {
        "at": moment, "day": book.day(moment), "void": "void", "1970": book.moment(0), "": None,
    }[kind]


def book_terms(campaign, policy=None):
    start, end, mark, settle = (
        instants.from_datetime(getattr(campaign, name))
        for name in ("start", "end", "mark_time", "settle_end")
    )
    return book.Terms(start, end, mark, settle, policy or campaign.policy)


def feed_heading():
    return ["phone", "registered_at", "card_bound_at", "first_txn_at", "as_of"]


@pytest.fixture(params=KINDS)
def world(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield World(service, tmp_path)


@QUICK
@given(data=st.data())
def test_any_order_and_batching_gives_the_credits_of_the_rule(world, data):
    world.wipe()
    history = data.draw(st.lists(CLAIM | FACT, min_size=1, max_size=9))
    order = data.draw(st.permutations(range(len(history))))
    again = data.draw(st.lists(st.sampled_from(order), max_size=3))
    waiting: list[tuple[object, ...]] = []
    for index in [*order, *again]:
        news = history[index]
        if news[0] == "claim":
            world.claim(index, news)
        else:
            waiting.append(news)
            if data.draw(st.booleans()):
                world.file(waiting)
                waiting = []
    if waiting:
        world.file(waiting)
    assert world.due(history) == world.kept()
    assert [] == checks.check(world.ledger)


@QUICK
@given(st.lists(FACT, min_size=1, max_size=6), CLAIM)
def test_a_claim_after_the_registration_changes_no_credit(world, rows, claim):
    world.wipe()
    late = (*claim[:3], 10 * DAY, claim[4])
    world.file(rows)
    before = {p: c for p, (c, _) in world.kept().items()}
    world.claim(0, late)
    after = {p: c for p, (c, _) in world.kept().items() if p in before}
    assert before == after
