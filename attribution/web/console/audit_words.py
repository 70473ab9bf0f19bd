"""
The audit log in the office's words: for each kind of deed a title and one line.

An entry is data (`attribution.deeds`); the words are made when it is shown, so that a better
one serves old entries too. Entries from before they were data are shown as they were written.

In a line, braces name the entry's data, and what stands in square brackets is left out where
the entry lacks its data. Data that a line does not name is told behind it, so nothing hides.
"""
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from attribution.deeds import Entry, Kind
from attribution.facts.report import CATEGORIES
from attribution.office import corrections, patrols, requests
from attribution.office.accounts import ROLE_NAMES
from attribution.office.notice_kinds import TITLES
from attribution.office.periods import day_text
from attribution.office.robots import PLATFORMS
from attribution.reports import exports, snapshots
from attribution.store.engine.database import Columns
from attribution.web.console import change_words, words


class DeedWords(NamedTuple):
    """How one kind of deed is told."""

    title: str
    line: str


_FEED = (
    "{subject}：{after}[；由 {asked_by} 提出][；来源 {source}][；列对应：{mapping}]"
    "[；数据日期 {as_of}][；放过的行：{accepted}][；平台合计：{totals}]"
    "[；允许大量减少：{losses_allowed}][；SHA-256 {sha256}]"
)
# What takes many transactions: entered when it begins, and when it has ended.
_LONG = "{subject}[：{before}][：{after}][，开始于 {begun}][，上一次没有做完：{unended}]"

