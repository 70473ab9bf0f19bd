"""A number that is proved after its claim was taken verifies the claim, wherever it is proved."""
import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Instance
from factories import make_phone
from flask import Flask
from flask.testing import FlaskClient
from test_one_time import CONSOLE, password_in
from visitors import Fields, claim, opened, rows, send

from attribution.service import Service

Site = tuple[Service, Flask]


@pytest.fixture
def site(instance: Instance) -> Iterator[Site]:
    with opened(instance, f"{CONSOLE}per_minute = 60\n") as found:
        yield found


def unproved(client: FlaskClient, service: Service) -> str:
    """Register the first number without its password; return the address of the steps."""
    step = Fields(claim(client, service, make_phone(1)).text).values["step"]
    return send(client, "/claim/prove", {"step": step, "skip": "yes"}).request.path


def proves(client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> str:
    """Prove the first number at /my; return the page that it leads to."""
    capfd.readouterr()
    step = Fields(send(client, "/my", {"phone": make_phone(1)}).text).values["step"]
    password = password_in(capfd.readouterr().err)
    return send(client, "/my/prove", {"step": step, "password": password}).text


def claims(service: Service) -> list[dict[str, Any]]:
    return sorted(rows(service, "claim"), key=lambda row: int(row["id"]))


def test_a_number_proved_at_my_verifies_the_claim_of_this_browser(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    service, app = site
    client = app.test_client()
    steps = unproved(client, service)
    assert "号码已用短信核实" in proves(client, capfd)
    before, after = claims(service)
    assert (0, 1) == (before["verified"], after["verified"])
    same = ("at", "unit", "issue", "scan", "consent", "client", "last4", "person")
    assert [before[name] for name in same] == [after[name] for name in same]
    # One registration: its old address still is this browser's, and has one receipt.
    mine = client.get(steps).text
    assert "登记好了" in mine and "用短信看我办到哪一步" not in mine
    assert 1 == client.get("/receipt").text.count("回执编号 <b")
    proves(client, capfd)
    assert 2 == len(claims(service))
    # To whom the old address was sent it says what it said.
    assert "您还没登记？" in app.test_client().get(steps).text


def test_to_look_is_not_to_agree(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    """What another browser typed may be another's doing: its person says that it is theirs."""
    service, app = site
    unproved(app.test_client(), service)
    client = app.test_client()
    page = proves(client, capfd)
    assert "是我登记的，核实号码" in page and 1 == len(claims(service))
    fields = dict(re.findall(r'name="(proof|of)" value="([^"]+)"', page))
    done = send(client, "/my/act", {**fields, "what": "mine"}).text
    assert "已经核实" in done and "是我登记的" not in done
    assert [0, 1] == [row["verified"] for row in claims(service)]
    assert "回执编号 <b" in client.get("/receipt").text


def test_what_was_withdrawn_is_not_proved(site: Site, capfd: pytest.CaptureFixture[str]) -> None:
    service, app = site
    client = app.test_client()
    unproved(client, service)
    receipt = re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", client.get("/receipt").text)
    assert receipt
    fields = Fields(send(client, "/my", {"receipt": receipt[0]}).text).values
    assert "核实号码" not in client.get("/my").text  # a receipt proves no number
    send(client, "/my/act", {**fields, "what": "withdraw", "sure": "yes"})
    assert "已撤回" in proves(client, capfd)
    assert [0] == [row["verified"] for row in claims(service)]


def test_the_password_of_the_form_itself_proves_no_second_time(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    service, app = site
    client = app.test_client()
    step = Fields(claim(client, service, make_phone(1)).text).values["step"]
    password = password_in(capfd.readouterr().err)
    steps = send(client, "/claim/prove", {"step": step, "skip": "yes"}).request.path
    proves(client, capfd)
    send(client, "/claim/prove", {"step": step, "password": password})
    assert [0, 1] == [row["verified"] for row in claims(service)]
    assert "登记好了" in client.get(steps).text
