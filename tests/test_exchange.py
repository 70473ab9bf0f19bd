# mypy: allow-untyped-calls
"""Information exchange: each unit its own, of the snapshot and of the moment, and provable."""
import io
import re
import runpy
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from console import add_everyone, signed_in
from factories import make_phone
from test_facts import claimed, done, take, write

from attribution.cli import main
from attribution.deeds import Actor
from attribution.papers import exchange, exchange_files, own_rows, zips
from attribution.papers.unit_measures import MEASURES
from attribution.papers.unit_workbook import of_units
from attribution.proof import log_keys
from attribution.reports import snapshots
from attribution.reports.exports import EXPORTS
from attribution.reports.snapshots import Snapshot
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, day_of, day_start
from attribution.service import Service
from attribution.store import patrol_log
from attribution.store.engine.database import height
from attribution.store.export_pages import Filter
from qrgen.faults import Fault

BY = Actor("office")


@pytest.fixture
def county(service: Service, tmp_path: Path) -> Service:
    """A county with three who count, one whom a second file contradicts, one of a department."""
    now = instants.now()
    for number, unit in enumerate(("N01", "N01", "N07", "D01"), start=1):
        claimed(service, number, unit, now - 2 * HOUR, number)
    rows = [done(number, now) for number in (1, 2, 3, 4)]
    take(service, write(tmp_path / "a.csv", rows))
    # Another day of registration than before: a difference of N01's.
    take(service, write(tmp_path / "b.csv", [done(1, now, 90 * MINUTE)]), as_of=now)
    return service


def of_today(service: Service) -> Snapshot:
    """Take a snapshot of the days up to now: the newest is then no week old."""
    now = instants.now()
    return snapshots.take(service.ledger, now, BY, day_of(now), day_of(now + DAY))


def packs(service: Service, folder: Path, *units: str) -> dict[str, zipfile.ZipFile]:
    snapshot = of_today(service)
    made = exchange.write(service, snapshot, folder, BY, instants.now(), units or None)
    return {pack.unit: zipfile.ZipFile(path) for path, pack in made}


def cells(pack: zipfile.ZipFile, start: str) -> list[list[Any]]:
    (name,) = (name for name in pack.namelist() if name.startswith(start))
    book = openpyxl.load_workbook(io.BytesIO(pack.read(name)))
    return [list(row) for row in book.worksheets[0].values]


def test_each_unit_has_its_own_people_and_differences_and_no_others(
    county: Service, tmp_path: Path
) -> None:
    made = packs(county, tmp_path / "out", "A01", "A03", "D01")
    told = {unit: "\n".join(map(str, cells(pack, "05"))) for unit, pack in made.items()}
    ends = {number: make_phone(number)[-4:] for number in (1, 2, 3, 4)}
    whose = {
        unit: {number for number, end in ends.items() if f"'{end}'" in text}
        for unit, text in told.items()
    }
    lines = {unit.id: unit.area for unit in county.campaign.units if unit.kind == "line"}
    assert ("A01", "A03") == (lines["N01"], lines["N07"])
    assert {"A01": {1, 2}, "A03": {3}, "D01": {4}} == whose
    differences = {unit: "\n".join(map(str, cells(pack, "03"))) for unit, pack in made.items()}
    assert ends[1] in differences["A01"]
    assert ends[1] not in differences["A03"] + differences["D01"]


