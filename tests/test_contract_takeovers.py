# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Two branches fight over forty people: seen on both sides, held by two people or not at all."""
import csv
import re

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from feeding import import_feed
from stores import KINDS, new_service
from test_contract_periods import Office
from test_one_time import CONSOLE, password_in
from visitors import Fields, claim, opened

from attribution.deeds import Actor
from attribution.facts import intake
from attribution.proof import checks
from attribution.reports import alarms, takeovers
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.rule import claimed_again as rule
from attribution.rule import credit, instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.settings.thresholds import Thresholds
from attribution.store import registry
from attribution.store import takeover_rows as kept
from attribution.store.assisted import CLIENT
from attribution.store.migrations.m023_foresight import TAKEOVERS
from attribution.upkeep import retention
from attribution.web.application import create_app
from qrgen.codes import Code


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    # A test is faster than a hand, and may run at night.
    path = instance.folder / "config.toml"
    signs = "\n[review]\ntoo_fast = 0\nper_code = 0\nat_night = 0\n"
    path.write_text(path.read_text("utf-8") + signs, "utf-8")
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def two_branches(office):
    """Return two lines of different areas and banks, and one's area."""
    with office.store.read() as connection:
        units = registry.read(connection, office.campaign.id).units
    lines = [unit for unit in units.values() if unit.kind == "line" and unit.area]
    first = next(unit for unit in lines if unit.bank)
    second = next(unit for unit in lines if unit.area != first.area and unit.bank != first.bank)
    return first, second, units[str(first.area)]


def person(office, number):
    return identify(make_phone(number), office.service.settings.person_pepper).digest


def seen(office):
    with office.store.read() as connection:
        return takeovers.find(office.ledger, connection)


def told(office, kind, only=None, limits=alarms.DEFAULT):
    found = alarms.find(office.ledger, office.now, only, limits)
    return {alarm.unit: alarm.text for alarm in found if alarm.kind == kind}


def found(pattern, text):
    match = re.search(pattern, text)
    assert match
    return match[1]


def send(app, service, unit, number):
    """Scan *unit*'s code in a browser of its own and send the form; return browser and page."""
    browser = app.test_client()
    return browser, claim(browser, service, make_phone(number), unit)


