# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The end in order: each step refused until the one before is done, on either store."""
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office
from test_contract_retention import rows

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import appeals, corrections
from attribution.proof import checks
from attribution.reports import snapshots
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, day_of, day_start
from attribution.rule.people import identify
from attribution.store import forgetting
from attribution.upkeep import (
    archiving,
    copies_elsewhere,
    daily,
    end_work,
    ending,
    shredding,
)
from attribution.upkeep.ending import EndStep
from qrgen.faults import Fault

ROOT = Path(__file__).parent.parent
ANN, BEN = Actor("ann"), Actor("ben")


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        county = Office(service, tmp_path)
        county.claim(1, "N07", county.now - 2 * DAY)
        county.claim(2, "N08", county.now - DAY)
        county.file((1, county.now - HOUR))
        county.last_file()
        yield county


def claim_of(office):
    """Return the first claim that was made."""
    return min(row["id"] for row in rows(office, "claim"))


def at(office, now):
    """Return the first step that is not done, and the codes of what is left of it."""
    for stage in ending.stages(office.service, now):
        if not stage.done:
            return stage.step, [said.code for said in stage.left]
    return None


def refused(code, function, *arguments):
    with pytest.raises(Fault) as told:
        function(*arguments)
    assert code is told.value.code
    return told.value


def through(office, *, earlier=False):
    """Do all there is before the archive; return when."""
    now = office.settled + DAY
    last = ending.last_day(office.campaign)
    if earlier:  # a bulletin of before the last lock is none of its figures
        before = snapshots.take(office.ledger, now, ANN, week(last), last).number
        snapshots.add_file(office.ledger, now, ANN, before, "bulletin", "专报1.docx", "0" * 64)
    now += HOUR
    office.lock(day_start(last), now)
    assert (EndStep.BULLETIN, [Code.END_NO_BULLETIN]) == at(office, now)
    number = snapshots.take(office.ledger, now, ANN, week(last), last).number
    snapshots.add_file(office.ledger, now, ANN, number, "bulletin", "专报2.docx", "1" * 64)
    return now


def week(last):
    """Return the day a week before *last*."""
    return day_of(day_start(last) - 7 * DAY)


@pytest.mark.parametrize("earlier", [False, True])
def test_contract_each_step_waits_for_the_one_before(office, earlier):
    service, end = office.service, instants.from_datetime(office.campaign.end)
    settled = office.settled - 7 * DAY
    assert (EndStep.CLOSED, [Code.END_WINDOW]) == at(office, end - 1)
    assert (EndStep.SETTLED, [Code.END_SETTLES]) == at(office, end)
    asked = corrections.ask(
        office.ledger, "hold", claim_of(office), reason="appeal", note="n", asked_by=ANN,
        now=settled)
    assert (EndStep.ANSWERED, [Code.WAIT_CORRECTIONS]) == at(office, settled)
    corrections.answer(office.ledger, asked, approve=True, answered_by=BEN, now=settled)
    assert (EndStep.HELD, [Code.WAIT_HELD]) == at(office, settled)
    for step in (EndStep.ARCHIVED, EndStep.SHREDDED):
        told = refused(Code.END_NOT_YET, ending.require, service, step, settled)
        assert "1 claim is held" in told.told("en") and "1 条登记待核查" in told.told("zh")
    office.correct("release", claim_of(office))
    filed = appeals.file(service, "N07", "0001@2022-10-11", "n", ANN, settled)
    assert (EndStep.ANSWERED, [Code.WAIT_APPEALS]) == at(office, settled)
    appeals.decide(service, filed, uphold=False, note="n", answered_by=BEN, now=settled)
    assert (EndStep.LOCKED, [Code.END_UNLOCKED]) == at(office, settled)
    refused(Code.PERIOD_SOON, office.lock, day_start(ending.last_day(office.campaign)), settled)
    now = through(office, earlier=earlier)
    assert (EndStep.ARCHIVED, [Code.END_NO_ARCHIVE]) == at(office, now)
    refused(Code.END_NOT_YET, ending.ask, service, ANN, now, {})
    assert "step 8 of 9" in " ".join(said.told("en") for said in ending.due(service, now))


def test_contract_the_archive_proves_itself_and_everybody_is_forgotten_by_two(
    office, tmp_path, monkeypatch
):
    service, now, target = office.service, through(office), tmp_path / "a.zip"
    pepper = service.settings.person_pepper
    digest = identify(make_phone(1), pepper).digest
    before = office.live()
    made = archiving.make(service, target, ANN, now)
    assert (made.size, 0o600) == (target.stat().st_size, target.stat().st_mode & 0o777)
    told = checked(target, tmp_path)
    assert (0, True) == (told.returncode, "相符" in told.stdout.splitlines()[-1]), told.stdout
    with zipfile.ZipFile(target) as packed:
        inside = b"".join(packed.read(name) for name in packed.namelist())
        header = packed.read("a/tables/credits.csv").decode("utf-8-sig").splitlines()[0]
    for number in (1, 2):
        assert make_phone(number).encode() not in inside
    assert digest.encode() not in inside and "手机尾号" not in header
    assert (EndStep.SHREDDED, [Code.END_PEOPLE_THERE]) == at(office, now)

    with office.store.read() as connection:
        counts = forgetting.count_people(connection, office.campaign.id)
    assert (2, 2) == (counts["claim"], counts["fact"])
    with monkeypatch.context() as patch:
        patch.setenv("ZHUANMA_PERSON_KEYS", pepper)
        refused(Code.PEPPER_ELSEWHERE, ending.ask, service, ANN, now, counts)
    number = ending.ask(service, ANN, now, counts)
    refused(Code.OWN_QUESTION, ending.agree, service, number, ANN, now)
    assert not ending.is_cut_off(service, now)
    ending.agree(service, number, BEN, now)
    # From here on it is cut off until somebody goes through with it, and nobody comes any more.
    assert ending.is_cut_off(service, now)
    refused(Code.PEOPLE_GONE, office.claim, 3, "N07", office.now)
    refused(Code.PEOPLE_GONE, appeals.file, service, "N07", "0001@2022-10-11", "n", ANN, now)
    # Nobody came back to it; the night's job does.
    assert "the ledger is sound" == next(iter(daily.run(service, now, Actor("timer"))))
    assert at(office, now) is None and not ending.is_cut_off(service, now)
    assert before == office.live() and [] == checks.check(office.ledger)
    assert shredding.is_destroyed(service.settings.instance)
    assert 0 == checked(target, tmp_path).returncode