def test_figures_are_the_snapshots_and_the_rest_is_of_the_moment(
    county: Service, tmp_path: Path
) -> None:
    """The same snapshot once more: the same bytes of the figures, however the ledger went on."""
    snapshot = of_today(county)
    one = snapshots.get(county.ledger, snapshot.number)

    def of_a01(folder: str) -> zipfile.ZipFile:
        ((path, _),) = exchange.write(
            county, one, tmp_path / folder, BY, instants.now(), ["A01"]
        )
        return zipfile.ZipFile(path)

    first = of_a01("one")
    now = instants.now()
    claimed(county, 9, "N01", now - 2 * HOUR, 9)
    take(county, write(tmp_path / "c.csv", [done(9, now)]))
    again = of_a01("two")
    assert first.read("02 本单位数据.xlsx") == again.read("02 本单位数据.xlsx")
    assert len(cells(again, "05")) == len(cells(first, "05")) + 1
    listed = again.read("文件清单.txt").decode("utf-8-sig")
    for name in again.namelist():
        if name != "文件清单.txt":
            assert zips.PackedFile(name, again.read(name)).sha256 in listed
    figures = listed.partition("02 本单位数据.xlsx")[2].partition("SHA-256")[0]
    assert "快照第1号" in figures and "不属于快照" not in figures
    kept = {(file.kind, file.sha256) for file in snapshots.files(county.ledger, one.number)}
    assert {kind for kind, _ in kept} == {"exchange"} and len(kept) == 2


