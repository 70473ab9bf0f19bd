# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Files of the platform as the world sends them: read right, or named exactly, never guessed."""
import csv
import io
import re
import shlex
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from factories import make_phone

from attribution.cli import main
from attribution.facts import feed_notes, feed_reader
from attribution.facts.bad_rows import BadRow
from attribution.facts.feed_notes import Note
from attribution.facts.feed_reader import FeedRow
from attribution.facts.feed_values import (
    PLACEHOLDER,
    NotRead,
    TimeColumn,
    day_and_clock,
    phone_of,
    time_of,
)
from attribution.facts.row_numbers import line_of, line_text, read_line
from attribution.rule.instants import parse_instant, to_datetime
from attribution.rule.people import identifier
from attribution.rule.stated import VOID
from attribution.service import open_service
from attribution.store import log
from qrgen.shell import Fault

ROOT = Path(__file__).parent.parent
# Real inputs that failed once lie beside some checkouts; the kinds of them are made below.
CASES = next((folder for folder in (ROOT.parent / "shared", ROOT.parent.parent / "shared")
              if (folder / "cases" / "feeds").is_dir()), ROOT) / "cases" / "feeds"

HEAD = ["手机号", "注册时间", "绑卡时间", "首笔交易时间"]
TIMES = ["2026-11-28 09:30:00", "2026-11-28 09:35:00", "2026-11-28 09:40:00"]
AT = parse_instant("2026-11-28 09:30:00")
DAY = 20261128
COLUMN = TimeColumn("registered_at")


def row(number, *times):
    return [make_phone(number), *(times or TIMES)]


def text(path, *rows, encoding="utf-8"):
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    path.write_bytes(buffer.getvalue().encode(encoding))
    return path


def book(path, **sheets):
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name.strip("_"))
        sheet.sheet_state = "hidden" if name.startswith("_") else "visible"
        for cells in rows:
            sheet.append(cells)
    made.save(path)
    return path


def read(path, **choices):
    """Return what is read of *path*: rows, bad rows as codes by line, and the notes by code."""
    items = list(feed_reader.rows_here(path, choices))
    return (
        [item for item in items if isinstance(item, FeedRow)],
        {line_text(item.line): item.problems[0][0] for item in items if isinstance(item, BadRow)},
        {item.code: item.data for item in items if isinstance(item, Note)},
    )


# --- one cell -----------------------------------------------------------------------------


@pytest.mark.parametrize("cell", [
    "2026-11-28 09:30:00", "2026/11/28 9:30", "2026年11月28日 上午9:30", "2026年11月28日9时30分",
    "2026-11-28\u00a0 09:30:00", "2026-11-28 09：30：00", "２０２６－１１－２８　０９：３０：００",
    "2026-11-28T09:30:00+08", "2026-11-28 09:30:00 +0800", "2026-11-28T01:30:00Z",
    "2026-11-28 09:30:00\u200b", "\ufeff2026-11-28 09:30:00", "20261128093000",
    "20261128 09:30:00", 46354.395833333336, "46354.3958333333", datetime(2026, 11, 28, 9, 30),
    "2026-11-28 09:30:00.000", "2026.11.28 09:30:00", "2026年11月28日 星期六 9:30",
], ids=repr)
def test_an_instant_is_read_however_it_is_written(cell):
    assert AT == time_of(cell, COLUMN, lambda _: None)


@pytest.mark.parametrize(
    "cell", ["2026-11-28", "2026/11/28", 20261128, "20261128", 46354, date(2026, 11, 28),
             "2026年11月28日"], ids=repr,
)
def test_a_bare_date_is_a_day_and_no_midnight(cell):
    """A claim of that noon comes before the end of it."""
    assert DAY == time_of(cell, COLUMN, lambda _: None)


