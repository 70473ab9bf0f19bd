# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""
The API does what its document says, whatever is sent: schemathesis against a real server.

Requests are made from GET /api/v1/openapi.json, right ones and wrong ones, signed as a
partner would sign them or left as they come.
"""
import os
import time

import partner_client
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import checks as asked
from schemathesis.specs.openapi import checks as asked_of_openapi
from test_api import Partner, count, is_problem, item
from test_facts import claimed
from visitors import listening

from attribution import create_app
from attribution.deeds import Actor
from attribution.facts import partners
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.web import limits

EXAMPLES = int(os.environ.get("ZHUANMA_TEST_EXAMPLES", "25"))
QUICK = settings(
    max_examples=EXAMPLES, deadline=None, database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
ASKED = (
    asked.not_a_server_error, asked_of_openapi.status_code_conformance,
    asked_of_openapi.content_type_conformance, asked_of_openapi.response_headers_conformance,
    asked_of_openapi.response_schema_conformance,
)
MODES = schemathesis.GenerationMode


@pytest.fixture
def server(service):
    with listening(create_app(service.settings, service)) as url:
        yield url


def sent(case, server, secret=None, key="", nonce=""):
    """Send *case* over HTTP, with the headers of a signature if there is a *secret*."""
    given = case.as_transport_kwargs(base_url=server)
    given.pop("timeout", None)
    given.pop("verify", None)
    prepared = requests.Request(**given).prepare()
    if secret:
        body = prepared.body or b""
        body = body.encode() if isinstance(body, str) else body
        assert isinstance(body, bytes)
        stamp = str(int(time.time()))
        prepared.headers.update({
            "X-Key-Id": key, "X-Timestamp": stamp, "X-Nonce": nonce,
            "X-Signature": partner_client.sign(secret, stamp, nonce, body),
        })
    with requests.Session() as session:
        return session.send(prepared, timeout=30)


def statuses_of(cases, server, secret, key):
    """Send *cases* and hold each answer against the document; return the statuses."""
    seen = set()
    numbers = iter(range(10**6))

    @QUICK
    @given(case=cases)
    def ask(case):
        nonce = f"schema-{case.operation.path[-6:].strip('/')}-{next(numbers):06}"
        answer = sent(case, server, secret, key, nonce)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=ASKED)

    ask()
    return seen


@pytest.mark.parametrize("mode", [MODES.POSITIVE, MODES.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_every_answer_is_as_the_document_says(server, service, mode, signed):
    claimed(service, 1, "N07", instants.now() - 2 * HOUR, 101)
    checks.rebuild(service.ledger, instants.now())
    key, secret = partners.add(
        service.store, service.settings.seal_keys, "bank", partners.MAY, Actor("test"),
        instants.now())
    schema = schemathesis.openapi.from_url(f"{server}/api/v1/openapi.json")
    seen = {}
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        if mode == MODES.POSITIVE or operation.method == "post":
            seen[operation.label] = statuses_of(
                operation.as_strategy(generation_mode=mode), server, secret if signed else None, key
            )
    if signed and mode == MODES.POSITIVE:
        assert 200 in seen["POST /api/v1/facts"] & seen["POST /api/v1/lookups"]
    if not signed:
        assert {401, 400, 415, 413, 405} >= seen["POST /api/v1/facts"]
    assert [] == checks.check(service.ledger)


def test_a_key_that_asks_too_often_is_told_when_to_come_again(service, client, monkeypatch):
    from dataclasses import replace

    resident = replace(service.settings.resident, limits=replace(
        service.settings.resident.limits, api_per_key="3 per minute"))
    service = replace(service, settings=replace(service.settings, resident=resident))
    client = create_app(service.settings, service).test_client()
    one, other = Partner(service, client), Partner(service, client)
    other.count = 100
    for number in range(3):
        assert 200 == one.post("facts", {"items": [item(number)]}).status_code
    # Neither who does not know the secret nor another key uses up this one's requests.
    for _ in range(5):
        assert 401 == other.post("facts", {"items": [item(9)]}, X_Key_Id=one.key).status_code
    answer = one.post("facts", {"items": [item(4)]})
    assert is_problem(answer, 429, "too-often")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert is_problem(one.post("lookups", {"items": [{"phone": "1"}]}), 429, "too-often")
    assert 200 == other.post("facts", {"items": [item(5)]}).status_code
    assert 4 == count(service, "fact")

    def broken(*_):
        raise ConnectionError("redis is down")

    with client.application.app_context():
        strategy = client.application.extensions["zhuanma.limiter"].limiter
        monkeypatch.setattr(strategy, "hit", broken)
        assert 0 == limits.spend("api-key", "k", "1 per minute")


def test_a_network_that_signs_nothing_is_limited_too(service):
    from dataclasses import replace

    resident = replace(service.settings.resident, limits=replace(
        service.settings.resident.limits, api_per_network="2 per minute"))
    service = replace(service, settings=replace(service.settings, resident=resident))
    client = create_app(service.settings, service).test_client()

    def send(address):
        return client.post("/api/v1/facts", json={}, environ_base={"REMOTE_ADDR": address})

    for _ in range(2):
        assert 401 == send("203.0.113.7").status_code
    answer = send("203.0.113.9")
    assert is_problem(answer, 429, "about:blank")
    assert "60" == answer.headers["Retry-After"]
    assert 401 == send("198.51.100.1").status_code
    # What is signed does not count there, and is not turned away by a stranger next door.
    client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    partner = Partner(service, client)
    for number in range(5):
        assert 200 == partner.post("facts", {"items": [item(number)]}).status_code
    assert 429 == send("203.0.113.7").status_code
