# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The ledger is the master of its campaign; folders and tables are exports, and come in again."""
import contextlib
import json
import re
import shutil
import sys

import pytest
from factories import make_phone
from pikepdf import Pdf
from PIL import Image
from stores import KINDS, new_service
from test_contract_periods import Office

from attribution.cli import main
from attribution.deeds import Actor
from attribution.office import campaign_deeds, unit_deeds
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, iso_text
from attribution.rule.people import identify
from attribution.service import open_service
from attribution.store import registry, setting_log
from attribution.web.application import create_app
from qrgen import cli as qrgen
from qrgen.campaign_stamp import read_stamp, stamp_line
from qrgen.codes import Code, sign_code
from qrgen.registry import find_problems, load_campaign
from qrgen.shell import Fault
from qrgen.verdicts import judge

ANN = Actor("ann")


@pytest.fixture
def run(instance, capsys):
    """At the shell of the instance: what was said, on both streams."""

    def call(*words, status=0):
        assert status == main([*words, "--instance", str(instance.folder)])
        said = capsys.readouterr()
        return said.out + said.err

    return call


@pytest.fixture
def folder(run, tmp_path):
    run("campaign", "export", str(tmp_path / "out"))
    return tmp_path / "out"


def edit(path, *pairs):
    text = path.read_text(encoding="utf-8-sig")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")


# --- the folder -------------------------------------------------------------------------------


def test_an_export_is_whole_sound_stable_and_nothing_to_import(run, folder, tmp_path):
    assert [] == find_problems(folder)
    assert "nothing to change" in run("campaign", "import", str(folder), "--dry-run")
    run("campaign", "export", str(tmp_path / "again"))
    for path in folder.rglob("*"):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    toml = (folder / "campaign.toml").read_text(encoding="utf-8")
    keys = re.findall(r"^(\w+) = ", toml.partition("\n[")[0], re.MULTILINE)
    assert len(keys) > 10
    for key in keys:
        assert re.search(rf"^# .+\n{key} = ", toml, re.MULTILINE), f"{key} has no comment"
    stamp = read_stamp(folder)
    assert stamp and f"# 修订 {stamp.revision}" in toml
    assert f"修订 {stamp.revision}" == stamp_line(folder)


def test_what_was_edited_by_hand_is_shown_field_by_field_and_taken_in(run, folder):
    edit(folder / "campaign.toml", ('demo = true', 'demo = true\nhotline = "0797-5321000"'))
    edit(folder / "units.csv", ("A07,area,南坑乡,350", "A07,area,南坑乡,350"),
         ("县公安局,,1", "县公安局（新址）,,1"))
    seen = run("campaign", "import", str(folder), "--dry-run")
    assert "~ hotline: none -> 0797-5321000" in seen
    assert "? D" in seen and "name: 县公安局 -> 县公安局（新址）" in seen
    assert 1 == seen.count("name:") and "target" not in seen
    told = run("campaign", "import", str(folder), status=2)
    assert "--renamed" in told and "--replaced" in told
    (unit,) = re.findall(r"\? (D\d+) ", seen)
    run("campaign", "import", str(folder), "--renamed", unit)
    assert "0797-5321000" in run("campaign", "show")
    assert "县公安局（新址）" in run("units", "list")
    assert "nothing to change" in run("campaign", "import", str(folder), "--dry-run")


def test_a_folder_of_an_older_revision_is_told_and_undoes_nothing(run, folder):
    run("campaign", "set", "hotline", "0797-5321000")
    run("units", "reissue", "N07")
    run("units", "target", "A01=1500")
    edit(folder / "units.csv", ("A02,area,长冈乡,1950", "A02,area,长冈乡,1950"))
    edit(folder / "campaign.toml", ("demo = true", 'demo = true\n# by hand'))
    seen = run("campaign", "import", str(folder), "--dry-run")
    assert "edited from revision" in seen and "nothing to change" in seen
    edit(folder / "campaign.toml", ("demo = true", 'demo = true\nhotline = "0797-1234567"'))
    seen = run("campaign", "import", str(folder))
    assert "! hotline: changed in the ledger since, too" in seen
    assert "~ hotline: 0797-5321000 -> 0797-1234567" in seen
    assert "\t2\t在用" in next(x for x in run("units", "list").splitlines() if x[:4] == "N07\t")


