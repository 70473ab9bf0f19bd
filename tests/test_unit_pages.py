# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Units and settings changed from the console: previewed, done by one or by two, told of."""
import html
import io
import re
from typing import Any

import openpyxl
import pytest
from console import add_everyone, need_two, signed_in
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution.deeds import Actor
from attribution.office import campaign_deeds, paper, unit_deeds
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start, iso_text, local_text
from attribution.rule.people import identify
from attribution.store import contacts, registry, request_log, setting_log, standings, unit_log

ANN = Actor("ann")


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        add_everyone(service)
        yield Office(service, tmp_path)


@pytest.fixture
def desk(office):
    return signed_in(office.service, "office")


def shown(answer):
    """The words of a page, without its markup."""
    text = re.sub(r"<script.*?</script>|<style.*?</style>", "", answer, flags=re.S)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))


def previewed(visitor, deed, **fields):
    answer = visitor.post(f"/admin/units-change/{deed}", fields)
    assert 200 == answer.status_code, shown(answer.text)
    return shown(answer.text)


def done(visitor, deed, **fields):
    answer = visitor.post(f"/admin/units-change/{deed}/do", fields)
    assert 302 == answer.status_code, shown(answer.text)
    return shown(visitor.text(answer.headers["Location"]))


def units_of(office):
    with office.store.read() as connection:
        return registry.read(connection, office.campaign.id).units


def on(office, unit, day):
    with office.store.read() as connection:
        return unit_log.read(connection, office.campaign.id).as_of(day)[unit]


def waiting(office):
    with office.store.read() as connection:
        rows = request_log.listing(connection, office.campaign.id)
    return [row["id"] for row in rows if row["answer"] is None]


def test_a_merger_is_shown_whole_before_it_is_done(office, desk):
    """Picked by name, from a day that has begun: targets, lines, credits, and paper."""
    names = {id: unit.name for id, unit in units_of(office).items()}
    office.claim(1, "A05", office.now - 3 * DAY)
    office.claim(2, "A05", office.now - HOUR)
    office.file((1, office.now - 3 * DAY + HOUR), (2, office.now - HOUR + MINUTE))
    fields = {
        "unit": names["A05"], "into": f"A04 {names['A04']}",
        "since": local_text(office.now - DAY)[:10],
    }
    told = previewed(desk, "merge", **fields)
    for words in (
        "现在还没有改", f"A05 {names['A05']} 并入", "状态 在用 已并入",
        "1,150 1,750", "0.00% → 0.11%",
        "1 个人的归属会变", "A05", "40,000（不变）", "比现在少 1 个", "扫码后转到那里",
    ):
        assert words in told, words
    assert units_of(office)["A05"].closed_at is None
    assert "A05" in done(desk, "merge", **fields)
    assert "A04" == units_of(office)["A05"].successor
    page = shown(desk.text("/admin/units/A05"))
    assert "并入另一单位" in page and "office" in page and "状态 在用 → 已并入" in page


def test_every_deed_has_a_page_that_does_it(office, desk):
    before = units_of(office)
    later = local_text(office.now + 30 * DAY)[:10]
    for deed, fields, seen in (
        ("add", {"kind": "department", "name": "县退役军人事务局二"}, "部门"),
        ("rename", {"unit": "D02", "name": "县教育体育局（新）"}, "县教育体育局（新）"),
        ("replace", {"unit": "N01", "branch": "邮储银行潋江所", "bank": "B02"}, "N88"),
        ("target", {"unit": ["A01", "A02", ""], "target": ["1,500", "1900", ""],
                    "since": later}, "1,500"),
        ("close", {"unit": "D03"}, "停用"),
    ):
        assert seen in previewed(desk, deed, **fields), deed
        done(desk, deed, **fields)
    units = units_of(office)
    assert "县教育体育局（新）" == units["D02"].name and units["D03"].closed_at is not None
    assert "潋江镇·邮储银行潋江所" == units["N88"].name
    assert before["N01"].target == units["N88"].target
    assert before["A01"].target == units["A01"].target  # until its day comes
    assert 1500 == on(office, "A01", day_of(office.now + 30 * DAY)).target
    assert "还没到" in shown(desk.text("/admin/units/A01"))


