"""The console's menu: which pages there are, in which order, and under which headings."""
from dataclasses import dataclass


@dataclass(frozen=True)
class MenuEntry:
    """An entry of the menu. *also* are the endpoints of pages below it."""

    endpoint: str
    label: str
    also: tuple[str, ...] = ()


MENU: tuple[tuple[str, tuple[MenuEntry, ...]], ...] = (
    ("看进度", (
        MenuEntry("admin.overview", "总览"),
        MenuEntry("admin.table", "进度表", ("admin.picture",)),
        MenuEntry("admin.goals", "目标和底数"),
        MenuEntry("admin.snapshots", "快照", ("admin.snapshot", "admin.pack")),
        MenuEntry("admin.bulletin", "专报和通报"),
        MenuEntry("admin.scenes", "支付场景", ("admin.scene",)),
        MenuEntry("admin.finance", "融资调查点"),
        MenuEntry("admin.rows", "明细", ("admin.person",)),
    )),
    ("单位和海报", (
        MenuEntry("admin.units", "单位与二维码", (
            "admin.unit", "admin.import_units", "admin.unit_change", "admin.preview_unit_change",
        )),
        MenuEntry("admin.posters", "海报", ("admin.paper",)),
        MenuEntry("admin.inspect", "巡查", ("admin.patrol",)),
        MenuEntry("counter.start", "柜台登记"),
        MenuEntry("admin.campaign", "活动设置", ("admin.campaign_form", "admin.preview_campaign")),
    )),
    ("办理", (
        MenuEntry("admin.feeds", "对账文件", ("admin.feed", "admin.batch")),
        MenuEntry("admin.differences", "差异台账"),
        MenuEntry("admin.held", "待核查登记"),
        MenuEntry("admin.takeovers", "两家登记同一人"),
        MenuEntry("admin.callbacks", "柜台登记回访"),
        MenuEntry("admin.appeals", "申诉", ("admin.appeal",)),
        MenuEntry("admin.corrections", "更正", ("admin.correction",)),
        MenuEntry("admin.requests", "两人办理", ("admin.request_page",)),
        MenuEntry("admin.period_list", "各期锁定"),
        MenuEntry("admin.erasures", "删除请求"),
        MenuEntry("admin.lapsing", "将失效登记"),
        MenuEntry("admin.end", "结束活动"),
    )),
    ("留痕", (
        MenuEntry("admin.downloads", "下载", ("admin.download_log",)),
        MenuEntry("admin.exchange", "信息交换"),
        MenuEntry("admin.proof", "对外凭证", ("admin.key_sheet",)),
        MenuEntry("admin.deeds", "谁做了什么"),
        MenuEntry("admin.audits", "审计日志"),
    )),
    ("账号和帮助", (
        MenuEntry("admin.users", "账号", (
            "admin.user", "admin.accounts_by_unit", "admin.add_accounts",
        )),
        MenuEntry("admin.notice_list", "通知"),
        MenuEntry("admin.me", "我的账号", ("admin.second_step",)),
        MenuEntry("admin.my_notices", "我的通知"),
        MenuEntry("admin.guide", "上手指南"),
    )),
)
