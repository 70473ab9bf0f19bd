"""Edges of HTTP: what no view has to think of, because it is refused or left alone before."""
from typing import Any

import pytest
from asgi import ask
from conftest import Instance, Signs
from console import Visitor, add_everyone, signed_in
from factories import make_phone
from flask import Flask
from flask.testing import FlaskClient
from visitors import claim, code_of, opened, rows
from werkzeug.exceptions import TooManyRequests

from attribution.office import audit
from attribution.resident import form_tokens
from attribution.service import Service
from attribution.store import BadText, Busy, StoreError
from attribution.web.application import create_app
from attribution.web.fast_scans import FastScan
from attribution.web.public import landing

AHEAD = [
    pytest.param("HEAD", {}, id="HEAD"),
    pytest.param("GET", {"Sec-Purpose": "prefetch"}, id="prefetch"),
    pytest.param("GET", {"Sec-Purpose": "prefetch;prerender"}, id="prerender"),
    pytest.param("GET", {"Purpose": "prefetch"}, id="older prefetch"),
    pytest.param("GET", {"X-Moz": "prefetch"}, id="Firefox"),
]


# --- looking ahead --------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "headers"), AHEAD)
def test_looking_ahead_declines_nothing(
    client: FlaskClient, service: Service, method: str, headers: dict[str, str]
) -> None:
    """The browser fetched the link; nobody said no to registering."""
    code = code_of(service)
    answer = client.open(f"/guide/{code}", method=method, headers=headers)
    assert 200 == answer.status_code
    assert "Set-Cookie" not in answer.headers
    undecided = client.get(f"/Q/{code}").text
    client.get(f"/guide/{code}")
    with client.session_transaction() as kept:
        assert ["N07"] == kept["declined"]
    assert undecided != client.get(f"/Q/{code}").text


@pytest.mark.parametrize(("method", "headers"), AHEAD)
def test_looking_ahead_leaves_a_session_as_it_was(
    service: Service, method: str, headers: dict[str, str]
) -> None:
    add_everyone(service)
    visitor = signed_in(service, "office")
    with visitor.client.session_transaction() as kept:
        before = dict(kept)
    for path in ("/admin/", "/admin/login", "/admin/me", "/admin/rows?line=N07", "/admin/logout"):
        answer = visitor.client.open(path, method=method, headers=headers)
        assert "Set-Cookie" not in answer.headers, path
        assert answer.status_code < 500
    with visitor.client.session_transaction() as kept:
        assert before == dict(kept)
    assert 200 == visitor.get("/admin/").status_code


@pytest.mark.parametrize("headers", [case.values[1] for case in AHEAD[1:]])
def test_a_browser_that_prepares_the_console_asks_again_when_somebody_comes(
    service: Service, headers: dict[str, str]
) -> None:
    """A form it had kept would belong to no session, and be refused."""
    visitor = Visitor(service)
    ahead = visitor.get("/admin/login", headers=headers)
    assert 400 <= ahead.status_code < 500 and b"" == ahead.data
    add_everyone(service)
    assert 302 == visitor.sign_in("office").status_code


DOWNLOADS = [
    pytest.param("office", "/admin/export/claims.csv?purpose=x", id="export"),
    pytest.param("checker", "/admin/audit/export.xlsx", id="audit log"),
    pytest.param("office", "/admin/table.png", id="picture"),
    pytest.param("office", "/admin/posters/N07/a4", id="poster"),
]


@pytest.mark.parametrize(("role", "path"), DOWNLOADS)
def test_a_download_whose_head_alone_is_asked_for_is_not_entered(
    service: Service, role: str, path: str
) -> None:
    """Nothing was handed out; an entry would accuse somebody of having taken it."""
    add_everyone(service)
    visitor = signed_in(service, role)
    before = list(audit.entries(service.store))
    assert 200 == visitor.client.head(path).status_code
    assert before == list(audit.entries(service.store))
    assert 200 == visitor.get(path).status_code
    assert len(before) < len(list(audit.entries(service.store)))


# --- NUL ------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["service", "postgres_service"])
def test_a_nul_at_sign_in_is_refused_on_both_engines(
    request: pytest.FixtureRequest, engine: str
) -> None:
    """PostgreSQL takes none in a text; SQLite takes it and cuts the text off when it reads."""
    visitor = Visitor(request.getfixturevalue(engine))
    for data in ({"name": "a\0b", "password": "x"}, {"name": "a", "password": "x\0"}):
        assert 400 == visitor.post("/admin/login", data).status_code


