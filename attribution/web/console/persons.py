"""One person's page: all there is about them as a time line, and every deed begins there."""
from flask import abort, render_template
from werkzeug.wrappers import Response

from attribution.office import story
from attribution.store import person_history, proposals
from attribution.web.console import access, evidence
from attribution.web.console.access import allow, pages
from attribution.web.current import service


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
    # Whoever asks sees what the second person will see; a unit learns nothing of the others'.
    asks = told.whole and told.claims and access.may("admin.ask_correction")
    return render_template(
        "admin/person.html", told=told, page=evidence.page_of(told),
        woulds=evidence.choices(told, evidence.tables()) if asks else [],
        **evidence.words_of_story(),
    )


@pages.get("/corrections/<int:id>")
@allow("office", "checker")
def correction(id: int) -> str | Response:
    """Show what a correction rests on and what it would do, before anybody answers it."""
    here = service()
    with here.store.read() as connection:
        asked = proposals.get(connection, here.campaign.id, id)
    if asked is None:
        abort(404)
    waits = asked["answer"] is None
    would = evidence.of_proposals([asked], evidence.tables()) if waits else None
    case = evidence.case(asked["person"], [asked], since=id if waits else 0)
    return render_template(
        "admin/correction.html", asked=asked, would=would, case=case,
        after=would.lands(asked["person"], case.told.credited) if would else None,
        **evidence.words_of_story(),
    )
