"""The platform's files: upload, map the columns, see what would happen, confirm."""
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as replace_in
from itertools import islice
from typing import Any

from flask import abort, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from attribution.deeds import Kind
from attribution.facts import feed_columns, feed_notes, intake
from attribution.facts.feed_preview import Look, shape_of_headings
from attribution.facts.intake import Aim
from attribution.facts.report import TO_WORK_OFF
from attribution.facts.row_numbers import line_text, read_line
from attribution.faults import Code
from attribution.office import feed_jobs
from attribution.office.feed_jobs import FeedOrder, FeedWork
from attribution.reports import beside, effects, exports
from attribution.rule import instants
from attribution.rule.instants import parse_instant
from attribution.store import console_lists, difference_rows, end_log, feed_batches
from attribution.store.engine.database import Row
from attribution.web.console import access, downloads, typed, uploads, words, work_words
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.console.uploads import Upload
from attribution.web.current import service
from qrgen.faults import Fault
from qrgen.texts import clean

# How a file is to be read, as the form names it: what `feed_columns` calls a choice.
_LAYOUT = tuple(f"map_{name}" for name in feed_columns.CHOICES)

# So many lines that are let go still fit into an address; a file with more is to be mended.
MOST_ACCEPTED = 500

WORDS = {**exports.REASONS, "credited": "有效新用户"}


@pages.get("/feeds", endpoint="feeds")
@allow("office", "checker")
def feed_list() -> str:
    """List the batches, and take a new file."""
    here = service()
    with here.store.read() as connection:
        batches = console_lists.batches(connection, here.campaign.id)
    return render_template(
        "admin/feeds.html", batches=batches, waiting=uploads.waiting(),
        counts=beside.table(here.store, here.campaign.id),
    )


