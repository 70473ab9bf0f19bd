"""
Downloads: which tables leave the ledger, and what stands in their columns.

No column holds a number, a digest or a secret: the last four digits, and for who states
a purpose the first three (`with_heads`). Rows stream: a million of them need no more
memory than a page. (As files: `spreadsheets`.)
"""
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from attribution.reports import export_rows, progress
from attribution.reports.export_rows import in_blocks as in_blocks
from attribution.reports.words import GRADES as GRADES
from attribution.reports.words import REASONS as REASONS
from attribution.rule import people
from attribution.store import Store, residents
from attribution.store.engine.database import Columns
from attribution.store.export_pages import Filter

# Of how many people the first digits are looked up at once.
_TOGETHER = 500


@dataclass(frozen=True)
class Column:
    """A column: its *key* in English, its Chinese *heading* and its *kind*."""

    key: str
    heading: str
    # text; digits: a row's number or the last four; number, count (in threes), rate (two places);
    # day (yyyymmdd), time; step: a time, or a whole day
    kind: str = "text"


@dataclass(frozen=True)
class Export:
    """A table that can be downloaded."""

    name: str
    title: str
    columns: tuple[Column, ...]
    blocks: Callable[[Store, str, Filter], Iterator[Columns]]


_CODE = (
    Column("unit", "单位编号"), Column("unit_name", "单位名称"),
    Column("issue", "码版次", "number"),
    Column("placement", "张贴点"),
)

_STEPS = (
    Column("registered_at", "注册时间", "step"),
    Column("card_bound_at", "绑卡时间", "step"),
    Column("first_txn_at", "首笔交易时间", "step"),
)

EXPORTS = {
    export.name: export
    for export in (
        Export(
            "attribution", "归属明细",
            (
                Column("credited", "归属单位"), Column("credited_name", "归属单位名称"),
                Column("last4", "手机尾号", "digits"),
                Column("claimed_at", "登记时间", "time"), Column("claimed_unit", "登记单位"),
                Column("claimed_name", "登记单位名称"),
                Column("issue", "码版次", "number"), Column("placement", "张贴点"),
                Column("verified", "验证码核实"), *_STEPS,
                Column("effective_at", "成为有效新用户时间", "time"),
                Column("reason", "原因代码"), Column("reason_text", "结论"),
                Column("grade", "数据依据"), Column("first_claim", "首次登记流水号", "digits"),
            ),
            export_rows.attribution,
        ),
        Export(
            "scans", "扫码明细",
            (
                Column("id", "流水号", "digits"), Column("at", "扫码时间", "time"), *_CODE,
                Column("client", "打开方式代码"), Column("client_text", "打开方式"),
                Column("flag", "不计数原因代码"), Column("flag_text", "不计数原因"),
            ),
            export_rows.scans,
        ),
        Export(
            "claims", "登记明细",
            (
                Column("id", "流水号", "digits"), Column("at", "登记时间", "time"),
                Column("last4", "手机尾号", "digits"), *_CODE, Column("verified", "验证码核实"),
                Column("client", "打开方式代码"), Column("client_text", "打开方式"),
                Column("state", "状态"), Column("withdrawn_at", "撤回时间", "time"),
                Column("first_claim", "首次登记流水号", "digits"),
            ),
            export_rows.claims,
        ),
        Export(
            "credits", "有效新用户明细",
            (
                Column("unit", "归属单位"), Column("unit_name", "归属单位名称"),
                Column("last4", "手机尾号", "digits"),
                Column("effective_at", "成为有效新用户时间", "time"),
                Column("claimed_at", "登记时间", "time"), *_STEPS,
                Column("decided_at", "判定时间", "time"), Column("grade", "数据依据"),
            ),
            export_rows.credited,
        ),
        Export(
            "differences", "差异台账",
            (
                Column("id", "流水号", "digits"), Column("at", "发现时间", "time"),
                Column("batch", "批次"), Column("line", "文件行号"),
                Column("last4", "手机尾号", "digits"),
                Column("category", "种类代码"), Column("category_text", "种类"),
                Column("reason", "原因代码"), Column("reason_text", "原因"),
                Column("step", "不一致的步骤"), Column("was", "原值"),
                Column("was_batch", "原值来自批次"), Column("now", "新值"),
                Column("moved", "归属有变化"), Column("before", "原归属"),
                Column("after", "新归属"), Column("state", "状态"),
                Column("done_at", "处理时间", "time"), Column("by_whom", "处理人"),
                Column("note", "说明"), Column("reopened_at", "重新打开时间", "time"),
                Column("reopened_by", "重新打开人"), Column("reopened_note", "重新打开的原因"),
            ),
            export_rows.differences,
        ),
        Export(
            "patrols", "巡查记录",
            (
                Column("id", "流水号", "digits"), Column("at", "巡查时间", "time"),
                Column("unit", "单位编号"), Column("unit_name", "单位名称"),
                Column("picture", "第几张照片", "number"),
                Column("state", "结果代码"), Column("state_text", "结果"),
                Column("code_unit", "码的单位"), Column("code_name", "码的单位名称"),
                Column("issue", "码版次", "number"), Column("placement", "张贴点"),
                Column("leads", "别人的码通向"), Column("by_whom", "巡查人"),
            ),
            export_rows.patrolled,
        ),
        # What the platform counted without a name, beside ours: never the ground of a credit.
        Export(
            "counts", "平台汇总数对照",
            (
                Column("place", "单位编号或网点"), Column("name", "名称"), Column("source", "来源"),
                Column("first_day", "首日", "day"), Column("last_day", "末日", "day"),
                Column("platform_registered", "平台注册", "count"),
                Column("platform_bound", "平台绑卡", "count"),
                Column("platform_paid", "平台交易", "count"),
                Column("claimant", "登记", "count"), Column("registered", "登记后注册", "count"),
                Column("bound", "登记后绑卡", "count"),
                Column("effective", "有效新用户", "count"),
            ),
            export_rows.counts,
        ),
        Export(
            "points", "融资需求调查点",
            (
                Column("number", "序号", "number"), Column("level", "层级"),
                Column("unit", "编号"), Column("name", "名称"),
                Column("area", "所属乡镇"), Column("bank", "对接银行"),
                Column("points", "调查点数", "count"), Column("scans", "扫码", "count"),
                Column("ways", "转到平台", "count"),
                Column("share", "转到平台占扫码（%）", "rate"),
                Column("note", "单位变动"),
            ),
            export_rows.surveyed,
        ),
        Export(
            "progress", "进度表",
            (
                Column("number", "序号", "number"), Column("unit", "单位编号"),
                Column("name", "名称"), Column("target", "指导任务数", "count"),
                *(Column(key, heading, "count") for key, heading in progress.COLUMNS.items()),
                Column("corrected", "其中更正（锁定后）", "count"),
                Column("fresh", "时段新增", "count"), Column("rate", "完成率（%）", "rate"),
                Column("gap", "时序进度差（百分点）", "rate"), Column("rank", "位次", "number"),
                Column("level", "层级"), Column("area", "所属乡镇"), Column("bank", "所属银行"),
                Column("note", "单位变动"),
            ),
            export_rows.progressed,
        ),
    )
}


