# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""What a resident meets, without JavaScript: the page behind a code, the claim, the steps."""
import gzip
import html.parser
import logging
import re
import threading
from datetime import timedelta

import pytest
from factories import make_phone

from attribution.deeds import Actor
from attribution.rule import instants
from attribution.upkeep import retention
from attribution.web.application import create_app


class Fields(html.parser.HTMLParser):
    """Collects the fields of the claim form, as a browser would send them."""

    def __init__(self, page):
        super().__init__()
        self.values = {}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden":
            self.values[found["name"]] = found["value"]


def scan(client, code):
    answer = client.get(f"/q/{code}")
    return answer, Fields(answer.get_data(as_text=True)).values


def send(client, fields, phone, consent="yes"):
    """Send the form and follow where it leads."""
    return client.post(
        "/claim", data={**fields, "phone": phone, "consent": consent}, follow_redirects=True
    )


def rows(service, table):
    with service.store.read() as connection:
        return connection.rows(f"select * from {table}")


def test_a_scan_is_logged_and_names_the_unit(client, service, sign):
    answer, fields = scan(client, sign("N07"))
    page = answer.get_data(as_text=True)
    assert 200 == answer.status_code
    assert service.scans.snapshot().units["N07"].name in page
    assert "N07-1" in page and fields["token"]
    assert ["N07"] == [row["unit"] for row in rows(service, "scan")]
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_case_of_the_code_does_not_matter(client, service, sign):
    code = sign("N07", placement="3")
    for path in (f"/q/{code}", f"/Q/{code}", f"/Q/{code.lower()}"):
        assert 200 == client.get(path).status_code
    assert ["3"] * 3 == [row["placement"] for row in rows(service, "scan")]


def test_every_bad_code_gets_one_page_and_no_row(client, service, sign):
    service.store.write(lambda c: None)
    good = sign("N07")
    bad = [
        good[:-1] + ("0" if good[-1] != "0" else "1"), "N07-1", "x" * 300, sign("Z99"),
        sign("N07", issue=2),
    ]
    pages = {client.get(f"/q/{code}").get_data() for code in bad}
    pages.add(client.get("/nothing/here").get_data())
    assert 1 == len(pages)
    assert [] == rows(service, "scan")


def test_a_revoked_code_looks_like_a_forged_one_at_once(client, service, sign):
    from attribution.office import units

    code = sign("N07")
    assert 200 == client.get(f"/q/{code}").status_code
    units.revoke(service.ledger, "N07", None, 1, Actor("test"))
    answer = client.get(f"/q/{code}")
    assert 404 == answer.status_code
    assert client.get("/q/FORGED").get_data() == answer.get_data()
    assert 1 == len(rows(service, "scan"))


def test_a_claim_keeps_a_digest_and_four_digits_only(client, service, sign):
    phone = make_phone(12345678)
    _, fields = scan(client, sign("N07"))
    answer = send(client, fields, f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}")
    assert 200 == answer.status_code
    assert "登记好了" in answer.get_data(as_text=True)
    (row,) = rows(service, "claim")
    assert ("N07", phone[-4:], 0) == (row["unit"], row["last4"], row["verified"])
    raw = service.settings.instance.joinpath("ledger.db").read_bytes()
    raw += service.settings.instance.joinpath("ledger.db-wal").read_bytes()
    assert phone.encode() not in raw


def test_a_double_tap_is_one_claim(client, service, sign):
    _, fields = scan(client, sign("N07"))
    assert [200, 200] == [send(client, fields, make_phone(1)).status_code for _ in range(2)]
    assert 1 == len(rows(service, "claim"))


def test_a_form_serves_one_number(client, service, sign):
    _, fields = scan(client, sign("N07"))
    send(client, fields, make_phone(1))
    assert "这张登记表用过了" in send(client, fields, make_phone(2)).text
    assert 1 == len(rows(service, "claim"))


@pytest.mark.parametrize(
    ("phone", "consent", "words"),
    [
        (make_phone(1)[:-1], "yes", "您填了10位"),
        ("", "yes", "您填了0位"),
        ("2" + make_phone(1)[1:], "yes", "不像手机号"),
        (make_phone(1), "", "勾选同意"),
    ],
)
def test_a_slip_gets_the_form_back_and_the_form_still_works(
    client, service, sign, phone, consent, words
):
    _, fields = scan(client, sign("N07"))
    answer = send(client, fields, phone, consent)
    assert 200 == answer.status_code
    assert words in answer.get_data(as_text=True)
    assert [] == rows(service, "claim")
    again = Fields(answer.get_data(as_text=True)).values
    assert 200 == send(client, again, make_phone(1)).status_code


