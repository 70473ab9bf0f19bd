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
from typing import Any, NamedTuple

from attribution.deeds import Entry, Kind
from attribution.office import corrections
from attribution.office.accounts import ROLE_NAMES
from attribution.store.engine.database import Columns
from attribution.web.console import words


class Line(NamedTuple):
    """How one kind of deed is told."""

    title: str
    line: str


LINES: dict[Kind, Line] = {
    Kind.SIGN_IN: Line("登录", "{subject}[，设备：{client}]"),
    Kind.SIGN_IN_FAILED: Line("登录失败", "{subject}"),
    Kind.SIGN_IN_BLOCKED: Line("登录被限制", "{subject}"),
    Kind.SIGN_OUT: Line("退出", "{subject}"),
    Kind.SIGN_OUT_EVERYWHERE: Line("退出所有设备", "{subject}[，{sessions} 处登录]"),
    Kind.PASSWORD: Line("修改密码", "{subject}[，由他人代设：{handed_over}]"),
    Kind.TOTP: Line("设置两步验证", "{subject}：{before} → {after}"),
    Kind.ACCOUNT_ADD: Line("新增账号", "{subject}：{after}"),
    Kind.ACCOUNT_CHANGE: Line("修改账号", "{subject}：{before} → {after}"),
    Kind.ACCOUNT_CLOSE: Line("停用账号", "{subject}：{before} → {after}"),
    Kind.ACCOUNT_OPEN: Line("恢复账号", "{subject}：{before} → {after}"),
    Kind.ACCOUNT_PASSWORD: Line("重置密码", "{subject}[，由他人代设：{handed_over}]"),
    Kind.ACCOUNT_UNLOCK: Line("解除登录限制", "{subject}：失败计数 {before} → {after}"),
    Kind.SESSION_END: Line("结束他人登录", "{subject}[，{sessions} 处登录]"),
    Kind.EXPORT: Line("下载", "{subject}"),
    Kind.EXPORT_DONE: Line("下载完成", "{subject}"),
    Kind.EXPORT_BROKEN: Line("下载中断", "{subject}"),
    Kind.EXPORT_REFUSED: Line("拒绝导出", "{subject}"),
    Kind.PICTURE: Line("生成图片", "{subject}"),
    Kind.POSTERS: Line("生成海报", "{subject}：{count} 个单位（{units}），{posters} 张，{wish}"),
    Kind.POSTER: Line("下载海报", "{subject}，规格 {format}[，张贴点 {placement}]"),
    Kind.UNITS_IMPORT: Line(
        "导入单位",
        "新增、修改、停用各 {counts} 个[；新增：{added}][；修改：{changed}][；停用：{closed}]",
    ),
    Kind.UNIT_REVOKE: Line("撤销二维码", "{subject} 第 {issue} 期：{before} → {after}"),
    Kind.UNIT_REISSUE: Line("换发二维码", "{subject}：第 {before} 期 → 第 {after} 期"),
    Kind.UNIT_PLACEMENT: Line("登记张贴点", "{subject} 张贴点 {placement}：[{before} → ]{after}"),
    Kind.UNIT_CONTACT: Line("修改联系人", "{subject}：{deed}，共 {before} 人 → {after} 人"),
    Kind.FEED_UPLOAD: Line("上传对账文件", "{subject}"),
    Kind.FEED_PLAN: Line("提交对账文件待复核", "{subject}[，{rows} 行]"),
    Kind.FEED_CONFIRM: Line("确认对账文件", "{subject}[，{rows} 行]"),
    Kind.FEED_DISCARD: Line("放弃对账文件", "{subject}"),
    Kind.DIFFERENCE_DONE: Line("处理差异", "{rows} 行：{before} → {after}（流水号 {ids}）"),
    Kind.CORRECTION_ASKED: Line(
        "提出更正",
        "更正 {correction}：{kind}，{subject}[，尾号 {last4}]，归属 [{before}] → [{after}]，"
        "原因：{reason}",
    ),
    Kind.CORRECTION_APPROVED: Line(
        "批准更正",
        "{subject}：{kind}[，尾号 {last4}]，归属 [{before}] → [{after}]，原因：{reason}，"
        "由 {asked_by} 提出",
    ),
    Kind.CORRECTION_REFUSED: Line(
        "驳回更正",
        "{subject}：{kind}[，尾号 {last4}]，归属仍为 [{before}][（{after}）]，原因：{reason}，"
        "由 {asked_by} 提出",
    ),
    Kind.APPEAL: Line("提出申诉", "{subject}，单位 {unit}"),
    Kind.APPEAL_UPHELD: Line(
        "申诉成立", "{subject}，单位 {unit}，由 {asked_by} 提出[，已提出更正 {correction}]"
    ),
    Kind.APPEAL_REFUSED: Line("驳回申诉", "{subject}，单位 {unit}，由 {asked_by} 提出"),
    Kind.ERASURE_ASKED: Line("代为提出删除", "{subject}，撤回登记 {withdrawn} 条，说明：{note}"),
    Kind.ERASED: Line("执行删除请求", "{subject}"),
    Kind.RETENTION: Line("保留期清理", "{subject}"),
    Kind.SHREDDED: Line("销毁密钥", "{subject}"),
    Kind.PERIOD_ASKED: Line("申请锁定一期", "{subject}，{until} 之前"),
    Kind.PERIOD_LOCKED: Line(
        "锁定一期", "{subject}，锁定到：{before} → {after}，由 {asked_by} 提出"
    ),
    Kind.PARTNER_ADD: Line("发给合作方密钥", "{subject}"),
    Kind.PARTNER_REVOKE: Line("撤销合作方密钥", "{subject}"),
    Kind.REBUILD: Line("重新计算", "{subject}"),
    Kind.RESTORE: Line("从备份恢复", "{subject}"),
}

