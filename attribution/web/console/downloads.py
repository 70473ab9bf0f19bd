"""
Downloads: who took what, why, and a fingerprint of it, in the audit log.

The entry is written before the first byte leaves, and a second one with rows and
SHA-256 when the last has; a download that breaks off says so.
"""
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from flask import Response, abort, render_template, request

from attribution.office import audit
from attribution.proof import export_seals, seals
from attribution.reports import exports, progress
from attribution.reports.exports import Export
from attribution.rule import instants
from attribution.rule.instants import local_text
from attribution.service import Service
from attribution.store import audit_log
from attribution.store.engine.database import Columns, height
from attribution.store.export_pages import Filter
from attribution.web import wording
from attribution.web.console import access, rows
from attribution.web.console.access import allow, pages
from attribution.web.current import service
from qrgen.shell import Fault

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ENCODINGS = {"utf-8-sig": "utf-8", "gb18030": "gb18030"}
FILTERS = ("since", "until", "unit", "codes", "state", "batch")
ABOUT = {
    "progress": "每个乡镇（社区）一行，和进度表一样",
    "credits": "每个有效新用户一行：归属单位和三个时间",
    "attribution": "每个人一行：归到哪里，没有归属的写明原因",
    "claims": "居民扫码后填的每张登记表一行",
    "scans": "每次打开一行，含不计数的",
}
PURPOSES = ("核对数据", "上报县领导", "发放奖励", "处理申诉", "存档")


@pages.get("/downloads", endpoint="downloads")
@allow(*access.EVERYBODY)
def download_form() -> str:
    """Offer what one may download, and list what was downloaded before."""
    offered = {name: exports.EXPORTS[name].title for name in ABOUT if _may(name)}
    name = request.args.get("name", next(iter(offered)))
    if name not in offered:
        abort(404)
    own = access.account()
    with service().store.read() as connection:
        done = audit_log.latest(
            connection, what="export_done", who="" if own.role == "office" else own.name, limit=20
        )
    return render_template(
        "admin/downloads.html", offered=offered, about=ABOUT, name=name, purposes=PURPOSES,
        states=[(state, rows.STATE_WORDS[state]) for state in rows.STATES.get(name, ())],
        chosen={key: request.args.get(key, "") for key in FILTERS}, people=_of_people(name),
        heads=_of_people(name) and own.role == "office",
        done=[(entry, entry["detail"].split()) for entry in done],
    )


@pages.get("/export/<name>.<kind>")
@allow(*access.EVERYBODY)
def download(name: str, kind: str) -> Response:
    """Send a log or the progress table."""
    export = exports.EXPORTS.get(name)
    if export is None:
        abort(404)
    if not _may(name):
        abort(403)
    chosen = {key: request.args[key].strip() for key in FILTERS if request.args.get(key)}
    if chosen.get("state", "") not in ("", *rows.STATES.get(name, ())):
        abort(404)
    if _of_people(name) and not purpose_of():
        raise Fault("a download needs a purpose")
    here, now = service(), instants.now()
    filter = rows.filter_of(chosen)
    if name == "progress":
        # A line of the table is chosen by its own id, not with all that is below it.
        unit = chosen.get("unit", "").upper() or None
        filter = replace(
            filter, unit=unit, only=access.visible(), period=progress.last_days(now, 7),
            share=progress.pace(here.campaign, now).share,
        )
    found = export.blocks(here.store, here.campaign.id, filter)
    if request.args.get("heads"):
        if access.account().role != "office" or not _of_people(name):
            abort(403)
        export, chosen["heads"] = exports.with_heads(export), "1"
        found = exports.add_heads(
            here.store, here.campaign.id, found, here.settings.person_pepper
        )
    return send(export, kind, found, chosen)


@pages.get("/audit/export.<kind>")
@allow("checker")
def audit_download(kind: str) -> Response:
    """Send the audit log if it is whole; a log with a gap proves nothing, and says so."""
    here = service()
    if faults := audit.faults(here.store):
        access.record("export_refused", f"audit.{kind} {'; '.join(faults)}"[:500])
        raise Fault("the seal is broken: " + "；".join(map(wording.audit_fault, faults)))
    return send(exports.AUDIT, kind, exports.AUDIT.blocks(here.store, "", Filter()), {})


@dataclass
class _Ticket:
    """What the second entry will say."""

    service: Service
    number: int
    who: str
    network: str
    name: str
    rows: int = 0
    finished: bool = False

    def counted(self, found: Iterable[Columns]) -> Iterator[Columns]:
        for block in found:
            self.rows += height(block)
            yield block

    def hashed(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        try:
            for block in blocks:
                digest.update(block)
                yield block
            self.finished = True
        finally:
            detail = f"E{self.number:06} {self.name} rows {self.rows}"
            if self.finished:
                detail += f" sha256 {digest.hexdigest()}"
            what = "export_done" if self.finished else "export_broken"
            now = instants.now()
            audit.record(self.service.store, now, self.who, what, detail, self.network)
            if self.finished and self.service.settings.seal_keys:
                export_seals.seal_given(
                    self.service.ledger, self.service.settings.seal_keys,
                    digest.hexdigest(), self.name, now, self.who,
                    self.service.settings.digest,
                )


def purpose_of() -> str:
    """Return the purpose that the request states, on one line."""
    return " ".join(request.args.get("purpose", "").split())[:100]


def send(
    export: Export, kind: str, found: Iterable[Columns], chosen: Mapping[str, str]
) -> Response:
    """
    Send the rows *found* as a numbered download.

    Args:
        chosen: The filters, for the audit log.
    """
    if kind not in TYPES:
        abort(404)
    if request.method == "HEAD":
        return Response(content_type=TYPES[kind])  # no number: nothing is handed out
    here, now = service(), instants.now()
    encoding = request.args.get("encoding", "utf-8-sig")
    if encoding not in ENCODINGS:
        abort(404)
    with here.store.read() as connection:
        n, seal = audit_log.head(connection)
    said = " ".join(f"{key}={value}" for key, value in sorted(chosen.items()))
    number = access.record(
        "export",
        f"{export.name}.{kind} {said} purpose={purpose_of() or '-'} seal={n}:{seal[:16]}",
    )
    ticket = _Ticket(
        here, number, access.account().name, access.network(), f"{export.name}.{kind}"
    )
    latest = seals.latest_text(here.ledger)
    mark = f"{latest} · {local_text(now)} {ticket.who} 导出 E{number:06}" if latest else ""
    content_type = TYPES[kind]
    if kind == "csv":
        body = exports.write_csv(export, ticket.counted(found), encoding=encoding, mark=mark)
        content_type = f"text/csv; charset={ENCODINGS[encoding]}"
    else:
        body = exports.stream_xlsx(export, ticket.counted(found), mark=mark)
    stamp = local_text(now)[:10].replace("-", "")
    return Response(
        ticket.hashed(body),
        content_type=content_type,
        headers={
            "Content-Disposition":
                f'attachment; filename="{export.name}-{stamp}-E{number:06}.{kind}"',
            "X-Export-Number": f"E{number:06}",
        },
    )


def _may(name: str) -> bool:
    # Leadership sees numbers, not people.
    return access.account().role != "viewer" or name == "progress"


def _of_people(name: str) -> bool:
    return name in exports.OF_PEOPLE
