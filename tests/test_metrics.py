"""What monitoring sees: figures that agree with the ledger, reasons, and nobody's number."""
import json
import logging
import re
import sys

import pytest
from conftest import Instance, Signs
from factories import make_phone
from flask.testing import FlaskClient
from visitors import opened

from attribution.serving.json_logs import JsonLines, redacted
from attribution.store import StoreError
from qrgen.shell import Fault


def value(text: str, name: str) -> float:
    found = re.search(rf"^{name} ([0-9.e+-]+)$", text, re.MULTILINE)
    assert found, f"{name} is not among the metrics"
    return float(found[1])


def test_metrics_count_scans_and_commits(client: FlaskClient, sign: Signs) -> None:
    before = value(client.get("/metrics").text, "zhuanma_commit_seconds_count")
    for _ in range(3):
        client.get(f"/Q/{sign('A01')}")
    text = client.get("/metrics").text
    assert 3 == value(text, "zhuanma_scans_total")
    assert 0 == value(text, "zhuanma_claims_total")
    assert 3 <= value(text, "zhuanma_commit_seconds_count") - before
    assert 0 == value(text, "zhuanma_queue_depth")


def test_metrics_are_not_for_the_world(client: FlaskClient) -> None:
    """A web server in front adds this header to whatever it passes on."""
    answer = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert 404 == answer.status_code


@pytest.mark.parametrize(("peer", "status"), [
    ("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("203.0.113.9", 404),
    ("::ffff:203.0.113.9", 404), ("2001:db8::1", 404), ("10.1.2.3", 200), ("10.1.2.4", 404),
    ("::ffff:10.1.2.3", 200), ("2001:db8:7::1", 200), ("", 404),
])
def test_only_this_machine_and_who_is_named_may_measure(
    instance: Instance, peer: str, status: int
) -> None:
    """With its own TLS the service stands in the open, with nothing in front to say no."""
    with opened(instance, 'metrics_from = ["10.1.2.3", "2001:db8:7::/48"]\n') as (_, app):
        answer = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": peer})
        assert status == answer.status_code


@pytest.mark.parametrize("value", ['"everybody"', "7", '["10.1.2.3/8"]', '["monitor.example"]'])
def test_a_slip_in_who_may_measure_stops_the_start(instance: Instance, value: str) -> None:
    path = instance.folder / "config.toml"
    path.write_text(path.read_text(encoding="utf-8") + f"metrics_from = {value}\n")
    with pytest.raises(Fault, match="metrics_from must be a list of addresses or networks"):
        instance.settings()


def test_log_line_is_json_without_numbers() -> None:
    phone = make_phone()
    try:
        raise StoreError(f"value {phone} is bad")
    except StoreError:
        record = logging.LogRecord(
            "attribution", logging.ERROR, "x.py", 1, "Exception on /my/%s [GET]", (phone,),
            sys.exc_info(),
        )
    record.view = "public.my"
    line = JsonLines().format(record)
    assert phone not in line and "/my" not in line
    told = json.loads(line)
    assert ("error", "public.my") == (told["level"], told["view"])
    assert told["error"].startswith("StoreError: value […]")
    assert "test_metrics.py" in told["where"][-1]


@pytest.mark.parametrize("form", ["{}", "+86 {}", "0{}"])
def test_number_in_any_form_is_taken_out(form: str) -> None:
    phone = make_phone()
    spaced = f"{phone[:3]} {phone[3:7]}-{phone[7:]}"
    for text in (form.format(phone), form.format(spaced)):
        assert "".join(redacted(f"a {text} b").split()) == "a[…]b"
