"""The difference ledger as a table: each row with what it contradicted, and who looked at it."""
from collections.abc import Iterator, Mapping
from typing import Any

from attribution.facts import bad_rows, conflicts, notes, row_words
from attribution.facts.report import CATEGORIES
from attribution.facts.row_numbers import line_text
from attribution.rule.stated import VOID, Stated, stated_text
from attribution.store import Store, difference_rows, registry
from attribution.store.difference_rows import Chosen
from attribution.store.engine.database import Columns, Connection, Row
from attribution.store.export_pages import Filter

STATES = {"open": "待查", "done": "已处理", "outcome": "规则的结果，不用处理"}
STEPS = {"registered_at": "注册时间", "card_bound_at": "绑卡时间", "first_txn_at": "首笔交易时间"}


def state_of(row: Row) -> str:
    """Return which of STATES the difference *row* is in."""
    return "done" if row["done_at"] is not None else "outcome" if row["outcome"] else "open"


def value_text(value: Stated | None) -> str:
    """Return a value of a step as people read it."""
    return "未再给" if value is None else "已撤销" if value == VOID else stated_text(value)


def chosen_by(chosen: Filter) -> Chosen:
    """Return which rows *chosen* means: by time, state and batch."""
    return Chosen(
        state=chosen.state or "", batch=chosen.batch or "", since=chosen.since,
        before=chosen.until,
    )


def rows_of(
    store: Store, campaign: str, chosen: Chosen, reasons: Mapping[str, str]
) -> Iterator[Columns]:
    """
    Yield the *chosen* rows, oldest first, block by block.

    Args:
        reasons: Why the rule gives nobody a credit, in words.
    """
    for page in difference_rows.pages(store, campaign, chosen):
        for first in range(0, len(page), 500):
            with store.read() as connection:
                told = [
                    _told(row, *found, reasons) for row, found in
                    _with_conflicts(connection, campaign, page[first : first + 500])
                ]
            yield {name: [row[name] for row in told] for name in told[0]}


def _with_conflicts(
    connection: Connection, campaign: str, rows: list[Row]
) -> Iterator[tuple[Row, tuple[conflicts.Contradiction | None, dict[str, str]]]]:
    found = conflicts.told(connection, campaign, rows)
    names = {id: unit.name for id, unit in registry.read(connection, campaign).units.items()}
    for row in rows:
        yield row, (found.get(int(row["id"])), names)


def _told(
    row: Row, conflict: conflicts.Contradiction | None, names: Mapping[str, str],
    reasons: Mapping[str, str],
) -> dict[str, Any]:
    steps = conflict.steps if conflict else ()
    malformed = row["category"] == "malformed"
    note = "" if row["note"] is None else notes.shown(row["note"])
    return {
        **row,
        "line": line_text(row["line"]) if row["line"] else "",
        "category_text": CATEGORIES.get(row["category"], row["category"]),
        "reason": "" if malformed else row["reason"],
        "reason_text": _why(row["reason"], reasons),
        "step": "；".join(STEPS[one.step] for one in steps),
        "was": "；".join(value_text(one.was) for one in steps),
        "was_batch": "；".join(one.was_batch for one in steps),
        "now": "；".join(value_text(one.now) for one in steps),
        "moved": "" if conflict is None else "是" if conflict.moved else "否",
        "before": _unit(conflict.before if conflict else None, names),
        "after": _unit(conflict.after if conflict else None, names),
        "state": STATES[state_of(row)],
        "note": note,
        "by_whom": "系统" if row["by_whom"] == "rule" else row["by_whom"] or "",
        "reopened_by": row["reopened_by"] or "", "reopened_note": row["reopened_note"] or "",
    }


def _unit(id: str | None, names: Mapping[str, str]) -> str:
    return "" if id is None else f"{id} {names.get(id, '')}".strip()


def _why(reason: str, reasons: Mapping[str, str]) -> str:
    if reason in row_words.ROW_REASONS or reason in reasons:
        return row_words.ROW_REASONS.get(reason) or reasons[reason]
    # What an earlier version kept of a row it could not read held its cells.
    return "读不懂" if bad_rows.faults_of(reason) is None else bad_rows.shown(reason)