@pytest.mark.parametrize("cell", [
    None, "", " ", "\u200b", "-", "—", "无", "NULL", "\\N", "0000-00-00", "0000-00-00 00:00:00",
    "1900-01-00", "未绑卡", "未交易", "否", "N/A", 0, "0", False,
], ids=repr)
def test_every_known_way_to_write_not_yet_is_empty(cell):
    assert time_of(cell, COLUMN, lambda _: None) is None


@pytest.mark.parametrize("cell", [
    "1970-01-01 08:00:00", "1970-01-01", "1900-01-01 00:00:00.000", "0001-01-01 00:00:00",
    "1899-12-30", datetime(1970, 1, 1, 8), date(1900, 1, 1), "1970-01-01 08:00:21",
], ids=repr)
def test_a_day_before_any_user_is_known_for_what_it_is(cell):
    assert PLACEHOLDER == time_of(cell, COLUMN, lambda _: None)


@pytest.mark.parametrize(("cell", "code"), [
    ("1795829400", "row_seconds"), ("1795829400000", "row_milliseconds"), ("09:30", "row_no_day"),
    (time(9, 30), "row_no_day"), ("11/28/2026", "row_day_or_month"), ("2026-02-30", "row_time"),
    ("2026-11-28 25:00", "row_time"), ("2026-11-28 上午13:00", "row_time"), (True, "row_time"),
    ("张三", "row_time"), ("已转网", "row_word"), (12, "row_time"),
    ("26-11-28", "row_day_or_month"),
], ids=repr)
def test_what_can_be_read_in_two_ways_is_refused(cell, code):
    with pytest.raises(NotRead) as caught:
        time_of(cell, COLUMN, lambda _: None)
    assert code == caught.value.problem[0]
    assert "张三" not in str(caught.value.problem)


def test_a_number_counts_from_1970_only_where_something_says_so():
    assert AT == time_of("1795829400", TimeColumn("registered_at", "s"), lambda _: None)
    assert AT == time_of(1795829400000, TimeColumn("registered_at", "ms"), lambda _: None)
    assert VOID == time_of("已退款", COLUMN, lambda _: None)


def test_a_workbook_of_1904_is_four_years_and_a_day_later():
    since_1904 = TimeColumn("registered_at", since_1904=True)
    assert AT == time_of(46354.395833333336 - 1462, since_1904, lambda _: None)


@pytest.mark.parametrize(("day", "clock"), [
    ("2026-11-28", "9:30"), (date(2026, 11, 28), time(9, 30)), ("20261128", "093000"),
    (datetime(2026, 11, 28), 0.395833333333), ("2026-11-28", "2026-11-28 09:30:00"),
], ids=repr)
def test_a_date_and_a_time_in_two_columns_are_one_instant(day, clock):
    assert AT == day_and_clock(day, clock, COLUMN, lambda _: None)


@pytest.mark.parametrize("spelled", [
    "{}", "+86 {}", "0086{}", "86-{}", "'{}", '="{}"', "\u202d{}\u202c", "{}.0", " {}\u00a0",
])
def test_a_number_is_read_however_it_is_written(spelled):
    assert make_phone(12) == phone_of(spelled.format(make_phone(12)))
    spaced = f"{make_phone(12)[:3]} {make_phone(12)[3:7]}-{make_phone(12)[7:]}"
    assert make_phone(12) == phone_of(spelled.format(spaced).removesuffix(".0"))
    assert make_phone(12) == phone_of(float(make_phone(12))) == phone_of(int(make_phone(12)))


@pytest.mark.parametrize(("cell", "code"), [
    ("1540000000.1", "row_phone"), (1540000000.1, "row_phone"), ("1.54E+10", "row_phone"),
    ("154****0001", "row_masked"), ("a1" * 32, "row_hashed"), ("154000000012", "row_phone"),
    (True, "row_phone"), ("", "row_phone"),
], ids=repr)
def test_what_is_no_number_is_never_made_one(cell, code):
    with pytest.raises(NotRead) as caught:
        phone_of(cell)
    assert code == caught.value.problem[0]


