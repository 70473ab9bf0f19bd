"""What staff do: read tables, follow numbers, upload, confirm, print, download."""
import csv
import hashlib
import io
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from console import Visitor, add_everyone, signed_in
from factories import make_phone

from attribution.deeds import Actor, Entry
from attribution.office import audit, campaign_deeds, poster_jobs, totp
from attribution.proof import export_seals
from attribution.reports import alarms, pace, progress
from attribution.reports.lines import Line, ranked
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.service import Service
from attribution.store import contacts, log
from attribution.store.engine.database import Row
from attribution.upkeep import running
from qrgen.decode import read_pdf
from qrgen.registry import load_campaign


@pytest.fixture
def office(service: Service) -> Visitor:
    add_everyone(service)
    return signed_in(service, "office")


def claimed(
    service: Service, number: int, unit: str, ago: int, *, held: bool = False,
    row: int | None = None,
) -> None:
    now = instants.now()
    person = identify(make_phone(number), service.settings.person_pepper)
    claim = log.ClaimRow(
        row or number, service.campaign.id, person.digest, now - ago, unit, 1, None, None, False,
        person.last4, "c", "n", "wechat", token=f"t{row or number}",
    )

    def act(connection: Any) -> None:
        log.add_claim(connection, claim)
        if held:
            log.add_claim_event(
                connection, service.campaign.id, person.digest, number, id=10**6 + number,
                at=now, kind="held", reason="r", by_whom="rule",
            )

    service.store.write(act)


HEAD = ("手机号", "注册时间", "绑卡时间", "首笔交易时间")


def feed(*numbers: int, head: tuple[str, ...] = HEAD) -> bytes:
    now = instants.now()
    buffer = io.StringIO(newline="")
    times = [local_text(now - HOUR + n * MINUTE) for n in (0, 5, 9)]
    csv.writer(buffer).writerows([head, *([make_phone(n), *times] for n in numbers)])
    return buffer.getvalue().encode("utf-8-sig")


def upload(visitor: Visitor, body: bytes, name: str = "day-1.csv") -> str:
    answer = visitor.post(
        "/admin/feeds", {"file": (io.BytesIO(body), name)}, content_type="multipart/form-data"
    )
    return answer.headers["Location"]


def test_a_feed_is_tried_then_confirmed(service: Service, office: Visitor) -> None:
    claimed(service, 1, "N07", 2 * HOUR)
    path = upload(office, feed(1, 2))
    page = office.text(path)
    assert "<dt>新增有效新用户</dt><dd>1</dd>" in page and "还没有写入" in page
    assert "有效新用户明细" in office.text("/admin/rows?what=credits")
    assert "没有符合条件" in office.text("/admin/rows?what=credits")
    assert 302 == office.post(path, {"deed": "confirm"}).status_code
    assert "N07" in office.text("/admin/rows?what=credits")
    # The file holds numbers: it does not outlive the decision.
    assert [] == list((service.settings.instance / "uploads").iterdir())
    assert 404 == office.get(path).status_code
    assert "day-1" in office.text("/admin/feeds")


def test_a_feed_with_strange_headings_is_mapped_without_a_second_upload(
    service: Service, office: Visitor
) -> None:
    path = upload(office, feed(1, head=("号", "甲", "乙", "丙")))
    answer = office.get(path)
    assert 400 == answer.status_code
    assert "找不到这几列：手机号" in answer.get_data(as_text=True)
    mapped = path + "?map_phone=号&map_registered_at=甲&map_card_bound_at=乙&map_first_txn_at=丙"
    page = office.text(mapped)
    assert "<dt>行数</dt><dd>1</dd>" in page
    assert 'name="map_phone" value="号"' in page  # the confirmation carries the mapping
    data = {"deed": "confirm", "map_phone": "号", "map_registered_at": "甲",
            "map_card_bound_at": "乙", "map_first_txn_at": "丙"}
    assert 302 == office.post(path, data).status_code
    assert "day-1" in office.text("/admin/feeds")


