"""
The key of the public log: apart from the others, renewed by two, and never made in silence.

Whoever was handed its public half trusts no other: a key that changes without a word on paper
looks like a thief's, and is one.
"""
import base64
import stat
import sys
from pathlib import Path

import pytest
from conftest import Instance
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from attribution import cli
from attribution.deeds import Actor
from attribution.proof import key_change, log_keys
from attribution.proof.log_keys import LogKeys, key_of
from attribution.rule import instants
from attribution.rule.instants import DAY, Instant
from attribution.service import Service
from attribution.store import audit_log, log_tree
from attribution.upkeep import file_modes
from qrgen.faults import Fault

NOW: Instant = instants.parse_instant("2026-11-30T02:00:00Z")
# The vector of reference/proof.md, which two foreign verifiers accept.
SEED = bytes(range(32))
ROOT5 = bytes.fromhex("fe14a5426fbd70c0fa73f52342afed0da0bd23c4838662ccf6b88a3070ead97b")
TEXT = f"log.example/xf81\n5\n{base64.b64encode(ROOT5).decode()}\n"
LINE = (
    "— log.example/xf81 AZH9RRs2bkpF3i/oHsmd3m3t0slbsxK1oeCG7uItF6aw2wjylv7Ytj9ONxlb7icxmMl1"
    "lLgcr+LqR1w9Ywrg486YHQE=\n"
)
VKEY = "log.example/xf81+0191fd45+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


def of_seed() -> LogKeys:
    return LogKeys("log.example", (key_of(SEED),))


def fits(public: bytes, text: str, line: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            base64.b64decode(line.split()[2])[4:], text.encode()
        )
    except InvalidSignature:
        return False
    return True


def test_key_and_note_are_those_that_foreign_verifiers_accept() -> None:
    keys = of_seed()
    assert (VKEY,) == keys.vkeys("xf81")
    assert f"{TEXT}\n{LINE}" == keys.note("xf81", TEXT, NOW)


def test_a_new_instance_has_one_for_its_owner_alone(instance: Instance) -> None:
    path = instance.folder / "keys" / "log.key"
    keys = log_keys.read(instance.folder)
    assert keys is not None and 1 == len(keys.keys)
    if sys.platform != "win32":
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert not log_keys.make(instance.folder, "https://other.example")  # what is there stays
    assert keys == log_keys.read(instance.folder)


def test_the_secret_is_in_no_text_of_the_key(instance: Instance) -> None:
    """A fault, a log line, a traceback show the value: never this."""
    keys = log_keys.read(instance.folder)
    assert keys is not None and keys.keys[0].seed is not None
    assert keys.keys[0].seed.hex() not in repr(keys) and repr(keys.keys[0].seed) not in repr(keys)


def test_both_keys_sign_for_thirty_days_and_then_the_new_one_alone(tmp_path: Path) -> None:
    """The paper with the new fingerprint has a month to arrive."""
    (tmp_path / "keys").mkdir()
    log_keys.keep(tmp_path, log_keys.renewed(of_seed(), NOW))
    keys = log_keys.read(tmp_path)
    assert keys is not None
    for later, signers in ((0, 2), (30 * DAY - 1, 2), (30 * DAY, 1), (400 * DAY, 1)):
        lines = keys.note("xf81", TEXT, NOW + later).split("\n\n")[1].splitlines()
        assert signers == len(lines)
        assert fits(keys.publics[-1], TEXT, lines[-1])
        assert (signers == 2) == (f"{lines[0]}\n" == LINE)
    # With the next renewal the first one's secret is gone, its public half stays.
    again = log_keys.renewed(keys, NOW + 40 * DAY)
    log_keys.keep(tmp_path, again)
    assert SEED.hex() not in (tmp_path / "keys" / "log.key").read_text()
    read = log_keys.read(tmp_path)
    assert read is not None and VKEY == read.vkeys("xf81")[0] and 3 == len(read.publics)


def test_a_stolen_key_signs_no_more(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    log_keys.keep(tmp_path, log_keys.renewed(of_seed(), NOW, at_once=True))
    keys = log_keys.read(tmp_path)
    assert keys is not None and 1 == len(keys.signers(NOW))
    assert LINE not in keys.note("xf81", TEXT, NOW)


def test_a_renewal_is_entered_or_not_done(
    instance: Instance, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that nobody entered is a thief's."""
    before = log_keys.read(instance.folder)
    assert before is not None

    def full(*_: object) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as broken:
        broken.setattr("attribution.store.audit_log.append", full)
        with pytest.raises(OSError, match="space"):
            key_change.renew(service.ledger, service.settings, Actor("office"), NOW)
    assert before == log_keys.read(instance.folder)
    after = key_change.renew(service.ledger, service.settings, Actor("office"), NOW)
    assert after == log_keys.read(instance.folder) and after.publics[0] == before.publics[0]
    with service.store.read() as connection:
        number, _ = audit_log.head(connection)
        (event,) = log_tree.events(connection, service.campaign.id, "key")
        (entry,) = audit_log.after(connection, number - 1)
    assert "log_key" == entry["what"] and after.vkeys(service.campaign.id)[-1] in event["data"]
    assert all(told in entry["detail"] for told in after.vkeys(service.campaign.id))


def test_an_older_instance_gets_one_and_a_lost_one_is_never_replaced_in_silence(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    path = instance.folder / "keys" / "log.key"
    path.unlink()
    assert 0 == cli.main(["migrate", "--instance", str(instance.folder)])
    assert "made keys/log.key; keep a copy" in capsys.readouterr().out and path.is_file()
    path.unlink()
    assert 0 == cli.main(["migrate", "--instance", str(instance.folder)])
    assert 0 == cli.main(["proof", "checkpoint", "--instance", str(instance.folder)])
    path.unlink()
    capsys.readouterr()
    assert 0 == cli.main(["migrate", "--instance", str(instance.folder)])
    assert "the public log has begun" in capsys.readouterr().out and not path.exists()
    told = list(log_keys.prepare(instance.folder, "https://x.example", begun=False, nodes=2))
    assert "on one node" in told[0] and not path.exists()


def test_the_shell_shows_what_is_printed_and_renews(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 == cli.main(["proof", "keys", "--instance", str(instance.folder)])
    first = capsys.readouterr().out
    vkey = first.splitlines()[0]
    assert f"SHA-256 {log_keys.fingerprint(vkey)}" in first
    assert 0 == cli.main(["proof", "keys", "--renew", "--instance", str(instance.folder)])
    second = capsys.readouterr().out
    assert second.startswith(f"{vkey}  # until ") and 2 == second.count("SHA-256")


@pytest.mark.parametrize("text", [
    "", "name x.example\n", f"name x.example\nkey {SEED.hex()[:-2]}\n",
    f"name a+b\nkey {SEED.hex()}\n", f"name x.example\nkey {SEED.hex()} until never\n",
    f"name x.example\nwas {SEED.hex()} until 2026-01-01T00:00:00Z\n",
    f"name x.example\nkey {SEED.hex()}\nname y.example\n",
])
def test_a_key_file_that_is_damaged_is_named_and_not_shown(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "log.key").write_text(text)
    with pytest.raises(Fault) as raised:
        log_keys.read(tmp_path)
    assert "log.key" in raised.value.cause and SEED.hex()[:12] not in raised.value.cause


@pytest.mark.skipif(sys.platform == "win32", reason="modes")
def test_a_start_shuts_it_as_the_other_keys(instance: Instance) -> None:
    path = instance.folder / "keys" / "log.key"
    path.chmod(0o644)
    list(file_modes.shut(instance.settings()))
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