# The first word of a subject.
_NOUNS = {
    "account": "账号", "unit": "单位", "units": "单位", "claim": "登记", "row": "流水号",
    "correction": "更正", "appeal": "申诉", "request": "锁定申请", "posters": "海报",
    "feed": "对账文件", "differences": "差异", "partner": "合作方", "key": "密钥",
}
# Short values, by the name of the data they stand under.
_STATES = {
    "open": "启用", "closed": "停用", "on": "开", "off": "关", "valid": "有效",
    "revoked": "已撤销", "done": "已处理",
}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "before": _STATES, "after": _STATES, "role": ROLE_NAMES, "client": words.CLIENTS,
    "deed": {"added": "新增", "corrected": "修改", "removed": "删除"},
    "kind": {
        "reassign": "改归属", "reverse": "撤销归属", "restore": "恢复判定",
        "hold": "暂缓登记", "release": "放行登记",
    },
    "reason": corrections.REASONS,
}
_NAMES = {
    "role": "角色", "units": "单位", "sessions": "登录数", "handed_over": "由他人代设",
    "before": "原为", "after": "改为", "rows": "行数", "sha256": "SHA-256", "formats": "规格",
    "print_ready": "印刷", "outline": "转曲", "placements": "张贴点", "finance": "融资调查点",
    "name": "名称", "target": "任务数", "issue": "期号", "kind": "种类", "unit": "单位",
    "official_code": "官方代码", "area": "乡镇（社区）", "bank": "银行", "branch": "网点",
    "sector": "行业", "mode": "方式", "link": "链接", "position": "次序", "closed_at": "停用时间",
}
_OPTIONAL = re.compile(r"\[([^\]]*)\]")


def title(kind: str) -> str:
    """Return what was done, as the log's *kind* names it; that itself where we have no word."""
    return LINES[Kind(kind)].title if kind in _KINDS else kind


def tell(kind: str, detail: str) -> str:
    """Return what the entry *detail* of *kind* says; one of before as it is."""
    entry = Entry.from_text(detail)
    if entry == Entry(detail) or kind not in _KINDS:
        return detail
    data = _data(entry)
    line = LINES[Kind(kind)].line

    def optional(match: re.Match[str]) -> str:
        return match[1] if _named(match[1]) <= data.keys() else ""

    filled = _fill(_OPTIONAL.sub(optional, line), data)
    rest = [
        f"{_NAMES.get(name, name)}：{value}" for name, value in data.items()
        if name not in _named(line)
    ]
    return "；".join([filled, *rest]) if rest else filled


def named(kind: Kind) -> set[str]:
    """Return the names of the data that the line of *kind* tells."""
    return _named(LINES[kind].line)


def in_words(blocks: Iterable[Columns]) -> Iterator[Columns]:
    """Yield *blocks* of entries with what was done, and to what, in words."""
    for block in blocks:
        pairs = zip(block["what"], block["detail"], strict=True)
        yield {
            **block, "deed": [title(kind) for kind in block["what"]],
            "detail": [tell(kind, detail) for kind, detail in pairs],
        }


_KINDS = {kind.value for kind in Kind}


def _data(entry: Entry) -> dict[str, str]:
    """Return the entry's data, each in words; what there is none of is left out."""
    told = {"before": entry.before, "after": entry.after, **dict(entry.more)}
    noun, _, rest = entry.subject.partition(" ")
    subject = f"{_NOUNS[noun]} {rest}".rstrip() if noun in _NOUNS else entry.subject
    return {"subject": subject} | {
        name: _value(name, value) for name, value in told.items() if value not in (None, [])
    }


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return "，".join(
            f"{_NAMES.get(key, key)} {_value(key, inner)}" for key, inner in value.items()
            if inner not in (None, [], False)
        )
    if isinstance(value, list):
        # Of a unit that an import changed, each field is a list: from, to.
        mark = " → " if name in _NAMES and len(value) == 2 and name not in _LISTS else "、"
        return mark.join("无" if one is None else _value(name, one) for one in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    return _VALUES.get(name, {}).get(str(value), str(value))


_LISTS = frozenset({"units", "formats", "added", "closed", "ids", "counts"})


def _named(line: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(line) if name}


def _fill(line: str, data: Mapping[str, str]) -> str:
    class Blank(dict[str, str]):
        def __missing__(self, key: str) -> str:
            return "无"

    return string.Formatter().vformat(line, (), Blank(data))
