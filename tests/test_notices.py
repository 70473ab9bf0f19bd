"""
Told without looking: what is put into the queue leaves once, or is seen not to have left.

Against a real SMTP server and a real HTTP receiver (`receivers`), on both stores.
"""
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from console import add_everyone, need_two
from needs import SIGKILL, on_unix
from receivers import Groups, Mailbox, mail_server, robot_server, urls

from attribution import deeds
from attribution.deeds import Actor, Kind
from attribution.office import accounts, letters, notice_robots, notice_ways, outbox, robots
from attribution.office.sending import Unsent
from attribution.proof import heads, publishing
from attribution.rule import instants
from attribution.rule.instants import DAY, HOUR, MINUTE, SECOND, Instant
from attribution.service import Service
from attribution.settings.mailing import MailServer, NoticeSettings
from attribution.store import notice_choices as ways
from attribution.store import notice_queue
from attribution.store.engine.database import Row
from attribution.upkeep import heads_out, outgoing, to_tell
from qrgen.faults import Fault

# Of what the database itself has to keep, both are asked.
on_both = pytest.mark.parametrize("desk", ["service", "postgres_service"], indirect=True)

ADDRESS = "li.wei@example.gov.cn"


@dataclass
class Desk:
    """A service, and where its notices arrive."""

    service: Service
    box: Mailbox
    groups: Groups
    place: str

    def mailed(self, name: str, *kinds: str, pace: str = "at_once") -> None:
        """Let the account *name* have a confirmed address, and hear of *kinds* by mail."""
        by, now = Actor(name), instants.now()
        here = self.service
        notice_ways.ask(here.store, here.settings, ADDRESS, now, by=by, called="试")
        code = re.search(r"\d{8}", self.box.letters.pop()["Subject"])
        assert code
        notice_ways.confirm(here.store, here.settings, code[0], now, by=by)
        with here.store.read() as connection:
            account = accounts.read(connection, name)
        assert account
        notice_ways.choose(here.store, account.role, dict.fromkeys(kinds, pace), now, by=by)

    def robot(self, platform: str, *kinds: str, role: str = "office", units: Any = ()) -> int:
        address = robots.RobotAddress(platform, *urls(self.place)[platform])
        return notice_robots.add(
            self.service.ledger, self.service.settings, f"{platform}群", address, role=role,
            units=units, kinds=kinds, by=Actor("office"), now=instants.now(),
        )[0]

    def asks(self, by: str = "office") -> None:
        """Let somebody ask for what another has to answer."""
        from attribution.office import requests

        requests.ask(
            self.service.ledger, "rebuild", "campaign x", {}, asked_by=Actor(by),
            now=instants.now(),
        )

    def tick(self, later: Instant = 0) -> int:
        return outgoing.send(self.service, instants.now() + later, "test")

    def rows(self) -> list[Row]:
        with self.service.store.read() as connection:
            return notice_queue.listing(connection, [
                "due", "sending", "sent", "unsure", "failed", "dropped"
            ])

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows()]

    def why(self) -> str:
        return outbox.told(self.rows()[0])

    def text(self) -> str:
        body = self.box.letters[-1].get_body()
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    found: Service = request.getfixturevalue(getattr(request, "param", "service"))
    add_everyone(found)
    box, groups = Mailbox(), Groups()
    with mail_server(box) as port, robot_server(groups) as place:
        settings = replace(found.settings, notices=NoticeSettings(
            MailServer("127.0.0.1", port, "zhuanma@example.gov.cn", "none"), (place,),
            copies=("archive@example.gov.cn",),
        ))
        yield Desk(replace(found, settings=settings), box, groups, place)


# --- who is told, of what ---------------------------------------------------------------------

@on_both
def test_what_waits_for_whom_is_told_once_with_a_count_and_a_link(desk: Desk) -> None:
    """In the transaction of the deed that makes them wait, and not to who did it."""
    desk.mailed("checker", "requests", "corrections")
    desk.mailed("office", "requests")
    desk.asks()
    desk.asks()
    assert ["due", "due"] == desk.states()
    assert 1 == desk.tick()
    assert 0 == desk.tick()
    assert ["sent", "sent"] == desk.states()
    letter = desk.box.letters[0]
    assert [ADDRESS] == desk.box.to[-1:]
    assert "【演示】专码：两人办理待批 2 件" == letter["Subject"]
    assert "https://ysf.example.gov.cn/admin/requests\n" in desk.text()
    assert "campaign x" not in desk.text() and "rebuild" not in desk.text()
    assert re.fullmatch(r"<notice-\d+@ysf\.example\.gov\.cn>", letter["Message-ID"])


