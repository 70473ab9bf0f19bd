"""What waits for somebody: differences, appeals, requests to erase, shut doors, and its traces."""
import csv
import io
import re
import sqlite3
from typing import Any

import pytest
from console import Visitor, add_everyone, signed_in
from factories import make_phone
from test_console_pages import claimed, feed, upload

from attribution.deeds import Actor, Entry
from attribution.office import audit, signing_in
from attribution.resident.receipts import digest_of, receipt_of
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, local_text
from attribution.rule.people import identify, open_head, seal_head
from attribution.service import Service
from attribution.store import feed_batches, residents
from attribution.upkeep import retention


@pytest.fixture
def office(service: Service) -> Visitor:
    add_everyone(service)
    return signed_in(service, "office")


def imported(visitor: Visitor, body: bytes, name: str = "day-1.csv", **more: Any) -> str:
    """Import a feed through the page; return the address of its batch."""
    answer = visitor.post(upload(visitor, body, name), {"deed": "confirm", **more})
    assert 302 == answer.status_code
    return answer.headers["Location"]


def odd_feed(number: int) -> bytes:
    """A person who bound a card an hour before registering."""
    # On one day, at whatever hour this runs: of another day a binding is told otherwise.
    noon = instants.day_start(instants.day_of(instants.now())) - 12 * HOUR
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["手机号", "注册时间", "绑卡时间", "首笔交易时间"])
    times = [local_text(noon), local_text(noon - HOUR), ""]
    writer.writerow([make_phone(number), *times])
    return buffer.getvalue().encode("utf-8-sig")


def test_a_difference_is_worked_off_with_a_note(service: Service, office: Visitor) -> None:
    place = imported(office, odd_feed(1))
    assert "处理差异（1 行待查）" in office.text(place)
    page = office.text("/admin/differences")
    assert "绑卡早于注册" in page and "还有 1 行待查" in page
    id = re.search(r'name="id" value="([0-9]+)"', page)
    assert id
    assert 400 == office.post("/admin/differences", {"id": id[1], "note": ""}).status_code
    number = {"id": id[1], "note": f"打给 {make_phone(1)}"}
    assert 400 == office.post("/admin/differences", number).status_code
    assert 302 == office.post("/admin/differences", {"id": id[1], "note": "问过平台"}).status_code
    assert "没有要处理的差异" in office.text("/admin/differences")
    done = office.text("/admin/differences?state=done&category=time_anomaly&batch=day-1")
    assert "已处理" in done and "office，" in done and "问过平台" in done
    # Once only: the second word about it changes nothing.
    office.post("/admin/differences", {"id": id[1], "note": "又一次"})
    assert "又一次" not in office.text("/admin/differences?state=all")


def test_a_later_file_settles_a_difference_by_itself(service: Service, office: Visitor) -> None:
    """The first file with the right time differs from what was known; the next one agrees."""
    first = odd_feed(1)
    imported(office, first)
    head, row = first.decode("utf-8-sig").splitlines()
    phone, registered, _, _ = row.split(",")
    right = local_text(instants.parse_instant(registered) + MINUTE)
    body = f"{head}\r\n{phone},{registered},{right},"
    imported(office, body.encode("utf-8-sig"), "day-2.csv")
    assert "绑卡时间和以前给的不同" in office.text("/admin/differences?state=open")
    imported(office, f"{body}\r\n".encode("utf-8-sig"), "day-3.csv")
    page = office.text("/admin/differences?state=done&batch=day-1")
    assert "系统，" in page and "后来的批次 day-3 已对上" in page
    assert "没有要处理的差异" in office.text("/admin/differences?state=open&batch=")


def test_the_dry_run_tells_where_each_row_ends(service: Service, office: Visitor) -> None:
    claimed(service, 1, "N07", 2 * HOUR)
    path = upload(office, feed(1, 2))
    page = office.text(path)
    assert "相符 1" in page and "自然新增或与本活动无关 1" in page
    shown = office.text(f"{path}?show=matched")
    assert make_phone(1)[-4:] in shown and make_phone(2)[-4:] not in shown
    sent = office.get(f"{path}/rows.csv?show=organic").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(sent)))
    assert ["文件行号", "手机尾号", "结果", "原因"] == rows[0][:4]
    assert [["3", f"#{make_phone(2)[-4:]}"]] == [row[:2] for row in rows[1:]]
    assert make_phone(2) not in sent
    kinds = [row["what"] for row in audit.entries(service.store)]
    assert "export_done" in kinds
    place = imported(office, feed(1, 2), "again.csv")
    kept = office.text(place)
    assert "相符" in kept and "看这些行" in kept
    assert "共 1 行" in office.text("/admin/rows?what=attribution&batch=again&state=matched")


