"""
Changes of units and settings in the office's words: what a field is called, from what to what.

The same words stand in a preview, in what waits for a second person, in a unit's history and in
the audit log, so that whoever approves reads what whoever asked has read.
"""
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from attribution.office.periods import day_text
from attribution.rule.unit_history import CLOSED, MERGED
from qrgen.campaign import SHANGHAI

KINDS = {"area": "乡镇（社区）", "line": "对接明细", "department": "部门", "bank": "银行"}
# As lists and forms show them: a survey point is a department that is none.
SHOWN_KINDS = {**KINDS, "point": "融资需求调查点"}
DEEDS = {
    "add": "新增单位", "close": "停用单位", "merge": "并入另一单位", "rename": "改名",
    "replace": "由另一单位接替", "target": "改任务数", "change": "修改", "import": "导入单位表",
    "reissue": "换发二维码", "init": "活动建立", "migration": "升级",
}
UNIT_FIELDS = {
    "name": "名称", "target": "指导任务数", "issue": "版次", "official_code": "区划代码",
    "area": "乡镇（社区）", "bank": "银行", "branch": "网点", "sector": "领域", "mode": "方式",
    "link": "链接", "aliases": "别名", "purpose": "用途", "state": "状态", "successor": "并入",
    "kind": "类别",
}
STATES = {"active": "在用", "closed": "停用", "merged": "已并入"}
SETTINGS = {
    "title": "方案全称", "short_title": "海报上的简称", "document": "文号", "basis": "上级依据",
    "issuer": "发文单位", "start": "开始", "end": "结束",
    "mark_time": "新用户认定起点",
    "settle_end": "绑卡和交易认到哪天", "policy": "归属规则", "grades": "平台给到什么程度才计",
    "mode": "扫码后先到", "hotline": "咨询电话", "allowed_hosts": "允许跳转的网站",
    "naming": "材料里点单位的名", "ranking": "材料里给单位排位",
    "stages": "工作阶段", "goals": "工作目标", "demo": "演示", "second_person": "对账由两人办",
    "design.look": "海报样式", "design.ink": "文字颜色", "design.deep": "主色",
    "design.gold": "点缀色", "design.alarm": "提醒色", "design.soft": "浅底色",
    "design.grey": "小字颜色", "design.logo": "标志", "design.mark": "码中图案",
    "expect.areas": "核对：乡镇（社区）数", "expect.lines": "核对：对接明细数",
    "expect.departments": "核对：部门数", "expect.banks": "核对：银行数",
    "expect.target_sum": "核对：任务数合计", "expect.lines_add_up": "核对：明细合计等于乡镇任务数",
    "expect.official_code_prefix": "核对：区划代码开头",
    "expect.forbidden_banks": "核对：不参加的银行",
    "expect.forbidden_words": "核对：海报上不能有的字",
}
POLICIES = {
    "last_claim": "最后一次登记的单位", "first_claim": "最先登记的单位",
    "registration_only": "注册前24小时内最后一次登记的单位",
}
MODES = {"page": "本系统页面（登记）", "redirect": "直接跳转链接（不登记）"}
GRADES = {"number": "完整号码", "hash": "号码的哈希值", "masked": "掩码号码"}
TOLD_WHERE = {"internal": "只在内部材料里", "off": "不写"}
LOOKS = {"colour": "彩色", "plain": "黑白"}
# What a setting is that nobody set.
_USUAL = {
    "grades": GRADES["number"], "naming": TOLD_WHERE["internal"], "ranking": TOLD_WHERE["internal"],
}

# Instants that people say as the last day itself.
LAST_DAYS = ("end", "settle_end")


class FieldChange(NamedTuple):
    """One field of one thing, from what to what, in words."""

    what: str
    before: str
    after: str


def unit_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]
) -> list[FieldChange]:
    """Return what changes of a unit, field by field; of a new one only what it has."""
    return [
        FieldChange(
            UNIT_FIELDS[field], unit_value(field, before.get(field), names),
            unit_value(field, value, names),
        )
        for field, value in after.items()
        if field in UNIT_FIELDS and before.get(field) != value
        and not (not before and (field in ("issue", "kind") or value in (None, "payment")))
    ]


