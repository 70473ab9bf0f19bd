"""
Downloads: which tables leave the ledger, and what stands in their columns.

No column holds a number, a digest or a secret: the last four digits, and for who states
a purpose the first three (`with_heads`). Rows stream: a million of them need no more
memory than a page. (As files: `spreadsheets`.)
"""
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from attribution.office import audit
from attribution.reports import beside, difference_table, progress
from attribution.rule import people
from attribution.rule.instants import day_of
from attribution.store import Store, export_pages, residents
from attribution.store.engine.database import Columns, Row
from attribution.store.export_pages import Filter

T = TypeVar("T")

# Of how many people the first digits are looked up at once.
_TOGETHER = 500


@dataclass(frozen=True)
class Column:
    """A column: its *key* in English, its Chinese *heading* and its *kind*."""

    key: str
    heading: str
    kind: str = "text"  # text, number, time, rate; step: a time, or a whole day


@dataclass(frozen=True)
class Export:
    """A table that can be downloaded."""

    name: str
    title: str
    columns: tuple[Column, ...]
    blocks: Callable[[Store, str, Filter], Iterator[Columns]]


_CODE = (
    Column("unit", "单位编号"),
    Column("issue", "码期号", "number"),
    Column("placement", "张贴点"),
)

_STEPS = (
    Column("registered_at", "注册时间", "step"),
    Column("card_bound_at", "绑卡时间", "step"),
    Column("first_txn_at", "首笔交易时间", "step"),
)

# Why somebody is no credit (`rule.credit.Reason`), in words.
REASONS = {
    "not_registered_yet": "尚未注册",
    "registered_before": "活动前已注册",
    "registered_after": "活动结束后注册",
    "no_claim": "无登记（自然新增）",
    "held": "登记待核查",
    "withdrawn": "本人已撤回",
    "claim_expired": "登记已过有效期",
    "claim_after": "注册在先、登记在后",
    "outside_campaign": "不在活动期内",
    "not_bound_yet": "尚未绑卡",
    "no_transaction_yet": "尚未完成交易",
    "settled_too_late": "完成过晚",
    "reversed": "已更正撤销",
}


# By what of the number the platform spoke of somebody (`rule.people.Grade`).
GRADES = {"number": "号码", "hash": "哈希", "masked": "掩码"}