def test_rows_that_cannot_be_read_are_let_go_one_by_one(
    service: Service, office: Visitor
) -> None:
    path = upload(office, feed(1) + "15,昨天,,\r\n".encode())
    page = office.text(path)
    assert 'name="accept" value="3"' in page
    accepted = office.text(f"{path}?accept=3")
    assert "<dt>行数</dt><dd>2</dd>" in accepted and 'name="accept" value="3"' in accepted
    assert 302 == office.post(path, {"deed": "confirm", "accept": "3"}).status_code
    assert "无法读取" in office.text("/admin/differences")


def test_control_totals_are_held_against_the_file(service: Service, office: Visitor) -> None:
    path = upload(office, feed(1))
    assert "文件不完整" in office.text(f"{path}?total_rows=2")
    assert 200 == office.get(f"{path}?total_rows=1&total_paid=1").status_code


def test_a_source_is_remembered_by_its_name(service: Service, office: Visitor) -> None:
    head = ("号", "甲", "乙", "丙")
    mapping = {"map_phone": "号", "map_registered_at": "甲", "map_card_bound_at": "乙",
               "map_first_txn_at": "丙"}
    imported(office, feed(1, head=head), source="银联", **mapping)
    with service.store.read() as connection:
        assert feed_batches.source(connection, service.campaign.id, "银联")
    # Nor does a file with the same headings need its name.
    again = upload(office, feed(2, head=head), "day-2.csv")
    assert 200 == office.get(again).status_code
    assert 200 == office.get(f"{again}?source=银联").status_code


def file_appeal(visitor: Visitor, about: str, unit: str = "A01") -> int:
    return visitor.post(
        "/admin/appeals", {"unit": unit, "about": about, "note": "当面帮办"}
    ).status_code


def test_an_appeal_leads_to_a_correction_by_two_more(service: Service, office: Visitor) -> None:
    """The unit files, the office upholds, the checker approves: three people, one change."""
    claimed(service, 1, "N07", 2 * HOUR)
    imported(office, feed(1))
    area = signed_in(service, "area")
    about = f"{make_phone(1)[-4:]}@{local_text(instants.now() - 2 * HOUR)[:10]}"
    assert 302 == file_appeal(area, about)
    assert "待核实" in area.text("/admin/appeals")
    link = re.search(r"/admin/appeals/[0-9]+", office.text("/admin/appeals"))
    assert link
    assert 403 == area.get(link[0]).status_code
    page = office.text(link[0])
    row = re.search(r'name="row" value="([0-9]+)"', page)
    assert row and "现归" in page and "N07" in page
    form = {"deed": "uphold", "row": row[1], "kind": "reassign", "to_unit": "A01", "note": "属实"}
    assert 302 == office.post(link[0], form).status_code
    assert 400 == office.post(link[0], form).status_code
    assert "成立，更正待批准" in area.text("/admin/appeals")
    checker = signed_in(service, "checker")
    target = re.search(r'href="(/admin/corrections/[0-9]+)"', checker.text("/admin/corrections"))
    assert target and "申诉成立" in checker.text("/admin/corrections")
    assert 400 == office.post(target[1], {"deed": "approve"}).status_code
    assert 302 == checker.post(target[1], {"deed": "approve"}).status_code
    assert "成立，已更正" in area.text("/admin/appeals")
    assert "共 1 行" in area.text("/admin/rows?what=credits&codes=A01")


