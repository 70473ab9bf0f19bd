"""Every role × every route, and the doors that burglars try."""
import io
import re
from urllib.parse import urlencode

import pytest
from console import Visitor, add_everyone, need_two, signed_in

from attribution.deeds import Actor
from attribution.office import accounts, signing_in
from attribution.rule import instants
from attribution.rule.instants import SECOND
from attribution.service import Service
from attribution.web.application import create_app

SIGNED_IN = frozenset(accounts.ROLES)
ALL = SIGNED_IN - {"accounts"}  # whoever makes accounts sees no figures
OFFICE = frozenset({"office"})
ACCOUNTS = frozenset({"accounts"})  # and the office in a demonstration, see below
CHECKING = frozenset({"office", "checker"})
PRINTING = frozenset({"office", "area", "department", "bank"})
ROWS = ALL - {"viewer"}

# What is promised, written apart from the code: endpoint -> the roles that may.
PROMISED = {
    "overview": ALL, "table": ALL, "table_picture": ALL, "units": ALL, "unit": ALL,
    "downloads": ALL, "download": ALL, "download_log": ALL, "me": SIGNED_IN, "guide": SIGNED_IN,
    "second_step": SIGNED_IN, "change_password": SIGNED_IN, "sign_out_everywhere": SIGNED_IN,
    "sign_out": SIGNED_IN,
    "my_notices": SIGNED_IN, "choose_notices": SIGNED_IN, "set_address": SIGNED_IN,
    # Whoever has the link of a letter, which no role makes up.
    "stop_notices": frozenset(), "do_stop_notices": frozenset(),
    "notice_list": CHECKING, "decide_notices": OFFICE, "add_robot": OFFICE,
    "change_robot": OFFICE,
    "requests": CHECKING | {"accounts"}, "answer_request": CHECKING | {"accounts"},
    "deeds": SIGNED_IN, "read_news": SIGNED_IN,
    "rows": ROWS, "proof": ALL, "key_sheet": ALL, "bundle": ROWS,
    "posters": PRINTING, "order_posters": PRINTING, "poster_archive": PRINTING,
    "poster": PRINTING, "change_contact": PRINTING, "add_placement": PRINTING,
    "inspect": PRINTING | {"checker"}, "patrol": PRINTING | {"checker"},
    "record_patrol": PRINTING, "poster_progress": PRINTING, "picture": ALL,
    "feeds": CHECKING, "held": CHECKING, "lapsing": CHECKING, "callbacks": CHECKING,
    "answer_callback": CHECKING,
    "takeovers": CHECKING, "ask_holds": CHECKING, "answer_corrections": CHECKING,
    "decide_held": CHECKING,
    "corrections": CHECKING, "difference_download": CHECKING,
    "period_list": CHECKING | {"viewer"}, "ask_lock": OFFICE, "approve_lock": CHECKING,
    "answer_correction": CHECKING, "ask_correction": OFFICE,
    "upload_feed": OFFICE, "feed": CHECKING, "decide_feed": CHECKING, "feed_rows": CHECKING,
    "feed_progress": CHECKING,
    "batch": CHECKING, "differences": CHECKING, "settle_differences": CHECKING,
    "appeals": PRINTING | {"checker"}, "file_appeal": PRINTING,
    "appeal": CHECKING, "decide_appeal": CHECKING,
    "look": SIGNED_IN, "find": SIGNED_IN, "person": ROWS, "correction": CHECKING,
    "bulletin": OFFICE, "make_bulletin": OFFICE,
    "snapshots": CHECKING | {"viewer"}, "snapshot": CHECKING | {"viewer"}, "take_snapshot": OFFICE,
    "pack": OFFICE, "pack_file": OFFICE,
    "scenes": ALL, "scene": ALL, "save_scene": OFFICE | {"area", "bank"},
    "take_scenes": OFFICE | {"area", "bank"}, "state_whole": OFFICE, "scenes_table": ALL,
    "publicity": PRINTING, "finance": ALL, "make_packs": OFFICE, "assessment": CHECKING,
    "exchange": PRINTING | {"checker"}, "exchange_pack": PRINTING | {"checker"},
    "goals": CHECKING | {"viewer"}, "state_goal": OFFICE, "take_survey": OFFICE,
    "end": CHECKING, "make_archive": OFFICE, "end_archive": CHECKING,
    "shred_everybody": CHECKING, "tick_copies": CHECKING,
    "erasures": CHECKING, "ask_erasure": OFFICE, "run_erasures": OFFICE,
    "unit_change": OFFICE, "preview_unit_change": OFFICE, "do_unit_change": OFFICE,
    "campaign": CHECKING, "campaign_form": OFFICE, "preview_campaign": OFFICE,
    "do_campaign": OFFICE, "request_page": CHECKING, "paper": PRINTING, "mark_paper": PRINTING,
    "units_table": OFFICE, "accounts_by_unit": ACCOUNTS, "add_accounts": ACCOUNTS,
    "import_units": OFFICE, "confirm_import": OFFICE, "revoke_unit": OFFICE,
    "reissue_unit": OFFICE, "users": ACCOUNTS, "user": ACCOUNTS, "add_user": ACCOUNTS,
    "change_user": ACCOUNTS,
    "audits": frozenset({"checker"}), "audit_download": frozenset({"checker"}),
}
VALUES = {
    "id": "A01", "unit": "A01", "name": "progress", "kind": "csv", "format_name": "a4",
    "token": "0" * 32, "claim": 1, "deed": "merge", "group": "dates",
}


