"""
A bad day: whatever can go wrong on the county's machine goes wrong, one after the other.

A slip in the settings and a reload, a second start, a full disk, strangers who will not let go,
a file that asks for everything, messages that nobody sends. Behind nginx with the file that
ships, with the ledger in a file and in PostgreSQL. Residents are served or told the truth, and
whoever runs the machine finds the cause where he looks. A clock that goes wrong is not played
here yet: what accuses an honest row then is the proof's matter.
"""
import http.server
import json
import os
import re
import shutil
import signal
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import openpyxl
import psycopg
import pytest
from cast import County, Manager, OfficeWorker, Platform, Resident, read_poster
from deployed import PATIENCE_S, Machine, Shell
from disks import small_disk
from factories import make_phone
from needs import unix
from playwright.sync_api import Browser
from stores import PostgresServer
from strangers import MEGABYTE, Stranger

unix("shells and web servers of Unix")
assert sys.platform != "win32"

SQLITE_DISK, SCANS_DISK = "40m", "12m"


class BadDay(County):
    """A county whose *disk* is small, and whose messages go through a *gateway*."""

    disk: Path
    gateway: "Gateway"
    admin: Manager
    office: OfficeWorker

    def passes_by(self) -> "Resident":
        """Somebody new stands before the poster of N07, and scans it."""
        return self.resident().scans(self.paper)

    paper: bytes = b""
    _number = 4000

    def somebody_registers(self) -> "Resident":
        """A resident scans and registers, and sees that it is done; nothing is refused."""
        BadDay._number += 1
        person = self.passes_by()
        # Far from each other: numbers in a row at one code are held for a second look.
        person.fills_in(make_phone(BadDay._number * 1000))
        assert person.sees("登记好了") and [] == person.refused
        return person