def test_what_cannot_be_is_said_on_the_form_and_what_was_typed_is_kept(office, desk):
    for deed, fields, said in (
        ("merge", {"unit": "没有这个乡", "into": "A04"}, "没有找到“没有这个乡”"),
        ("close", {"unit": "A05"}, "N10"),
        ("target", {"unit": "A01", "target": "很多"}, "不是整数"),
        ("rename", {"unit": "A01", "name": "新名", "since": "2026-13-01"}, "不是日期"),
    ):
        answer = desk.post(f"/admin/units-change/{deed}", fields)
        assert 400 == answer.status_code and said in answer.text, (deed, shown(answer.text))
        assert f'value="{fields["unit"]}' in answer.text
    assert 404 == desk.get("/admin/units-change/explode").status_code


def test_two_are_needed_and_the_second_sees_the_same(office):
    need_two(office.service)
    desk, second = (signed_in(office.service, name) for name in ("office", "checker"))
    done(desk, "merge", unit="A05", into="A04")
    assert units_of(office)["A05"].closed_at is None
    (id,) = waiting(office)
    page = shown(second.text("/admin/requests"))
    assert "并入另一单位：A05 枫边乡 并入 A04 崇贤乡，任务数一并带过去" in page
    told = shown(second.text(f"/admin/requests/{id}"))
    assert "状态 在用 已并入" in told and "40,000（不变）" in told and "批准" in told
    assert "等另一个人批准" in shown(desk.text(f"/admin/requests/{id}"))
    assert 302 == second.post(f"/admin/requests/{id}", {"deed": "approve"}).status_code
    assert "A04" == units_of(office)["A05"].successor
    assert "已批准" in shown(second.text(f"/admin/requests/{id}"))
    log = shown(second.text("/admin/audit"))
    assert "变更单位 单位 枫边乡（A05）、崇贤乡（A04）" in log and "并入另一单位" in log


def test_a_later_end_says_who_gains_and_all_follow(office, desk):
    """Somebody claimed and registered after the end: put off, they count; the form says days."""
    settings = _settings(office)
    days = {name: settings[name][:10] for name in ("start", "mark_time")}
    now = instants.now()
    earlier = day_of(now - DAY)
    campaign_deeds.set_values(office.ledger, ANN, {
        "end": iso_text(day_start(earlier)), "settle_end": iso_text(day_start(day_of(now + DAY))),
        "stages": [], "goals": [],
    }, now)
    office.service.follow()
    office.campaign = office.service.campaign
    office.claim(1, "A05", now - HOUR)
    office.file((1, now - MINUTE))
    assert None is _credited(office, 1)
    form = desk.text("/admin/campaign/dates")
    assert f'name="end" value="{_day_before(earlier)}"' in form
    fields = {**days, "end": local_text(now + 20 * DAY)[:10],
              "settle_end": local_text(now + 30 * DAY)[:10]}
    told = shown(desk.post("/admin/campaign/dates", fields).text)
    assert "1 个人的归属会变" in told and "多计 1 人" in told and "A05" in told
    assert f"{_day_before(earlier)}（含当天） {fields['end']}（含当天）" in told
    assert "个单位的海报和改后不一样" in told and "活动时间" in told
    answer = _confirm(desk, "dates", fields)
    assert 302 == answer.status_code
    office.service.follow()
    assert "A05" == _credited(office, 1)
    page = shown(desk.text("/admin/campaign"))
    assert f"{fields['end']}（含当天）" in page and "office" in page


def test_stages_that_were_never_there_are_no_change(office, desk):
    now = instants.now()
    campaign_deeds.set_values(office.service.ledger, ANN, {"stages": None}, now)
    days = {name: _settings(office)[name][:10] for name in ("start", "mark_time")}
    told = shown(desk.post("/admin/campaign/dates", {
        **days, "end": local_text(now + 40 * DAY)[:10],
        "settle_end": local_text(now + 50 * DAY)[:10],
        "stages.name": "", "stages.start": "", "stages.last": "", "stages.lead": "",
        "stages.duty": "",
    }).text)
    assert "（含当天）" in told and "工作阶段" not in told


