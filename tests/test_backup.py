"""A copy is taken while scans go on, and believed only when `check` has read it."""
import sqlite3
import threading
from pathlib import Path

import pytest
from conftest import Instance, Signs
from flask.testing import FlaskClient

from attribution import cli
from attribution.deeds import Actor, Entry
from attribution.rule import instants
from attribution.service import Service, open_service
from attribution.upkeep import backup, restoring
from qrgen.shell import Fault


def scans_in(path: Path) -> int:
    raw = sqlite3.connect(path)
    (found,) = raw.execute("select count(*) from scan").fetchone()
    raw.close()
    assert isinstance(found, int)
    return found


def test_copy_taken_under_load_is_whole_and_sound(
    service: Service, client: FlaskClient, sign: Signs, tmp_path: Path
) -> None:
    path = f"/Q/{sign('A01')}"
    client.get(path)
    stop = threading.Event()
    answered = [1]

    def visit() -> None:
        while not stop.is_set():
            assert 200 == client.application.test_client().get(path).status_code
            answered[0] += 1

    thread = threading.Thread(target=visit)
    thread.start()
    try:
        before = answered[0]
        made = backup.backup(service, tmp_path / "copy.db", instants.now(), Actor("test"))
    finally:
        stop.set()
        thread.join()
    assert made.size == (tmp_path / "copy.db").stat().st_size
    assert before <= scans_in(tmp_path / "copy.db") <= answered[0]
    assert 0o600 == (tmp_path / "copy.db").stat().st_mode & 0o777
    assert ["copy.db"] == [found.name for found in tmp_path.glob("*copy.db*")]


def test_restored_ledger_is_the_copied_one_and_the_old_one_is_kept(
    instance: Instance, sign: Signs, tmp_path: Path, service: Service, client: FlaskClient
) -> None:
    path = f"/Q/{sign('A01')}"
    client.get(path)
    backup.backup(service, tmp_path / "copy.db", instants.now(), Actor("test"))
    client.get(path)
    with pytest.raises(Fault, match="in use"):
        restoring.restore(instance.settings(), tmp_path / "copy.db", instants.now(), Actor("test"))
    service.close()
    old = restoring.restore(
        instance.settings(), tmp_path / "copy.db", instants.now(), Actor("test")
    )
    assert old is not None and 2 == scans_in(old)
    again = open_service(instance.settings())
    with again.store.read() as connection:
        assert {"n": 1} == connection.one("select count(*) as n from scan")
    again.close()


def test_unsound_copy_is_refused_and_changes_nothing(
    instance: Instance, service: Service, client: FlaskClient, sign: Signs, tmp_path: Path
) -> None:
    client.get(f"/Q/{sign('A01')}")
    backup.backup(service, tmp_path / "copy.db", instants.now(), Actor("test"))
    service.close()
    raw = sqlite3.connect(tmp_path / "copy.db")
    raw.execute("update tally set n = 7")
    raw.commit()
    raw.close()
    (tmp_path / "junk.db").write_bytes(b"no database at all " * 100)
    for name in ("copy.db", "junk.db", "absent.db"):
        with pytest.raises(Fault):
            restoring.restore(instance.settings(), tmp_path / name, instants.now(), Actor("test"))
    assert 1 == scans_in(instance.folder / "ledger.db")
    assert [] == list(instance.folder.glob(".part-*"))


def break_a_tally(instance: Instance) -> None:
    with sqlite3.connect(instance.folder / "ledger.db") as raw:
        raw.execute("update tally set n = 7")
    raw.close()


def test_a_copy_of_an_unsound_ledger_is_kept_as_evidence(
    instance: Instance, service: Service, client: FlaskClient, sign: Signs, tmp_path: Path
) -> None:
    """Marked by its name, entered, for its owner alone, and in nobody's place."""
    client.get(f"/Q/{sign('A01')}")
    sound = backup.backup(service, tmp_path / "copy.db", instants.now(), Actor("test"))
    before = (tmp_path / "copy.db").read_bytes()
    break_a_tally(instance)
    first = backup.backup(service, tmp_path / "copy.db", instants.now(), Actor("test"))
    again = backup.backup(service, tmp_path / "copy.db", instants.now(), Actor("test"))
    assert () == sound.found
    assert ["copy-unsound.db", "copy-unsound-2.db"] == [made.file.name for made in (first, again)]
    assert ["tally_is_count"] == [found.question for found in first.found]
    assert before == (tmp_path / "copy.db").read_bytes()
    assert 0o600 == first.file.stat().st_mode & 0o777
    assert first.size == first.file.stat().st_size
    assert 1 == scans_in(first.file)
    with service.store.read() as connection:
        entries = connection.rows("select detail from audit where what = 'backup' order by id")
    assert [("file copy.db", None), ("file copy-unsound.db", 1), ("file copy-unsound-2.db", 1)] == [
        (entry.subject, dict(entry.after or {}).get("findings"))
        for entry in (Entry.from_text(row["detail"]) for row in entries)
    ]
    names = {"copy.db", "copy-unsound.db", "copy-unsound-2.db"}
    assert names == {found.name for found in tmp_path.glob("*copy*")}


def test_evidence_is_not_restored(
    instance: Instance, service: Service, client: FlaskClient, sign: Signs, tmp_path: Path
) -> None:
    client.get(f"/Q/{sign('A01')}")
    break_a_tally(instance)
    made = backup.backup(service, tmp_path / "copy.db", instants.now(), Actor("test"))
    service.close()
    with pytest.raises(Fault, match="not sound: tally_is_count"):
        restoring.restore(instance.settings(), made.file, instants.now(), Actor("test"))


def test_the_command_keeps_evidence_and_ends_with_1(
    instance: Instance, service: Service, client: FlaskClient, sign: Signs, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    client.get(f"/Q/{sign('A01')}")
    break_a_tally(instance)
    where = ("--instance", str(instance.folder))
    assert 1 == cli.main(["backup", str(tmp_path / "copy.db"), *where])
    told = capsys.readouterr().out
    assert "tally_is_count: " in told and "copy-unsound.db" in told
    assert not (tmp_path / "copy.db").exists()


def test_commands_back_up_and_restore(
    instance: Instance, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = str(tmp_path / "copy.db")
    assert 0 == cli.main(["backup", copy, "--instance", str(instance.folder)])
    assert 0 == cli.main(["restore", copy, "--instance", str(instance.folder)])
    assert "checked" in capsys.readouterr().out
    assert 1 == cli.main(["backup", str(tmp_path / "no" / "x"), "--instance", str(instance.folder)])
    assert "hint" in capsys.readouterr().err
    ledger = str(instance.folder / "ledger.db")
    assert 1 == cli.main(["backup", ledger, "--instance", str(instance.folder)])
