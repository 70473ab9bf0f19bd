# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A unit or an account is found by name, by initials or by id, and what is unclear is asked."""
import re
import subprocess
import sys

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from house import ROOT

from attribution.office import initials, naming
from attribution.store.registry import Unit
from qrgen.registry import load_campaign
from qrgen.texts import clean


@pytest.fixture(scope="module")
def units():
    """Return the units of the county's own table."""
    return [
        Unit(
            unit.id, 0, unit.kind, unit.name, target=None, official_code=None, area=unit.area,
            bank=unit.bank, branch=unit.branch, sector=None, mode=None, link=None, issue=1,
        )
        for unit in load_campaign(ROOT / "qrgen" / "campaigns" / "xingguo-2022").units
    ]


def called(units, text):
    return [unit.id for unit in naming.units(units, text).found]


def test_a_character_that_is_read_in_two_ways_is_found_by_either():
    """Nobody has to know which reading of 长 or 重 a program would have taken for right."""
    for text in ("cgx", "zgx"):
        assert initials.is_whole("长冈乡", text)
    assert initials.place_in("重石乡", "cs") == initials.place_in("重石乡", "zs") == 0
    assert initials.place_in("县农商行", "sh") == initials.place_in("县农商行", "sx") == 2
    # What GB 2312's order of pinyin does not have.
    assert ("l", "s", "d") == initials.of_name("潋·畲（塅）")
    assert -1 == initials.place_in("方太乡", "pt"), "as nobody reads it today"


def test_the_table_knows_every_character_of_the_county(units):
    for unit in units:
        for char in clean(unit.name):
            assert initials.of_char(char) or char in "·（）", (unit.name, char)


