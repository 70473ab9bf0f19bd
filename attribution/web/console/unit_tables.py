"""
The table of units taken out, edited in Excel or WPS, and brought back: field by field what changes.

The table says of which revision it was made, so what the ledger has changed since stands, unless
it is edited in the table too. Of a changed name whoever brings it says what it means.
"""
import re
import secrets
import shutil
from pathlib import Path
from typing import NamedTuple

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from attribution import master
from attribution.deeds import Kind
from attribution.ledger import Ledger
from attribution.office import unit_requests, units
from attribution.office.unit_tables import ALL
from attribution.reports import unit_sheet
from attribution.rule import instants
from attribution.rule.instants import Instant, day_of
from attribution.web.console import access, change_words, previews
from attribution.web.console.access import allow, pages, proven
from attribution.web.current import service
from qrgen import units_apart
from qrgen.campaign import Problem
from qrgen.registry import RegistryError

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class SentTable(NamedTuple):
    """A table that was sent: the units it lists, of which revision it is, and now."""

    ledger: Ledger
    base: int | None
    now: Instant


@pages.get("/units-table.<kind>")
@allow("office")
def units_table(kind: str) -> Response:
    """Give the table of units as it is now, to be edited and brought back."""
    if kind not in _TYPES:
        abort(404)
    here = service()
    access.note(Kind.EXPORT, f"units.{kind}")
    return Response(
        unit_sheet.write(here.store, here.campaign.id, kind), content_type=_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="units.{kind}"'},
    )


@pages.route("/units-import", methods=["GET", "POST"])
@allow("office")
def import_units() -> str | BaseResponse:
    """Take an edited table, and show what it would change."""
    if request.method == "GET":
        return render_template("admin/units_import.html", plan=None, token="")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        access.told("请选择改好的单位表。", "problem")
        return redirect(url_for("admin.import_units"))
    token = secrets.token_hex(16)
    folder = _upload(token)
    folder.mkdir(parents=True, mode=0o700)
    (folder / "who").write_text(access.account().name, encoding="utf-8")
    suffix = Path(sent.filename).suffix.lower()
    sent.save(folder / f"units{suffix if suffix in ('.xlsx', '.xls') else '.csv'}")
    try:
        ledger, base, now = _sent(folder)
        planned = units.plan(ledger, now, base=base, renamed=[ALL])
        seen = previews.of_edits(planned.edits, day_of(now)) if planned else None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    named = [edit for edit in planned.changed if "name" in edit.after]
    newest = service().scans.snapshot().version
    return render_template(
        "admin/units_import.html", plan=planned, token=token, seen=seen, named=named,
        kinds=change_words.SHOWN_KINDS, reason=previews.reason, fields=change_words.UNIT_FIELDS,
        older=base is not None and base < newest,
    )


@pages.post("/units-import/<token>")
@allow("office")
@proven
def confirm_import(token: str) -> BaseResponse:
    """Take in the table that was shown."""
    folder = _upload(token)
    mine = folder / "who"
    if not mine.is_file() or mine.read_text(encoding="utf-8") != access.account().name:
        abort(404)
    ledger, base, now = _sent(folder)
    replaced = set(request.form.getlist("replaced"))
    named = {edit.unit for edit in units.plan(ledger, now, base=base).unclear}
    renamed, instead = named - replaced, replaced & named
    if access.two_needed():
        planned = units.plan(ledger, now, base=base, renamed=renamed, replaced=instead)
        unit_requests.ask(ledger, planned, access.actor(), now)
        shutil.rmtree(folder, ignore_errors=True)
        access.told("已提出，要另一个人在“两人办理”里批准后才生效。")
        return redirect(url_for("admin.requests"))
    planned = units.import_units(
        ledger, now, access.actor(), base=base, renamed=renamed, replaced=instead
    )
    shutil.rmtree(folder, ignore_errors=True)
    here = service()
    here.follow()
    here.keep_folder()
    changes = (len(planned.added), len(planned.changed), len(planned.closed))
    access.told("单位已导入：新增 {} 个，修改 {} 个，停用 {} 个。".format(*changes))
    return redirect(url_for("admin.paper" if planned else "admin.units"))


def _sent(folder: Path) -> SentTable:
    """Return the units of the table in *folder*."""
    here = service()
    (path,) = folder.glob("units.*")
    problems: list[Problem] = []
    found = units_apart.read_units(path, problems)
    if problems:
        raise RegistryError(folder, sorted(set(problems)))
    with here.store.read() as connection:
        campaign = master.with_table(connection, here.campaign.id, found, here.campaign.folder)
    revisions = [unit.revision for unit in found if unit.revision is not None]
    return SentTable(Ledger(here.store, campaign), min(revisions, default=None), instants.now())


def _upload(token: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        abort(404)
    return service().settings.shared / "uploads" / f"units-{token}"