LINES: dict[str, DeedWords] = {
    "sign_in": DeedWords("登录", "{subject}[，设备：{client}]"),
    "sign_in_failed": DeedWords("登录失败", "{subject}"),
    "sign_in_blocked": DeedWords("登录被限制", "{subject}"),
    "sign_out": DeedWords("退出", "{subject}"),
    "sign_out_everywhere": DeedWords("退出所有设备", "{subject}[，{sessions} 处登录]"),
    "not_proved": DeedWords("没能确认是本人", "{subject}[，次数太多：{blocked}]"),
    "password": DeedWords("修改密码", "{subject}[，由他人代设：{handed_over}]"),
    "totp": DeedWords("设置两步验证", "{subject}：{before} → {after}"),
    "account_add": DeedWords("新增账号", "{subject}：{after}"),
    "account_change": DeedWords("修改账号", "{subject}：{before} → {after}"),
    "account_close": DeedWords("停用账号", "{subject}：{before} → {after}"),
    "account_open": DeedWords("恢复账号", "{subject}：{before} → {after}"),
    "account_password": DeedWords("重置密码", "{subject}[，由他人代设：{handed_over}]"),
    "account_unlock": DeedWords("解除登录限制", "{subject}：失败计数 {before} → {after}"),
    "handed_over": DeedWords("移交", "{subject} 没有办完的事交给账号 {after}[：{items}]"),
    "session_end": DeedWords("结束他人登录", "{subject}[，{sessions} 处登录]"),
    "assisted": DeedWords("柜台登记", "{subject}[，单位 {unit}][，短信核实：{verified}]"),
    "called_back": DeedWords("回访柜台登记", "{subject}：{after}[，说明：{note}]"),
    "export": DeedWords("下载", "{subject}[，用途：{purpose}][，条件：{chosen}][，链值 {seal}]"),
    "export_done": DeedWords(
        "下载完成", "{subject}[，编号 {export}][，{rows} 行][，SHA-256 {sha256}]"
    ),
    "export_broken": DeedWords("下载中断", "{subject}[，编号 {export}][，已给出 {rows} 行]"),
    "export_refused": DeedWords("拒绝导出", "{subject}[，{count} 处不对][：{faults}]"),
    "picture": DeedWords("生成图片", "{subject}"),
    "posters": DeedWords("生成海报", "{subject}：{count} 个单位（{units}），{posters} 张，{wish}"),
    "poster": DeedWords("下载海报", "{subject}，规格 {format}[，张贴点 {placement}]"),
    "paper_hung": DeedWords("换上新海报", "{subject}：{count} 个单位（{units}）"),
    "units_import": DeedWords(
        "导入单位",
        "{subject}：新增、修改、停用各 {counts} 个[；新增：{added}][；修改：{changed}]"
        "[；停用：{closed}]",
    ),
    "unit_change": DeedWords(
        "变更单位",
        "{subject}，{deed}，自 {since} 起：{changed}[；改归属 {moved} 人][，修订 {revision}]",
    ),
    "campaign_set": DeedWords(
        "修改活动设置", "{subject}：{changed}[；改归属 {moved} 人][，修订 {revision}]"
    ),
    "campaign_import": DeedWords(
        "导入活动资料", "{subject}[：{changed}][；改归属 {moved} 人][，修订 {revision}]"
    ),
    "unit_revoke": DeedWords("撤销二维码", "{subject} 第 {issue} 版：{before} → {after}"),
    "unit_reissue": DeedWords("换发二维码", "{subject}：第 {before} 版 → 第 {after} 版"),
    "unit_placement": DeedWords("登记张贴点", "{subject} 张贴点 {placement}：[{before} → ]{after}"),
    "unit_contact": DeedWords("修改联系人", "{subject}：{deed}，共 {before} 人 → {after} 人"),
    "patrol": DeedWords("巡查", "{subject}：{pictures} 张照片，{after}[，巡查 {visit}]"),
    "patrol_alarm": DeedWords(
        "巡查发现假码", "{subject}：{pictures} 张照片，{after}[，巡查 {visit}]"
    ),
    "feed_upload": DeedWords("上传对账文件", "{subject}"),
    "feed_plan": DeedWords("提交对账文件待复核", _FEED),
    "feed_confirm": DeedWords("确认对账文件", _FEED),
    "feed_discard": DeedWords("放弃对账文件", "{subject}"),
    "facts": DeedWords(
        "合作方推送数据", "{subject}，由 {partner} 推送：{after}[；SHA-256 {sha256}]"
    ),
    "known_users": DeedWords("导入老用户名单", "{subject}：{before} → {after}[；SHA-256 {sha256}]"),
    "snapshot_taken": DeedWords("取快照", "{subject}：{since} 到 {last}[，摘要 {sha256}]"),
    "snapshot_files": DeedWords("由快照出文件", "{subject}：{kind} {files} 份[，{names}]"),
    "scenes": DeedWords("修改场景台账", "{subject}：新增 {added} 个，修改 {changed_rows} 个"),
    "figures": DeedWords("填报目标数和底数", "{subject}：{after}，共 {rows} 个数，来源 {source}"),
    "platform_counts": DeedWords("导入平台汇总数", "{subject}：{after}；SHA-256 {sha256}"),
    "lookup": DeedWords("合作方查询", "{subject}：{after}"),
    "difference_done": DeedWords("处理差异", "{subject}：待查 → 已处理，说明：{note}；{rows}"),
    "difference_reopened": DeedWords(
        "重新打开差异", "{subject}：已处理 → 待查，原因：{note}；{rows}"
    ),
    "hold_refused": DeedWords("不予放行", "{subject}，原因：{reason}，说明：{note}；{rows}"),
    "together": DeedWords("一并办理", "{subject}：{deed}[，没有做成 {refused} 条][，说明：{note}]"),
    "hold_waits": DeedWords("退回待核查", "{subject}，原因：{reason}，说明：{note}；{rows}"),
    "correction_asked": DeedWords(
        "提出更正",
        "更正 {correction}：{kind}，{subject}[，尾号 {last4}]，归属 {before} → {after}，"
        "原因：{reason}",
    ),
    "correction_approved": DeedWords(
        "批准更正",
        "{subject}：{kind}[，尾号 {last4}]，归属 {before} → {after}，原因：{reason}，"
        "由 {asked_by} 提出",
    ),
    "correction_refused": DeedWords(
        "驳回更正",
        "{subject}：{kind}[，尾号 {last4}]，归属仍为 {before}[（{after}）]，原因：{reason}，"
        "由 {asked_by} 提出",
    ),
    "appeal": DeedWords("提出申诉", "{subject}，单位 {unit}"),
    "appeal_upheld": DeedWords(
        "申诉成立", "{subject}，单位 {unit}，由 {asked_by} 提出[，已提出更正 {correction}]"
    ),
    "appeal_refused": DeedWords("驳回申诉", "{subject}，单位 {unit}，由 {asked_by} 提出"),
    "rule_of_two": DeedWords("打开两人规则", "{subject}：从此要两个人"),
    "request_asked": DeedWords(
        "提出申请", "{subject}：{kind}，{about}[，说明：{note}][，内容：{wanted}]"
    ),
    "request_approved": DeedWords("批准申请", "{subject}：{kind}，{about}，由 {asked_by} 提出"),
    "request_refused": DeedWords("驳回申请", "{subject}：{kind}，{about}，由 {asked_by} 提出"),
    "request_taken_back": DeedWords("收回申请", "{subject}：{kind}，{about}"),
    "erasure_asked": DeedWords("代为提出删除", "{subject}，撤回登记 {withdrawn} 条，说明：{note}"),
    "erased": DeedWords("执行删除请求", _LONG),
    "retention": DeedWords("清理到了保留时间的数据", _LONG),
    "shredded": DeedWords("忘掉所有人，销毁密钥", _LONG),
    "archived": DeedWords("做存档", "{subject}：{after}"),
    "copy_gone": DeedWords("别处的留存已销毁", "{subject}[，说明：{note}]"),
    "notice_address": DeedWords("通知用的邮箱", "{subject}：{after}"),
    "notice_choices": DeedWords("选收哪些通知", "{subject}：[{before}] → [{after}]"),
    "notice_again": DeedWords("通知再发", "{notices} 条"),
    "notice_dropped": DeedWords("通知不发了", "{notices} 条"),
    "notice_test": DeedWords("发测试消息", "给 {subject}"),
    "robot_add": DeedWords("添加群机器人", "{subject}：{after}"),
    "robot_change": DeedWords("群机器人换负责人", "{subject}：{before} → {after}"),
    "robot_drop": DeedWords("停用群机器人", "{subject}"),
    "period_asked": DeedWords("申请锁定一期", "{subject}，{until} 之前"),
    "period_locked": DeedWords(
        "锁定一期", "{subject}，锁定到 {after} 之前[，原来到 {before} 之前]，由 {asked_by} 提出"
    ),
    "partner_add": DeedWords("发给合作方密钥", "{subject}[：{after}]"),
    "partner_revoke": DeedWords("撤销合作方密钥", "{subject}[：{before}]"),
    "rebuild": DeedWords("重新计算", _LONG),
    "judged_again": DeedWords("按新规则重新判定", _LONG),
    "taken_over": DeedWords("从上一个活动接过账号和联系人", "{subject}[：{after}]"),
    "restore": DeedWords("从备份恢复", "{subject}[：{before}][ → {after}]"),
    "backup": DeedWords("备份", "{subject}：{after}"),
    "copy": DeedWords("复制数据库", "{subject}，来自 {before}：{after}"),
    "sealed": DeedWords("加封一天", "{subject}，到 {after} 为止[，{rows} 行][，验证码 {mac}]"),
    "log_key": DeedWords(
        "更换公开日志的签名密钥", "{subject}：[{before}] → {after}[，旧密钥用到 {until} 为止]"
    ),
    "clock": DeedWords(
        "时钟倒退，写进日志",
        "{subject}：时钟 {after}，最新记录 {newest}，从 {since} 起的记录不因时间存疑",
    ),
    "distributed": DeedWords("分布到各节点", "{subject}：{after}"),
}