def test_the_table_is_read_when_the_first_letters_are_typed():
    """A resident's page, and a worker's start, do not pay for it."""
    code = (
        "from attribution.web.console import picking; from attribution.office import initials;"
        "assert not initials._table.cache_info().currsize"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize(("text", "expected"), [
    pytest.param("A02", ["A02"], id="an id"),
    pytest.param("ａ０２", ["A02"], id="an id in full width"),
    pytest.param("长冈乡", ["A02"], id="the whole name"),
    pytest.param("A02 长冈乡", ["A02"], id="as the lists have it"),
    pytest.param("cgx", ["A02"], id="the initials of all of it"),
    pytest.param("ZGX", ["A02"], id="by the other reading, in capitals"),
    pytest.param("长冈", ["A02", "N04", "N05"], id="a part that several have"),
    pytest.param("zg", ["A02", "N04", "N05"], id="initials that several have"),
    pytest.param("A02 鼎龙乡", ["A02", "A03"], id="an id and a name that disagree"),
    pytest.param("没有这个乡", [], id="nobody"),
    pytest.param("c", [], id="a single letter"),
    pytest.param("", [], id="nothing"),
])
def test_what_fits_better_hides_what_fits_worse_and_nothing_is_guessed(units, text, expected):
    assert expected == [id for id in called(units, text) if id in expected]
    assert bool(expected) == bool(called(units, text))
    if len(expected) == 1:
        assert expected == called(units, text)


def test_an_account_is_found_by_its_person_too():
    rows = [
        {"name": "zhangs", "real_name": "张三"}, {"name": "office", "real_name": ""},
        {"name": "长冈乡", "real_name": "单雄信"},
    ]
    for text, name in (("张三", "zhangs"), ("zs", "zhangs"), ("off", "office"), ("sxx", "长冈乡"),
                       ("dxx", "长冈乡")):
        one = naming.accounts(rows, text).one
        assert one is not None and name == one["name"], text


@pytest.fixture
def desk(service):
    add_everyone(service)
    return signed_in(service, "office")


def at_the_field(page, name):
    """Return what stands in the field *name*, and what is said at it."""
    field = re.search(rf'<input name="{name}" value="([^"]*)"[^>]*aria-invalid="true"', page)
    assert field, f"{name} is not marked"
    said = re.search(rf'id="wrong-{name}">(.*?)</div>', page, re.DOTALL)
    assert said
    return field[1], re.sub(r"<[^>]+>|\s", "", said[1]), re.findall(r'-is" value="(\w+)"', said[1])


# Every form that takes a unit: its page, the field, and the rest of the form.
POSTED = {
    "corrections": ("/admin/corrections", "to_unit", {
        "row": "123", "kind": "reassign", "reason": "appeal", "note": "核过登记表",
    }),
    "appeals": ("/admin/appeals", "unit", {"about": "1234@2022-10-11", "note": "在我处登记"}),
    "merge": ("/admin/units-change/merge", "into", {"unit": "A05", "since": ""}),
    "close": ("/admin/units-change/close", "unit", {}),
    "replace": ("/admin/units-change/replace", "bank", {"unit": "N07", "branch": "新网点"}),
    "accounts": ("/admin/users", "scopes", {"name": "newarea", "role": "bank", "real_name": "李"}),
    "posters by area": ("/admin/posters", "area", {"format": "a4", "place": "大厅"}),
    "posters by bank": ("/admin/posters", "bank", {"format": "a4", "place": "大厅"}),
}
READ = {
    "rows": "/admin/rows?what=claims", "patrols": "/admin/inspect?",
    "downloads": "/admin/export/scans.xlsx?purpose=存档",
}


@pytest.mark.parametrize("form", POSTED)
def test_a_wrong_unit_is_told_at_the_field_and_nothing_typed_is_lost(desk, form):
    path, name, more = POSTED[form]
    answer = desk.post(path, {**more, name: "没有这个单位"})
    assert 400 == answer.status_code
    text, said, choices = at_the_field(answer.text, name)
    assert "没有这个单位" == text and "没有找到“没有这个单位”" in said and not choices
    for value in filter(None, more.values()):
        assert value in answer.text


def test_a_name_that_several_have_is_asked_and_the_choice_is_taken(desk):
    fields = {"about": "1234@2022-10-11", "note": "在我处登记", "unit": "zg"}
    answer = desk.post("/admin/appeals", fields)
    text, said, choices = at_the_field(answer.text, "unit")
    assert "zg" == text and "请选一个" in said and {"A02", "N04", "N05"} <= {*choices}
    chosen = {"unit-was": "zg", "unit-is": "A02"}
    # Whoever types something else after all means that.
    assert 400 == desk.post("/admin/appeals", {**fields, **chosen, "unit": "nx"}).status_code
    assert 302 == desk.post("/admin/appeals", {**fields, **chosen}).status_code
    assert "长冈乡" in desk.text("/admin/appeals")


@pytest.mark.parametrize("path", READ.values(), ids=READ)
def test_a_filter_takes_a_name_and_says_what_is_wrong_with_it(desk, path):
    answer = desk.get(f"{path}&unit=长冈")
    text, said, choices = at_the_field(answer.text, "unit")
    assert answer.status_code in (200, 400) and "长冈" == text
    assert "请选一个" in said and {"A02", "N04", "N05"} == {*choices}
    found = desk.get(f"{path}&unit=cgx")
    assert 200 == found.status_code
    if "html" in found.content_type:
        assert 'name="unit" value="A02 长冈乡"' in found.text


def test_a_unit_of_others_is_not_found_and_not_listed(service, desk):
    """A township must not learn from a list of choices whom another one has."""
    area = signed_in(service, "area")  # of A01
    answer = area.get("/admin/rows?what=claims&unit=长冈乡")
    assert "没有找到" in at_the_field(answer.text, "unit")[1]
    assert "长冈" not in re.sub(r'value="长冈乡"|“长冈乡”', "", answer.text)
    assert 'value="A01 潋江镇"' in area.text("/admin/rows?what=claims&unit=ljz")


def test_accounts_get_their_units_by_name_one_by_one(service, desk):
    made = desk.post("/admin/users", {
        "name": "newbank", "role": "bank", "real_name": "李四",
        "scopes": "潋江镇·农商行潋江支行、N07",
    })
    assert 201 == made.status_code
    page = desk.text("/admin/users/newbank")
    assert re.search(r'name="scopes" value="N01 [^"]+、N07 [^"]+"', page)
    # As they stand there they can be sent again.
    field = re.search(r'name="scopes" value="([^"]+)"', page)
    assert field
    more = {"deed": "change", "role": "bank", "scopes": field[1]}
    assert 302 == desk.post("/admin/users/newbank", more).status_code


def test_the_box_on_every_page_takes_initials(service, desk):
    found = desk.text("/admin/find?q=zgx")
    assert 0 < found.index("/admin/units/A02") < found.index("/admin/units/N04")
    assert desk.post("/admin/find", {"q": "xgaj"}).headers["Location"].endswith("/units/D03")
    assert "长冈乡" in desk.text("/admin/units?q=zgx")
    assert "长冈乡" in desk.text("/admin/table?view=area&q=cg")


def test_the_lists_of_a_page_hold_no_closed_unit_and_the_letters_of_each(desk):
    page = desk.text("/admin/corrections")
    assert '<option value="A02 长冈乡" data-initials="cz g x">' in page
    assert "picker.js" in page and "picker.js" not in desk.text("/admin/guide")
    assert make_phone(1) not in page
