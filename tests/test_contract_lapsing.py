# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What lapses next is told before; a word of the platform's that came too late, after."""
import csv

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from feeding import difference_list, import_feed
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution import cli
from attribution.deeds import Actor
from attribution.facts import differences, intake
from attribution.office import appeals
from attribution.proof import checks
from attribution.reports import alarms
from attribution.resident import claims
from attribution.rule import credit, instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.rule.terms import POLICIES, Terms
from attribution.store import feed_batches
from attribution.upkeep import retention, shredding


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def upcoming(office, now=None):
    return retention.upcoming(office.ledger, now or office.now)


def told(office, *, everything=True):
    found = difference_list(office.store, office.campaign.id, everything=everything)
    return [(row["category"], row["reason"], row["done_at"] is not None) for row in found]


def withdraw(office, number, claim):
    person = identify(make_phone(number), office.service.settings.person_pepper).digest
    claims.withdraw(office.ledger, person, claim, instants.now(), by_whom="receipt",
                    reason="asked")


def test_contract_what_lapses_next_is_told_with_what_it_could_still_become(office):
    for number in range(3):
        office.claim(number, "N07", office.now - 20 * DAY)
    office.claim(3, "N08", office.now - 20 * DAY)
    withdraw(office, 4, office.claim(4, "N08", office.now - 20 * DAY))
    withdraw(office, 4, office.claim(4, "N08", office.now - 19 * DAY))
    next_ones = upcoming(office)
    assert office.settled == next_ones.at
    assert {"N07": 3, "N08": 2} == next_ones.persons
    assert (3, 1) == (next_ones.credits["N07"], next_ones.credits["N08"])
    assert ["wait_settled"] == [said.code.value for said in next_ones.waiting]
    assert f"{local_text(office.settled)[:16]} 起失效：5 人的登记，其中 4 人" in (
        next_ones.said().shown()
    )
    office.last_file()
    assert () == upcoming(office, office.settled + 1).waiting
    assert 5 == retention.run(office.ledger, office.settled + 1, Actor("test")).lapsed
    assert None is upcoming(office, office.settled + 2).at