def test_a_line_of_a_later_sheet_is_told_and_read_back():
    assert ["17", "2:17"] == [line_text(line_of(sheet, 17)) for sheet in (0, 2)]
    assert [17, line_of(2, 17)] == [read_line("17"), read_line("2：17")]


# --- whole files --------------------------------------------------------------------------


def test_rows_go_on_on_a_second_sheet_and_a_cover_is_told(tmp_path):
    path = book(
        tmp_path / "a.xlsx", 说明=[["移动支付用户明细"]], 一=[HEAD, row(1)], 二=[HEAD, row(2)],
        _三=[HEAD, row(3)],
    )
    rows, bad, notes = read(path)
    assert [make_phone(1), make_phone(2)] == [one.phone for one in rows]
    assert ["2", "3:2"] == [line_text(one.line) for one in rows] and {} == bad
    assert ["一", "二"] == notes["note_sheets"]["sheets"]
    assert "说明" == notes["note_sheet_no_headings"]["sheet"]
    assert {"sheet": "三", "number": 4} == notes["note_sheet_hidden"]
    assert [make_phone(3)] == [one.phone for one in read(path, sheet="4")[0]]
    assert [make_phone(2)] == [one.phone for one in read(path, sheet="二")[0]]


def test_lines_above_the_headings_are_passed_over_and_told(tmp_path):
    above = [["某县用户明细"], ["导出时间：2026-11-29 10:00"]]
    path = text(tmp_path / "a.csv", *above, HEAD, row(1))
    rows, _, notes = read(path)
    assert 1 == len(rows) and 3 == notes["note_heading"]["row"]
    assert [1, 2] == notes["note_above"]["lines"]


def test_headings_in_two_lines_are_joined(tmp_path):
    upper, lower = ["手机号", "注册", "绑卡", "首笔交易"], ["", "时间", "时间", "时间"]
    path = text(tmp_path / "a.csv", upper, lower, row(1))
    assert [AT] == [one.registered_at for one in read(path)[0]]


def test_a_total_is_no_person_and_is_compared(tmp_path):
    rows, bad, notes = read(text(tmp_path / "a.csv", HEAD, row(1), ["合计", 1, 1, 1]))
    assert (1, {}, {"line": 3}) == (len(rows), bad, notes["note_total"])
    _, bad, _ = read(text(tmp_path / "b.csv", HEAD, row(1), ["合计", 2, 2, 2]))
    assert {"3": "row_total"} == bad
    _, bad, _ = read(text(tmp_path / "c.csv", HEAD, row(1), ["共2条"]))
    assert {"3": "row_short"} != bad and bad


def test_what_the_file_says_of_itself_at_its_end_is_told(tmp_path):
    path = text(tmp_path / "a.csv", HEAD, row(1), HEAD, row(2), ["制表人：某某", "", "", ""])
    rows, bad, notes = read(path)
    assert (2, {}) == (len(rows), bad)
    assert [3] == notes["note_headings_again"]["lines"] and [5] == notes["note_footers"]["lines"]


def test_columns_that_are_not_read_are_told(tmp_path):
    path = text(tmp_path / "a.csv", [*HEAD, "姓名"], [*row(1), "某某"])
    assert [4] == read(path)[2]["note_columns_unused"]["columns"]


def test_a_date_column_beside_its_time_column(tmp_path):
    head = ["手机号", "注册日期", "注册时间", "绑卡时间", "首笔交易时间"]
    rows, _, notes = read(text(
        tmp_path / "a.csv", head, [make_phone(1), "2026-11-28", "9:30", *TIMES[1:]]
    ))
    assert [AT] == [one.registered_at for one in rows]
    assert {"field": "registered_at", "day": 1, "clock": 2} == notes["note_pair"]


