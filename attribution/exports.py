"""
Downloads: what leaves the ledger, as CSV and XLSX that Excel and WPS open right.

No column holds a number, a digest or a secret: the last four digits, and for who states
a purpose the first three (`with_heads`). No cell can become a formula (OWASP, CSV
injection; ASVS 1.2.10). Rows stream: a million of them need no more memory than a page.
"""
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from attribution import audit, people, reports, sheets
from attribution.instants import day_of, local_text
from attribution.store import Store, pages, residents
from attribution.store.database import Row
from attribution.store.pages import Filter

# What a spreadsheet may take for the start of a formula, full-width forms included.
_FORMULA = tuple("=+-@\t\r\n\0＝＋－＠")

_MARK = re.compile(r"封印 [0-9]+ · [0-9: -]+ · (?:SM3 )?[0-9a-f]{16}")

# Of how many people the first digits are looked up at once.
_TOGETHER = 500

# Rows that are written together.
_BLOCK = 500


@dataclass(frozen=True)
class Column:
    """A column: its *key* in English, its Chinese *heading*, its *kind* and how to get it."""

    key: str
    heading: str
    kind: str = "text"  # text, number, time, rate

    def value(self, row: Row) -> Any:
        return row.get(self.key)


@dataclass(frozen=True)
class Export:
    """A table that can be downloaded."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Callable[[Store, str, Filter], Iterator[Row]]


_CODE = (
    Column("unit", "单位编号"),
    Column("issue", "码期号", "number"),
    Column("placement", "张贴点"),
)

_STEPS = (
    Column("registered_at", "注册时间", "time"),
    Column("card_bound_at", "绑卡时间", "time"),
    Column("first_txn_at", "首笔交易时间", "time"),
)

# The reasons of design.md 2, in words.
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


def _scans(store: Store, campaign: str, chosen: Filter) -> Iterator[Row]:
    return pages.scans(store, campaign, chosen)


def _claims(store: Store, campaign: str, chosen: Filter) -> Iterator[Row]:
    for row in pages.claims(store, campaign, chosen):
        state = "已撤回" if row["withdrawn_at"] is not None else ""
        state = state or ("待核查" if row["review"] == "held" else "有效")
        yield {**row, "state": state, "verified": "是" if row["verified"] else "否"}


def _attribution(store: Store, campaign: str, chosen: Filter) -> Iterator[Row]:
    for row in pages.standings(store, campaign, chosen, credited=False):
        yield {
            **row,
            "reason": row["reason"] or "",
            "reason_text": REASONS.get(row["reason"] or "", "有效新用户"),
            "verified": {1: "是", 0: "否"}.get(row["verified"], ""),
        }


def _credits(store: Store, campaign: str, chosen: Filter) -> Iterator[Row]:
    for row in pages.standings(store, campaign, chosen, credited=True):
        yield {**row, "unit": row["credited"]}


def _progress(store: Store, campaign: str, chosen: Filter) -> Iterator[Row]:
    since, until = _days(chosen)
    table = reports.by_area(
        store, campaign, since, until, period=chosen.period, only=chosen.only
    )
    for number, line in enumerate((table.total, *table.lines)):
        if chosen.unit in (None, line.key):
            yield {
                "number": number or None, "unit": line.key, "name": line.name,
                "target": line.target, "rate": line.rate, "fresh": line.fresh, "rank": line.rank,
                "corrected": line.corrected,
                "gap": None if chosen.share is None else line.gap(chosen.share),
                **{step: line.counts.get(step, 0) for step in reports.STEPS},
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
            ),
            _attribution,
        ),
        Export(
            "scans", "扫码明细",
            (
                Column("id", "流水号"), Column("at", "扫码时间", "time"), *_CODE,
                Column("client", "打开方式"), Column("flag", "不计数原因"),
            ),
            _scans,
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
                Column("decided_at", "判定时间", "time"),
            ),
            _credits,
        ),
        Export(
            "progress", "进度表",
            (
                Column("number", "序号", "number"), Column("unit", "单位编号"),
                Column("name", "乡镇（社区）"), Column("target", "指导任务数", "number"),
                *(Column(key, heading, "number") for key, heading in reports.STEPS.items()),
                Column("corrected", "其中更正（锁定后）", "number"),
                Column("fresh", "本期新增", "number"), Column("rate", "完成率（%）", "rate"),
                Column("gap", "时序进度差（百分点）", "rate"), Column("rank", "位次", "number"),
            ),
            _progress,
        ),
    )
}


def _audit(store: Store, campaign: str, chosen: Filter) -> Iterator[Row]:
    for row in audit.entries(store):
        yield {**row, "deed": audit.DEEDS.get(row["what"], row["what"])}


# Whose rows are about people: they may be given the first digits too.
OF_PEOPLE = ("attribution", "claims", "credits")


def with_heads(export: Export) -> Export:
    """Return *export* with a column for the first three digits before the last four."""
    columns: list[Column] = []
    for column in export.columns:
        if column.key == "last4":
            columns.append(Column("head", "手机前三位"))
        columns.append(column)
    return replace(export, columns=tuple(columns))


def add_heads(store: Store, campaign: str, rows: Iterable[Row], pepper: str) -> Iterator[Row]:
    """Yield *rows* with ``head``, the first three digits, '' where they were not kept."""
    iterator = iter(rows)
    while some := list(islice(iterator, _TOGETHER)):
        persons = {row["person"] for row in some}
        with store.read() as connection:
            sealed = residents.heads(connection, campaign, persons)
        for row in some:
            person = row["person"]
            head = people.open_head(sealed[person], person, pepper) if person in sealed else ""
            yield {**row, "head": head}


# What a dry run says of each row; there is no table of them.
FEED_ROWS = Export(
    "feed-rows", "试算明细",
    (
        Column("line", "文件行号", "number"), Column("last4", "手机尾号"),
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
        Column("network", "来源"), Column("hash", "链值"),
    ),
    _audit,
)


def safe_text(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def headings(export: Export, language: str = "zh") -> list[str]:
    """Return the column headings, in Chinese or (``en``) as their keys."""
    return [column.key if language == "en" else column.heading for column in export.columns]


def write_csv(
    export: Export, rows: Iterable[Row], *, encoding: str = "utf-8-sig", language: str = "zh",
    mark: str = "",
) -> Iterator[bytes]:
    """
    Yield *rows* as CSV: BOM, CRLF, times as ``2022-10-11 09:30:00`` in Shanghai.

    Args:
        encoding: ``utf-8-sig`` or ``gb18030`` (for old Excel).
        mark: The seal. It heads an empty column after the last, so that it is in the
            file and neither a filter, a sum nor a program that reads rows meets it.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")

    def taken(codec: str) -> bytes:
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text.encode(codec)

    more = [mark] if mark else []
    writer.writerow([*headings(export, language), *more])
    yield taken(encoding)
    # The mark stands at the very start only.
    codec = "utf-8" if encoding == "utf-8-sig" else encoding
    every = iter(rows)
    while block := list(islice(every, _BLOCK)):
        # By columns: a third of the time that it takes cell by cell.
        columns = [_csv_cells(column, block) for column in export.columns]
        if mark:
            columns.append([""] * len(block))
        writer.writerows(zip(*columns, strict=True))
        yield taken(codec)


