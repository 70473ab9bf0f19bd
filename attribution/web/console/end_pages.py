"""The end of the campaign: its steps in order, the archive, and two people who forget everybody."""
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from flask import abort, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from attribution.deeds import Kind
from attribution.faults import Code
from attribution.rule import instants
from attribution.store import end_log, forgetting, hands, request_log
from attribution.store.engine.database import Row
from attribution.two_people import Question, barred
from attribution.upkeep import archiving, copies_elsewhere, end_work, ending, retention
from attribution.upkeep.ending import EndStep, Stage
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.current import service
from qrgen.faults import Fault

TITLES = {
    EndStep.CLOSED: "登记截止", EndStep.SETTLED: "结算截止",
    EndStep.DIFFERENCES: "对账文件和差异办完",
    EndStep.HELD: "待核查登记办完", EndStep.ANSWERED: "申诉、更正、申请、删除请求都答复",
    EndStep.LOCKED: "最后一期锁定", EndStep.BULLETIN: "最后一期的专报（通报）",
    EndStep.ARCHIVED: "做存档", EndStep.SHREDDED: "忘掉所有人",
}
# Where what is left is worked off.
_WAYS = {
    Code.WAIT_FILES: "admin.feeds", Code.WAIT_DIFFERENCES: "admin.differences",
    Code.WAIT_ROWS: "admin.differences", Code.WAIT_HELD: "admin.held",
    Code.WAIT_APPEALS: "admin.appeals", Code.WAIT_CORRECTIONS: "admin.corrections",
    Code.WAIT_REQUESTS: "admin.requests", Code.WAIT_ERASURES: "admin.erasures",
    Code.WAIT_PERIODS: "admin.period_list", Code.END_UNLOCKED: "admin.period_list",
    Code.END_NO_BULLETIN: "admin.bulletin",
}
# What stands in each table that names or may name somebody.
TABLES = {
    "scan": "扫码（来访网络）", "difference": "差异（尾号）", "claim": "登记（尾号、来访网络）",
    "fact": "平台数据（尾号）", "standing": "判定（尾号）", "receipt": "回执",
    "passing": "柜台交给居民的链接", "newness": "新老用户查询", "one_time": "手机验证码",
    "known_user": "老用户名单", "head": "手机前三位", "takeover": "两家登记同一人",
    "alias": "号码的密文",
}
_NAME = re.compile(r"archive-[A-Za-z0-9._-]{1,80}\.zip")


@pages.get("/end", endpoint="end")
@allow("office", "checker")
def end_page() -> str:
    """Show the steps, what is left of each, and what the next one takes."""
    here, now = service(), instants.now()
    stages = ending.stages(here, now)
    with here.store.read() as connection:
        over = end_log.is_over(connection, here.campaign.id)
        asked = request_log.waiting(
            connection, here.campaign.id, ending.REQUEST, ending.subject(here)
        )
        archive = end_log.newest(connection, here.campaign.id, "archive")
        last = _stage(stages, EndStep.SHREDDED)
        counts = forgetting.count_people(connection, here.campaign.id) if last.reached else {}
    work = end_work.state(here)
    return render_template(
        "admin/end.html", stages=stages, now=now, titles=TITLES, ways=_WAYS, over=over, asked=asked,
        why=_why(asked), archive=archive, there=archive is not None and _file(archive).is_file(),
        counts=counts, tables=TABLES, two=access.two_needed(), cut=over and not last.done,
        copies=copies_elsewhere.listed(here) if last.reached else [], work=work, EndStep=EndStep,
    )


@pages.post("/end/archive")
@allow("office")
def make_archive() -> Response:
    """Make the archive, beside the road."""
    here, by = service(), access.actor()
    ending.require(here, EndStep.ARCHIVED, instants.now())
    target = _folder() / archiving.name_of(here, instants.now())

    def make() -> None:
        for begun in target.parent.glob("archive-*/"):  # of one that was killed
            shutil.rmtree(begun, ignore_errors=True)
        archiving.make(here, target, by, instants.now())

    _start("archive", make)
    return redirect(url_for("admin.end"))


@pages.get("/end/archive/<name>")
@allow("office", "checker")
def end_archive(name: str) -> Response:
    """Hand out the archive, which tells of nobody."""
    path = _folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        abort(404)
    access.note(Kind.EXPORT, name)
    return send_file(path, "application/zip", as_attachment=True, download_name=name)


@pages.post("/end/shred")
@allow("office", "checker")
@proven
def shred_everybody() -> Response:
    """Ask that everybody be forgotten, agree to it or not, or go on where it was cut off."""
    here, now, by = service(), instants.now(), access.actor()
    deed = request.form.get("deed", "")
    ending.require(here, EndStep.SHREDDED, now)
    with here.store.read() as connection:
        asked = request_log.waiting(
            connection, here.campaign.id, ending.REQUEST, ending.subject(here)
        )
        counts = forgetting.count_people(connection, here.campaign.id)
        over = end_log.is_over(connection, here.campaign.id)
    if deed == "ask" and not over and access.account().role == "office":
        if access.two_needed():
            ending.ask(here, by, now, counts)
            access.told("已提出，请另一个人在这一页看过再答复。")
        else:  # a demonstration, in which one may do all
            _forget()
    elif deed in ("approve", "refuse") and asked is not None:
        if deed == "refuse":
            ending.refuse(here, asked["id"], by, now)
            access.told("已驳回或收回，什么都没有改。")
        else:
            ending.agree(here, asked["id"], by, now)
            _forget()
    elif deed == "go" and over:
        _forget()
    else:
        raise Fault(Code.END_ANSWERED)
    return redirect(url_for("admin.end"))


@pages.post("/end/copies")
@allow("office", "checker")
def tick_copies() -> Response:
    """Say that copies elsewhere are destroyed."""
    done = copies_elsewhere.tick_off(
        service(), request.form.getlist("copy"), access.actor(), instants.now(),
        typed.text("note", 200),
    )
    if done:
        access.told(f"{done} 项记为已销毁。")
    else:
        access.told("没有选哪一项。", "problem")
    return redirect(url_for("admin.end", _anchor="copies"))


def _forget() -> None:
    here, by = service(), access.actor()

    def forget() -> None:
        ending.finish(here, by, instants.now())
        retention.give_back(here.ledger, anew=True)

    _start("shred", forget)


def _start(what: str, function: Callable[[], object]) -> None:
    if end_work.start(service(), what, function):
        access.told("已经开始，做完会写在这一页上。")
    else:
        access.told("正在做，请等做完再来。", "problem")


def _why(asked: Row | None) -> str:
    """Return why the account cannot answer what was *asked*; '' where it can."""
    if asked is None or not access.two_needed():
        return ""
    with service().store.read() as connection:
        known = hands.everything(connection)
    found = barred(
        known, Question(asked["asked_by"], asked["at"]), access.account().name, instants.now()
    )
    return found.shown() if found else ""


def _stage(stages: list[Stage], step: EndStep) -> Stage:
    return next(stage for stage in stages if stage.step is step)


def _folder() -> Path:
    folder = service().settings.shared / "archives"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _file(archive: Row) -> Path:
    return _folder() / str(archive["subject"])
