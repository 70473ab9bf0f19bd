# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""One box finds a person, a unit, an account or a file; the person's page tells all there is."""
import re

import pytest
from console import add_everyone, need_two, signed_in
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution import cli
from attribution.office import search
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, local_text
from attribution.store import registry
from qrgen.faults import Fault


class Disputed(Office):
    """Somebody credited to N07 whom N08 claimed before, and accounts of every role."""

    def __init__(self, service, folder):
        super().__init__(service, folder)
        add_everyone(service)
        self.first = self.claim(1, "N08", self.now - 3 * DAY)
        self.last = self.claim(1, "N07", self.now - 2 * DAY)
        self.file((1, self.now - DAY))


@pytest.fixture
def office(service, tmp_path):
    return Disputed(service, tmp_path)


def asked_for(office, text, **more):
    with office.store.read() as connection:
        snapshot = registry.read(connection, office.campaign.id)
    return search.search(
        office.ledger, search.read(text, instants.now()), snapshot,
        receipt_key=office.service.settings.person_pepper,
        **{"only": None, "people": True, "accounts": True, "batches": True, **more},
    )


def look(visitor, text):
    """Type *text* into the box; return the page it leads to."""
    answer = visitor.post("/admin/find", {"q": text})
    assert 302 == answer.status_code
    return answer.headers["Location"]


@pytest.mark.parametrize("kind", KINDS)
def test_contract_a_person_is_found_by_digits_day_and_row(kind, instance, tmp_path):
    with new_service(kind, instance, tmp_path) as service:
        office = Office(service, tmp_path)
        claim = office.claim(1, "N08", office.now - 3 * DAY)
        other = office.claim(10_001, "N07", office.now - 40 * DAY)  # the same last four digits
        last4 = make_phone(1)[-4:]
        assert last4 == make_phone(10_001)[-4:] and claim != other
        day = local_text(office.now - 3 * DAY)[:10]
        both = asked_for(office, last4).persons
        assert 2 == len(both)
        for text in (f"{last4}@{day}", f"{last4} {day}", f"{last4} {day[5:]}", f"#{claim}"):
            assert (both[0],) == asked_for(office, text).persons, text
        assert (both[0],) == asked_for(office, last4, only={"N08"}).persons
        assert () == asked_for(office, f"{last4} {day}", only={"N07"}).persons
        assert () == asked_for(office, last4, people=False).persons


def test_units_accounts_and_files_are_found_by_a_part_of_their_names(office):
    assert "N07" == asked_for(office, "n07").units[0].id
    assert {"A01"} == {unit.id for unit in asked_for(office, "潋江镇").units if unit.kind == "area"}
    assert ["checker"] == [row["name"] for row in asked_for(office, "CHECK").accounts]
    with office.store.read() as connection:
        batch = connection.one("select id from batch")["id"]
    assert [batch] == [row["id"] for row in asked_for(office, batch[:6]).batches]
    assert 0 == asked_for(office, "没有这样的东西").count


def test_a_phone_number_and_no_day_are_refused(office):
    for text in (make_phone(1), f"{make_phone(1)[:3]} {make_phone(1)[3:7]} {make_phone(1)[7:]}"):
        with pytest.raises(Fault):
            search.read(text, instants.now())
    for text in ("1234 13-45", "1234@2022-02-30", "1234 明天"):
        with pytest.raises(Fault):
            search.read(text, instants.now())


def test_the_box_leads_to_what_it_alone_may_mean(office):
    visitor = signed_in(office.service, "office")
    page = f"/admin/people/{office.first}"
    assert page == look(visitor, str(office.last))
    assert page == look(visitor, make_phone(1)[-4:])
    assert "/admin/units/N07" == look(visitor, "N07")
    found = look(visitor, "潋江")
    assert found.startswith("/admin/find?q=") and "潋江镇" in visitor.text(found)
    wrong = look(visitor, make_phone(1))
    assert "/admin/find" == wrong and make_phone(1) not in visitor.text(wrong)
    assert "没有找到" in visitor.text(look(visitor, "没有这样的东西"))


def test_a_receipt_stands_in_no_address(office):
    visitor = signed_in(office.service, "office")
    assert "/admin/find" == look(visitor, "7K3F9-Q2M5X")
    assert "没有找到这个回执" in visitor.text("/admin/find")


def test_the_page_of_a_person_tells_claims_facts_reasons_and_what_the_resident_sees(office):
    text = signed_in(office.service, "checker").text(f"/admin/people/{office.last}")
    told = [re.sub(r"<[^>]+>", "", row) for row in re.findall(r"<tr>.*?</tr>", text, re.S)]
    assert 2 == sum("登记到" in row for row in told)
    assert any("登记到" in row and "按规则算这一条" in row and "N07" in row for row in told)
    assert any("平台事实" in row for row in told) and any("计为有效新用户" in row for row in told)
    assert "只看到四个步骤" in text and make_phone(1) not in text


def test_a_units_account_sees_its_own_rows_and_the_outcome(office):
    with office.store.read() as connection:
        units = registry.read(connection, office.campaign.id).units
    lines = [unit.id for unit in units.values() if unit.bank == "B01"]
    mine = office.claim(2, lines[0], office.now - 3 * DAY)
    office.claim(2, "A40", office.now - 2 * DAY)
    office.file((2, office.now - DAY))
    visitor = signed_in(office.service, "bank")
    text = visitor.text(f"/admin/people/{mine}")
    assert "另一单位" in text and units["A40"].name not in text
    assert 'action="/admin/corrections' not in text
    strange = office.claim(3, "A40", office.now - HOUR)
    assert 404 == visitor.get(f"/admin/people/{strange}").status_code
    assert "没有找到" in visitor.text(look(visitor, str(strange)))
    assert 403 == signed_in(office.service, "viewer").get(f"/admin/people/{mine}").status_code


def test_a_disputed_credit_from_the_box_to_the_second_persons_yes(office):
    """Walk 7 without a browser: nine requests, each from the page before it."""
    need_two(office.service)
    asker, second = signed_in(office.service, "office"), signed_in(office.service, "checker")
    page = look(asker, make_phone(1)[-4:])
    assert f'<option value="{office.last}">' in asker.text(page)
    answer = asker.post("/admin/corrections", {
        "kind": "reassign", "row": str(office.last), "to_unit": "N08", "reason": "wrong_unit",
        "note": "台账第3页", "back": page,
    })
    assert page == answer.headers["Location"]
    assert "等另一个人批准" in asker.text(page)
    (link,) = set(re.findall(r"/admin/corrections/\d+", second.text("/admin/corrections")))
    shown = second.text(link)
    assert "N07" in shown and "-1" in shown and "+1" in shown and "登记到" in shown
    assert "由另一个人批准" in asker.text(link)
    second.post(link, {"deed": "approve"})
    assert "已批准" in second.text(link) and "归" in asker.text(page)
    assert "N08" in re.sub(r"<[^>]+>", "", asker.text(page).split("结论")[1][:400])


def test_the_command_finds_what_the_box_finds(office, instance, capsys):
    where = ("--instance", str(instance.folder))
    assert 0 == cli.main(["trace", make_phone(1)[-4:], *where])
    assert "credited to N07" in capsys.readouterr().out
    assert 0 == cli.main(["trace", "潋江镇", *where])
    assert "unit A01" in capsys.readouterr().out
    assert 2 == cli.main(["trace", make_phone(1), *where])
    assert make_phone(1) not in "".join(capsys.readouterr())