def _csv_cells(column: Column, rows: Sequence[Row]) -> list[Any]:
    values = [row.get(column.key) for row in rows]
    if column.kind == "time":
        return [local_text(value) for value in values]
    if column.kind in ("number", "rate"):
        return values  # the csv module writes None as nothing
    different = set(values)
    if len(different) > len(values) // 4:
        return [_csv_text(value) for value in values]
    texts = {value: _csv_text(value) for value in different}  # units, apps: few over and over
    return [texts[value] for value in values]


def _csv_text(value: object) -> object:
    return value if value is None or type(value) is int else safe_text(str(value))


def stream_xlsx(
    export: Export, rows: Iterable[Row], *, language: str = "zh", mark: str = ""
) -> Iterator[bytes]:
    """
    Yield *rows* as XLSX with real dates and numbers, block by block (`sheets`).

    Args:
        mark: The seal. It stands on a last sheet of its own, in the page's foot when
            printed, and in the file's properties; the table holds nothing but its rows.
    """
    makers = [(column.key, _MAKERS[column.kind]) for column in export.columns]

    def cells() -> Iterator[list[str]]:
        for row in rows:
            yield [
                "" if (value := row.get(key)) is None or value == "" else make(value)
                for key, make in makers
            ]

    return sheets.stream(
        export.title, headings(export, language),
        [20 if column.kind == "time" else 14 for column in export.columns], cells(), mark,
    )


_MAKERS: dict[str, Callable[[Any], str]] = {
    "text": lambda value: sheets.text_cell(safe_text(str(value))),
    "number": sheets.number_cell, "rate": sheets.rate_cell, "time": sheets.time_cell,
}


def write_xlsx(
    export: Export, rows: Iterable[Row], path: Path, *, language: str = "zh", mark: str = ""
) -> int:
    """
    Write *rows* to *path* as `stream_xlsx` makes it; return how many.

    A table longer than a sheet goes on in the next one.
    """
    count = 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    with path.open("wb") as file:
        file.writelines(stream_xlsx(export, counted(), language=language, mark=mark))
    return count


def mark_in(path: Path) -> str:
    """Return the seal that *path* says it was exported after, or ''. Proves nothing."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as book:
                head = book.read("docProps/core.xml")
        else:
            with path.open("rb") as file:
                head = file.read(1 << 16)
    except (OSError, KeyError, zipfile.BadZipFile):
        return ""
    for encoding in ("utf-8", "gb18030"):
        if match := _MARK.search(head.decode(encoding, "ignore")):
            return match[0]
    return ""


def as_rows(export: Export, rows: Iterable[Row]) -> Iterator[Sequence[object]]:
    """Yield *rows* as plain values in the order of the columns, for tables on a page."""
    for row in rows:
        yield [
            local_text(column.value(row)) if column.kind == "time" else column.value(row)
            for column in export.columns
        ]