def test_where_a_second_person_must_confirm_one_cannot(
    service: Service, office: Visitor
) -> None:
    campaign_deeds.set_values(
        service.ledger, Actor("office"), {"second_person": True}, instants.now()
    )
    first, second = signed_in(service, "office"), signed_in(service, "checker")
    claimed(service, 1, "N07", 2 * HOUR)
    path = upload(first, feed(1))
    assert 404 == second.get(path).status_code
    first.post(path, {"deed": "confirm"})
    assert "没有符合条件" in office.text("/admin/rows?what=credits")
    assert 400 == first.post(path, {"deed": "confirm"}).status_code
    assert path in second.text("/admin/feeds")
    page = second.text(path)
    assert re.search(r">N07</span> <b>[+]1</b>", page) and "结果一样" in page
    assert page.index("各单位和名次") < page.index("确认导入")
    # Somebody else's claim came since: whoever confirms sees both, once it is tried again.
    claimed(service, 1, "N08", HOUR + 30 * MINUTE, row=2)
    page = second.text(path + "?again=1")
    assert re.search(r">N08</span> <b>[+]1</b>", page) and "和提交时不同" in page
    assert re.search(r"提交时[^。]*>N07</span> <b>[+]1</b>", page)
    assert 302 == second.post(path, {"deed": "confirm"}).status_code
    assert "N08" in office.text("/admin/rows?what=credits")


def test_a_bad_feed_names_its_rows_and_no_number(service: Service, office: Visitor) -> None:
    body = feed(1) + "15,昨天,,\r\n".encode()
    page = office.text(upload(office, body))
    assert "第 3 行：不是11位手机号（2 位数字）；注册时间不是时间" in page
    assert make_phone(1) not in page


@pytest.mark.parametrize(("rest", "told"), [
    pytest.param(f"{'x' * 140_000},,,\r\n", "有一格超过 131072 个字符", id="a cell without end"),
    pytest.param(f'"{"x" * 200_000}\r\n', "有一格超过 131072 个字符", id="quotes never closed"),
    pytest.param('"x\r\n', "引号没有成对", id="quotes not closed"),
    pytest.param('"x"y,,,\r\n', "引号没有成对", id="quotes in a cell"),
])  # fmt: skip
def test_quotes_that_do_not_match_are_told_in_chinese(
    office: Visitor, rest: str, told: str
) -> None:
    """Where one is missing, the whole rest of the file is one cell."""
    for head in ("", ",".join(HEAD) + "\r\n"):
        answer = office.post(
            "/admin/feeds", {"file": (io.BytesIO((head + rest).encode()), "d.csv")},
            content_type="multipart/form-data", follow_redirects=True,
        )
        assert told in answer.text and "xxx" not in answer.text
        assert "field" not in re.sub(r"<[^>]*>", "", answer.text)
    units = "unit_id,kind,name\n" + rest
    answer = office.post(
        "/admin/units-import", {"file": (io.BytesIO(units.encode()), "units.csv")},
        content_type="multipart/form-data", follow_redirects=True,
    )
    assert told in answer.text


def test_a_feed_is_discarded(service: Service, office: Visitor) -> None:
    path = upload(office, feed(1))
    office.post(path, {"deed": "discard"})
    assert [] == list((service.settings.instance / "uploads").iterdir())
    assert "还没有导入过" in office.text("/admin/feeds")


def test_the_same_feed_twice_is_told(service: Service, office: Visitor) -> None:
    body = feed(1)
    office.post(upload(office, body), {"deed": "confirm"})
    assert "以前导入过（批次 day-1）" in office.text(upload(office, body, "again.csv"))


