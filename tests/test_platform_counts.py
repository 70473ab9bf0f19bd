# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Counts that name nobody: kept with source and day, shown beside ours, and never a credit."""
import csv

import pytest
from factories import rows_of
from stores import KINDS, new_service

from attribution import cli
from attribution.deeds import Actor
from attribution.facts import platform_counts
from attribution.office import audit
from attribution.proof import checks
from attribution.reports import beside, exports
from attribution.rule import instants
from attribution.store import registry
from attribution.store.export_pages import Filter
from qrgen.shell import Fault

HEAD = ("网点", "日期", "注册", "绑卡", "交易")


def write(path, *rows, head=HEAD, encoding="utf-8-sig"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


@pytest.fixture(params=KINDS)
def county(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield service


def take(service, path, source="银联"):
    return platform_counts.take(service.ledger, path, source, Actor("test"), instants.now())


def branch_of_two(service):
    """Return the name of a branch that serves two areas, and its lines."""
    with service.store.read() as connection:
        snapshot = registry.read(connection, service.campaign.id)
    for unit in snapshot.units.values():
        lines = platform_counts.units_of(unit.branch or "", snapshot)
        if len(lines) > 1:
            return unit.branch, lines
    raise AssertionError("no branch serves two areas")


def test_counts_stand_beside_ours_and_credit_nobody(county, tmp_path):
    branch, _ = branch_of_two(county)
    path = write(
        tmp_path / "c.csv", ("N07", "2030-03-02", "12", "", "3"),
        ("N07", "2030-03-04", "1,000", "7", ""), (branch, "20300302", "5", "5", "5"),
    )
    assert 3 == take(county, path).rows
    found = {line.place: line for line in beside.table(county.store, county.campaign.id)}
    assert {"registered": 1012, "bound": 7, "paid": 3} == found["N07"].theirs
    assert (20300302, 20300304, "银联") == (
        found["N07"].since, found["N07"].until, found["N07"].source
    )
    assert {"registered": 5, "bound": 5, "paid": 5} == found[branch].theirs
    assert {"claimant": 0, "registered": 0, "bound": 0, "effective": 0} == found["N07"].ours
    with county.store.read() as connection:
        assert {"n": 0} == connection.one("select count(*) as n from standing")
    assert [] == checks.check(county.ledger)


def test_a_later_word_of_the_same_source_stands_and_none_is_lost(county, tmp_path):
    """A platform corrects its numbers; what it said before stays in the log."""
    take(county, write(tmp_path / "a.csv", ("N07", "2030-03-02", "12", "", "")))
    take(county, write(tmp_path / "b.csv", ("N07", "2030-03-02", "11", "", "")))
    take(county, write(tmp_path / "c.csv", ("N07", "2030-03-02", "9", "", "")), "支行台账")
    found = beside.table(county.store, county.campaign.id)
    assert {("银联", 11), ("支行台账", 9)} == {
        (line.source, line.theirs["registered"]) for line in found
    }
    with county.store.read() as connection:
        assert {"n": 3} == connection.one("select count(*) as n from platform_count")


def test_it_is_entered_who_brought_which_counts(county, tmp_path):
    take(county, write(tmp_path / "a.csv", ("N07", "2030-03-02", "12", "4", "")))
    entries = [row for row in audit.entries(county.store) if row["what"] == "platform_counts"]
    assert ["test"] == [row["who"] for row in entries]
    assert '"rows":1,"registered":12,"bound":4,"paid":0' in entries[0]["detail"]


@pytest.mark.parametrize(("row", "told"), [
    (("Z99", "2030-03-02", "1", "", ""), "a.csv:3: the unit or branch is not understood"),
    (("N07", "yesterday", "1", "", ""), "a.csv:3: as_of is not understood"),
    (("N07", "2030-03-02", "many", "", ""), "a.csv:3: registered is not understood"),
])
def test_a_row_that_cannot_be_read_keeps_the_file_out_whole(service, tmp_path, row, told):
    path = write(tmp_path / "a.csv", ("N07", "2030-03-02", "1", "", ""), row)
    with pytest.raises(Fault) as caught:
        take(service, path)
    assert 1 == len(caught.value.more)
    assert told.split(" is not")[0].split(": ")[0] in caught.value.more[0].cause
    assert [] == beside.table(service.store, service.campaign.id)


def test_a_file_without_the_columns_says_which_it_needs(service, tmp_path):
    path = write(tmp_path / "a.csv", ("N07", "1"), head=("网点", "户数"))
    with pytest.raises(Fault, match="no table of counts"):
        take(service, path)


def test_the_shell_takes_counts_in_and_shows_them(instance, service, tmp_path, capsys):
    path = write(tmp_path / "a.csv", ("N07", "2030-03-02", "12", "", ""), encoding="gb18030")
    where = ("--instance", str(instance.folder))
    assert 0 == cli.main(["feed", "counts", str(path), "--source", "银联", *where])
    assert 0 == cli.main(["feed", "counts", *where])
    assert "registered=12 bound=- paid=-" in capsys.readouterr().out


def test_the_export_holds_both_sides(service, tmp_path):
    take(service, write(tmp_path / "a.csv", ("N07", "2030-03-02", "12", "", "")))
    export = exports.EXPORTS["counts"]
    (row,) = rows_of(export.blocks(service.store, service.campaign.id, Filter()))
    assert {column.key for column in export.columns} == row.keys()
    assert (12, None, 0) == (row["platform_registered"], row["platform_bound"], row["claimant"])
