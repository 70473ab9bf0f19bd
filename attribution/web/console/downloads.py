"""
Downloads: who took what, why, and a fingerprint of it, in the audit log.

The entry is written before the first byte leaves, and a second one with rows and
SHA-256 when the last has; a download that breaks off says so.
"""
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkstemp

from flask import Response, abort, render_template, request

from attribution import audit, exports, instants, reports, seals
from attribution.instants import local_text
from attribution.service import Service
from attribution.store import audit_log
from attribution.store.database import Row
from attribution.store.pages import Filter
from attribution.web.console import access, rows
from attribution.web.console.access import allow, pages
from attribution.web.public import service

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ENCODINGS = {"utf-8-sig": "utf-8", "gb18030": "gb18030"}
FILTERS = ("since", "until", "unit", "state")


@pages.get("/downloads", endpoint="downloads")
@allow(*access.EVERYBODY)
def download_form() -> str:
    """Offer what one may download."""
    offered = [
        export for export in exports.EXPORTS.values() if _may(export.name)
    ]
    states = {
        name: [(state, rows.STATE_WORDS[state]) for state in rows.STATES.get(name, ())]
        for name in (export.name for export in offered)
    }
    return render_template("admin/downloads.html", exports=offered, states=states)


@pages.get("/export/<name>.<kind>")
@allow(*access.EVERYBODY)
def download(name: str, kind: str) -> Response:
    """Send a log or the progress table."""
    export = exports.EXPORTS.get(name)
    if export is None or kind not in TYPES:
        abort(404)
    if not _may(name):
        abort(403)
    chosen = {key: request.args[key].strip() for key in FILTERS if request.args.get(key)}
    if chosen.get("state", "") not in ("", *rows.STATES.get(name, ())):
        abort(404)
    here, now = service(), instants.now()
    filter = rows.filter_of(chosen)
    if name == "progress":
        # A line of the table is chosen by its own id, not with all that is below it.
        unit = chosen.get("unit", "").upper() or None
        filter = replace(
            filter, unit=unit, only=access.visible(), period=reports.last_days(now, 7),
            share=reports.pace(here.campaign, now).share,
        )
    return _send(export, kind, filter, chosen)


@pages.get("/audit/export.<kind>")
@allow("checker")
def audit_download(kind: str) -> Response:
    """Send the audit log, if it is whole."""
    if kind not in TYPES:
        abort(404)
    return _send(exports.AUDIT, kind, Filter(), {})


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

    def counted(self, found: Iterable[Row]) -> Iterator[Row]:
        for row in found:
            self.rows += 1
            yield row

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
                seals.seal_given(
                    self.service.store, self.service.campaign, self.service.settings.seal_keys,
                    digest.hexdigest(), self.name, now, self.who,
                    self.service.settings.digest,
                )


def _send(
    export: exports.Export, kind: str, filter: Filter, chosen: dict[str, str]
) -> Response:
    here, now = service(), instants.now()
    encoding = request.args.get("encoding", "utf-8-sig")
    if encoding not in ENCODINGS:
        abort(404)
    purpose = " ".join(request.args.get("purpose", "").split())[:100]
    with here.store.read() as connection:
        n, seal = audit_log.head(connection)
    said = " ".join(f"{key}={value}" for key, value in sorted(chosen.items()))
    number = access.record(
        "export",
        f"{export.name}.{kind} {said} purpose={purpose or '-'} seal={n}:{seal[:16]}",
    )
    ticket = _Ticket(
        here, number, access.account().name, access.network(), f"{export.name}.{kind}"
    )
    latest = seals.latest_text(here.store, here.campaign)
    mark = f"{latest} · {local_text(now)} {ticket.who} 导出 E{number:06}" if latest else ""
    found = ticket.counted(export.rows(here.store, here.campaign.id, filter))
    if kind == "csv":
        body = exports.write_csv(export, found, encoding=encoding, mark=mark)
    else:
        body = _xlsx(export, found, mark)
    stamp = local_text(now)[:10].replace("-", "")
    content_type = TYPES[kind]
    if kind == "csv":
        content_type = f"text/csv; charset={ENCODINGS[encoding]}"
    return Response(
        ticket.hashed(body),
        content_type=content_type,
        headers={
            "Content-Disposition":
                f'attachment; filename="{export.name}-{stamp}-E{number:06}.{kind}"',
            "X-Export-Number": f"E{number:06}",
        },
    )


def _xlsx(export: exports.Export, found: Iterator[Row], mark: str) -> Iterator[bytes]:
    # XLSX is a ZIP with its index at the end: it is made whole, then sent in pieces.
    handle, name = mkstemp(suffix=".xlsx")
    path = Path(name)
    try:
        os.close(handle)
        exports.write_xlsx(export, found, path, mark=mark)
        with path.open("rb") as file:
            while block := file.read(1 << 16):
                yield block
    finally:
        with suppress(OSError):
            path.unlink()


def _may(name: str) -> bool:
    # Leadership sees numbers, not people.
    return access.account().role != "viewer" or name == "progress"
