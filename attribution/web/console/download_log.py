"""
What was downloaded: one's own for everybody, all of it for office and checker, page by page.

Files are not kept, so that none lies about. Asked for again with the same filters and the same
purpose, a download has a number of its own and tells the figures of that moment.
"""
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask import render_template, request, url_for

from attribution.deeds import Entry, Kind
from attribution.reports import exports
from attribution.rule.instants import Instant
from attribution.store import audit_log
from attribution.store.engine.database import Row
from attribution.web.console import access, audit_words, days, people, picking
from attribution.web.console.access import allow, pages
from attribution.web.console.audits import asked_for
from attribution.web.console.downloads import TYPES
from attribution.web.console.rows import PAGE
from attribution.web.current import service

FILTERS = ("whose", "who", "since", "to", "below")
# What leaves the house: a download's end is told with its beginning.
KINDS = (Kind.EXPORT, Kind.EXPORT_REFUSED, Kind.PICTURE, Kind.POSTER, Kind.POSTERS)
_ENDS = (Kind.EXPORT_DONE, Kind.EXPORT_BROKEN)
# Who sees what others downloaded.
_WATCHING = ("office", "checker")


class DownloadLine(NamedTuple):
    """
    One download.

    Args:
        number: Its own, as in the file's name; '' for what has none.
        of_what: What it was, with its filters in words.
        ended: How many rows it had, or that it broke off.
        again: Where the same is to be had again; '' where nothing does that.
    """

    number: str
    at: Instant
    who: str
    title: str
    of_what: str
    purpose: str
    ended: str
    sha256: str
    again: str


@pages.get("/downloads/log", endpoint="download_log")
@allow(*access.EVERYBODY)
def download_log() -> str:
    """Show what one downloaded oneself, or what all did, newest first."""
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    own = access.account()
    everybody = own.role in _WATCHING and chosen.get("whose") == "all"
    if everybody:
        with service().store.read() as connection:
            picking.also(audit_log.people(connection), people.person)
    asked = asked_for(chosen, person=everybody)
    rows: list[Row] = []
    ends: dict[str, Entry] = {}
    if not asked.wrong:
        who = asked.who if everybody else own.name
        with service().store.read() as connection:
            rows = audit_log.latest(
                connection, who=who, kinds=[kind.value for kind in KINDS], since=asked.since,
                until=asked.until, below=asked.below, limit=PAGE + 1,
            )
            # A download ends soon after it began, so its end is among the next of them.
            ends = _by_number(audit_log.following(
                connection, rows[-1]["n"] if rows else 0, [kind.value for kind in _ENDS], 4 * PAGE
            ))
    more, rows = len(rows) > PAGE, rows[:PAGE]
    return render_template(
        "admin/download_log.html", rows=[_line(row, ends) for row in rows], chosen=chosen,
        everybody=everybody, watching=own.role in _WATCHING, between=days.fields(chosen),
        wrong=asked.wrong, below=rows[-1]["n"] if more else None,
    )


def _by_number(rows: Iterable[Row]) -> dict[str, Entry]:
    """Return how downloads ended, by their number."""
    entries = [(row["what"], Entry.from_text(row["detail"])) for row in rows]
    return {str(dict(entry.more).get("export")): entry for _, entry in entries}


def _line(row: Row, ends: Mapping[str, Entry]) -> DownloadLine:
    entry = Entry.from_text(row["detail"])
    more: dict[str, Any] = dict(entry.more)
    name, _, form = entry.subject.partition(".")
    # Other files than tables are entered once, whole, as posters are.
    is_table = row["what"] == Kind.EXPORT.value and form in TYPES
    number = f"E{row['n']:06}" if is_table else ""
    ended, sha256 = "", ""
    if is_table:
        told = dict(ends[number].more) if number in ends else {}
        sha256 = str(told.get("sha256", ""))
        ended = f"{told['rows']:,} 行" if sha256 else "没有给完"
    text = audit_words.plain(row["what"], row["detail"], _names())
    if is_table:
        title = exports.EXPORTS[name].title if name in exports.EXPORTS else "审计日志"
        text = audit_words.chosen_text(more.get("chosen") or {}, _names())
        title = f"{title}（{form.upper()}）"
    else:
        title = audit_words.title(row["what"])
    return DownloadLine(
        number, row["at"], row["who"], title, text, str(more.get("purpose") or ""), ended,
        sha256, _again(row["what"], entry, more),
    )


def _again(what: str, entry: Entry, more: Mapping[str, Any]) -> str:
    """Return where the same is to be had again, if the account may have it."""
    noun, _, rest = entry.subject.partition(" ")
    if what == Kind.POSTER.value and noun == "unit" and access.may("admin.poster"):
        return url_for(
            "admin.poster", unit=rest, format_name=more.get("format", ""),
            placement=more.get("placement"),
        )
    if what == Kind.PICTURE.value:
        view, _, more_of = entry.subject.partition(" ")
        unit = more_of.partition(" ")[0]
        return url_for("admin.picture", view=view, of=unit if unit in _names() else None)
    name, _, form = entry.subject.partition(".")
    if what != Kind.EXPORT.value or form not in TYPES:
        return ""
    chosen = {**(more.get("chosen") or {}), "purpose": more.get("purpose") or None}
    if name == "differences" and access.may("admin.difference_download"):
        return url_for("admin.difference_download", kind=form, **chosen)
    if name in exports.EXPORTS and access.may("admin.download"):
        return url_for("admin.download", name=name, kind=form, **chosen)
    if name == exports.AUDIT.name and access.may("admin.audit_download"):
        return url_for("admin.audit_download", kind=form, purpose=chosen["purpose"])
    return ""


def _names() -> dict[str, str]:
    return {id: unit.name for id, unit in access.snapshot().units.items()}