def _claims(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    for block in export_pages.claims(store, campaign, chosen):
        yield {
            **block,
            "state": [
                "已撤回" if withdrawn_at is not None else "待核查" if review == "held" else "有效"
                for withdrawn_at, review
                in zip(block["withdrawn_at"], block["review"], strict=True)
            ],
            "verified": ["是" if verified else "否" for verified in block["verified"]],
        }


def _attribution(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    for block in export_pages.standings(store, campaign, chosen, credited=False):
        yield {
            **block,
            "reason_text": [REASONS.get(reason or "", "有效新用户") for reason in block["reason"]],
            "verified": [{1: "是", 0: "否"}.get(verified, "") for verified in block["verified"]],
            "grade": _grades(block),
        }


def _credits(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    for block in export_pages.standings(store, campaign, chosen, credited=True):
        yield {**block, "unit": block["credited"], "grade": _grades(block)}


def _grades(block: Columns) -> list[str]:
    """Return by what of the number each person's facts came, '' where there are none."""
    return [
        "" if registered_at is None else GRADES[grade or "number"]
        for grade, registered_at in zip(block["grade"], block["registered_at"], strict=True)
    ]


def _differences(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    found = difference_table.chosen_by(chosen)
    yield from difference_table.rows_of(store, campaign, found, REASONS)


def _counts(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    lines = beside.table(store, campaign, *_days(chosen), only=chosen.only)
    yield from in_blocks(
        {
            "place": line.place, "name": line.name, "source": line.source,
            "first_day": line.since, "last_day": line.until,
            **{f"platform_{name}": n for name, n in line.theirs.items()}, **line.ours,
        }
        for line in lines if chosen.unit in (None, line.place)
    )


def _progress(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    yield from in_blocks(_progress_rows(store, campaign, chosen))


def _progress_rows(store: Store, campaign: str, chosen: Filter) -> Iterator[Row]:
    since, until = _days(chosen)
    table = progress.by_area(
        store, campaign, since, until, period=chosen.period, only=chosen.only
    )
    for number, line in enumerate((table.total, *table.lines)):
        if chosen.unit in (None, line.key):
            yield {
                "number": number or None, "unit": line.key, "name": line.name,
                "target": line.target, "rate": line.rate, "fresh": line.fresh, "rank": line.rank,
                "corrected": line.corrected,
                "gap": None if chosen.share is None else line.gap(chosen.share),
                **{step: line.counts.get(step, 0) for step in (*progress.STEPS, *progress.LESSER)},
            }


def _days(chosen: Filter) -> tuple[int, int]:
    since = day_of(chosen.since) if chosen.since is not None else 0
    until = day_of(chosen.until - 1) + 1 if chosen.until is not None else 99_999_999
    return since, until


EXPORTS = {
    export.name: export
    for export in (
        Export(
            "attribution", "归属明细",
            (
                Column("credited", "归属单位"), Column("last4", "手机尾号"),
                Column("claimed_at", "登记时间", "time"), Column("claimed_unit", "登记单位"),
                Column("issue", "码期号", "number"), Column("placement", "张贴点"),
                Column("verified", "验证码核实"), *_STEPS,
                Column("effective_at", "成为有效新用户时间", "time"),
                Column("reason", "原因代码"), Column("reason_text", "结论"),
                Column("grade", "数据依据"),
            ),
            _attribution,
        ),
        Export(
            "scans", "扫码明细",
            (
                Column("id", "流水号"), Column("at", "扫码时间", "time"), *_CODE,
                Column("client", "打开方式"), Column("flag", "不计数原因"),
            ),
            export_pages.scans,
        ),
        Export(
            "claims", "登记明细",
            (
                Column("id", "流水号"), Column("at", "登记时间", "time"),
                Column("last4", "手机尾号"), *_CODE, Column("verified", "验证码核实"),
                Column("client", "打开方式"), Column("state", "状态"),
                Column("withdrawn_at", "撤回时间", "time"),
            ),
            _claims,
        ),
        Export(
            "credits", "有效新用户明细",
            (
                Column("unit", "归属单位"), Column("last4", "手机尾号"),
                Column("effective_at", "成为有效新用户时间", "time"),
                Column("claimed_at", "登记时间", "time"), *_STEPS,
                Column("decided_at", "判定时间", "time"), Column("grade", "数据依据"),
            ),
            _credits,
        ),
        Export(
            "differences", "差异台账",
            (
                Column("id", "流水号"), Column("at", "发现时间", "time"), Column("batch", "批次"),
                Column("line", "文件行号"), Column("last4", "手机尾号"),
                Column("category", "种类代码"), Column("category_text", "种类"),
                Column("reason", "原因代码"), Column("reason_text", "原因"),
                Column("step", "不一致的步骤"), Column("was", "原值"),
                Column("was_batch", "原值来自批次"), Column("now", "新值"),
                Column("moved", "归属有变化"), Column("before", "原归属"),
                Column("after", "新归属"), Column("state", "状态"),
                Column("done_at", "处理时间", "time"), Column("by_whom", "处理人"),
                Column("note", "说明"),
            ),
            _differences,
        ),
        # What the platform counted without a name, beside ours: never the ground of a credit.
        Export(
            "counts", "平台汇总数对照",
            (
                Column("place", "单位编号或网点"), Column("name", "名称"), Column("source", "来源"),
                Column("first_day", "首日", "number"), Column("last_day", "末日", "number"),
                Column("platform_registered", "平台注册", "number"),
                Column("platform_bound", "平台绑卡", "number"),
                Column("platform_paid", "平台交易", "number"),
                Column("claimant", "登记", "number"), Column("registered", "登记后注册", "number"),
                Column("bound", "登记后绑卡", "number"),
                Column("effective", "有效新用户", "number"),
            ),
            _counts,
        ),
        Export(
            "progress", "进度表",
            (
                Column("number", "序号", "number"), Column("unit", "单位编号"),
                Column("name", "乡镇（社区）"), Column("target", "指导任务数", "number"),
                *(Column(key, heading, "number") for key, heading in progress.STEPS.items()),
                *(Column(key, heading, "number") for key, heading in progress.LESSER.items()),
                Column("corrected", "其中更正（锁定后）", "number"),
                Column("fresh", "本期新增", "number"), Column("rate", "完成率（%）", "rate"),
                Column("gap", "时序进度差（百分点）", "rate"), Column("rank", "位次", "number"),
            ),
            _progress,
        ),
    )
}


def _audit(store: Store, campaign: str, chosen: Filter) -> Iterator[Columns]:
    # Whoever shows them has the words for what was done; the kept text is what the hash covers.
    yield from in_blocks(
        {**row, "deed": row["what"], "kept": row["detail"]} for row in audit.entries(store)
    )


def in_blocks(rows: Iterable[Row]) -> Iterator[Columns]:
    """Yield *rows*, all with the same names, as what an Export is made of."""
    every = iter(rows)
    while some := list(islice(every, export_pages.PAGE)):
        yield {name: [row[name] for row in some] for name in some[0]}


# Whose rows are about people: they may be given the first digits too.
OF_PEOPLE = ("attribution", "claims", "credits", "differences")


def with_heads(export: Export) -> Export:
    """Return *export* with a column for the first three digits before the last four."""
    columns: list[Column] = []
    for column in export.columns:
        if column.key == "last4":
            columns.append(Column("head", "手机前三位"))
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
        Column("line", "文件行号"), Column("last4", "手机尾号"),
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
    _audit,
)
