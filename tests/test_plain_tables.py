# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What `whatif` judges and what a platform counted come through the same reader as its files."""
from datetime import date, datetime

import openpyxl
import pytest
from test_platform_counts import take

from attribution import cli
from attribution.reports import beside
from qrgen.shell import Fault

CLAIMS = ["person", "unit", "at", "verified"]
FACTS = ["person", "registered_at", "card_bound_at", "first_txn_at"]
DAY = date(2022, 10, 11)


def at(hour):
    return datetime(2022, 10, 11, hour)


def book(path, fill):
    made = openpyxl.Workbook()
    fill(made, made.active)
    made.save(path)
    return path


def rows(*rows):
    def fill(_, sheet):
        for row in rows:
            sheet.append(row)
    return fill


def whatif(tmp_path, claims, facts):
    out = tmp_path / "credits.csv"
    status = cli.main([
        "whatif", "--claims", str(claims), "--facts", str(facts), "--out", str(out)
    ])
    return status, out.read_text("utf-8") if out.exists() else ""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_whatif_reads_workbooks_and_any_encoding(here):
    claims = book(here / "c.xlsx", rows(["名单"], CLAIMS, ["甲", "N07", at(9), True]))
    facts = here / "f.csv"
    lines = [FACTS, ["甲", "2022-10-11 09:30", "2022-10-11", "2022-10-11"]]
    facts.write_bytes("\n".join(map("\t".join, lines)).encode("gb18030"))
    assert (0, "person,unit,reason\n甲,N07,\n") == whatif(here, claims, facts)
    facts = book(here / "f.xlsx", rows(FACTS, ["甲", at(10), DAY, DAY]))
    assert (0, "person,unit,reason\n甲,N07,\n") == whatif(here, claims, facts)


@pytest.mark.parametrize(("row", "words"), [
    (["甲", at(10), "=B2", DAY], "card_bound_at holds an error"),
    (["=A1", at(10), DAY, DAY], "person holds an error"),
    (["甲", at(10), DAY, DAY, "x"], "5 cells"),
])
def test_whatif_takes_no_broken_cell_for_an_empty_one(here, capsys, row, words):
    claims = book(here / "c.xlsx", rows(CLAIMS, ["甲", "N07", at(9), 1]))
    facts = book(here / "f.xlsx", rows(FACTS, row))
    assert (1, "") == whatif(here, claims, facts)
    told = capsys.readouterr().err
    assert words in told and "f.xlsx:2" in told


def test_whatif_refuses_a_row_with_a_comma_too_few(here, capsys):
    (here / "c.csv").write_text(",".join(CLAIMS) + "\n", "utf-8")
    (here / "f.csv").write_text(",".join(FACTS) + "\n甲,2022-10-11,2022-10-12\n", "utf-8")
    assert 1 == whatif(here, here / "c.csv", here / "f.csv")[0]
    assert "f.csv:2" in capsys.readouterr().err


def test_counts_of_a_workbook_with_a_title_merged_branches_and_a_total(service, tmp_path):
    def fill(made, sheet):
        sheet.append(["某行汇总"])
        sheet.append(["网点", "日期", "注册", "绑卡"])
        sheet.append(["N07", date(2030, 3, 2), 12, 1])
        sheet.append([None, "2030年3月3日", 5, None])
        sheet.append(["合计", None, 17, 1])
        sheet.append(["制表：某某"])
        sheet.merge_cells("A3:A4")
        made.create_sheet("说明").append(["口径"])

    taken = take(service, book(tmp_path / "a.xlsx", fill))
    assert 2 == taken.rows
    assert {"note_above", "note_total", "note_footers", "note_sheet_unread"} == {
        note.code for note in taken.notes
    }
    found = {line.place: line for line in beside.table(service.store, service.campaign.id)}
    assert {"registered": 17, "bound": 1, "paid": 0} == {
        name: n or 0 for name, n in found["N07"].theirs.items()
    }


def test_counts_whose_total_differs_or_stand_for_several_rows_are_refused(service, tmp_path):
    head = ["网点", "日期", "注册"]
    path = book(tmp_path / "a.xlsx", rows(head, ["N07", "2030-03-02", 12], ["合计", None, 13]))
    with pytest.raises(Fault) as caught:
        take(service, path)
    assert 1 == len(caught.value.more)

    def fill(_, sheet):
        for row in (head, ["N07", "2030-03-02", 12], ["N08", "2030-03-02", None]):
            sheet.append(row)
        sheet.merge_cells("C2:C3")

    with pytest.raises(Fault, match="stands for several rows"):
        take(service, book(tmp_path / "b.xlsx", fill))
    assert [] == beside.table(service.store, service.campaign.id)