def test_a_deed_that_is_undone_tells_nobody(desk: Desk) -> None:
    desk.mailed("checker", "requests")

    def act(doing: deeds.Doing) -> None:
        doing.enter(Kind.REQUEST_ASKED, "ask 1")
        raise Fault_()

    class Fault_(Exception):
        pass

    with pytest.raises(Fault_):
        deeds.do(desk.service.store, Actor("office"), instants.now(), act)
    assert [] == desk.rows()


def test_what_was_dealt_with_meanwhile_is_no_news(desk: Desk) -> None:
    from attribution.office import requests

    desk.mailed("checker", "requests")
    desk.asks()
    with desk.service.store.read() as connection:
        from attribution.store import request_log

        number = request_log.listing(connection, desk.service.campaign.id)[0]["id"]
    requests.refuse(desk.service.ledger, number, by=Actor("office"), now=instants.now())
    assert 0 == desk.tick() == len(desk.box.letters)
    assert ["dropped"] == desk.states() and "已经办完" in desk.why()


@pytest.mark.parametrize("what", ["closed", "demoted", "unsubscribed", "no address"])
def test_the_right_to_know_is_asked_when_it_is_sent(desk: Desk, what: str) -> None:
    """Whoever lost a role between the deed and the letter hears nothing, and it is said why."""
    store, now, by = desk.service.store, instants.now(), Actor("accounts")
    accounts.add(store, "checker2", "a poster on every wall", "checker", now, by=by)
    desk.mailed("checker2", "requests")
    desk.asks()
    if what == "closed":
        accounts.close(store, "checker2", now, by=by)
    elif what == "demoted":
        accounts.change(
            store, "checker2", "area", ["A01"], now, by=by, campaign=desk.service.campaign.id
        )
    elif what == "unsubscribed":
        notice_ways.choose(store, "checker", {}, now, by=Actor("checker2"))
    else:
        notice_ways.stop(store, "checker2", now, by=Actor("checker2"))
    assert 0 == desk.tick() == len(desk.box.letters)
    assert ["dropped"] == desk.states()
    assert {
        "closed": "停用", "demoted": "无权", "unsubscribed": "不再订阅", "no address": "邮箱",
    }[what] in desk.why()


def test_nothing_goes_to_an_address_before_its_code_came_back(desk: Desk) -> None:
    here, now, by = desk.service, instants.now(), Actor("checker")
    notice_ways.ask(here.store, here.settings, ADDRESS, now, by=by, called="试")
    code = re.search(r"\d{8}", desk.box.letters.pop()["Subject"])
    assert code
    notice_ways.choose(here.store, "checker", {"requests": "at_once"}, now, by=by)
    desk.asks()
    assert 0 == desk.tick() == len(desk.box.letters)
    wrong = "00000000" if code[0] != "00000000" else "00000001"
    with pytest.raises(Fault, match="not the code"):
        notice_ways.confirm(here.store, here.settings, wrong, now, by=by)
    with pytest.raises(Fault, match="too old"):
        notice_ways.confirm(here.store, here.settings, code[0], now + HOUR, by=by)
    with pytest.raises(Fault, match="too old"):  # another's code is nobody's
        notice_ways.confirm(here.store, here.settings, code[0], now, by=Actor("office"))
    for _ in range(notice_ways.CODE_TRIES - 1):
        with pytest.raises(Fault, match="not the code"):
            notice_ways.confirm(here.store, here.settings, wrong, now, by=by)
    with pytest.raises(Fault, match="too old"):
        notice_ways.confirm(here.store, here.settings, code[0], now, by=by)
    for _ in range(notice_ways.CODES_A_DAY - 1):
        notice_ways.ask(here.store, here.settings, ADDRESS, now, by=by, called="试")
    with pytest.raises(Fault, match="too many codes"):
        notice_ways.ask(here.store, here.settings, ADDRESS, now, by=by, called="试")


def test_one_message_a_day_for_who_wants_that(desk: Desk) -> None:
    desk.mailed("checker", "requests", pace="daily")
    desk.asks()
    desk.asks()
    assert 0 == desk.tick()
    assert 1 == desk.tick(DAY)
    assert 1 == len(desk.box.letters)


