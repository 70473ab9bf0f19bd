"""Asked by our names only, and led nowhere else."""
from dataclasses import replace

import pytest
from conftest import Signs
from console import PASSWORD, add_everyone
from flask import Flask
from flask.testing import FlaskClient
from visitors import rows

from attribution.service import Service
from attribution.settings import load_settings
from attribution.settings.hosts import Hosts, is_host
from attribution.web.application import create_app
from qrgen.shell import Fault

URL = "https://ysf.example.gov.cn"


@pytest.mark.parametrize("host", [
    "ysf.example.gov.cn", "ysf.example.gov.cn:443", "YSF.Example.Gov.CN", "ysf.example.gov.cn.",
    "ysf.example.gov.cn.:443", "127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000", "[::1]:8000",
    "[0:0:0:0:0:0:0:1]:8000", "old.example.cn", "old.example.cn:80", "old.example.cn:443",
    "other.example.cn:8443",
])  # fmt: skip
def test_our_names_are_ours_in_every_way_of_writing(host: str) -> None:
    hosts = Hosts(URL, ("old.example.cn", "Other.example.cn:8443"), ("127.0.0.1", 8000))
    assert host in hosts


@pytest.mark.parametrize("host", [
    "", "evil.example", "ysf.example.gov.cn:9", "ysf.example.gov.cn:80", "ysf.example.gov.cn:8000",
    "evil.example:443", "ysf.example.gov.cn.evil.example", "ysf.example.gov.cn,evil.example",
    "ysf.example.gov.cn@evil.example", "ysf.example.gov.cn/evil", "localhost", "localhost:9",
    "127.0.0.1", "127.0.0.1:9", "10.0.0.1:8000", "[::1]", "[::2]:8000", "[::1", "::1", "..", ":443",
    "ysf.example.gov.cn..", "other.example.cn", "other.example.cn:443", "[:::1]:8000", "\u0131",
    "ysf.example.gov.cn:443:443", "ysf.example.gov.cn:4430000", " ysf.example.gov.cn",
])  # fmt: skip
def test_other_names_are_not(host: str) -> None:
    assert host not in Hosts(URL, ("other.example.cn:8443",), ("127.0.0.1", 8000))


def test_who_listens_everywhere_is_asked_by_any_address_of_the_machine() -> None:
    for wildcard in ("0.0.0.0", "::", "[::]"):  # noqa: S104 (compared with)
        hosts = Hosts(URL, listens=(wildcard, 8000))
        # Behind a container's mapping the port is another one.
        for host in ("127.0.0.1:8000", "localhost:8080", "192.168.1.7:8000", "[2001:db8::7]:8080"):
            assert host in hosts
        assert "evil.example:8000" not in hosts
    one = Hosts(URL, listens=("2001:db8::7", 8000))
    assert "[2001:DB8:0::7]:8000" in one
    assert "[2001:db8::8]:8000" not in one and "localhost:8000" not in one
    assert "10.0.0.5" in Hosts(URL, listens=("10.0.0.5", 80))


def test_a_public_address_with_a_port_is_known_with_it() -> None:
    hosts = Hosts("https://ysf.example.gov.cn:8443", listens=("127.0.0.1", 8000))
    assert "ysf.example.gov.cn:8443" in hosts
    assert "ysf.example.gov.cn" not in hosts and "ysf.example.gov.cn:443" not in hosts
    assert "[2001:db8::1]" in Hosts("http://[2001:db8::1]", listens=("127.0.0.1", 8000))


def test_a_slip_in_known_hosts_stops_the_start(service: Service) -> None:
    folder = service.settings.instance
    good = load_settings(folder, environ={"ZHUANMA_KNOWN_HOSTS": "a.example, b.example:8443"})
    assert ("a.example", "b.example:8443") == good.known_hosts
    for bad in ("https://a.example", "a b", "a.example/x"):
        assert not is_host(bad)
        with pytest.raises(Fault, match="known_hosts"):
            load_settings(folder, environ={"ZHUANMA_KNOWN_HOSTS": bad})


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(
        replace(service.settings, trusted_proxies=1), service, listens=("127.0.0.1", 8000)
    )


ASKED = [
    "/", "//", "/admin", "/admin/", "/admin//login", "/admin/login/", "/my", "/my/", "/my//",
    "/guide//x", "/guide/x/", "/rules/", "/api/v1", "/api//v1/", "/static//x", "/static/",
    "/go/x/", "/metrics", "//evil.example/", "//evil.example/..", "/nowhere/",
]  # fmt: skip


@pytest.mark.parametrize("path", ASKED)
def test_a_strange_host_is_refused_before_anything_else(app: Flask, path: str) -> None:
    for evil in ("evil.example", "ysf.example.gov.cn:9", "ysf.example.gov.cn.evil.example", ""):
        answer = app.test_client().get(path, headers={"Host": evil})
        assert 400 == answer.status_code
        assert "evil" not in answer.text + str(answer.headers)


def test_no_redirect_is_absolute_and_no_header_names_another_host(
    app: Flask, sign: Signs
) -> None:
    headers = {
        "Host": "ysf.example.gov.cn", "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Server": "evil.example", "Forwarded": "host=evil.example",
        "X-Forwarded-Prefix": "//evil.example", "X-Forwarded-Port": "666",
        "X-Original-URL": "//evil.example", "X-Forwarded-For": "198.51.100.1",
    }
    code = sign("A01")
    for path in (*ASKED, f"/guide//{code}", f"/guide/{code}/", f"//Q//{code}", f"/Q/{code}/"):
        answer = app.test_client().get(path, headers=headers)
        where = answer.headers.get("Location", "/")
        assert where.startswith("/") and not where.startswith("//"), path
        assert "evil" not in answer.text + str(answer.headers), path
        assert answer.status_code in (200, 302, 404), path


def test_a_scan_is_answered_whoever_is_asked(
    app: Flask, sign: Signs, service: Service
) -> None:
    """Somebody with a poster in hand knows nothing of our names; and no answer repeats one."""
    for query in ("", "?from=groupmessage"):
        answer = app.test_client().get(f"/Q/{sign('A01')}{query}", headers={"Host": "evil.example"})
        assert 200 == answer.status_code and "evil" not in answer.text + str(answer.headers)
    assert 2 == len(rows(service, "scan"))
    for probe in ("/healthz", "/readyz"):
        assert 200 == app.test_client().get(probe, headers={"Host": "10.1.2.3:8000"}).status_code


@pytest.mark.parametrize("host", ["ysf.example.gov.cn", "ysf.example.gov.cn:443", "localhost:8000"])
def test_our_own_hosts_serve_the_console(app: Flask, service: Service, host: str) -> None:
    add_everyone(service)
    client = app.test_client()
    page = client.get("/admin/login", headers={"Host": host}).text
    token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
    answer = client.post(
        "/admin/login", data={"csrf_token": token, "name": "office", "password": PASSWORD},
        headers={"Host": host},
    )
    assert 302 == answer.status_code and "/admin/" == answer.headers["Location"]


def test_one_slash_more_or_less_is_the_same_page(
    client: FlaskClient, sign: Signs, service: Service
) -> None:
    code = sign("A01")
    for path in ("/my/", "/rules/", f"/guide/{code}/", f"/Q/{code}/", "/receipt/", "/api/v1"):
        assert 200 == client.get(path).status_code, path
    assert 1 == len(rows(service, "scan"))