def test_a_held_claim_counts_once_released_and_is_decided_once(
    service: Service, office: Visitor
) -> None:
    claimed(service, 1, "N07", 2 * HOUR, held=True)
    office.post(upload(office, feed(1)), {"deed": "confirm"})
    assert "没有符合条件" in office.text("/admin/rows?what=credits")
    checker = signed_in(service, "checker")
    assert make_phone(1)[-4:] in checker.text("/admin/held")
    assert 302 == office.post(
        "/admin/held", {"id": "1", "note": "核实", "deed": "release", "sure": "1"}
    ).status_code
    assert "没有符合条件" in office.text("/admin/rows?what=credits")
    target = re.search(r'href="(/admin/corrections/[0-9]+)"', checker.text("/admin/corrections"))
    assert target
    own = office.post(target[1], {"deed": "approve"})
    assert 400 == own.status_code and "另一个人" in own.get_data(as_text=True)
    assert 302 == checker.post(target[1], {"deed": "approve"}).status_code
    assert "N07" in office.text("/admin/rows?what=credits")
    assert 400 == checker.post(target[1], {"deed": "approve"}).status_code


def test_a_credit_is_corrected_by_two(service: Service, office: Visitor) -> None:
    claimed(service, 1, "N07", 2 * HOUR)
    office.post(upload(office, feed(1)), {"deed": "confirm"})
    form = {"row": "1", "kind": "reassign", "to_unit": "N08", "reason": "wrong_unit",
            "note": "看单"}
    assert 302 == office.post("/admin/corrections", form).status_code
    checker = signed_in(service, "checker")
    target = re.search(r'href="(/admin/corrections/[0-9]+)"', checker.text("/admin/corrections"))
    assert target
    checker.post(target[1], {"deed": "approve"})
    assert "共 1 行" in office.text("/admin/rows?what=credits&unit=N08")
    for bad in ({"row": "2"}, {"row": "x"}, {"note": ""}, {"kind": "x"}):
        assert 400 == office.post("/admin/corrections", {**form, **bad}).status_code


def test_a_number_leads_to_its_rows(service: Service, office: Visitor) -> None:
    """An area's claims are those of its lines too, as in the table."""
    from attribution.store import registry

    with service.store.read() as connection:
        units = registry.read(connection, service.campaign.id).units
    line = next(unit.id for unit in units.values() if unit.area == "A02")
    claimed(service, 1, line, HOUR)
    claimed(service, 2, "A02", HOUR)
    claimed(service, 3, "D01", HOUR)
    page = office.text("/admin/table?view=area")
    link = re.search(r'href="(/admin/rows\?what=claims&amp;[^"]*codes=A02[^"]*)">2<', page)
    assert link
    assert "共 2 行" in office.text(link[1].replace("&amp;", "&"))


@pytest.mark.parametrize("what", ["scans", "claims", "attribution", "credits"])
def test_lists_sort_filter_and_page_on_the_server(
    service: Service, office: Visitor, what: str
) -> None:
    for number in range(1, 54):
        claimed(service, number, "N07", HOUR)
    service.store.write(lambda c: log.add_scans(c, [
        log.Scan(n, service.campaign.id, instants.now() - HOUR, "N07", 1, None, "n", "ios")
        for n in range(1, 54)
    ]))
    office.post(upload(office, feed(*range(1, 54))), {"deed": "confirm"})
    first = office.text(f"/admin/rows?what={what}")
    assert "第 1–50 行，共 53 行" in first
    assert "第 51–53 行，共 53 行" in office.text(f"/admin/rows?what={what}&offset=50")
    assert "没有符合条件" in office.text(f"/admin/rows?what={what}&unit=N08")
    for bad in ("offset=-1", "offset=x", "sort=drop", "since=yesterday", "state=nothing"):
        assert office.get(f"/admin/rows?what={what}&{bad}").status_code in (200, 400, 404)


def test_filters_are_remembered_and_forgotten(office: Visitor) -> None:
    assert "按银行→网点</h1>" in office.text("/admin/table?view=bank&period=30")
    assert "按银行→网点</h1>" in office.text("/admin/table")
    assert "按乡镇（附件1）</h1>" in office.text("/admin/table?reset=1")
    assert "按乡镇（附件1）</h1>" in office.text("/admin/table")