def test_a_nul_is_refused_wherever_it_stands(instance: Instance, service: Service) -> None:
    add_everyone(service)
    visitor = signed_in(service, "office")
    nul = "a\0b"
    for path, data in (
        ("/admin/login", {"name": nul, "password": "x"}),
        ("/admin/login", {"name": "x", "password": nul}),
        ("/admin/users", {"name": nul, "role": "office"}),
        ("/admin/login?next=%00", {"name": "x", "password": "x"}),
    ):
        answer = visitor.post(path, data)
        assert 400 == answer.status_code, path
        assert "扫" not in answer.text
    for path in (
        "/admin/rows?q=%00", "/admin/units/%00", "/admin/units/N07%00", "/admin/audit?who=a%00",
        "/?%00=1", "/go/%00", "/go/ios?u=%00", "/%00", "/my?x=%00",
    ):
        assert 400 == visitor.get(path).status_code, path
    for path in ("/claim", "/claim/prove", "/my", "/my/prove", "/my/act", "/seen"):
        for data in ({"token": nul}, {"phone": nul}, {nul: "x"}, {"receipt": nul}, {"step": nul}):
            assert 400 == visitor.client.post(path, data=data).status_code, path


def test_a_nul_in_the_name_of_a_file_is_refused(service: Service) -> None:
    add_everyone(service)
    visitor = signed_in(service, "office")
    edge = "----x"
    text = (
        f"--{edge}\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n{visitor.token()}"
        f"\r\n--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\0.csv\"\r\n"
        f"Content-Type: text/csv\r\n\r\nx\r\n--{edge}--\r\n"
    )
    answer = visitor.client.post(
        "/admin/feeds", data=text.encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={edge}"},
    )
    assert 400 == answer.status_code


