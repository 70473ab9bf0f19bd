"""
The box on every page: by POST, so that what is typed, a receipt above all, stands in no address.

What fits one thing alone leads straight to it; else a page shows what there is, and its address
holds nothing that opens a claim.
"""
from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import search, story
from attribution.office.search import Found
from attribution.rule import instants
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages
from attribution.web.current import service
from qrgen.faults import Fault

EVERYONE = ("office", "checker", "accounts", "area", "department", "bank", "viewer")


@pages.post("/find")
@allow(*EVERYONE)
def look() -> Response:
    """Look for what was typed, and lead to it."""
    text = typed.text("q", 60)
    try:
        asked = search.read(text, instants.now())
    except Fault as fault:
        access.told(fault.shown(), "problem")
        return redirect(url_for("admin.find"))
    found = _search(asked)
    if found.count == 1:
        return redirect(_address(found))
    if asked.secret:
        access.told("没有找到这个回执。请核对每一位；已经删除的登记找不到。", "problem")
        return redirect(url_for("admin.find"))
    return redirect(url_for("admin.find", q=asked.text or None))


@pages.get("/find")
@allow(*EVERYONE)
def find() -> str:
    """Show what fits, by kind; how to ask where nothing does."""
    text, found, wrong = typed.text("q", 60, request.args), Found(), ""
    people: list[story.Story] = []
    if text:
        try:
            asked = search.read(text, instants.now())
            found = Found() if asked.secret else _search(asked)
        except Fault as fault:  # the number itself is not shown again
            text, wrong = "", fault.shown()
    for person in found.persons:
        people.append(story.tell(service().ledger, person, access.visible()))
    return render_template(
        "admin/find.html", q=text, found=found, people=people, wrong=wrong, most=search.MOST,
        names={id: unit.name for id, unit in access.snapshot().units.items()},
    )


def _search(asked: search.Query) -> Found:
    here = service()
    return search.search(
        here.ledger, asked, access.snapshot(), receipt_key=here.settings.person_pepper,
        only=access.visible(), people=access.may("admin.person"),
        accounts=access.may("admin.users"), batches=access.may("admin.batch"),
    )


def _address(found: Found) -> str:
    if found.persons:
        row = story.tell(service().ledger, found.persons[0], access.visible()).row
        return url_for("admin.person", row=row)
    if found.units:
        return url_for("admin.unit", id=found.units[0].id)
    if found.accounts:
        return url_for("admin.user", name=found.accounts[0]["name"])
    return url_for("admin.batch", id=found.batches[0]["id"])