def checked(target, folder):
    """Check *target* as whoever gets it does, by the script that is in it."""
    with zipfile.ZipFile(target) as packed:
        packed.extractall(folder / "unpacked")
    return subprocess.run(
        [sys.executable, "-I", "-X", "utf8", str(folder / "unpacked/a/archive_check.py"),
         str(target)], capture_output=True, text=True, encoding="utf-8",
    )


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("how", ["table", "proof", "checkpoint", "more", "less"])
def test_whoever_changes_an_archive_is_found(kind, how, instance, tmp_path):
    """By the manifest; and where that is made anew, by the log."""
    with new_service(kind, instance, tmp_path) as service:
        county = Office(service, tmp_path)
        county.claim(1, "N07", county.now - 2 * DAY)
        archiving.make(service, tmp_path / "a.zip", ANN, through(county))
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        packed.extractall(tmp_path)
    folder = tmp_path / "a"
    names = {"table": "tables/claims.csv", "proof": "proofs/N07.json",
             "checkpoint": "log/checkpoints.jsonl", "less": "proofs/N08.json"}
    path = folder / names.get(how, "tables/more.csv")
    if how == "table":
        path.write_text(path.read_text(encoding="utf-8") + "x", encoding="utf-8")
    elif how == "less":
        path.unlink()
    elif how == "more":
        path.write_text("x", encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        if how == "proof":
            bundle = json.loads(text)
            bundle["rows"] = bundle["rows"][1:]
            text = json.dumps(bundle)
        else:
            text = text.replace("\\n", "\\n1", 1)
        path.write_text(text, encoding="utf-8")
        anew(folder, path)
    done = subprocess.run(
        [sys.executable, "-I", "-X", "utf8", str(folder / "archive_check.py"), str(folder)],
        capture_output=True, text=True, encoding="utf-8",
    )
    assert 1 == done.returncode and "不符" in done.stdout, done.stdout + done.stderr


def anew(folder, path):
    """Let the manifest tell of *path* as it is now, as a forger would."""
    import hashlib

    manifest = folder / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    content = path.read_bytes()
    told["files"][path.relative_to(folder).as_posix()] = {
        "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest.write_text(json.dumps(told), encoding="utf-8")


def test_contract_copies_elsewhere_are_named_and_ticked_off(office):
    service, now = office.service, office.settled
    names = {one.name for one in copies_elsewhere.listed(service)}
    assert {"keys", "web-log", "files-test"} <= names
    assert ("server" in names) == (office.store.database.dialect != "sqlite")
    assert 1 == copies_elsewhere.tick_off(service, ["keys", "keys"], ANN, now, "shredded")
    assert 0 == copies_elsewhere.tick_off(service, ["keys"], ANN, now)
    by = {one.name: one.gone for one in copies_elsewhere.listed(service)}
    assert by["keys"] is not None and "ann" == by["keys"]["by_whom"]
    assert by["web-log"] is None
    refused(Code.ELSEWHERE_UNKNOWN, copies_elsewhere.tick_off, service, ["moon"], ANN, now)


def test_the_page_refuses_what_is_not_due_and_ticks_off_what_is_named(service):
    add_everyone(service)
    office, checker = signed_in(service, "office"), signed_in(service, "checker")
    page = office.text("/admin/end")
    assert "登记到" in page and "做存档</button>" not in page
    for path, form in (("archive", {}), ("shred", {"deed": "ask"}), ("shred", {"deed": "go"})):
        told = office.post(f"/admin/end/{path}", form)
        assert 400 == told.status_code and "还没有到这一步" in told.get_data(as_text=True)
    assert 403 == checker.post("/admin/end/archive").status_code
    assert 404 == checker.get("/admin/end/archive/archive-x-1.zip").status_code
    assert 302 == checker.post("/admin/end/copies", {"copy": "keys"}).status_code
    (keys,) = [one for one in copies_elsewhere.listed(service) if one.name == "keys"]
    assert keys.gone is not None and "checker" == keys.gone["by_whom"]


def test_work_whose_process_is_gone_was_cut_off(service):
    """Whoever looks is told to press again, and not to wait for good."""
    assert end_work.state(service) is None
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    gone = end_work.EndWork("archive", "runs", instants.now(), done.pid)
    (service.settings.shared / "end-work.json").write_text(json.dumps(vars(gone)))
    found = end_work.state(service)
    assert found is not None and "cut" == found.state
    assert end_work.start(service, "archive", lambda: None)


def test_an_archive_carries_the_same_verifier_as_the_checkout():
    carried = ROOT / "attribution" / "proof" / "verify.txt"
    assert (ROOT / "scripts" / "verify.py").read_bytes() == carried.read_bytes()
