"""Keys, ledger, copies and downloads are for one account of the machine and nobody else."""
import os
import stat
import sys
from pathlib import Path

import pytest
from conftest import Instance
from needs import unix

from attribution import cli
from attribution.service import Service
from attribution.upkeep import file_modes
from qrgen.shell import Fault

unix("modes of Unix")
assert sys.platform != "win32"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_instance_is_for_its_owner_alone(instance: Instance, service: Service) -> None:
    """From the folder down to the ledger's log: as it is made, before any start looks."""
    service.close()
    made = instance.folder.parent / "new"
    assert 0 == cli.main(["init", "--instance", str(made)])
    instance = Instance(made, "", "")
    assert 0o700 == mode(instance.folder) == mode(instance.folder / "keys")
    files = [*instance.folder.glob("keys/*"), *instance.folder.glob("ledger.db*"),
             instance.folder / "config.toml"]
    assert {"second.keys", "codes.keys", "ledger.db", "config.toml"} <= {f.name for f in files}
    assert {0o600} == {mode(file) for file in files}
    assert [] == list(file_modes.shut(instance.settings()))


def test_what_others_could_use_is_shut_and_told(instance: Instance) -> None:
    """As after `cp -r` or unpacking; whoever could look may have looked."""
    keys = instance.folder / "keys"
    for folder in (instance.folder, keys):
        folder.chmod(0o755)
    (keys / "person.keys").chmod(0o644)
    (instance.folder / "uploads").mkdir(mode=0o755)
    told = list(file_modes.shut(instance.settings()))
    assert all("now only its owner may" in line for line in told)
    names = {line.split(" (mode")[0].rsplit("/", 1)[1] for line in told}
    assert {"instance", "keys", "person.keys", "uploads"} <= names
    assert 0o700 == mode(instance.folder)
    assert 0o700 == mode(keys) == mode(instance.folder / "uploads")
    assert 0o600 == mode(keys / "person.keys")
    assert [] == list(file_modes.shut(instance.settings()))


def test_what_a_shut_folder_keeps_in_is_no_reason_for_a_warning(instance: Instance) -> None:
    """Every ledger of before is such a file; a warning at each start would be read by nobody."""
    ledger = instance.folder / "ledger.db"
    ledger.chmod(0o644)
    assert [] == list(file_modes.shut(instance.settings()))
    assert 0o600 == mode(ledger)


def test_another_accounts_key_stops_the_start(instance: Instance) -> None:
    """He can put another key in its place at any time."""
    owner = (instance.folder / "keys" / "codes.keys").stat().st_uid
    if owner == 0:
        if os.geteuid() != 0:
            pytest.skip("the files are root's")
        owner = 12345
        os.chown(instance.folder / "keys" / "codes.keys", owner, -1)
    with pytest.raises(Fault, match=f"codes.keys belongs to another account .*uid {owner}"):
        list(file_modes.shut(instance.settings(), me=owner + 1))
    assert [] == list(file_modes.shut(instance.settings(), me=owner))


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root owns it so")
def test_root_may_hand_a_key_to_the_services_group(instance: Instance) -> None:
    """So that the service reads and cannot write it; but never to all the world."""
    list(file_modes.shut(instance.settings()))
    key = instance.folder / "keys" / "codes.keys"
    key.chmod(0o640)
    key.parent.chmod(0o750)
    instance.folder.chmod(0o750)
    assert [] == list(file_modes.shut(instance.settings(), me=12345))
    assert 0o640 == mode(key)
    key.chmod(0o644)
    (told,) = file_modes.shut(instance.settings(), me=12345)
    assert "codes.keys (mode 0644)" in told


def test_copies_and_downloads_are_for_their_owner_alone(
    instance: Instance, service: Service, tmp_path: Path
) -> None:
    """Whatever the shell's own umask, which is left as it was."""
    service.close()
    before = os.umask(0o022)
    try:
        copies = tmp_path / "copies"
        copies.mkdir()
        at = ["--instance", str(instance.folder)]
        for argv in (
            ["export", "claims", "--out", str(tmp_path / "claims.csv"), *at],
            ["export", "progress", "--format", "xlsx", "--out", str(tmp_path / "p.xlsx"), *at],
            ["backup", str(tmp_path / "copy.db"), *at],
            ["daily", "--backup", str(copies), *at],
            ["restore", str(tmp_path / "copy.db"), *at],
        ):
            assert 0 == cli.main(argv), argv
        written = [
            tmp_path / "claims.csv", tmp_path / "p.xlsx", tmp_path / "copy.db",
            *copies.iterdir(), instance.folder / "ledger.db",
            instance.folder / "ledger.db.before-restore",
        ]
        assert 6 == len(written)
        assert {0o600} == {mode(file) for file in written}
        assert 0o022 == os.umask(0o022)
    finally:
        os.umask(before)