def test_contract_the_overview_warns_after_the_settlement_and_not_before(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    end = office.settled - 7 * DAY

    def kinds(now, only=None):
        return [alarm.kind for alarm in alarms.find(office.ledger, now, only)]

    assert "lapsing" not in kinds(end - 1)
    assert "lapsing" in kinds(end)
    assert "lapsing" not in kinds(end, frozenset({"N07"}))
    office.last_file()
    retention.run(office.ledger, office.settled, Actor("test"))
    assert "lapsing" not in kinds(office.settled)


def test_contract_who_lapses_later_is_told_too(office):
    """A proved claim of the last day lives longer than a week after the settlement."""
    late = instants.from_datetime(office.campaign.end) - 1
    row = office.claim(1, "N07", late)
    office.last_file()
    at = upcoming(office, office.settled).at
    assert at == max(office.settled, late + 14 * DAY + 1)
    assert 0 == retention.run(office.ledger, at - 1, Actor("t"), dry_run=True).lapsed
    assert 1 == retention.run(office.ledger, at, Actor("t")).lapsed
    assert row


def test_contract_a_fact_that_finds_only_a_forgotten_person_says_so_once(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    office.claim(2, "N07", office.now - 20 * DAY)
    office.last_file()
    assert 2 == retention.run(office.ledger, office.settled, Actor("test")).lapsed
    assert [] == told(office)
    late = office.settled + DAY
    before = {
        number: identify(make_phone(number), office.service.settings.person_pepper).digest
        for number in (1, 2)
    }
    report = office.file((1, office.now - 19 * DAY), (3, office.now - 19 * DAY), now=late)
    assert (0, 1) == (report.credited, report.categories["ambiguous"])
    assert [("ambiguous", "forgotten_claimant", False)] == told(office)
    # The next file has the person again: it is told, and stays to be looked at.
    office.file((1, office.now - 19 * DAY), now=late)
    assert [("ambiguous", "forgotten_claimant", False)] == told(office)
    with office.store.read() as connection:
        rows = connection.rows("select mark from lapsed")
        assert 2 == len(rows)
        for row in rows:
            for table in ("claim", "standing", "fact"):
                assert not connection.rows(
                    f"select 1 from {table} where person = :mark", {"mark": row["mark"]}
                )
            assert row["mark"] not in str(before)
    assert [] == checks.check(office.ledger)


def test_contract_a_row_that_could_be_no_credit_says_nothing_of_whom_it_finds(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    office.last_file()
    retention.run(office.ledger, office.settled, Actor("test"))
    mark = instants.from_datetime(office.campaign.mark_time)
    office.file((1, mark - DAY), now=office.settled + DAY)
    assert [] == told(office)


def test_contract_who_asked_to_be_erased_leaves_no_mark(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    person = identify(make_phone(1), office.service.settings.person_pepper).digest
    claims.erase(office.ledger, person, None, instants.now(), by_whom="receipt", reason="asked")
    assert 1 == retention.run(office.ledger, instants.now(), Actor("test")).asked
    office.file((1, office.now - 19 * DAY))
    assert [] == told(office)
    with office.store.read() as connection:
        assert [] == connection.rows("select mark from lapsed")


def test_contract_a_difference_keeps_its_person_until_it_is_dealt_with(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    office.claim(2, "N07", office.now - 20 * DAY)
    office.last_file()
    person = identify(make_phone(1), office.service.settings.person_pepper).digest
    row = {"id": office.store.next_id(office.now), "at": office.now, "batch": "last", "line": 3,
           "person": person, "last4": "", "category": "conflict", "reason": "n"}
    office.store.write(lambda c: feed_batches.add_differences(c, office.campaign.id, [row]))
    assert 1 == retention.run(office.ledger, office.settled, Actor("test")).lapsed
    assert 1 == differences.settle(
        office.ledger, [row["id"]], "n", Actor("ann"), instants.now())
    assert 1 == retention.run(office.ledger, office.settled, Actor("test")).lapsed


def test_contract_the_end_shreds_the_marks(office):
    office.claim(1, "N07", office.now - 20 * DAY)
    office.last_file()
    retention.run(office.ledger, office.settled, Actor("test"))
    shredding.shred(office.ledger, office.service.settings.instance, office.settled,
                    Actor("test"))
    with office.store.read() as connection:
        assert [] == connection.rows("select mark from lapsed")


@pytest.mark.parametrize("language", ["en_US.UTF-8", "zh_CN.UTF-8"])
def test_the_shell_tells_in_its_language(
    service, instance, tmp_path, capsys, monkeypatch, language
):
    office = Office(service, tmp_path)
    office.claim(1, "N07", office.now - 20 * DAY)
    appeals.file(service, "N07", "0001@2022-10-11", "n", Actor("ann"), instants.now())
    monkeypatch.setenv("LC_ALL", language)
    for command in (("retention", "run", "--dry-run"), ("retention", "run"), ("daily",)):
        assert 0 == cli.main([*command, "--instance", str(instance.folder)])
        told = capsys.readouterr().out
        if language.startswith("zh"):
            assert "1 件申诉还没有答复" in told
            assert "1 人的登记，其中 1 人还可能成为有效新用户" in told
        else:
            assert "1 appeal waits for an answer" in told
            assert "the claims of 1 person, of which 1 could still become a credit" in told


def test_the_console_shows_what_lapses_next(office):
    """With the two stores' own pages: by unit, in Chinese, and without a person."""
    add_everyone(office.service)
    for number in range(14):
        office.claim(number, "N07", office.now - (24 - number) * DAY)
    client = signed_in(office.service, "office")
    page = client.get("/admin/lapsing").get_data(as_text=True)
    awaited = "平台的对账文件还没有到结算截止"
    for text in ("14 <small>人", local_text(office.settled)[:10], "N07", awaited):
        assert text in page
    for number in range(14):
        assert make_phone(number)[-4:] not in page
    assert 403 == signed_in(office.service, "area").get("/admin/lapsing").status_code


def test_contract_fourteen_of_fourteen_through_the_daily_job(office):
    """The platform's file comes two weeks late, over the end of the settlement."""
    for number in range(14):
        office.claim(number, "N07", office.now - (24 - number) * DAY)
    day = office.now
    while day < office.settled + 14 * DAY:
        assert 0 == retention.run(office.ledger, day, Actor("daily")).lapsed
        day += DAY
    path = office.folder / "late.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([
            ("phone", "registered_at", "card_bound_at", "first_txn_at", "as_of"),
            *((make_phone(n), *(local_text(office.now - (23 - n) * DAY + m * MINUTE)
               for m in (0, 5, 9)), local_text(office.settled - 7 * DAY)) for n in range(14)),
        ])
    report = import_feed(
        office.ledger, path, pepper=office.service.settings.person_pepper, digest="sha256",
        now=office.settled + 14 * DAY, by_whom="test", reading=intake.Reading())
    assert (14, 14) == (report.people, report.credited)
    assert 14 == office.live()["N07"]["effective"]
    assert 0 == retention.run(office.ledger, office.settled + 14 * DAY, Actor("daily")).lapsed


def test_a_claim_that_could_still_count_is_one_that_some_registration_fits():
    """By trying registrations over the whole campaign, against what `still_open` says."""
    day = [instants.parse_instant("2022-10-01") + n * DAY for n in range(60)]
    terms = Terms(start=day[10], end=day[20], mark_time=day[18], settle_end=day[22],
                  policy=POLICIES["last_claim"])
    registrations = range(day[18], day[20], HOUR)
    facts = [credit.Facts(each, each, each) for each in registrations]
    for at in range(day[0], day[24], 5 * HOUR):
        for verified in (False, True):
            one = credit.Claim(1, "N07", at, verified)
            fits = any(credit.judge([one], some, terms).unit for some in facts)
            assert fits == (credit.still_open([one], terms) is not None)
