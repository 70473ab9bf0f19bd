"""Closing periods: what each one reported and corrected, and the two who close the next."""
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.faults import Code
from attribution.office import periods
from attribution.papers import taking
from attribution.reports import progress
from attribution.reports.lines import ProgressTable
from attribution.rule import instants
from attribution.rule.instants import parse_instant
from attribution.store import console_lists, difference_rows
from attribution.store import period_locks as kept
from attribution.store.engine.database import Row
from attribution.web.console import access, days
from attribution.web.console.access import allow, pages, proven
from attribution.web.current import service
from qrgen.faults import Fault


@pages.get("/periods", endpoint="period_list")
@allow("office", "checker", "viewer")
def period_list() -> str:
    """List the locked periods with their numbers, the open one, and what waits."""
    here = service()
    with here.store.read() as connection:
        locks = kept.locks(connection, here.campaign.id)
        waiting = kept.requests(connection, here.campaign.id)
    latest = locks[-1]["until"] if locks else 0
    spans = [*((lock["since"], lock["until"], lock) for lock in locks),
             (latest, progress.ALWAYS[1], None)]
    shown = [
        (since, until, lock, progress.by_area(
            here.store, here.campaign.id, since, until, period=(since, until),
            only=access.visible()).total)
        for since, until, lock in spans
    ]
    return render_template(
        "admin/periods.html", shown=shown,
        waiting=[(row, _would_lock(row, latest)) for row in waiting], undecided=_undecided(),
    )


def _would_lock(row: Row, since: int) -> ProgressTable:
    """Return the numbers that would stand for good, by area, if the request *row* were approved."""
    return progress.by_area(
        service().store, service().campaign.id, since, row["until"],
        period=(since, row["until"]), only=access.visible(),
    )


def _undecided() -> list[tuple[str, int]]:
    """Return what nobody has decided yet: it may still change the numbers of the period."""
    here = service()
    with here.store.read() as connection:
        counted = [
            ("更正", console_lists.count_unanswered(connection, here.campaign.id, "proposal")),
            ("申诉", console_lists.count_unanswered(connection, here.campaign.id, "appeal")),
            ("待核查登记", console_lists.count_held(connection, here.campaign.id)[0]),
            ("差异", difference_rows.count_open(connection, here.campaign.id)),
        ]
    return [(name, number) for name, number in counted if number]


@pages.post("/periods")
@allow("office")
def ask_lock() -> Response:
    """Ask that a period be locked."""
    here = service()
    try:
        typed = request.form.get("to", "")
        until = days.after(typed) if typed else parse_instant(request.form.get("until", ""))
    except ValueError:
        raise Fault(Code.DAY_UNREADABLE, status=2) from None
    periods.ask(
        here.ledger, until, asked_by=access.actor(), now=instants.now()
    )
    access.told("已申请锁定，请另一个人批准。")
    return redirect(url_for("admin.period_list"))


@pages.post("/periods/<int:id>")
@allow("office", "checker")
@proven
def approve_lock(id: int) -> Response:
    """Lock what somebody else asked for, and seal it at once."""
    here, now = service(), instants.now()
    lock, taken = taking.lock(
        here.ledger, here.settings, id, approved_by=access.actor(), now=now
    )
    of_it = f"，并取了 {taken.number} 号快照" if taken else ""
    access.told(f"到 {days.last_day(lock['until'])}（含）的数字已锁定{of_it}。")
    return redirect(url_for("admin.period_list"))


@pages.context_processor
def _helpers() -> dict[str, object]:
    return {"last_day": days.last_day}
