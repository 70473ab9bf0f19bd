"""The progress pack of a snapshot: what is in it and what the law asks, and the ZIP itself."""
from urllib.parse import quote

from flask import Response, render_template, request

from attribution.papers import giving, pack_words
from attribution.papers.how_named import INTERNAL, LAW, OUR_WAY, Telling
from attribution.rule import instants
from attribution.web.console import access
from attribution.web.console.access import allow, pages
from attribution.web.console.snapshot_pages import snapshot_or_404
from attribution.web.current import service


@pages.get("/snapshots/<int:number>/pack", endpoint="pack")
@allow("office")
def show(number: int) -> str:
    """Say what the pack of the snapshot *number* holds, how it names units, and what it is for."""
    here = service()
    one = snapshot_or_404(number)
    return render_template(
        "admin/pack.html", one=one, kind=pack_words.kind(one.figures),
        words=pack_words.in_words(one.figures), stretch=pack_words.stretch(one.figures),
        told=pack_words.told(Telling.of(here.campaign)), internal=INTERNAL, law=LAW,
        our_way=OUR_WAY,
    )


@pages.get("/snapshots/<int:number>/pack.zip", endpoint="pack_file")
@allow("office")
def give(number: int) -> Response:
    """Give the pack as a numbered download."""
    here, now = service(), instants.now()
    one = snapshot_or_404(number)
    if request.method == "HEAD":
        return Response(content_type="application/zip")  # no number: nothing is handed out
    made, given = giving.give_pack(here.ledger, access.actor(), now, one)
    return Response(made.content, content_type="application/zip", headers={
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name)}",
        "X-Export-Number": f"E{given:06}",
    })