@pages.post("/feeds")
@allow("office")
def upload_feed() -> Response:
    """Take a file, and show what it would do."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        access.told("请选择平台给的 CSV 或 XLSX 文件。", "problem")
        return redirect(url_for("admin.feeds"))
    here = service()
    with here.store.read() as connection:
        end_log.require_people(connection, here.campaign.id)  # before it lies on the disk
    kept = uploads.keep(sent)
    try:
        access.note(Kind.FEED_UPLOAD, f"batch {kept.batch}")
    except BaseException:
        kept.discard()
        raise
    return redirect(url_for("admin.feed", token=kept.token))


@pages.get("/feeds/<token>")
@allow("office", "checker")
def feed(token: str) -> str | Response | tuple[str, int]:
    """Show what the file would do: the report of a dry run, and where each row ended."""
    upload = uploads.find(token)
    work = upload.work()
    if work is not None and work.runs:
        return _at_work(upload, work)
    if work is not None and work.imports:
        ended = _ended(upload, work)
        if ended is not None:
            return ended
    chosen = _choices(upload, request.args)
    # What somebody else submitted is tried again when asked: meanwhile the ledger went on.
    again = bool(request.args.get("again"))
    report, problem, bad = None if again else upload.report(chosen), "", []
    broken = "" if again or work is None else work_words.ending(work)
    if report is None and not again and _was_about(work, chosen):
        assert work is not None
        problem, bad = work.problem, work.bad
    elif report is None:
        upload.write("last", json.dumps(chosen, ensure_ascii=False))
        order = _order(upload, chosen, Aim.TRY)
        if not upload.is_small:
            feed_jobs.start(service(), upload.folder, order)
            return redirect(url_for("admin.feed", token=token, **_query(chosen)))
        try:
            feed_jobs.perform(service(), upload.folder, order)
            report = upload.report(chosen)
        except Fault as fault:
            problem = fault.shown()
            bad = [[one.data.get("line", ""), one.shown()] for one in fault.more[:500]]
    notes = feed_notes.said(report.get("notes")) if report else []
    show = request.args.get("show", "")
    if show not in ("", *intake.CATEGORIES):
        abort(404)
    offset = whole_number(request.args.get("offset", "0"))
    rows = list(islice(upload.rows(show), offset, offset + PAGE)) if report else []
    total = 0
    if report:
        total = report["categories"].get(show, 0) if show else report["rows"]
    here = service()
    with here.store.read() as connection:
        sources = feed_batches.source_names(connection, here.campaign.id)
        planned = feed_batches.plan_of(
            connection, here.campaign.id, chosen.get("batch") or upload.batch
        ) if upload.planned else None
    return render_template(
        "admin/feed.html", upload=upload, report=report, problem=problem, bad=bad, broken=broken,
        fields=words.FIELDS, times=feed_columns.TIMES, notes=[said.shown() for said in notes],
        two=intake.needs_two(service().ledger),
        layout=_LAYOUT, table=_table(upload, chosen), sources=sources,
        totals=words.TOTALS, chosen=chosen,
        categories=intake.CATEGORIES, words=WORDS,
        reason=words.difference, rows=rows, show=show, page=page_of(offset, len(rows), total),
        query={key: value for key, value in chosen.items() if key != "accept"},
        effect=_effect(report), planned=_figures(planned),
        names={id: unit.name for id, unit in access.snapshot().units.items()},
    ), 400 if problem else 200


def _effect(report: dict[str, Any] | None) -> effects.Effect | None:
    """Return what the file does to units and ranks; None where no report tells of units."""
    if report is None or report.get("repeated") or "units" not in report:
        return None
    here = service()
    return effects.tables(here.store, here.campaign.id).of_units(report["units"])


def _figures(planned: Row | None) -> dict[str, Any]:
    """Return when the file was submitted, by whom, and what it would have done then."""
    if planned is None:
        return {}
    report = json.loads(planned["report"] or "{}")
    return {**planned, "report": report, "effect": effects.Effect(report.get("units", {}))}


@pages.get("/feeds/<token>/rows.<kind>")
@allow("office", "checker")
def feed_rows(token: str, kind: str) -> Response:
    """Send where each row of the file ended."""
    upload, show = uploads.find(token), request.args.get("show", "")
    if show not in ("", *intake.CATEGORIES):
        abort(404)
    found = exports.in_blocks(
        {
            "line": line_text(int(row["line"])), "last4": row["last4"],
            "category_text": intake.CATEGORIES[row["category"]],
            "reason_text": words.difference(row["reason"]),
        }
        for row in upload.rows(show)
    )
    return downloads.send(exports.FEED_ROWS, kind, found, {"batch": upload.batch, "show": show})


@pages.post("/feeds/<token>")
@allow("office", "checker")
@proven
def decide_feed(token: str) -> Response:
    """Take the file in, or throw it away, or stop what is at work on it."""
    upload = uploads.find(token)
    deed, work = request.form.get("deed"), upload.work()
    if work is not None and work.runs and work.counts and deed in ("discard", "stop"):
        access.told("这个文件已经计入账本，不能再取消；写完以后，有错的用更正。", "problem")
        return redirect(url_for("admin.feed", token=token))
    if deed == "stop":
        feed_jobs.stop(upload.folder)
        return redirect(url_for("admin.feed", token=token))
    if deed == "discard":
        batch = upload.batch
        intake.discard(service().ledger, batch, access.actor(), instants.now())
        upload.discard()
        access.told("文件已放弃，没有导入。")
        return redirect(url_for("admin.feeds"))
    if work is not None and (work.runs or feed_jobs.file_of(upload.folder) is None):
        return redirect(url_for("admin.feed", token=token))
    chosen = _choices(upload, request.form)
    asks = intake.needs_two(service().ledger) and not upload.planned
    order = _order(upload, chosen, (
        Aim.PLAN if asks else Aim.CONFIRM if upload.planned else Aim.TAKE
    ))
    if not upload.is_small:
        feed_jobs.start(service(), upload.folder, order)
        return redirect(url_for("admin.feed", token=token))
    report = feed_jobs.perform(service(), upload.folder, order)
    if asks:
        access.told("已提交，请另一个人在本页确认。")
        return redirect(url_for("admin.feeds"))
    upload.discard()
    return _taken_in(feed_jobs.result_of(report))


@pages.get("/feeds/<token>/progress")
@allow("office", "checker")
def feed_progress(token: str) -> dict[str, Any]:
    """Tell a script how far the file is."""
    work = uploads.find(token).work()
    if work is None:
        return {"state": "done"}
    return {
        "state": work.state, "text": work_words.phase(work), "count": work_words.count(work),
        "done": work.done, "total": work.total, "counts": work.counts,
    }


def _at_work(upload: Upload, work: FeedWork) -> str:
    return render_template("admin/feed_work.html", upload=upload, work=work, words=work_words)


def _ended(upload: Upload, work: FeedWork) -> Response | None:
    """Lead on from a file that counts; None where it does not."""
    if work.state == "done":
        return _taken_in(work.result)
    if work.state in ("lost", "stopped") and feed_jobs.has_counted(
        service(), upload.folder, work
    ):
        feed_jobs.forget(upload.folder)
        access.told("导入中断过，但文件已经计入账本；剩下的由系统接着写完。")
        return redirect(url_for("admin.batch", id=work.order.batch))
    return None


def _taken_in(result: Mapping[str, Any]) -> Response:
    if result["repeated"]:
        access.told(
            f"这个文件以前导入过（批次 {result['batch']}），没有重复导入。", "problem"
        )
        return redirect(url_for("admin.feeds"))
    access.told(
        f"批次 {result['batch']} 已导入：{result['rows']} 行，{result['people']} 人，"
        f"新增有效新用户 {result['credited']}，减少 {result['lost']}。"
    )
    return redirect(url_for("admin.batch", id=result["batch"]))


def _was_about(work: FeedWork | None, chosen: dict[str, Any]) -> bool:
    """Whether the last order was the dry run of this very reading, and came to nothing."""
    return (
        work is not None and work.order.aim == Aim.TRY.value and work.order.chosen == chosen
        and work.state != "done"
    )


def _query(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return *chosen* for an address; an empty one says so, for no words mean the last ones."""
    return dict(chosen) or {"batch": ""}


