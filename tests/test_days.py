# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A day is a day from the platform's file to what the office downloads; the doors refuse slips."""
import csv
import io
import json
from datetime import date, datetime, timedelta

import openpyxl
import pytest
from factories import make_phone
from test_api import Partner
from test_facts import HEAD, claimed, standing, take, write

from attribution.deeds import Actor
from attribution.facts import intake, known_users, report
from attribution.office import trace
from attribution.proof import checks, heads
from attribution.reports import exports, spreadsheets
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start, iso_text, local_text
from attribution.rule.people import identifier, identify
from attribution.rule.stated import VOID
from attribution.store import standings
from attribution.store.engine.database import StoreError
from attribution.store.export_pages import Filter
from attribution.web.application import create_app
from qrgen.shell import Fault

DATED = (*HEAD, "as_of")


def bare(instant):
    return local_text(instant)[:10]


def person(service, number):
    return identify(make_phone(number), service.settings.person_pepper).digest


def kept(service, number):
    with service.store.read() as connection:
        return standings.standings_of(
            connection, service.campaign.id, [person(service, number)])[person(service, number)]


def differences(service):
    with service.store.read() as connection:
        return [(row["category"], row["reason"]) for row in connection.rows(
            "select category, reason from difference order by id")]


@pytest.fixture
def noon():
    """Noon of three days ago: whatever the hour now, all of that day is over."""
    return day_start(day_of(instants.now() - 3 * DAY)) + 12 * HOUR


def test_a_file_of_bare_dates_credits_who_claimed_that_day_and_shows_days(service, tmp_path, noon):
    """Read as midnight, everybody who claimed and registered on one day had claimed too late."""
    claimed(service, 1, "N07", noon, 1)
    day = bare(noon)
    take(service, write(tmp_path / "days.csv", [(make_phone(1), day, day, local_text(noon))]))
    assert "N07" == standing(service, 1)["credited"]
    found = kept(service, 1)
    assert (day_of(noon), day_of(noon), noon) == found[6:9]
    assert noon == found.effective_at
    assert [] == checks.check(service.ledger)

    for name in ("attribution", "credits"):
        blocks = list(exports.EXPORTS[name].blocks(service.store, service.campaign.id, Filter()))
        text = b"".join(spreadsheets.write_csv(exports.EXPORTS[name], blocks)).decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(text))
        assert (day, day, local_text(noon)) == (
            row["注册时间"], row["绑卡时间"], row["首笔交易时间"])
        made = tmp_path / f"{name}.xlsx"
        made.write_bytes(b"".join(spreadsheets.stream_xlsx(exports.EXPORTS[name], blocks)))
        sheet = openpyxl.load_workbook(made).active
        assert sheet is not None
        heading, cells = [list(cells) for cells in sheet.iter_rows(max_row=2)]
        place = [cell.value for cell in heading].index("注册时间")
        moment = datetime.fromisoformat(day)
        assert (moment, "yyyy\\-mm\\-dd") == (cells[place].value, cells[place].number_format)
        assert moment + timedelta(hours=12) == cells[place + 2].value
    told = "\n".join(trace.lines(trace.trace(service.ledger, person(service, 1))))
    assert f"facts merged: registered_at={day} card_bound_at={day}" in told
    assert day == json.loads(trace.as_json(trace.trace(service.ledger, person(service, 1))))[
        "facts"]["registered_at"]


def test_excel_s_own_dates_without_a_time_are_days(service, tmp_path, noon):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(HEAD)
    day = date.fromisoformat(bare(noon))
    serial = (day - date(1899, 12, 30)).days
    sheet.append([make_phone(1), day, serial, serial + 0.75])
    sheet.append([make_phone(2), bare(noon).replace("-", ""), None, None])
    workbook.save(tmp_path / "days.xlsx")
    take(service, tmp_path / "days.xlsx")
    assert (day_of(noon), day_of(noon), noon + 6 * HOUR) == kept(service, 1)[6:9]
    assert day_of(noon) == kept(service, 2).registered_at


@pytest.mark.parametrize("placeholder", [
    "1970-01-01", "1970-01-01 08:00:00", "1900-01-01", "1970-01-01T00:00:00Z", "2009-12-31",
])
def test_a_placeholder_is_not_yet(service, tmp_path, noon, placeholder):
    claimed(service, 1, "N07", noon, 1)
    rows = [(make_phone(1), local_text(noon), placeholder, placeholder)]
    report = take(service, write(tmp_path / "p.csv", rows))
    assert ("not_bound_yet", {"rows": 1, "registered": 1, "bound": 0, "paid": 0}) == (
        standing(service, 1)["reason"], dict(report.totals))