def test_an_import_undoes_no_re_issue_and_the_shell_prints_no_void_code(
    run, instance, tmp_path, capsys
):
    """Found by using it: units.csv of last week said issue 1, and posters came out void."""
    own = instance.folder / "campaign"
    week_old = (own / "units.csv").read_bytes()
    run("units", "reissue", "N07")
    run("units", "revoke", "N08")
    (own / "units.csv").write_bytes(week_old)
    assert "nothing to change" in run("units", "import")
    out = tmp_path / "codes.csv"
    assert 0 == qrgen.main(["codes", "--instance", str(instance.folder), "--units", "N07",
                            "--out", str(out)])
    assert "N07-2" in out.read_text(encoding="utf-8-sig")
    listed = run("units", "list")
    assert "\t2\t在用" in next(x for x in listed.splitlines() if x.startswith("N07\t"))
    assert "已撤销" in next(x for x in listed.splitlines() if x.startswith("N08\t"))
    assert capsys.readouterr().err == ""


def test_a_row_that_moved_is_no_change(run, instance):
    """A line put in the middle moved the rest: 47 false changes were shown."""
    path = instance.folder / "campaign" / "units.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    moved = [lines[0], *reversed(lines[1:])]
    path.write_text("\n".join(moved) + "\n", encoding="utf-8")
    assert "nothing to change" in run("units", "import", "--dry-run")


def test_a_folder_edited_by_hand_is_never_written_over_nor_served(run, instance):
    own = instance.folder / "campaign"
    edit(own / "campaign.toml", ("demo = true", "demo = true\n# mine"))
    mine = (own / "campaign.toml").read_bytes()
    run("campaign", "set", "hotline", "0797-5321000")
    assert mine == (own / "campaign.toml").read_bytes()
    service = open_service(instance.settings())
    with contextlib.closing(service):
        served = service.master.folder()
        assert own != served and "0797-5321000" == load_campaign(served).hotline
    run("campaign", "import", str(own))
    with contextlib.closing(open_service(instance.settings())) as service:
        assert "0797-5321000" == service.campaign.hotline


def test_a_node_without_a_folder_writes_itself_one(instance, tmp_path):
    """Its keys and the database are enough."""
    with contextlib.closing(open_service(instance.settings())) as service:
        before = service.campaign
    shutil.rmtree(instance.folder / "campaign")
    with contextlib.closing(open_service(instance.settings())) as service:
        assert before == service.campaign
        folder = service.master.folder()
        assert [] == find_problems(folder)
        assert [unit.id for unit in before.units] == [u.id for u in load_campaign(folder).units]


# --- tables of units --------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_table_is_downloaded_and_read_again(run, tmp_path, suffix):
    run("units", "merge", "A05", "--into", "A04")
    out = tmp_path / f"units.{suffix}"
    run("units", "export", "--out", str(out))
    assert "nothing to change" in run("units", "import", str(out), "--dry-run")
    run("units", "rename", "D01", "县公安局（东城）")
    seen = run("units", "import", str(out), "--dry-run")
    assert "edited from revision" in seen and "nothing to change" in seen