@pytest.mark.parametrize("path", ["/rules", "/admin/login", "/api/v1/lookups"])
def test_a_nul_that_only_the_ledger_finds_is_the_senders_fault(
    service: Service, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A 503 would send the operator to look for a database that is down."""
    app = create_app(service.settings, service)
    view = next(rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == path)
    failing = broken(BadText())
    failing.roles = frozenset({"anyone"})
    monkeypatch.setitem(app.view_functions, view, failing)
    method = "POST" if path.startswith("/api/") else "GET"
    assert 400 == app.test_client().open(path, method=method).status_code


# --- pages for what went wrong ----------------------------------------------------------------


def broken(what: Exception) -> Any:
    def fail(*_: object, **__: object) -> Any:
        raise what

    return fail


FAULTS = [
    pytest.param(Busy("in use"), 503, id="busy"),
    pytest.param(StoreError("disk I/O error"), 503, id="database"),
    pytest.param(RuntimeError("a bug"), 500, id="bug"),
    pytest.param(form_tokens.BadToken(), 400, id="old form"),
]


@pytest.mark.parametrize(("fault", "status"), FAULTS)
def test_staff_never_see_a_residents_page(
    service: Service, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    """"Scan the poster again" helps nobody who sits at a desk."""
    add_everyone(service)
    visitor = signed_in(service, "office")
    app = visitor.client.application
    app.config["PROPAGATE_EXCEPTIONS"] = False
    for path, endpoint in (("/admin/", "admin.overview"), ("/admin", "admin.overview")):
        view = broken(fault)
        view.roles = frozenset({"office"})  # the guard asks the view for whom it is
        monkeypatch.setitem(app.view_functions, endpoint, view)
        answer = visitor.get(path)
        assert status == answer.status_code
        for word in ("扫", "海报", "云闪付"):
            assert word not in answer.text.partition("<main")[2].partition("</main>")[0]
        assert "admin.css" in answer.text


@pytest.mark.parametrize("path", ["/admin/", "/admin", "/admin/nowhere", "/admin/me"])
def test_staff_see_a_page_of_theirs_when_there_is_no_database(
    service: Service, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The page must not ask the database who is signed in: that is what failed."""
    add_everyone(service)
    visitor = signed_in(service, "office")
    visitor.client.application.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(service.store, "read", broken(StoreError("gone")))
    answer = visitor.get(path)
    assert 503 == answer.status_code and answer.headers["Retry-After"]
    assert "admin.css" in answer.text and "扫" not in answer.text


def test_too_often_in_the_console_is_told_in_its_own_words(service: Service) -> None:
    add_everyone(service)
    visitor = signed_in(service, "office")

    view = broken(TooManyRequests())
    view.roles = frozenset({"office"})
    visitor.client.application.view_functions["admin.me"] = view
    answer = visitor.get("/admin/me")
    assert 429 == answer.status_code and answer.headers["Retry-After"]
    assert "admin.css" in answer.text and "返回上一页再点一次" not in answer.text


# --- addresses as they are typed and passed on ------------------------------------------------

TAILS = [
    ".", "。", ",", "，", ")", "）", "/", "%20", "%0A", "%C2%A0", "%E2%80%8B", "%EF%BB%BF",
    "&from=groupmessage", "&from=singlemessage&isappinstalled=0", "%E3%80%82", "%EF%BC%89%E3%80%82",
]  # fmt: skip


@pytest.mark.parametrize("tail", TAILS)
def test_a_code_with_what_a_sentence_left_behind_is_one_scan(
    instance: Instance, tail: str
) -> None:
    with opened(instance) as (service, app):
        code = code_of(service)
        fast = FastScan(app, 2)
        assert 200 == ask(fast, f"/Q/{code}{tail}").status
        assert 1 == len(rows(service, "scan"))
        assert 200 == app.test_client().get(f"/q/{code.lower()}{tail}").status_code
        assert 2 == len(rows(service, "scan"))
        assert {"N07"} == {row["unit"] for row in rows(service, "scan")}
        assert 200 == app.test_client().get(f"/guide/{code}{tail}").status_code


def test_tails_fill_no_cache(service: Service, sign: Signs) -> None:
    """Whoever appends to a good code must not push the others' out of memory."""
    code = sign("A01")
    for n in range(200):
        assert "A01" == service.scans.open(f"{code}&n={n}").unit.id
    assert 1 == service.scans._read.cache_info().currsize


# --- who asks ---------------------------------------------------------------------------------


@pytest.mark.parametrize("forwarded", [
    "::ffff:1.2.3.4", "1.2.3.4:5123", "[::ffff:1.2.3.4]:5123", "64:ff9b::1.2.3.4", "6.6.6.6,1.2.3.4"
])  # fmt: skip
def test_the_visitors_own_network_is_logged_and_limited(
    instance: Instance, forwarded: str
) -> None:
    config = '\ntrusted_proxies = 1\n[limits]\nclaims_per_network = "1 per hour"\n'
    path = instance.folder / "config.toml"
    path.write_text(config.partition("[")[0] + path.read_text(encoding="utf-8"), encoding="utf-8")
    with opened(instance, "\n[" + config.partition("[")[2]) as (service, app):
        code, headers = code_of(service), {"X-Forwarded-For": forwarded}
        ask(FastScan(app, 2), f"/Q/{code}", headers=headers)
        app.test_client().get(f"/Q/{code}", headers=headers)
        assert {service.scans.network("1.2.3.99")} == {
            row["network"] for row in rows(service, "scan")
        }
        neighbours = ("1.2.3.4", forwarded, "1.2.4.4", forwarded.replace("1.2.3.", "1.2.5."))
        answers = [post(app, service, address, n) for n, address in enumerate(neighbours)]
        assert [200] * 4 == answers
        # The second of one network is taken all the same, and held.
        held = {row["claim"] for row in rows(service, "claim_event") if row["kind"] == "held"}
        claims = sorted(row["id"] for row in rows(service, "claim"))
        assert [False, True, False, False] == [claim in held for claim in claims]


def post(app: Flask, service: Service, address: str, number: int) -> int:
    """Claim from *address*, as a proxy of ours wrote it."""
    client = app.test_client()
    client.environ_base["HTTP_X_FORWARDED_FOR"] = address
    return claim(client, service, make_phone(37 * number)).status_code


def test_websocket_is_closed_and_not_a_traceback(service: Service) -> None:
    import asyncio

    sent: list[dict[str, Any]] = []

    async def talk() -> None:
        async def receive() -> dict[str, str]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        fast = FastScan(create_app(service.settings, service), 1)
        await fast({"type": "websocket", "path": "/", "headers": []}, receive, send)

    asyncio.run(talk())
    assert ["websocket.close"] == [message["type"] for message in sent]


def test_landing_is_the_same_for_looking_ahead(client: FlaskClient, service: Service) -> None:
    """What was prepared is shown as it is when somebody taps, so its form must be good."""
    page = client.get(f"/Q/{code_of(service)}", headers={"Sec-Purpose": "prefetch"}).text
    assert 'name="token"' in page and landing.TOKEN_MARK not in page