@pytest.mark.parametrize("word", ["void", "VOID", "已撤销", "已退款", "已注销"])
def test_a_step_taken_back_takes_the_credit_back_and_is_listed(service, tmp_path, noon, word):
    claimed(service, 1, "N07", noon, 1)
    good = (make_phone(1), *(local_text(noon + n * MINUTE) for n in (0, 5, 9)))
    take(service, write(tmp_path / "1.csv", [good]), now=noon + DAY)
    assert "N07" == standing(service, 1)["credited"]
    report = take(service, write(tmp_path / "2.csv", [(*good[:3], word)]))
    assert "no_transaction_yet" == standing(service, 1)["reason"]
    assert (1, 0) == (report.lost, report.totals["paid"])
    assert [("conflict", "first_txn_at_void")] == differences(service)
    assert [] == checks.check(service.ledger)


def test_a_later_row_that_is_silent_takes_nothing_and_is_listed(service, tmp_path, noon):
    claimed(service, 1, "N07", noon, 1)
    good = (make_phone(1), *(local_text(noon + n * MINUTE) for n in (0, 5, 9)))
    take(service, write(tmp_path / "1.csv", [(*good, bare(noon))], DATED))
    silent = (*good[:2], "", good[3])
    take(service, write(tmp_path / "2.csv", [(*silent, bare(noon - DAY))], DATED))
    assert [] == differences(service), "an older row knew less, that is all"
    take(service, write(tmp_path / "3.csv", [(*silent, bare(noon + DAY))], DATED))
    assert [("conflict", "step_no_longer_stated")] == differences(service)
    assert "N07" == standing(service, 1)["credited"]


def test_an_instant_and_its_day_are_no_conflict(service, tmp_path, noon):
    day = bare(noon)
    rows = [(make_phone(1), day, day, ""), (make_phone(1), local_text(noon), day, "")]
    take(service, write(tmp_path / "1.csv", rows))
    assert [] == differences(service)
    assert noon == kept(service, 1).registered_at, "of a tie the instant stands"
    take(service, write(tmp_path / "2.csv", [(make_phone(1), bare(noon - DAY), day, "")]))
    assert [("conflict", "registered_at_differs")] == differences(service)


@pytest.mark.parametrize(("registered", "bound", "reason"), [
    ("2026-03-02 00:03:00", "2026-03-01 23:59:00", None),
    ("2026-03-02 00:03:00", "2026-03-01 23:57:00", "bound_before_registered"),
    ("2026-03-02 12:00:00", "2026-03-02", None),
    ("2026-03-02", "2026-03-02 00:00:00", None),
    ("2026-03-02", "2026-03-01 23:59:59", "bound_before_registered"),
    ("2026-03-02 00:00:01", "2026-03-01", "bound_before_registered"),
])
def test_steps_are_out_of_order_by_days_and_two_instants_by_five_minutes(
    service, tmp_path, registered, bound, reason
):
    take(service, write(tmp_path / "o.csv", [(make_phone(1), registered, bound, "")]))
    assert ([("time_anomaly", reason)] if reason else []) == differences(service)


@pytest.mark.parametrize("column", ["registered_at", "card_bound_at", "first_txn_at", "as_of"])
@pytest.mark.parametrize("write_time", [iso_text, bare], ids=["instant", "day"])
def test_the_door_refuses_what_lies_more_than_a_day_ahead(service, tmp_path, column, write_time):
    """A file of a machine whose clock is a year ahead would be the latest word for a year."""
    now = instants.now()
    row = dict.fromkeys(DATED, "") | {"phone": make_phone(1), "registered_at": bare(now - DAY)}
    soon = {**row, column: write_time(now + DAY)}
    ahead = {**row, column: write_time(now + 2 * DAY + MINUTE)}
    with pytest.raises(Fault) as refused:
        take(service, write(tmp_path / "ahead.csv", [soon.values(), ahead.values()], DATED),
             now=now)
    (line,) = refused.value.more
    assert f"ahead.csv:3: {column}: more than a day ahead of the clock" == line.cause
    accepted = take(service, tmp_path / "ahead.csv", now=now,
                    reading=intake.Reading(accept=frozenset({3})))
    assert 1 == accepted.people


def test_the_door_refuses_a_business_date_that_lies_ahead(service, tmp_path):
    now = instants.now()
    path = write(tmp_path / "f.csv", [(make_phone(1), bare(now - DAY), "", "")])
    with pytest.raises(Fault, match="more than a day ahead"):
        take(service, path, now=now, as_of=now + DAY + 1)
    assert 1 == take(service, path, now=now, as_of=now + DAY).rows