class Gateway:
    """The company that sends short messages: it works, refuses, or takes a call and is silent."""

    def __init__(self) -> None:
        self.does = "send"
        self.sent: dict[str, str] = {}
        self.asked = 0
        gateway = self
        self._ended = threading.Event()

        class Desk(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.asked += 1
                if gateway.does == "hang":
                    gateway._ended.wait(PATIENCE_S)
                if gateway.does == "send":
                    gateway.sent[message["phone"]] = message["password"]
                self.send_response(200 if gateway.does == "send" else 500)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass  # numbers

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
        self.url = f"http://127.0.0.1:{self._server.server_port}/send"
        threading.Thread(target=self._server.serve_forever).start()

    def closes(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def small_ledger(kind: str, machine: Machine) -> Iterator[tuple[Path, Callable[[], None]]]:
    """
    Give *machine* a ledger of *kind*; yield the small disk that its scans will be on, and what
    puts them there once the service has made its tables.
    """
    if kind == "sqlite":
        with small_disk(machine.instance, SQLITE_DISK):
            yield machine.instance, lambda: None
        return
    server = PostgresServer().initialise().start()
    disk = server.folder / "disk"
    try:
        with small_disk(disk, SCANS_DISK), psycopg.connect(
            server.url("postgres"), autocommit=True
        ) as administrator:
            shutil.chown(disk, 65534, 65534)
            administrator.execute(f"create tablespace small location '{disk}'".encode())
            administrator.execute(b"create database ledger tablespace pg_default")
            url = server.url("ledger")
            machine.shell = Shell(machine.folder, {**machine.shell.more, "ZHUANMA_DATABASE": url})

            def move() -> None:
                with psycopg.connect(url, autocommit=True) as connection:
                    found = connection.execute(
                        b"select relname, relkind::text from pg_class where relname like 'scan%'"
                        b" and relkind in ('r', 'i') and relnamespace = 'public'::regnamespace"
                    ).fetchall()
                    for name, relation in found:
                        what = "table" if relation == "r" else "index"
                        connection.execute(f"alter {what} {name} set tablespace small".encode())

            yield disk, move
            server.remove()  # before its disk is taken away
    finally:
        server.remove()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def county(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[BadDay]:
    """A county in the middle of its campaign; at the end of the day its ledger is sound."""
    machine = Machine(tmp_path_factory.mktemp("county"), "nginx")
    with ExitStack() as day:
        disk, move = day.enter_context(small_ledger(request.param, machine))
        printed = machine.begins()
        machine.writes("config.toml", before="trusted_proxies = 1\n")
        with machine.serves():
            move()  # with the partitions that the service has made
            made = BadDay(machine, browser, printed=printed)
            made.disk = disk
            made.paper = made.poster("N07")
            made.gateway = Gateway()
            day.callback(made.gateway.closes)
            made.admin = made.add(Manager(made))
            made.admin.signs_in(made.printed)
            made.office = made.add(OfficeWorker(made, "专班小李"))
            made.office.comes_in(made.admin.makes_an_account("专班小李", "office"))
            assert made.office.sees("总览")
            yield made
            assert (200, "ok\n") == machine.ready()
            made.somebody_registers()
            for person in made.people:
                person.leaves()
        assert "Traceback" not in machine.log()
        assert "sound" in machine.shell.runs("attribution check")


def test_a_slip_in_the_settings_and_a_reload(county: BadDay) -> None:
    """It ended the service for good; now the old workers go on, and the cause stands everywhere."""
    machine, shell = county.machine, county.admin.shell
    workers = machine.workers()
    machine.writes("config.toml", ("trusted_proxies = 1", "trusted_proxy = 2"))
    status, said = shell.tries("attribution reload")
    assert 1 == status and "trusted_proxy" in said
    # And as systemd does it, without asking first.
    os.kill(machine.service.pid, signal.SIGHUP)
    wait_for(lambda: "settings not loaded" in machine.ready()[1])
    status, text = machine.ready()
    assert 200 == status and text.startswith("ok\n") and "trusted_proxy" in text
    assert "trusted_proxy" in machine.log()
    assert workers == machine.workers()
    county.somebody_registers()
    county.office.opens("/admin/")
    assert county.office.sees("现在照原来的设置服务")
    county.office.photographs("refused-reload")

    machine.writes("config.toml", ("trusted_proxy = 2", "trusted_proxies = 1"))
    assert "runs with new workers" in shell.runs("attribution reload")
    assert (200, "ok\n") == machine.ready()
    assert not workers & machine.workers()
    county.somebody_registers()
    county.office.opens("/admin/")
    assert county.office.sees("总览") and not county.office.holds_now("现在照原来的设置服务")


def test_a_second_start_on_the_same_port(county: BadDay) -> None:
    """Two services shared the visitors in silence; the second says so and ends."""
    machine, shell = county.machine, county.admin.shell
    workers = machine.workers()
    status, said = shell.tries(f"attribution serve --host 127.0.0.1 --port {machine.inner}")
    assert 0 < status and f"cannot listen on 127.0.0.1:{machine.inner}" in said
    assert "hint: an earlier start still runs" in said
    assert workers == machine.workers() and (200, "ok\n") == machine.ready()
    county.somebody_registers()
    assert 1 == shell.runs("attribution reload").count("runs with new workers")


def test_a_full_disk(county: BadDay) -> None:
    """Who scans gets the steps and is told to come back; nothing is taken that is not kept."""
    machine, office = county.machine, county.office
    begun = county.passes_by()  # before, and sends the form in the middle of it
    with no_room(county.disk):
        what_a_full_disk_does(county, begun)
    wait_for(lambda: machine.ready() == (200, "ok\n"))
    county.somebody_registers()
    # What was filled in is sent again from where it stands, and taken.
    if county.disk == machine.instance:
        begun.sends_it_again()
    else:
        begun.fills_in(make_phone(3999))
    assert begun.sees("登记好了")
    office.opens("/admin/units/N07")
    assert office.sees("N07")


@contextmanager
def no_room(disk: Path) -> Iterator[None]:
    """Fill *disk* for the block."""
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free))
    try:
        yield
    finally:
        filler.unlink()


def what_a_full_disk_does(county: BadDay, begun: Resident) -> None:
    """Everybody is told the truth; *begun* had scanned before."""
    machine, office = county.machine, county.office
    code = read_poster(county.paper)[len(machine.url) :]
    failed = 0
    for _ in range(3000):  # passers-by, who fill what is left of a page
        failed = failed + 1 if machine.answer(code)[0] == 503 else 0
        if failed == 10:
            break
    else:
        pytest.fail("the disk is not full")
    status, told = machine.ready()
    word = "full" if county.disk == machine.instance else "No space left on device"
    assert 503 == status and word in told
    assert re.search(f"not ready: database: .*{word}", machine.log())
    anna = county.passes_by()
    assert anna.sees("现在不能登记", "下载") and ["503"] == statuses(anna)
    anna.photographs("full-disk-scan")
    if county.disk == machine.instance:  # PostgreSQL's scans alone have no room
        begun.fills_in(make_phone(3999))
        assert begun.sees("现在不能登记")
        begun.photographs("full-disk-claim")
        office.opens("/admin/units/N07")
        office.gives_a_wall_a_number("N07", "31")
        assert office.sees("数据库现在不能读写", "系统管理员")
        office.photographs("full-disk-console")


def test_strangers_who_will_not_let_go(county: BadDay) -> None:
    """Slow ones, forgers, and who sends megabytes: nobody else is kept out, or held."""
    machine = county.machine
    stranger = Stranger(machine)
    code = read_poster(county.paper).rpartition("/")[2]
    with stranger.crowds(code, 100):
        county.somebody_registers()
        for host in ("evil.example", f"{machine.name}.evil.example", "127.0.0.1"):
            for path in ("/admin", f"/guide//{code}", "/admin/"):
                assert "evil" not in stranger.asks(path, host=host)[1]
        for name in ("X-Forwarded-Host", "Forwarded", "X-Forwarded-Prefix"):
            status, text = stranger.asks("/admin/", f"{name}: host=evil.example")
            assert 302 == status and "evil" not in text
        for address in ("::ffff:1.2.3.4", "1.2.3.4:5123", "[2001:db8::1]:443", "x" * 4000):
            assert 200 == stranger.asks(f"/Q/{code}", f"X-Forwarded-For: {address}")[0]
        stranger.asks("/", "Upgrade: websocket", "Connection: Upgrade")
        county.somebody_registers()
        # Forged forms for this very unit, more than any limit of it.
        for n in range(1500):
            body = f"token={code}.1.{n}.forged&phone={make_phone(n)}&consent=yes"
            assert stranger.posts("/claim", body.encode()) in (400, 429)
        county.somebody_registers()
        for path in ("/claim", "/admin/feeds", "/api/v1/facts"):
            assert stranger.posts(path, b"x" * (60 * MEGABYTE)) in (0, 401, 413)
        county.somebody_registers()
    for path in ("/q/%00", "/admin/units/%00", "/my?x=%00"):
        assert 400 == stranger.asks(path)[0]
    assert 400 == stranger.posts("/admin/login", b"name=a%00b&password=x")
    assert not [status for status in stranger.told if status >= 500]
    county.office.opens("/admin/held")
    assert county.office.sees("待核查登记") and not county.office.holds_now("N07")
    assert (200, "ok\n") == machine.ready()


def test_a_giant_upload(county: BadDay) -> None:
    """A file that unpacks to everything is refused, and whoever scans meanwhile notices nothing."""
    machine, office = county.machine, county.office
    workers = machine.workers()
    for file, told in (
        (with_a_stray_cell(machine.folder), "离表格很远的 XFD1048576"),
        (of_shared_strings(machine.folder), "解开以后超过"),
    ):
        office.opens("/admin/feeds")
        office.page.locator("[type=file]").set_input_files(file)
        office.page.get_by_role("button", name="上传并试算").click(no_wait_after=True)
        county.somebody_registers()
        assert office.sees(told)
        office.photographs(f"giant-{file.stem}")
    office.opens("/admin/feeds")
    too_large = machine.folder / "too-large.csv"
    with too_large.open("wb") as out:
        out.truncate(70 * MEGABYTE)
    office.uploads(too_large)
    office.photographs("giant-70-mb")
    assert office.holds_now("文件太大")
    assert workers == machine.workers()

    time.sleep(1.1)  # the file knows whole seconds, and who registers has scanned before
    now = Platform.now()
    good = Platform(county).writes("good", [(make_phone(4001), now, now, now)])
    office.uploads(good)
    assert office.sees("导入后会怎样")
    office.page.get_by_role("button", name="确认导入").click()
    assert office.sees("已导入：1 行")


@pytest.mark.parametrize("does", ["hang", "refuse", "gone"])
def test_nobody_sends_the_messages(county: BadDay, does: str) -> None:
    """A claim is taken without its proof, and says so to the office; nobody is sent home."""
    machine, shell, gateway = county.machine, county.admin.shell, county.gateway
    keys = machine.instance / "keys" / "messages.keys"
    keys.write_text("m" * 32)
    before = (machine.instance / "config.toml").read_text("utf-8")
    url = gateway.url if does != "gone" else "http://127.0.0.1:9/send"
    machine.writes("config.toml", after=f'[one_time]\nsender = "http"\nurl = "{url}"\n')
    try:
        shell.runs("attribution reload")
        gateway.does, asked, said = does, gateway.asked, machine.log()
        number = make_phone(5000 + len(county.people))
        anna = county.passes_by()
        anna.fills_in(number)
        assert anna.sees("登记好了") and [] == anna.refused
        if does != "gone":
            assert asked < gateway.asked
        told = machine.log()[len(said) :]
        assert "gateway" in told and number not in told and number[-4:] not in told
        assert (200, "ok\n") == machine.ready()

        if does != "gone":  # the gateway comes back, and the next proves the number
            gateway.does = "send"
            bert = county.passes_by()
            bert.fills_in(make_phone(5500 + len(county.people)))
            assert bert.sees("填短信验证码")
            bert.types(gateway.sent[bert.number])
            assert bert.sees("登记好了") and [] == bert.refused
    finally:
        (machine.instance / "config.toml").write_text(before, encoding="utf-8")
        shell.runs("attribution reload")


def statuses(person: Resident) -> list[str]:
    return [said.rpartition(": ")[2] for said in person.refused]


def wait_for(found: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < until
        time.sleep(0.1)


def with_a_stray_cell(folder: Path) -> Path:
    """Five kilobytes with one cell in the farthest corner: 550 GB for who makes a table of it."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(Platform.HEADINGS)
    book.active["XFD1048576"] = 1
    book.save(folder / "stray.xlsx")
    return folder / "stray.xlsx"


def of_shared_strings(folder: Path) -> Path:
    """A megabyte and a half that unpack to 1.6 gigabytes of one letter."""
    plain, whole = folder / "plain.xlsx", folder / "strings.xlsx"
    openpyxl.Workbook().save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(
        whole, "w", zipfile.ZIP_DEFLATED
    ) as new:
        for part in old.infolist():
            if part.filename != "xl/sharedStrings.xml":
                new.writestr(part, old.read(part))
        with new.open("xl/sharedStrings.xml", "w", force_zip64=True) as out:
            out.write(b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">')
            for _ in range(1600):
                out.write(b"<si><t>" + b"x" * MEGABYTE + b"</t></si>")
            out.write(b"</sst>")
    return whole
