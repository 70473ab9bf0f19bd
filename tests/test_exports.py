# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What leaves the ledger: right in Excel and WPS, and harmless there."""
import csv
import io
from datetime import datetime, timedelta, timezone

import openpyxl
import pytest
from factories import rows_of
from hypothesis import given
from hypothesis import strategies as st
from test_facts import claimed, done, take, write

from attribution.reports import exports, spreadsheets, xlsx
from attribution.reports.exports import Column, Export
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.store.engine.database import Columns, height
from attribution.store.export_pages import Filter

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
        spreadsheets.write_csv(
            export, export.blocks(service.store, service.campaign.id, chosen), **more
        )
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
    rows = rows_of(export.blocks(filled.store, filled.campaign.id, ALL))
    at = rows[0]["at"]

    def count(chosen):
        return len(rows_of(export.blocks(filled.store, filled.campaign.id, chosen)))

    assert (2, 0) == (count(Filter(since=at)), count(Filter(until=at)))
    assert (1, 0) == (count(Filter(unit="N07")), count(Filter(unit="N08")))


@pytest.mark.parametrize("name", sorted(exports.EXPORTS))
def test_xlsx_has_real_dates_numbers_and_chinese_headings(filled, name, tmp_path):
    export = exports.EXPORTS[name]
    path = tmp_path / "out.xlsx"
    blocks = list(export.blocks(filled.store, filled.campaign.id, ALL))
    path.write_bytes(b"".join(spreadsheets.stream_xlsx(export, blocks)))
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert spreadsheets.headings(export) == table[0]
    assert sum(map(height, blocks)) == len(table) - 1
    for place, column in enumerate(export.columns):
        kinds = {
            "time": datetime, "step": datetime, "day": datetime, "number": int | float,
            "count": int | float, "rate": int | float, "text": str, "digits": str,
        }
        values = [row[place] for row in table[1:] if row[place] is not None]
        assert all(isinstance(value, kinds[column.kind]) for value in values)


@given(st.text(max_size=30))
def test_no_text_becomes_a_formula(text):
    safe = spreadsheets.safe_text(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠"))
    assert safe.endswith(text)


def test_gb18030_for_old_excel(filled):
    raw, table = as_csv(filled, "progress", encoding="gb18030")
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert "全县合计" == table[1][2]


def test_a_page_boundary_loses_and_repeats_nothing(service, monkeypatch):
    from attribution.store import export_pages

    monkeypatch.setattr(export_pages, "PAGE", 3)
    for n in range(10):
        claimed(service, n, "N07", instants.now(), n + 1)
    rows = rows_of(exports.EXPORTS["claims"].blocks(service.store, service.campaign.id, ALL))
    assert list(range(1, 11)) == [row["id"] for row in rows]


EVERY_KIND = Export(
    "made-up", "各种", (
        Column("id", "流水号", "digits"), Column("at", "时间", "time"), Column("text", "=文字"),
        Column("few", "少数几个"), Column("n", "数", "number"), Column("rate", "率", "rate"),
    ),
    lambda store, campaign, chosen: iter(()),
)
WICKED = (
    "", "=1+1", "+86", "-2", "@sum", "\tx", "\r", "＝a", 'quo"te', "a,b", "a\nb", "'", "墙", " ",
)
ROWS = st.lists(st.fixed_dictionaries({
    "id": st.integers(-3, 1 << 62),
    "at": st.none() | st.integers(-(1 << 50), 1 << 52),
    "text": st.none() | st.sampled_from(WICKED) | st.text(max_size=5).filter(str.isprintable),
    "few": st.none() | st.sampled_from(WICKED[:3]) | st.integers(-1, 1),
    "n": st.none() | st.integers(-5, 5),
    "rate": st.none() | st.decimals(-100, 100, places=2),
}), max_size=40)


def row_by_row(export, rows, mark):
    """What `write_csv` must give, a cell at a time and by other means."""
    shanghai = timezone(timedelta(hours=8))
    start = datetime(1970, 1, 1, tzinfo=timezone.utc)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.heading for column in export.columns] + [mark] * bool(mark))
    for row in rows:
        cells = []
        for column in export.columns:
            value = row[column.key]
            if value is None:
                value = ""
            elif column.kind in ("time", "step"):
                at = (start + timedelta(microseconds=value)).astimezone(shanghai)
                value = at.replace(microsecond=0, tzinfo=None).isoformat(" ")
            elif isinstance(value, str) and value and value[0] in "=+-@\t\r\n\0＝＋－＠":
                value = "'" + value
            if column.kind == "digits" and value != "":
                value = f"#{value}"  # people open it, and a spreadsheet would cut a number
            cells.append(str(value))
        writer.writerow(cells + [""] * bool(mark))
    return out.getvalue()