def test_equal_rates_share_a_rank_and_the_next_is_skipped() -> None:
    lines = [
        Line(str(n), str(n), target, {"effective": done})
        for n, (done, target) in enumerate([(1, 2), (5, 10), (3, 4), (0, 7), (9, None)])
    ]
    assert [2, 2, 1, 4, None] == [line.rank for line in ranked(lines)]


def test_the_pace_counts_days_of_shanghai(service: Service) -> None:
    campaign = service.campaign
    start = instants.from_datetime(campaign.start)
    end = instants.from_datetime(campaign.end)
    days = (end - start) // DAY
    told = [pace.at(campaign, at).elapsed for at in (start - 1, start, start + DAY, end)]
    assert [0, 1, 2, days] == told
    assert (days, 40000) == (pace.at(campaign, end).days, pace.at(campaign, end).expected(40000))


def test_every_table_adds_up(service: Service, office: Visitor) -> None:
    for number, unit in enumerate(("N01", "A02", "D01", "B03"), 1):
        claimed(service, number, unit, HOUR)
    for make in (progress.by_area, progress.by_bank):
        table = make(service.store, service.campaign.id)
        assert 4 == table.total.counts["claimant"]
        assert 4 == sum(line.counts.get("claimant", 0) for line in table.lines)
        assert 40000 == table.total.target
    banks = progress.by_bank(service.store, service.campaign.id)
    for line in banks.lines:
        assert not line.key or line.target == sum(c.target or 0 for c in line.children)
    lines = progress.by_unit(service.store, service.campaign.id, kind="line")
    assert (87, 40000) == (len(lines.lines), lines.total.target)
    assert "完成率" not in office.text("/admin/table?view=department").split("<table")[1]


def test_a_quiet_code_and_odd_claims_and_a_late_feed_are_told(service: Service) -> None:
    now, campaign = instants.now(), service.campaign.id
    scans = [
        log.Scan(1000 * day + n, campaign, now - day * DAY, "N05", 1, None, "n", "ios")
        for day in range(4, 9) for n in range(1, 12)
    ]
    service.store.write(lambda c: log.add_scans(c, scans))
    for number in range(1, 31):
        claimed(service, number, "N06", HOUR)
    claimed(service, 99, "N07", HOUR, held=True)
    found = alarms.find(service.ledger, now)
    assert {"quiet": "N05", "claims": "N06", "held": None, "feed": None} == {
        alarm.kind: alarm.unit for alarm in found
    }
    assert ["N06"] == [a.unit for a in alarms.find(service.ledger, now, {"N06"})]