def test_two_branches_fight_over_forty_people(office):
    """By claims over HTTP and a file; the victim is not accused, the other one is named."""
    victim, other, _ = two_branches(office)
    service = office.service
    app = create_app(service.settings, service)
    for number in range(40):
        # Numbers of one block would be held as typed from a list.
        assert 200 == send(app, service, victim.id, number * 37)[1].status_code
    for number in range(38):
        assert 200 == send(app, service, other.id, number * 37)[1].status_code
    for number in range(60):  # somebody who works in peace
        assert 200 == send(app, service, "A12", 10_000 + number * 37)[1].status_code
    at = instants.now() + MINUTE
    path = office.folder / "day.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([
            ("phone", "registered_at", "card_bound_at", "first_txn_at"),
            *((make_phone(n), *(local_text(at + m * MINUTE) for m in (0, 5, 9)))
              for n in (*(n * 37 for n in range(38)), *(10_000 + n * 37 for n in range(60)))),
        ])
    import_feed(
        office.ledger, path, pepper=service.settings.person_pepper, digest="sha256",
        now=at, by_whom="test", reading=intake.Reading(losses=True))
    assert 38 == office.live()[other.id]["effective"]
    assert "effective" not in office.live()[victim.id]
    office.now = at
    both = seen(office)
    assert (40, 38) == (both[victim.id].claimants, both[victim.id].lost_persons)
    assert (38, 38) == (both[other.id].claimants, both[other.id].taken_persons)
    assert 0 == both[victim.id].taken_persons == both[other.id].lost_persons
    assert [(victim.id, 38)] == [(one.other, one.persons) for one in both[other.id].taken]
    # With few scans, for tests open each code once; that alarm is another one.
    limits = Thresholds(most_claims_percent=0)
    assert {} == told(office, "registered", limits=limits) == told(
        office, "effective", limits=limits)
    assert {other.id} == set(told(office, "takeovers"))
    assert {victim.id} == set(told(office, "taken"))
    assert f"38 人（100%）此前已由别的单位登记（{victim.id}" in told(office, "takeovers")[other.id]
    assert "不说明本单位的登记有问题" in told(office, "taken")[victim.id]
    # Each side sees its own alarm.
    assert {} == told(office, "takeovers", frozenset({victim.id}))
    # Nothing was held for it.
    with office.store.read() as connection:
        assert [] == connection.rows("select * from claim_event")

    add_everyone(service)
    asking, answering = signed_in(service, "office"), signed_in(service, "checker")
    for unit, word in (
        (victim, "先由本单位登记，后由别家登记"), (other, "先由别家登记，后由本单位登记"),
    ):
        page = asking.text(f"/admin/units/{unit.id}")
        assert word in page
    page = asking.text(f"/admin/takeovers?unit={other.id}")
    until = found(r'name="until" value="(\d+)"', page)
    form = {"deed": "all", "unit": other.id, "until": until, "note": "双方核实过"}
    page = asking.post("/admin/takeovers", form).get_data(as_text=True)
    assert f"{other.id}</span> <b>-38</b>" in page and f"{victim.id}</span> <b>+38</b>" in page
    seen_too = {
        "unit": other.id, "note": "双方核实过", "sure": "1",
        "id": re.findall(r'name="id" value="(\d+)"', page),
    }
    assert 302 == asking.post("/admin/takeovers", seen_too).status_code
    assert 38 == office.live()[other.id]["effective"]  # asked, not done
    # All of them at once: first what it comes to, in total; then it is done.
    newest = found(r'name="all" value="(\d+)"', answering.text("/admin/corrections"))
    seen_first = answering.post("/admin/corrections/answers", {"deed": "approve", "all": newest})
    page = seen_first.get_data(as_text=True)
    ids = set(re.findall(r'name="id" value="(\d+)"', page))
    assert 38 == len(ids)
    assert f"{other.id}</span> <b>-38</b>" in page and f"{victim.id}</span> <b>+38</b>" in page
    assert 38 == office.live()[other.id]["effective"]
    # Nobody answers what they asked themselves.
    own = {"deed": "approve", "id": sorted(ids), "sure": "1"}
    assert 302 == asking.post("/admin/corrections/answers", own).status_code
    assert 38 == office.live()[other.id]["effective"]
    assert 302 == answering.post("/admin/corrections/answers", own).status_code
    assert 38 == office.live()[victim.id]["effective"]
    assert "effective" not in {k: n for k, n in office.live()[other.id].items() if n}
    assert "没有两家" not in asking.text("/admin/takeovers")
    # Asked for again: nothing is left that could be held.
    assert 302 == asking.post("/admin/takeovers", form).status_code
    assert "请先勾选" in asking.text("/admin/takeovers")
    assert [] == checks.check(office.ledger)


def test_contract_who_takes_back_whom_they_had_brought_takes_nobody_over(office):
    first, second, _ = two_branches(office)
    for unit, ago in ((first, 6), (second, 5), (first, 4), (second, 3)):
        claim_by_form(office, 1, unit.id, office.now - ago * HOUR)
    found = seen(office)
    assert (0, 1) == (found[first.id].taken_persons, found[first.id].lost_persons)
    assert (1, 0) == (found[second.id].taken_persons, found[second.id].lost_persons)
    assert 1.0 == found[second.id].taken_hours


def claim_by_form(office, number, unit, at, verified=False, client="w"):
    """Record a claim as the resident's page does, at any time."""
    service = office.service
    code = Code(unit, 1, None)
    form = Form(service.store.next_id(at), at, code)
    someone = identify(make_phone(number), service.settings.person_pepper)
    return claims.claim(
        office.ledger, service.scans.check(code, at), form, someone, at, consent="c",
        network="n", client=client, verified=verified,
    ).claim.id


