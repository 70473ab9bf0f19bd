# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
docs/duties.md, row by row: what its table says takes two is refused to one, and done by two.

The table is read from the page; a row that nobody plays here fails, and so does a play that no
row tells of.
"""
import io
import re
from pathlib import Path

import pytest
from county import make_county
from feeding import import_feed
from stores import KINDS, new_service
from test_console_pages import feed, upload
from test_facts import claimed, write
from test_feeds import done

from attribution.deeds import Actor
from attribution.facts import intake
from attribution.office import accounts, signing_in
from attribution.proof import checks, people_checks
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, local_text
from attribution.store import partner_keys, period_locks, registry, request_log, setting_log, staff
from attribution.upkeep import ending

PAGE = Path(__file__).parent.parent / "docs" / "duties.md"
PASSWORD = "a poster on every wall"
LINE = re.compile(r"^\| `(\w+)`(.*?) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|(.*?)\|$", re.M)
ROWS = {row[1]: row for row in LINE.finditer(PAGE.read_text(encoding="utf-8"))}


@pytest.fixture(params=KINDS)
def county(request, instance, tmp_path):
    if request.param not in ("sqlite",) and "restore" in request.node.name:
        pytest.skip("a database server is restored with its own tools")
    with new_service(request.param, instance, tmp_path) as service:
        yield make_county(service, str(instance.folder))


def credit(county, folder, number, unit="N07"):
    """Let two people take in a file that credits a claimant; return the claim."""
    service, now = county.service, instants.now()
    claimed(service, number, unit, now - 2 * HOUR, 100 + number)
    path = write(folder / f"day-{number}.csv", [done(number, now)])
    for by, aim in (("office", intake.Aim.PLAN), ("checker", intake.Aim.CONFIRM)):
        import_feed(service.ledger, path, pepper=service.settings.person_pepper, digest="sha256",
                    now=now, by_whom=by, aim=aim)
    return 100 + number


def credited(county):
    with county.service.store.read() as connection:
        return sorted(
            row["credited"] for row in connection.rows(
                "select credited from standing where credited is not null")
        )


def answer(county, by, deed="approve", status=302):
    """Answer the request that waits, in the browser of *by*."""
    with county.service.store.read() as connection:
        rows = request_log.listing(connection, county.service.campaign.id)
    waiting = [row["id"] for row in rows if row["answer"] is None]
    found = county.visitor(by).post(f"/admin/requests/{waiting[0]}", {"deed": deed})
    assert status == found.status_code, found.text
    return found


def first(pattern, text):
    found = re.search(pattern, text)
    assert found, pattern
    return found[1]


def unit(county, id):
    with county.service.store.read() as connection:
        return registry.read(connection, county.service.campaign.id).units[id]


def account(county, name):
    with county.service.store.read() as connection:
        return staff.account(connection, name)


def waits_at_the_shell(county, monkeypatch, *argv):
    """See that one alone may ask at the shell, and another then agrees."""
    assert 2 == county.shell(monkeypatch, *argv)
    assert 2 == county.shell(monkeypatch, *argv, "--by", "office", passwords=["a guess"])
    assert 0 == county.shell(monkeypatch, *argv, "--by", "office", passwords=[PASSWORD])
    with county.service.store.read() as connection:
        (row,) = [
            row for row in request_log.listing(connection, county.service.campaign.id)
            if row["answer"] is None
        ]
    approve = ("request", "approve", str(row["id"]), "--by")
    assert 2 == county.shell(monkeypatch, *approve, "office", passwords=[PASSWORD])
    assert 2 == county.shell(monkeypatch, *approve, "accounts", passwords=[PASSWORD])
    assert 0 == county.shell(monkeypatch, *approve, "checker", passwords=[PASSWORD])
    county.service.follow()


def at_the_shell(county, monkeypatch, *argv, waits=False):
    """See that one alone is refused, in every way there is, and that two are not."""
    assert 2 == county.shell(monkeypatch, *argv)
    if not waits:
        assert 2 == county.shell(monkeypatch, *argv, "--by", "office", passwords=[PASSWORD])
    both = (*argv, "--by", "office", "--second")
    assert 2 == county.shell(monkeypatch, *both, "office", passwords=[PASSWORD] * 2)
    assert 2 == county.shell(monkeypatch, *both, "checker", passwords=[PASSWORD, "a guess"])
    assert 2 == county.shell(monkeypatch, *both, "accounts", passwords=[PASSWORD] * 2)
    assert 0 == county.shell(monkeypatch, *both, "checker", passwords=[PASSWORD] * 2)


def correction(county, folder, monkeypatch):
    claim = credit(county, folder, 1)
    office = county.visitor("office")
    office.post("/admin/corrections", {
        "kind": "reassign", "row": str(claim), "to_unit": "A01", "reason": "appeal",
        "note": "申诉表第3号"})
    id = first(r"/admin/corrections/(\d+)", county.visitor("checker").text("/admin/corrections"))
    assert 400 == office.post(f"/admin/corrections/{id}", {"deed": "approve"}).status_code
    assert ["N07"] == credited(county)
    assert 302 == county.visitor("checker").post(
        f"/admin/corrections/{id}", {"deed": "approve"}).status_code
    assert ["A01"] == credited(county)


def file(county, folder, monkeypatch):
    claimed(county.service, 1, "N07", instants.now() - 2 * HOUR, 1)
    path = write(folder / "day.csv", [done(1, instants.now())])
    assert 2 == county.shell(monkeypatch, "feed", "import", str(path))
    office = county.visitor("office")
    page = upload(office, feed(1))
    assert 302 == office.post(page, {"deed": "confirm"}).status_code
    assert 400 == office.post(page, {"deed": "confirm"}).status_code
    assert [] == credited(county)
    assert 302 == county.visitor("checker").post(page, {"deed": "confirm"}).status_code
    assert ["N07"] == credited(county)


def erasure(county, folder, monkeypatch):
    claim = credit(county, folder, 1)
    office = county.visitor("office")
    office.post("/admin/erasures", {"row": str(claim), "note": "当面出示回执"})
    office.post("/admin/erasures/run")
    answer(county, "office", status=400)
    assert ["N07"] == credited(county)
    answer(county, "checker")
    assert [] == credited(county)


def erasure_idle(county, folder, monkeypatch):
    claimed(county.service, 1, "N07", instants.now() - 40 * DAY, 1)
    office = county.visitor("office")
    office.post("/admin/erasures", {"row": "1", "note": "当面出示回执"})
    assert "待执行" in office.text("/admin/erasures")


def period(county, folder, monkeypatch):
    until = local_text(instants.now() - 8 * DAY)[:10]
    office, checker = county.visitor("office"), county.visitor("checker")
    office.post("/admin/periods", {"until": until})
    id = first(r"/admin/periods/(\d+)", checker.text("/admin/periods"))
    assert 400 == office.post(f"/admin/periods/{id}").status_code
    assert 302 == checker.post(f"/admin/periods/{id}").status_code
    with county.service.store.read() as connection:
        assert period_locks.locked_until(connection, county.service.campaign.id)


def units(county, folder, monkeypatch):
    """Any table: names here, for the packaged campaign holds its targets to their sum."""
    was, new = unit(county, "D01").name, "县图书馆"
    table = county.service.settings.campaign_folder / "units.csv"
    before = table.read_text(encoding="utf-8-sig")
    office = county.visitor("office")
    page = office.post(
        "/admin/units-import",
        {"file": (io.BytesIO(before.replace(was, new).encode()), "units.csv")},
        content_type="multipart/form-data").text
    token = first(r"/admin/units-import/(\w{32})", page)
    assert 302 == office.post(f"/admin/units-import/{token}").status_code
    answer(county, "office", status=400)
    assert was == unit(county, "D01").name
    answer(county, "checker")
    assert new == unit(county, "D01").name
    # And back, at the shell.
    waits_at_the_shell(county, monkeypatch, "units", "rename", "D01", was)
    assert was == unit(county, "D01").name
    assert 302 == office.post("/admin/units-change/rename/do", {
        "unit": was, "name": new}).status_code
    answer(county, "office", status=400)
    assert was == unit(county, "D01").name
    answer(county, "checker")
    assert new == unit(county, "D01").name
    assert 2 == county.shell(monkeypatch, "units", "target", "A01=1")
    assert 2 == county.shell(monkeypatch, "units", "close", "D02")
    assert 2 == county.shell(monkeypatch, "units", "merge", "A01", "--into", "A02")


def campaign(county, folder, monkeypatch):
    waits_at_the_shell(county, monkeypatch, "campaign", "set", "policy", "first_claim")
    with county.service.store.read() as connection:
        assert "first_claim" == setting_log.read(
            connection, county.service.campaign.id)["policy"]
    at_the_shell(county, monkeypatch, "campaign", "set", "policy", "last_claim", waits=True)
    office, wanted = county.visitor("office"), {"wanted": '{"hotline": "0797-5321000"}'}
    assert 302 == office.post("/admin/campaign/names/do", wanted).status_code
    answer(county, "office", status=400)
    assert county.service.campaign.hotline is None
    answer(county, "checker")
    assert "0797-5321000" == county.service.campaign.hotline


def paper_hung(county, folder, monkeypatch):
    """Nothing of a number changes, so nobody else is asked; whoever has no posters may not."""
    assert 403 == county.visitor("checker").post("/admin/paper", {"unit": "A01"}).status_code
    assert 302 == county.visitor("office").post("/admin/paper", {"unit": "A01"}).status_code


def account_add(county, folder, monkeypatch):
    keeper = county.visitor("accounts")
    assert 403 == county.visitor("office").post("/admin/users", {
        "name": "zhou", "role": "checker"}).status_code
    assert 302 == keeper.post("/admin/users", {"name": "zhou", "role": "checker"}).status_code
    assert account(county, "zhou") is None
    answer(county, "accounts", status=400)
    assert "zhou" in answer(county, "office", status=200).text
    assert account(county, "zhou")["handed_over"]
    add = ("user", "add", "li", "--role", "office", "--generate")
    assert 2 == county.shell(monkeypatch, *add)
    assert 2 == county.shell(monkeypatch, *add, "--voucher", "checker", passwords=["a guess"])
    assert 0 == county.shell(monkeypatch, *add, "--voucher", "checker", passwords=[PASSWORD])


def account_change(county, folder, monkeypatch):
    unit_account(county, folder, monkeypatch)
    keeper = county.visitor("accounts")
    change = {"deed": "change", "role": "checker", "scopes": ""}
    assert 302 == keeper.post("/admin/users/branch", change).status_code
    assert "bank" == account(county, "branch")["role"]
    answer(county, "checker")
    assert "checker" == account(county, "branch")["role"]


def account_password(county, folder, monkeypatch):
    keeper = county.visitor("accounts")
    was = account(county, "checker")["password"]
    assert 302 == keeper.post("/admin/users/checker", {"deed": "password"}).status_code
    assert was == account(county, "checker")["password"]
    told = answer(county, "office", status=200).text
    assert "checker" in told and was != account(county, "checker")["password"]
    reset = ("user", "password", "office", "--generate")
    assert 2 == county.shell(monkeypatch, *reset)
    assert 0 == county.shell(monkeypatch, *reset, "--alone")


def account_open(county, folder, monkeypatch):
    account_add(county, folder, monkeypatch)  # the last of a role cannot be closed
    accounts.close(county.service.store, "checker", instants.now(), by=Actor("accounts"))
    keeper = county.visitor("accounts")
    assert 302 == keeper.post("/admin/users/checker", {"deed": "open"}).status_code
    assert account(county, "checker")["closed_at"] is not None
    answer(county, "office")
    assert account(county, "checker")["closed_at"] is None


def account_step(county, folder, monkeypatch):
    store = county.service.store
    accounts.set_second_step(store, "checker", "sealed", instants.now(), by=Actor("checker"))
    keeper = county.visitor("accounts")
    assert 302 == keeper.post("/admin/users/checker", {"deed": "totp"}).status_code
    assert account(county, "checker")["totp"]
    answer(county, "office")
    assert account(county, "checker")["totp"] is None
    accounts.set_second_step(store, "checker", "sealed", instants.now(), by=Actor("checker"))
    off = ("user", "second-step-off", "checker")
    assert 2 == county.shell(monkeypatch, *off)
    assert 2 == county.shell(monkeypatch, *off, "--voucher", "checker", passwords=[PASSWORD])
    assert 0 == county.shell(monkeypatch, *off, "--voucher", "office", passwords=[PASSWORD])


def partner_key(county, folder, monkeypatch):
    at_the_shell(county, monkeypatch, "partner", "add", "unionpay")
    with county.service.store.read() as connection:
        assert ["unionpay"] == [row["partner"] for row in partner_keys.keys(connection)]


def rebuild(county, folder, monkeypatch):
    at_the_shell(county, monkeypatch, "rebuild")
    assert 0 == county.shell(monkeypatch, "rebuild", "--check")  # only reads


def restore(county, folder, monkeypatch):
    copy = folder / "copy.db"
    assert 0 == county.shell(monkeypatch, "backup", str(copy))
    county.service.close()
    at_the_shell(county, monkeypatch, "restore", str(copy))


def shred(county, folder, monkeypatch):
    """Refused to one, and before its time to two (see test_ending for the console's form)."""
    campaign = county.service.campaign.id
    assert 2 == county.shell(monkeypatch, "end", "shred", campaign)
    assert 1 == county.shell(
        monkeypatch, "end", "shred", campaign, "--by", "office", "--second", "checker")
    monkeypatch.setattr(ending, "require", lambda *_: None)
    assert 2 == county.shell(
        monkeypatch, "end", "shred", campaign, "--by", "office", "--second", "office",
        passwords=[PASSWORD] * 2)
    assert 1 == county.shell(
        monkeypatch, "end", "shred", campaign, "--by", "office", "--second", "checker",
        passwords=[PASSWORD] * 2)


def unit_account(county, folder, monkeypatch):
    made = county.visitor("accounts").post(
        "/admin/users", {"name": "branch", "role": "bank", "scopes": "B01"})
    assert 201 == made.status_code
    assert account(county, "branch")["handed_over"]
    assert 403 == county.visitor("office").get("/admin/users").status_code


def account_close(county, folder, monkeypatch):
    unit_account(county, folder, monkeypatch)
    county.visitor("accounts").post("/admin/users/branch", {"deed": "close"})
    assert account(county, "branch")["closed_at"] is not None


def own_password(county, folder, monkeypatch):
    new = "another poster on a wall"
    county.visitor("office").post(
        "/admin/me/password", {"current": PASSWORD, "new": new, "again": new})
    assert signing_in.sign_in(county.service.store, "office", new)


def code_revoked(county, folder, monkeypatch):
    assert 302 == county.visitor("office").post(
        "/admin/units/A01/revoke", {"issue": "1"}).status_code


PLAYS = {
    play.__name__: play for play in (
        correction, file, erasure, erasure_idle, period, units, campaign, account_add,
        account_change, account_password, account_open, account_step, partner_key, rebuild,
        restore, shred, unit_account, account_close, own_password, code_revoked, paper_hung,
    )
}


def test_every_row_is_played_and_every_play_has_its_row():
    assert set(PLAYS) == set(ROWS)


@pytest.mark.parametrize("deed", ROWS)
def test_a_row_of_the_table(county, tmp_path, monkeypatch, deed):
    PLAYS[deed](county, tmp_path, monkeypatch)
    if deed in ("restore",):
        return
    assert [] == [one.detail for one in people_checks.check(county.service.ledger)]
    assert [] == [one.detail for one in checks.check(county.service.ledger)]


def test_the_questions_that_the_table_names_are_asked():
    """A question of another name would be looked for in vain in what check prints."""
    asked = set(re.findall(r'"(\w+)"', " ".join(
        path.read_text(encoding="utf-8")
        for path in (Path(checks.__file__), Path(people_checks.__file__)))))
    named = {name for row in ROWS.values() for name in re.findall(r"`(\w+)`", row[7])}
    named |= {name for row in ROWS.values() for name in re.findall(r"`(\w+)`", row[6])}
    assert named and named <= asked | set()