def test_the_week_and_alarms_are_of_ones_own_units(desk: Desk) -> None:
    desk.mailed("area", "weekly")
    monday = instants.day_start(20261207) + 9 * HOUR
    to_tell.watch(desk.service, monday)
    to_tell.watch(desk.service, monday + HOUR)
    assert 1 == outgoing.send(desk.service, monday + HOUR, "test")
    assert "11月30日至12月6日：扫码 0 次" in desk.text()
    with desk.service.store.read() as connection:
        from attribution.store import registry

        units = registry.read(connection, desk.service.campaign.id).units
    assert f"任务 {units['A01'].target:,}" in desk.text()


def test_what_waits_longer_is_told_again_in_the_morning(desk: Desk) -> None:
    desk.mailed("checker", "requests")
    desk.asks()
    desk.tick()
    tomorrow = instants.day_start(instants.day_of(instants.now() + DAY))
    to_tell.watch(desk.service, tomorrow + 7 * HOUR)
    assert 1 == len(desk.rows())
    for hour in (9, 10):
        to_tell.watch(desk.service, tomorrow + hour * HOUR)
    assert 1 == outgoing.send(desk.service, tomorrow + 10 * HOUR, "test")
    assert 2 == len(desk.box.letters)


@on_both
def test_others_deeds_reach_who_wants_them_once(desk: Desk) -> None:
    desk.mailed("checker", "news")
    desk.service.store.write(lambda c: c.run(
        "update notice_mark set read_to = (select n from audit_head where name = 'audit')"
    ))
    accounts.add(
        desk.service.store, "shadow", "a poster on every wall", "viewer", instants.now(),
        by=Actor("office"),
    )
    for _ in range(2):
        to_tell.watch(desk.service, instants.now())
        desk.tick()
    assert ["【演示】专码：同事做了 1 件要留意的事"] == [one["Subject"] for one in desk.box.letters]


# --- by which way -----------------------------------------------------------------------------

def test_each_platform_takes_what_its_robot_says(desk: Desk) -> None:
    """Signed as its own page says, joined into one message, nothing beside counts and a link."""
    for platform in robots.PLATFORMS:
        desk.robot(platform, "requests", "machine")
    desk.asks()
    to_tell.findings(desk.service, 3, instants.now())
    assert 3 == desk.tick()
    assert [] == desk.groups.wrong
    assert set(robots.PLATFORMS) == {platform for platform, _ in desk.groups.said}
    for _, text in desk.groups.said:
        assert "两人办理待批 1 件" in text and "每日检查发现 3 处问题" in text
        assert "https://ysf.example.gov.cn/admin/" in text


def test_the_body_is_judged_and_not_the_status(desk: Desk) -> None:
    desk.robot("wecom", "requests")
    desk.groups.answers = [(200, b'{"errcode":93000,"errmsg":"invalid webhook url"}')]
    desk.asks()
    assert 0 == desk.tick()
    assert ["failed"] == desk.states() and "93000" in desk.why()
    desk.groups.answers = [(200, b'{"errcode":-1,"errmsg":"system busy"}')]
    desk.asks()
    desk.tick()
    assert ["due", "failed"] == desk.states()  # that may pass
    assert 1 == desk.tick(2 * MINUTE)


@on_both
def test_a_platform_that_shuts_is_left_alone(desk: Desk) -> None:
    """钉钉 takes no more for ten minutes, and longer for who goes on."""
    desk.robot("dingtalk", "requests")
    desk.groups.answers = [(200, b'{"errcode":130101,"errmsg":"send too fast"}')]
    desk.asks()
    assert 0 == desk.tick()
    desk.asks()
    assert 0 == desk.tick(5 * MINUTE)
    assert [] == desk.groups.said
    assert 1 == desk.tick(11 * MINUTE)
    assert 1 == len(desk.groups.said)


def test_a_group_hears_no_more_than_its_platform_takes(desk: Desk) -> None:
    desk.robot("feishu", "requests")
    for _ in range(robots.PER_MINUTE + 3):
        desk.asks()
        outgoing.send(desk.service, instants.now(), "test")
    assert robots.PER_MINUTE == len(desk.groups.said)
    assert 1 == desk.tick(2 * MINUTE)
    assert "18 件" in desk.groups.said[-1][1]


