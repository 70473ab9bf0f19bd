"""A file that left the house says of itself which side changed: it, or the ledger."""
from pathlib import Path

import pytest
import rewriting
from conftest import Instance
from console import add_everyone, signed_in
from PIL import Image
from test_proof_publishing import MOVE, claimed, publish

from attribution import cli
from attribution.proof import heads, publishing, signed_notes
from attribution.reports import spreadsheets
from attribution.rule import instants
from attribution.service import Service


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_genuine_altered_file_altered_ledger(
    instance: Instance, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    """An old export that betrayed a rewritten ledger was once called an altered copy."""
    for number in range(4):
        claimed(service, number, "N07")
    published = publish(service)
    where = ["--instance", str(instance.folder)]
    file = tmp_path / f"claims.{kind}"
    assert 0 == cli.main(["export", "claims", "--format", kind, "--out", str(file), *where])
    line = spreadsheets.checkpoint_in(file)
    assert published.note == signed_notes.from_one_line(line)
    capsys.readouterr()
    assert 0 == cli.main(["verify-export", str(file), *where])
    assert "genuine: " in capsys.readouterr().out
    altered = tmp_path / f"altered.{kind}"
    altered.write_bytes(file.read_bytes() + (b"\r\n" if kind == "csv" else b"\0"))
    assert 1 == cli.main(["verify-export", str(altered), *where])
    assert "an altered copy" in capsys.readouterr().err
    rewriting.change(service, "claim", MOVE)
    rewriting.seal_anew(service)
    (instance.folder / "keys" / publishing.FILE).unlink()
    for number in range(10, 12):
        claimed(service, number, "N08")
    heads.seal_now(service.ledger, service.settings, instants.now())
    for told in (file, altered):
        assert 1 == cli.main(["verify-export", str(told), *where])
        assert "the ledger was altered" in capsys.readouterr().err


def test_pages_and_pictures_carry_the_signed_head(service: Service, tmp_path: Path) -> None:
    for number in range(3):
        claimed(service, number, "N07")
    published = publish(service)
    add_everyone(service)
    bank = signed_in(service, "bank")
    line = signed_notes.on_one_line(published.note)
    assert f"检查点 {line}" in bank.text("/admin/table")
    picture = tmp_path / "a.png"
    picture.write_bytes(bank.get("/admin/table.png").get_data())
    with Image.open(picture) as opened:
        assert f"检查点 {line}" == opened.info["checkpoint"]


def test_a_unit_downloads_its_own_bundle_and_no_other(service: Service) -> None:
    for number in range(3):
        claimed(service, number, "B01")
    publish(service)
    add_everyone(service)
    bank = signed_in(service, "bank")
    page = bank.text("/admin/proof")
    assert "下载 B01 的凭证" in page and "B02" not in page
    answer = bank.get("/admin/proof/B01.json")
    assert 200 == answer.status_code
    assert b'"zhuanma/bundle@v1"' in answer.get_data()
    assert 404 == bank.get("/admin/proof/B02.json").status_code
    assert 403 == signed_in(service, "viewer").get("/admin/proof/B01.json").status_code
    with service.store.read() as connection:
        done = connection.rows(
            "select who, detail from audit where what = 'export_done' order by n"
        )
    assert "bank" == done[-1]["who"] and "bundle-B01.json" in done[-1]["detail"]
    sheet = bank.text("/admin/proof/keys")
    assert heads.verifiers(service.ledger, service.settings)[-1].name in sheet
    assert "<svg" in sheet and "指纹" in sheet