@given(ROWS, st.integers(1, 12), st.sampled_from(["", "封印 7 · 2026-11-24 · 0123"]))
def test_csv_by_columns_is_what_row_by_row_gives(rows, together, mark):
    """However many rows come at once, no cell is another than if it came alone."""
    blocks = [
        block for first in range(0, len(rows), together)
        for block in exports.in_blocks(rows[first : first + together])
    ]
    expected = row_by_row(EVERY_KIND, rows, mark)
    for encoding in ("utf-8-sig", "gb18030"):
        raw = b"".join(spreadsheets.write_csv(EVERY_KIND, blocks, encoding=encoding, mark=mark))
        assert expected.encode(encoding) == raw


def test_the_scan_log_is_what_row_by_row_gives(service, monkeypatch):
    from attribution.store import export_pages, log, registry

    monkeypatch.setattr(export_pages, "PAGE", 4)
    now = instants.now()
    scans = [
        log.Scan(
            service.store.next_id(now + n), service.campaign.id, now + n * instants.SECOND,
            f"N0{n % 7 + 1}", 1, WICKED[n] or None, "n", "wechat", "bot" if n % 3 == 0 else None,
        )
        for n in range(len(WICKED))
    ]
    service.store.write(lambda c: log.add_scans(c, scans))
    export = exports.EXPORTS["scans"]
    raw, _ = as_csv(service, "scans", mark="封印")
    with service.store.read() as connection:
        rows = connection.rows("select * from scan order by id")
        names = {id: unit.name for id, unit in registry.read(
            connection, service.campaign.id).units.items()}
    for row in rows:
        row |= {"unit_name": names[row["unit"]], "client_text": "微信", "flag_text": row["flag"]}
    assert len(WICKED) == len(rows)
    assert row_by_row(export, rows, "封印").encode("utf-8-sig") == raw


@pytest.mark.parametrize("sizes", [[4], [3, 1], [1, 2, 3], [7], [3, 3], []])
def test_a_sheet_is_filled_whatever_comes_at_once(tmp_path, monkeypatch, sizes):
    monkeypatch.setattr(xlsx, "SHEET_ROWS", 3)
    numbers = iter(range(100))
    blocks: list[Columns] = [
        {
            "id": ids, "at": [0] * size, "text": ["=x"] * size, "few": [None] * size,
            "n": ids, "rate": ids,
        }
        for size in sizes for ids in [[next(numbers) for _ in range(size)]]
    ]
    (tmp_path / "out.xlsx").write_bytes(b"".join(spreadsheets.stream_xlsx(EVERY_KIND, blocks)))
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    count = sum(sizes)
    assert ["各种", *(f"各种{n + 1}" for n in range(1, -(-count // 3)))] == book.sheetnames
    tables = [list(sheet.iter_rows(min_row=2, values_only=True)) for sheet in book]
    assert all(len(table) == 3 for table in tables[:-1])
    at = datetime(1970, 1, 1, 8)
    found = [row for table in tables for row in table]
    assert [(str(n), at, "'=x", None, n, n) for n in range(count)] == found
