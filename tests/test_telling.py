"""
What somebody did stands on the next page of the others, until they have read it.

It is told from the audit log itself, so a way to do something in silence would be a way to do
it without an entry.
"""
import re

import pytest
from console import Visitor, add_everyone, signed_in

from attribution import cli, deeds
from attribution.deeds import Actor, Kind
from attribution.office import accounts, telling
from attribution.rule import instants
from attribution.service import Service
from attribution.store.engine.database import Row
from attribution.web.console import audit_words

STRIP = '<section class="news"'


@pytest.fixture(params=["service", "postgres_service"])
def everyone(request: pytest.FixtureRequest) -> Service:
    found: Service = request.getfixturevalue(request.param)
    add_everyone(found)
    # What the fixture made is read.
    found.store.write(lambda c: c.run(
        "update notice_mark set read_to = (select n from audit_head where name = 'audit')"
    ))
    return found


def strip(visitor: Visitor, path: str = "/admin/me") -> str:
    page = visitor.text(path)
    if STRIP not in page:
        return ""
    return page[page.index(STRIP) : page.index("</section>", page.index(STRIP))]


def dismiss(visitor: Visitor) -> None:
    found = re.search(r'name="upto" value="(\d+)"', strip(visitor))
    assert found
    answer = visitor.post("/admin/news", {"upto": found[1], "back": "/admin/guide?"})
    assert "/admin/guide" == answer.headers["Location"]


def test_a_new_account_is_told_to_the_others_until_they_have_read_it(everyone: Service) -> None:
    """One who makes a checker, asks and approves alone is seen by the true one the same day."""
    office, checker = signed_in(everyone, "office"), signed_in(everyone, "checker")
    assert "" == strip(checker)
    office.post("/admin/users", {"name": "shadow", "role": "checker"})
    for path in ("/admin/", "/admin/audit", "/admin/nowhere"):
        told = strip(checker, path)
        assert "新增账号" in told and "账号 shadow" in told and "office" in told, path
    assert "" == strip(office)  # one's own
    assert "" == strip(signed_in(everyone, "viewer"))
    dismiss(checker)
    assert "" == strip(checker)
    # Whoever comes later hears of what comes after.
    accounts.add(everyone.store, "later", "a poster on every wall", "checker", instants.now(),
                 by=Actor("shell:root"))
    assert "服务器命令行（root）" in strip(checker)
    assert "" == strip(signed_in(everyone, "later"))


@pytest.mark.parametrize(("form", "kind"), [
    ({"deed": "password"}, Kind.ACCOUNT_PASSWORD),
    ({"deed": "change", "role": "viewer"}, Kind.ACCOUNT_CHANGE),
    ({"deed": "close"}, Kind.ACCOUNT_CLOSE),
])
def test_what_is_done_to_an_account_is_told_to_its_rank(
    everyone: Service, form: dict[str, str], kind: Kind
) -> None:
    accounts.add(everyone.store, "checker2", "a poster on every wall", "checker", instants.now(),
                 by=Actor("test"))
    accounts.add(everyone.store, "office2", "a poster on every wall", "office", instants.now(),
                 by=Actor("test"))
    office, other = signed_in(everyone, "office"), signed_in(everyone, "office2")
    checker = signed_in(everyone, "checker2")
    answer = office.post("/admin/users/checker", form)
    assert answer.status_code in (200, 302)
    for visitor in (checker, other):
        assert audit_words.title(kind.value) in strip(visitor)


def test_whose_password_was_reset_is_told_so(everyone: Service) -> None:
    """Whoever finds their own account's password changed by another must hear of it."""
    area = signed_in(everyone, "area")
    office = signed_in(everyone, "office")
    made = office.post("/admin/users/area", {"deed": "password"}).get_data(as_text=True)
    found = re.search(r"<code>([^<]+)</code>", made)
    assert found and area.get("/admin/").status_code == 302
    assert 302 == area.sign_in("area", found[1]).status_code
    own = "my own words about walls"
    area.post("/admin/me/password", {"current": found[1], "new": own, "again": own})
    assert 302 == area.sign_in("area", own).status_code
    told = strip(area)
    assert "重置密码" in told and "office" in told


def test_downloads_are_told_to_the_rank_and_to_checkers(everyone: Service) -> None:
    for name, scope in (("near", "A01"), ("far", "A02")):
        accounts.add(everyone.store, name, "a poster on every wall", "area", instants.now(),
                     [scope], by=Actor("test"), campaign=everyone.campaign.id)
    checker, office = signed_in(everyone, "checker"), signed_in(everyone, "office")
    dismiss(checker)
    dismiss(office)
    area, near, far = (signed_in(everyone, name) for name in ("area", "near", "far"))
    dismiss(area)  # a new colleague at the same township
    for _ in range(3):
        assert 200 == area.get("/admin/export/claims.csv?purpose=核对数据").status_code
    told = strip(checker)
    assert "下载</b> 3 次" in told and "别人做了 3 件事" in told
    assert "下载" in strip(near)
    assert "" == strip(far) == strip(office) == strip(area)
    office.get("/admin/export/claims.csv?purpose=存档")
    assert "用途：存档" in strip(checker)


