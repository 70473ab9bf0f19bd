"""
Second steps at sign-in: sealed in the ledger, under a key that no copy of the ledger holds.

With the secret in the open, a copied ledger makes every code to come. And a service that has
lost the key must neither let in without the step nor lock out without a word.
"""
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Instance
from console import PASSWORD, Visitor, add_everyone, signed_in

from attribution import cli
from attribution.deeds import Actor
from attribution.office import second_steps, signing_in, totp
from attribution.office.sealing import NotOurs, is_sealed, seal, unseal
from attribution.proof import checks
from attribution.rule import instants
from attribution.service import Service, open_service
from attribution.settings import load_settings
from attribution.store import Store, staff
from attribution.upkeep import backup, restoring

OLD, NEW = "older-key-" + "3fa9" * 8, "newer-key-" + "c71b" * 8


def kept(store: Store) -> dict[str, str]:
    with store.read() as connection:
        return staff.totps(connection)


def lay_open(store: Store, name: str) -> str:
    """Keep a second step as the first release did."""
    secret = totp.new_secret()
    store.write(lambda c: staff.set_totp(c, name, secret))
    return secret


def findings(service: Service, keys: tuple[str, ...] | None = None) -> list[str]:
    found = checks.check(
        service.ledger,
        second_keys=service.settings.second_keys if keys is None else keys,
    )
    return [one.detail for one in found if one.question == "second_step_sealed"]


@pytest.fixture
def staffed(service: Service) -> Service:
    add_everyone(service)
    return service


def attempt(service: Service, name: str, step: str, keys: tuple[str, ...] | None = None) -> bool:
    return signing_in.attempt(
        service.store, name, PASSWORD, instants.now(), network="net", step=step,
        second_keys=service.settings.second_keys if keys is None else keys,
    ) is not None


def test_what_is_sealed_is_read_with_its_key_alone() -> None:
    sealed = seal("GEZDGNBV", [OLD])
    assert is_sealed(sealed) and "GEZDGNBV" not in sealed
    assert "GEZDGNBV" == unseal(sealed, [OLD]) == unseal(sealed, [OLD, NEW])
    for keys in ([], [NEW]):
        with pytest.raises(NotOurs):
            unseal(sealed, keys)
    with pytest.raises(NotOurs):
        unseal(sealed[:-4] + "AAAA", [OLD])
    assert "GEZDGNBV" == unseal(seal("GEZDGNBV", [OLD, NEW]), [NEW])  # the last one seals


def test_the_ledger_never_holds_what_the_app_holds(staffed: Service) -> None:
    """From the form on which it is turned on to the one on which it is turned off."""
    import re

    visitor = signed_in(staffed, "office")
    secret = re.search(r"密钥：<code>([A-Z2-7]+)<", visitor.text("/admin/me/totp"))
    assert secret
    digits = totp.code(secret[1], instants.now())
    assert 302 == visitor.post("/admin/me/totp", {"step": digits}).status_code
    found = kept(staffed.store)["office"]
    assert is_sealed(found) and secret[1] not in found
    assert secret[1] == unseal(found, staffed.settings.second_keys)
    ledger = Path(staffed.settings.database.removeprefix("sqlite:///"))
    for file in ledger.parent.glob("ledger.db*"):
        assert secret[1].encode() not in file.read_bytes()
    later = totp.code(secret[1], instants.now() + 30 * instants.SECOND)
    assert attempt(staffed, "office", later)
    assert [] == findings(staffed)


