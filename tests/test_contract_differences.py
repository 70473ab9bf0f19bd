# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The difference ledger: what a conflict contradicted, and whose credit moved; what is none."""
import csv
import io
from datetime import timedelta

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from feeding import import_feed
from openpyxl import load_workbook
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution import cli
from attribution.facts import conflicts, differences, intake
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, iso_text, local_text
from attribution.store import difference_rows, feed_batches
from attribution.store.difference_rows import Chosen

ME = "ann"
HEAD = ("phone", "registered_at", "card_bound_at", "first_txn_at", "as_of")


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def bring(office, batch, *rows):
    """Take in a file called *batch*; each row is (number, three steps, as_of)."""
    path = office.folder / f"{batch}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEAD, *((make_phone(n), *more) for n, *more in rows)])
    return import_feed(
        office.ledger, path, pepper=office.service.settings.person_pepper, digest="sha256",
        now=office.now, by_whom="test", batch=batch, reading=intake.Reading(losses=True))


def steps(at, *later):
    return tuple(local_text(at + n * MINUTE) if n is not None else "" for n in (0, *later))


def told(office):
    """Return what the ledger's page tells of each row: reason, changes, whose credit moved."""
    with office.store.read() as connection:
        rows = difference_rows.page(
            connection, office.campaign.id, Chosen(), offset=0, limit=100)
        found = conflicts.told(connection, office.campaign.id, rows)
    return [
        (row["reason"],
         [(one.step, one.was_batch, one.now) for one in found[row["id"]].steps],
         (found[row["id"]].before, found[row["id"]].after) if found[row["id"]].moved else None)
        for row in rows if row["id"] in found
    ]


def moment(office, ago):
    return office.now - ago


def as_of(office, days):
    return iso_text(office.now - 3 * DAY + days * HOUR)


def old_user(office, line, **more):
    """Enter a row as earlier versions did, of somebody who had registered before."""
    row = {
        "id": office.store.next_id(office.now), "at": office.now, "batch": "old", "line": line,
        "person": f"p{line}", "last4": "1234", "category": "time_anomaly",
        "reason": "registered_before", **more,
    }
    office.store.write(lambda c: feed_batches.add_differences(c, office.campaign.id, [row]))
    return row["id"]


def test_contract_a_conflict_tells_the_values_their_files_and_whose_credit_moved(office):
    first, second = moment(office, 30 * HOUR), moment(office, 20 * HOUR)
    office.claim(1, "N07", first)
    office.claim(1, "N08", second)
    bring(office, "f1", (1, *steps(first + HOUR, 5, 9), as_of(office, 1)))
    assert 1 == office.live()["N07"]["effective"]
    later = second + HOUR
    bring(office, "f2", (1, *steps(later, 5, 9), as_of(office, 2)))
    assert 1 == office.live()["N08"]["effective"]
    whole = later // 1_000_000 * 1_000_000
    # All three steps differ; the first reason stands for the row.
    assert [("registered_at_differs", [
        ("registered_at", "f1", whole), ("card_bound_at", "f1", whole + 5 * MINUTE),
        ("first_txn_at", "f1", whole + 9 * MINUTE),
    ], ("N07", "N08"))] == told(office)


def test_contract_a_void_takes_the_credit_and_says_from_whom(office):
    at = moment(office, 30 * HOUR)
    office.claim(1, "N07", at)
    bring(office, "f1", (1, *steps(at + HOUR, 5, 9), as_of(office, 1)))
    bring(office, "f2", (1, *steps(at + HOUR, 5), "已退款", as_of(office, 2)))
    bring(office, "f3", (1, *steps(at + HOUR, 5, 30), as_of(office, 3)))
    assert [("first_txn_at_void", [("first_txn_at", "f1", -1)], ("N07", None))] == [
        (reason, [(step, batch, -1) for step, batch, _ in changed], moved)
        for reason, changed, moved in told(office)
    ]
    assert 1 == office.live()["N07"]["effective"]