def test_notes_from_a_reader_that_was_taken_over_are_refused():
    for plain in (["note_total", {"line": "x"}], ["note_none", {}], ["note_sheets", {"other": 1}],
                  ["note_sheets", {"sheets": ["a" * 99]}], ["row_phone", {}]):
        with pytest.raises(ValueError, match="note"):
            feed_notes.checked_note(plain)


# --- at the shell -------------------------------------------------------------------------


@pytest.fixture
def at_shell(instance, capsys):
    def run(path, *words):
        status = main(["feed", "import", str(path), "--dry-run", *words,
                       "--instance", str(instance.folder)])
        return status, "".join(capsys.readouterr())

    return run


def options(told):
    """Return the options that a message names, as somebody copies them."""
    hint = re.search(r"(--[a-z-]+ [^;，。\n]+)", told)
    assert hint is not None, told
    return shlex.split(hint[1])


@pytest.mark.parametrize(("head", "cells", "follow"), [
    ([*HEAD, "手机号"], [*row(1), make_phone(2)], options),
    (HEAD, row(1, "1795829400", *TIMES[1:]), options),
    (HEAD, row(1, "1795829400000", *TIMES[1:]), options),
    (HEAD, ["1540", *TIMES], lambda told: options(told[told.index("accept each:"):])),
], ids=["two columns alike", "seconds", "milliseconds", "accept"])
def test_a_hint_can_be_followed_to_the_letter(at_shell, tmp_path, head, cells, follow):
    """A message that leads nowhere costs a day and a call."""
    path = text(tmp_path / "a.csv", head, row(9) if len(head) == 4 else [*row(9), ""], cells)
    status, told = at_shell(path)
    assert 1 == status
    words = follow(told)
    if words[0] == "--epoch":
        # The choice is for the column, so its other row has to be such a number too.
        path = text(tmp_path / "a.csv", head, cells)
    assert 0 == at_shell(path, *words)[0], words


def test_a_file_without_headings_goes_by_position(at_shell, tmp_path):
    path = text(tmp_path / "a.csv", row(1), row(2))
    status, told = at_shell(path)
    assert 1 == status and "--heading-row 0" in told and make_phone(1) not in told
    fields = ("phone", "registered_at", "card_bound_at", "first_txn_at")
    words = [word for place, field in enumerate(fields, 1)
             for word in ("--map", f"{field}=#{place}")]
    status, told = at_shell(path, "--heading-row", "0", *words)
    assert 0 == status and "2 rows about 2 people" in told
    assert "2 rows about 2 people" in at_shell(path, *words)[1]


def test_a_date_and_a_time_that_nobody_can_pair_are_named_by_position(at_shell, tmp_path):
    head = ["手机号", "办理日", "注册时间", "绑卡时间", "首笔交易时间"]
    path = text(tmp_path / "a.csv", head, [make_phone(1), "2026-11-28", "9:30", *TIMES[1:]])
    status, told = at_shell(path)
    assert 1 == status and "--map registered_at=#N --time-column registered_at=#M" in told
    words = ["--map", "registered_at=#2", "--time-column", "registered_at=#3"]
    assert 0 == at_shell(path, *words)[0]


def test_hidden_numbers_are_said_once_for_the_file(at_shell, tmp_path):
    path = text(tmp_path / "a.csv", HEAD, *([f"154****{n:04}", *TIMES] for n in range(50)))
    status, told = at_shell(path)
    # Taken, for a campaign that allows it later judges by it; credited to nobody.
    assert 0 == status and 1 == told.count("hid digits") and "in 50 rows" in told
    assert "new credits: 0" in told
    path = text(tmp_path / "b.csv", HEAD, *([f"{n:064x}", *TIMES] for n in range(50)))
    status, told = at_shell(path)
    assert 0 == status and 1 == told.count("digests stand in place") and "new credits: 0" in told


def test_formulas_that_nobody_calculated_are_named(at_shell, tmp_path):
    """Such a cell looks empty to most readers, and empty means "not yet"."""
    path = book(tmp_path / "a.xlsx", A=[HEAD, [make_phone(1), TIMES[0], "=B2", "=B2"]])
    status, told = at_shell(path)
    assert 1 == status and "formulas without their values" in told


