"""The pages of notices: one's own choice, the office's view, and the link that stops a letter."""
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from console import Visitor, add_everyone, need_two, signed_in
from receivers import Groups, Mailbox, mail_server, robot_server, urls
from test_notices import ADDRESS, Desk

from attribution import cli
from attribution.office.notice_kinds import KINDS
from attribution.service import Service
from attribution.settings.mailing import MailServer, NoticeSettings
from attribution.upkeep import to_tell
from attribution.web.application import create_app


@pytest.fixture
def desk(service: Service) -> Iterator[Desk]:
    add_everyone(service)
    box, groups = Mailbox(), Groups()
    with mail_server(box) as port, robot_server(groups) as place:
        settings = replace(service.settings, notices=NoticeSettings(
            MailServer("127.0.0.1", port, "zhuanma@example.gov.cn", "none"), (place,),
        ))
        yield Desk(replace(service, settings=settings), box, groups, place)


def test_a_kind_is_for_no_more_than_its_page_is(service: Service) -> None:
    """What a page does not show to a role, its notice does not tell either."""
    app = create_app(service.settings, service)
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        for name, kind in KINDS.items():
            roles: frozenset[str] = getattr(app.view_functions[kind.endpoint], "roles", frozenset())
            assert set(kind.roles) <= roles, name
            assert kind.path == adapter.build(kind.endpoint), name


def test_one_gives_an_address_chooses_and_stops(desk: Desk) -> None:
    area = signed_in(desk.service, "area")
    assert "还没有邮箱" in area.text("/admin/me/notices")
    area.post("/admin/me/notices/address", {"deed": "ask", "address": ADDRESS})
    page = area.text("/admin/me/notices")
    assert "等验证码" in page and "l***@example.gov.cn" in page and ADDRESS not in page
    code = re.search(r"\d{8}", desk.box.letters[0]["Subject"])
    assert code
    wrong = area.post("/admin/me/notices/address", {"deed": "confirm", "code": "1"})
    assert 400 == wrong.status_code and "验证码不对" in wrong.get_data(as_text=True)
    typed = f" {code[0][:4]} {code[0][4:]}"
    area.post("/admin/me/notices/address", {"deed": "confirm", "code": typed})
    assert "已验证" in area.text("/admin/me/notices")
    # What the role may not hear of is not offered, and not taken.
    assert "kind.held" not in page and "kind.weekly" in page
    area.post("/admin/me/notices", {"kind.held": "at_once", "kind.weekly": "daily"})
    page = area.text("/admin/me/notices")
    assert '<option value="daily" selected>' in page
    with desk.service.store.read() as connection:
        chosen = connection.rows("select recipient, kind from notice_choice")
    assert [("account:area", "weekly")] == [(row["recipient"], row["kind"]) for row in chosen]
    body = desk.box.letters[0].get_body()
    link = re.search(r"/admin/notices/stop/\w+", body.get_content() if body else "")
    assert link
    stranger = Visitor(desk.service)
    asked = stranger.text(link[0])
    assert "不再收" in asked and "area" not in asked and "example.gov.cn" not in asked
    assert "已验证" in area.text("/admin/me/notices")  # looking at it does nothing
    assert "已停" in stranger.post(link[0]).get_data(as_text=True)
    assert "还没有邮箱" in area.text("/admin/me/notices")
    assert 404 == stranger.get("/admin/notices/stop/" + "0" * 32).status_code


def test_what_keeps_a_letter_from_leaving_is_told_in_words(desk: Desk) -> None:
    desk.box.refused = {ADDRESS}
    area = signed_in(desk.service, "area")
    answer = area.post("/admin/me/notices/address", {"deed": "ask", "address": ADDRESS})
    assert 502 == answer.status_code
    assert "邮件服务器不收这个收件地址（550）" in answer.get_data(as_text=True)
    answer = area.post("/admin/me/notices/address", {"deed": "ask", "address": "a b@c"})
    assert 400 == answer.status_code and "不是邮箱地址" in answer.get_data(as_text=True)