@pytest.mark.parametrize("url", [
    "https://evil.example/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "https://qyapi.weixin.qq.com@127.0.0.1/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=693a91f6-7xxx",
    "https://qyapi.weixin.qq.com/cgi-bin/other?key=693a91f6-7xxx",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=",
    "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6\r\nHost: x",
    "https://127.0.0.1/cgi-bin/webhook/send?key=693a91f6-7xxx", "http://[::1]/", "", "x",
])
def test_no_address_leads_into_the_network_of_the_server(url: str) -> None:
    with pytest.raises(Fault, match="no address of a robot") as caught:
        robots.check(robots.RobotAddress("wecom", url), ["127.0.0.1:8080"])
    assert "693a91f6" not in str(caught.value)


def test_a_redirect_is_not_followed(desk: Desk) -> None:
    desk.robot("wecom", "requests")
    desk.groups.answers = [(302, b"")]
    desk.asks()
    desk.tick()
    assert ["failed"] == desk.states()


def test_a_robots_address_is_nowhere_in_the_open(desk: Desk) -> None:
    need_two(desk.service)
    id = desk.robot("dingtalk", "requests")
    url, secret = urls(desk.place)["dingtalk"]
    store = desk.service.store
    with store.read() as connection:
        kept = json.dumps([
            connection.rows(f"select * from {table}")
            for table in ("notice_robot", "request", "audit", "notice_choice")
        ])
    for hidden in (url, secret, url[-16:]):
        assert hidden not in kept
    assert url[-4:] in kept
    desk.asks("office")
    assert ["dropped", "dropped"][: len(desk.rows())] == desk.states() or desk.tick() == 0
    assert [] == desk.groups.said  # it waits for a second person
    notice_robots.drop(desk.service.ledger, id, by=Actor("office"), now=instants.now())
    with store.read() as connection:
        row = ways.robot(connection, id)
    assert row is not None and "" == row["sealed"]


@on_both
def test_a_file_goes_to_the_addresses_of_the_settings_alone(desk: Desk) -> None:
    """For the day's checkpoint: an attachment that any mail program opens."""
    here, now = desk.service, instants.now()

    def act(doing: deeds.Doing) -> int:
        doing.enter(Kind.SEALED, "seal x")
        return outbox.put_file(
            doing.connection, here.settings, doing.next_id, now, subject="checkpoint 20261130",
            title="专码存证 2026-11-30", body="附件是当日存证，请保存。",
            attachment=letters.Attachment("存证-20261130.txt", "origin\n.17\n试\n"),
        )

    assert 1 == deeds.do(here.store, Actor("test"), now, act)
    assert 0 == deeds.do(here.store, Actor("test"), now, act)  # the same one
    assert 1 == desk.tick()
    letter = desk.box.letters[0]
    assert "【演示】专码存证 2026-11-30" == letter["Subject"]
    attached, = letter.iter_attachments()
    assert ("存证-20261130.txt", "origin\n.17\n试\n") == (
        attached.get_filename(), attached.get_content()
    )
    assert ["archive@example.gov.cn"] == desk.box.to
    named_no_more = replace(here, settings=replace(
        here.settings, notices=replace(here.settings.notices, copies=())
    ))
    later = now + DAY
    here.store.write(lambda c: outbox.put_file(
        c, here.settings, lambda: here.store.next_id(later), later, subject="checkpoint 2",
        title="专码存证", body="x", attachment=letters.Attachment("a.txt", "x"),
    ))
    assert 0 == outgoing.send(named_no_more, later, "test")
    assert 1 == len(desk.box.letters)


def test_the_newest_head_of_the_log_goes_out_once_a_day(desk: Desk) -> None:
    """Whole, as a file: programs between wrap what stands in a letter's body."""
    here, now = desk.service, instants.now()
    heads.seal_now(here.ledger, here.settings, now)
    assert 1 == heads_out.send(here, now)
    assert 0 == heads_out.send(here, now)
    assert 1 == desk.tick()
    attached, = desk.box.letters[-1].iter_attachments()
    published = publishing.current(here.ledger, here.settings)
    assert published is not None and published.note == attached.get_content()
    body = desk.box.letters[-1].get_body()
    assert body is not None and "留底.txt" in body.get_content()


def test_a_new_key_seals_what_an_older_one_did(desk: Desk) -> None:
    """So that the older line may go, as the page on keys says."""
    desk.mailed("checker", "requests")
    id = desk.robot("wecom", "requests")
    here, keys = desk.service, desk.service.settings.second_keys
    assert 0 == notice_ways.seal_again(here.store, keys)
    assert 2 == notice_ways.seal_again(here.store, (*keys, "b" * 32))
    with here.store.read() as connection:
        row, robot = ways.address(connection, "checker"), ways.robot(connection, id)
    assert row and ADDRESS == notice_ways.opened(row["sealed"], ("b" * 32,))
    later = replace(here.settings, second_keys=("b" * 32,))
    assert robot and urls(desk.place)["wecom"][0] == notice_robots.address_of(robot, later).url
    with pytest.raises(Fault, match="not here"):
        notice_ways.opened(row["sealed"], keys)