def test_the_shell_is_seen_too(everyone: Service, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(everyone.settings.instance)
    office = signed_in(everyone, "office")
    if "sqlite" not in everyone.settings.database:
        pytest.skip("the command opens the instance's own ledger")
    assert 0 == cli.main(["user", "password", "checker", "--generate", "--instance", folder])
    told = strip(office)
    assert "重置密码" in told and "服务器命令行" in told


def test_who_asked_hears_what_was_answered(everyone: Service) -> None:
    """Whoever makes accounts sees no approvals but those of what they asked for."""
    by, now = Actor("checker"), instants.now()
    accounts_, area = signed_in(everyone, "accounts"), signed_in(everyone, "area")
    for asked_by in ("office", "accounts"):
        deeds.note(
            everyone.store, by, now, Kind.REQUEST_APPROVED, f"ask of {asked_by}",
            kind="account_add", about="account x", asked_by=asked_by,
        )
    told = strip(accounts_)
    assert "别人做了 1 件事" in told and "checker" in told
    assert "" == strip(area)


def test_reading_never_goes_back_and_never_ahead_of_what_was_shown(everyone: Service) -> None:
    office, checker = signed_in(everyone, "office"), signed_in(everyone, "checker")
    office.post("/admin/users", {"name": "one", "role": "viewer"})
    found = re.search(r'name="upto" value="(\d+)"', strip(checker))
    assert found
    office.post("/admin/users", {"name": "two", "role": "viewer"})
    checker.post("/admin/news", {"upto": found[1], "back": "https://elsewhere.example/"})
    told = strip(checker)
    assert "账号 two" in told and "账号 one" not in told
    checker.post("/admin/news", {"upto": "1"})
    assert "账号 one" not in strip(checker)
    assert 400 == checker.post("/admin/news", {"upto": "all"}).status_code


def test_what_is_new_is_told_unless_it_was_thought_about(everyone: Service) -> None:
    """A kind of deed that nobody has thought of yet is told."""
    now = instants.now()
    for kind in Kind:
        deeds.note(everyone.store, Actor("shell:root"), now, kind, "x")
    with everyone.store.read() as connection:
        account = accounts.read(connection, "checker")
        assert account
        told = {row["what"] for row in telling.unread(connection, account)}
    only_owner = {"not_proved", "session_end", "account_unlock"}
    quiet = {kind.value for kind in telling.QUIET}
    assert {kind.value for kind in Kind} - quiet - only_owner == told


def test_a_messenger_gets_what_is_neither_read_nor_sent(everyone: Service) -> None:
    """For the day on which the desk can send: each once, and again where sending failed."""
    office = signed_in(everyone, "office")
    office.post("/admin/users", {"name": "shadow", "role": "checker"})
    sent: list[tuple[str, list[str]]] = []

    def messenger(name: str, rows: list[Row]) -> None:
        sent.append((name, [row["what"] for row in rows]))

    def broken(name: str, rows: list[Row]) -> None:
        raise OSError("no line")

    with pytest.raises(OSError, match="no line"):
        telling.send(everyone.store, broken)
    telling.send(everyone.store, messenger)
    assert ("checker", ["account_add"]) in sent
    assert not {"office", "viewer", "area", "shadow"} & {name for name, _ in sent}
    assert 0 == telling.send(everyone.store, messenger)
    assert "新增账号" in strip(signed_in(everyone, "checker"))  # sent is not read
    office.post("/admin/users", {"name": "shade", "role": "viewer"})
    checker = signed_in(everyone, "checker")
    dismiss(checker)
    telling.send(everyone.store, messenger)
    assert ["checker"] == [name for name, _ in sent if name == "checker"]


def test_deeds_are_read_by_day_and_person(everyone: Service) -> None:
    office, checker = signed_in(everyone, "office"), signed_in(everyone, "checker")
    office.post("/admin/users", {"name": "shadow", "role": "viewer"})
    office.get("/admin/export/claims.csv?purpose=核对数据").get_data()
    deeds.note(everyone.store, Actor("shell:root"), instants.now(), Kind.REBUILD, "campaign x")
    everybody = checker.text("/admin/deeds")
    today = instants.local_text(instants.now())[:10]
    assert f"<h2>{today}</h2>" in everybody
    wanted = ("账号 shadow", "登记明细（CSV），用途：核对数据", "给出 0 行", "服务器命令行（root）")
    for words in wanted:
        assert words in everybody
    own = office.text("/admin/deeds").replace(strip(office, "/admin/deeds"), "")
    assert "账号 shadow" in own and "给出 0 行" in own and "服务器命令行（root）" not in own
    dismiss(checker)
    assert "账号 shadow" not in checker.text("/admin/deeds?who=checker")
    assert "账号 shadow" in checker.text(f"/admin/deeds?who=office&day={today}")
    assert "没有记录" in checker.text("/admin/deeds?day=2020-01-01")
    assert "账号 shadow" in checker.text("/admin/deeds?day=yesterday")  # no day: the newest


def test_everybody_else_sees_their_own_and_no_more(everyone: Service) -> None:
    area = signed_in(everyone, "area")
    area.get("/admin/export/claims.csv?purpose=核对数据").get_data()
    signed_in(everyone, "office").post("/admin/users", {"name": "shadow", "role": "viewer"})
    for query in ("", "?who=office", "?who=shell:root"):
        page = area.text(f"/admin/deeds{query}")
        assert "用途：核对数据" in page and "shadow" not in page