def test_the_office_is_told_that_a_reload_was_refused(
    service: Service, office: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who changed a setting and sees nothing change asks the office, and not the log."""
    told = "现在照原来的设置服务"
    monkeypatch.setenv(running.VARIABLE, "")  # and as it was, when we are done
    with running.told(tmp_path, running.here("http://x", tmp_path)) as here:
        assert told not in office.text("/admin/")
        here.say(cause=f"{tmp_path}/config.toml: unknown setting 'trusted_proxy'")
        page = office.text("/admin/")
        assert told in page and str(tmp_path) not in page
        assert told not in signed_in(service, "bank").text("/admin/")


def test_units_are_imported_after_a_preview(service: Service, office: Visitor) -> None:
    path = service.settings.campaign_folder / "units.csv"
    new = path.read_text(encoding="utf-8-sig").replace("县公安局", "县公安局新址")
    sent = {"file": (io.BytesIO(new.encode("utf-8-sig")), "units.csv")}
    page = office.post("/admin/units-import", sent, content_type="multipart/form-data")
    text = page.get_data(as_text=True)
    assert "修改 1 个" in text and "县公安局新址" in text
    assert "县公安局新址" not in office.text("/admin/units?q=公安")
    target = re.search(r'action="(/admin/units-import/[0-9a-f]+)"', text)
    assert target
    assert 302 == office.post(target[1]).status_code
    assert "县公安局新址" in office.text("/admin/units?q=公安")
    assert "县公安局新址" in path.read_text(encoding="utf-8-sig")
    broken = {"file": (io.BytesIO(b"id,kind\nA01,planet\n"), "units.csv")}
    answer = office.post("/admin/units-import", broken, content_type="multipart/form-data")
    assert 400 == answer.status_code
    # Told in words of the office, and without a folder of the machine.
    more = new.replace("长冈乡,1950", "长冈乡,1960")
    odd = {"file": (io.BytesIO(more.encode("utf-8-sig")), "units.csv")}
    answer = office.post("/admin/units-import", odd, content_type="multipart/form-data")
    text = answer.get_data(as_text=True)
    assert "这个文件里有 1 处不对" in text and str(service.settings.instance) not in text
    assert "第 3 行：任务数是 1960，它的对接明细加起来是 1950" in text


def test_old_posters_are_told_from_new(service: Service, office: Visitor) -> None:
    service.store.write(lambda c: log.add_scans(c, [
        log.Scan(n, service.campaign.id, instants.now(), "N07", 1, None, "n", "ios")
        for n in (1, 2)
    ]))
    office.post("/admin/units/N07/reissue")
    page = office.text("/admin/units/N07")
    assert re.search(r"N07-1</th><td[^>]*><em[^>]*>已撤销</em></td><td>2<", page)
    assert re.search(r"N07-2</th><td[^>]*><em[^>]*>在用</em></td><td>0<", page)
    pdf = office.get("/admin/posters/N07/a4")
    assert "N07-2.pdf" in pdf.headers["Content-Disposition"]
    office.post("/admin/units/N07/revoke", {"issue": "2"})
    assert "已撤销" in office.text("/admin/units?q=N07")


def test_posters_are_printed_in_the_background(
    service: Service, office: Visitor, tmp_path: Path
) -> None:
    office.post("/admin/units/D01/placements", {"placement": "E1", "label": "东门"})
    one = office.get("/admin/posters/D01/a4?placement=E1")
    (tmp_path / "one.pdf").write_bytes(one.get_data())
    assert "D01-1-E1." in next(iter(read_pdf(tmp_path / "one.pdf"))).texts[0]
    assert 404 == office.get("/admin/posters/D01/a4?placement=ZZ").status_code
    office.post("/admin/posters", {"format": "a4", "unit": ["N01", "D02"]})
    job = printed(service)
    assert ("done", 2, 2, "") == (job["state"], job["done"], job["total"], job["problem"])
    answer = office.get(f"/admin/posters/{job['id']}.zip")
    names = zipfile.ZipFile(io.BytesIO(answer.get_data())).namelist()
    answer.close()
    assert any(re.fullmatch(r"潋江镇-.*-N01-1\.pdf", name) for name in names)
    area = signed_in(service, "area")
    assert 404 == area.get(f"/admin/posters/{job['id']}.zip").status_code
    late = instants.now() + poster_jobs.SILENCE + MINUTE
    assert "failed" == poster_jobs.state_of({**job, "state": "running"}, late)


def test_examples_and_stages_are_the_countys_own(service: Service, office: Visitor) -> None:
    """Nothing of another county, and no empty picture of stages that the document has not."""
    assert "-N01-1.pdf”" in office.text("/admin/posters")
    one = signed_in(service, "department")  # of one unit, which is no branch
    assert "-D01-1.pdf”" in one.text("/admin/posters")
    assert "<b>A01</b>" in one.text("/admin/find") and "方案阶段" in office.text("/admin/")
    campaign_deeds.set_values(service.ledger, Actor("office"), {"stages": []}, instants.now())
    assert "方案阶段" not in office.text("/admin/")


def test_posters_by_place(service: Service, office: Visitor) -> None:
    office.post("/admin/units/D01/placements", {"placement": "E1", "label": "东门"})
    office.post("/admin/units/D01/placements", {"placement": "W2", "label": "西门"})
    wish = poster_jobs.Wish(("a4", "svg"), placements=True)
    _, posters = poster_jobs.plan(service, ["D01", "D02"], wish)
    assert ["D01-1-E1", "D01-1-W2", "D02-1"] == [poster.code.text for poster in posters]
    assert ["东门", "西门", ""] == [poster.label for poster in posters]
    assert "a4、svg、张贴点" == wish.about
    assert 302 == office.post("/admin/units/D01/placements", {"placement": "TOOLO", "label": "x"}) \
        .status_code
    assert "TOOLO" not in office.text("/admin/units/D01")
    for bad in ({"format": "papyrus"}, {"format": ["a4", "x"]}):
        assert 400 == office.post("/admin/posters", bad).status_code
    office.post("/admin/posters", {"format": []})
    assert "请至少选一种规格" in office.text("/admin/posters")


def test_posters_of_a_bank_a_township_and_a_place_come_with_a_job_ticket(
    service: Service, office: Visitor
) -> None:
    """How many of each is told to the print shop and on the list to sign; rules come with codes."""
    office.post("/admin/units/N07/placements", {"placement": "E1", "label": "大厅东墙"})
    office.post("/admin/units/N07/placements", {"placement": "W2", "label": "西门"})
    unit = load_campaign(service.master.folder()).unit("N07")
    chosen = {"area": unit.area, "bank": unit.bank, "place": "大厅", "copies": "3"}
    wrong = [{"copies": "0"}, {"copies": "many"}, {"place": "墙" * 41}]
    for bad in wrong:
        assert 400 == office.post("/admin/posters", {"format": "a4", **chosen, **bad}).status_code
    assert 400 == office.post("/admin/posters", {"format": "a4", "area": "A99"}).status_code
    office.post("/admin/posters", {"format": "a4", **chosen, "place": "车站"})
    assert "没有编号是“车站”或名称里有“车站”的张贴点" in office.text("/admin/posters")
    office.post("/admin/posters", {"format": ["sticker80", "svg", "handover"], **chosen})
    job = printed(service)
    assert ("done", "N07") == (job["state"], job["units"]), job["problem"]
    about = "sticker80、svg、handover、rules、张贴点、大厅、每样 3 份"
    assert about == poster_jobs.wish_of(job).about
    answer = office.get(f"/admin/posters/{job['id']}.zip")
    names = zipfile.ZipFile(io.BytesIO(answer.get_data())).namelist()
    answer.close()
    assert "印刷工单.pdf" == names[0]
    assert ["E1-rules.pdf", "E1-sticker80.pdf", "E1.svg", "handover-line.pdf"] == sorted(
        name.rpartition("-1-")[2] for name in names[1:]
    )
    assert not [file for file in (service.settings.shared / "jobs").iterdir()
                if file.suffix != ".zip"]


def printed(service: Service) -> Row:
    """Return the latest order once it has ended."""
    for _ in range(600):
        with service.store.read() as connection:
            job = contacts.jobs(connection, service.campaign.id, None)[0]
        if job["state"] in ("done", "failed"):
            break
        time.sleep(0.1)
    return job


def test_a_download_leaves_its_fingerprint(
    service: Service, office: Visitor, tmp_path: Path
) -> None:
    claimed(service, 1, "N07", HOUR)
    claimed(service, 2, "N08", HOUR)
    answer = office.get("/admin/export/claims.csv?unit=N07&purpose=核对&encoding=gb18030")
    body = answer.get_data()
    assert "登记时间" in body.decode("gb18030")
    entries = [row for row in audit.entries(service.store) if row["what"].startswith("export")]
    begun, done = entries[-2:]
    told = Entry.from_text(begun["detail"])
    asked = dict(told.more)
    assert ("claims.csv", {"unit": "N07", "encoding": "gb18030"}, "核对") == (
        told.subject, asked["chosen"], asked["purpose"])
    assert re.fullmatch("[0-9]+:[0-9a-f]{16}", asked["seal"])
    number = answer.headers["X-Export-Number"]
    wanted = {"export": number, "rows": 1, "sha256": hashlib.sha256(body).hexdigest()}
    ended = Entry.from_text(done["detail"])
    assert ("claims.csv", wanted, "office") == (ended.subject, dict(ended.more), done["who"])
    page = office.text("/admin/downloads")
    assert number in page and hashlib.sha256(body).hexdigest()[:16] in page
    assert number in answer.headers["Content-Disposition"]
    path = tmp_path / "claims.csv"
    path.write_bytes(body)
    assert export_seals.verify_export(service.ledger, path)


def test_a_download_that_breaks_off_says_so(service: Service, office: Visitor) -> None:
    for number in range(1, 600):
        claimed(service, number, "N07", HOUR)
    answer = office.client.get("/admin/export/claims.csv?purpose=x", buffered=False)
    next(iter(answer.iter_encoded()))
    answer.close()
    last = list(audit.entries(service.store))[-1]
    assert "export_broken" == last["what"]


@pytest.mark.parametrize(
    ("state", "count"), [("held", 1), ("valid", 2), ("withdrawn", 0), ("", 3)]
)
def test_downloads_filter_by_state(
    service: Service, office: Visitor, state: str, count: int
) -> None:
    for number in (1, 2, 3):
        claimed(service, number, "N07", HOUR, held=number == 3)
    path = f"/admin/export/claims.csv?purpose=x&state={state}"
    body = office.get(path).get_data().decode("utf-8-sig")
    assert count == len(list(csv.reader(io.StringIO(body)))) - 1


def test_no_cell_of_the_console_downloads_is_a_formula(service: Service, office: Visitor) -> None:
    """An account's purpose travels into the audit log's own download."""
    office.get("/admin/export/progress.csv?purpose==1%2B1").get_data()
    checker = signed_in(service, "checker")
    body = checker.get("/admin/audit/export.xlsx").get_data()
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert "序号" == cells[0].value
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_the_checker_sees_a_broken_chain(service: Service, office: Visitor) -> None:
    import sqlite3

    checker = signed_in(service, "checker")
    assert "日志链完整" in checker.text("/admin/audit")
    raw = sqlite3.connect(service.settings.instance / "ledger.db")
    raw.execute("drop trigger audit_no_update")
    raw.execute("update audit set who = 'somebody' where n = 1")
    raw.commit()
    raw.close()
    assert "日志链不完整：第 1 条被改过" in checker.text("/admin/audit")


def test_contacts_are_kept_by_the_unit_itself(service: Service, office: Visitor) -> None:
    area = signed_in(service, "area")
    area.post("/admin/units/A01/contacts", {"name": "刘主任", "duty": "分管", "reach": "内线201"})
    assert "刘主任" in office.text("/admin/units/A01")
    area.post("/admin/units/A01/contacts", {"name": "刘主任", "deed": "drop"})
    assert "还没有联系人" in office.text("/admin/units/A01")


def test_a_second_step_is_turned_on_and_asked_for(service: Service, office: Visitor) -> None:

    secret = re.search(r"密钥：<code>([A-Z2-7]+)<", office.text("/admin/me/totp"))
    assert secret
    assert 400 == office.post("/admin/me/totp", {"step": "000000x"}).status_code
    digits = totp.code(secret[1], instants.now())
    assert 302 == office.post("/admin/me/totp", {"step": digits}).status_code
    again = Visitor(service)
    assert 401 == again.sign_in("office").status_code


@pytest.mark.parametrize("role", ["office", "checker", "area", "viewer"])
def test_the_guide_and_the_empty_pages_say_what_to_do(
    service: Service, office: Visitor, role: str
) -> None:
    visitor = signed_in(service, role)
    assert "第一天怎么用" in visitor.text("/admin/guide")
    if role != "viewer":
        assert "居民扫码后填手机号" in visitor.text("/admin/rows")