# --- what fails, and what is cut off ----------------------------------------------------------

def test_later_is_later_and_never_is_a_failure_that_is_seen(desk: Desk) -> None:
    desk.mailed("checker", "requests")
    desk.box.answers = ["451 greylisted"]
    desk.asks()
    assert 0 == desk.tick()
    assert ["due"] == desk.states() and "451" in desk.why()
    assert 0 == desk.tick(30 * SECOND)
    assert 1 == desk.tick(2 * MINUTE)
    desk.box.refused = {ADDRESS}
    desk.asks()
    desk.tick()
    assert ["failed", "sent"] == desk.states()
    assert "550" in desk.why() and ADDRESS not in json.dumps(desk.rows())


@on_both
def test_after_the_last_try_somebody_has_to_look(desk: Desk) -> None:
    """One, five, thirty minutes, two and twelve hours; then it is tried when somebody says so."""
    desk.mailed("checker", "requests")
    desk.asks()
    now, waits = instants.now(), []
    for _ in range(6):
        desk.box.answers = ["451 later"]
        outgoing.send(desk.service, now, "test")
        row = desk.rows()[0]
        waits.append((row["not_before"] - now) // MINUTE if row["state"] == "due" else -1)
        now = max(now, row["not_before"])
    assert [1, 5, 30, 120, 720, -1] == waits
    assert ["failed"] == desk.states()
    assert 0 == outgoing.send(desk.service, now + 30 * DAY, "test")
    id = desk.rows()[0]["id"]
    assert 1 == outbox.again(desk.service.store, [id], by=Actor("office"), now=now)
    assert 1 == outgoing.send(desk.service, now, "test")


def test_an_answer_that_got_lost_is_shown_and_not_sent_twice(desk: Desk) -> None:
    """The letter may lie in the mailbox: two of it would be as wrong as none."""
    desk.mailed("checker", "requests")
    desk.box.answers = ["cut"]
    desk.robot("wecom", "requests")
    desk.groups.answers = [(0, b"")]
    desk.asks()
    assert 0 == desk.tick()
    assert ["unsure", "unsure"] == desk.states()
    assert 0 == desk.tick(30 * DAY)
    assert 1 == len(desk.box.letters)
    assert "可能已经送到" in desk.why()


_SENDER = """
import sys
from pathlib import Path
from attribution.rule import instants
from attribution.service import open_service
from attribution.settings import load_settings
from attribution.upkeep import outgoing

settings = load_settings(Path(sys.argv[1]), environ={"ZHUANMA_DATABASE": sys.argv[2]})
outgoing.send(open_service(settings), instants.now(), "killed")
"""


@on_unix
@on_both
def test_killed_in_the_middle_of_sending_it_is_one_letter_or_a_failure_that_is_seen(
    desk: Desk
) -> None:
    """`kill -9` once the server has the letter and has not answered: the worst moment there is."""
    desk.mailed("checker", "requests")
    desk.asks()
    here = desk.service
    mail = here.settings.notices.mail
    assert mail
    config = here.settings.instance / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + (
        f'\n[mail]\nhost = "127.0.0.1"\nport = {mail.port}\ntls = "none"\n'
        f'sender = "{mail.sender}"\n'
    ), encoding="utf-8")
    desk.box.hold.clear()
    process = subprocess.Popen([
        sys.executable, "-c", _SENDER, str(here.settings.instance), here.settings.database
    ])
    try:
        deadline = time.monotonic() + 60
        while not desk.box.letters and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        process.send_signal(SIGKILL)
        process.wait()
    desk.box.hold.set()
    assert 1 == len(desk.box.letters)
    assert ["sending"] == desk.states()
    assert 0 == desk.tick()  # it may be another process that is at it
    assert 0 == desk.tick(outgoing.LOST_AFTER + MINUTE)
    assert ["unsure"] == desk.states() and "可能已经送到" in desk.why()
    assert 0 == desk.tick(30 * DAY)
    assert 1 == len(desk.box.letters)
    # Whoever knows that it did not arrive sends it again, as the same letter.
    outbox.again(here.store, [desk.rows()[0]["id"]], by=Actor("office"), now=instants.now())
    assert 1 == desk.tick(HOUR)
    first, second = desk.box.letters
    assert first["Message-ID"] == second["Message-ID"]


