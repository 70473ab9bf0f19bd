"""What is typed in the console is read in one place: cleaned, and told when it is too long."""
import re
from pathlib import Path

import pytest
from console import PASSWORD, Visitor, add_everyone, signed_in
from factories import make_phone

from attribution.deeds import Actor
from attribution.office import accounts, signing_in, totp
from attribution.rule import instants
from attribution.service import Service
from attribution.store import staff
from qrgen.faults import Fault

ROOT = Path(__file__).parent.parent
CONSOLE = ROOT / "attribution" / "web" / "console"


@pytest.fixture
def office(service: Service) -> Visitor:
    add_everyone(service)
    return signed_in(service, "office")


def test_a_name_is_kept_as_it_is_seen(service: Service, office: Visitor) -> None:
    """Marks go, blanks are blanks, and no letter is made into another."""
    typed = "\u202d王\u3000Ⅷ号\u200b 师傅\u202c\u00a0"
    office.post("/admin/units/N07/contacts", {"name": typed, "duty": "", "reach": ""})
    assert "王 Ⅷ号 师傅" in office.text("/admin/units/N07")


@pytest.mark.parametrize(("field", "most", "word"), [
    ("name", 40, "姓名"), ("duty", 60, "职务"), ("reach", 60, "联系方式"),
])
def test_what_is_too_long_is_told_with_its_length_and_not_cut(
    service: Service, office: Visitor, field: str, most: int, word: str
) -> None:
    form = {"name": "王小明", "duty": "", "reach": ""}
    long = "长" * (most + 1)
    answer = office.post("/admin/units/N07/contacts", {**form, field: long})
    assert 400 == answer.status_code
    assert f"{word}写了 {most + 1} 个字，最多 {most} 个字" in answer.text
    assert "长" * 9 not in office.text("/admin/units/N07")
    marks = "长" * most + "\u200b" * 50  # what nobody sees takes no room
    assert 303 == office.post("/admin/units/N07/contacts", {**form, field: marks}).status_code
    assert "长" * most in office.text("/admin/units/N07")


def test_a_purpose_that_is_too_long_hands_nothing_out(office: Visitor) -> None:
    answer = office.get("/admin/export/claims.csv?purpose=" + "x" * 101)
    assert 400 == answer.status_code and "用途写了 101 个字" in answer.text


@pytest.mark.parametrize("typed", [
    "office", " office ", "\u202doffice\u202c", "office\u200b", "ｏｆｆｉｃｅ", "office\u3000",
])
def test_an_account_is_found_however_its_name_is_typed(
    service: Service, office: Visitor, typed: str
) -> None:
    assert 302 == Visitor(service).sign_in(typed).status_code


def test_an_account_name_has_no_mark_that_nobody_sees(service: Service) -> None:
    """Two names that look the same would be two people in the log."""
    for name in ("wang\u200b", "\u202ewang", "wa\ufe0fng"):
        with pytest.raises(Fault, match="invisible"):
            accounts.add(
                service.store, name, PASSWORD, "office", instants.now(), by=Actor("test")
            )
    with service.store.read() as connection:
        assert "wang" not in {row["name"].strip("\u200b") for row in staff.accounts(connection)}


def test_an_older_account_with_a_mark_can_still_sign_in(service: Service) -> None:
    """Made before such names were refused: found as it is, before anything is cleaned."""
    add_everyone(service)
    with service.store.read() as connection:
        assert staff.account(connection, "office") is not None
    service.store.write(lambda c: c.run(
        "update account set name = :new where name = 'viewer'", {"new": "viewer\u200b"}
    ))
    assert 302 == Visitor(service).sign_in("viewer\u200b").status_code


def test_a_second_step_is_spent_once_however_it_is_dressed(service: Service) -> None:
    secret, now = totp.new_secret(), instants.now()
    digits = totp.code(secret, now)
    add_everyone(service)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in digits)
    assert signing_in.prove_step(service.store, "office", secret, f"{wide}。", now)
    for again in (digits, f" {digits}", f"{digits[:3]} {digits[3:]}\u200b"):
        assert not signing_in.prove_step(service.store, "office", secret, again, now)


@pytest.mark.parametrize(
    "dress", ["{0}", "{1} {2} {3}", "{1}-{2}-{3}", "{wide}", "{1}\u200b{2}{3}"]
)
def test_a_note_holds_no_number_in_any_dress(office: Visitor, dress: str) -> None:
    """Notes are kept for good, and numbers are not kept at all."""
    number = make_phone(1)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    note = "本人来电 " + dress.format(number, number[:3], number[3:7], number[7:], wide=wide)
    answer = office.post("/admin/corrections", {
        "kind": "reverse", "row": "1", "reason": "other", "note": note})
    assert 400 == answer.status_code
    assert "手机号" in answer.text


def test_a_table_is_searched_as_people_type(office: Visitor) -> None:
    page = office.text("/admin/table?view=line&q=\u202dｎ０７\u202c")
    assert "N07" in page and "N08" not in page


def test_nothing_typed_is_cut_and_no_field_cuts_what_is_pasted() -> None:
    """A slice behind what a request brings, or a maxlength, loses words without a word."""
    cutting = re.compile(r"(?:form|args)(?:\.get\([^)]*\)|\[[^]]*\]).*\[:[0-9]+\]")
    for path in CONSOLE.glob("*.py"):
        assert [] == cutting.findall(path.read_text(encoding="utf-8")), path.name
    for path in (CONSOLE.parent / "templates").rglob("*.html"):
        assert "maxlength" not in path.read_text(encoding="utf-8"), path.name