# The first word of a subject.
_NOUNS = {
    "account": "账号", "unit": "单位", "units": "单位", "claim": "登记", "row": "流水号",
    "ask": "申请", "correction": "更正", "appeal": "申诉", "request": "锁定申请", "posters": "海报",
    "batch": "批次", "difference": "差异", "partner": "合作方", "list": "名单", "seal": "封条",
    "walls": "墙面", "copy": "留存", "robot": "机器人", "notices": "通知",
    "source": "来源", "campaign": "活动", "file": "文件", "database": "数据库",
    "log": "日志", "snapshot": "快照",
}
# What a subject counts.
_COUNTED = {"differences": "条差异", "corrections": "条更正", "claims": "条登记"}
# Short values, by the name of the data they stand under.
_STATES = {
    "open": "启用", "closed": "停用", "on": "开", "off": "关", "valid": "可以用",
    "revoked": "已撤销", "done": "已处理", "begun": "开始",
    # of an address for notices
    "asked": "已发验证码", "confirmed": "已验证", "wrong_code": "验证码不对", "stopped": "已删除",
}
_FORMATS = {name: heading for name, (heading, _) in words.FORMATS.items()}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "before": _STATES, "after": _STATES, "role": ROLE_NAMES, "client": words.APPS,
    "deed": {
        "added": "新增", "corrected": "修改", "removed": "删除", "hold": "提出暂缓",
        "release": "提出放行", "approve": "批准", "refuse": "驳回", **change_words.DEEDS,
    },
    "kind": {
        "reassign": "改归属", "reverse": "撤销归属", "restore": "恢复判定",
        "hold": "暂缓登记", "release": "放行登记", **requests.NAMES, **snapshots.KINDS,
    },
    "reason": corrections.REASONS, "category": CATEGORIES, "kinds": TITLES,
    "platform": {key: platform.name for key, platform in PLATFORMS.items()},
    "state": {**_STATES, **words.STATES}, "by": words.BY, "heads": {"1": "是"},
    "encoding": {"gb18030": "GB18030（老版 Excel）"},
    "format": _FORMATS, "formats": _FORMATS,
}
_NAMES = {
    "real_name": "姓名", "corrections": "更正", "appeals": "申诉", "periods": "锁定申请",
    "feeds": "待确认的对账文件", "posters": "海报任务", "rule": "归属规则", "file": "名单文件",
    "door": "经由", "vouched_by": "作保", "alone": "无人同意", "first": "首批账号",
    "requests": "两人办理",
    "role": "角色", "units": "单位", "sessions": "登录数", "handed_over": "由他人代设",
    "before": "原为", "after": "改为", "rows": "行数", "sha256": "SHA-256", "formats": "规格",
    "print_ready": "印刷", "outline": "转曲", "placements": "张贴点", "finance": "融资调查点",
    **CATEGORIES, **words.FIELDS, "people": "人数", "credited": "新增有效新用户", "moved": "改归属",
    "lost": "减少", "settled": "对上以前的差异", "categories": "各类", "known": "已知",
    "asked": "查询", "key": "密钥", "may": "权限", "persons": "人数", "registered": "注册",
    "bound": "绑卡", "paid": "交易", "id": "流水号", "batch": "批次", "line": "文件行号",
    "last4": "尾号", "category": "种类", "bytes": "字节", "leaves": "日志条数",
    "begun": "开始", "unended": "没有做完",
    "name": "名称", "target": "任务数", "issue": "版次", "kind": "种类", "unit": "单位",
    "official_code": "官方代码", "area": "乡镇（社区）", "bank": "银行", "branch": "网点",
    "sector": "行业", "mode": "方式", "link": "链接", "position": "次序", "closed_at": "停用时间",
    "state": "状态", "successor": "并入", "aliases": "别名", "purpose": "用途",
    "revision": "修订", "since": "自", "values": "设置", "payload": "内容", "into": "并入",
    "targets": "任务数", "with_lines": "连同对接明细", "lead_on": "旧海报转到新单位",
    "deed": "事项",
    "to": "到（含）", "until": "到（不含）", "codes": "码", "by": "哪张表",
    "encoding": "编码", "heads": "加手机前三位", "place": "只要张贴点", "copies": "份数",
    "platform": "平台", "shown": "地址", "kinds": "说什么", "robot": "机器人", "notices": "条数",
    "pictures": "照片", "visit": "巡查", **patrols.STATES,
}
# Whose subject is a table's file, ``claims.csv``; and a picture's, one of several, ``1/4``.
_OF_TABLES = ("export", "export_done", "export_broken", "export_refused")
_TABLES = {**exports.EXPORTS, exports.AUDIT.name: exports.AUDIT}
_SHEET = re.compile("([0-9]+)/([0-9]+)")
# Whose data are days (yyyymmdd); 0 is none.
_OF_DAYS = ("period_asked", "period_locked")
_UNIT_STATES = {"active": "启用", "closed": "停用", "merged": "已并入"}
# Of a long list, as many stand in a line that is read in passing.
_LISTED = 6
# Not an account that is called by its unit's id.
_UNIT_ID = re.compile(r"(?<![0-9A-Za-z.（-])(?<!账号 )[A-Z][0-9][0-9A-Z]{1,4}(?![0-9A-Za-z.-])")
_OPTIONAL = re.compile(r"\[([^\]]*)\]")


