# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A locked period keeps what it reported; what is corrected later counts where it was decided."""
import csv
import io
import sys

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from feeding import import_feed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stores import KINDS, new_service, wipe

from attribution import cli, judging
from attribution.deeds import Actor
from attribution.facts import intake
from attribution.ledger import Ledger
from attribution.office import corrections, periods
from attribution.office.accounts import add
from attribution.proof import checks
from attribution.reports import exports, progress, spreadsheets, trends
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start, iso_text, local_text
from attribution.rule.people import identify
from attribution.store import StoreError, hands, log, staff, tallies
from attribution.store import period_locks as kept
from attribution.store.export_pages import Filter
from qrgen.shell import Fault

QUICK = settings(
    max_examples=8, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ALWAYS = progress.ALWAYS[1]


class Office:
    """A ledger with two members of staff, and the calls that bring news to it."""

    def __init__(self, service, folder):
        self.service, self.folder = service, folder
        self.store, self.campaign = service.store, service.campaign
        self.now = instants.now()
        self.files = 0
        for name in ("ann", "ben"):
            self.store.write(lambda c, name=name: self._make(c, name))

    def _make(self, connection, name):
        """Without a password's cost, yet by a deed: `check` names an account that has none."""
        staff.add_account(connection, name, "-", "office", 1)
        hands.add(connection, self.store.next_id(self.now), 1, name, "made", "test")

    @property
    def ledger(self):
        """With the campaign as it is said now: a test may say another."""
        return Ledger(self.store, self.campaign)

    def claim(self, number, unit, at):
        person = identify(make_phone(number), self.service.settings.person_pepper)
        id = self.store.next_id(at)
        row = log.ClaimRow(id, self.campaign.id, person.digest, at, unit, 1, None, None, False,
                        person.last4, "c", "n", "other", token=f"t{id}")

        def record(connection):
            log.add_claim(connection, row)
            judging.refresh(self.ledger, connection, [row.person], instants.now(),
                              "late_claim")

        self.store.write(record)
        return id

    def file(self, *rows, now=None):
        """Bring rows of (number, registered_at); the other steps follow within minutes."""
        self.files += 1
        path = self.folder / f"{self.files}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([
                ("phone", "registered_at", "card_bound_at", "first_txn_at", "as_of"),
                *((make_phone(n), *(local_text(at + m * MINUTE) for m in (0, 5, 9)),
                   iso_text(self.now + self.files * MINUTE)) for n, at in rows),
            ])
        return import_feed(
            self.ledger, path, pepper=self.service.settings.person_pepper,
            digest="sha256", now=now or self.now, by_whom="test",
            reading=intake.Reading(losses=True))

    @property
    def settled(self):
        """The first moment at which claims may lapse."""
        return instants.from_datetime(self.campaign.settle_end) + 7 * DAY

    def last_file(self, as_of=None, now=None, batch="last"):
        """Bring the platform's file of the day after the settlement; it tells of a stranger."""
        end = self.settled - 7 * DAY
        path = self.folder / f"{batch}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([
                ("phone", "registered_at", "card_bound_at", "first_txn_at", "as_of"),
                (make_phone(7_000), local_text(self.now - HOUR), "", "",
                 iso_text(end if as_of is None else as_of)),
            ])
        return import_feed(
            self.ledger, path, pepper=self.service.settings.person_pepper,
            digest="sha256", now=now or end + DAY, by_whom="test")

    def lock(self, until, now=None):
        now = now or until + 8 * DAY
        asked = periods.ask(self.ledger, until, asked_by=Actor("ann"), now=now)
        return periods.approve(self.ledger, asked, approved_by=Actor("ben"), now=now)

    def correct(self, kind, row, **more):
        asked = corrections.ask(self.ledger, kind, row, reason="appeal", note="表3",
                                asked_by=Actor("ann"), now=instants.now(), **more)
        corrections.answer(self.ledger, asked, approve=True, answered_by=Actor("ben"),
                           now=instants.now())

    def numbers(self, since=0, until=ALWAYS):
        """Return (new, corrected, sum) of each unit over the days, where any is not 0."""
        table = progress.by_unit(self.store, self.campaign.id, since, until, period=(since, until))
        told = {
            line.key: (line.fresh, line.corrected, line.counts.get("effective", 0))
            for line in (table.total, *table.lines)
        }
        return {key: each for key, each in told.items() if any(each)}

    def live(self):
        with self.store.read() as connection:
            return tallies.by_unit(connection, self.campaign.id)

    def sound(self):
        return checks.check(self.ledger)


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def test_contract_a_locked_period_stands_and_corrections_count_where_they_were_decided(office):
    early = office.now - 20 * DAY
    first = [office.claim(n, "N07", early - HOUR) for n in (1, 2)]
    office.claim(3, "N08", early - HOUR)
    office.claim(4, "N08", early - HOUR)
    office.file((1, early), (2, early), (3, early))
    until = day_start(day_of(early + 2 * DAY))
    cut = day_of(until)
    before = office.numbers(0, cut)
    assert {"": (3, 0, 3), "N07": (2, 0, 2), "N08": (1, 0, 1)} == before
    office.lock(until)
    assert before == office.numbers(0, cut) == office.numbers()

    office.correct("reassign", first[0], to_unit="N09")      # by people
    office.correct("reverse", first[1])
    office.file((4, early))                                   # the platform was late
    office.file((3, early + 4 * DAY), (5, early))             # the platform corrects itself
    assert before == office.numbers(0, cut)
    # 3 registered later than the claim's week allows? No: four days. It moved into the open days.
    assert {
        "": (1, -1, 0), "N07": (0, -2, -2), "N08": (1, 0, 1), "N09": (0, 1, 1),
    } == office.numbers(cut)
    assert 3 == office.numbers()[""][2]
    assert [] == office.sound()
    for table in ("period_lock", "period_count", "period_request"):
        with pytest.raises(StoreError, match="append-only"):
            office.store.write(lambda c, table=table: c.run(f"update {table} set id = id + 1"))
    for by in (progress.by_area, progress.by_bank, progress.by_unit):
        assert (-1, 3) == (
            (total := by(office.store, office.campaign.id).total).corrected,
            total.counts["effective"],
        )
    # No day of the open period carries them twice.
    middle = day_of(until + 3 * DAY)
    assert (-1, 0) == (office.numbers(cut, middle)[""][1],
                       office.numbers(middle).get("", (0, 0, 0))[1])

    second = day_start(day_of(office.now))
    open_before = office.numbers(cut, day_of(second))
    office.lock(second)
    office.correct("restore", first[1])
    assert before == office.numbers(0, cut)
    assert open_before == office.numbers(cut, day_of(second))
    assert {"": (0, 1, 1), "N07": (0, 1, 1)} == office.numbers(day_of(second))
    assert [] == office.sound()


