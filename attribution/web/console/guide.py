"""The guide for the first day, by role, with what is done already."""
from dataclasses import dataclass

from flask import render_template

from attribution.store import console_lists, contacts, staff
from attribution.web.console import access, page_help
from attribution.web.console.access import allow, pages
from attribution.web.current import service


@dataclass(frozen=True)
class Step:
    """Something to do; *done* is None where nobody can tell."""

    title: str
    text: str
    endpoint: str
    place: str
    done: bool | None = None


@pages.get("/guide")
@allow(*access.SIGNED_IN)
def guide() -> str:
    """Say what to do on the first day."""
    role = access.account().role
    steps = {
        "office": _office, "checker": _checker, "viewer": _viewer, "accounts": _accounts,
    }.get(role, _unit)()
    return render_template("admin/guide.html", steps=steps, words=page_help.WORDS)


def _office() -> list[Step]:
    here = service()
    campaign = here.campaign.id
    with here.store.read() as connection:
        roles = {row["role"] for row in staff.accounts(connection) if row["closed_at"] is None}
        printed = any(job["state"] == "done" for job in contacts.jobs(connection, campaign, None))
        fed = bool(console_lists.batches(connection, campaign, 1))
    return [
        Step("核对单位", "看单位和指导任务数对不对，改得多就用表格改。", "admin.units",
             "单位与二维码"),
        Step("打印海报", "生成全部海报，下载 ZIP，按文件名发给各单位。", "admin.posters", "海报",
             printed),
        Step("建账号", "复核员、乡镇、部门、银行、领导各一个，由账号管理员建；复核员和县专班要是"
             "两个人。", "admin.users", "账号", {"checker", "area", "bank"} <= roles),
        Step("要两个人办的事", "对账文件、更正、删除已计入的人、任务数、停用合并：一人提出，"
             "另一人批准。", "admin.requests", "两人办理"),
        Step("中途有变化", "撤并、改名、换网点、加减任务数在单位页办，延期、换电话在活动设置办；"
             "先看会改什么，再办，要换的海报列得出来。", "admin.campaign", "活动设置"),
        Step("导入对账文件", "每天收到平台文件后上传，看试算，再确认。", "admin.feeds",
             "对账文件", fed),
        Step("办理待办", "总览右上角列出待核查登记、差异、申诉、更正和删除请求，每天清一次。",
             "admin.overview", "总览"),
        Step("发进度", "在进度表点“生成图片发群”，复制到微信群；要表格就下载。", "admin.table",
             "进度表"),
    ]


def _checker() -> list[Step]:
    return [
        Step("批准申请", "删除、单位、活动、账号的变更，由您批准或驳回。", "admin.requests",
             "两人办理"),
        Step("批准更正", "县专班提出的更正、放行，由您批准或驳回。", "admin.corrections", "更正"),
        Step("核实申诉", "单位的申诉，看清登记和平台事实再决定。", "admin.appeals", "申诉"),
        Step("看审计日志", "谁做了什么；页面顶部会说日志链是否完整。", "admin.audits", "审计日志"),
        Step("抽查数字", "进度表的每个数字点开就是明细。", "admin.table", "进度表"),
    ]


def _accounts() -> list[Step]:
    with service().store.read() as connection:
        roles = {row["role"] for row in staff.accounts(connection) if row["closed_at"] is None}
    return [
        Step("建账号", "给乡镇、部门、银行、领导各建账号；第一个密码当面交给本人，只能用一次。",
             "admin.users", "账号", {"area", "bank"} <= roles),
        Step("一次建许多", "按类别、乡镇或银行勾选单位，一次建好，每个单位印一张纸条当面交。",
             "admin.accounts_by_unit", "按单位建账号"),
        Step("县专班和复核员的账号", "由您提出，一位县专班或复核员同意后才有。同意的人和新账号"
             "不能互相批准，所以县专班的由县专班同意，复核员的由复核员同意。", "admin.requests",
             "两人办理"),
        Step("忘了密码", "点开账号重置。县专班、复核员的密码也要有人同意。", "admin.users", "账号"),
        Step("只剩一个人时", "请管服务器的人运行 attribution user add；七天后才算第二个人，"
             "所有人的页面上都看得到。", "", ""),
    ]


def _viewer() -> list[Step]:
    return [
        Step("看总览", "完成率和时序进度，一眼看出快慢。", "admin.overview", "总览"),
        Step("看进度表", "各乡镇、各银行、各网点；页面可以直接打印。", "admin.table", "进度表"),
    ]


def _unit() -> list[Step]:
    here, only = service(), access.visible() or frozenset()
    campaign = here.campaign.id
    with here.store.read() as connection:
        own = [job for job in contacts.jobs(connection, campaign, [access.account().name])
               if job["state"] == "done"]
        places = only & contacts.all_placements(connection, campaign).keys()
    return [
        Step("打印海报", "下载本单位的海报，贴在大厅和窗口。", "admin.posters", "海报",
             bool(own)),
        Step("登记张贴点和联系人", "点开本单位，给每一处海报一个编号。", "admin.units",
             "单位与二维码", bool(places)),
        Step("每周巡查", "用手机拍墙上的海报：有没有被盖住、作废、不见了，当场知道。",
             "admin.inspect", "巡查"),
        Step("每天看进度", "看扫码和有效新用户；点数字看明细。", "admin.overview", "总览"),
        Step("有异议就申诉", "帮办的居民没有计到本单位，凭回执提出。", "admin.appeals", "申诉"),
    ]
