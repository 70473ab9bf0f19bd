# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""An account for each unit, made at once; a slip for each, whose password opens the door once."""
import html
import re

import pytest
from console import Visitor, add_everyone, need_two, signed_in
from stores import KINDS, new_service

from attribution.deeds import Entry, Kind
from attribution.office import account_batches, audit
from attribution.rule import instants
from attribution.store import hands, registry, staff

OWN = "院子里的第二棵桂花树今年又开花了"


@pytest.fixture(params=KINDS)
def service(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as made:
        add_everyone(made)
        need_two(made)
        yield made


def slips(page):
    """Unit, account and password of each slip."""
    return [
        tuple(html.unescape(one) for one in re.findall(
            r"<h2>(.*?)</h2>.*?<dt>账号</dt><dd>(.*?)</dd>.*?class=\"opens\">(.*?)</dd>", part, re.S
        )[0])
        for part in page.split('class="handout"')[1:]
    ]


def offered(visitor, query):
    """What the page offers: the units that are ticked, with their names."""
    page = visitor.text(f"/admin/accounts-by-unit?{query}")
    names = dict(re.findall(r'name="name\.(\w+)" value="([^"]*)"', page))
    ticked = re.findall(r'name="unit" value="(\w+)"[^>]*checked', page)
    return {id: names[id] for id in ticked}


def test_an_account_a_unit_a_slip_each_and_the_door_opens_once(service):
    maker = signed_in(service, "accounts")
    wanted = offered(maker, "kind=line&bank=B01&area=A01")
    assert {"N01": "潋江镇·农商行潋江支行"} == wanted
    wanted |= {id: name for id, name in offered(maker, "kind=area").items() if id in ("A02", "A03")}
    sent = {"unit": list(wanted), "reach": "县专班 小刘 内线8023",
            **{f"name.{id}": name for id, name in wanted.items()}}
    answer = maker.post("/admin/accounts-by-unit", sent)
    assert 201 == answer.status_code and "no-store" in answer.headers["Cache-Control"]
    made = slips(answer.text)
    assert list(wanted.values()) == [name for _, name, _ in made]
    assert 3 == answer.text.count("县专班 小刘 内线8023") and "/admin/" in answer.text
    for _, name, password in made:
        visitor = Visitor(service)
        assert 302 == visitor.sign_in(name, password).status_code
        assert "/admin/me" in visitor.get("/admin/").headers["Location"]
    visitor = Visitor(service)
    visitor.sign_in(*made[0][1:])
    visitor.post("/admin/me/password", {"current": made[0][2], "new": OWN, "again": OWN})
    assert 302 != Visitor(service).sign_in(*made[0][1:]).status_code  # used up
    own = Visitor(service)
    own.sign_in(made[0][1], OWN)
    assert 200 == own.get("/admin/units/N01").status_code
    assert 404 == own.get("/admin/units/N02").status_code


def test_each_is_a_deed_with_its_hand_and_no_password_is_kept(service):
    maker = signed_in(service, "accounts")
    answer = maker.post("/admin/accounts-by-unit", {
        "unit": ["A02", "D01"], "name.A02": "长冈乡", "name.D01": "县公安局", "reach": "8023"})
    passwords = [password for _, _, password in slips(answer.text)]
    with service.store.read() as connection:
        rows = {row["name"]: row for row in staff.accounts(connection)}
        laid = {(hand.account, hand.deed, hand.by_whom) for hand in hands.everything(connection)}
    assert ("area", "department") == (rows["长冈乡"]["role"], rows["县公安局"]["role"])
    assert rows["长冈乡"]["handed_over"] and rows["县公安局"]["handed_over"]
    assert {("长冈乡", "made", "accounts"), ("县公安局", "made", "accounts")} <= laid
    entries = [
        Entry.from_text(row["detail"]).subject for row in audit.entries(service.store)
        if row["what"] == Kind.ACCOUNT_ADD.value
    ]
    assert {"account 长冈乡", "account 县公安局"} <= set(entries)
    text = "".join(row["detail"] for row in audit.entries(service.store))
    assert passwords and not any(password in text for password in passwords)
    page = maker.text("/admin/accounts-by-unit?kind=area")
    assert "长冈乡</td>" in page and "A02" not in offered(maker, "kind=area")


def test_what_cannot_be_made_is_told_and_stops_no_other(service):
    maker = signed_in(service, "accounts")
    answer = maker.post("/admin/accounts-by-unit", {
        "unit": ["A01", "A02"], "name.A01": "area", "name.A02": "长冈乡", "reach": "8023"})
    assert ["长冈乡"] == [name for _, name, _ in slips(answer.text)]
    assert "area" in answer.text and 'role="alert"' in answer.text
    assert "打印 1 张" in answer.text
    again = maker.post("/admin/accounts-by-unit", {  # the page was loaded anew
        "unit": ["A02"], "name.A02": "长冈乡", "reach": "8023"})
    assert "重置密码，再抄给本人" in again.text and "打印 0 张" not in again.text
    assert 400 == maker.post("/admin/accounts-by-unit", {"reach": "8023"}).status_code
    many = [f"N{n:02}" for n in range(1, 88)] + ["A01", "A02", "A03", "A04"]
    assert 400 == maker.post("/admin/accounts-by-unit", {"unit": many}).status_code
    assert 403 == signed_in(service, "office").get("/admin/accounts-by-unit").status_code


def test_every_unit_gets_a_fit_name_of_its_own(service):
    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units.values()
    for naming in ("name", "id"):
        names = [one.name for one in account_batches.candidates(service, units, naming)]
        assert len(names) == len(set(names)) == len(list(units))
    assert instants.now()