# Whose rows are about people: they may be given the first digits too.
OF_PEOPLE = ("attribution", "claims", "credits", "differences")


def with_heads(export: Export) -> Export:
    """Return *export* with a column for the first three digits before the last four."""
    columns: list[Column] = []
    for column in export.columns:
        if column.key == "last4":
            columns.append(Column("head", "手机前三位", "digits"))
        columns.append(column)
    return replace(export, columns=tuple(columns))


def add_heads(
    store: Store, campaign: str, blocks: Iterable[Columns], pepper: str
) -> Iterator[Columns]:
    """Yield *blocks* with ``head``, the first three digits, '' where they were not kept."""
    for block in blocks:
        persons = block["person"]
        heads: list[str] = []
        for first in range(0, len(persons), _TOGETHER):
            some = persons[first : first + _TOGETHER]
            with store.read() as connection:
                sealed = residents.heads(connection, campaign, set(some))
            heads += [
                people.open_head(sealed[person], person, pepper) if person in sealed else ""
                for person in some
            ]
        yield {**block, "head": heads}


# What a dry run says of each row; there is no table of them.
FEED_ROWS = Export(
    "feed-rows", "试算明细",
    (
        Column("line", "文件行号"), Column("last4", "手机尾号", "digits"),
        Column("category_text", "结果"), Column("reason_text", "原因"),
    ),
    lambda store, campaign, chosen: iter(()),
)

# Not among EXPORTS: it is the checker's alone.
AUDIT = Export(
    "audit", "审计日志",
    (
        Column("n", "序号", "number"), Column("at", "时间", "time"), Column("who", "账号"),
        Column("what", "动作代码"), Column("deed", "动作"), Column("detail", "内容"),
        Column("network", "来源"), Column("hash", "链值"), Column("kept", "原文"),
    ),
    export_rows.audited,
)