def test_contract_an_areas_person_may_be_its_own_lines(office):
    line, _, area = two_branches(office)
    claim_by_form(office, 1, area.id, office.now - 5 * HOUR)
    claim_by_form(office, 1, line.id, office.now - 4 * HOUR)
    claim_by_form(office, 2, line.id, office.now - 5 * HOUR)
    claim_by_form(office, 2, area.id, office.now - 4 * HOUR)
    claim_by_form(office, 3, line.bank, office.now - 5 * HOUR)
    claim_by_form(office, 3, line.id, office.now - 4 * HOUR)
    assert {} == seen(office)


@pytest.mark.parametrize(("before", "after", "ago", "taken"), [
    pytest.param(False, False, 6, 1, id="alike, within a week"),
    pytest.param(False, False, 8, 0, id="the first was over"),
    pytest.param(True, False, 6, 0, id="a proved one outranks"),
    pytest.param(True, True, 20, 1, id="proved, within thirty days"),
    pytest.param(False, True, 6, 1, id="a proved one over one that is not"),
])
def test_contract_what_was_over_or_outranks_is_not_taken(office, before, after, ago, taken):
    first, second, _ = two_branches(office)
    claim_by_form(office, 1, first.id, office.now - ago * DAY, before)
    claim_by_form(office, 1, second.id, office.now - HOUR, after)
    assert taken == sum(one.taken_persons for one in seen(office).values())


def test_contract_who_comes_to_the_counter_is_taken_from_nobody(office):
    first, second, _ = two_branches(office)
    for number in (1, 2):
        claim_by_form(office, number, first.id, office.now - 5 * HOUR)
    claim_by_form(office, 1, second.id, office.now - 4 * HOUR, client=CLIENT)
    claim_by_form(office, 2, second.id, office.now - 4 * HOUR)
    assert 1 == seen(office)[second.id].taken_persons


def test_contract_withdrawn_claims_take_nobody_and_are_not_taken(office):
    first, second, _ = two_branches(office)
    one = claim_by_form(office, 1, first.id, office.now - 5 * HOUR)
    claims.withdraw(office.ledger, person(office, 1), one, instants.now(), by_whom="r",
                    reason="asked")
    claim_by_form(office, 1, second.id, office.now - 4 * HOUR)
    claim_by_form(office, 2, first.id, office.now - 5 * HOUR)
    two = claim_by_form(office, 2, second.id, office.now - 4 * HOUR)
    assert 1 == seen(office)[second.id].taken_persons
    claims.withdraw(office.ledger, person(office, 2), two, instants.now(), by_whom="r",
                    reason="asked")
    assert {} == seen(office)


def test_contract_the_kept_rows_are_what_the_claims_say(office):
    """Those written with each claim, and those that a migration or a rebuild writes."""
    first, second, area = two_branches(office)
    units = [first.id, second.id, area.id, "D01"]
    for number in range(12):
        for turn in range(4):
            at = office.now - (20 - 4 * turn - number % 3) * HOUR
            claim_by_form(office, number, units[(number + turn) % 4], at)
    with office.store.read() as connection:
        before = connection.rows("select * from takeover order by person, unit")
    assert len(before) > 12
    office.store.write(lambda c: c.run("delete from takeover"))
    checks.rebuild(office.ledger, instants.now(), Actor("test"))
    with office.store.read() as connection:
        assert before == connection.rows("select * from takeover order by person, unit")