@pytest.fixture
def everyone(service: Service) -> Service:
    add_everyone(service)
    return service


@pytest.fixture
def by_two(everyone: Service) -> Service:
    need_two(everyone)
    return everyone


def routes(service: Service) -> list[tuple[str, str, str]]:
    """Return (endpoint, method, path) of every route of the console."""
    app = create_app(service.settings, service)
    found = []
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            name = rule.endpoint.removeprefix("admin.")
            if name == rule.endpoint or name == "sign_in":
                continue
            values = {
                key: 1 if f"<int:{key}>" in rule.rule else VALUES[key] for key in rule.arguments
            }
            if name in ("change_user", "user"):
                values = {"name": "viewer"}
            path = adapter.build(rule.endpoint, values)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                found.append((name, method, path))
    return found


def test_every_route_is_promised_to_someone(service: Service) -> None:
    assert set(PROMISED) == {name for name, _, _ in routes(service)}


def test_in_a_demonstration_the_office_makes_accounts_too(everyone: Service) -> None:
    """So that a newcomer needs one password; every page says that it is so."""
    office = signed_in(everyone, "office")
    assert "两人规则没有打开" in office.text("/admin/users")
    need_two(everyone)
    assert 403 == office.get("/admin/users").status_code
    assert "两人规则没有打开" not in office.text("/admin/")


def test_every_forbidden_pair_is_refused_and_every_other_is_not(by_two: Service) -> None:
    """Generated from the routes that there are, so a new one cannot be forgotten."""
    everyone = by_two
    wrong = []
    # What ends the visitor's own session comes last.
    ordered = sorted(
        routes(everyone), key=lambda r: r[0] in ("sign_out", "sign_out_everywhere")
    )
    for role in accounts.ROLES:
        visitor = signed_in(everyone, role)
        token = visitor.token()
        for name, method, path in ordered:
            if role in PROMISED[name]:
                continue
            answer = visitor.client.open(path, method=method, data={"csrf_token": token})
            if answer.status_code not in (403, 404):
                wrong.append((role, method, path, answer.status_code))
        for name, method, path in ordered:
            if role not in PROMISED[name] or method == "POST" or name == "poster":
                continue
            answer = visitor.get(path)
            own = path.replace("A01", {"department": "D01", "bank": "B01"}.get(role, "A01"))
            if own != path:
                assert 404 == answer.status_code, (role, path)
                answer = visitor.get(own)
            absent = (
                "poster_archive", "feed", "feed_rows", "feed_progress", "batch", "appeal",
                "confirm_import", "request_page", "person", "correction", "patrol", "scene", "pack",
                "pack_file", "snapshot", "end_archive", "exchange_pack", "assessment",
            )
            expected = (404,) if name in absent else (200,)
            if name == "difference_download":
                expected = (400,)  # without a purpose
            if answer.status_code not in expected:
                wrong.append((role, method, path, answer.status_code))
    assert [] == wrong


