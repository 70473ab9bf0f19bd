"""What the law gives a resident, and what may never leave: receipts, refusal, logs, trouble."""
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bench_load import free_port
from conftest import Instance
from factories import make_phone
from flask.testing import FlaskClient
from needs import UNIX
from visitors import Fields, claim, code_of, opened, rows, scan, send

from attribution.resident import user_agents
from attribution.resident.receipts import read_receipt, receipt_of
from attribution.rule import instants
from attribution.store.engine.sqlite import SQLite
from attribution.web.public import health, landing

NUMBER = re.compile(rb"(?<!\d)1[3-9]\d{9}(?!\d)")


def receipt_in(text: str) -> str:
    found = re.search(r'class="receipt">([0-9A-Z]{5}-[0-9A-Z]{5})<', text)
    assert found, text
    return found[1]


# --- receipts -----------------------------------------------------------------------------


def test_a_receipt_is_read_as_people_write_it(instance: Instance) -> None:
    with opened(instance) as (service, _):
        receipt = receipt_of(service.campaign, 12345, "k" * 32)
        assert receipt == receipt_of(service.campaign, 12345, "k" * 32)
        assert receipt != receipt_of(service.campaign, 12346, "k" * 32)
        for text in (
            receipt.lower(), receipt.replace("-", ""), f" {receipt[:5]} {receipt[6:]} ",
            f"“{receipt}”。", f"\u202d{receipt}\u202c\u200b", f"{receipt}，", f"【{receipt}】",
            "".join(chr(ord(char) + 0xFEE0) for char in receipt),
        ):
            assert receipt == read_receipt(text)
        assert read_receipt(receipt.replace("0", "O").replace("1", "l")) == receipt
    assert None is read_receipt("short") is read_receipt("12345-1234!")
    assert None is read_receipt("1234ı12345") is read_receipt("①234512345")
    assert None is read_receipt("12345-12345" + " " * 500 + "1")