def test_the_office_sees_what_did_not_leave_and_decides(desk: Desk) -> None:
    desk.mailed("checker", "requests")
    desk.box.refused = {ADDRESS}
    desk.asks()
    desk.tick()
    office, checker = signed_in(desk.service, "office"), signed_in(desk.service, "checker")
    page = office.text("/admin/notices")
    assert "失败" in page and "（550）" in page and "checker" in page
    assert "没有一个人或一个群在收" in page and "更正待批" in page
    id = desk.rows()[0]["id"]
    assert 403 == checker.post("/admin/notices", {"deed": "again", "id": id}).status_code
    assert "勾选的再发" not in checker.text("/admin/notices")
    desk.box.refused = set()
    assert 302 == office.post("/admin/notices", {"deed": "again", "id": id}).status_code
    assert 1 == desk.tick()
    assert "失败" not in office.text("/admin/notices")


def test_a_robot_is_added_by_two_and_its_address_shown_to_nobody(desk: Desk) -> None:
    need_two(desk.service)
    office, second = signed_in(desk.service, "office"), signed_in(desk.service, "checker")
    url, secret = urls(desk.place)["feishu"]
    form = {"name": "专班群", "platform": "feishu", "url": url, "secret": secret,
            "role": "office", "kind": "requests"}
    bad = office.post("/admin/notices/robots", {**form, "url": "http://10.0.0.1/open-apis/bot"})
    assert 400 == bad.status_code and "不是这个平台的机器人地址" in bad.get_data(as_text=True)
    assert 302 == office.post("/admin/notices/robots", form).status_code
    page = office.text("/admin/notices")
    assert "等另一个人批准" in page and "0c3d" in page
    asked = second.text("/admin/requests")
    assert "添加群机器人" in asked and "飞书" in asked and "县专班" in asked
    for shown in (page, asked, second.text("/admin/audit"), second.text("/admin/deeds")):
        assert url not in shown and secret not in shown and url[-13:] not in shown
    number = re.search(r"/admin/requests/(\d+)", asked)
    assert number
    answer = second.post(f"/admin/requests/{number[1]}", {"deed": "approve"})
    assert answer.status_code in (200, 302), answer.get_data(as_text=True)
    assert "在用" in office.text("/admin/notices")
    robot = re.search(r"/admin/notices/robots/(\d+)", office.text("/admin/notices"))
    assert robot
    office.post(f"/admin/notices/robots/{robot[1]}", {"deed": "try"})
    assert "测试消息" in desk.groups.said[-1][1]
    desk.groups.answers = [(200, b'{"code":19024,"msg":"Key Words Not Found"}')]
    told = office.post(
        f"/admin/notices/robots/{robot[1]}", {"deed": "try"}, follow_redirects=True
    ).get_data(as_text=True)
    assert "请把机器人的关键词设成" in told
    office.post(f"/admin/notices/robots/{robot[1]}", {"deed": "drop"})
    assert "专班群" not in office.text("/admin/notices").split("最近")[0]


def test_without_a_mail_server_the_page_says_so(service: Service) -> None:
    add_everyone(service)
    assert "还没有设好发邮件" in signed_in(service, "area").text("/admin/me/notices")
    page = signed_in(service, "office").text("/admin/notices")
    assert "config.toml" in page and "keys/mail.keys" in page


def test_how_many_did_not_leave_is_measured_and_printed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.mailed("checker", "requests")
    desk.box.refused = {ADDRESS}
    desk.asks()
    desk.tick()
    client = create_app(desk.service.settings, desk.service).test_client()
    measured = client.get("/metrics").get_data(as_text=True)
    assert 'zhuanma_notices{state="failed"} 1.0' in measured
    assert 'zhuanma_notices{state="sent"} 0.0' in measured
    assert "ok\n" == client.get("/readyz").get_data(as_text=True)
    assert ["notices: 1 failed, of 0 nobody knows whether they arrived"
            " (`attribution notice list`)"] == list(to_tell.troubles_of_notices(desk.service))
    folder = ["--instance", str(desk.service.settings.instance)]
    assert 0 == cli.main(["notice", "list", *folder])
    told = capsys.readouterr().out
    assert "failed 1" in told and "account:checker" in told and "(550)" in told
    assert ADDRESS not in told
    assert 1 == cli.main(["notice", "test", "--to", ADDRESS, *folder])
    assert "no mail server is set" in capsys.readouterr().err
    assert 1 == cli.main(["notice", "retry", "17", *folder])
    assert "no notice 17" in capsys.readouterr().err
    assert 0 == cli.main(["notice", "retry", "--all", *folder])
    assert "1 notices are tried again" in capsys.readouterr().out
