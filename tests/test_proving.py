"""
Whoever finds an open browser must not confirm, approve, or make accounts with it.

Ten minutes after the password was given, what matters asks for it again, on a page that carries
the very form along.
"""
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from conftest import Instance
from console import PASSWORD, Visitor, add_everyone, signed_in

from attribution.deeds import Kind
from attribution.office import accounts, audit, signing_in, totp
from attribution.office.sealing import seal
from attribution.rule import instants
from attribution.rule.instants import MINUTE, SECOND
from attribution.service import Service
from attribution.settings.loading import STEP_ROLES
from attribution.store import staff
from attribution.web.application import create_app
from attribution.web.console import proving
from qrgen.faults import Fault

# What matters, written apart from the code.
ASKED_AGAIN = {
    "answer_correction", "decide_feed", "approve_lock", "decide_appeal", "ask_erasure",
    "run_erasures", "confirm_import", "do_unit_change",
    "do_campaign", "revoke_unit", "reissue_unit", "add_user", "add_accounts", "change_user",
    "add_robot",
}


@pytest.fixture(params=["service", "postgres_service"])
def everyone(request: pytest.FixtureRequest) -> Service:
    found: Service = request.getfixturevalue(request.param)
    add_everyone(found)
    return found


class _Fields(HTMLParser):
    """The fields of the page's form, and where it goes."""

    def __init__(self, page: str):
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.action = ""
        self.feed(page[page.index("<main") :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = found.get("action", "")
        if tag == "input" and found.get("name"):
            self.fields.append((found["name"], found.get("value", "")))


def go_on(visitor: Visitor, page: str, **typed: str):  # type: ignore[no-untyped-def]
    """Send the form of *page* as a browser without script does."""
    form = _Fields(page)
    sent: dict[str, list[str]] = {}
    for name, value in form.fields:
        sent.setdefault(name, []).append(typed.get(name, value))
    return visitor.client.post(form.action, data=sent)


def let_time_pass(service: Service, minutes: int = 11) -> None:
    """As if everybody had proved so much earlier."""
    service.store.write(lambda c: c.run(
        "update staff_session set proved_at = proved_at - :by", {"by": minutes * MINUTE}
    ))


def roles_in(service: Service, name: str) -> str | None:
    with service.store.read() as connection:
        row = staff.account(connection, name)
    return row["role"] if row else None


def kinds(service: Service) -> list[str]:
    return [row["what"] for row in audit.entries(service.store)]


def test_what_matters_is_marked(service: Service) -> None:
    app = create_app(service.settings, service)
    marked = {
        name.removeprefix("admin.") for name, view in app.view_functions.items()
        if proving.is_proven(view)
    }
    assert ASKED_AGAIN <= marked


def test_no_view_that_asks_again_takes_a_file(service: Service) -> None:
    """No page could carry one along."""
    import inspect

    app = create_app(service.settings, service)
    for view in app.view_functions.values():
        if proving.is_proven(view):
            assert "request.files" not in inspect.getsource(view)


def test_within_ten_minutes_nobody_is_asked(everyone: Service) -> None:
    office = signed_in(everyone, "office")
    let_time_pass(everyone, 9)
    assert 201 == office.post("/admin/users", {"name": "ann", "role": "viewer"}).status_code


def test_the_very_form_goes_on_after_the_password(everyone: Service) -> None:
    office = signed_in(everyone, "office")
    let_time_pass(everyone)
    typed = {"name": "韩梅梅", "role": "bank", "scopes": "B01,B02"}
    asked = office.post("/admin/users", typed)
    page = asked.get_data(as_text=True)
    assert "再确认一次是您本人" in page and roles_in(everyone, "韩梅梅") is None
    assert "别人做了" not in page  # whose button would leave the form behind
    wrong = go_on(office, page, proved_password="no such password")
    page = wrong.get_data(as_text=True)
    assert 400 == wrong.status_code and "密码或动态码不对" in page
    assert roles_in(everyone, "韩梅梅") is None
    made = go_on(office, page, proved_password=PASSWORD)
    assert 201 == made.status_code and "bank" == roles_in(everyone, "韩梅梅")
    assert Kind.NOT_PROVED.value in kinds(everyone)
    # It holds for what comes next, in this session alone.
    assert 201 == office.post("/admin/users", {"name": "ben", "role": "viewer"}).status_code
    other = signed_in(everyone, "office")
    let_time_pass(everyone)
    go_on(other, other.post("/admin/users", {"name": "c", "role": "viewer"}).get_data(as_text=True),
          proved_password=PASSWORD)
    assert "再确认" in office.post("/admin/users", {"name": "d", "role": "viewer"}).get_data(
        as_text=True
    )


def test_fields_that_come_twice_and_the_query_are_carried(everyone: Service) -> None:
    office = signed_in(everyone, "office")
    let_time_pass(everyone)
    page = office.post(
        "/admin/units/A01/reissue?from=list", {"a": ["1", "2"], "b": '"><script>'}
    ).get_data(as_text=True)
    form = _Fields(page)
    assert "/admin/units/A01/reissue?from=list" == form.action
    assert [("a", "1"), ("a", "2"), ("b", '"><script>')] == [
        pair for pair in form.fields if pair[0] in "ab"
    ]
    assert "<script>" not in page[page.index("<main") :]


def test_guesses_inside_are_counted_as_at_the_door(everyone: Service) -> None:
    office = signed_in(everyone, "office")
    let_time_pass(everyone)
    page = office.post("/admin/users", {"name": "e", "role": "viewer"}).get_data(as_text=True)
    told = [
        go_on(office, page, proved_password=f"guess {n}").status_code
        for n in range(signing_in.PER_DEVICE + 1)
    ]
    assert [400] * signing_in.PER_DEVICE + [429] == told
    assert 429 == go_on(office, page, proved_password=PASSWORD).status_code
    assert roles_in(everyone, "e") is None


def test_the_second_step_proves_as_well_and_once(everyone: Service) -> None:
    office = signed_in(everyone, "office")
    secret, keys = totp.new_secret(), everyone.settings.second_keys
    everyone.store.write(lambda c: staff.set_totp(c, "office", seal(secret, keys)))
    let_time_pass(everyone)
    digits = totp.code(secret, instants.now())
    page = office.post("/admin/users", {"name": "f", "role": "viewer"}).get_data(as_text=True)
    assert "或者手机上的动态码" in page
    made = go_on(office, page, proved_password="", proved_step=digits)
    assert 201 == made.status_code
    let_time_pass(everyone)
    page = office.post("/admin/users", {"name": "g", "role": "viewer"}).get_data(as_text=True)
    assert 400 == go_on(office, page, proved_password="", proved_step=digits).status_code
    assert roles_in(everyone, "g") is None
    # Nor does nothing at all prove anything.
    assert 400 == go_on(office, page, proved_password="", proved_step="").status_code


def test_a_second_step_is_set_up_by_who_knows_the_password(everyone: Service) -> None:
    """Else a borrowed session ties the account to a stranger's phone."""
    office = signed_in(everyone, "office")
    found = re.search(r"<code>([A-Z2-7]+)</code>", office.text("/admin/me/totp"))
    assert found
    let_time_pass(everyone)
    digits = totp.code(found[1], instants.now())
    page = office.post("/admin/me/totp", {"step": digits}).get_data(as_text=True)
    assert "再确认一次是您本人" in page
    with everyone.store.read() as connection:
        row = staff.account(connection, "office")
    assert row and row["totp"] is None
    assert 302 == go_on(office, page, proved_password=PASSWORD).status_code


def test_a_session_of_before_is_as_old_as_its_sign_in(everyone: Service) -> None:
    """A ledger migrated under open sessions asks them no sooner and no later."""
    office = signed_in(everyone, "office")
    everyone.store.write(lambda c: c.run("update staff_session set proved_at = null"))
    assert 201 == office.post("/admin/users", {"name": "h", "role": "viewer"}).status_code
    everyone.store.write(lambda c: c.run(
        "update staff_session set created_at = created_at - :by", {"by": 11 * MINUTE}
    ))
    page = office.post("/admin/users", {"name": "i", "role": "viewer"}).get_data(as_text=True)
    assert "再确认一次是您本人" in page


def test_whose_role_asks_for_a_second_step_sets_it_up_first(everyone: Service) -> None:
    """Said in config.toml; nothing else opens until it is done, and it is done in one page."""
    strict = replace(everyone, settings=replace(
        everyone.settings, second_step_roles=("checker",)
    ))
    checker = signed_in(strict, "checker")
    for path in ("/admin/", "/admin/rows", "/admin/audit"):
        assert "/admin/me/totp" == checker.get(path).headers["Location"], path
    page = checker.text("/admin/me/totp")
    assert "您的角色登录要用动态码" in page and "明细" not in page
    found = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert found
    digits = totp.code(found[1], instants.now())
    assert 302 == checker.post("/admin/me/totp", {"step": digits}).status_code
    assert 200 == checker.get("/admin/audit").status_code
    assert 200 == signed_in(strict, "office").get("/admin/").status_code
    # A new telephone: off, and at once on again.
    later = totp.code(found[1], instants.now() + 30 * SECOND)
    assert 302 == checker.post("/admin/me/totp", {"step": later}).status_code
    assert "/admin/me/totp" == checker.get("/admin/audit").headers["Location"]


def test_the_settings_know_the_roles(instance: Instance) -> None:
    assert set(accounts.ROLES) <= set(STEP_ROLES)
    config = instance.folder / "config.toml"
    kept = config.read_text("utf-8")
    config.write_text(f'{kept}second_step_roles = ["office", "checker"]\n', "utf-8")
    assert ("office", "checker") == instance.settings().second_step_roles
    for wrong in ('"office"', '["boss"]', "[1]", "true"):
        config.write_text(f"{kept}second_step_roles = {wrong}\n", "utf-8")
        with pytest.raises(Fault, match="second_step_roles"):
            instance.settings()
