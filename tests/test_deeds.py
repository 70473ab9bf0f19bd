# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What somebody does and its entry are one: both stand, or neither does."""
import ast
import dataclasses
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from console import PASSWORD, Visitor, add_everyone, signed_in
from factories import make_phone
from stores import new_service

from attribution import cli, deeds
from attribution.deeds import Actor, Entry, Kind
from attribution.facts import differences
from attribution.office import (
    accounts,
    appeals,
    campaign_deeds,
    corrections,
    erasures,
    holds,
    passwords,
    periods,
    places,
    poster_jobs,
    sessions,
    signing_in,
    together,
    unit_deeds,
    units,
)
from attribution.reports import snapshots
from attribution.resident import claims
from attribution.resident.form_tokens import Form
from attribution.rule import instants
from attribution.rule.instants import DAY, day_of, day_start
from attribution.rule.people import identify
from attribution.service import Service
from attribution.store import (
    StoreError,
    audit_log,
    contacts,
    feed_batches,
    proposals,
    standings,
    transfer,
)
from attribution.store.engine.postgres_connection import PostgreSQLConnection
from attribution.store.engine.sqlite_connection import SQLiteConnection
from attribution.web.console import audit_words
from qrgen.codes import Code
from qrgen.faults import Fault

ROOT = Path(__file__).parent.parent
OFFICE, CHECKER = Actor("office", "net"), Actor("checker", "net")
NOTE = "申诉表第3号"

Act = Callable[[], object]


@dataclasses.dataclass(frozen=True)
class Deed:
    """A deed: what is there before it, itself, and what its entry says."""

    kind: Kind
    prepare: Callable[[Service], Act]
    subject: str
    before: Any = None
    after: Any = None
    by: str = "office"

    def __str__(self) -> str:
        return self.kind.value


def claimed(here: Service, number: int = 1, unit: str = "N07") -> int:
    """Let somebody claim; return the claim."""
    at = instants.now()
    code = Code(unit, 1, None)
    person = identify(make_phone(number), here.settings.person_pepper)
    return claims.claim(
        here.ledger, here.scans.check(code), Form(here.store.next_id(at), at, code), person, at,
        consent="同意", network="n", client="wechat", receipt_key="k",
    ).claim.id


def asked(here: Service, kind: str = "hold") -> int:
    return corrections.ask(
        here.ledger, kind, claimed(here), reason="review", note=NOTE, asked_by=OFFICE,
        now=instants.now(),
    )


def filed(here: Service) -> int:
    return appeals.file(here, "A01", "0001@2022-10-11", NOTE, OFFICE, instants.now())


def open_difference(here: Service) -> int:
    now, id = instants.now(), here.store.next_id(instants.now())
    here.store.write(lambda c: standings.add_batch(c, here.campaign.id, {
        "id": "b", "sha256": "0" * 64, "source": "file", "as_of": now, "received_at": now,
        "row_count": 1, "by_whom": "office",
    }))
    here.store.write(lambda c: feed_batches.add_differences(c, here.campaign.id, [{
        "id": id, "batch": "b", "line": 2, "person": None, "last4": "0001",
        "category": "malformed", "reason": "x", "at": now,
    }]))
    return id


def add(here: Service) -> Act:
    return lambda: accounts.add(
        here.store, "ann", PASSWORD, "bank", instants.now(), ["B01"], by=OFFICE,
        campaign=here.campaign.id,
    )


def change(here: Service) -> Act:
    return lambda: accounts.change(
        here.store, "bank", "area", ["A01"], instants.now(), by=OFFICE, campaign=here.campaign.id
    )


def close(here: Service) -> Act:
    return lambda: accounts.close(here.store, "bank", instants.now(), by=OFFICE)


def reopen(here: Service) -> Act:
    close(here)()
    return lambda: accounts.reopen(here.store, "bank", instants.now(), by=OFFICE)


def password(here: Service, by: Actor = OFFICE) -> Act:
    return lambda: accounts.set_password(
        here.store, "bank", "another long password", instants.now(), by=by, session="s"
    )