def test_an_empty_business_date_ranks_before_all_others(service, tmp_path, noon):
    rows = [(make_phone(1), bare(noon), "", "", bare(noon)),
            (make_phone(1), bare(noon + DAY), "", "", "")]
    take(service, write(tmp_path / "f.csv", rows, DATED))
    assert day_of(noon) == kept(service, 1).registered_at
    take(service, write(tmp_path / "g.csv", rows[1:], DATED), as_of=noon + DAY)
    assert day_of(noon + DAY) == kept(service, 1).registered_at, "the office said which day"


def test_a_partner_says_days_and_void_and_what_lies_ahead_is_refused(service, noon):
    partner = Partner(service, create_app(service.settings, service).test_client())
    claimed(service, 1, "N07", noon, 1)
    day, now = bare(noon), instants.now()

    def push(*items, **more):
        answer = partner.post("facts", {"items": list(items), **more})
        assert 200 == answer.status_code, answer.text
        return answer.get_json()["results"]

    phone = make_phone(1)
    push({"phone": phone, "registered_at": day, "card_bound_at": day, "first_txn_at": day,
          "as_of": iso_text(noon)})
    assert "N07" == standing(service, 1)["credited"]
    # What is not named is not asked; what is named and empty is silent about a known step.
    (named,) = push({"phone": phone, "card_bound_at": day, "as_of": iso_text(noon + HOUR)})
    assert "anomaly" not in named
    (silent,) = push({"phone": phone, "card_bound_at": day, "first_txn_at": None,
                      "as_of": iso_text(noon + HOUR)})
    assert "step_no_longer_stated" == silent["anomaly"]
    (undone,) = push({"phone": phone, "first_txn_at": "void", "as_of": iso_text(noon + DAY)})
    assert ("accepted", "first_txn_at_void") == (undone["status"], undone["anomaly"])
    assert "no_transaction_yet" == standing(service, 1)["reason"]

    ahead = iso_text(now + DAY + HOUR)
    for name in ("registered_at", "as_of"):
        (refused,) = push({"phone": phone, "registered_at": day, name: ahead})
        assert [f"{name}: more than a day ahead of the clock"] == refused["problems"]
    answer = partner.post("facts", {"items": [{"phone": phone, "registered_at": day}],
                                    "as_of": ahead})
    assert 422 == answer.status_code
    assert [] == checks.check(service.ledger)


def test_a_precision_changed_by_hand_is_found(service, tmp_path, noon):
    """Eighteen hours lie between a day's midnight and its evening: who turns one, moves credits."""
    take(service, write(tmp_path / "d.csv", [(make_phone(1), bare(noon), "", "")]))
    heads.seal_now(service.ledger, service.settings, instants.now() + 1)
    assert [] == checks.check(service.ledger)
    with pytest.raises(StoreError), service.store.transaction() as connection:
        connection.run("update fact set precision = null")
    with service.store.transaction() as connection:
        connection.run("drop trigger fact_no_update")
        connection.run("update fact set precision = null")
    found = {one.question for one in checks.check(service.ledger)}
    assert {"seal_whole", "standing_by_rule"} <= found


def test_every_reason_of_a_row_has_words_in_the_console():
    from attribution.web.console import words

    reasons = {f"{step}_{end}" for step in HEAD[1:] for end in ("differs", "void")}
    assert reasons | {"step_no_longer_stated"} <= words.ROW_REASONS.keys()
    assert ("", "已撤销", "2026-11-28") == (
        words.step(None), words.step(VOID), words.step(20261128))
    assert "conflict" in report.CATEGORIES


def test_rows_that_an_earlier_version_left_on_their_way_are_read():
    """A large file that was counting when the program was replaced is finished by the new one."""
    kept = json.dumps([[[2, "ab", "0001", 5, 0, -2_209_017_600_000_000, None],
                        [3, "ac", "0002", 5, 20261128, VOID, day_start(20261128)]], [], []])
    old, new = report.Surveyed.from_json(kept).rows.items()
    assert (None, None, None) == old.steps
    assert (20261128, VOID, day_start(20261128)) == new.steps


def test_a_list_of_known_users_may_state_days(service, tmp_path):
    """Stored as the number of a day, everybody on it would have registered in 1970."""
    path = write(tmp_path / "old.csv", [
        (make_phone(1), "2022-03-01", "", ""), (make_phone(2), "已注销", "", ""),
    ])
    known_users.import_known_users(
        service.ledger, path, identifier(service.settings.person_pepper, "sha256"),
        Actor("test"), instants.now())
    with service.store.read() as connection:
        (row,) = connection.rows("select registered_at from known_user")
    assert day_start(20220301) == row["registered_at"]