def test_a_stranger_is_led_to_the_door_everywhere(service: Service) -> None:
    visitor = Visitor(service)
    token = visitor.token()
    for name, method, path in routes(service):
        answer = visitor.client.open(path, method=method, data={"csrf_token": token})
        if name in ("stop_notices", "do_stop_notices"):
            # Of a letter's reader, who need not sign in; without the letter there is nothing.
            assert 404 == answer.status_code
            continue
        assert 302 == answer.status_code, path
        assert "/admin/login" in answer.headers["Location"]


def test_no_form_is_taken_without_its_token(everyone: Service) -> None:
    visitor = signed_in(everyone, "office")
    for _, method, path in routes(everyone):
        if method == "POST":
            assert 400 == visitor.client.post(path).status_code, path


@pytest.mark.parametrize(
    ("role", "other"), [("area", "A02"), ("department", "D02"), ("bank", "B02"), ("bank", "A01")]
)
def test_another_units_page_does_not_exist(everyone: Service, role: str, other: str) -> None:
    visitor = signed_in(everyone, role)
    for path in (
        f"/admin/units/{other}", f"/admin/posters/{other}/a4",
    ):
        assert 404 == visitor.get(path).status_code, path
    # At a field it is told as one that nobody has, and nothing is given out.
    for unit in (other, "Z99"):
        assert f"没有找到“{unit}”" in visitor.text(f"/admin/rows?unit={unit}")
        answer = visitor.get(f"/admin/export/claims.csv?purpose=x&unit={unit}")
        assert 400 == answer.status_code and f"没有找到“{unit}”" in answer.text
    for path in (f"/admin/units/{other}/contacts", f"/admin/units/{other}/placements"):
        assert 404 == visitor.post(path, {"name": "x", "label": "x"}).status_code
    assert 404 == visitor.post("/admin/posters", {"format": "a4", "unit": other}).status_code


def test_an_area_sees_itself_and_its_lines_alone(everyone: Service) -> None:
    visitor = signed_in(everyone, "area")
    for path in ("/admin/table", "/admin/units", "/admin/posters"):
        page = visitor.text(path)
        assert "潋江镇" in page and "长冈乡" not in page, path
    assert "长冈乡" not in visitor.text("/admin/table?view=line")
    csv = visitor.get("/admin/export/progress.csv").get_data().decode("utf-8-sig")
    assert "潋江镇" in csv and "长冈乡" not in csv


def test_leadership_sees_numbers_and_nobody(everyone: Service) -> None:
    visitor = signed_in(everyone, "viewer")
    assert 200 == visitor.get("/admin/export/progress.xlsx").status_code
    for name in ("claims", "scans", "credits", "attribution"):
        assert 403 == visitor.get(f"/admin/export/{name}.csv").status_code


def test_signing_out_ends_the_session_for_a_copied_cookie_too(everyone: Service) -> None:
    visitor = signed_in(everyone, "office")
    copy = Visitor(everyone)
    cookie = visitor.client.get_cookie("__Host-zhuanma")
    assert cookie
    copy.client.set_cookie("__Host-zhuanma", cookie.value)
    assert 200 == copy.get("/admin/").status_code
    visitor.post("/admin/logout")
    assert 302 == copy.get("/admin/").status_code


def test_a_session_brought_along_is_not_the_one_that_gets_in(everyone: Service) -> None:
    """Session fixation: the burglar's cookie, planted before sign-in, stays outside."""
    burglar = Visitor(everyone)
    burglar.token()
    planted = burglar.client.get_cookie("__Host-zhuanma")
    assert planted
    victim = Visitor(everyone)
    victim.client.set_cookie("__Host-zhuanma", planted.value)
    assert 302 == victim.sign_in("office").status_code
    assert 200 == victim.get("/admin/").status_code
    assert 302 == burglar.get("/admin/").status_code
    assert planted.value != (victim.client.get_cookie("__Host-zhuanma") or planted).value


