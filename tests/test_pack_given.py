"""The pack as the office gets it: by command and page, added again from the export, entered."""
import csv
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from console import Visitor, add_everyone, signed_in
from test_console_pages import claimed, feed
from test_console_queues import imported

from attribution import cli
from attribution.deeds import Actor
from attribution.office import campaign_deeds
from attribution.papers import taking
from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, day_of
from attribution.service import Service
from attribution.store import audit_log

ANN = Actor("ann")


@pytest.fixture
def office(service: Service) -> Visitor:
    add_everyone(service)
    for n, unit in enumerate(["A01", "N01", "N02", "N02", "N04", "B01", "D01"]):
        claimed(service, n, unit, 2 * HOUR)
    visitor = signed_in(service, "office")
    imported(visitor, feed(*range(7)))
    now = instants.now()
    taking.take(
        service.ledger, service.settings, now, ANN, day_of(now), day_of(now + DAY)
    )
    return visitor


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        return {name: made.read(name) for name in made.namelist()}


def exported(visitor: Visitor, by: str) -> list[dict[str, str]]:
    """Return the rows of the progress export, by their headings."""
    answer = visitor.get(f"/admin/export/progress.csv?by={by}")
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


def numbers(sheet: Any, heading: str) -> dict[str, int]:
    headings = [cell.value for cell in sheet[4]]
    name = max(n for n, one in enumerate(headings[:4]) if one not in ("任务数", "登记"))
    place = headings.index(heading)
    return {
        str(row[name].value): row[place].value
        for row in sheet.iter_rows(min_row=5) if isinstance(row[place].value, int)
    }


def test_sums_are_those_of_the_export(service: Service, office: Visitor) -> None:
    content = office.get("/admin/snapshots/1/pack.zip").get_data()
    made = next(part for name, part in files_of(content).items() if name.endswith(".xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(made), data_only=True)
    for by, sheet in (("area", "乡镇社区"), ("bank", "银行网点"), ("department", "部门")):
        rows = exported(office, by)
        for heading in ("登记", "注册", "有效新用户"):
            told = numbers(book[sheet], heading)
            again = sum(
                int(row[heading]) for row in rows
                if row["层级"] not in ("合计", f"{'银行'}之内") and not (
                    # Of one kind of unit the rest stands above too.
                    row["层级"] == "其他" and row["序号"]
                )
            )
            assert told["全县合计"] == again, (by, heading)
            for row in rows:
                if row["名称"] in told:
                    assert told[row["名称"]] == int(row[heading])
    assert 7 == numbers(book["乡镇社区"], "有效新用户")["全县合计"]


def test_a_pack_is_entered_numbered_and_among_the_files_of_its_snapshot(
    service: Service, office: Visitor,
) -> None:
    page = office.text("/admin/snapshots/1/pack")
    assert "国办函〔2026〕12号" in page
    assert "内部资料 不得转发公开" in page
    assert "/admin/snapshots/1/pack" in office.text("/admin/snapshots/1")
    answer = office.get("/admin/snapshots/1/pack.zip")
    content = answer.get_data()
    with service.store.read() as connection:
        (entry,) = audit_log.latest(connection, what="export_done", who="office", limit=1)
    assert hashlib.sha256(content).hexdigest() in entry["detail"]
    assert answer.headers["X-Export-Number"] in entry["detail"]
    kept = {file.name: file.sha256 for file in snapshots.files(service.ledger, 1)}
    for name, part in files_of(content).items():
        assert hashlib.sha256(part).hexdigest() == kept[name]
    assert hashlib.sha256(content).hexdigest() in kept.values()
    for other in ("checker", "viewer", "area", "bank"):
        assert 403 == signed_in(service, other).get("/admin/snapshots/1/pack.zip").status_code
    assert 404 == office.get("/admin/snapshots/9/pack.zip").status_code


def test_the_command_makes_the_bytes_of_the_page_and_keeps_to_the_campaign(
    service: Service, office: Visitor, instance: Any, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, where = tmp_path / "p.zip", ("--instance", str(instance.folder))
    assert 0 == cli.main(["report", "pack", "--out", str(out), "--snapshot", "1", *where])
    assert "of snapshot 1" in capsys.readouterr().out
    assert office.get("/admin/snapshots/1/pack.zip").get_data() == out.read_bytes()
    for wrong in (["--snapshot", "7"], ["--snapshot", "1", "--day"], ["--day", "--week"]):
        assert 2 == cli.main(["report", "pack", "--out", str(tmp_path / "no.zip"), *wrong, *where])
        assert not (tmp_path / "no.zip").exists()
    campaign_deeds.set_values(service.ledger, ANN, {"naming": "off"}, instants.now())
    assert 0 == cli.main(["report", "pack", "--out", str(out), *where])
    bare = next(part for name, part in files_of(out.read_bytes()).items() if "先看" in name)
    assert "不点名" in bare.decode("utf-8-sig")