def test_a_name_that_changes_is_asked_of_at_a_terminal(run, instance, monkeypatch):
    path = instance.folder / "campaign" / "units.csv"
    edit(path, ("N01,line,潋江镇·农商行潋江支行,850,1,,A01,B01,农商行潋江支行",
                "N01,line,潋江镇·丙行潋江支行,850,1,,A01,B02,丙行潋江支行"))
    answers = iter(["replaced"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(answers))
    run("units", "import")
    listed = {x.split("\t")[0]: x for x in run("units", "list").splitlines()}
    assert "已停用" in listed["N01"] and "丙行潋江支行" in listed["N88"]


def test_units_that_were_closed_or_merged_stand_in_the_folder_and_are_not_printed(
    run, instance, tmp_path
):
    run("units", "merge", "A05", "--into", "A04")
    run("units", "close", "D01")
    campaign = load_campaign(instance.folder / "campaign")
    assert [] == find_problems(instance.folder / "campaign")
    assert {"A05": "merged", "D01": "closed"} == {u.id: u.state for u in campaign.former}
    keys = instance.settings().code_keys
    url = instance.settings().public_url
    units = {unit.id: unit for unit in (*campaign.units, *campaign.former)}
    told = {
        unit: judge(f"{url}/Q/{sign_code(Code(unit, 1, None), keys)}", keys, url, units).line
        for unit in ("A05", "D01", "A04")
    }
    assert "genuine A05-1 枫边乡 (leads on to A04)" == told["A05"]
    assert told["D01"].startswith("revoked D01-1") and "the unit is closed" in told["D01"]
    assert "genuine A04-1 崇贤乡" == told["A04"]
    out = tmp_path / "codes.csv"
    assert 0 == qrgen.main(["codes", "--instance", str(instance.folder), "--out", str(out)])
    text = out.read_text(encoding="utf-8-sig")
    assert "A05-1" not in text and "D01-1" not in text and "A04-1" in text


# --- settings ---------------------------------------------------------------------------------


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def test_the_end_put_off_shows_who_gains_and_judges_everybody_again(office):
    end = instants.from_datetime(office.campaign.end)
    office.now = end + 3 * DAY
    office.claim(1, "A01", end - 2 * DAY)
    office.claim(2, "A02", end + DAY)
    office.file((1, end - DAY), (2, end + 2 * DAY), now=office.now)
    later = {"end": iso_text(end + 31 * DAY), "settle_end": iso_text(end + 40 * DAY)}
    seen = campaign_deeds.preview_set(office.service.ledger, later, office.now)
    assert [(make_phone(2)[-4:], None, "A02")] == [(m.last4, m.now, m.then) for m in seen.moved]
    made = campaign_deeds.set_values(office.service.ledger, ANN, later, office.now)
    assert seen.moved == made.moved
    office.service.follow()
    assert end + 31 * DAY == instants.from_datetime(office.service.campaign.end)
    office.campaign = office.service.campaign
    assert [] == office.sound()
    with office.store.read() as connection:
        rows = setting_log.rows(connection, office.campaign.id)
    (moved,) = [row for row in rows if row["setting"] == "end" and row["by_whom"] == "ann"]
    assert (end, end + 31 * DAY) == tuple(
        instants.parse_instant(json.loads(moved[k])) for k in ("before", "after")
    )


def test_what_would_not_be_sound_is_refused_with_its_reason(run):
    assert "end" in run("campaign", "set", "end", "2001-01-01", status=1)
    assert "policy" in run("campaign", "set", "policy", "coin", status=1)
    assert "no value for end" in run("campaign", "set", "end", "soon", status=2)
    assert "so already" in run("campaign", "set", "policy", "last_claim", status=2)
    assert "id" in run("campaign", "set", "id", "another", status=2)
    assert "allowed_hosts" in run(
        "campaign", "set", "links.ios.url", "https://evil.example/x", status=1
    )
    run("campaign", "set", "texts.headline", "云闪付·随身付")
    assert "texts.headline" in run("campaign", "history").splitlines()[-1]


def test_every_worker_follows_at_once(instance, sign):
    """Two that have long read what was: the page and the form of both say the new hotline."""
    first, second = (open_service(instance.settings()) for _ in range(2))
    with contextlib.closing(first), contextlib.closing(second):
        client = create_app(second.settings, second).test_client()
        page = client.get(f"/Q/{sign('A01')}").get_data(as_text=True)
        assert "0797-5321000" not in page
        campaign_deeds.set_values(
            first.ledger, ANN, {"hotline": "0797-5321000"}, instants.now()
        )
        assert "0797-5321000" in client.get(f"/Q/{sign('A01')}").get_data(as_text=True)
        campaign_deeds.set_values(
            first.ledger, ANN, {"hotline": "0797-5321111"}, instants.now()
        )
        assert "0797-5321111" in client.get("/rules").get_data(as_text=True)


def test_a_claim_that_a_change_overtook_is_judged_by_the_change(service):
    """Its request had read the old end when the new one was set: nothing of it is written."""
    now = instants.now()
    code = Code("N07", 1, None)
    opened = service.scans.check(code)
    campaign_deeds.set_values(service.ledger, ANN, {"hotline": "0797-5321000"}, now)
    person = identify(make_phone(1), service.settings.person_pepper)
    with pytest.raises(registry.Stale):
        claims.claim(
            service.ledger, opened, Form(1, now, code), person, now, consent="同意", network="n",
            client="wechat", revision=opened.version,
        )
    with service.store.read() as connection:
        assert [] == connection.rows("select id from claim")
    service.follow()
    made = claims.claim(
        service.ledger, service.scans.check(code), Form(1, now, code), person, now,
        consent="同意", network="n", client="wechat", revision=service.scans.version,
    )
    assert "N07" == made.claim.unit


def test_a_unit_that_has_come_is_known_to_a_worker_that_had_not_heard(instance, sign):
    first, second = (open_service(instance.settings()) for _ in range(2))
    with contextlib.closing(first), contextlib.closing(second):
        client = create_app(second.settings, second).test_client()
        assert 404 == client.get(f"/Q/{sign('D77')}").status_code
        unit_deeds.do(first.ledger, ANN, "add", {
            "kind": "department", "name": "县水利局二", "id": "D77",
        }, instants.now())
        assert 200 == client.get(f"/Q/{sign('D77')}").status_code


def test_an_older_instance_is_taken_in_at_its_first_start(instance, tmp_path):
    """Its folder becomes the export that it is the content of, byte for byte."""
    with contextlib.closing(open_service(instance.settings())) as service:
        campaign = service.campaign
        with service.store.read() as connection:
            rows = setting_log.rows(connection, campaign.id)
    assert {"init"} == {row["by_whom"] for row in rows}
    assert read_stamp(instance.folder / "campaign")
    assert campaign.title == load_campaign(instance.folder / "campaign").title


# --- on paper ---------------------------------------------------------------------------------


def test_hand_over_lists_and_properties_tell_the_revision(run, instance, tmp_path):
    run("campaign", "set", "hotline", "0797-5321000")
    told = stamp_line(instance.folder / "campaign")
    assert re.fullmatch(r"修订 \d+", told)
    where = ["--instance", str(instance.folder), "--units", "A01", "--out", str(tmp_path)]
    for name in ("handover", "screen", "a4"):
        assert 0 == qrgen.main(["posters", *where, "--format", name])
    with Pdf.open(next(tmp_path.glob("handover*.pdf"))) as pdf:
        assert told in str(pdf.docinfo["/Subject"])
    poster = next(path for path in tmp_path.glob("*.pdf") if "handover" not in path.name)
    with Pdf.open(poster) as pdf:
        assert told in str(pdf.docinfo["/Subject"])
    with Image.open(next(tmp_path.glob("*.png"))) as picture:
        picture.load()
        assert told in picture.text["Description"]
    edit(instance.folder / "campaign" / "campaign.toml", ("demo = true", "demo = true\n# x"))
    assert f"{told}（改动过）" == stamp_line(instance.folder / "campaign")


def test_a_preview_of_a_folder_of_another_campaign_is_refused(instance, folder):
    edit(folder / "campaign.toml", ('id = "xingguo-2022"', 'id = "another-2022"'))
    with contextlib.closing(open_service(instance.settings())) as service, pytest.raises(Fault):
        campaign_deeds.preview_folder(service.ledger, folder, instants.now() + HOUR)