def test_contract_a_step_no_longer_stated_moves_nothing_and_says_so(office):
    at = moment(office, 30 * HOUR)
    office.claim(1, "N07", at)
    bring(office, "f1", (1, *steps(at + HOUR, 5, 9), as_of(office, 1)))
    bring(office, "f2", (1, *steps(at + HOUR, 5, None), as_of(office, 2)))
    assert [("step_no_longer_stated", [("first_txn_at", "f1", None)], None)] == told(office)
    assert 1 == office.live()["N07"]["effective"]


def test_contract_two_rows_of_one_file_contradict_one_another(office):
    at = moment(office, 30 * HOUR)
    office.claim(1, "N07", at)
    bring(office, "f1", (1, *steps(at + HOUR, 5, 9), as_of(office, 1)),
          (1, *steps(at + 2 * HOUR, 65, 69), as_of(office, 2)),
          (1, *steps(at + 3 * HOUR, 65, 69), as_of(office, 3)))
    found = told(office)
    assert ["registered_at_differs"] * 2 == [reason for reason, _, _ in found]
    # The newest first: the third row, and before it the second.
    values = [changed[0][2] for _, changed, _ in found]
    assert [at // 1_000_000 * 1_000_000 + n * HOUR for n in (3, 2)] == values
    assert {"f1"} == {batch for _, changed, _ in found for _, batch, _ in changed}


def test_contract_a_day_that_becomes_another_day_is_told_as_days(office):
    at = moment(office, 4 * DAY)
    office.claim(1, "N07", at)
    day = instants.to_datetime(at).date()
    bring(office, "f1", (1, day, day, day, as_of(office, 1)))
    bring(office, "f2", (1, day + timedelta(days=1), *[day + timedelta(days=1)] * 2,
                         as_of(office, 2)))
    ((reason, changed, _),) = told(office)
    assert "registered_at_differs" == reason
    assert ("registered_at", "f1", day_of(at + DAY)) == changed[0]


def test_contract_an_old_user_who_scanned_is_an_outcome(office):
    """295 of 301 rows of a county's ledger were these; none is written any more."""
    mark = instants.from_datetime(office.campaign.mark_time)
    for number in range(5):
        office.claim(number, "N07", moment(office, 30 * HOUR))
    report = bring(
        office, "f1", *((n, *steps(mark - DAY, 5, 9), as_of(office, 1)) for n in range(5)))
    assert {"ruled_out": 5} == dict(report.categories)
    assert {"ruled_out: registered_before": 5} == dict(report.causes)
    with office.store.read() as connection:
        assert 0 == difference_rows.count(connection, office.campaign.id, Chosen())


def test_contract_old_rows_of_the_kind_are_shown_as_outcomes_and_not_deleted(office):
    ids = [old_user(office, line) for line in range(2, 9)]
    real = old_user(office, 9, reason="in_the_future")
    campaign = office.campaign.id
    with office.store.read() as connection:
        assert 1 == difference_rows.count_open(connection, campaign)
        assert [real] == difference_rows.ids(connection, campaign, Chosen("open"))
        assert ids == difference_rows.ids(connection, campaign, Chosen("outcome"))
        assert {"registered_before": 7, "in_the_future": 1} == difference_rows.reasons(
            connection, campaign, Chosen())
    add_everyone(office.service)
    page = signed_in(office.service, "office")
    shown = page.text("/admin/differences?state=outcome")
    assert 7 == shown.count("不用处理</td>")
    assert 'name="id"' not in shown
    assert "还有 1 行待查" in shown
    assert 1 == page.text("/admin/differences?state=open").count('type="checkbox" name="id"')


def test_contract_all_rows_of_a_reason_are_settled_at_once_and_no_later_one(office, monkeypatch):
    monkeypatch.setattr(differences, "TOGETHER", 3)
    for line in range(2, 12):
        old_user(office, line, reason="in_the_future")
    other = old_user(office, 12, reason="placeholder")
    add_everyone(office.service)
    page = signed_in(office.service, "office")
    shown = page.text("/admin/differences?state=open&reason=in_the_future")
    assert "全部 10 行记为已处理" in shown
    assert "placeholder" in shown  # among the reasons to choose
    until = shown.partition('name="until" value="')[2].partition('"')[0]
    later = old_user(office, 13, reason="in_the_future")
    answer = page.post("/admin/differences", {
        "deed": "all", "reason": "in_the_future", "until": until, "note": "平台的钟快了",
    })
    assert 302 == answer.status_code
    with office.store.read() as connection:
        assert [other, later] == difference_rows.ids(connection, office.campaign.id, Chosen("open"))
        entries = connection.rows(
            "select detail from audit where what = 'difference_done' order by n")
    assert 4 == len(entries)
    assert all("平台的钟快了" in entry["detail"] for entry in entries)
    assert 400 == page.post("/admin/differences", {
        "deed": "all", "until": until, "note": f"{make_phone(1)} 是他",
    }).status_code
    assert 400 == page.post("/admin/differences", {
        "deed": "all", "until": until, "note": " ",
    }).status_code


def test_the_page_and_the_downloads_tell_the_same(office):
    first, second = moment(office, 30 * HOUR), moment(office, 20 * HOUR)
    office.claim(1, "N07", first)
    office.claim(1, "N08", second)
    bring(office, "f1", (1, *steps(first + HOUR, 5, 9), as_of(office, 1)))
    bring(office, "f2", (1, *steps(second + HOUR, 5, 9), as_of(office, 2)),
          (2, local_text(office.now + HOUR), "", "", as_of(office, 2)))
    add_everyone(office.service)
    page = signed_in(office.service, "office")
    shown = page.text("/admin/differences?state=open")
    names = {row["id"]: row["name"] for row in _units(office)}
    was, now = local_text(first + HOUR), local_text(second + HOUR)
    for text in (was, now, "f1", "f2", names["N07"], names["N08"], "注册时间和以前给的不同"):
        assert text in shown
    assert 400 == page.get("/admin/differences/export.csv").status_code
    text = page.get("/admin/differences/export.csv?reason=registered_at_differs&purpose=核对")
    (row,) = csv.DictReader(io.StringIO(text.get_data().decode("utf-8-sig")))
    assert f"{was}；" in row["原值"]
    assert f"{now}；" in row["新值"]
    assert ("f1；f1；f1", "f2", "是") == (row["原值来自批次"], row["批次"], row["归属有变化"])
    assert (f"N07 {names['N07']}", f"N08 {names['N08']}") == (row["原归属"], row["新归属"])
    book = page.get("/admin/export/differences.xlsx?state=open&purpose=核对").get_data()
    sheet = load_workbook(io.BytesIO(book)).worksheets[0]
    title, head, *lines = sheet.iter_rows(values_only=True)
    assert "状态：待查" in str(title[0])
    place = head.index("状态")
    assert ["待查", "待查"] == [line[place] for line in lines]
    for role in ("area", "bank", "department", "viewer"):
        other = signed_in(office.service, role)
        for address in ("/admin/differences/export.csv", "/admin/export/differences.csv"):
            assert 403 == other.get(f"{address}?purpose=核对").status_code


def test_the_shell_lists_and_settles_by_reason(service, instance, tmp_path, capsys):
    office = Office(service, tmp_path)
    at = moment(office, 30 * HOUR)
    office.claim(1, "N07", at)
    bring(office, "f1", (1, *steps(at + HOUR, 5, 9), as_of(office, 1)))
    bring(office, "f2", (1, *steps(at + HOUR, 5, 30), as_of(office, 2)),
          (2, local_text(office.now + HOUR), "", "", as_of(office, 2)))

    def shell(*argv):
        status = cli.main([*argv, "--instance", str(instance.folder)])
        return status, capsys.readouterr().out

    status, out = shell("feed", "differences", "--reason", "first_txn_at_differs")
    assert (0, "1 to look at") == (status, out.splitlines()[-1])
    assert f"{local_text(at + HOUR + 9 * MINUTE)} (f1) -> " in out
    assert (2, "") == shell("feed", "settle", "--note", "n")
    assert (0, "1 differences are dealt with\n") == shell(
        "feed", "settle", "--every", "--reason", "first_txn_at_differs", "--note", "已问平台")
    assert "1 to look at" in shell("feed", "differences")[1]
    target = tmp_path / "d.csv"
    assert 0 == shell("export", "differences", "--out", str(target))[0]
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig"))))
    assert {"已处理", "待查"} <= {row["状态"] for row in rows}


def _units(office):
    with office.store.read() as connection:
        return connection.rows("select id, name from unit")