def test_signing_in_again_ends_the_session_before(everyone: Service) -> None:
    visitor = signed_in(everyone, "office")
    first = visitor.client.get_cookie("__Host-zhuanma")
    assert first
    visitor.sign_in("office")
    old = Visitor(everyone)
    old.client.set_cookie("__Host-zhuanma", first.value)
    assert 302 == old.get("/admin/").status_code


def test_sign_out_everywhere_ends_the_other_device(everyone: Service) -> None:
    here, there = signed_in(everyone, "bank"), signed_in(everyone, "bank")
    here.post("/admin/me/sign-out-everywhere")
    assert [302, 302] == [v.get("/admin/").status_code for v in (here, there)]


@pytest.mark.parametrize("kind", ["idle", "absolute"])
def test_a_session_ends_by_itself(
    everyone: Service, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    visitor = signed_in(everyone, "office")
    settings, real = everyone.settings, instants.now
    step = settings.session_idle_s - 60
    ahead = 0
    if kind == "idle":
        ahead = settings.session_idle_s + 60
    else:
        while ahead + step < settings.session_max_s:
            ahead += step
            monkeypatch.setattr(instants, "now", lambda late=ahead: real() + late * SECOND)
            assert 200 == visitor.get("/admin/").status_code
        ahead += step
    monkeypatch.setattr(instants, "now", lambda: real() + ahead * SECOND)
    assert 302 == visitor.get("/admin/").status_code


def test_the_address_on_a_slip_leads_everybody_to_where_their_day_begins(
    everyone: Service
) -> None:
    """It says /admin/, which shows figures: not to whoever makes the accounts."""
    for name, begins in (("accounts", "/admin/users"), ("office", "/admin/"), ("area", "/admin/")):
        answer = Visitor(everyone).sign_in(name, query="?next=/admin/")
        assert (302, begins) == (answer.status_code, answer.headers["Location"])


@pytest.mark.parametrize(
    ("target", "lands"),
    [
        ("/admin/table?view=bank", "/admin/table?view=bank"),
        ("https://evil.example/", "/admin/"),
        ("//evil.example/admin/", "/admin/"),
        ("/admin/..//evil.example", "/admin/"),
        ("/\\evil.example", "/admin/"),
        ("/admin/nothing", "/admin/"),
        ("/q/X", "/admin/"),
    ],
)
def test_the_door_leads_into_the_house_only(
    everyone: Service, target: str, lands: str
) -> None:
    visitor = Visitor(everyone)
    answer = visitor.post(
        "/admin/login?" + urlencode({"next": target}),
        {"name": "office", "password": "a poster on every wall"},
    )
    assert lands == answer.headers["Location"]


def test_the_door_stops_guesses_and_lets_the_known_device_in(everyone: Service) -> None:
    known = signed_in(everyone, "office")
    known.post("/admin/logout")
    stranger = Visitor(everyone)
    told = [
        stranger.sign_in("office", "wrong").status_code
        for _ in range(signing_in.PER_ACCOUNT_AND_NETWORK + 1)
    ]
    assert [401] * signing_in.PER_ACCOUNT_AND_NETWORK + [429] == told
    assert 429 == stranger.sign_in("office").status_code
    # From the same network even: its own cookie speaks for it.
    assert 302 == known.sign_in("office").status_code


def test_the_office_cannot_saw_off_its_own_branch(everyone: Service) -> None:
    visitor = signed_in(everyone, "office")
    for deed in ("close", "change"):
        visitor.post("/admin/users/office", {"deed": deed, "role": "viewer"})
    assert 200 == visitor.get("/admin/users").status_code


def test_a_closed_account_is_out_at_once(everyone: Service) -> None:
    office, bank = signed_in(everyone, "office"), signed_in(everyone, "bank")
    office.post("/admin/users/bank", {"deed": "close"})
    assert 302 == bank.get("/admin/").status_code
    assert 401 == Visitor(everyone).sign_in("bank").status_code


def test_a_change_of_units_holds_at_once(everyone: Service) -> None:
    office, area = signed_in(everyone, "office"), signed_in(everyone, "area")
    office.post("/admin/users/area", {"deed": "change", "role": "area", "scopes": "A02"})
    assert 302 == area.get("/admin/").status_code
    area = signed_in(everyone, "area")
    answers = [area.get(f"/admin/units/{id}").status_code for id in ("A01", "A02")]
    assert [404, 200] == answers


def test_an_account_is_made_on_the_page_and_its_password_works(everyone: Service) -> None:
    office = signed_in(everyone, "office")
    answer = office.post("/admin/users", {"name": "新同事", "role": "bank", "scopes": "B02"})
    assert 201 == answer.status_code
    found = re.search(r"<code>([^<]+)</code>", answer.get_data(as_text=True))
    assert found
    assert 302 == Visitor(everyone).sign_in("新同事", found[1]).status_code
    again = office.post("/admin/users", {"name": "新同事", "role": "bank", "scopes": "B02"})
    assert 400 == again.status_code
    assert "已经有了" in again.get_data(as_text=True)


def test_a_password_that_was_handed_over_opens_nothing_but_its_change(everyone: Service) -> None:
    """Two people know it, so what was done with it could be either's."""
    office = signed_in(everyone, "office")
    made = office.post("/admin/users", {"name": "b1", "role": "bank", "scopes": "B01"})
    found = re.search(r"<code>([^<]+)</code>", made.get_data(as_text=True))
    assert found
    assert "等本人设密码" in office.text("/admin/users")
    branch = Visitor(everyone)
    assert 302 == branch.sign_in("b1", found[1]).status_code
    for path in ("/admin/", "/admin/posters", "/admin/me/totp", "/admin/rows"):
        assert "/admin/me" == branch.get(path).headers["Location"], path
    assert "/admin/me" == branch.post("/admin/appeals", {"last4": "1234"}).headers["Location"]
    page = branch.text("/admin/me")
    assert "请先设自己的密码" in page and "海报" not in page
    same = {"current": found[1], "new": found[1], "again": found[1]}
    assert 400 == branch.post("/admin/me/password", same).status_code
    own = "the branch's very own words"
    chosen = {"current": found[1], "new": own, "again": own}
    assert 302 == branch.post("/admin/me/password", chosen).status_code
    assert 401 == branch.sign_in("b1", found[1]).status_code
    assert 302 == branch.sign_in("b1", own).status_code
    assert 200 == branch.get("/admin/posters").status_code
    assert "等本人设密码" not in office.text("/admin/users")
    # Whoever is given another one by the office begins again.
    again = office.post("/admin/users/b1", {"deed": "password"})
    found = re.search(r"<code>([^<]+)</code>", again.get_data(as_text=True))
    assert found
    assert 302 == branch.sign_in("b1", found[1]).status_code
    assert "/admin/me" == branch.get("/admin/posters").headers["Location"]


def test_a_password_is_changed_by_who_knows_the_old_one(everyone: Service) -> None:
    visitor = signed_in(everyone, "area")
    new = "another wall for posters"
    form = {"current": "wrong", "new": new, "again": new}
    assert 400 == visitor.post("/admin/me/password", form).status_code
    form["current"] = "a poster on every wall"
    assert 302 == visitor.post("/admin/me/password", form).status_code
    assert 302 == visitor.get("/admin/").status_code
    assert 302 == Visitor(everyone).sign_in("area", new).status_code


def test_feeds_and_units_of_someone_else_are_not_found(everyone: Service) -> None:
    """An upload is its owner's: not even another office account opens it by its address."""
    office = signed_in(everyone, "office")
    answer = office.post(
        "/admin/feeds", {"file": (io.BytesIO(b"phone\n"), "day.csv")},
        content_type="multipart/form-data",
    )
    path = answer.headers["Location"]
    accounts.add(
        everyone.store, "other", "a poster on every wall", "office", instants.now(),
        by=Actor("test"),
    )
    other = signed_in(everyone, "other")
    assert [400, 404] == [v.get(path).status_code for v in (office, other)]
    assert 404 == other.get(f"{path}/rows.csv").status_code
    assert 404 == other.post(path, {"deed": "discard"}).status_code
    for odd in ("feeds/..%2f..%2fkeys", "feeds/%", "batches/..%2f..%2fledger.db"):
        assert 404 == office.get(f"/admin/{odd}").status_code


@pytest.mark.parametrize("path", ["/admin/nowhere", "/admin/units/A01/nothing", "/admin/q/x"])
def test_a_wrong_address_is_answered_by_the_console(everyone: Service, path: str) -> None:
    """Staff who mistype are told so, and not that a poster's code is void."""
    for visitor, way_back in (
        (signed_in(everyone, "area"), 'href="/admin/">总览'),
        (Visitor(everyone), 'href="/admin/login">登录页'),
    ):
        answer = visitor.get(path)
        page = answer.get_data(as_text=True)
        assert 404 == answer.status_code
        assert "没有这一页" in page and "地址不对" in page and way_back in page
        assert "这个码不能用了" not in page


@pytest.mark.parametrize(("referer", "status"), [
    pytest.param("https://ysf.example.gov.cn/admin/login", 302, id="our own page"),
    pytest.param("https://elsewhere.example/", 400, id="another site"),
    pytest.param("http://ysf.example.gov.cn/admin/login", 400, id="without TLS"),
    pytest.param(None, 400, id="unsaid"),
])
def test_over_tls_a_form_must_come_from_our_own_page(
    everyone: Service, referer: str | None, status: int
) -> None:
    """The token alone stops a page elsewhere; not one that set a cookie in the browser."""
    visitor = Visitor(everyone)
    site = "https://ysf.example.gov.cn"
    page = visitor.get("/admin/login", base_url=site).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    answer = visitor.client.post(
        "/admin/login", base_url=site, headers={"Referer": referer} if referer else {},
        data={"csrf_token": found[1], "name": "office", "password": "a poster on every wall"},
    )
    assert status == answer.status_code


def test_over_tls_no_neighbour_can_plant_a_cookie_of_ours(everyone: Service) -> None:
    """A browser takes __Host- cookies from this very host alone, for the whole of it."""
    visitor = signed_in(everyone, "office")
    client = visitor.client
    kept = [client.get_cookie(f"__Host-{name}") for name in ("zhuanma", "zhuanma_device")]
    for cookie in kept:
        assert cookie is not None
        assert (True, True, "/") == (cookie.secure, cookie.http_only, cookie.path)
        assert cookie.origin_only


def test_a_wrong_address_tells_a_stranger_nothing(everyone: Service) -> None:
    """Neither the menu nor a name, and the same page whatever is asked for."""
    area = signed_in(everyone, "area")
    pages = {Visitor(everyone).text(f"/admin/{name}") for name in ("nowhere", "units/A01/keys")}
    assert 1 == len({re.sub("[0-9]{2}:[0-9]{2}:[0-9]{2}", "", page) for page in pages})
    page = pages.pop()
    assert not [word for word in ("主菜单", "明细", "A01", "area", "封存") if word in page]
    # A page that there is, of a unit that is somebody else's, looks like none.
    ours, theirs = area.text("/admin/nowhere"), area.text("/admin/units/A02")
    main = [page[page.index("<main") : page.index("</main>")] for page in (ours, theirs)]
    assert main[0] == main[1]


def test_a_form_sent_to_a_page_without_one_is_refused_in_the_consoles_words(
    everyone: Service,
) -> None:
    office = signed_in(everyone, "office")
    answer = office.post("/admin/guide")
    assert 405 == answer.status_code
    assert "总览" in answer.get_data(as_text=True)
    assert "扫" not in office.get("/admin/table?period=x").get_data(as_text=True)