def test_a_made_up_token_claims_nothing(client, service):
    answer = send(client, {"token": "1:2:N07:1:.abc"}, make_phone(1))
    assert 400 == answer.status_code
    assert [] == rows(service, "claim")


def test_the_second_unit_is_told_of_the_first(client, service, sign):
    for unit in ("N07", "N08"):
        _, fields = scan(client, sign(unit))
        page = send(client, fields, make_phone(1)).get_data(as_text=True)
    assert service.scans.snapshot().units["N07"].name in page


def test_the_guide_needs_no_registration_and_logs_nothing(client, service, sign):
    answer = client.get(f"/guide/{sign('N07')}")
    assert 200 == answer.status_code
    assert "付一笔钱" in answer.get_data(as_text=True)
    assert [] == rows(service, "scan")


def test_a_way_out_is_a_key_never_an_address(client):
    answer = client.get("/go/ios")
    assert 302 == answer.status_code
    assert answer.headers["Location"].startswith("https://apps.apple.com/")
    assert 404 == client.get("/go/https://evil.example").status_code


def test_redirect_mode_logs_and_leads_to_the_units_own_link(service, sign):
    from dataclasses import replace

    from attribution.store import registry

    unit = replace(service.scans.snapshot().units["N07"], mode="redirect", link="ios")
    service.store.write(lambda c: registry.put(c, service.campaign.id, [unit]))
    service.scans.reload()
    client = create_app(service.settings, service).test_client()
    answer = client.get(f"/q/{sign('N07')}")
    assert 302 == answer.status_code
    assert service.campaign.links["ios"].url == answer.headers["Location"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert 1 == len(rows(service, "scan"))


def test_security_headers_are_on_every_answer(client, sign):
    for path in (f"/q/{sign('N07')}", "/nothing", "/admin/login"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "same-origin" == headers["Referrer-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]


def test_no_log_line_holds_a_number(client, sign, caplog):
    caplog.set_level(logging.DEBUG)
    _, fields = scan(client, sign("N07"))
    send(client, fields, make_phone(12345678))
    send(client, fields, make_phone(87654321))
    assert not re.search(r"1[3-9]\d{9}", caplog.text)


def test_a_hundred_claims_of_one_number_at_once_are_all_kept(service, sign):
    app = create_app(service.settings, service)
    answers: list[int] = []

    def visit(unit):
        client = app.test_client()
        _, fields = scan(client, sign(unit))
        answers.append(send(client, fields, make_phone(1)).status_code)

    threads = [threading.Thread(target=visit, args=(f"N{n:02d}",)) for n in range(1, 41)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [200] * 40 == answers
    claims = rows(service, "claim")
    assert 40 == len({row["id"] for row in claims})
    assert 1 == len({row["person"] for row in claims})


def test_health_and_readiness(client):
    assert [200, 200] == [client.get(p).status_code for p in ("/healthz", "/readyz")]


def test_residents_are_told_before_when_nobody_is_forgotten(service, client):
    """The day after which the retention job forgets is the day that the page names."""
    told = client.get("/rules").get_data(as_text=True)
    kept = service.campaign.settle_end.astimezone(instants.SHANGHAI) + timedelta(days=7)
    assert f"最早在{kept.year}年{kept.month}月{kept.day}日" in told
    assert retention.waiting(service.ledger, instants.from_datetime(kept) - 1)
    assert "要求删除的，随时办" in told


def test_what_is_the_same_for_everybody_travels_packed(client):
    """On a weak network bytes are seconds; whoever takes none gets it plain."""
    plain = client.get("/static/public.css")
    packed = client.get("/static/public.css", headers={"Accept-Encoding": "gzip, deflate"})
    assert "gzip" == packed.headers["Content-Encoding"]
    assert plain.data == gzip.decompress(packed.data) and len(packed.data) * 2 < len(plain.data)
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"] and packed.headers["ETag"]
    again = client.get("/static/public.css", headers={
        "Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert 304 == again.status_code and not again.data


def test_a_page_and_what_it_needs_weigh_eleven_kilobytes(client, service, sign):
    for path in (f"/q/{sign('N07')}", f"/guide/{sign('N07')}"):
        page = client.get(path)
        needs = set(re.findall(r'(?:href|src)="(/static/[^"]+)"(?! alt="" width="150")', page.text))
        sizes = [
            len(client.get(name, headers={"Accept-Encoding": "gzip"}).data) for name in needs
        ]
        assert len(needs) <= 4
        assert len(page.data) + sum(sizes) <= 11 * 1024