def own_password(here: Service) -> Act:
    return password(here, Actor("bank"))


def second_step(here: Service) -> Act:
    return lambda: accounts.set_second_step(here.store, "bank", "sealed:x", instants.now(),
                                            by=OFFICE)


def unlock(here: Service) -> Act:
    signing_in.attempt(here.store, "bank", "wrong", instants.now(), network="n")
    return lambda: signing_in.unlock(here.store, "bank", instants.now(), by=OFFICE)


def sign_in(here: Service) -> Act:
    return lambda: sessions.begin(
        here.store, OFFICE, "a" * 64, instants.now(), client="desktop", earlier="b" * 64
    )


def sign_out(here: Service) -> Act:
    sign_in(here)()
    return lambda: sessions.end(here.store, OFFICE, "a" * 64, instants.now())


def end_session(here: Service) -> Act:
    sign_in(here)()
    return lambda: sessions.end_some(here.store, CHECKER, "office", "a" * 16, instants.now())


def end_sessions(here: Service) -> Act:
    sign_in(here)()
    return lambda: sessions.end_everywhere(here.store, OFFICE, "office", instants.now())


def refused(here: Service) -> Act:
    return lambda: sessions.refuse(here.store, "net", "bank", instants.now())


def blocked(here: Service) -> Act:
    return lambda: sessions.refuse(here.store, "net", "bank", instants.now(), blocked=True)


def import_units(here: Service) -> Act:
    first, *rest = here.campaign.units
    smaller = dataclasses.replace(
        here.campaign, units=(dataclasses.replace(first, name="另一个名字"), *rest[:-1])
    )
    ledger = dataclasses.replace(here.ledger, campaign=smaller)
    return lambda: units.import_units(ledger, instants.now(), OFFICE, renamed=["A01"])


def set_hotline(here: Service) -> Act:
    return lambda: campaign_deeds.set_values(
        here.ledger, OFFICE, {"hotline": "0797-5321000"}, instants.now()
    )


def import_folder(here: Service) -> Act:
    folder = here.settings.instance / "edited"
    shutil.copytree(here.campaign.folder, folder)
    path = folder / "campaign.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("demo = true", "demo = false"), encoding="utf-8"
    )
    return lambda: campaign_deeds.import_folder(here.ledger, OFFICE, folder, instants.now())


def merge_units(here: Service) -> Act:
    payload = {"unit": "A05", "into": "A04", "since": day_of(instants.now())}
    claimed(here, unit="A05")
    return lambda: unit_deeds.do(here.ledger, OFFICE, "merge", payload, instants.now())


def revoke(here: Service) -> Act:
    return lambda: units.revoke(here.ledger, "A01", None, instants.now(), OFFICE)


def reissue(here: Service) -> Act:
    return lambda: units.reissue(here.ledger, "A01", instants.now(), OFFICE)


def place(here: Service) -> Act:
    places.name_place(here.ledger, "A01", "1", "门口", instants.now(), OFFICE)
    return lambda: places.name_place(here.ledger, "A01", "1", "窗口", instants.now(), OFFICE)


def contact(here: Service) -> Act:
    return lambda: places.put_contact(
        here.ledger, "A01", "张三", "主任", "0000", instants.now(), OFFICE
    )


def drop_contact(here: Service) -> Act:
    contact(here)()
    return lambda: places.drop_contact(here.ledger, "A01", "张三", instants.now(), OFFICE)


def ask_correction(here: Service) -> Act:
    claim = claimed(here)
    return lambda: corrections.ask(
        here.ledger, "hold", claim, reason="review", note=NOTE, asked_by=OFFICE,
        now=instants.now(),
    )


def approve(here: Service) -> Act:
    proposal = asked(here)
    return lambda: corrections.answer(
        here.ledger, proposal, approve=True, answered_by=CHECKER, now=instants.now()
    )