def test_contract_the_forgotten_are_found_by_nothing_here(office):
    first, second, _ = two_branches(office)
    for number in (1, 2):
        claim_by_form(office, number, first.id, office.now - 20 * DAY)
        claim_by_form(office, number, second.id, office.now - 19 * DAY)
    claims.erase(office.ledger, person(office, 2), None, instants.now(), by_whom="r",
                 reason="asked")
    office.last_file()
    done = retention.run(office.ledger, office.settled, Actor("test"))
    assert (1, 1) == (done.lapsed, done.asked)
    with office.store.read() as connection:
        rows = connection.rows("select person from takeover")
    assert not {person(office, 1), person(office, 2)} & {row["person"] for row in rows}
    assert {} == seen(office)


def test_a_unit_sees_no_person_and_no_list(service, tmp_path):
    office = Office(service, tmp_path)
    first, second, _ = two_branches(office)
    for number in range(12):
        claim_by_form(office, number, first.id, office.now - 5 * HOUR)
        claim_by_form(office, number, second.id, office.now - 4 * HOUR)
    add_everyone(service)
    for role in ("area", "bank", "department", "viewer"):
        visitor = signed_in(service, role)
        assert 403 == visitor.get("/admin/takeovers").status_code
        assert 403 == visitor.post("/admin/takeovers", {"id": ["1"], "note": "n"}).status_code
    page = signed_in(service, "viewer").text(f"/admin/units/{second.id}")
    assert "和别家登记同一人" in page
    for number in range(12):
        assert make_phone(number)[-4:] not in re.sub(r"\d{4}-\d\d-\d\d", "", page)


def test_claims_of_one_person_by_the_text():
    def made(id, unit, at, withdrawn=False):
        return credit.Claim(id, unit, at, withdrawn=withdrawn)

    a, b, a2 = made(1, "A", 10), made(2, "B", 20), made(3, "A", 30)
    assert None is rule.claim_before([], a)
    assert a == rule.claim_before([a], b)
    assert None is rule.claim_before([a, b], a2)
    assert b == rule.claim_before([a, b, a2], made(4, "C", 25))
    assert None is rule.claim_before([made(1, "A", 10, withdrawn=True)], b)


def test_contract_the_migration_finds_the_takeovers_of_an_older_ledger(office):
    """In one statement of SQL, over all claims, what each claim's transaction writes since."""
    first, second, area = two_branches(office)
    units = [first.id, second.id, area.id, "D01"]
    for number in range(12):
        for turn in range(4):
            at = office.now - (20 - 4 * turn - number % 3) * HOUR
            claim_by_form(office, number, units[(number + turn) % 4], at)
    with office.store.read() as connection:
        before = connection.rows("select * from takeover order by person, unit")
    assert len(before) > 12
    office.store.write(lambda c: c.run("delete from takeover"))
    office.store.write(lambda c: c.run(TAKEOVERS))
    with office.store.read() as connection:
        assert before == connection.rows("select * from takeover order by person, unit")


@pytest.mark.parametrize("proved", [True, False])
def test_numbers_in_a_row_are_found_with_one_time_passwords_on(instance, proved, capsys):
    """A box of SIM cards receives messages too; who skips the password is asked as well."""
    with opened(instance, CONSOLE) as (service, app):
        for number in range(12):
            browser, answer = send(app, service, "N07", number)
            sent = password_in(capsys.readouterr().err)
            form = {
                "step": Fields(answer.text).values["step"],
                **({"password": sent} if proved else {"skip": "1"}),
            }
            assert 200 == browser.post(
                "/claim/prove", data=form, follow_redirects=True).status_code
        with service.store.read() as connection:
            rows = connection.rows(
                "select reason from claim_event where kind = 'held' order by id")
            claimed = connection.rows("select verified from claim")
        assert [int(proved)] * 12 == [row["verified"] for row in claimed]
        assert ["sequence"] * 4 == [row["reason"] for row in rows]


def test_contract_the_share_of_unproved_claims(office):
    for number in range(4):
        claim_by_form(office, number, "N07", office.now - HOUR, verified=number == 0)
    with office.store.read() as connection:
        assert {"N07": (4, 3)} == kept.proved(connection, office.campaign.id, "N07")