def test_an_appeal_by_receipt_is_refused_with_a_reason(service: Service, office: Visitor) -> None:
    claimed(service, 1, "N07", 2 * HOUR)
    key = service.settings.person_pepper
    receipt = receipt_of(service.campaign, 1, key)
    person = identify(make_phone(1), key).digest
    service.store.write(lambda c: residents.add_receipt(
        c, service.campaign.id, digest_of(receipt, key), person, 1
    ))
    area = signed_in(service, "area")
    assert 302 == file_appeal(area, receipt.lower())
    checker = signed_in(service, "checker")
    link = re.search(r"/admin/appeals/[0-9]+", checker.text("/admin/appeals"))
    assert link
    assert make_phone(1)[-4:] in checker.text(link[0])
    assert 400 == checker.post(link[0], {"deed": "refuse", "note": ""}).status_code
    assert 302 == checker.post(link[0], {"deed": "refuse", "note": "没有依据"}).status_code
    page = area.text("/admin/appeals")
    assert "已驳回" in page and "没有依据" in page


def test_a_unit_learns_nothing_by_appealing(service: Service, office: Visitor) -> None:
    """The answer is the same whether there is such a person or not, and other units see none."""
    claimed(service, 1, "N07", 2 * HOUR)
    area, bank = signed_in(service, "area"), signed_in(service, "bank")
    day = local_text(instants.now() - 2 * HOUR)[:10]
    told = []
    for about in (f"{make_phone(1)[-4:]}@{day}", f"0000@{day}"):
        assert 302 == file_appeal(area, about)
        told.append(area.text("/admin/appeals").count("待核实"))
    assert [1, 2] == told
    assert 400 == file_appeal(area, "1", unit="A02")
    assert 400 == file_appeal(area, make_phone(1))
    assert "当面帮办" not in bank.text("/admin/appeals")


def test_nobody_decides_their_own_appeal(service: Service, office: Visitor) -> None:
    claimed(service, 1, "N07", 2 * HOUR)
    assert 302 == file_appeal(office, "1")
    link = re.search(r"/admin/appeals/[0-9]+", office.text("/admin/appeals"))
    assert link
    assert "另一个人决定" in office.text(link[0])
    answer = office.post(link[0], {"deed": "refuse", "note": "算了"})
    assert 400 == answer.status_code and "另一个人" in answer.get_data(as_text=True)


def test_a_request_at_the_counter_is_carried_out(service: Service, office: Visitor) -> None:
    claimed(service, 1, "N07", 2 * HOUR)
    person = identify(make_phone(1), service.settings.person_pepper).digest
    service.store.write(lambda c: residents.put_head(c, service.campaign.id, person, 5))
    imported(office, feed(1))
    page = office.text("/admin/erasures?about=1")
    assert make_phone(1)[-4:] in page
    assert 400 == office.post("/admin/erasures", {"row": "1", "note": ""}).status_code
    assert 302 == office.post("/admin/erasures", {"row": "1", "note": "出示回执"}).status_code
    assert "待执行" in office.text("/admin/erasures")
    assert "没有符合条件" not in office.text("/admin/rows?what=claims")
    assert 302 == office.post("/admin/erasures/run").status_code
    done = office.text("/admin/erasures")
    assert "已删除" in done and "执行删除（" not in done
    assert make_phone(1)[-4:] not in office.text("/admin/rows?what=claims")
    with service.store.read() as connection:
        assert {} == residents.heads(connection, service.campaign.id, [person])
        left = connection.one(
            "select count(*) as n from claim where person = :person", {"person": person}
        )
    assert left == {"n": 0}
    assert "erased" in [row["what"] for row in audit.entries(service.store)]


def test_another_accounts_session_is_ended_alone(service: Service, office: Visitor) -> None:
    here, there = signed_in(service, "bank"), signed_in(service, "bank")
    starts = re.findall(r'name="session" value="([0-9a-f]{16})"', office.text("/admin/users/bank"))
    assert 2 == len(starts)
    assert 302 == office.post(
        "/admin/users/bank", {"deed": "end", "session": starts[0]}
    ).status_code
    assert [200, 302] == sorted(v.get("/admin/").status_code for v in (here, there))
    assert 400 == office.post("/admin/users/bank", {"deed": "end", "session": "%"}).status_code
    office.post("/admin/users/bank", {"deed": "end_all"})
    assert [302, 302] == [v.get("/admin/").status_code for v in (here, there)]