def test_a_receipt_in_full_width_with_a_stop_behind_shows_its_claim(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        claim(client, service, make_phone(1), "N07")
        receipt = receipt_in(client.get("/receipt").text)
        wide = "".join(chr(ord(char) + 0xFEE0) for char in receipt)
        unit = service.scans.snapshot().units["N07"].name
        assert unit in app.test_client().post("/my", data={"receipt": f"{wide}。"}).text
        for _ in range(9):
            told = send(app.test_client(), "/my", {"receipt": "12345"})
            assert "/my" == told.request.path and "10位" in told.text


def test_a_receipt_shows_withdraws_and_erases_its_claim_only(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        claim(client, service, make_phone(1), "N07")
        receipt = receipt_in(client.get("/receipt").text)
        # Somebody else's claim of the same number is none of the holder's business.
        other = app.test_client()
        claim(other, service, make_phone(1), "N08")
        page = send(client, "/my", {"receipt": receipt}).text
        units = service.scans.snapshot().units
        assert units["N07"].name in page and units["N08"].name not in page
        assert "请接着办" not in page  # a receipt proves no number
        fields = Fields(page).values
        asked = send(client, "/my/act", {**fields, "what": "withdraw"})
        assert "/my/sure/withdraw" == asked.request.path and units["N07"].name in asked.text
        assert [] == rows(service, "claim_event")
        page = send(client, "/my/act", {**Fields(asked.text).values, "what": "withdraw"}).text
        assert "已撤回" in page
        send(client, "/my/act", {**fields, "what": "withdraw", "sure": "yes"})
        events = [(row["kind"], row["by_whom"]) for row in rows(service, "claim_event")]
        assert [("withdrawn", "receipt")] == events
        sure = {**fields, "what": "erase", "sure": "yes"}
        assert "已删除" in send(client, "/my/act", sure).text
        asked_for = [row["claim"] for row in rows(service, "erasure_asked")]
        assert [fields["of"]] == [service.links.steps(claim) for claim in asked_for]
        assert 404 == client.get(f"/s/{fields['of']}").status_code
        assert "没有这个回执编号" in send(client, "/my", {"receipt": receipt}).text
        assert receipt_in(other.get("/receipt").text)
        assert "回执在登记时的手机里" in client.get("/receipt").text


def test_a_receipt_cannot_withdraw_another_claim(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client, other = app.test_client(), app.test_client()
        claim(client, service, make_phone(1), "N07")
        claim(other, service, make_phone(1), "N08")
        proof = f"r:{receipt_in(client.get('/receipt').text)}"
        theirs = max(row["id"] for row in rows(service, "claim"))
        client.post("/my/act", data={
            "proof": proof, "what": "withdraw", "of": service.links.steps(theirs), "sure": "yes",
        })
        assert [] == rows(service, "claim_event")


def test_a_made_up_receipt_or_proof_finds_nothing(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        claim(client, service, make_phone(1))
        assert "没有这个回执编号" in send(client, "/my", {"receipt": "00000-00000"}).text
        assert "10位字母和数字" in send(client, "/my", {"receipt": "?"}).text
        for proof in ("", "r:00000-00000", "s:" + "0" * 20, "s:" + "0" * 32, "x:1"):
            sure = {"proof": proof, "what": "erase", "sure": "yes"}
            assert "时间过了，请再来一次" in send(client, "/my/act", sure).text
        assert [] == rows(service, "claim_event")


def test_receipts_cannot_be_tried_out(instance: Instance) -> None:
    with opened(instance) as (_, app):
        client = app.test_client()
        answers = [
            client.post("/my", data={"receipt": f"{n:05d}-00000"}).status_code for n in range(25)
        ]
        assert 429 == answers[-1]


def test_guesses_of_a_neighbour_do_not_shut_out_who_holds_a_receipt(instance: Instance) -> None:
    """Wrong ones alone count; and the browser that registered needs no leave of its network."""
    village = {"REMOTE_ADDR": "198.51.100.7"}
    config = '\n[limits]\nrights_per_network = "5 per hour"\n'

    def ask(client: FlaskClient, receipt: str) -> int:
        return client.post(
            "/my", data={"receipt": receipt}, environ_overrides=village
        ).status_code

    with opened(instance, config) as (service, app):
        holder = app.test_client()
        claim(holder, service, make_phone(1))
        receipt = receipt_in(holder.get("/receipt").text)
        assert [303] * 30 == [ask(holder, receipt) for _ in range(30)]
        guesses = [ask(app.test_client(), f"{n:05d}-00000") for n in range(8)]
        assert [303] * 5 + [429] * 3 == guesses
        assert (429, 303) == (ask(app.test_client(), receipt), ask(holder, receipt))


def test_personal_pages_are_kept_nowhere_and_name_nobody_else(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        done = claim(client, service, make_phone(1))
        own = [done, client.get("/receipt"), client.get("/my")]
        for answer in own:
            assert "no-store, private" == answer.headers["Cache-Control"]
            assert "no-referrer" == answer.headers["Referrer-Policy"]
            assert "noindex, nofollow, noarchive" == answer.headers["X-Robots-Tag"]
        rules = client.get("/rules")
        assert "no-store" == rules.headers["Cache-Control"]
        assert "same-origin" == rules.headers["Referrer-Policy"]
        for answer in [*own, rules]:
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
            assert "unsafe" not in answer.headers["Content-Security-Policy"]
            assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
            assert not re.search(r"""(?:src|href|action)=["']?(?:https?:)?//""", answer.text)
            assert " style=" not in answer.text and not re.search(r" on\w+=", answer.text)
            assert make_phone(1) not in answer.text


def test_refusal_is_remembered_and_can_be_changed(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        code = code_of(service)
        client.get(f"/guide/{code}")
        page = client.get(f"/q/{code}").text
        assert "您选了不登记" in page and 'action="/claim"' in page
        assert "您选了不登记" not in client.get(f"/q/{code_of(service, 'N08')}").text
        assert "您选了不登记" not in app.test_client().get(f"/q/{code}").text
        assert 200 == claim(client, service, make_phone(1)).status_code
        assert "您选了不登记" not in client.get(f"/q/{code}").text


def test_children_are_told_and_consent_is_not_ticked(instance: Instance) -> None:
    with opened(instance) as (service, app):
        page = app.test_client().get(f"/q/{code_of(service)}").text
        assert "未满14周岁" in page
        assert not re.search(r"<input[^>]*checkbox[^>]*checked", page)
        for word in ("必须", "限时", "红包", "领钱", "任务"):
            assert word not in page


# --- counting -----------------------------------------------------------------------------


def test_a_program_gets_its_page_and_is_not_counted(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        code = code_of(service)
        assert 200 == client.head(f"/q/{code}").status_code
        agent = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
        assert "action=" in client.get(f"/q/{code}", headers={"User-Agent": agent}).text
        client.get(f"/q/{code}", headers={"Sec-Purpose": "prefetch", "User-Agent": "Mozilla/5.0"})
        scan(client, code)
        assert ["head", "crawler", "prefetch", None] == [r["flag"] for r in rows(service, "scan")]
        tallies = {row["kind"]: row["n"] for row in rows(service, "tally")}
        assert {"scan": 1, "flagged": 3} == tallies


def test_a_look_is_counted_once(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        token = scan(client, code_of(service)).values["token"]
        assert [204, 204] == [
            client.post("/seen", data={"token": token}).status_code for _ in range(2)
        ]
        assert 400 == client.post("/seen", data={"token": "x"}).status_code
        assert ["N07"] == [row["unit"] for row in rows(service, "seen")]


def test_ways_out_are_counted_by_unit_and_kept_from_programs(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        agent = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X)"}
        client.get("/go/ios?u=N07", headers=agent)
        client.get("/go/ios?u=https://evil.example", headers=agent)
        client.get("/go/ios?u=N07", headers={"User-Agent": "curl/8.5.0"})
        found = [(r["link"], r["unit"], r["flag"]) for r in rows(service, "way_out")]
        assert [("ios", "N07", None), ("ios", None, None), ("ios", "N07", "program")] == found


# --- numbers leave nowhere ----------------------------------------------------------------


def test_no_log_of_a_real_server_holds_a_number(instance: Instance, tmp_path: Path) -> None:
    """One whole visit against the installed command; then every file it wrote is searched."""
    port = free_port()
    log = tmp_path / "server.log"
    (instance.folder / "config.toml").write_text(
        'public_url = "http://127.0.0.1:8000"\n[newness]\nmode = "http"\n'
        'url = "http://127.0.0.1:9/x"\n'
    )
    (instance.folder / "keys" / "platform.keys").write_text("k" * 32)
    numbers = [make_phone(n) for n in (12345678, 87654321, 11112222)]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "attribution.cli", "serve", "--port", str(port),
             "--workers", "1", "--instance", str(instance.folder)],
            stdout=out, stderr=out, start_new_session=True,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            wait_for(f"{base}/healthz")
            with opened(instance) as (service, _):
                code = code_of(service)
            for number in numbers:
                page = fetch(f"{base}/q/{code}")
                token = Fields(page).values["token"]
                fetch(f"{base}/claim", {"token": token, "phone": number, "consent": "yes"})
                # Mistakes must not be told either.
                fetch(f"{base}/claim", {"token": "x", "phone": number, "consent": "yes"})
                fetch(f"{base}/claim", {"token": token, "phone": number + "9", "consent": "yes"})
                fetch(f"{base}/my", {"phone": number, "receipt": number})
            time.sleep(0.5)
        finally:
            UNIX.killpg(server.pid, signal.SIGTERM)
            server.wait(20)
    files = [log, *(p for p in instance.folder.rglob("*") if p.is_file())]
    assert len(files) > 5
    for path in files:
        raw = path.read_bytes()
        for number in numbers:
            assert number.encode() not in raw, path
        if path.suffix in (".log", ".toml"):
            assert not NUMBER.search(raw), path


def wait_for(url: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def fetch(url: str, data: dict[str, str] | None = None) -> str:
    import urllib.parse

    body = urllib.parse.urlencode(data).encode() if data else None
    try:
        with urllib.request.urlopen(url, body, timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()


# --- when things break --------------------------------------------------------------------


def test_a_locked_database_shows_the_steps_and_is_named(
    instance: Instance, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        code = code_of(service)
        token = scan(client, code).values["token"]
        assert isinstance(service.store.database, SQLite)
        service.store.database.close()
        monkeypatch.setattr(service.store.database, "_busy_s", 0.1)
        monkeypatch.setattr(health, "BEAT_S", 5.0)
        with writer_holding(instance.folder / "ledger.db"):
            page = client.get(f"/q/{code}")
            assert 503 == page.status_code and "Retry-After" in page.headers
            assert "系统正在维护" in page.text and "付一笔钱" in page.text
            assert 'action="/claim"' not in page.text
            data = {"token": token, "phone": make_phone(1), "consent": "yes"}
            refused = client.post("/claim", data=data)
            assert 503 == refused.status_code and "请等1分钟" in refused.text
            assert "付一笔钱" in refused.text
            assert 302 == client.get("/go/ios").status_code
            assert 200 == client.get(f"/guide/{code}").status_code
            ready = client.get("/readyz")
            assert 503 == ready.status_code and "database: " in ready.text
        assert "scan not logged" in caplog.text and "not ready" in caplog.text
        # Nothing was acknowledged, nothing is lost: the same form works afterwards.
        assert 200 == send(client, "/claim", data).status_code
        assert 200 == client.get("/readyz").status_code
        assert 1 == len(rows(service, "claim"))


@contextmanager
def writer_holding(path: Path) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    try:
        yield
    finally:
        other.execute("rollback")
        other.close()


def test_a_full_disk_shows_the_steps_and_is_named(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    """A limit on the size of files stands in for the disk: SQLite cannot grow its log."""
    resource: Any = pytest.importorskip("resource", reason="Windows has no such limit")
    too_large = getattr(signal, "SIGXFSZ", signal.SIGTERM)
    with opened(instance) as (service, app):
        client = app.test_client()
        code = code_of(service)
        token = scan(client, code).values["token"]
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        old = signal.signal(too_large, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
        try:
            page = client.get(f"/q/{code}")
            data = {"token": token, "phone": make_phone(1), "consent": "yes"}
            refused = client.post("/claim", data=data)
            ready = client.get("/readyz")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(too_large, old)
        assert (503, 503, 503) == (page.status_code, refused.status_code, ready.status_code)
        for answer in (page, refused):
            assert "系统正在维护" in answer.text and "付一笔钱" in answer.text
        assert "database: " in ready.text and "database" in caplog.text
        assert 200 == send(client, "/claim", data).status_code
        assert 1 == len(rows(service, "claim"))


def test_a_database_that_may_only_be_read_shows_the_steps(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        code = code_of(service)
        scan(client, code)
        service.store.write(lambda connection: connection.run("pragma query_only = on"))
        page = client.get(f"/q/{code}")
        assert 503 == page.status_code and "付一笔钱" in page.text
        ready = client.get("/readyz")
        assert 503 == ready.status_code and "readonly" in ready.text.replace("-", "")
        assert 200 == client.get("/healthz").status_code


def test_a_database_that_is_gone_still_shows_the_steps(instance: Instance) -> None:
    with opened(instance) as (service, app):
        client = app.test_client()
        code = code_of(service)
        scan(client, code)
        service.store.database.close()
        shutil.move(instance.folder / "ledger.db", instance.folder / "gone.db")
        for side in ("-wal", "-shm"):
            (instance.folder / f"ledger.db{side}").unlink(missing_ok=True)
        page = client.get(f"/q/{code}")
        assert 503 == page.status_code and "付一笔钱" in page.text
        assert 503 == client.get("/readyz").status_code


# --- pages are rendered once --------------------------------------------------------------


def test_a_page_is_rendered_once_for_each_code_and_kind_of_client(instance: Instance) -> None:
    with opened(instance) as (service, app), app.test_request_context():
        opened_code = service.scans.open(code_of(service))
        now = instants.now()
        android = user_agents.read("Mozilla/5.0 (Linux; Android 12)")
        page = landing.landing_of(service, opened_code, android, now)
        assert 1 == page.count(landing.TOKEN_MARK)
        assert page is landing.landing_of(service, opened_code, android, now)
        other = user_agents.read("Mozilla/5.0 (Windows NT 10.0)")
        assert page != landing.landing_of(service, opened_code, other, now)


def test_pages_of_before_and_after_the_campaign(instance: Instance) -> None:
    with opened(instance) as (service, app), app.test_request_context():
        opened_code = service.scans.open(code_of(service))
        day = 86_400 * instants.SECOND
        start, end = (
            instants.from_datetime(t) for t in (service.campaign.start, service.campaign.end)
        )
        early = landing.landing_of(service, opened_code, user_agents.UNKNOWN, start - day)
        late = landing.landing_of(service, opened_code, user_agents.UNKNOWN, end)
        assert "还没有开始" in early and "已经结束" in late
        assert "action=" not in early + late


def test_a_platform_can_check_the_domain(instance: Instance) -> None:
    folder = instance.folder / "verify"
    folder.mkdir()
    (folder / "MP_verify_abc123.txt").write_text("abc123")
    with opened(instance) as (_, app):
        client = app.test_client()
        assert "abc123" == client.get("/MP_verify_abc123.txt").text
        assert 404 == client.get("/MP_verify_other.txt").status_code
        assert 404 == client.get("/..%2fconfig.txt").status_code