def title(kind: str) -> str:
    """Return what was done, as the log's *kind* names it; that itself where we have no word."""
    return LINES[kind].title if kind in LINES else kind


def tell(kind: str, detail: str) -> str:
    """Return what the entry *detail* of *kind* says; one of before as it is."""
    entry = Entry.from_text(detail)
    if entry == Entry(detail) or kind not in LINES:
        return detail
    data = _data(kind, entry)
    line = LINES[kind].line

    def optional(match: re.Match[str]) -> str:
        return match[1] if _named(match[1]) <= data.keys() else ""

    filled = _fill(_OPTIONAL.sub(optional, line), data)
    rest = [
        f"{_NAMES.get(name, name)}：{value}" for name, value in data.items()
        if name not in _named(line)
    ]
    return "；".join([filled, *rest]) if rest else filled


def name(key: str) -> str:
    """Return what the data *key* of an entry is called."""
    return _NAMES.get(key, key)


def plain(kind: str, detail: str, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """
    Return what the entry says to whoever wants no proof of it: no digests, no empty data.

    Args:
        names: Of units, by their ids, which stand behind them then.
    """
    entry = Entry.from_text(detail)
    if entry == Entry(detail):
        return detail
    more = tuple(
        (name, _shortened(value)) for name, value in entry.more
        if name not in ("seal", "sha256") and value not in ({}, "")
    )
    subject = entry.subject
    export, _, form = subject.partition(".")
    if kind in _OF_TABLES and (table := _TABLES.get(export)):
        subject = f"{table.title}（{form.upper()}）"
    elif kind == Kind.PICTURE.value:
        view, _, rest = subject.partition(" ")
        subject = f"{words.BY.get(view, view)} {_SHEET.sub(_sheet_text, rest)}".strip()
    return _called(tell(kind, Entry(subject, entry.before, entry.after, more).as_text()), names)


def chosen_text(chosen: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the filters of a download in words; '' for none."""
    return _called(_value("chosen", dict(chosen)), names)


def _sheet_text(match: re.Match[str]) -> str:
    return f"第{match[1]}张，共{match[2]}张"


def _called(text: str, names: Mapping[str, str]) -> str:
    """Return *text* with the names of units before their ids."""
    return _UNIT_ID.sub(
        lambda match: f"{names[match[0]]}（{match[0]}）" if match[0] in names else match[0], text
    )


def _shortened(value: Any) -> Any:
    """Return a long list as its beginning, and how many there are."""
    if isinstance(value, list) and len(value) > _LISTED and not isinstance(value[0], dict):
        return [*value[:_LISTED], f"…共 {len(value)} 个"]
    return value


def named(kind: Kind) -> set[str]:
    """Return the names of the data that the line of *kind* tells."""
    return _named(LINES[kind.value].line)


def in_words(blocks: Iterable[Columns]) -> Iterator[Columns]:
    """Yield *blocks* of entries with what was done, and to what, in words."""
    for block in blocks:
        pairs = zip(block["what"], block["detail"], strict=True)
        yield {
            **block, "deed": [title(kind) for kind in block["what"]],
            "detail": [tell(kind, detail) for kind, detail in pairs],
        }


def robot(payload: Mapping[str, Any]) -> str:
    """Return which robot it is, whose group, and what it is to say."""
    told = {key: _value(key, value) for key, value in payload.items()}
    units = f"（{told['units']}）" if told["units"] else ""
    return (
        f"“{told['name']}”，{told['platform']}，地址 {told['shown']}；群里的人相当于"
        f"{told['role']}{units}；说：{told['kinds'] or '什么都不说'}"
    )


def subject_text(subject: str) -> str:
    """Return what an entry or a request is about, in words."""
    noun, _, rest = subject.partition(" ")
    if noun.isdecimal() and rest in _COUNTED:
        return f"{noun} {_COUNTED[rest]}"
    if noun == "campaign":  # there is one, and its id says nothing to anybody
        return _NOUNS[noun]
    return f"{_NOUNS[noun]} {rest}".rstrip() if noun in _NOUNS else subject


def _data(kind: str, entry: Entry) -> dict[str, str]:
    """Return the entry's data, each in words; what there is none of is left out."""
    told = {"before": entry.before, "after": entry.after, **dict(entry.more)}
    if kind in _OF_DAYS:
        told |= {
            name: day_text(value) if value else None for name, value in told.items()
            if name in ("before", "after", "until") and isinstance(value, int)
        }
    return {"subject": subject_text(entry.subject)} | {
        name: _value(name, value) for name, value in told.items()
        if value not in (None, [], "") and (name, value) != ("handed_over", False)
    }


def _value(name: str, value: Any) -> str:
    if name == "values" and isinstance(value, dict):
        return "，".join(
            f"{change_words.setting_name(key)} {change_words.setting_value(key, inner)}"
            for key, inner in value.items()
        )
    if isinstance(value, dict):
        return "，".join(
            f"{_NAMES.get(key, key)} {_value(key, inner)}" for key, inner in value.items()
            if inner not in (None, [], {}, False, "")
        )
    if name == "changed" and isinstance(value, list):
        return "；".join(_changed(unit) for unit in value)
    if isinstance(value, list):
        mark = "；" if any(isinstance(one, dict) for one in value) else "、"
        return mark.join(_value(name, one) for one in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "since" and isinstance(value, int):
        return day_text(value)
    if name == "about":
        return subject_text(str(value))
    return _VALUES.get(name, {}).get(str(value), str(value))


def _changed(unit: dict[str, Any]) -> str:
    """Tell what an import changed of one unit: each field is a list, from and to."""
    if list(unit) == ["unit", "value"]:  # a setting of the campaign
        name, (was, becomes) = unit["unit"], unit["value"]
        told = (change_words.setting_value(name, value) for value in (was, becomes))
        return f"{change_words.setting_name(name)}（{' → '.join(told)}）"
    fields = "，".join(
        f"{_NAMES.get(key, key)} {_from_to(value)}" for key, value in unit.items() if key != "unit"
    )
    return f"{unit['unit']}（{fields}）"


def _from_to(pair: list[Any]) -> str:
    return " → ".join("无" if one is None else _UNIT_STATES.get(one, str(one)) for one in pair)


def _named(line: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(line) if name}


def _fill(line: str, data: Mapping[str, str]) -> str:
    class Blank(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "无"

    return string.Formatter().vformat(line, (), Blank(data))