def test_a_shut_door_is_opened_by_the_office(service: Service, office: Visitor) -> None:
    stranger = Visitor(service)
    for _ in range(signing_in.PER_ACCOUNT_AND_NETWORK + 1):
        stranger.sign_in("area", "wrong")
    assert 429 == stranger.sign_in("area").status_code
    assert "登录被限制" in office.text("/admin/users/area")
    assert 302 == office.post("/admin/users/area", {"deed": "unlock"}).status_code
    assert "没有被限制" in office.text("/admin/users/area")
    assert 302 == stranger.sign_in("area").status_code
    assert 404 == office.get("/admin/users/nobody").status_code


def test_people_leave_only_for_a_purpose(service: Service, office: Visitor) -> None:
    claimed(service, 1, "N07", HOUR)
    for name in ("claims", "credits", "attribution"):
        assert 400 == office.get(f"/admin/export/{name}.csv?purpose=%20").status_code
    assert 200 == office.get("/admin/export/progress.csv").status_code


def test_the_first_three_digits_are_for_the_office_and_told(
    service: Service, office: Visitor
) -> None:
    pepper, campaign = service.settings.person_pepper, service.campaign.id
    claimed(service, 1, "A01", HOUR)
    claimed(service, 2, "A01", HOUR)
    person = identify(make_phone(1), pepper).digest
    sealed = seal_head(make_phone(1), person, pepper)
    service.store.write(lambda c: residents.put_head(c, campaign, person, sealed))
    path = "/admin/export/claims.csv?heads=1&purpose=发放奖励"
    rows = list(csv.reader(io.StringIO(office.get(path).get_data().decode("utf-8-sig"))))
    place = rows[0].index("手机前三位")
    assert "手机尾号" == rows[0][place + 1]
    assert {(f"#{make_phone(1)[:3]}", "#0001"), ("", "#0002")} == {
        (row[place], row[place + 1]) for row in rows[1:]
    }
    told = [row["detail"] for row in audit.entries(service.store) if row["what"] == "export"]
    asked = dict(Entry.from_text(told[-1]).more)
    assert ("1", "发放奖励") == (asked["chosen"]["heads"], asked["purpose"])
    for role in ("checker", "area"):
        visitor = signed_in(service, role)
        assert 403 == visitor.get(path).status_code
        plain = visitor.get("/admin/export/claims.csv?purpose=x").get_data().decode("utf-8-sig")
        assert "手机前三位" not in plain
    assert 403 == office.get("/admin/export/scans.csv?heads=1&purpose=x").status_code


def test_sealed_digits_tell_nothing_without_the_pepper() -> None:
    """Of people with the same first digits, what is kept is spread over all there may be."""
    kept = set()
    for number in range(400):
        person = identify(make_phone(number), "p" * 32).digest
        sealed = seal_head(make_phone(number), person, "p" * 32)
        assert make_phone(number)[:3] == open_head(sealed, person, "p" * 32)
        kept.add(sealed)
    assert kept == set(range(70))


def test_a_log_with_a_gap_is_not_exported_and_the_gap_is_named(
    service: Service, office: Visitor
) -> None:
    checker = signed_in(service, "checker")
    assert 200 == checker.get("/admin/audit/export.csv").status_code
    raw = sqlite3.connect(service.settings.instance / "ledger.db")
    raw.execute("drop trigger audit_no_delete")
    raw.execute("delete from audit where n in (2, 3)")
    raw.commit()
    raw.close()
    for kind in ("csv", "xlsx"):
        answer = checker.get(f"/admin/audit/export.{kind}")
        assert 400 == answer.status_code
        assert "缺第 2 到 3 条" in answer.get_data(as_text=True)
    page = checker.text("/admin/audit")
    assert "缺第 2 到 3 条" in page and "/admin/audit/export.csv" not in page


def test_the_log_outlives_the_retention_job(service: Service, office: Visitor) -> None:
    """Six months at least; nothing of ours deletes an entry, at whatever age."""
    before = [row["hash"] for row in audit.entries(service.store)]
    assert before
    later = instants.now() + 400 * DAY
    retention.run(service.ledger, later, Actor("test"))
    after = [row["hash"] for row in audit.entries(service.store)]
    assert before == after[: len(before)]
    raw = sqlite3.connect(service.settings.instance / "ledger.db")
    for sql in ("delete from audit where n = 1", "update audit set who = 'x' where n = 1"):
        with pytest.raises(sqlite3.DatabaseError):
            raw.execute(sql)
    raw.close()
