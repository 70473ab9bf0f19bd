# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What a unit's page tells, and the list of units with what it hands to posters and downloads."""
import html
import io
import re
from collections import Counter

import openpyxl
import pytest
from console import add_everyone, signed_in
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution.deeds import Actor
from attribution.office import appeals, corrections, poster_jobs
from attribution.reports import below, progress, unit_figures, unit_list
from attribution.reports.unit_list import Narrowing
from attribution.rule.credit import Claim
from attribution.rule.instants import DAY, HOUR
from attribution.rule.people import identify
from attribution.store import contacts, patrol_log, registry, takeover_rows
from attribution.store.engine.sqlite_connection import SQLiteConnection

# Of statements that are new, each engine has its say.
BOTH = pytest.mark.parametrize("office", KINDS, indirect=True)


@pytest.fixture(params=["sqlite"])
def office(request, instance, tmp_path):
    """A bank with two lines that changed places since last week; one person whom two claimed."""
    with new_service(request.param, instance, tmp_path) as service:
        add_everyone(service)
        here = Office(service, tmp_path)
        old, new = here.now - 9 * DAY, here.now - DAY
        people = [(n, "N01", old) for n in range(4)] + [(n, "N04", new) for n in range(10, 22)]
        people += [(30, "A01", new), (31, "B01", new), (32, "N02", old)]
        ids = {number: here.claim(number, unit, at) for number, unit, at in people}
        later = here.claim(0, "N02", old + HOUR)
        person = identify(make_phone(0), service.settings.person_pepper).digest
        here.store.write(lambda c: takeover_rows.add(
            c, here.campaign.id, person, Claim(later, "N02", old + HOUR, False),
            Claim(ids[0], "N01", old, False),
        ))
        here.file(*((n, at + 2 * HOUR) for n, _, at in people))
        yield here


@pytest.fixture
def desk(office):
    return signed_in(office.service, "office")


