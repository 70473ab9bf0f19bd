"""
The bulletin: chosen, typed, looked at with every figure's source, and taken away as DOCX or PDF.

Nothing that was typed is lost: each page that comes back has it, a refused one too, and the
browser keeps it until it is cleared (console.js).
"""
from flask import Response, render_template, request

from attribution.papers import bulletin, bulletin_files
from attribution.papers.bound import bindings
from attribution.papers.bulletin import Draft, Paper
from attribution.papers.how_named import INTERNAL, LAW, Telling
from attribution.reports import snapshots
from attribution.reports.snapshots import Snapshot
from attribution.rule import instants
from attribution.rule.instants import date_of, to_datetime
from attribution.web.console import access, typed
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import whole_number
from attribution.web.current import service
from qrgen.faults import Fault

# What may be typed; the paper itself has its own bound.
LONGEST = {"issuer": 40, "issue": 4, "number": 30, "to": 200, "copy": 300}
_TEXT = 2 * bulletin.MOST


@pages.get("/bulletin", endpoint="bulletin")
@allow("office")
def show() -> str:
    """Offer a snapshot's paper, with nothing typed yet."""
    taken = _chosen()
    if taken is None:
        return _page(None, None, None)
    kind = request.args.get("kind", bulletin.REPORT)
    draft = Draft(
        kind if kind in bulletin.KINDS else bulletin.REPORT, taken.figures.about.issuer,
        to_datetime(instants.now()).date(),
    )
    telling = Telling.of(service().campaign)
    return _page(taken, draft, bulletin.make(taken.number, taken.figures, draft, telling))


@pages.post("/bulletin", endpoint="make_bulletin")
@allow("office")
def make() -> Response | str | tuple[str, int]:
    """Show the paper with what was typed, or give its file; what refuses it is said above."""
    taken = _chosen()
    if taken is None:
        return _page(None, None, None)
    kind = request.form.get("deed", "")
    here, now, draft = service(), instants.now(), _typed(taken)
    telling = Telling.of(here.campaign)
    try:
        _require_fit(draft)
        if kind not in bulletin_files.TYPES:
            paper = bulletin.make(taken.number, taken.figures, draft, telling)
            return _page(taken, draft, paper, looked=True)
        _, (file,) = bulletin_files.give(
            here.ledger, access.actor(), now, taken, draft, telling, [kind]
        )
    except Fault as fault:
        return _page(taken, draft, None, fault), 400
    return Response(
        file.content, content_type=bulletin_files.TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )


def _chosen() -> Snapshot | None:
    """Return the snapshot that is asked for, else the newest."""
    number = whole_number(request.values.get("snapshot", "0"))
    ledger = service().ledger
    return snapshots.get(ledger, number) if number else snapshots.latest(ledger)


def _typed(taken: Snapshot) -> Draft:
    """Return what was typed, as it was: a page that refuses it shows it again."""
    form = request.form
    try:
        day = date_of(typed.day("day"))
    except (Fault, ValueError):
        day = to_datetime(taken.at).date()
    return Draft(
        form.get("kind", bulletin.REPORT), form.get("issuer", ""), day,
        **{name: form.get(name, "") for name in ("issue", "number", "to", "copy")},
        problems=form.get("problems", ""), steps=form.get("steps", ""),
    )


def _require_fit(draft: Draft) -> None:
    """Refuse what is longer than any paper's."""
    for name, most in LONGEST.items():
        typed.text(name, most)
    for text in (draft.problems, draft.steps):
        typed.within(text, _TEXT)


def _page(
    taken: Snapshot | None, draft: Draft | None, made: Paper | None, fault: Fault | None = None,
    *, looked: bool = False,
) -> str:
    count = made.count if made else 0
    own = sum(bulletin.characters(text) for text in (draft.problems, draft.steps)) if draft else 0
    return render_template(
        "admin/bulletin.html", taken=taken, draft=draft, paper=made, fault=fault, looked=looked,
        snapshots=snapshots.all_of(service().ledger), kinds=bulletin.KINDS, most=bulletin.MOST,
        count=count, base=count - own if made else 0, longest=LONGEST, law=LAW, internal=INTERNAL,
        sources=bindings(
            [one.parts for one in made.paragraphs], made.cells
        ) if made and looked else [],
    )