def _shape(upload: Upload) -> str:
    """Return by what a later table with the same headings is known."""
    table = _table(upload, {})
    return shape_of_headings(table.shown) if table is not None and table.shown else ""


def _as_before(upload: Upload) -> dict[str, Any]:
    """Return how a table with the headings of *upload* was read when one counted last."""
    here = service()
    with here.store.read() as connection:
        known = feed_batches.source(
            connection, here.campaign.id, feed_batches.SHAPE + _shape(upload)
        ) or {}
    sheets = {text for look in upload.looks(None) for text in (look.name, str(look.number))}
    # A sheet that is called by its day is not there again: then all are read.
    if not set(known.get("sheet", "").split("/")) <= sheets:
        known.pop("sheet", None)
    return {f"map_{name}": choice for name, choice in known.items()}


def _order(upload: Upload, chosen: dict[str, Any], aim: Aim) -> FeedOrder:
    by = access.actor()
    return FeedOrder(
        aim.value, chosen.get("batch") or upload.batch, _reading(chosen).as_json(),
        chosen.get("source", ""), chosen,
        {"name": by.name, "network": by.network, "door": by.door}, _shape(upload),
    )


@pages.get("/batches/<path:id>")
@allow("office", "checker")
def batch(id: str) -> str:
    """Show what a batch did, as its report was kept."""
    here = service()
    with here.store.read() as connection:
        row = feed_batches.batch(connection, here.campaign.id, id)
        if row is None:
            abort(404)
        waiting = difference_rows.count(
            connection, here.campaign.id, difference_rows.Chosen("open", batch=id)
        )
    report = json.loads(row["report"]) if row["report"] else None
    causes: list[tuple[str, str, int]] = []
    for cause, n in sorted((report or {}).get("causes", {}).items()):
        category, _, why = cause.partition(": ")
        causes.append((category, "见差异台账" if why == "row" else words.difference(why), n))
    return render_template(
        "admin/batch.html", row=row, report=report, categories=intake.CATEGORIES, causes=causes,
        to_work_off=TO_WORK_OFF, waiting=waiting, totals=words.TOTALS, words=WORDS,
        notes=[said.shown() for said in feed_notes.said((report or {}).get("notes"))],
    )


