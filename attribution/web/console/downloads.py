"""Downloads: what each role may take away, asked for here and given out by `given_out`."""
from collections.abc import Iterable, Mapping
from dataclasses import replace

from flask import Response, abort, render_template, request

from attribution.deeds import Entry, Kind
from attribution.faults import Code
from attribution.proof import given_out
from attribution.reports import exports, pace, progress
from attribution.reports.about import about_text, period_text
from attribution.reports.exports import Export
from attribution.rule import instants
from attribution.rule.instants import Instant, local_text
from attribution.store import audit_log
from attribution.store.engine.database import Columns
from attribution.store.export_pages import Filter
from attribution.web.console import access, audit_words, days, narrowing, rows, typed, words
from attribution.web.console.access import allow, pages
from attribution.web.current import service
from qrgen.faults import Fault
from qrgen.texts import clean

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ENCODINGS = {"utf-8-sig": "utf-8", "gb18030": "gb18030"}
FILTERS = ("since", "to", "until", "unit", "codes", "state", "batch", "by")
ABOUT = {
    "progress": "和进度表一样：乡镇、银行、网点或部门每个一行，先是合计",
    "points": "融资需求调查点的扫码和转到平台：先是合计，再按点、按乡镇、按银行",
    "credits": "每个有效新用户一行：归属单位和三个时间",
    "attribution": "每个人一行：归到哪里，没有归属的写明原因",
    "claims": "居民扫码后填的每张登记表一行",
    "scans": "每次打开一行，含不计数的",
    "differences": "对账文件里要人看的行，冲突的写明原值、新值、各自来自哪一批、归属变没变",
    "patrols": "墙上的码，每个码、每处没找到的地方一行",
    "counts": "平台只给汇总数的，和登记数并排；不作为归属依据",
}
BY = words.BY
PURPOSES = ("核对数据", "上报县领导", "发放奖励", "处理申诉", "存档")


@pages.get("/downloads", endpoint="downloads")
@allow(*access.EVERYBODY)
def download_form() -> str:
    """Offer what one may download, and list what was downloaded before."""
    offered = {name: exports.EXPORTS[name].title for name in ABOUT if may_have(name)}
    # After a download that named no unit the page comes at the download's own address.
    name = (request.view_args or {}).get("name") or request.args.get("name", next(iter(offered)))
    if name not in offered:
        abort(404)
    own, some = access.account(), narrowing.read()
    chosen = {key: request.args.get(key, "") for key in (*FILTERS, "purpose")}
    if some.wish:
        chosen["codes"] = ",".join(one.unit.id for one in some.found)
        kinds = {one.unit.kind for one in some.found}
        # The table that has a row for each of them, where one has.
        chosen["by"] = chosen["by"] or (kinds.pop() if len(kinds) == 1 else "line")
    with service().store.read() as connection:
        done = audit_log.latest(
            connection, what=Kind.EXPORT_DONE.value, who="" if own.role == "office" else own.name,
            limit=20,
        )
    return render_template(
        "admin/downloads.html", offered=offered, about=ABOUT, name=name, purposes=PURPOSES,
        states=[(state, rows.STATE_WORDS[state]) for state in rows.STATES.get(name, ())],
        chosen=chosen, some=some, kept=_kept(some, chosen),
        between=days.fields(request.args), tables=BY if name == "progress" else {},
        people=_of_people(name),
        heads=_of_people(name) and own.role == "office",
        everybody=own.role in ("office", "checker"),
        done=[(row, _finished(row["detail"])) for row in done],
    )


