# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The audit log and the log of downloads, found again by person, kind and days, in words."""
import re
from html import unescape

import pytest
from console import add_everyone, signed_in
from stores import KINDS, new_service

from attribution import deeds
from attribution.deeds import Actor, Kind
from attribution.office import accounts
from attribution.rule import instants
from attribution.rule.instants import DAY, local_text
from attribution.store import audit_log


@pytest.mark.parametrize("kind", KINDS)
def test_contract_entries_are_found_by_person_kind_and_time(kind, instance, tmp_path):
    with new_service(kind, instance, tmp_path) as service:
        now = instants.now()
        numbers = [
            deeds.note(service.store, Actor(who), at, what, "unit A01")
            for who, at, what in (
                ("ann", now + DAY, Kind.POSTER), ("bob", now + 2 * DAY, Kind.PICTURE),
                ("ann", now + 3 * DAY, Kind.PICTURE), ("ann", now + 4 * DAY, Kind.EXPORT),
            )
        ]

        def found(**asked):
            with service.store.read() as connection:
                rows = audit_log.latest(connection, **asked)
            return [numbers.index(row["n"]) for row in rows if row["n"] in numbers]

        assert [3, 2, 1, 0] == found()
        assert [2, 0] == found(who="ann", kinds=["poster", "picture"])
        # A day's end is the next one's beginning: nothing is in both, nothing in neither.
        assert [2, 1] == found(since=now + 2 * DAY, until=now + 4 * DAY)
        assert [1] == found(since=now + 2 * DAY, below=numbers[2])
        with service.store.read() as connection:
            after = audit_log.following(connection, numbers[0], ["picture"], 1)
            assert [numbers[1]] == [row["n"] for row in after]
            assert {"ann", "bob"} <= set(audit_log.people(connection))


@pytest.fixture
def checker(service):
    add_everyone(service)
    accounts.add(
        service.store, "zhangs", "a poster on every wall", "area", instants.now(), ["A02"],
        campaign=service.campaign.id, by=Actor("shell:root"), real_name="张三",
    )
    return signed_in(service, "checker")


def told(page):
    """Return the lines of the log's table as text."""
    body = re.search(r"<tbody>(.*?)</tbody>", page, re.DOTALL)
    lines = re.findall(r"<tr>(.*?)</tr>", body[1], re.DOTALL) if body else []
    return [unescape(re.sub(r"<details.*?</details>|<[^>]+>", " ", line)) for line in lines]


def test_the_log_is_asked_by_person_kind_and_days(service, checker):
    area = signed_in(service, "zhangs")
    area.post("/admin/appeals", {"unit": "cgx", "about": "1234@2022-10-11", "note": "在我处登记"})
    today = local_text(instants.now())[:10]
    for who in ("zhangs", "张三", "zs"):
        lines = told(checker.text(f"/admin/audit?who={who}&what=appeal&since={today}&to={today}"))
        assert 1 == len(lines) and "zhangs（张三）" in lines[0] and "长冈乡（A02）" in lines[0]
    assert [] == told(checker.text("/admin/audit?who=zhangs&to=2022-01-01"))
    assert all("服务器命令行" in line for line in told(checker.text("/admin/audit?who=命令行")))
    wrong = checker.get("/admin/audit?who=没有这个人")
    assert 200 == wrong.status_code and "没有找到“没有这个人”这个账号" in wrong.text
    assert [] == told(wrong.text)
    assert "日期要写成" in checker.text("/admin/audit?since=昨天")


def test_the_log_is_read_page_by_page_without_a_gap(service, checker):
    for number in range(60):
        deeds.note(service.store, Actor("ann"), instants.now(), Kind.POSTER, f"unit A{number:02}")
    page, seen = checker.text("/admin/audit?what=poster"), []
    while True:
        seen += told(page)
        older = re.search(r'href="([^"]+)">更早的', page)
        if older is None:
            break
        page = checker.text(unescape(older[1]))
        assert "最新的" in page
    assert 60 == len(seen) == len(set(seen))


def test_what_the_page_tells_is_in_words_and_the_kept_text_beside_it(service, checker):
    checker.get("/admin/export/claims.csv?unit=cgx&purpose=存档&state=held").get_data()
    page = checker.text("/admin/audit?what=export")
    (line,) = told(page)
    assert "登记明细（CSV）" in line and "用途：存档" in line and "长冈乡（A02）" in line
    assert "待核查" in line and not re.search(r"[{}\[\]]|claims|state|held", line)
    assert "claims.csv" in page, "as the hashes cover it, for whoever compares"


def test_everybody_finds_what_they_downloaded_and_gets_it_again(service, checker):
    area, viewer = signed_in(service, "area"), signed_in(service, "viewer")
    first = area.get("/admin/export/claims.csv?unit=ljz&purpose=核对数据&encoding=gb18030")
    body = first.get_data()
    viewer.get("/admin/export/progress.xlsx?by=bank").get_data()
    page = area.text("/admin/downloads/log")
    (line,) = told(page)
    for word in ("登记明细（CSV）", "核对数据", "潋江镇（A01）", "0 行", "老版 Excel"):
        assert word in line
    again = re.search(r'href="([^"]+)">再下载', page)
    assert again
    second = area.get(unescape(again[1]))
    assert 200 == second.status_code and second.content_type == first.content_type
    assert body.split(b"\n")[1:] == second.get_data().split(b"\n")[1:]
    assert 2 == len(told(area.text("/admin/downloads/log")))
    (other,) = told(viewer.text("/admin/downloads/log?whose=all"))
    assert "进度表（XLSX）" in other and "按银行" in other, "its own, though all were asked for"
    everyones = told(checker.text("/admin/downloads/log?whose=all"))
    assert 3 == len(everyones) and 2 == sum("area" in line for line in everyones)
    assert 1 == len(told(checker.text("/admin/downloads/log?whose=all&who=viewer")))
    assert [] == told(checker.text("/admin/downloads/log"))


def test_a_poster_and_a_broken_download_are_in_the_log_too(service, checker):
    deeds.note(service.store, Actor("area"), instants.now(), Kind.POSTER, "unit A01", format="a4")
    number = deeds.note(
        service.store, Actor("area"), instants.now(), Kind.EXPORT, "claims.csv", chosen={},
        purpose="存档", seal="1:0",
    )
    deeds.note(
        service.store, Actor("area"), instants.now(), Kind.EXPORT_BROKEN, "claims.csv",
        export=f"E{number:06}", rows=3,
    )
    deeds.note(service.store, Actor("area"), instants.now(), Kind.PICTURE, "area A02 1/4")
    page = signed_in(service, "area").text("/admin/downloads/log")
    picture, table, poster = told(page)
    assert "没有给完" in table and "潋江镇（A01）" in poster
    assert "按乡镇 长冈乡（A02） 第1张，共4张" in picture and "view=area&amp;of=A02" in page
    assert "登记明细（CSV）" in told(checker.text("/admin/audit?what=export_broken"))[0]
    assert "/admin/posters/A01/a4" in page
