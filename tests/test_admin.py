# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""The staff's door: closed to strangers, safe from forged requests, open for downloads."""
import re

import pytest


def sign_in(client, instance, password=None):
    page = client.get("/admin/login").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    return client.post(
        "/admin/login",
        data={
            "name": instance.admin, "password": password or instance.password,
            "csrf_token": token[1],
        },
    )


@pytest.mark.parametrize("path", ["/admin/", "/admin/export/credits.csv"])
def test_a_stranger_is_led_to_the_door(client, path):
    answer = client.get(path)
    assert 302 == answer.status_code
    assert "/admin/login" in answer.headers["Location"]


def test_the_administrator_sees_progress_and_downloads(client, instance):
    assert 302 == sign_in(client, instance).status_code
    assert "全县合计" in client.get("/admin/").get_data(as_text=True)
    for kind, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        answer = client.get(f"/admin/export/progress.{kind}")
        assert 200 == answer.status_code
        assert answer.get_data().startswith(start)
        assert "attachment" in answer.headers["Content-Disposition"]
    assert 404 == client.get("/admin/export/nothing.csv").status_code


def test_a_wrong_password_says_no_more_than_that(client, instance):
    wrong = sign_in(client, instance, "wrong password")
    assert 401 == wrong.status_code
    assert 302 == client.get("/admin/").status_code


def test_a_password_longer_than_any_is_told_so(client, instance):
    long = sign_in(client, instance, "x" * 1025)
    assert (400, True) == (long.status_code, "最多 1024 个字符" in long.get_data(as_text=True))


def test_a_forged_sign_in_is_refused(client, instance):
    data = {"name": instance.admin, "password": instance.password}
    assert 400 == client.post("/admin/login", data=data).status_code


def test_a_changed_password_ends_every_session(client, instance, service):
    from attribution.deeds import Actor
    from attribution.office import accounts
    from attribution.rule import instants

    sign_in(client, instance)
    assert 200 == client.get("/admin/").status_code
    accounts.set_password(
        service.store, instance.admin, "another long password", instants.now(), by=Actor("test")
    )
    assert 302 == client.get("/admin/").status_code


def test_downloads_are_in_the_audit_log(client, instance, service):
    sign_in(client, instance)
    client.get("/admin/export/claims.csv?purpose=x").get_data()
    with service.store.read() as connection:
        rows = connection.rows("select who, what, detail from audit order by id")
    assert "sign_in" in [row["what"] for row in rows]
    assert any(row["what"] == "export" and "claims" in row["detail"] for row in rows)
