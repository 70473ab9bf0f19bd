"""The audit log in the office's words: what was done, and whether the log is whole."""
from collections.abc import Iterator

from attribution.rule.instants import Instant
from attribution.store import Store, audit_log
from attribution.store.engine.database import Row
from qrgen.faults import Fault

# What an entry says was done, in Chinese.
DEEDS = {
    "sign_in": "登录", "sign_in_failed": "登录失败", "sign_in_blocked": "登录被限制",
    "sign_out": "退出", "sign_out_everywhere": "退出所有设备",
    "password": "修改密码", "totp": "设置两步验证",
    "account_add": "新增账号", "account_change": "修改账号", "account_close": "停用账号",
    "account_open": "恢复账号", "account_password": "重置密码",
    "export": "下载", "export_done": "下载完成", "export_broken": "下载中断",
    "export_refused": "拒绝导出",
    "picture": "生成图片", "posters": "生成海报", "poster": "下载海报",
    "units_import": "导入单位", "unit_revoke": "撤销二维码", "unit_reissue": "换发二维码",
    "unit_placement": "登记张贴点", "unit_contact": "修改联系人",
    "feed_upload": "上传对账文件", "feed_confirm": "确认对账文件", "feed_discard": "放弃对账文件",
    "correction_asked": "提出更正", "correction_approved": "批准更正",
    "correction_refused": "驳回更正", "appeal": "提出申诉", "appeal_upheld": "申诉成立",
    "appeal_refused": "驳回申诉", "difference_done": "处理差异", "erasure_asked": "代为提出删除",
    "erased": "执行删除请求", "retention": "保留期清理", "shredded": "销毁密钥",
    "account_unlock": "解除登录限制", "session_end": "结束他人登录",
    "period_asked": "申请锁定一期", "period_locked": "锁定一期",
    "feed_plan": "提交对账文件待复核",
    "rebuild": "重新判定和计数", "restore": "恢复备份", "backup": "备份账本",
    "copy": "复制账本到另一数据库", "sealed": "手工封印", "distributed": "数据表分布到集群",
}


def record(
    store: Store, now: Instant, who: str, what: str, detail: str = "", network: str = ""
) -> int:
    """Record that *who* did *what*; return the entry's number."""
    return store.write(
        lambda c: audit_log.append(c, store.next_id(now), now, who, what, detail, network)
    )


def faults(store: Store) -> list[Fault]:
    """Return everything wrong with the chain; empty when it is whole."""
    with store.read() as connection:
        return list(audit_log.faults(connection))


def entries(store: Store) -> Iterator[Row]:
    """Yield all entries in order, page by page."""
    n = 0
    while True:
        with store.read() as connection:
            rows = audit_log.after(connection, n)
        yield from rows
        if len(rows) < audit_log.PAGE:
            return
        n = rows[-1]["n"]
