"""The next campaign of the same county: who and what comes along, and what an old poster says."""
import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import Instance
from console import SCOPES, Visitor, add_everyone
from factories import OLDER_KEY

from attribution.cli import main
from attribution.deeds import Actor
from attribution.faults import Code as FaultCode
from attribution.office import accounts, totp, units
from attribution.office.sealing import seal
from attribution.office.second_steps import opened
from attribution.rule import instants
from attribution.service import Service, open_service
from attribution.settings import load_settings
from attribution.store import contacts, hands, staff
from attribution.upkeep import next_campaign
from qrgen.cli import main as qrgen
from qrgen.codes import Code, code_url, sign_code
from qrgen.faults import Fault
from qrgen.symbols import make_symbol

BY = Actor("test")
START = date(2031, 5, 1)


@pytest.fixture
def old(service: Service, instance: Instance) -> Path:
    """A campaign at its end: accounts of every role, a closed one, a second step, a contact."""
    add_everyone(service)
    now = instants.now()
    accounts.close(service.store, "viewer", now, by=BY)
    keys = service.settings.second_keys
    service.store.write(lambda c: staff.set_totp(c, "checker", seal(SECRET, keys)))
    service.store.write(lambda c: contacts.put_contact(
        c, service.campaign.id, "A01", "老张", "分管", "办公室"
    ))
    units.reissue(service.ledger, "N07", now, BY)
    return instance.folder


SECRET = totp.new_secret()


@pytest.fixture
def new(old: Path, tmp_path: Path) -> Iterator[Service]:
    folder = tmp_path / "next"
    next_campaign.begin(folder, old, instants.now(), start=START, by=BY)
    service = open_service(load_settings(folder, environ={}))
    yield service
    service.close()


def test_units_accounts_and_texts_come_along_and_keys_do_not(
    new: Service, old: Path, service: Service
) -> None:
    one, other = service.campaign, new.campaign
    assert ("xingguo-2022", "xingguo-2031") == (one.id, other.id)
    assert [(u.id, u.name, u.target) for u in one.units] == [
        (u.id, u.name, u.target) for u in other.units
    ]
    assert one.texts == other.texts
    assert START == other.start.astimezone(instants.SHANGHAI).date()
    assert one.settle_end - one.start == other.settle_end - other.start
    assert not set(service.settings.code_keys) & set(new.settings.code_keys)
    assert service.settings.person_pepper != new.settings.person_pepper
    issues = {unit.id: unit.issue for unit in new.campaign.units}
    assert (2, 3) == (issues["N08"], issues["N07"])  # beyond whatever hung in the old campaign
    with new.store.read() as connection:
        names = {row["name"] for row in staff.accounts(connection)}
        assert {"admin", *accounts.ROLES} - {"viewer"} == names
        assert SCOPES["bank"] == staff.scopes(connection, "bank")
        people = contacts.contacts(connection, other.id, "A01")
        assert ["老张"] == [row["name"] for row in people]
        laid = {(hand.account, hand.deed, hand.by_whom) for hand in hands.everything(connection)}
        assert not hands.changed_by_nobody(connection)
    assert ("bank", "made", "test") in laid


def test_people_sign_in_as_before_and_a_second_step_is_asked(new: Service) -> None:
    visitor = Visitor(new)
    assert 302 == visitor.sign_in("bank").status_code
    assert 200 == visitor.get("/admin/").status_code
    with new.store.read() as connection:
        kept = staff.totps(connection)["checker"]
    # Sealed under this instance's key, and the app on the phone still fits.
    assert SECRET == opened(kept, new.settings.second_keys)


def test_an_old_poster_is_told_as_one_and_counts_for_nobody(new: Service, service: Service) -> None:
    text = sign_code(Code("N07", 1), service.settings.code_keys)
    visitor = Visitor(new)
    page = visitor.get(f"/q/{text}")
    assert 410 == page.status_code
    told = page.get_data(as_text=True)
    assert "这是以前活动的海报" in told and service.campaign.short_title in told
    forged = visitor.get(f"/q/{sign_code(Code('N07', 1), [OLDER_KEY])}")
    assert 404 == forged.status_code and "以前活动" not in forged.get_data(as_text=True)
    with new.store.read() as connection:
        assert [] == connection.rows("select id from scan")
    ours = sign_code(Code("N07", 3), new.settings.code_keys)
    assert 200 == visitor.get(f"/q/{ours}").status_code


def test_the_campaign_after_the_next_knows_them_both(
    new: Service, service: Service, tmp_path: Path
) -> None:
    third = tmp_path / "third"
    next_campaign.begin(
        third, new.settings.instance, instants.now(), start=START + timedelta(365), by=BY
    )
    settings = load_settings(third, environ={})
    assert ["xingguo-2022", "xingguo-2031"] == [one.id for one in settings.former]
    assert (*service.settings.code_keys, *new.settings.code_keys) == settings.former_keys


def test_inspect_tells_an_old_poster(
    new: Service, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = code_url(new.settings.public_url, sign_code(Code("N07"), service.settings.code_keys))
    picture = tmp_path / "wall.png"
    picture.write_bytes(make_symbol(text).png())
    assert 1 == qrgen(["inspect", "--instance", str(new.settings.instance), str(picture)])
    assert f"former {text} (N07-1 of an earlier campaign)\n" == capsys.readouterr().out


def test_nothing_in_the_old_instance_changes(
    old: Path, service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = old / "ledger.db"
    before = hashlib.sha256(ledger.read_bytes()).hexdigest()
    where = ["--from", str(old), "--instance", str(tmp_path / "next")]
    assert 2 == main(["init", *where])
    assert "--start" in capsys.readouterr().err
    assert not (tmp_path / "next").exists()
    assert 0 == main(["init", *where, "--start", "2031-05-01"])
    assert "account bank" in capsys.readouterr().out
    assert before == hashlib.sha256(ledger.read_bytes()).hexdigest()
    assert 2 == main(["init", *where, "--start", "2031-05-01"])
    assert "already" in capsys.readouterr().err
    assert 2 == main([
        "init", "--from", str(old), "--instance", str(tmp_path / "same"), "--start", "2031-05-01",
        "--id", service.campaign.id,
    ])
    assert "earlier campaign" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["check", "daily", "serve"])
def test_one_instance_is_one_campaign(
    command: str, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    """A changed id orphaned the first: its receipts were 404, its scans never aged."""
    path = instance.folder / "campaign" / "campaign.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('id = "xingguo-2022"', 'id = "xingguo-2023"'), "utf-8")
    assert 1 == main([command, "--instance", str(instance.folder)])
    err = capsys.readouterr().err
    assert "xingguo-2022" in err and "--from" in err
    path.write_text(text, "utf-8")
    assert 0 == main(["check", "--instance", str(instance.folder)])


def test_a_wrong_table_of_former_campaigns_is_named(instance: Instance) -> None:
    with (instance.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[former]]\nid = "x"\n')
    with pytest.raises(Fault) as told:
        load_settings(instance.folder, environ={})
    assert FaultCode.FORMER_TABLE is told.value.code