def test_settings_take_two_where_two_are_needed(office):
    need_two(office.service)
    desk, second = (signed_in(office.service, name) for name in ("office", "checker"))
    _confirm(desk, "names", {"hotline": "0797-5321000"})
    assert "hotline" not in _settings(office)
    assert "咨询电话 → 0797-5321000" in shown(second.text("/admin/requests"))
    (id,) = waiting(office)
    assert "咨询电话" in shown(second.text(f"/admin/requests/{id}"))
    assert 302 == second.post(f"/admin/requests/{id}", {"deed": "approve"}).status_code
    assert "0797-5321000" == _settings(office)["hotline"]
    # A number to ring is no rule: nobody was judged by it.
    with office.service.store.read() as connection:
        assert not connection.rows("select n from audit where what = 'judged_again'")
    assert "咨询电话（无 → 0797-5321000）" in shown(second.text("/admin/audit"))


def test_a_form_changes_only_its_own_settings_and_says_what_is_wrong(office, desk):
    answer = desk.post("/admin/campaign/names/do", {"wanted": '{"demo": false}'})
    assert 400 == answer.status_code
    for group, fields, said in (
        ("links", {"key": "ios", "label": "下载", "url": "https://elsewhere.example/x"},
         "allowed_hosts"),
        ("design", {"deep": "blue"}, "主色 不是颜色：blue"),
        ("dates", {"end": "年底"}, "不是日期"),
        ("texts", {"texts.scan": "必须扫码"}, "必须"),
        ("names", {"hotline": ""}, "没有改动"),
    ):
        answer = desk.post(f"/admin/campaign/{group}", fields)
        assert 400 == answer.status_code and said in answer.text, (group, shown(answer.text))
    assert 404 == desk.get("/admin/campaign/secrets").status_code


def test_each_group_of_settings_as_it_stands_is_no_change(office, desk):
    """What a form shows is what stands; sent back as it is, nothing changes."""
    for group in ("dates", "rule", "papers", "names", "links", "texts", "design"):
        fields = _fields(desk.text(f"/admin/campaign/{group}"))
        answer = desk.post(f"/admin/campaign/{group}", fields)
        assert "没有改动" in answer.text, (group, shown(answer.text)[:600])


def test_texts_links_and_colours_are_changed_and_taken_back(office, desk):
    for group, fields, name, value in (
        ("texts", {"texts.scan": "微信扫一扫"}, "texts.scan", "微信扫一扫"),
        ("design", {"deep": "#0b3d4a"}, "design.deep", "#0b3d4a"),
        ("rule", {"policy": "first_claim", "mode": "page", "grades": "number"}, "policy",
         "first_claim"),
        ("papers", {"naming": "off", "ranking": "internal"}, "naming", "off"),
    ):
        assert 302 == _confirm(desk, group, fields).status_code
        assert value == _settings(office)[name]
    assert 302 == _confirm(desk, "design", {"deep": ""}).status_code
    assert "design.deep" not in _settings(office)


def test_paper_that_is_wrong_is_listed_until_the_new_one_hangs(office, desk):
    """Printed here, then renamed: listed; printed again and hung: gone; changed back: right."""
    poster_jobs_at(office, ["A05", "N10", "D02"])
    assert [] == [one.unit for one in paper.wrong(office.ledger, instants.now()) if one.printed]
    unit_deeds.do(office.ledger, ANN, "rename", {"unit": "A05", "name": "枫边镇"}, instants.now())
    office.service.follow()
    told = {one.unit: one for one in paper.wrong(office.ledger, instants.now())}
    assert {"A05", "N10"} == set(told)  # its lines' posters say the area's name, too
    page = shown(desk.text("/admin/paper"))
    assert "名称 枫边乡 → 枫边镇" in page and "还没有生成" in page
    area = signed_in(office.service, "area")
    assert "枫边镇" not in area.text("/admin/paper")
    assert 404 == area.post("/admin/paper", {"unit": "A05"}).status_code
    poster_jobs_at(office, ["A05"])
    assert "已生成，等换上" in shown(desk.text("/admin/paper"))
    assert 302 == desk.post("/admin/paper", {"unit": ["A05", "N10"]}).status_code
    assert [] == paper.wrong(office.ledger, instants.now())
    assert "没有要重印的海报" in desk.text("/admin/paper")
    unit_deeds.do(office.ledger, ANN, "merge", {"unit": "A05", "into": "A04"}, instants.now())
    office.service.follow()
    page = shown(desk.text("/admin/paper"))
    assert "已并入崇贤乡，旧海报扫码后转到那里" in page and "撕下旧的即可" in page
    assert [] == office.sound()


def test_what_every_poster_has_wrong_is_said_once(office, desk):
    _confirm(desk, "names", {"hotline": "0797-5321000"})
    page = shown(desk.text("/admin/paper"))
    assert 1 == page.count("咨询电话 无 → 0797-5321000") and 100 < page.count("同上")