def test_contract_the_trend_keeps_locked_days(office):
    early = office.now - 20 * DAY
    (claim,) = [office.claim(1, "N07", early - HOUR)]
    office.file((1, early))
    office.lock(day_start(day_of(early + 2 * DAY)))
    office.correct("reverse", claim)
    days = trends.trend(office.store, office.campaign.id, day_of(early), day_of(early + 9 * DAY))
    assert 1 == sum(day.counts.get("effective", 0) for day in days)
    with office.store.read() as connection:
        by_unit = kept.by_unit_and_day(
            connection, office.campaign.id, "effective", day_of(early), day_of(early + 9 * DAY)
        )
    assert {"N07": {day_of(early): 1}} == by_unit
    assert {"N07"} == {unit for unit, kinds in office.live().items()} - {"N08"}
    assert 0 == office.live()["N07"].get("effective", 0)


def test_contract_a_lock_is_of_two_and_of_the_past(office):
    until = day_start(day_of(office.now - 10 * DAY))

    def ask(until, by="ann", now=office.now):
        return periods.ask(office.ledger, until, asked_by=Actor(by), now=now)

    for wrong, words in ((until + HOUR, "ends with a day"), (until + 9 * DAY, "too soon")):
        with pytest.raises(Fault, match=words):
            ask(wrong)
    with pytest.raises(Fault, match="no account"):
        ask(until, by="nobody")
    asked, twice = ask(until), ask(until)
    with pytest.raises(Fault, match="another person"):
        periods.approve(office.ledger, asked, approved_by=Actor("ann"), now=office.now)
    with pytest.raises(Fault, match="no request"):
        periods.approve(office.ledger, 7, approved_by=Actor("ben"), now=office.now)
    with pytest.raises(Fault, match="no account"):
        periods.approve(office.ledger, asked, approved_by=Actor("eve"), now=office.now)
    periods.approve(office.ledger, asked, approved_by=Actor("ben"), now=office.now)
    with pytest.raises(Fault, match="locked already"):
        periods.approve(office.ledger, twice, approved_by=Actor("ben"), now=office.now)
    with pytest.raises(Fault, match="locked already"):
        ask(until - DAY)
    # Not only the program: the store itself refuses one person in both places.
    with pytest.raises(StoreError):
        office.store.write(lambda c: kept.add_lock(c, office.campaign.id, {
            "since": day_of(until), "until": day_of(until + DAY), "id": 5, "at": 1,
            "request": twice, "asked_by": "ann", "approved_by": "ann", "rows": 0}, []))


