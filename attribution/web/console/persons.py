"""One person's page: all there is about them as a time line, and every deed begins there."""
from flask import abort, render_template
from werkzeug.wrappers import Response

from attribution.office import corrections, story
from attribution.reports import effects
from attribution.reports.words import GRADES
from attribution.resident import reached, review
from attribution.rule.headway import Headway
from attribution.store import person_history, proposals
from attribution.store.engine.database import Row
from attribution.web.console import access, words
from attribution.web.console.access import allow, pages
from attribution.web.console.corrections import KINDS
from attribution.web.console.rows import STATE_WORDS
from attribution.web.current import service
from qrgen.faults import Fault


@pages.get("/people/<int:row>")
@allow("office", "checker", "area", "department", "bank")
def person(row: int) -> str:
    """Show the person whose row this is; of a unit's account its own rows and the outcome."""
    here, only = service(), access.visible()
    with here.store.read() as connection:
        found = person_history.person_of(connection, here.campaign.id, row)
        if found is None:
            abort(404)
        if only is not None and not person_history.seen_of(
            connection, here.campaign.id, [found], only
        ):
            abort(404)
    told = story.tell(here.ledger, found, only)
    return render_template("admin/person.html", **_shown(told))


@pages.get("/corrections/<int:id>")
@allow("office", "checker")
def correction(id: int) -> str | Response:
    """Show what a correction rests on and what it would do, before anybody answers it."""
    here = service()
    with here.store.read() as connection:
        asked = proposals.get(connection, here.campaign.id, id)
    if asked is None:
        abort(404)
    told = story.tell(here.ledger, asked["person"])
    return render_template("admin/correction.html", asked=asked, **_weighed(asked), **_shown(told))


def _weighed(asked: Row) -> dict[str, object]:
    if asked["answer"] is not None:
        return {}
    here = service()
    try:
        would = corrections.weigh(here.ledger, asked)
    except Fault as fault:
        return {"vain": fault.shown()}
    return {
        "would": would,
        "effect": effects.of_move(here.store, here.campaign.id, would.before, would.after),
    }


def _shown(told: story.Story) -> dict[str, object]:
    """Return what the time line's template names."""
    page: Headway | None = None
    if told.proved and told.whole:
        page = reached.read(service().ledger, told.person)
    return {
        "told": told, "page": page, "kinds": KINDS, "reasons": corrections.REASONS,
        "words": STATE_WORDS, "grades": GRADES, "causes": words.CAUSES,
        "held_words": {**corrections.REASONS, **dict(review.WORDS)},
        "names": {id: unit.name for id, unit in access.snapshot().units.items()},
        "visible": access.visible(),
    }