def _kept(some: narrowing.Narrowed, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return what another table's page is asked for as well: whose rows, and of which days."""
    names = ["since", "to", "until", *([] if some.wish else ["unit", "codes", "batch"])]
    return {**some.query, **{name: chosen[name] for name in names if chosen[name]}}


@pages.get("/export/<name>.<kind>")
@allow(*access.EVERYBODY)
def download(name: str, kind: str) -> Response:
    """Send a log or the progress table."""
    export = exports.EXPORTS.get(name)
    if export is None:
        abort(404)
    if not may_have(name):
        abort(403)
    chosen = {key: clean(request.args[key]) for key in FILTERS if request.args.get(key)}
    if chosen.get("state", "") not in ("", *rows.STATES.get(name, ())):
        abort(404)
    if _of_people(name) and not purpose_of():
        raise Fault(Code.PURPOSE_MISSING)
    here, now = service(), instants.now()
    filter = rows.filter_of(chosen)
    told = {
        "period": period_text(filter.since, filter.until), "whose": rows.whose_rows(chosen),
        "state": rows.STATE_WORDS.get(chosen.get("state", ""), ""),
        "batch": chosen.get("batch", ""),
    }
    if name == "progress":
        unit, by = _of_table(chosen)
        last = progress.last_instant(now, filter.until)
        share = pace.at(here.campaign, last).share
        filter = replace(
            filter, unit=unit, period=progress.last_days(last, 7), share=share, by=by,
            only=filter.only if unit is None else access.visible(),
        )
        if filter.by not in BY:
            abort(404)
        told["more"] = f"{BY[filter.by]}，时序进度 {share}%，时段新增为截至当天的7天"
    found = export.blocks(here.store, here.campaign.id, filter)
    if request.args.get("heads"):
        if access.account().role != "office" or not _of_people(name):
            abort(403)
        export, chosen["heads"] = exports.with_heads(export), "1"
        found = exports.add_heads(
            here.store, here.campaign.id, found, here.settings.person_pepper
        )
    return send(export, kind, found, chosen, about_text(**told))


def _of_table(chosen: Mapping[str, str]) -> tuple[str | None, str]:
    """Return which line of the progress table is asked for (None: all), and which table it is."""
    by = chosen.get("by", "")
    id = chosen.get("unit", "")
    if not id or chosen.get("codes"):
        return None, by or "area"
    kind = access.unit_or_404(id).kind
    # A bank's or an area's lines are a table of their own, with its sum.
    return (None, by) if by == "line" and kind in ("area", "bank") else (id, kind)


@pages.get("/audit/export.<kind>")
@allow("checker")
def audit_download(kind: str) -> Response:
    """Send the audit log, in the office's words, if it is whole; with a gap it proves nothing."""
    if kind in TYPES and request.method == "HEAD":
        return Response(content_type=TYPES[kind])  # no number: nothing is handed out
    here, now = service(), instants.now()
    asked = given_out.Asked(exports.AUDIT, _form(kind), purpose=purpose_of())
    found = audit_words.in_words(exports.AUDIT.blocks(here.store, "", Filter()))
    return _sent(now, given_out.give_audit(
        here.ledger, here.settings, access.actor(), now, asked, found
    ), asked.form)


def purpose_of() -> str:
    """Return the purpose that the request states, on one line."""
    return typed.text("purpose", 100, request.args)


def send(
    export: Export, kind: str, found: Iterable[Columns], chosen: Mapping[str, str],
    about: str = "",
) -> Response:
    """
    Send the rows *found* as a numbered download.

    Args:
        chosen: The filters, for the audit log.
        about: The same in words, for the file itself.
    """
    if kind not in TYPES:
        abort(404)
    if request.method == "HEAD":
        return Response(content_type=TYPES[kind])  # no number: nothing is handed out
    here, now, form = service(), instants.now(), _form(kind)
    if kind == "csv" and form.encoding != "utf-8-sig":
        chosen = {**chosen, "encoding": form.encoding}  # to be asked for again as it was
    asked = given_out.Asked(export, form, chosen, purpose_of(), about)
    return _sent(now, given_out.give(
        here.ledger, here.settings, access.actor(), now, asked, found
    ), asked.form)


def _form(kind: str) -> given_out.FileForm:
    encoding = request.args.get("encoding", "utf-8-sig")
    if kind not in TYPES or encoding not in ENCODINGS:
        abort(404)
    return given_out.FileForm(kind, encoding, numbered=True)


def _sent(now: Instant, given: given_out.GivenOut, form: given_out.FileForm) -> Response:
    content_type = TYPES[form.kind]
    if form.kind == "csv":
        content_type = f"text/csv; charset={ENCODINGS[form.encoding]}"
    stamp = local_text(now)[:10].replace("-", "")
    stem, number = given.name.rpartition(".")[0], f"E{given.number:06}"
    return Response(
        given,
        content_type=content_type,
        headers={
            "Content-Disposition":
                f'attachment; filename="{stem}-{stamp}-{number}.{form.kind}"',
            "X-Export-Number": number,
        },
    )


def _finished(detail: str) -> dict[str, object]:
    """Return what an entry says of a finished download: its number, file, rows and hash."""
    entry = Entry.from_text(detail)
    if entry.more:
        return {"file": entry.subject, **dict(entry.more)}
    # From before entries were data: E000012 claims.csv rows 3 sha256 …
    number, file, _, rows, _, sha256 = [*detail.split(), *[""] * 6][:6]
    return {"export": number, "file": file, "rows": rows, "sha256": sha256}


def may_have(name: str) -> bool:
    """Whether the signed-in account may download *name*."""
    role = access.account().role
    # Rows of files are of no unit yet, so nobody is shown their own alone.
    if name == "differences":
        return role in ("office", "checker")
    # Leadership sees numbers, not people.
    return role != "viewer" or name in ("progress", "points")


def _of_people(name: str) -> bool:
    return name in exports.OF_PEOPLE
