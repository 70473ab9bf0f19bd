"""Requests to erase: taken down for who cannot ask online, and carried out."""
from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import appeals, erasures
from attribution.office.erasures import Wished
from attribution.papers import exchange_files
from attribution.rule import instants
from attribution.rule.instants import DAY
from attribution.store import console_lists, forgetting
from attribution.upkeep import erased_list, retention
from attribution.web.console import access, evidence, typed
from attribution.web.console.access import allow, pages, proven
from attribution.web.console.evidence import CASES
from attribution.web.console.rows import whole_number
from attribution.web.current import service

STATES = {
    "waiting": "待执行", "done": "已删除", "partly": "该登记已撤回（本人还有其他登记）",
}


@pages.get("/erasures", endpoint="erasures")
@allow("office", "checker")
def erasure_list() -> str:
    """List the requests, and look up whom a person at the counter means."""
    here, now = service(), instants.now()
    about = typed.text("about", 60, request.args)
    with here.store.read() as connection:
        rows = console_lists.erasures(connection, here.campaign.id)
        waiting = console_lists.count_erasures(connection, here.campaign.id)
        due = forgetting.asked(connection, here.campaign.id, limit=CASES)
    asks = access.may("admin.ask_erasure")
    found = appeals.people(here, about) if about and asks else []
    on = evidence.tables() if found else None
    return render_template(
        "admin/erasures.html", rows=rows, waiting=waiting, states=STATES, about=about,
        people=[
            evidence.case(one.person, (), [evidence.of_erasure(one.person, on)], row=one.row)
            for one in found[:CASES] if on is not None
        ],
        due=[evidence.case(person) for person in due],
        age=lambda at: (now - at) // DAY, **evidence.words_of_story(),
    )


@pages.post("/erasures")
@allow("office")
@proven
def ask_erasure() -> Response:
    """Take down what a person asked for on paper or at the counter: everything about them."""
    here, now = service(), instants.now()
    note = typed.text("note", 200)
    row = whole_number(request.form.get("row", ""), 2**63 - 1)
    taken = erasures.ask(here.ledger, row, note, access.actor(), now)
    if taken is Wished.NOBODY:
        abort(404)
    if taken is Wished.WAITS:
        access.told("已记下。这个人已经计入或可能计入某单位，要另一个人在“两人办理”里批准后才撤回。")
        return redirect(url_for("admin.requests"))
    access.told("已记下，登记即时撤回，不再计算归属。点“执行删除”抹去其余痕迹。")
    return redirect(url_for("admin.erasures"))


@pages.post("/erasures/run")
@allow("office")
@proven
def run_erasures() -> Response:
    """Carry out every request that waits."""
    here = service()
    done = retention.erase_asked(here.ledger, instants.now(), access.actor())
    erased_list.keep_up(here.ledger, here.settings.instance)
    exchange_files.forget_all(here.settings)
    access.told(f"已执行：{done:,} 人的号码标识和尾号已删除，统计数保留。")
    return redirect(url_for("admin.erasures"))