def refuse(here: Service) -> Act:
    proposal = asked(here)
    return lambda: corrections.answer(
        here.ledger, proposal, approve=False, answered_by=CHECKER, now=instants.now()
    )


def appeal(here: Service) -> Act:
    return lambda: filed(here)


def uphold(here: Service) -> Act:
    id, claim = filed(here), claimed(here)
    return lambda: appeals.decide(
        here, id, uphold=True, note=NOTE, answered_by=CHECKER, now=instants.now(), row=claim,
        kind="hold",
    )


def dismiss(here: Service) -> Act:
    id = filed(here)
    return lambda: appeals.decide(
        here, id, uphold=False, note=NOTE, answered_by=CHECKER, now=instants.now()
    )


def settle(here: Service) -> Act:
    id = open_difference(here)
    return lambda: differences.settle(here.ledger, [id], NOTE, OFFICE, instants.now())


def open_again(here: Service) -> Act:
    id = open_difference(here)
    differences.settle(here.ledger, [id], NOTE, OFFICE, instants.now())
    return lambda: differences.reopen(here.ledger, [id], NOTE, OFFICE, instants.now())


def held_claim(here: Service) -> int:
    """Let a claim be held, by two; return it."""
    held = asked(here)
    corrections.answer(
        here.ledger, held, approve=True, answered_by=CHECKER, now=instants.now()
    )
    with here.store.read() as connection:
        row = proposals.get(connection, here.campaign.id, held)
    assert row is not None
    return int(row["claim"])


def keep_held(here: Service) -> Act:
    claim = held_claim(here)
    return lambda: holds.refuse(
        here.ledger, [claim], reason="review", note=NOTE, by=OFFICE, now=instants.now()
    )


def wait_again(here: Service) -> Act:
    claim = held_claim(here)
    holds.refuse(here.ledger, [claim], reason="review", note=NOTE, by=OFFICE, now=instants.now())
    return lambda: holds.wait_again(
        here.ledger, [claim], note=NOTE, by=OFFICE, now=instants.now()
    )


def release_together(here: Service) -> Act:
    claim = held_claim(here)
    return lambda: together.ask_all(
        here.ledger, "release", [claim], reason="review", note=NOTE, asked_by=OFFICE,
        now=instants.now(),
    )


def erase(here: Service) -> Act:
    claim = claimed(here)
    return lambda: erasures.ask(here.ledger, claim, NOTE, OFFICE, instants.now())


def long_ago() -> int:
    return day_start(day_of(instants.now() - 9 * DAY))


def ask_lock(here: Service) -> Act:
    return lambda: periods.ask(here.ledger, long_ago(), asked_by=OFFICE, now=instants.now())


def lock(here: Service) -> Act:
    request = periods.ask(here.ledger, long_ago(), asked_by=OFFICE, now=instants.now())
    return lambda: periods.approve(
        here.ledger, request, approved_by=CHECKER, now=instants.now()
    )


def take_snapshot(here: Service) -> Act:
    now = instants.now()
    return lambda: snapshots.take(here.ledger, now, OFFICE, *snapshots.day_span(now))


def make_file(here: Service) -> Act:
    take_snapshot(here)()
    return lambda: snapshots.add_file(
        here.ledger, instants.now(), OFFICE, 1, "pack", "周报", "00"
    )


def _state(here: Service, job: int) -> str:
    with here.store.read() as connection:
        row = contacts.job(connection, here.campaign.id, job)
    assert row is not None
    return poster_jobs.state_of(row, instants.now())


def print_posters(here: Service) -> Act:
    def act() -> None:
        job = poster_jobs.order(
            here, ["A01"], poster_jobs.Wish(("svg",)), instants.now(), OFFICE
        )
        while (state := _state(here, job)) in ("waiting", "running"):
            time.sleep(0.05)
        assert "done" == state

    return act


def print_poster(here: Service) -> Act:
    return lambda: poster_jobs.print_one(here, "A01", "svg", instants.now(), OFFICE)


