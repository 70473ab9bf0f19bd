# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
Walk 9, its inner half: one human being who would be two, by HTTP and at the shell, on both stores.

Each attack is refused, or named by `check` and told to somebody else the same day.
"""
import re

import pytest
from county import make_county, own_password
from stores import KINDS, new_service
from test_console_pages import feed, upload
from test_duties import PASSWORD, account, answer, credit, credited, unit
from test_facts import claimed, write
from test_feeds import done

from attribution.proof import people_checks
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.store import registry, request_log


@pytest.fixture(params=KINDS)
def county(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield make_county(service, str(instance.folder))


def found(county):
    return [one.detail for one in people_checks.check(county.service.ledger)]


def asks_for_a_correction(county, folder):
    claim = credit(county, folder, 1)
    county.visitor("office").post("/admin/corrections", {
        "kind": "reassign", "row": str(claim), "to_unit": "A01", "reason": "appeal",
        "note": "申诉表第3号"})
    page = county.visitor("checker").text("/admin/corrections")
    id = re.search(r"/admin/corrections/(\d+)", page)
    assert id
    return f"/admin/corrections/{id[1]}"


def approves(county, by, path):
    return county.visitor(by).post(path, {"deed": "approve"}).status_code


def test_the_office_makes_no_checker(county):
    office = county.visitor("office")
    for role in ("checker", "viewer"):
        assert 403 == office.post("/admin/users", {"name": "puppet", "role": role}).status_code
    assert account(county, "puppet") is None


def test_who_holds_two_slips_gains_nothing(county, tmp_path):
    """The office and the accounts in one hand: a checker made, vouched for and used alone."""
    keeper = county.visitor("accounts")
    keeper.post("/admin/users", {"name": "before", "role": "checker"})
    answer(county, "office", status=200)
    own_password(county.service, "before")
    asked = asks_for_a_correction(county, tmp_path)
    keeper.post("/admin/users", {"name": "after", "role": "checker"})
    answer(county, "office", status=200)
    own_password(county.service, "after")
    for puppet in ("before", "after"):
        assert 400 == approves(county, puppet, asked)
    # Nor does a puppet vouch for another one.
    keeper.post("/admin/users", {"name": "third", "role": "office"})
    answer(county, "before", status=400)
    assert account(county, "third") is None
    assert ["N07"] == credited(county)
    assert 302 == approves(county, "checker", asked)
    assert [] == found(county)
    assert "新增账号" in county.visitor("checker").text("/admin/")


def test_a_password_that_was_reset_is_no_second_person(county, tmp_path):
    """The office and the accounts in one hand: the checker's password reset, and used."""
    asked = asks_for_a_correction(county, tmp_path)
    county.visitor("accounts").post("/admin/users/checker", {"deed": "password"})
    answer(county, "office", status=200)
    own_password(county.service, "checker")
    assert 400 == approves(county, "checker", asked)
    assert ["N07"] == credited(county)


def test_two_passwords_reset_at_the_shell(county, tmp_path, monkeypatch):
    """Nobody's word: it is allowed where nobody can give any, and opens nothing for a week."""
    for name in ("office", "checker"):
        reset = ("user", "password", name, "--generate")
        assert 2 == county.shell(monkeypatch, *reset)
        assert 0 == county.shell(monkeypatch, *reset, "--alone")
        own_password(county.service, name)
    claimed(county.service, 1, "N07", instants.now() - 2 * HOUR, 1)
    page = upload(county.visitor("office"), feed(1))
    assert 302 == county.visitor("office").post(page, {"deed": "confirm"}).status_code
    answer_ = county.visitor("checker").post(page, {"deed": "confirm"})
    assert 400 == answer_.status_code and "不能算第二个人" in answer_.text
    assert [] == credited(county)
    assert "无人同意" in county.visitor("checker").text("/admin/audit")


def test_four_invented_users_are_not_imported_alone(county, tmp_path, monkeypatch):
    for number in range(4):
        claimed(county.service, number, "N07", instants.now() - 2 * HOUR, 10 + number)
    path = write(tmp_path / "day.csv", [done(n, instants.now()) for n in range(4)])
    for more, typed in ((), ()), (("--by", "office"), [PASSWORD]):
        county.shell(monkeypatch, "feed", "import", str(path), *more, passwords=typed)
    for by in ("office", "accounts"):
        assert 2 == county.shell(
            monkeypatch, "feed", "confirm", str(path), "--by", by, passwords=[PASSWORD])
    assert [] == credited(county)


def test_a_bank_is_nobodys_second_person(county, tmp_path, monkeypatch):
    """The shell asks for a password, and once asked for no role."""
    asked = asks_for_a_correction(county, tmp_path)
    county.visitor("accounts").post(
        "/admin/users", {"name": "branch", "role": "bank", "scopes": "B01"})
    own_password(county.service, "branch")
    assert 2 == county.shell(
        monkeypatch, "correct", "approve", asked.rpartition("/")[2], "--by", "branch",
        passwords=[PASSWORD])
    assert ["N07"] == credited(county)


def test_a_target_is_not_moved_alone(county, monkeypatch):
    was = unit(county, "A01").target
    for more, typed in ((), ()), (("--by", "office"), [PASSWORD]):
        county.shell(monkeypatch, "units", "target", f"A01={was + 1}", *more, passwords=typed)
    with county.service.store.read() as connection:
        now = registry.read(connection, county.service.campaign.id).units["A01"].target
        waiting = request_log.listing(connection, county.service.campaign.id)
    assert was == now and 1 == len(waiting)
    assert "变更单位" in county.visitor("checker").text("/admin/requests")


def test_a_hand_at_the_database_is_named(county, tmp_path):
    """Where no rule is asked, and no trigger: the password of the other, put there by hand."""
    asked = asks_for_a_correction(county, tmp_path)
    with county.service.store.read() as connection:
        known = connection.one("select password from account where name = 'office'")
    county.service.store.write(lambda c: c.run(
        "update account set password = :p where name = 'checker'", {"p": known["password"]}))
    assert 302 == approves(county, "checker", asked)
    assert ["account checker: no deed gave it what it has (password)"] == found(county)


def test_two_people_have_a_whole_day_without_a_third(county, tmp_path, monkeypatch):
    """A file, a correction, an erasure, a target: office and checker, nobody else."""
    asked = asks_for_a_correction(county, tmp_path)
    assert 302 == approves(county, "checker", asked)
    assert ["A01"] == credited(county)
    county.visitor("office").post("/admin/erasures", {"row": "101", "note": "当面出示回执"})
    assert "待执行" not in county.visitor("office").text("/admin/erasures")
    answer(county, "checker")
    assert "待执行" in county.visitor("office").text("/admin/erasures")
    assert 0 == county.shell(
        monkeypatch, "units", "rename", "D01", "县图书馆", "--by", "office", passwords=[PASSWORD])
    answer(county, "checker")
    assert "县图书馆" == unit(county, "D01").name
    assert [] == found(county)
