# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The platform's file becomes facts, facts become credits; a bad file becomes a report."""
import csv
from datetime import datetime, timedelta

import openpyxl
import pytest
from factories import make_phone
from feeding import import_feed

from attribution.facts import intake
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.store import log, tallies
from qrgen.shell import Fault

HEAD = ("phone", "registered_at", "card_bound_at", "first_txn_at")


def write(path, rows, head=HEAD, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def done(number, now, ago=HOUR):
    """A row of someone who registered, bound and paid a while before *now*."""
    at = now - ago
    return (make_phone(number), *(local_text(at + n * MINUTE) for n in (0, 5, 9)))


def claimed(service, number, unit, at, id):
    person = identify(make_phone(number), service.settings.person_pepper)
    row = log.Claim(
        id, service.campaign.id, person.digest, at, unit, 1, None, None, False, person.last4,
        "c", "n", "other", token=f"t{id}",
    )
    service.store.write(lambda c: log.add_claim(c, row))


def take(service, path, **more):
    return import_feed(
        service.ledger, path, pepper=service.settings.person_pepper,
        digest="sha256", now=more.pop("now", instants.now()), by_whom=more.pop("by", "test"),
        **more,
    )


def standing(service, number):
    person = identify(make_phone(number), service.settings.person_pepper).digest
    with service.store.read() as connection:
        return connection.one("select * from standing where person = :p", {"p": person})


def test_facts_become_the_credit_of_the_claimed_unit(service, tmp_path):
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 1)
    report = take(service, write(tmp_path / "day.csv", [done(1, now), done(2, now)]))
    assert (2, 2, 1) == (report.rows, report.people, report.credited)
    assert "N07" == standing(service, 1)["credited"]
    assert "no_claim" == standing(service, 2)["reason"]
    assert [] == checks.check(service.ledger)


def test_the_same_file_again_changes_nothing(service, tmp_path):
    path = write(tmp_path / "day.csv", [done(1, instants.now())])
    take(service, path)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(path.read_bytes())
    assert take(service, copy).repeated
    with service.store.read() as connection:
        assert {"n": 1} == connection.one("select count(*) as n from fact")


def test_a_batch_number_is_used_once(service, tmp_path):
    take(service, write(tmp_path / "a.csv", [done(1, instants.now())]), batch="B1")
    with pytest.raises(Fault, match="already taken in"):
        take(service, write(tmp_path / "b.csv", [done(2, instants.now())]), batch="B1")


def test_a_dry_run_tells_and_writes_nothing(service, tmp_path):
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 1)
    report = take(service, write(tmp_path / "day.csv", [done(1, now)]), aim=intake.Aim.TRY)
    assert 1 == report.credited
    assert standing(service, 1) is None
    with service.store.read() as connection:
        assert {"n": 0} == connection.one("select count(*) as n from fact")
        assert {"n": 0} == connection.one("select count(*) as n from batch")


def test_every_bad_row_is_reported_and_none_is_taken(service, tmp_path):
    now = instants.now()
    rows = [done(1, now), ("12", "", "", ""), (make_phone(2), "yesterday", "", ""),
            ("", "x", "y", "z")]
    with pytest.raises(Fault, match="3 of 4 rows") as caught:
        take(service, write(tmp_path / "bad.csv", rows))
    causes = [single.cause for single in caught.value.more]
    assert ["bad.csv:3", "bad.csv:4", "bad.csv:5"] == [c.split(": ")[0] for c in causes]
    assert not any(make_phone(2) in cause for cause in causes)
    with service.store.read() as connection:
        assert {"n": 0} == connection.one("select count(*) as n from fact")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_headings_in_every_encoding_of_the_office(service, tmp_path, encoding):
    head = ("手机号", "注册时间", "绑卡时间", "首笔交易时间")
    path = write(tmp_path / "f.csv", [done(1, instants.now())], head, encoding)
    assert 1 == take(service, path).rows


def test_columns_can_be_named(service, tmp_path):
    head = ("号码", "开通", "绑定", "交易")
    path = write(tmp_path / "f.csv", [done(1, instants.now())], head)
    with pytest.raises(Fault, match="no column for phone"):
        take(service, path)
    mapping = dict(zip(HEAD, head, strict=True))
    assert 1 == take(service, path, mapping=mapping).rows


def test_xlsx_with_numbers_and_dates_of_excel(service, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD)
    moment = datetime.now().replace(microsecond=0) - timedelta(hours=1)
    sheet.append([int(make_phone(1)), moment, moment + timedelta(minutes=1), None])
    sheet.append([make_phone(2) + " ", local_text(instants.now() - HOUR), "", "无"])
    path = tmp_path / "f.xlsx"
    book.save(path)
    assert 2 == take(service, path).rows
    assert standing(service, 1)["card_bound_at"] is not None
    assert standing(service, 2)["card_bound_at"] is None


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", b"\x00\x01\x02", b"PK\x03\x04broken", "手机号\n".encode(),
        b"phone\n\xff\xff\xff",
    ],
)
def test_a_file_that_is_no_feed_is_refused_whole(service, tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(Fault) as caught:
        take(service, path)
    assert caught.value.hint


def test_a_correction_is_an_added_row_with_its_reason(service, tmp_path):
    """A later feed that says the person registered long ago takes the credit back."""
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 1)
    take(service, write(tmp_path / "a.csv", [done(1, now)]), now=now)
    report = take(
        service, write(tmp_path / "b.csv", [(make_phone(1), "2020-01-01", "", "")]),
        now=now + HOUR,
    )
    assert 1 == report.lost
    assert "registered_before" == standing(service, 1)["reason"]
    with service.store.read() as connection:
        assert {"unit": "N07"} == connection.one("select unit from credit")
        row = connection.one("select kind, from_unit, reason, automatic from adjustment")
    assert row == {
        "kind": "reverse", "from_unit": "N07", "reason": "feed_correction", "automatic": 1,
    }
    assert [] == checks.check(service.ledger)


def test_a_touched_standing_and_a_touched_tally_are_found_and_rebuilt(service, tmp_path):
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 1)
    take(service, write(tmp_path / "a.csv", [done(1, now)]))
    with service.store.transaction() as connection:
        connection.run("update standing set credited = 'A01'")
        connection.run("update tally set n = n + 5 where kind = 'effective'")
    questions = {finding.question for finding in checks.check(service.ledger)}
    assert {"standing_by_rule", "credit_by_log", "tally_is_count"} <= questions
    assert 1 == checks.rebuild(service.ledger, now)
    assert "N07" == standing(service, 1)["credited"]
    with service.store.read() as connection:
        assert 1 == tallies.by_kind(connection, service.campaign.id)["effective"]
