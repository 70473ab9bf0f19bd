"""Snapshots (快照): taken here, told again as they were, each with the files made of it."""
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.faults import Code
from attribution.papers import taking
from attribution.reports import progress, snapshots
from attribution.reports.figures import Figures
from attribution.reports.lines import Line, ProgressTable
from attribution.reports.snapshots import Snapshot
from attribution.rule import instants
from attribution.rule.instants import DAY, Instant, day_of, day_start
from attribution.web.console import access, days, typed
from attribution.web.console.access import allow, pages
from attribution.web.current import service
from qrgen.faults import Fault

# Where files are made of a snapshot: endpoints that take its ``number``, and their labels.
MAKING: tuple[tuple[str, str], ...] = (("admin.pack", "进度包"),)


@pages.get("/snapshots", endpoint="snapshots")
@allow("office", "checker", "viewer")
def show_all() -> str:
    """List the snapshots, the newest first, and offer to take one."""
    here, now = service(), instants.now()
    counts: dict[int, int] = {}
    for file in snapshots.files(here.ledger):
        counts[file.snapshot] = counts.get(file.snapshot, 0) + 1
    return render_template(
        "admin/snapshots.html", rows=snapshots.all_of(here.ledger), counts=counts,
        week=snapshots.week_span(now), yesterday=snapshots.day_span(now),
        last_day=days.last_day,
    )


@pages.post("/snapshots")
@allow("office")
def take_snapshot() -> Response:
    """Take the snapshot of the last week, of yesterday, or of the days that were typed."""
    here, now = service(), instants.now()
    made = taking.take(here.ledger, here.settings, now, access.actor(), *_days(now))
    access.told(f"已取 {made.number} 号快照。")
    return redirect(url_for("admin.snapshot", number=made.number))


@pages.get("/snapshots/<int:number>", endpoint="snapshot")
@allow("office", "checker", "viewer")
def show(number: int) -> str:
    """Tell one as it was taken."""
    one = snapshot_or_404(number)
    told = one.figures
    return render_template(
        "admin/snapshot.html", one=one, told=told, steps=_steps(told),
        tables=[
            ("乡镇（社区）", _lines(told.areas(), told.areas(of="fresh"))),
            ("银行网点", _lines(told.banks(), told.banks(of="fresh"))),
            ("部门", _lines(*(told.of_units("department", of=of) for of in ("steps", "fresh")))),
        ],
        last_day=days.last_day, files=snapshots.files(service().ledger, number),
        kinds=snapshots.KINDS, making=[one for one in MAKING if access.may(one[0])],
    )


def snapshot_or_404(number: int) -> Snapshot:
    """Return the snapshot *number*, which the address names."""
    here = service()
    if all(row.number != number for row in snapshots.all_of(here.ledger)):
        abort(404)
    return snapshots.get(here.ledger, number)


def _days(now: Instant) -> tuple[int, int]:
    which = request.form.get("which", "week")
    if which == "week":
        return snapshots.week_span(now)
    if which == "day":
        return snapshots.day_span(now)
    since, last = typed.day("from"), typed.day("to")
    if not since or not last:
        raise Fault(Code.SNAPSHOT_SPAN, status=2)
    return since, day_of(day_start(last) + DAY)


def _lines(table: ProgressTable, fresh: ProgressTable) -> list[tuple[Line, int]]:
    """Return the lines of *table*, its sums first, each with what is new of the days."""
    new = {
        (line.key, line.name): line.counts.get("effective", 0)
        for line in (*fresh.heads, *fresh.lines)
    }
    return [
        (line, new.get((line.key, line.name), 0)) for line in (*table.heads, *table.lines)
    ]


def _steps(told: Figures) -> list[tuple[str, list[int]]]:
    """Return each step of the way: up to then, on the days, in the stretch before."""
    found = [told.areas(of=of).total.counts for of in ("steps", "fresh", "earlier")]
    return [
        (name, [counts.get(step, 0) for counts in found]) for step, name in progress.STEPS.items()
    ]
