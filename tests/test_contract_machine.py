# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Random histories through the public edges, on either store, against a second implementation.

People scan and claim over HTTP, the desk takes claims proved by a password, the platform
sends files and signed requests, staff hold, release and correct by two, residents withdraw,
seals and locks fall in between and everything is judged anew; and after each step every
person stands where `book.py` puts them. At the end `attribution check` finds nothing.
"""
import csv
import os
import random

import book
import pytest
from factories import make_phone
from feeding import import_feed
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from stores import KINDS, new_service, wipe
from test_api import Partner
from test_ledger_stateful import book_terms, value_of
from visitors import claim as claim_over_http

from attribution.deeds import Actor
from attribution.facts import intake
from attribution.office import corrections, periods
from attribution.proof import checks, heads
from attribution.reports import progress
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.rule import credit, instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start
from attribution.rule.people import identify
from attribution.store import staff, standings
from attribution.web.application import create_app
from qrgen.codes import Code
from qrgen.shell import Fault

EXAMPLES = int(os.environ.get("ZHUANMA_TEST_EXAMPLES", "6"))
STEPS = 18
QUICK = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
    phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
)
PERSON = st.integers(1, 4)
UNIT = st.sampled_from(["N07", "N08", "A01", "D01", "B01"])
# From the moment they are told, so that each edge of the rule lies among them.
AGO = st.sampled_from([
    -4 * MINUTE, 0, 4 * MINUTE, 6 * MINUTE, HOUR, DAY, 7 * DAY - MINUTE, 7 * DAY + MINUTE, 29 * DAY,
    31 * DAY, 60 * DAY,
])
STEP = st.none() | st.sampled_from([0, 5 * MINUTE, 3 * DAY, 200 * DAY])
# How the platform says it: an instant, the bare date, that it was undone, or "not yet".
SAID = st.tuples(*[st.sampled_from(["at", "at", "at", "day", "void", "1970"])] * 3)


class World:
    """A service on one store, its web application, two members of staff, a clock."""

    def __init__(self, service, folder):
        self.service, self.folder = service, folder
        self.store, self.campaign = service.store, service.campaign
        self.ledger = service.ledger
        self.app = create_app(service.settings, service)
        self.now = self.begun = instants.now()
        self.files = 0
        for name in ("ann", "ben"):
            self.store.write(lambda c, name=name: staff.add_account(c, name, "-", "office", 1))
        self.partner = Partner(service, self.app.test_client())

    def person(self, number):
        return identify(make_phone(number), self.service.settings.person_pepper)


class Machine(RuleBasedStateMachine):
    """What happens to four people in some weeks."""

    world: World

    def __init__(self):
        super().__init__()
        wipe(self.world.store)
        # The clock goes back for each example, and so must the maker of ids, which never does.
        self.world.now = self.start = self.world.begun
        self.world.store._ids = None
        self.claims: dict[int, list[credit.Claim]] = {}
        self.rows: dict[int, list[book.Row]] = {}
        self.corrections: dict[int, list[tuple[str, str | None]]] = {}
        self.locked: dict[tuple[int, int], dict[str, tuple[int, int, int]]] = {}

    # --- news ---------------------------------------------------------------------------

    @rule(number=PERSON, unit=UNIT)
    def claims_on_a_telephone(self, number, unit):
        self.world.now += MINUTE
        client = self.world.app.test_client()
        answer = claim_over_http(client, self.world.service, make_phone(number), unit)
        assert 200 == answer.status_code, answer.text
        self._claimed(number, unit, False, self._newest(number))

    @rule(number=PERSON, unit=UNIT)
    def proves_the_number(self, number, unit):
        world = self.world
        world.now += MINUTE
        code = Code(unit, 1, None)
        made = claims.claim(
            world.ledger, world.service.scans.check(code),
            Form(world.store.next_id(world.now), world.now, code), world.person(number), world.now,
            consent="同意", network="n", client="wechat", verified=True,
        )
        self._claimed(number, unit, True, made.claim.id)

    @rule(number=PERSON, ago=AGO, bound=STEP, paid=STEP, late=st.integers(0, 2), said=SAID)
    def the_platform_sends_a_file(self, number, ago, bound, paid, late, said):
        world = self.world
        world.files += 1
        row = self._row(ago, bound, paid, late, said)
        path = world.folder / f"{world.files}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([
                ("as_of", "phone", "registered_at", "card_bound_at", "first_txn_at"),
                (book.written(row.as_of), make_phone(number), *map(book.written, row[1:])),
            ])

        def take():
            import_feed(
                world.ledger, path, pepper=world.service.settings.person_pepper,
                digest=world.service.settings.digest, now=world.now, by_whom="test",
                reading=intake.Reading(losses=True),
            )

        if self._ahead(row):
            with pytest.raises(Fault) as refused:
                take()
            assert "more than a day ahead of the clock" in str(refused.value.more[0])
            return
        take()
        self.rows.setdefault(number, []).append(row)

    @rule(number=PERSON, ago=AGO, bound=STEP, paid=STEP, late=st.integers(0, 2),
          again=st.booleans(), said=SAID)
    def the_platform_pushes(self, number, ago, bound, paid, late, again, said):
        world = self.world
        row = self._row(ago, bound, paid, late, said)
        item = {"phone": make_phone(number), "as_of": book.written(row.as_of)}
        for name, value in zip(("registered_at", "card_bound_at", "first_txn_at"), row[1:],
                               strict=True):
            if value is not None:
                item[name] = book.written(value)
        if len(item) == 2:
            return
        for turn in range(1 + again):
            world.partner.count += 1
            answer = world.partner.post(
                "facts", {"items": [item]}, key=f"k{world.partner.count - turn}-{world.now}",
                X_Timestamp=str(world.now // 1_000_000))
            if turn == 0:
                world.partner.count -= 1
            assert 200 == answer.status_code, answer.text
            assert int(not self._ahead(row)) == answer.get_json()["accepted"]
        if self._ahead(row):
            return
        self.rows.setdefault(number, []).append(row)

    @rule(hours=st.sampled_from([1, 24, 24 * 6, 24 * 8]))
    def time_passes(self, hours):
        if self.world.now + hours * HOUR < self.start + 20 * DAY:
            self.world.now += hours * HOUR

    # --- what people do about it ----------------------------------------------------------

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), kind=st.sampled_from(["hold", "release"]))
    def staff_hold_or_release(self, data, kind):
        number, index = self._some_claim(data)
        claim = self.claims[number][index]
        if self._correct(kind, claim.id):
            self._replace(number, index, held=kind == "hold")

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), kind=st.sampled_from(["reassign", "reverse", "restore"]), unit=UNIT)
    def staff_correct(self, data, kind, unit):
        number, index = self._some_claim(data)
        to_unit = unit if kind == "reassign" else None
        if self._correct(kind, self.claims[number][index].id, to_unit=to_unit):
            self.corrections.setdefault(number, []).append((kind, to_unit))

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def withdraws(self, data):
        number, index = self._some_claim(data)
        claims.withdraw(
            self.world.ledger, self.world.person(number).digest,
            self.claims[number][index].id, self.world.now, by_whom="self", reason="asked",
        )
        self._replace(number, index, withdrawn=True)

    # --- what must change nothing ---------------------------------------------------------

    @rule()
    def everything_is_judged_anew(self):
        assert 0 == checks.rebuild(self.world.ledger, self.world.now, Actor("test"))

    @rule()
    def a_seal_is_made(self):
        world = self.world
        heads.seal_now(world.ledger, world.service.settings, world.now + 1)

    @rule(days=st.integers(8, 40))
    def a_period_is_locked(self, days):
        world = self.world
        until = day_start(day_of(world.now - days * DAY))
        latest = max((span[1] for span in self.locked), default=0)
        if day_of(until) > latest:
            span = (latest, day_of(until))
            self.locked[span] = self._numbers(span)
            asked = periods.ask(
                world.ledger, until, asked_by=Actor("ann"), now=world.now)
            periods.approve(
                world.ledger, asked, approved_by=Actor("ben"), now=world.now)

    # --- what must be true ----------------------------------------------------------------

    @invariant()
    def everyone_stands_where_the_book_puts_them(self):
        world = self.world
        terms = book_terms(world.campaign)
        due = {}
        for number in self.claims.keys() | self.rows.keys():
            due[world.person(number).digest] = book.by_the_book(
                self.claims.get(number, []),
                book.facts_by_the_book(self.rows.get(number, [])), terms,
                self.corrections.get(number, []),
            )
        with world.store.read() as connection:
            people = standings.persons_after(connection, world.campaign.id, "")
            found = standings.standings_of(connection, world.campaign.id, people)
        assert due == {p: (s.credited, s.reason) for p, s in found.items()}

    @invariant()
    def what_was_locked_stays(self):
        for span, numbers in self.locked.items():
            assert numbers == self._numbers(span)

    def teardown(self):
        world = self.world
        assert [] == checks.check(world.ledger)
        credited = sum(
            1 for number in self.claims if self._stands(number) is not None
        )
        totals = {
            (table.total.counts.get("effective", 0))
            for table in (by(world.store, world.campaign.id)
                          for by in (progress.by_area, progress.by_bank, progress.by_unit))
        }
        assert {credited} == totals

    # --- helpers --------------------------------------------------------------------------

    def _stands(self, number):
        with self.world.store.read() as connection:
            person = self.world.person(number).digest
            found = standings.standings_of(connection, self.world.campaign.id, [person])
        return found[person].credited

    def _numbers(self, span):
        table = progress.by_unit(
            self.world.store, self.world.campaign.id, *span, period=span)
        return {
            line.key: (line.fresh, line.corrected, line.counts.get("effective", 0))
            for line in table.lines
        }

    def _row(self, ago, bound, paid, late, said):
        registered = self.world.now - ago
        registered -= registered % 1_000_000
        steps = (0, bound, paid)
        return book.Row(book.moment(self.world.now - late * DAY), *(
            None if step is None else value_of(how, registered + step)
            for how, step in zip(said, steps, strict=True)
        ))

    def _ahead(self, row):
        """Whether *row* states what lies more than a day ahead of the clock."""
        tomorrow = book.moment(self.world.now + DAY)
        return any(
            value not in (None, "void") and book.first(value) > tomorrow for value in row[1:]
        )

    def _claimed(self, number, unit, verified, id):
        self.claims.setdefault(number, []).append(
            credit.Claim(id, unit, self.world.now, verified))

    def _newest(self, number):
        with self.world.store.read() as connection:
            row = connection.one(
                "select max(id) as id from claim where person = :p",
                {"p": self.world.person(number).digest})
        return row["id"]

    def _some_claim(self, data):
        number = data.draw(st.sampled_from(sorted(self.claims)))
        return number, data.draw(st.integers(0, len(self.claims[number]) - 1))

    def _replace(self, number, index, **changes):
        claim = self.claims[number][index]
        self.claims[number][index] = claim._replace(**changes)

    def _correct(self, kind, row, **more):
        """Ask and approve; False when it was refused because it would change nothing."""
        world = self.world
        try:
            asked = corrections.ask(
                world.ledger, kind, row, reason="appeal", note="表3",
                asked_by=Actor("ann"), now=world.now, **more)
        except Fault:
            return False
        corrections.answer(world.ledger, asked, approve=True, answered_by=Actor("ben"),
                           now=world.now)
        return True


@pytest.mark.parametrize("kind", KINDS)
def test_contract_random_histories_agree_with_the_book(kind, instance, tmp_path, monkeypatch):
    with (instance.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write("\n[review]\nper_code = 0\ntoo_fast = 0\nin_a_row = 0\nat_night = 0\n")
    with new_service(kind, instance, tmp_path) as service:
        world = World(service, tmp_path)
        monkeypatch.setattr(instants, "now", lambda: world.now)
        made = type("Machine", (Machine,), {"world": world})
        random.seed(5)
        run_state_machine_as_test(made, settings=QUICK)