def shown(page):
    """The words of a page, without its markup."""
    text = re.sub(r"<script.*?</script>|<style.*?</style>|<title>.*?</title>", "", page, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def first(pattern, page):
    """What the first group of *pattern* finds in *page*, as a browser reads it."""
    found = re.search(pattern, page)
    assert found, pattern
    return html.unescape(found[1])


def unit_of(office, id):
    with office.store.read() as connection:
        return registry.read(connection, office.campaign.id).units[id]


def figures_of(office, id):
    return unit_figures.read(office.ledger, unit_of(office, id), office.now, None)


def test_a_unit_is_placed_among_its_like_and_told_how_it_moved(office):
    """N04 had nothing a week ago, and N01 has brought nobody since."""
    first, second = figures_of(office, "N01"), figures_of(office, "N04")
    for found in (first, second):
        county, bank = found.places
        assert ("全县网点", 87) == (county.among, county.of)
        assert "农商行网点" == bank.among and bank.of < county.of
        assert found.line.counts["effective"] == sum(
            day.counts.get("effective", 0) for day in found.days
        )
    # Twelve of 1,200 against two of 300 and three of 850; a week ago there were only these two.
    assert (2, 3) == (first.places[0].before, first.places[0].rank)
    assert 1 == second.places[0].rank
    assert first.places[0].risen < 0 < second.places[0].risen
    assert () == figures_of(office, "D01").places  # of which nothing is asked
    assert {"全县乡镇"} == {place.among for place in figures_of(office, "A01").places}


def test_what_is_below_adds_up_to_the_line_of_the_table(office):
    store, campaign = office.store, office.campaign.id
    for kind, id in (("area", "A01"), ("bank", "B01"), ("bank", "B02")):
        head, table = below.head_of(store, campaign, kind, id)
        assert head is not None and head.units is not None
        for made in (figures_of(office, id).below, below.lines(store, campaign, head, table)):
            for step in progress.STEPS:
                assert head.counts[step] == sum(line.counts[step] for line in made.lines), step
            told = [unit for line in made.lines for unit in line.units or ()]
            assert len(told) == len(set(told)) and set(told) <= set(head.units)
            assert head.target == sum(line.target or 0 for line in made.lines)
    # Its own code is told apart, and has no rank.
    own = figures_of(office, "B01").below.lines[-1]
    assert (True, None) == (own.rest, own.rank) and own.counts["effective"] >= 1


@BOTH
def test_the_page_says_how_many_are_short_and_what_is_open(office, desk):
    here = office.service
    appeals.file(here, "N01", "1234@2022-10-11", "n", Actor("area"), office.now)
    row = office.claim(50, "N01", office.now - HOUR)
    corrections.ask(office.ledger, "hold", row, reason="review", note="n", asked_by=Actor("ann"),
                    now=office.now)
    found = {"at": office.now, "visit": 7, "unit": "N01", "picture": 1, "code_unit": "N01",
             "issue": 1, "placement": None, "leads": "", "by_whom": "area"}
    office.store.write(lambda c: patrol_log.add(c, office.campaign.id, [
        {**found, "id": 7, "state": "genuine"}, {**found, "id": 8, "state": "missing"},
    ]))
    assert 200 == desk.get("/admin/posters/N01/howto").status_code
    page = shown(desk.text("/admin/units/N01"))
    for words in (
        "比时序少", "严重滞后", "每天还要", "位次（全县网点）", "降", "农商行网点第",
        "申诉 待核实", "暂缓登记 待批准", "四步办理图", "没有找到 1", "正常 1",
        "从别家转来 0 人，转到别家 1 人",
    ):
        assert words in page, words
    # The whole bank's, from the same rows: what passed between others is not its.
    bank = shown(desk.text("/admin/units/B01"))
    assert "转到别家 1 人" in bank and "申诉（潋江镇·农商行潋江支行） 待核实" in bank
    # Its account sees the same of itself.
    own = signed_in(here, "bank").text("/admin/units/B01")
    assert shown(own).count("潋江镇·农商行潋江支行") == bank.count("潋江镇·农商行潋江支行") - 0
    assert "/admin/corrections/" not in own


@BOTH
def test_units_are_narrowed_by_what_they_are_and_what_they_lack(office):
    office.store.write(lambda c: contacts.put_contact(c, office.campaign.id, "N04", "x", "", ""))
    every = unit_list.read(office.ledger, None)
    assert {"N01", "N02", "N04", "A01", "B01"} == {
        one.unit.id for one in every if one.effective
    }
    wish = Narrowing(bank="B01", kind="line", lacking=frozenset({"credits"}))
    found = unit_list.narrowed(every, wish)
    assert found and {"B01"} == {one.unit.bank for one in found}
    assert not {"N01", "N04"} & {one.unit.id for one in found}
    # Each number beside a choice is what that choice leaves.
    counts = unit_list.counts(every, wish)
    for name, values in counts.items():
        for value, n in values.items():
            if name in unit_list.LACKS:
                less = wish.lacking - {name} | ({name} if value else set())
                changed = Narrowing(bank="B01", kind="line", lacking=frozenset(less))
            else:
                changed = Narrowing(**{**vars(wish), name: value})
            assert n == len(unit_list.narrowed(every, changed)), (name, value)
    only = unit_list.read(office.ledger, frozenset({"N01", "N02"}))
    assert ["N01", "N02"] == [one.unit.id for one in only]


def test_the_list_hands_its_units_to_posters_and_downloads(office, desk, monkeypatch):
    """Shown there, dropped there, and exactly those are printed and written."""
    ordered = []
    monkeypatch.setattr(
        poster_jobs, "order", lambda service, units, wish, now, by: ordered.append(list(units))
    )
    query = "bank=B02&kind=line&credits=0"
    page = desk.text(f"/admin/units?{query}")
    wanted = [
        one.unit.id for one in unit_list.narrowed(
            unit_list.read(office.ledger, None),
            Narrowing(bank="B02", kind="line", lacking=frozenset({"credits"})),
        )
    ]
    assert f"为这 {len(wanted)} 个单位" in shown(page)
    links = {html.unescape(link) for link in re.findall(r'href="(/admin/[^"]+)"', page)}
    posters = next(link for link in links if link.startswith("/admin/posters?"))
    handed = desk.text(posters)
    assert f"只做这 {len(wanted)} 个单位" in shown(handed) and "邮储银行 ✕" in shown(handed)
    assert 'href="/admin/posters">改为全部单位' in handed
    ids = re.findall(r'<input type="hidden" name="unit" value="(\w+)">', handed)
    desk.post("/admin/posters", {"format": "a4", "unit": ids})
    assert [wanted] == ordered
    downloads = next(link for link in links if "name=progress" in link)
    handed = desk.text(downloads)
    assert f"只含这 {len(wanted)} 个单位" in shown(handed) and "改为全部单位" in shown(handed)
    codes = first(r'name="codes" value="([^"]+)"', handed)
    assert wanted == codes.split(",")
    book = desk.get(f"/admin/export/progress.csv?by=line&codes={codes}").text
    assert len(wanted) == sum(f",{id}," in book for id in wanted) == len(
        re.findall(r",N\d\d,", book)
    )
    assert "全县合计" not in book
    # Nobody comes by it to what is not theirs.
    area = signed_in(office.service, "area")
    assert "N04" not in area.text("/admin/units?bank=B01")
    for path in ("/admin/posters?bank=B01", "/admin/downloads?name=progress&bank=B01"):
        assert "N04" not in area.text(path) and "N01" in area.text(path)
    none = desk.text("/admin/downloads?name=progress&q=nobody")
    assert "没有单位符合" in none and "下载 Excel" not in none


def test_a_banks_week_is_one_click_from_its_page(desk):
    page = desk.text("/admin/units/B01")
    link = first(r'href="([^"]+progress\.xlsx[^"]+)"', page)
    assert "since=" in link and "to=" in link
    sheet = openpyxl.load_workbook(io.BytesIO(desk.get(link).get_data())).worksheets[0]
    rows = [row for row in sheet.values if row[1:].count(None) < len(row) - 1]
    name, done = rows[0].index("名称"), rows[0].index("有效新用户")
    told = {str(row[name]): int(str(row[done])) for row in rows[1:]}
    assert "农商行" == rows[1][name] and "邮储银行" not in told
    assert 12 == told["农商行长冈支行"] and 0 == told["农商行潋江支行"]
    assert told["农商行"] == sum(told.values()) - told["农商行"]


def test_a_contact_is_edited_where_they_stand_and_a_slip_is_said_at_its_field(office, desk):
    def kept():
        with office.store.read() as connection:
            return [dict(row) for row in contacts.contacts(connection, office.campaign.id, "N01")]

    path = "/admin/units/N01/contacts"
    for name in ("张三", "李四"):
        assert 303 == desk.post(path, {"name": name, "duty": "行长"}).status_code
    answer = desk.post(path, {"was": "张三", "name": "张三丰", "duty": "行长", "reach": "内线2"})
    assert answer.headers["Location"].endswith("/admin/units/N01#contacts")
    assert [("张三丰", "内线2"), ("李四", "")] == [(one["name"], one["reach"]) for one in kept()]
    before = kept()
    for values, wrong in (
        ({"was": "张三丰", "name": ""}, "请填姓名"),
        ({"was": "张三丰", "name": "李四"}, "已经有一位同名的联系人"),
        ({"was": "", "name": "王五", "reach": "很" * 61}, "最多 60 个字"),
    ):
        answer = desk.post(path, values)
        assert 400 == answer.status_code and wrong in answer.text
        field = next(name for name in ("reach", "name") if values.get(name) in (
            "", "李四", "很" * 61))
        at = re.search(rf'<input name="{field}" [^>]*aria-invalid="true"[^>]*>', answer.text)
        assert at and values[field] in at[0]
        said = first(r'aria-describedby="([^"]+)"', at[0])
        assert f'id="{said}"' in answer.text
        assert before == kept()
    desk.post(path, {"was": "李四", "name": "", "deed": "drop"})
    assert ["张三丰"] == [one["name"] for one in kept()]
    assert 404 == signed_in(office.service, "bank").post(
        "/admin/units/N02/contacts", {"name": "x"}
    ).status_code


def test_no_unit_is_asked_about_by_itself(office, desk, monkeypatch):
    """A bank with thirty lines costs as many statements as one with a single line."""
    asked: Counter[str] = Counter()
    for name in ("rows", "one"):
        real = getattr(SQLiteConnection, name)

        def counted(self, sql, parameters=None, *, real=real):
            asked["statements"] += 1
            return real(self, sql, parameters or {})

        monkeypatch.setattr(SQLiteConnection, name, counted)

    def cost(path):
        asked.clear()
        assert 200 == desk.get(path).status_code
        return asked["statements"]

    desk.get("/admin/units/B01")
    assert cost("/admin/units/B01") == cost("/admin/units/B11")
    assert cost("/admin/units?bank=B01") == cost("/admin/units?bank=B11")
    assert cost("/admin/units?bank=B01") < 30 and cost("/admin/units/B01") < 90
