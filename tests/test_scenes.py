"""The register of scenes: who may enter what, tables out and in, coverage by a stated whole."""
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stores
from console import PASSWORD, Visitor, add_everyone

from attribution.cli import main
from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import accounts, scene_tables, scenes, stated_figures
from attribution.office.scenes import Mine, Scene
from attribution.office.stated_figures import SCENES, Figure
from attribution.proof import checks
from attribution.reports import scene_coverage, scene_sheet
from attribution.rule import instants
from attribution.service import Service
from attribution.store import figure_log, scene_log
from qrgen.shell import Fault

BY = Actor("ann")
CLINIC = Scene(
    0, "医疗社保", "潋江镇卫生院", "卫生院收费处", area="A01", bank="B01", ways=("二维码", "免密"),
    state="open", opened=20220930,
)
BUS = Scene(0, "公交出租", "城东公交站", area="A02", bank="B02")


@pytest.fixture(params=stores.KINDS)
def county(request: pytest.FixtureRequest, instance: Any, tmp_path: Path) -> Iterator[Service]:
    with stores.new_service(request.param, instance, tmp_path) as service:
        yield service


def save(service: Service, *all: Scene, mine: Mine | None = None) -> scenes.Saved:
    return scenes.save(service.ledger, all, mine or Mine(), instants.now(), BY)


def codes(told: pytest.ExceptionInfo[Fault]) -> list[Any]:
    return [one.code for one in told.value.more]


def test_each_change_is_a_version_and_the_newest_is_what_it_is(county: Service) -> None:
    made = save(county, CLINIC, BUS)
    assert [1, 2] == [one.number for one in made.added]
    # The same once more, by area and name: nothing; with another state: a version of number 2.
    again = save(county, CLINIC, Scene(0, "公交出租", "城东公交站", area="A02", state="building"))
    assert (0, 1, 1) == (len(again.added), len(again.changed), again.same)
    assert ["open", "building"] == [one.state for one in scenes.all_scenes(county.ledger)]
    with county.store.read() as connection:
        told = scene_log.history(connection, county.campaign.id, 2)
    assert ["building", "planned"] == [row["state"] for row in told]
    assert [] == checks.check(county.ledger)


def test_all_or_none_and_every_fault_by_its_row(service: Service) -> None:
    bad = [
        CLINIC, Scene(9, "药店", "x", area="A01"), Scene(0, "药店", "y", area="N01"),
        Scene(0, "", "z", area="A01"), Scene(0, "药店", "w", area="A01", state="open"), CLINIC,
        Scene(0, "药店", "v", area="A03"),
    ]
    with pytest.raises(Fault) as told:
        save(service, *bad, mine=Mine(frozenset({"A01"})))
    assert [
        Code.SCENE_UNKNOWN, Code.SCENE_UNIT, Code.SCENE_TEXT, Code.SCENE_NO_DAY, Code.SCENE_TWICE,
        Code.SCENE_NOT_YOURS,
    ] == codes(told)
    assert [] == scenes.all_scenes(service.ledger)


def test_a_scene_cannot_be_taken_into_ones_own_area(service: Service) -> None:
    save(service, BUS)
    with pytest.raises(Fault) as told:
        save(service, Scene(1, "公交出租", "城东公交站", area="A01"), mine=Mine(frozenset({"A01"})))
    assert [Code.SCENE_NOT_YOURS] == codes(told)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_given_out_is_read_again_as_it_was(
    service: Service, tmp_path: Path, kind: str
) -> None:
    save(service, CLINIC, BUS)
    snapshot, there = service.scans.snapshot(), scenes.all_scenes(service.ledger)
    path = tmp_path / f"scenes.{kind}"
    path.write_bytes(b"".join(scene_sheet.write(there, snapshot, kind)))
    table = scene_tables.read(path, snapshot, service.campaign)
    assert there == list(table.scenes)
    assert 2 == save(service, *table.scenes).same


def test_a_banks_own_table_is_read_and_bad_cells_are_named(
    service: Service, tmp_path: Path
) -> None:
    path = tmp_path / "银行报来.csv"
    path.write_text(
        "场景台账,,,,\n行业领域,场景名称,乡镇,进度,开通时间\n药店,康民药房,潋江镇,已开通,2022年9月3日\n"
        "药店,仁和堂,没有镇,在建,\n药店,益民,长冈乡,快了,\n合计,,,,\n", encoding="gb18030",
    )
    with pytest.raises(Fault) as told:
        scene_tables.read(path, service.scans.snapshot(), service.campaign)
    assert [("4", Code.FIGURE_AREA), ("5", Code.SCENE_STATE_COLUMN)] == [
        (one.data["line"], one.data["column"]) for one in told.value.more
    ]