BANK = {"role": "bank", "units": ["B01"]}
DEEDS = [
    Deed(Kind.ACCOUNT_ADD, add, "account ann", None, BANK),
    Deed(Kind.ACCOUNT_CHANGE, change, "account bank", BANK, {"role": "area", "units": ["A01"]}),
    Deed(Kind.ACCOUNT_CLOSE, close, "account bank", "open", "closed"),
    Deed(Kind.ACCOUNT_OPEN, reopen, "account bank", "closed", "open"),
    Deed(Kind.ACCOUNT_PASSWORD, password, "account bank"),
    Deed(Kind.PASSWORD, own_password, "account bank", by="bank"),
    Deed(Kind.TOTP, second_step, "account bank", "off", "on"),
    Deed(Kind.ACCOUNT_UNLOCK, unlock, "account bank", 2, 0),
    Deed(Kind.SIGN_IN, sign_in, "account office"),
    Deed(Kind.SIGN_OUT, sign_out, "account office"),
    Deed(Kind.SESSION_END, end_session, "account office", by="checker"),
    Deed(Kind.SIGN_OUT_EVERYWHERE, end_sessions, "account office"),
    Deed(Kind.SIGN_IN_FAILED, refused, "account bank", by="-"),
    Deed(Kind.SIGN_IN_BLOCKED, blocked, "account bank", by="-"),
    Deed(Kind.UNITS_IMPORT, import_units, "units"),
    Deed(Kind.UNIT_CHANGE, merge_units, "units A05、A04、N10"),
    Deed(Kind.CAMPAIGN_SET, set_hotline, "campaign xingguo-2022"),
    Deed(Kind.CAMPAIGN_IMPORT, import_folder, "campaign xingguo-2022"),
    Deed(Kind.UNIT_REVOKE, revoke, "unit A01", "valid", "revoked"),
    Deed(Kind.UNIT_REISSUE, reissue, "unit A01", 1, 2),
    Deed(Kind.UNIT_PLACEMENT, place, "unit A01", "门口", "窗口"),
    Deed(Kind.UNIT_CONTACT, contact, "unit A01", 0, 1),
    Deed(Kind.UNIT_CONTACT, drop_contact, "unit A01", 1, 0),
    Deed(Kind.CORRECTION_ASKED, ask_correction, "claim "),
    Deed(Kind.CORRECTION_APPROVED, approve, "correction ", by="checker"),
    Deed(Kind.CORRECTION_REFUSED, refuse, "correction ", by="checker"),
    Deed(Kind.APPEAL, appeal, "appeal "),
    Deed(Kind.APPEAL_UPHELD, uphold, "appeal ", by="checker"),
    Deed(Kind.APPEAL_REFUSED, dismiss, "appeal ", by="checker"),
    Deed(Kind.DIFFERENCE_DONE, settle, "difference ", "open", "done"),
    Deed(Kind.DIFFERENCE_REOPENED, open_again, "difference ", "done", "open"),
    Deed(Kind.HOLD_REFUSED, keep_held, "claim "),
    Deed(Kind.HOLD_WAITS, wait_again, "claim "),
    Deed(Kind.TOGETHER, release_together, "1 corrections"),
    Deed(Kind.ERASURE_ASKED, erase, "row "),
    Deed(Kind.PERIOD_ASKED, ask_lock, "request "),
    Deed(Kind.PERIOD_LOCKED, lock, "request ", 0, day_of(long_ago()), by="checker"),
    Deed(Kind.SNAPSHOT_TAKEN, take_snapshot, "snapshot 1"),
    Deed(Kind.SNAPSHOT_FILES, make_file, "snapshot 1"),
    Deed(Kind.POSTERS, print_posters, "posters "),
    Deed(Kind.POSTER, print_poster, "unit A01"),
]
ON_POSTGRES = [deed for deed in DEEDS if deed.kind in (
    Kind.ACCOUNT_CHANGE, Kind.UNIT_REISSUE, Kind.CORRECTION_APPROVED, Kind.SIGN_IN,
)]


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))