def test_choices_are_remembered_by_source(instance, tmp_path, capsys):
    day = text(tmp_path / "a.csv", ["某表"], row(1), row(2))
    fields = ("phone", "registered_at", "card_bound_at", "first_txn_at")
    words = [word for place, field in enumerate(fields, 1)
             for word in ("--map", f"{field}=#{place}")]
    where = ["--instance", str(instance.folder)]
    assert 0 == main(["feed", "import", str(day), *words, "--source", "平台", *where])
    next_day = text(tmp_path / "b.csv", row(3))
    assert 0 == main(["feed", "import", str(next_day), "--source", "平台", *where])
    assert "1 rows about 1 people are taken in" in capsys.readouterr().out


# --- the real ones, where they lie beside the checkout ---------------------------------------

READ = {  # rows, of them credits, where the claims were made at 09:02 of that day
    "01-utf16-tab-unicode-text.txt": (3, 3), "03-double-bom.csv": (3, 3), "04-sep-line.csv": (3, 3),
    "101-real.xls": (1, 1), "11-title-above.csv": (3, 3), "111-alipay-like.csv": (2, 1),
    "12-two-line-heading.csv": (3, 3), "128-bom-mid-cell.csv": (1, 0),
    "13-totals-below.csv": (3, 3), "16-heading-zero-width.csv": (3, 3),
    "30-phone-lro-ios.csv": (1, 1), "30-phone-masked.csv": (1, 0), "30-phone-sha256.csv": (1, 0),
    "40-time-cn-pm.csv": (1, 1), "40-time-fwcolon.csv": (1, 1),
    "40-time-nbsp.csv": (1, 1), "50-notyet-backslash-N.csv": (1, 0),
    "50-notyet-epoch0.csv": (1, 0), "50-notyet-mysql0.csv": (1, 0),
    "50-notyet-sql1900.csv": (1, 0), "50-notyet-wei.csv": (1, 0), "60-date-only.csv": (10, 10),
    "61-date-only-bound-paid.csv": (10, 10), "71-two-sheets.xlsx": (10, 10),
    "72-cover-sheet-first.xlsx": (3, 3), "77-yyyymmdd-numbers.xlsx": (1, 1),
    "81-1904-general-numbers.xlsx": (1, 1),
}


@pytest.mark.skipif(not CASES.is_dir(), reason="these files are not beside this checkout")
def test_the_real_files_are_read_right_or_refused(instance, capsys):
    service = open_service(instance.settings())
    identify = identifier(service.settings.person_pepper, service.settings.digest)
    at = parse_instant("2026-11-28 09:02:00")
    if not service.campaign.start <= to_datetime(at) < service.campaign.end:
        pytest.skip("the campaign of the tests, which goes by the clock, is over by then")
    with service.store.transaction() as connection:
        for number in range(1, 41):
            person, last4 = identify(f"139{number:08d}")
            log.add_claim(connection, log.ClaimRow(
                number, service.campaign.id, person, at, "N07", 1, None, None, False, last4,
                "c", "n", "other", token=f"t{number}",
            ))
    service.close()
    found = {}
    for path in sorted(CASES.iterdir()):
        status = main(["feed", "import", str(path), "--dry-run", "--instance",
                       str(instance.folder)])
        told = capsys.readouterr()
        rows = re.search(r": (\d+) rows? about", told.out)
        credits = re.search(r"new credits: (\d+)", told.out)
        if status == 0:
            assert rows is not None and credits is not None
            found[path.name] = int(rows[1]), int(credits[1])
        assert "139000000" not in told.err
    assert found == READ


def test_a_fault_names_the_whole_path(tmp_path):
    path = text(tmp_path / "a.csv", ["<html>"])
    with pytest.raises(Fault, match=re.escape(str(path))):
        read(path)
