# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""A ledger of a newer program: every command of an older one refuses it and names both."""
import pytest
from stores import KINDS, new_service, new_url

from attribution import cli
from attribution.store import migrations, open_store, transfer
from attribution.web.application import create_app
from qrgen.shell import Fault

TOLD = (
    f"the ledger stands at m999_later, this program knows no step after"
    f" {migrations.MIGRATIONS[-1].name}"
)


@pytest.fixture(params=KINDS)
def newer(request, instance, tmp_path, monkeypatch):
    with new_service(request.param, instance, tmp_path) as service:
        service.store.write(
            lambda c: c.run("insert into migration (name) values ('m999_later')"))
        monkeypatch.setenv("ZHUANMA_DATABASE", service.settings.database)
        yield service


def seals(store):
    return {table.name: transfer.seal(store, table) for table in transfer.tables()}


@pytest.mark.parametrize("command", [
    ["serve", "--port", "0"], ["migrate"], ["daily"], ["check"], ["retention", "run"],
    ["rebuild"], ["units", "import"], ["user", "list"], ["export", "claims", "--out", "x.csv"],
    ["seal"], ["feed", "import", "x.csv"],
], ids=" ".join)
def test_every_command_refuses_and_names_both_versions(newer, instance, command, capsys):
    before = seals(newer.store)
    assert 1 == cli.main([*command, "--instance", str(instance.folder)])
    told = capsys.readouterr()
    assert f"error: {TOLD}\n" in told.err
    assert "hint: use the program that migrated it, or a newer one" in told.err
    assert before == seals(newer.store)


def test_a_worker_of_an_older_program_does_not_start(newer):
    with pytest.raises(Fault, match=TOLD):
        create_app(newer.settings)


def test_who_serves_already_goes_on_until_it_is_replaced(newer):
    """Of several nodes one is replaced after the other, on the new schema."""
    assert 200 == create_app(newer.settings, newer).test_client().get("/readyz").status_code


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_copy_refuses_either_side(newer, instance, tmp_path, side, capsys):
    (tmp_path / "other").mkdir()
    with new_url("sqlite", tmp_path / "other") as url:
        other = open_store(url)
        other.migrate()
        before = seals(newer.store)
        there, here = (newer.settings.database, url) if side == "source" else (
            url, newer.settings.database)
        assert 1 == cli.main(
            ["copy", "--from", there, "--to", here, "--instance", str(instance.folder)])
        assert f"error: the {side} is of a newer program: {TOLD}\n" in capsys.readouterr().err
        assert before == seals(newer.store)
        other.close()