NEWS = st.one_of(
    st.tuples(st.just("claim"), st.integers(1, 4), st.sampled_from(["N07", "N08", "A01", "D01"]),
              st.integers(0, 25)),
    st.tuples(st.just("fact"), st.integers(1, 4), st.integers(0, 25)),
    st.tuples(st.just("lock"), st.integers(0, 22)),
)


@QUICK
@given(news=st.lists(NEWS, min_size=4, max_size=14))
def test_contract_whatever_comes_what_was_locked_stays_and_all_adds_up(office, news):
    wipe(office.store)
    base = day_start(day_of(office.now - 28 * DAY))
    locked: dict[tuple[int, int], dict[str, tuple[int, int, int]]] = {}
    latest = 0
    for step, (what, *rest) in enumerate(news):
        if what == "claim":
            office.claim(rest[0], rest[1], base + rest[2] * DAY + step)
        elif what == "fact":
            office.file((rest[0], base + rest[1] * DAY + HOUR))
        elif day_of(base + rest[0] * DAY) > latest:
            until = base + rest[0] * DAY
            span = (latest, day_of(until))
            locked[span] = office.numbers(*span)
            office.lock(until)
            latest = span[1]
        for span, numbers in locked.items():
            assert numbers == office.numbers(*span)
    live = sum(kinds.get("effective", 0) for kinds in office.live().values())
    spans = [*locked, (latest, ALWAYS)]
    assert live == sum(office.numbers(*span).get("", (0, 0, 0))[2] for span in spans)
    assert live == office.numbers().get("", (0, 0, 0))[2]
    assert [] == office.sound()


def test_an_export_has_the_column(instance, tmp_path):
    with new_service("sqlite", instance, tmp_path) as service:
        office = Office(service, tmp_path)
        early = office.now - 20 * DAY
        claim = office.claim(1, "N07", early - HOUR)
        office.file((1, early))
        office.lock(day_start(day_of(early + 2 * DAY)))
        office.correct("reassign", claim, to_unit="N08")
        export = exports.EXPORTS["progress"]
        blocks = export.blocks(service.store, service.campaign.id, Filter())
        text = b"".join(spreadsheets.write_csv(export, blocks)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert "0" == rows[0]["其中更正（锁定后）"]
    moved = {row["单位编号"]: row["其中更正（锁定后）"] for row in rows if row["单位编号"]}
    assert {"-1", "1", "0"} >= set(moved.values())


def test_in_the_console_one_asks_and_another_approves(service):
    add_everyone(service)
    office, checker = signed_in(service, "office"), signed_in(service, "checker")
    until = local_text(instants.now() - 9 * DAY)[:10]
    assert 400 == office.post("/admin/periods", {"until": ""}).status_code
    assert "太早" in office.post(
        "/admin/periods", {"until": local_text(instants.now())[:10]}).get_data(as_text=True)
    assert 302 == office.post("/admin/periods", {"until": until}).status_code
    with service.store.read() as connection:
        (asked,) = kept.requests(connection, service.campaign.id)
    own = office.post(f"/admin/periods/{asked['id']}")
    assert "另一个人" in own.get_data(as_text=True)
    # A page reads its last day with it.
    assert f"批准锁定到 {local_text(instants.now() - 10 * DAY)[:10]}" in checker.text(
        "/admin/periods")
    assert 302 == checker.post(f"/admin/periods/{asked['id']}").status_code
    page = office.text("/admin/periods")
    assert "office申请、checker批准" in page and "未锁定" in page
    table = office.text("/admin/table")
    assert "其中更正" in table and f"{until}之前各期已锁定" in table
    assert 200 == office.get("/admin/table.png").status_code
    assert checks.check(service.ledger) == []


def test_at_the_shell(instance, service, capsys, monkeypatch):
    def run(*argv, stdin="a long enough password\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return cli.main(["period", *argv, "--instance", str(instance.folder)])

    for name in ("ann", "ben"):
        add(service.store, name, "a long enough password", "office", instants.now(), [],
            by=Actor("test"))
    until = local_text(instants.now() - 9 * DAY)[:10]
    assert 1 == run("lock", "--until", local_text(instants.now())[:10], "--by", "ann")
    assert 2 == run("lock", "--until", until, "--by", "ann", stdin="wrong\n")
    assert 0 == run("lock", "--until", until, "--by", "ann")
    number = capsys.readouterr().out.split("the lock ")[1].split()[0]
    assert 2 == run("approve", number, "--by", "ann")
    assert 0 == run("approve", number, "--by", "ben")
    assert 0 == run("list")
    assert "locked by ann, ben" in capsys.readouterr().out
    assert 0 == run("show", "--until", until)
    assert "全县合计" in capsys.readouterr().out
    assert 1 == run("show", "--until", "2020-01-01")
    assert 0 == run("show")