def _reading(chosen: dict[str, Any]) -> intake.Reading:
    try:
        as_of = parse_instant(chosen["as_of_date"]) if chosen.get("as_of_date") else None
    except ValueError:
        abort(400)
    return intake.Reading(
        mapping={
            name: chosen[f"map_{name}"]
            for name in feed_columns.CHOICES if chosen.get(f"map_{name}")
        },
        as_of=as_of,
        accept=frozenset(map(read_line, chosen.get("accept", []))),
        totals={
            name: whole_number(chosen[f"total_{name}"], 10**9)
            for name in words.TOTALS
            if chosen.get(f"total_{name}")
        },
        losses=bool(chosen.get("losses")),
    )


@dataclass(frozen=True)
class _Table:
    """
    What somebody can choose between, of the file that waits.

    Args:
        sheets: All of them; *chosen* are the names or places that were ticked.
        shown: The one whose rows and columns are offered; None where nothing could be read.
    """

    sheets: Sequence[Look]
    chosen: Sequence[str]
    shown: Look | None

    def is_chosen(self, look: Look) -> bool:
        return look.name.casefold() in self.chosen or str(look.number) in self.chosen

    def names_column(self, choice: str) -> bool:
        """Whether *choice* is one of those that are offered."""
        return self.shown is not None and any(
            choice == column.choice for column in self.shown.columns
        )


def _table(upload: Upload, chosen: Mapping[str, Any]) -> _Table | None:
    """Return what there is to choose between; None where the choice was made for good."""
    if upload.planned:
        return None
    row = chosen.get("map_heading_row")
    looks = upload.looks(int(row) if row else None)
    names = [part.casefold() for part in chosen.get("map_sheet", "").split("/") if part]
    table = _Table(looks, names, None)
    filled = [look for look in looks if look.rows]
    ticked = [look for look in filled if table.is_chosen(look)]
    # A cover has few columns, the list has the most.
    plain = sorted(
        (look for look in filled if not look.hidden), key=lambda look: -len(look.columns)
    )
    shown = next(iter([*ticked, *plain, *filled]), None)
    return replace_in(table, shown=shown)


def _choices(upload: Upload, source: "MultiDict[str, str]") -> dict[str, Any]:
    """Return how the file is to be read; what was submitted is no longer changed."""
    if upload.planned:
        submitted: dict[str, Any] = json.loads(upload.read("choices"))
        return submitted
    if source is request.args and not set(source) - {"show", "offset", "again"}:
        # As it was left, by whoever comes back to it.
        last: dict[str, Any] | None = json.loads(upload.read("last") or "null")
        return _as_before(upload) if last is None else last
    names = [
        "batch",
        "as_of_date",
        "losses",
        "source",
        *_LAYOUT,
        *(f"total_{name}" for name in words.TOTALS),
    ]
    chosen: dict[str, Any] = {
        name: given for name in names if (given := typed.text(name, 200, source))
    }
    ticked = [clean(name) for name in source.getlist("map_sheet")]
    if any(ticked):
        chosen["map_sheet"] = typed.within("/".join(filter(None, ticked)), 2000)
    row = chosen.get("map_heading_row", "0")
    if not (row.isascii() and row.isdecimal() and len(row) < 8):
        abort(400)
    try:
        accept = sorted(set(map(read_line, source.getlist("accept"))))
    except ValueError:
        abort(400)
    if accept:
        if len(accept) > MOST_ACCEPTED:
            raise Fault(Code.ACCEPT_MANY, status=2, most=MOST_ACCEPTED)
        chosen["accept"] = [line_text(line) for line in accept]
    if chosen.get("source") and not any(name.startswith("map_") for name in chosen):
        here = service()
        with here.store.read() as connection:
            known = feed_batches.source(connection, here.campaign.id, chosen["source"]) or {}
        chosen.update({f"map_{name}": choice for name, choice in known.items()})
    return chosen
