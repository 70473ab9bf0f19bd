"""The audit log, for the checker's eyes: by person, kind and days, in words, page by page."""
from collections.abc import Mapping
from typing import NamedTuple

from flask import render_template, request

from attribution.office import audit
from attribution.rule.instants import Instant
from attribution.store import audit_log
from attribution.store.engine.database import Row
from attribution.web.console import access, audit_words, days, people, picking
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import PAGE, whole_number
from attribution.web.current import service

FILTERS = ("who", "what", "since", "to", "below")
MOST_NUMBER = 10**15


class LogFilter(NamedTuple):
    """
    Which entries of the log are asked for.

    Args:
        wrong: What is wrong with the days, for the page to say; nothing is shown then.
    """

    who: str = ""
    since: Instant | None = None
    until: Instant | None = None
    below: int | None = None
    wrong: str = ""


def asked_for(chosen: dict[str, str], *, person: bool = True) -> LogFilter:
    """
    Return what the filters of a page of the log ask for; what is wrong stands at the fields.

    Args:
        chosen: The filters; of *who* the account's own name is left in it.
        person: Whether the page asks for one.
    """
    who, wrong = "", ""
    if person:
        try:
            who = chosen["who"] = picking.account("who", {**request.args, **chosen})
        except picking.Unpicked:
            chosen.pop("who", None)
            wrong = "没有这个人，见上面。"
    try:
        since, until = days.bounds(chosen)
    except ValueError:
        return LogFilter(wrong="日期要写成 2026-11-05 这样。")
    below = chosen.get("below", "")
    return LogFilter(who, since, until, whole_number(below, MOST_NUMBER) if below else None, wrong)


@pages.get("/audit", endpoint="audits")
@allow("checker")
def audit_entries() -> str:
    """Show the newest entries, or those asked for, and whether the chain is whole."""
    chosen = access.remembered("audit", FILTERS)
    with service().store.read() as connection:
        picking.also(audit_log.people(connection), people.person)
        kinds = audit_log.kinds(connection)
        head = audit_log.head(connection)
        oldest = audit_log.after(connection, 0, 1)
    asked = asked_for(chosen)
    rows: list[Row] = []
    if not asked.wrong:
        with service().store.read() as connection:
            rows = audit_log.latest(
                connection, who=asked.who, what=chosen.get("what", ""), since=asked.since,
                until=asked.until, below=asked.below, limit=PAGE + 1,
            )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return render_template(
        "admin/audit.html", rows=[_line(row, _names()) for row in rows], chosen=chosen,
        title=audit_words.title, kinds=sorted(kinds, key=audit_words.title), head=head,
        between=days.fields(chosen), wrong=asked.wrong,
        faults=[fault.shown() for fault in audit.faults(service().store)],
        below=rows[-1]["n"] if more else None, oldest=oldest[0]["at"] if oldest else None,
    )


class LogLine(NamedTuple):
    """One entry: what the page says, and what the hashes cover, for whoever compares them."""

    n: int
    at: Instant
    who: str
    title: str
    text: str
    kept: str
    hash: str
    network: str


def _line(row: Row, names: Mapping[str, str]) -> LogLine:
    return LogLine(
        row["n"], row["at"], row["who"], audit_words.title(row["what"]),
        audit_words.plain(row["what"], row["detail"], names), row["detail"], row["hash"],
        (row["network"] or "")[:8],
    )


def _names() -> dict[str, str]:
    return {id: unit.name for id, unit in access.snapshot().units.items()}