@on_both
def test_of_two_processes_one_sends(desk: Desk) -> None:
    desk.mailed("checker", "requests")
    desk.asks()
    store, now = desk.service.store, instants.now()
    assert store.write(lambda c: notice_queue.take_turn(c, "send", "other", now, now + MINUTE))
    assert 0 == desk.tick()
    # And where both believe it is their turn, each notice is one's.
    id = desk.rows()[0]["id"]
    assert [id] == store.write(lambda c: notice_queue.claim(c, [id], now))
    assert [] == store.write(lambda c: notice_queue.claim(c, [id], now))


def test_quiet_hours_are_kept(desk: Desk) -> None:
    desk.mailed("checker", "requests")
    here = desk.service
    night = replace(here, settings=replace(
        here.settings, notices=replace(here.settings.notices, quiet=(22 * 60, 7 * 60))
    ))
    tomorrow = instants.day_start(instants.day_of(instants.now() + DAY))
    desk.asks()
    assert 0 == outgoing.send(night, tomorrow + 3 * HOUR, "test")
    assert 1 == outgoing.send(night, tomorrow + 8 * HOUR, "test")


def test_a_dropped_notice_is_not_sent_and_both_are_deeds(desk: Desk) -> None:
    desk.mailed("checker", "requests")
    desk.box.refused = {ADDRESS}
    desk.asks()
    desk.tick()
    id, by, now = desk.rows()[0]["id"], Actor("office"), instants.now()
    assert 1 == outbox.drop(desk.service.store, [id], by=by, now=now)
    assert 0 == outbox.again(desk.service.store, [id], by=by, now=now)
    with desk.service.store.read() as connection:
        entries = connection.rows("select detail from audit where what = 'notice_dropped'")
    assert 1 == len(entries) and ADDRESS not in entries[0]["detail"]


# --- the mail server --------------------------------------------------------------------------

def test_mail_is_encrypted_and_the_certificate_is_checked(tmp_path: Path) -> None:
    """A password is never given to who only says that they are the mail server."""
    import ssl

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    box = Mailbox("zhuanma", "hunter2 of the office")
    now = instants.now()
    letter = letters.write(
        sender="zhuanma@example.gov.cn", to=ADDRESS, title="试", lines=["."], number=1,
        site="https://ysf.example.gov.cn", now=now,
    )
    with mail_server(box, context, login=True) as port:
        server = MailServer(
            "127.0.0.1", port, "zhuanma@example.gov.cn", "starttls", "zhuanma",
            "hunter2 of the office", ca,
        )
        letters.hand_in(server, letter, ADDRESS)
        assert [True] == box.secure
        for other, words in (
            (replace(server, ca=None), "certificate"),
            (replace(server, password="another"), "535"),
            (replace(server, port=9), "cannot be reached"),
        ):
            with pytest.raises(Unsent, match=words) as caught:
                letters.hand_in(other, letter, ADDRESS)
            assert "hunter2" not in str(caught.value) and ADDRESS not in str(caught.value)
        assert "hunter2" not in repr(server)
    assert 1 == len(box.letters)
    body = box.letters[0].get_body()
    assert body is not None and ".\r\n" == body.get_content()


@pytest.mark.parametrize(("text", "words"), [
    ('[mail]\nhost = "mail.example.cn"\n', "mail.sender"),
    ('[mail]\nhost = "m.example.cn"\nsender = "a@b.cn"\ntls = "none"\n', "on this machine"),
    ('[mail]\nhost = "m.example.cn"\nsender = "a b@b.cn"\n', "mailbox"),
    ('[mail]\nhost = "m.example.cn"\nsender = "a@b.cn"\nuser = "a"\n', "no key"),
    ('[mail]\nhost = "m.example.cn"\nsender = "a@b.cn"\nssl = true\n', "unknown"),
    ('[notices]\nquiet = "at night"\n', "span of hours"),
    ('[notices]\nrobot_hosts = ["https://x.example.cn/"]\n', "no host"),
    ('[notices]\ncopies = "a@b.cn"\n', "no list"),
])
def test_a_slip_in_the_settings_stops_the_start(
    instance: Any, text: str, words: str
) -> None:
    config = instance.folder / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + "\n" + text, encoding="utf-8")
    with pytest.raises(Fault, match=words):
        instance.settings()