def test_an_old_report_is_of_its_own_day(office, desk):
    """The pace of the day it ends with, and what was new up to then: told again as it was."""
    days = [local_text(office.now - n * DAY)[:10] for n in (1, 10)]
    heads = [desk.text(f"/admin/export/progress.csv?to={day}").splitlines()[0] for day in days]
    paces = [float(found) for head in heads for found in re.findall(r"时序进度 ([\d.]+)%", head)]
    assert 2 == len(paces) and paces[0] > paces[1]


def test_a_table_goes_out_and_comes_back_field_by_field(office, desk):
    """As Excel keeps it; what the ledger changed since stands, and both at once are told."""
    book = openpyxl.load_workbook(io.BytesIO(desk.get("/admin/units-table.xlsx").data))
    sheet: Any = book.active
    head = next(row for row in range(1, 12) if "编号" in [c.value for c in sheet[row]])
    columns = {cell.value: cell.column for cell in sheet[head]}
    rows = {
        sheet.cell(row, columns["编号"]).value: row for row in range(head + 1, sheet.max_row + 1)
    }
    renamed = {"unit": "D04", "name": "县发展改革委"}
    unit_deeds.do(office.ledger, ANN, "rename", renamed, instants.now())
    office.service.follow()
    sheet.cell(rows["D02"], columns["名称"]).value = "县教育体育局（新）"
    sheet.cell(rows["D05"], columns["领域"]).value = "办税"
    new = sheet.max_row + 1
    for name, value in (("编号", "D19"), ("类别", "department"), ("名称", "县退役军人事务局二"),
                        ("版次", 1)):
        sheet.cell(new, columns[name]).value = value
    file = io.BytesIO()
    book.save(file)
    answer = desk.post(
        "/admin/units-import", {"file": (io.BytesIO(file.getvalue()), "单位表.xlsx")},
        content_type="multipart/form-data",
    )
    told = shown(answer.text)
    assert "19 个 ，比现在多 1 个" in told and "单位又改过" in told
    assert "县教育体育局（新）" in told and "办税" in told and "县发展改革委" not in told
    (confirm,) = re.findall(r'action="(/admin/units-import/[0-9a-f]{32})"', answer.text)
    assert 302 == desk.post(confirm).status_code
    units = units_of(office)
    assert ("县教育体育局（新）", "县发展改革委", "县退役军人事务局二") == tuple(
        units[id].name for id in ("D02", "D04", "D19")
    )


def _settings(office):
    with office.store.read() as connection:
        return setting_log.read(connection, office.campaign.id)


def _confirm(visitor, group, fields):
    answer = visitor.post(f"/admin/campaign/{group}", fields)
    assert 200 == answer.status_code, shown(answer.text)
    (wanted,) = re.findall(r'name="wanted" value="([^"]*)"', answer.text)
    return visitor.post(f"/admin/campaign/{group}/do", {"wanted": html.unescape(wanted)})


def _credited(office, number):
    digest = identify(make_phone(number), office.service.settings.person_pepper).digest
    with office.store.read() as connection:
        found = standings.standings_of(connection, office.campaign.id, [digest])
    return next((one.credited for one in found.values()), None)


def _day_before(day):
    return local_text(day_start(day) - 1)[:10]


def _fields(page):
    """What a browser sends of the page's form as it stands."""
    form = page[page.index('<form class="panel'):]
    form = form[:form.index("</form>")]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<(?:input|textarea|option|select)[^>]*>(?:[^<]*</textarea>)?", form):
        name = re.search(r'name="([^"]+)"', tag)
        if name is None or "csrf_token" in tag:
            continue
        if ('type="radio"' in tag or 'type="checkbox"' in tag) and "checked" not in tag:
            continue
        value = re.search(r'value="([^"]*)"', tag)
        text = re.search(r">([^<]*)</textarea>", tag)
        found.setdefault(name[1], []).append(
            html.unescape(text[1] if text else value[1] if value else "")
        )
    return found


def poster_jobs_at(office, units):
    """As if the office had posters of *units* made now."""
    now = instants.now()
    office.store.write(lambda c: contacts.add_job(
        c, office.campaign.id, office.store.next_id(now), now, "office", "a4", units, len(units),
        '{"formats": ["a4"]}',
    ))