def test_an_older_instance_is_sealed_by_migrate(
    instance: Instance, staffed: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody scans a symbol anew; and the key that is made is told, to be kept."""
    secret = lay_open(staffed.store, "area")
    staffed.close()
    (instance.folder / "keys" / "second.keys").unlink()
    assert 1 == cli.main(["check", "--instance", str(instance.folder)])
    assert "the second step of area is not sealed: run `attribution migrate`" in \
        capsys.readouterr().out
    assert 0 == cli.main(["migrate", "--instance", str(instance.folder)])
    told = capsys.readouterr().out
    assert "made keys/second.keys; keep a copy" in told and "sealed 1 second steps" in told
    assert 0 == cli.main(["migrate", "--instance", str(instance.folder)])
    assert "second" not in capsys.readouterr().out
    assert 0 == cli.main(["check", "--instance", str(instance.folder)])
    again = open_service(instance.settings())
    try:
        assert is_sealed(kept(again.store)["area"])
        assert not attempt(again, "area", "")
        assert attempt(again, "area", totp.code(secret, instants.now()))
    finally:
        again.close()


def test_a_new_key_takes_over_at_migrate_and_the_old_line_may_go(staffed: Service) -> None:
    """Keys are renewed by a line below, as all others are."""
    store = staffed.store
    secret = totp.new_secret()
    store.write(lambda c: staff.set_totp(c, "area", seal(secret, [OLD])))
    both = replace(staffed.settings, second_keys=(OLD, NEW))
    assert attempt(staffed, "area", totp.code(secret, instants.now()), both.second_keys)
    assert ["sealed 1 second steps"] == list(second_steps.prepare(store, both))
    assert [] == list(second_steps.prepare(store, both))
    assert secret == unseal(kept(store)["area"], [NEW])
    assert [] == findings(staffed, (NEW,))


def test_a_lost_key_keeps_the_door_shut_and_tells_the_way_back(
    instance: Instance, staffed: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A copy of the ledger, restored beside other keys: the same as a thief has."""
    secret = totp.new_secret()
    keys = staffed.settings.second_keys
    staffed.store.write(lambda c: staff.set_totp(c, "office", seal(secret, keys)))
    copy = tmp_path / "copy.db"
    backup.backup(staffed, copy, instants.now(), Actor("test"))
    staffed.close()
    assert instance.folder / "ledger.db.before-restore" == restoring.restore(
        instance.settings(), copy, instants.now(), Actor("test"))
    (instance.folder / "keys" / "second.keys").write_text(f"{NEW}\n", encoding="ascii")
    service = open_service(instance.settings())
    try:
        digits = totp.code(secret, instants.now())
        refused = Visitor(service).post(
            "/admin/login", {"name": "office", "password": PASSWORD, "step": digits}
        )
        assert 503 == refused.status_code and "取消这个账号的两步验证" in refused.text
        wrong = Visitor(service).post(
            "/admin/login", {"name": "office", "password": "wrong", "step": digits}
        )
        # Who does not know the password learns nothing of it.
        assert 401 == wrong.status_code and "取消这个账号" not in wrong.text
        (finding,) = findings(service)
        assert "the second step of office is sealed under another key" in finding
        assert "second-step-off" in finding
        (told,) = second_steps.prepare(service.store, service.settings)
        assert told.startswith("1 second steps are sealed under another key")
        with service.store.read() as connection:
            before = connection.rows("select * from audit where what = 'totp'")
    finally:
        service.close()
    assert 0 == cli.main(
        ["user", "second-step-off", "office", "--instance", str(instance.folder)]
    )
    assert "password alone" in capsys.readouterr().out
    service = open_service(instance.settings())
    try:
        assert attempt(service, "office", "")
        with service.store.read() as connection:
            after = connection.rows("select * from audit where what = 'totp'")
        assert len(before) + 1 == len(after)
    finally:
        service.close()
    assert 2 == cli.main(["user", "second-step-off", "nobody", "--instance", str(instance.folder)])


def test_a_key_is_not_made_where_it_would_part_the_service(
    instance: Instance, staffed: Service
) -> None:
    """Beside sealed secrets a new key opens none; on one of several nodes the others none."""
    store, settings = staffed.store, staffed.settings
    file = instance.folder / "keys" / "second.keys"
    file.unlink()
    lay_open(store, "area")
    several = replace(settings, second_keys=(), nodes=2)
    (told,) = second_steps.prepare(store, several)
    assert "copy the file to the others" in told
    bare = replace(settings, second_keys=(), instance=instance.folder / "nowhere")
    (told,) = second_steps.prepare(store, bare)
    assert "ZHUANMA_SECOND_KEYS" in told
    store.write(lambda c: staff.set_totp(c, "office", seal(totp.new_secret(), [OLD])))
    (told,) = second_steps.prepare(store, replace(settings, second_keys=()))
    assert "second steps are sealed under it" in told
    assert not file.exists()


def test_without_a_key_no_second_step_is_turned_on(instance: Instance, staffed: Service) -> None:
    """It would lie open; and who has one from before still comes in with it."""
    secret = lay_open(staffed.store, "area")
    (instance.folder / "keys" / "second.keys").unlink()
    bare = replace(staffed, settings=load_settings(instance.folder, environ={}))
    assert () == bare.settings.second_keys
    visitor = signed_in(bare, "office")
    assert "attribution migrate" in visitor.text("/admin/me/totp")
    assert 503 == visitor.post("/admin/me/totp", {"step": "123456"}).status_code
    assert {"area": secret} == kept(staffed.store)
    assert attempt(bare, "area", totp.code(secret, instants.now()))


def test_no_command_and_no_scan_waits_for_the_library() -> None:
    """Its import takes as long as all of a scan's; only a second step needs it."""
    code = (
        "import sys; import attribution.cli, attribution.serving.server;"
        " list(attribution.cli.commands());"
        " from attribution.web import fast_scans;"
        " print('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "False\n" == done.stdout, done.stderr