@pytest.fixture
def here(service: Service) -> Service:
    add_everyone(service)
    return service


@pytest.fixture
def on_postgres(instance: Any, tmp_path: Path) -> Iterator[Service]:
    with new_service("postgres", instance, tmp_path) as service:
        add_everyone(service)
        yield service


def everything(here: Service) -> dict[str, list[str]]:
    """Return every row of the ledger, and the file that is changed with it."""
    with here.store.read() as connection:
        found = {
            table.name: sorted(
                json.dumps(row, default=str) for row in
                connection.rows(f"select * from {table.name}")
            )
            for table in transfer.tables() if table.name != "writer"  # numbers go unused
        }
    return found | {"units.csv": [(here.campaign.folder / "units.csv").read_bytes().hex()]}


def entries(here: Service) -> list[tuple[str, str, Entry]]:
    with here.store.read() as connection:
        rows = audit_log.after(connection, 0)
    return [(row["who"], row["what"], Entry.from_text(row["detail"])) for row in rows]


class Failing:
    """Lets every statement that writes through, but the one with a chosen number."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.left: int | None = None
        for kind in (SQLiteConnection, PostgreSQLConnection):
            for name in ("run", "run_many", "run_block"):
                monkeypatch.setattr(kind, name, self._watched(getattr(kind, name)))

    def _watched(self, before: Callable[..., int]) -> Callable[..., int]:
        def run(connection: Any, *arguments: Any) -> int:
            # How far a printer's thread is, is none of the deed.
            if self.left is not None and "update poster_job" not in arguments[0]:
                self.left -= 1
                if self.left == 0:
                    self.left = None
                    raise StoreError("the disk is gone")
            return before(connection, *arguments)

        return run


def is_done_whole_or_not(here: Service, deed: Deed, failing: Failing) -> None:
    act = deed.prepare(here)
    here.store.next_id(instants.now())  # its lease is a statement of its own
    stood, told = everything(here), len(entries(here))
    for number in range(1, 100):
        failing.left = number
        try:
            act()
        except StoreError:
            assert stood == everything(here), f"statement {number} failed, and something stands"
            continue
        break
    failing.left = None
    assert number > 2, "nothing was written"
    done = [entry for entry in entries(here)[told:] if entry[1] == deed.kind.value]
    assert 1 == len(done)
    who, _, entry = done[0]
    assert deed.by == who
    assert entry.subject.startswith(deed.subject)
    assert (deed.before, deed.after) == (entry.before, entry.after)
    assert stood != everything(here)


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_a_deed_is_done_with_its_entry_or_not_at_all(here, deed, monkeypatch):
    """An account that nobody closed must not be closed, whichever statement failed."""
    is_done_whole_or_not(here, deed, Failing(monkeypatch))


@pytest.mark.parametrize("deed", ON_POSTGRES, ids=str)
def test_on_postgresql_too(on_postgres, deed, monkeypatch):
    is_done_whole_or_not(on_postgres, deed, Failing(monkeypatch))


@pytest.mark.parametrize("deed", DEEDS, ids=str)
def test_an_entry_reads_in_the_offices_words(here, deed):
    """All its data is in the line made for its kind, and a checker needs no English."""
    deed.prepare(here)()
    kept = next(one for one in reversed(entries(here)) if one[1] == deed.kind.value)[2]
    given = {name for name, value in kept.more if value not in (None, [])}
    assert given <= audit_words.named(deed.kind)
    told = audit_words.tell(deed.kind.value, kept.as_text())
    assert "{" not in told and "[" not in told and "：：" not in told
    assert not {"open", "closed", "valid", "role", "true", "False"} & set(told.split())
    plain = audit_words.plain(deed.kind.value, kept.as_text())
    # Nothing but the names of accounts and of kinds of files.
    left = {*re.findall("[A-Za-z_]{2,}", plain)} - {*accounts.ROLES, "ann", "CSV", "SVG", "XLSX"}
    assert set() == left, plain


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.value)
def test_every_kind_of_deed_has_a_line(kind):
    line = audit_words.LINES[kind.value]
    assert line.title and line.line


def test_what_a_line_does_not_name_is_told_all_the_same():
    """A later program enters more than ours has words for; nothing of it may hide."""
    entry = Entry("unit A01", "valid", "revoked", (("issue", 1), ("colour", "red")))
    assert "单位 A01 第 1 版：可以用 → 已撤销；colour：red" == audit_words.tell(
        Kind.UNIT_REVOKE.value, entry.as_text()
    )


@pytest.mark.parametrize("text", ["", "A01-2", "added 0 changed 1 closed 0", '{"a": 1}', "17"])
def test_entries_from_before_they_were_data_are_shown_as_they_were(text):
    assert text == audit_words.tell(Kind.UNITS_IMPORT.value, text)


def test_a_deed_that_writes_without_an_entry_is_undone(service):
    def act(doing: deeds.Doing) -> None:
        doing.connection.run("update writer set leases = leases + 1")

    stood = service.store.next_id(instants.now())
    with pytest.raises(deeds.Unentered):
        deeds.do(service.store, OFFICE, instants.now(), act)
    assert stood < service.store.next_id(instants.now())


def nothing_to_do(here: Service) -> list[Act]:
    revoke(here)()
    contact(here)()
    return [
        revoke(here), contact(here),
        lambda: accounts.reopen(here.store, "bank", instants.now(), by=OFFICE),
        lambda: accounts.set_second_step(here.store, "bank", None, instants.now(), by=OFFICE),
        lambda: sessions.end_some(here.store, OFFICE, "bank", "f" * 16, instants.now()),
        lambda: units.import_units(here.ledger, instants.now(), OFFICE),
        lambda: differences.settle(here.ledger, [7], NOTE, OFFICE, instants.now()),
        lambda: places.drop_contact(here.ledger, "A01", "李四", instants.now(), OFFICE),
        lambda: erasures.ask(here.ledger, 7, NOTE, OFFICE, instants.now()),
    ]


def test_what_changed_nothing_is_not_entered(here):
    """A log of deeds that were none hides those that were."""
    acts = nothing_to_do(here)
    stood = everything(here)
    for act in acts:
        act()
        assert stood == everything(here)


@pytest.mark.parametrize("act", [
    lambda here, by: corrections.ask(here.ledger, "hold", claimed(here), reason="review",
                                     note=NOTE, asked_by=by, now=instants.now()),
    lambda here, by: appeals.file(here, "A01", "1", NOTE, by, instants.now()),
    lambda here, by: periods.ask(here.ledger, long_ago(), asked_by=by, now=instants.now()),
])
def test_who_asks_has_an_account(here, act):
    """A second person is only a second one where both have a name here."""
    with pytest.raises(Fault, match="no account 'nobody'"):
        act(here, Actor("nobody"))


# --- the doors ------------------------------------------------------------------------------


def kinds_since(here: Service, number: int) -> list[tuple[str, str]]:
    return [(who, what) for who, what, _ in entries(here)[number:]]


CONSOLE = [
    ("/admin/users", {"name": "ann", "role": "viewer"}, "account_add"),
    ("/admin/users/bank", {"deed": "change", "role": "area", "scopes": "A01"}, "account_change"),
    ("/admin/users/bank", {"deed": "password"}, "account_password"),
    ("/admin/users/bank", {"deed": "close"}, "account_close"),
    ("/admin/users/bank", {"deed": "open"}, "account_open"),
    ("/admin/users/bank", {"deed": "unlock"}, "account_unlock"),
    ("/admin/users/bank", {"deed": "end_all"}, "session_end"),
    ("/admin/units/A01/revoke", {"issue": "1"}, "unit_revoke"),
    ("/admin/units/A01/reissue", {}, "unit_reissue"),
    ("/admin/units/A01/contacts", {"name": "张三"}, "unit_contact"),
    ("/admin/units/A01/contacts", {"name": "张三", "deed": "drop"}, "unit_contact"),
    ("/admin/units/A01/placements", {"placement": "1", "label": "门口"}, "unit_placement"),
    ("/admin/appeals", {"unit": "A01", "about": "1", "note": NOTE}, "appeal"),
    ("/admin/me/sign-out-everywhere", {}, "sign_out_everywhere"),
]


def test_what_staff_do_in_the_console_is_entered_once(here):
    visitor = Visitor(here)
    visitor.sign_in("office")
    for path, form, kind in CONSOLE:
        before = len(entries(here))
        assert visitor.post(path, form).status_code in (200, 201, 302, 303), path
        assert [("office", kind)] == kinds_since(here, before)
    visitor.sign_in("office", "wrong")
    assert ("-", "sign_in_failed") == kinds_since(here, 0)[-1]
    visitor.sign_in("office")
    visitor.post("/admin/logout")
    assert [("office", "sign_in"), ("office", "sign_out")] == kinds_since(here, 0)[-2:]


SHELL = [
    (["user", "add", "ann", "--role", "viewer", "--generate"], "account_add"),
    (["user", "password", "ann", "--generate"], "account_password"),
    (["user", "second-step-off", "bank"], "totp"),
    (["user", "close", "ann"], "account_close"),
    (["units", "revoke", "A01"], "unit_revoke"),
    (["units", "reissue", "A01"], "unit_reissue"),
]


def test_what_is_done_at_the_shell_is_entered_once(here, instance, capsys):
    """Until now an account could be closed there and nobody had done it."""
    second_step(here)()
    for argv, kind in SHELL:
        before = len(entries(here))
        assert 0 == cli.main([*argv, "--instance", str(instance.folder)])
        found = kinds_since(here, before)
        assert [kind] == [what for _, what in found]
        assert found[0][0].startswith("shell")


def test_the_checker_reads_and_downloads_the_log_in_words(here):
    revoke(here)()
    checker = signed_in(here, "checker")
    assert "单位 潋江镇（A01） 第 1 版：可以用 → 已撤销" in checker.text("/admin/audit")
    told = checker.get("/admin/audit/export.csv").get_data(as_text=True)
    assert "撤销二维码" in told and "单位 A01 第 1 版：可以用 → 已撤销" in told


# --- what writes besides ---------------------------------------------------------------------

# Module and function -> why what it writes is no deed of a person.
NO_DEEDS = {
    "office/signing_in.py _knows": "tries at a door are counted, right or wrong",
    "office/signing_in.py prove_step": "as above",
    "office/signing_in.py _count": "as above",
    "office/signing_in.py _spend_step": "a code opens once",
    "office/poster_jobs.py _work.tell": "how far a job is; its order is the deed",
    "office/sessions.py prove": "a session's owner gave the password once more",
    "office/telling.py read": "up to where somebody has read what others did",
    "office/telling.py send": "up to where messages of it went out",
    "office/notice_ways.py seal_again": "the program seals anew what it had sealed",
    "upkeep/heads_out.py send": "a head that is there, to whom the settings name",
    "upkeep/outgoing.py *": "that a notice is being sent, and what became of it",
    "upkeep/to_tell.py *": "notices of what waits; what makes it wait is a deed",
    "office/second_steps.py _steps": "the program seals what lay open; nothing else changes",
    "web/console/access.py load": "a session is in use",
    "web/console/access.py remembered": "how one likes one's own pages",
    "web/public/landing.py *": "scans",
    "web/public/guide.py *": "ways out of a page, counted",
    "facts/absorb.py absorb_job": "a file that counts already becomes facts, chunk by chunk",
    "facts/claimants.py complete": "digits of claimants completed, for a file whose deed follows",
    "facts/absorb.py forget_abandoned": "chunks of a file that never counted",
    "facts/counting.py Kept.add": "chunks of which nothing counts yet",
    "facts/counting.py Kept.drop": "as above",
    "facts/counting.py SurveyedFeed.plan": "a deed, in a patient transaction (`do_within`)",
    "facts/counting.py SurveyedFeed.count": "as above",
    "facts/known_users.py import_known_users": "rows of a list that counts with its deed",
    "facts/partners.py _once": "a nonce and a kept answer; the push within is a deed",
    "resident/claims.py write": "claims",
    "resident/claims.py withdraw": "a resident takes their own claim back",
    "resident/claims.py erase": "a resident asks for themselves",
    "upkeep/unanswered.py _take_in": "of whom no more is awaited; the claim itself is above",
    "upkeep/late_addresses.py give": "an address of old claims, for pages alone",
    "resident/passings.py make": "a resident's receipt for one more browser of theirs",
    "resident/passings.py take": "as above",
    "resident/passings.py end": "as above",
    "resident/lookups.py Lookups._keep": "what a lookup answered",
    "resident/one_time.py OneTime.send": "one-time passwords",
    "resident/one_time.py OneTime.check": "as above",
    "master.py open_master": "a campaign that the ledger does not know, taken in as it is",
    "service.py _keep_terms": "under which rule the program runs",
    "long_deeds.py LongDeed.step": "steps of a deed: it is entered with the first and the last",
    "proof/sealer.py _Run._write": "leaves of rows that are there; nothing that counts changes",
    "proof/unit_counts.py add": "as above: counts of rows",
    "proof/unit_counts.py add_again": "as above: counts of rows",
    "papers/exchange_files.py _tell": "notices of packs that wait, to whom they are of",
    "papers/exchange_files.py begin": "whose turn it is to make packs; each is entered",
    "papers/exchange_files.py begin.run": "as above: that the turn is over",
    "papers/exchange_files.py make_due": "as above",
    "proof/checks.py _tallies_right": "nothing: it reads while nobody counts, which is a lock",
    "upkeep/distributing.py close": "nobody may truncate a log: rights, and no rows",
    "proof/heads.py seal_in_turn": "as above: whose turn it is",
    "proof/heads.py seal_in_turn.take": "as above",
    "proof/publishing.py keep_up": "which of the heads that are there is shown",
    "proof/taking_over.py _enter": "as above: where the log begins",
    "proof/taking_over.py end": "digests of rows that leaves have taken the place of",
    "upkeep/copying.py copy": "the deed stands in the source, and so in the copy",
    "upkeep/copying.py _copy_table": "as above",
    "upkeep/housekeeping.py keep_up": "room for scans to come",
    "upkeep/housekeeping.py settle_units": "what deeds entered for a day takes effect on it",
    "office/unit_deeds.py preview": "undone in the same breath",
}


def writes(path: Path) -> Iterator[str]:
    """Yield where *path* writes through the store: module and function."""
    def visit(node: ast.AST, inside: tuple[str, ...]) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from visit(child, (*inside, child.name))
                continue
            if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute):
                on = ast.unparse(child.func.value)
                if child.func.attr in ("write", "transaction") and (
                    on.endswith(("store", "database", "target", "source"))
                    or on == "background_write"
                ):
                    name = path.relative_to(ROOT / "attribution").as_posix()
                    yield f"{name} {'.'.join(inside)}"
            yield from visit(child, inside)

    return visit(ast.parse(path.read_text(encoding="utf-8")), ())


def is_listed(place: str) -> bool:
    return bool({place, f"{place.partition(' ')[0]} *"} & NO_DEEDS.keys())


def test_nothing_is_written_beside_deeds_and_what_is_named_here():
    """A change without an entry is a change that nobody made."""
    house = ROOT / "attribution"
    found = {
        place
        for path in sorted(house.rglob("*.py"))
        if "store" not in path.relative_to(house).parts[:1] and path.name != "deeds.py"
        for place in writes(path)
    }
    assert set() == {place for place in found if not is_listed(place)}
    # Nothing is excused that is no longer there.
    used = {
        key for key in NO_DEEDS for place in found
        if key in (place, f"{place.partition(' ')[0]} *")
    }
    assert set() == NO_DEEDS.keys() - used