def test_there_is_no_rate_without_a_stated_whole(service: Service) -> None:
    save(service, CLINIC)
    figure = Figure(SCENES + "医疗社保", "", 20221001, 3, "县卫健委")
    stated_figures.state(service.ledger, [figure], instants.now(), BY)
    with service.store.read() as connection:
        stated = figure_log.standing(connection, service.campaign.id)
    found = {
        one.sector: one
        for one in scene_coverage.by_sector(scenes.all_scenes(service.ledger), stated)
    }
    assert (1, 3, Decimal("33.3"), 2) == (
        found["医疗社保"].open, found["医疗社保"].whole, found["医疗社保"].rate,
        found["医疗社保"].missing,
    )
    assert (None, None) == (found["药店"].rate, found["药店"].missing)
    alone = scene_coverage.by_sector(scenes.all_scenes(service.ledger), stated, "A02")
    assert all(one.open == 0 and one.rate is None for one in alone)


def test_a_bank_enters_where_it_docks_and_sees_no_more(service: Service) -> None:
    add_everyone(service)
    units = service.scans.snapshot().units
    areas = {id for id, unit in units.items() if unit.kind == "area"}
    # One that does not dock with all areas.
    own_of = {
        id: sorted({unit.area or "" for unit in units.values() if unit.bank == id} - {""})
        for id, unit in units.items() if unit.kind == "bank"
    }
    mine, own = next((id, own) for id, own in own_of.items() if 0 < len(own) < len(areas))
    other = next(id for id in units if id in areas and id not in own)
    accounts.add(service.store, "branch", PASSWORD, "bank", instants.now(), [mine], by=BY,
                 campaign=service.campaign.id)
    save(service, Scene(0, "药店", "别处药房", area=other, bank="B01"))
    bank = Visitor(service)
    bank.sign_in("branch")
    assert "别处药房" not in bank.text("/admin/scenes")
    assert 404 == bank.get("/admin/scenes/1").status_code
    form = {"sector": "药店", "name": "康民药房", "area": own[0], "bank": mine, "ways": ["二维码"],
            "state": "open", "opened": "2022-09-03"}
    assert 302 == bank.post("/admin/scenes/0", form).status_code
    assert "康民药房" in bank.text("/admin/scenes")
    refused = bank.post("/admin/scenes/0", {**form, "name": "越界", "area": other})
    assert 400 == refused.status_code
    page = refused.get_data(as_text=True)
    assert "不是您负责的乡镇" in page and "越界" in page  # what was typed is there still
    text = f"领域,名称,乡镇（社区）\n药店,益民,{own[0]}\n".encode()
    bank.post("/admin/scenes/table", {"file": (io.BytesIO(text), "s.csv")})
    assert 3 == len(scenes.all_scenes(service.ledger))
    given = bank.get("/admin/scenes-table.csv").get_data(as_text=True)
    assert "益民" in given and "别处药房" not in given
    for role, status in (("viewer", 403), ("department", 403), ("area", 400)):
        visitor = Visitor(service)
        visitor.sign_in(role)
        assert status == visitor.post("/admin/scenes/0", {**form, "area": other}).status_code


def test_the_shell_takes_in_and_gives_out(
    service: Service, instance: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.csv"
    text = "领域,名称,乡镇（社区）,状态,开通日期\n药店,益民,A01,已开通,2022-09-03\n"
    path.write_text(text, encoding="utf-8")
    where = ["--instance", str(instance.folder)]
    assert 0 == main(["scene", "import", str(path), "--dry-run", *where])
    assert "1 new" in capsys.readouterr().out and not scenes.all_scenes(service.ledger)
    assert 0 == main(["scene", "import", str(path), *where])
    assert 0 == main(["scene", "list", "--area", "A01", *where])
    assert "药店\t0\t0\t1\t0\t-\t-\t-" in capsys.readouterr().out
    assert 0 == main(["scene", "export", "--out", str(tmp_path / "o.xlsx"), "--format", "xlsx",
                      *where])
    assert 2 == main(["scene", "list", "--area", "A99", *where])
