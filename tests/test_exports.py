# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What leaves the ledger: right in Excel and WPS, and harmless there."""
import csv
import io
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_facts import claimed, done, take, write

from attribution import exports, instants
from attribution.instants import HOUR
from attribution.store.pages import Filter

ALL = Filter()


@pytest.fixture
def filled(service, tmp_path):
    now = instants.now()
    claimed(service, 1, "N07", now - 2 * HOUR, 1)
    claimed(service, 3, "D01", now - 2 * HOUR, 2)
    take(service, write(tmp_path / "a.csv", [done(1, now), done(2, now), done(3, now)]))
    return service


def as_csv(service, name, chosen=ALL, **more):
    export = exports.EXPORTS[name]
    raw = b"".join(
        exports.write_csv(export, export.rows(service.store, service.campaign.id, chosen), **more)
    )
    return raw, list(csv.reader(io.StringIO(raw.decode(more.get("encoding", "utf-8-sig")))))


def test_csv_opens_in_excel(filled):
    raw, table = as_csv(filled, "credits")
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\xef\xbb\xbf") == 1
    assert b"\r\n" in raw and b"\n" not in raw.replace(b"\r\n", b"")
    assert "归属单位" == table[0][0]
    assert {"N07", "D01"} == {row[0] for row in table[1:]}


def test_the_attribution_log_has_everyone_and_a_reason(filled):
    _, table = as_csv(filled, "attribution", language="en")
    rows = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    assert {"": 2, "no_claim": 1} == {
        reason: sum(row["reason"] == reason for row in rows) for reason in ("", "no_claim")
    }
    assert all(len(row["last4"]) == 4 for row in rows)


def test_progress_has_the_county_first_then_attachment_1(filled):
    _, table = as_csv(filled, "progress")
    assert ["", "", "全县合计", "40000"] == table[1][:4]
    assert ["1", "A01", "潋江镇", "1450"] == table[2][:4]
    rows = table[1:]
    effective = table[0].index("有效新用户")
    assert sum(int(row[effective]) for row in rows[1:]) == int(rows[0][effective]) == 2
    assert 42 == len(rows)  # the total, 40 areas, and what has no area


def test_filters_hold_since_inclusive_until_exclusive(filled):
    export = exports.EXPORTS["claims"]
    rows = list(export.rows(filled.store, filled.campaign.id, ALL))
    at = rows[0]["at"]

    def count(chosen):
        return len(list(export.rows(filled.store, filled.campaign.id, chosen)))

    assert (2, 0) == (count(Filter(since=at)), count(Filter(until=at)))
    assert (1, 0) == (count(Filter(unit="N07")), count(Filter(unit="N08")))


@pytest.mark.parametrize("name", sorted(exports.EXPORTS))
def test_xlsx_has_real_dates_numbers_and_chinese_headings(filled, name, tmp_path):
    export = exports.EXPORTS[name]
    path = tmp_path / "out.xlsx"
    count = exports.write_xlsx(
        export, export.rows(filled.store, filled.campaign.id, ALL), path
    )
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert exports.headings(export) == table[0]
    assert count == len(table) - 1
    for place, column in enumerate(export.columns):
        kinds = {"time": datetime, "number": int | float, "rate": int | float, "text": str}
        values = [row[place] for row in table[1:] if row[place] is not None]
        assert all(isinstance(value, kinds[column.kind]) for value in values)


@given(st.text(max_size=30))
def test_no_text_becomes_a_formula(text):
    safe = exports.safe_text(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠"))
    assert safe.endswith(text)


def test_gb18030_for_old_excel(filled):
    raw, table = as_csv(filled, "progress", encoding="gb18030")
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert "全县合计" == table[1][2]


def test_a_page_boundary_loses_and_repeats_nothing(service, monkeypatch):
    from attribution.store import pages

    monkeypatch.setattr(pages, "PAGE", 3)
    for n in range(10):
        claimed(service, n, "N07", instants.now(), n + 1)
    rows = list(exports.EXPORTS["claims"].rows(service.store, service.campaign.id, ALL))
    assert list(range(1, 11)) == [row["id"] for row in rows]