def unit_value(field: str, value: Any, names: Mapping[str, str]) -> str:
    """Return the *value* of a unit's field as the office says it."""
    if value in (None, ""):
        return "无"
    if field == "state":
        return STATES.get(value, str(value))
    if field == "kind":
        return KINDS.get(value, str(value))
    if field in ("area", "bank", "successor"):
        return f"{value} {names.get(value, '')}".strip()
    if field == "purpose":
        return {"payment": "支付", "finance": "融资"}.get(value, str(value))
    return _number(value)


def setting_name(name: str) -> str:
    """Return what the setting *name* is called."""
    if name in SETTINGS:
        return SETTINGS[name]
    table, _, key = name.partition(".")
    kinds = {
        "texts": "海报文字", "links": "链接", "files": "文件", "stages": "工作阶段",
        "goals": "工作目标",
    }
    return f"{kinds[table]} {key}" if table in kinds else name


def setting_value(name: str, value: Any) -> str:
    """Return the *value* of a setting as the office says it."""
    if value is None and name in _USUAL:
        return _USUAL[name]
    if value is None:
        return "海报原来的文字" if name.startswith("texts.") else "无"
    if name in ("start", "end", "mark_time", "settle_end"):
        return instant_text(name, str(value))
    words = {
        "policy": POLICIES, "mode": MODES, "design.look": LOOKS, "naming": TOLD_WHERE,
        "ranking": TOLD_WHERE,
    }.get(name, {})
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(str(one) for one in value.values())
    if isinstance(value, list):
        return "；".join(_row(name, one) for one in value) or "无"
    if name.startswith("files."):
        return f"文件 {str(value)[:8]}"
    return words.get(str(value), _number(value))


def instant_text(name: str, text: str) -> str:
    """Return the instant *text* as its day, the last one itself; with its time where it has one."""
    try:
        moment = datetime.fromisoformat(text).astimezone(SHANGHAI)
    except ValueError:
        return text
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        return f"{moment:%Y-%m-%d %H:%M:%S}{' 之前' if name in LAST_DAYS else ' 起'}"
    if name in LAST_DAYS:
        return f"{moment - timedelta(days=1):%Y-%m-%d}（含当天）"
    return f"{moment:%Y-%m-%d} 起"


def since_text(since: int | None) -> str:
    """Return from when on a deed holds."""
    return "从批准或确认的那一刻起" if since is None else f"从 {day_text(since)} 起"


def _sort_of(payload: Mapping[str, Any]) -> str:
    is_point = payload.get("purpose") == "finance"
    return SHOWN_KINDS.get("point" if is_point else payload.get("kind", ""), "")


def deed_line(deed: str, payload: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the deed *deed* on units as one line, as whoever asked for it typed it."""

    def called(id: Any) -> str:
        return f"{id} {names.get(str(id), '')}".strip()

    unit = called(payload.get("unit", ""))
    told = {
        "add": f"{_sort_of(payload)} {payload.get('name', '')}"
        + (f"，任务数 {_number(payload['target'])}" if payload.get("target") else ""),
        "close": unit + ("，连同所属对接明细" if payload.get("with_lines") else ""),
        "merge": f"{unit} 并入 {called(payload.get('into'))}，任务数"
        + ("不带过去" if payload.get("target") == "leave" else "一并带过去"),
        "rename": f"{unit} 改为 {payload.get('name', '')}",
        "replace": f"{unit} 由 {payload.get('name', '')} 接替，用新编号、新码；旧海报"
        + ("转到新单位" if payload.get("lead_on") else "不再办理登记"),
        "target": "、".join(
            f"{called(id)} {_number(number)}" for id, number in payload.get("targets", {}).items()
        ),
    }.get(deed, unit)
    since = payload.get("since")
    return f"{DEEDS.get(deed, deed)}：{told}，{since_text(None if since is None else int(since))}"


def state_line(after: Mapping[str, Any]) -> str:
    """Return what becomes of a unit, for the mark at its line: new, closed, merged or changed."""
    return {CLOSED: "停用", MERGED: "并入"}.get(after.get("state", ""), "")


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _row(name: str, row: Any) -> str:
    if not isinstance(row, dict):
        return GRADES.get(row, str(row)) if name == "grades" else str(row)
    if name == "stages":
        return f"{row.get('name')} {row.get('start')} 至 {row.get('last')}"
    if name == "goals":
        return f"{row.get('label')} {_number(row.get('number'))}，到 {row.get('by')}"
    return "，".join(str(one) for one in row.values())