def test_the_proofs_in_a_pack_hold_without_us(
    county: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the program that lies beside them and the key on paper, which does not."""
    pack = packs(county, tmp_path / "out", "A01")["A01"]
    pack.extractall(tmp_path / "at-the-unit")
    proofs = tmp_path / "at-the-unit" / "06 存证"
    keys = log_keys.read(county.settings.instance)
    assert keys is not None
    vkey = keys.vkeys(county.campaign.id)[-1]
    assert all(vkey.encode() not in pack.read(name) for name in pack.namelist())
    paper = tmp_path / "密钥.txt"
    paper.write_text(vkey, encoding="utf-8")
    for code in ("A01", "N01"):
        monkeypatch.setattr(sys, "argv", [
            "verify.py", str(proofs / f"{code}.json"), "--key", str(paper),
        ])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(proofs / "verify.py"), run_name="__main__")
        assert (0, "0 全部相符") == (end.value.code, capsys.readouterr().out.splitlines()[-1][:6])


def test_no_pack_holds_a_number_a_digest_or_another_units_name(
    county: Service, tmp_path: Path
) -> None:
    pack = packs(county, tmp_path / "out", "A03")["A03"]
    told = ""
    for name in pack.namelist():
        content = pack.read(name)
        if name.endswith(("xlsx", "docx")):
            with zipfile.ZipFile(io.BytesIO(content)) as inner:
                content = b"\n".join(
                    inner.read(one) for one in inner.namelist() if one.endswith("xml")
                )
        if not name.startswith("06"):
            told += content.decode()
    names = {unit.id: unit.name for unit in county.campaign.units}
    assert make_phone(3)[-4:] in told and not re.search("154[0-9]{8}", told)
    assert names["A03"] in told and names["A01"] not in told and names["N01"] not in told


@pytest.mark.parametrize("unit", ["A01", "D01"])
def test_rows_that_a_measure_names_are_as_many_as_it_says(county: Service, unit: str) -> None:
    """By its export and its filter, up to the snapshot's last day: nobody has to believe a cell."""
    figures = of_today(county).figures
    one = of_units(figures, exchange.KINDS)[unit]
    assert one.line.units is not None
    counted = 0
    for measure in MEASURES:
        found = re.fullmatch("([a-z]+)(?:，state=([a-z]+))?(?:，看.+)?", measure.rows)
        if found is None or measure.key == "turned":
            continue
        chosen = Filter(
            until=day_start(figures.until), only=frozenset(one.line.units), state=found[2]
        )
        blocks = EXPORTS[found[1]].blocks(county.store, county.campaign.id, chosen)
        assert sum(map(height, blocks)) == measure.value(one), measure.key
        counted += 1
    assert 6 == counted and one.done


def test_the_commands_write_what_they_say(
    county: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--instance", str(county.settings.instance)]
    sheet, folder = tmp_path / "a.xlsx", tmp_path / "packs"
    assert 0 == main(["report", "assessment", "--out", str(sheet), *where])
    assert openpyxl.load_workbook(sheet).sheetnames[:3] == ["说明", "乡镇社区", "银行"]
    assert 0 == main(["report", "exchange", "--unit", "B01,D01", "--out", str(folder), *where])
    made = sorted(path.name[:12] for path in folder.iterdir())
    assert ["exchange-B01", "exchange-D01"] == made
    out = capsys.readouterr().out
    assert "snapshot 1" in out and len(out.splitlines()) == 3
    assert {"assessment", "exchange"} == {
        file.kind for file in snapshots.files(county.ledger)
    }
    assert 0 != main(["report", "exchange", "--unit", "N07", "--out", str(folder), *where])


def test_a_poster_that_was_missing_and_is_seen_again_is_not_to_do(county: Service) -> None:
    now = instants.now()
    at = {"visit": 1, "unit": "N01", "picture": 0, "code_unit": "N01", "issue": None, "leads": ""}
    rows = [
        {**at, "id": 1, "at": now - HOUR, "state": "missing", "placement": "1", "by_whom": "x"},
        {**at, "id": 2, "at": now - HOUR, "state": "missing", "placement": "2", "by_whom": "x"},
        {**at, "id": 3, "at": now, "state": "genuine", "placement": "1", "by_whom": "x"},
    ]
    county.store.write(lambda c: patrol_log.add(c, county.campaign.id, rows))
    to_do = own_rows.read(county.ledger, now)
    assert ["2"] == [row["place"] for row in to_do.posters["N01"] if row["state"] == "没有找到"]


def test_a_unit_fetches_its_own_pack_and_the_office_sees_that_it_did(county: Service) -> None:
    add_everyone(county)
    of_today(county)
    # A few stand for all: what is asked is who may have which.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange, "units_of", lambda figures: ["A01", "A02", "B01"])
        assert exchange_files.make(county, BY, instants.now()) == ["A01", "A02", "B01"]
    office, area = signed_in(county, "office"), signed_in(county, "area")
    waiting = exchange_files.waiting(county.ledger, county.settings)
    names = {one.unit: one.name for one in waiting}
    page = area.text("/admin/exchange")
    assert names["A01"] in page and names["A02"] not in page and names["B01"] not in page
    assert 404 == area.get(f"/admin/exchange/{names['A02']}").status_code
    given = area.get(f"/admin/exchange/{names['A01']}")
    assert 200 == given.status_code and given.headers["X-Export-Number"]
    assert "01 说明.docx" in zipfile.ZipFile(io.BytesIO(given.data)).namelist()
    (fetched,) = (one.fetched for one in exchange_files.waiting(
        county.ledger, county.settings, ["A01"]
    ))
    assert ["area"] == [who for who, _ in fetched]
    assert all(name in office.text("/admin/exchange") for name in names.values())
    folder = exchange_files.folder(county.settings)
    modes = {path.stat().st_mode & 0o77 for path in (folder, *folder.iterdir())}
    assert {0} == modes or sys.platform == "win32"
    # Whoever was erased is in no pack that waits.
    assert 0 == exchange_files.forget(county.settings, instants.now() - exchange_files.KEPT)
    office.post("/admin/erasures/run")
    assert 404 == area.get(f"/admin/exchange/{names['A01']}").status_code


def test_a_pack_that_somebody_changed_is_not_given_out(county: Service) -> None:
    of_today(county)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exchange, "units_of", lambda figures: ["D01"])
        exchange_files.make(county, BY, instants.now())
    (pack,) = exchange_files.waiting(county.ledger, county.settings)
    path = exchange_files.folder(county.settings) / pack.name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Fault):
        exchange_files.give(county.ledger, county.settings, BY, instants.now(), pack)


def test_the_data_for_the_countys_rules_come_with_the_law(county: Service) -> None:
    add_everyone(county)
    of_today(county)
    office = signed_in(county, "office")
    assert "国办函〔2026〕12号" in office.text("/admin/exchange")
    given = office.get("/admin/snapshots/1/assessment.xlsx")
    assert openpyxl.load_workbook(io.BytesIO(given.data)).sheetnames[0] == "说明"
    assert 404 == office.get("/admin/snapshots/7/assessment.xlsx").status_code
