"""A unit's page: what it reached, what is below it, its paper and people, what is open about it."""
import json
from collections import Counter
from typing import Any, NamedTuple

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from attribution.office import corrections, paper, patrols, units
from attribution.reports import below, finance_points, pace, progress, takeovers, unit_figures
from attribution.reports.pace import Phase
from attribution.rule import instants
from attribution.rule.instants import Instant, day_of
from attribution.store import (
    appeal_log,
    console_lists,
    contacts,
    patrol_log,
    proposals,
    tallies,
)
from attribution.store.engine.database import Connection
from attribution.store.registry import Unit
from attribution.web.console import (
    access,
    change_words,
    charts,
    contact_forms,
    days,
    previews,
)
from attribution.web.console.access import allow, pages
from attribution.web.console.change_words import SHOWN_KINDS, FieldChange
from attribution.web.console.contact_forms import TypedContact
from attribution.web.console.evidence import KINDS as CORRECTIONS
from attribution.web.console.posters import FORMAT_WORDS
from attribution.web.current import service

TREND_DAYS = 30
# Of what is kept as it happened, the newest; all of it stands where the link leads.
LATEST = 5


class UnitDeed(NamedTuple):
    """One change of a unit: when it was entered, by whom, from which day, and what it changed."""

    at: Instant
    by_whom: str
    since: int
    ahead: bool
    deed: str
    fields: list[FieldChange]


class Visit(NamedTuple):
    """A patrol of the unit's walls: what it found, by state."""

    id: int
    at: Instant
    found: dict[str, int]


@pages.get("/units/<id>")
@allow(*access.EVERYBODY)
def unit(id: str) -> str:
    """Show one unit."""
    return _page(access.unit_or_404(id))


@pages.post("/units/<id>/contacts")
@allow("office", "area", "department", "bank")
def change_contact(id: str) -> Response | tuple[str, int]:
    """Add, correct or remove a contact person; what is wrong is said at its field."""
    found = access.unit_or_404(id)
    sent = contact_forms.read()
    if not sent.wrong:
        sent = contact_forms.do(id, sent)
    if sent.wrong:
        return _page(found, sent), 400
    access.told("联系人已删除。" if sent.drop else "联系人已保存。")
    return redirect(url_for("admin.unit", id=id, _anchor="contacts"), code=303)


def _page(found: Unit, sent: TypedContact | None = None) -> str:
    here, now, only = service(), instants.now(), access.visible()
    campaign, id = here.campaign.id, found.id
    figures = unit_figures.read(here.ledger, found, now, only)
    line = figures.line
    codes = [id] if line is None or line.units is None else list(line.units)
    with here.store.read() as connection:
        counts = tallies.by_unit(connection, campaign)
        last_days = tallies.last_days(connection, campaign, "scan")
        own = counts.get(id, {})
        of_paper = _paper(connection, found)
        by_issue, by_placement = console_lists.latest_scans(connection, campaign, id)
        common: dict[str, Any] = {
            "people": contacts.contacts(connection, campaign, id),
            "places": contacts.placements(connection, campaign, id),
            "last_scan": console_lists.last_scan(connection, campaign, id),
            "seen": takeovers.of_units(
                here.ledger, connection, codes,
                sum(counts.get(code, {}).get("claimant", 0) for code in codes),
            ),
            "appeals": appeal_log.listing(connection, campaign, codes, limit=LATEST),
            "corrected": proposals.of_units(connection, campaign, codes, LATEST),
            # Where messages are sent: how many went on without, which is the office's to look at.
            "proved": console_lists.proved_claims(connection, campaign, id)
            if here.settings.resident.sender != "off" else (0, 0),
        }
    survey = finance_points.read(here.store, campaign, only=[id]) if found.is_point else None
    point = next(iter(survey.points), None) if survey else None
    wrong = paper.wrong(here.ledger, now, {id})
    shown = figures.days[-TREND_DAYS:]
    running = pace.phase(here.campaign, now) is Phase.RUNNING
    names = {key: unit.name for key, unit in access.snapshot().units.items()}
    return render_template(
        "admin/unit.html", unit=found, kinds=SHOWN_KINDS, names=names, steps=progress.STEPS,
        issues=_issues(found, by_issue), by_placement=by_placement, latest=console_lists.LATEST,
        counts=own, figures=figures, line=line, codes=codes,
        last_of=lambda one: max((last_days.get(code, 0) for code in one.units or ()), default=0),
        panels=charts.panels(shown, figures.today, figures.whole, figures.foreseen.asked),
        days=shown, running=running, foreseen=figures.foreseen,
        pace=pace.at(here.campaign, now), week=days.span(*progress.last_days(now, 7)),
        wrong_paper=[previews.paper_words(one.differences, names) for one in wrong],
        sent=sent, history=_history(id), correction_words=CORRECTIONS,
        correction_reasons=corrections.REASONS, patrol_words=patrols.STATES,
        has_picture=found.kind in below.HEADS, formats_of=_formats,
        labels={row["placement"]: row["label"] for row in common["places"]},
        point=point, banks=survey.bank_names(point) if survey and point else "",
        **of_paper, **common,
    )


def _formats(text: str) -> str:
    """Say the formats *text*, parted by commas."""
    return "、".join(FORMAT_WORDS.get(name, (name,))[0] for name in text.split(","))


def _issues(found: Unit, by_issue: Counter[int]) -> list[tuple[int, str, int]]:
    revoked = access.snapshot().revoked
    return [
        (number, "已撤销" if (found.id, number) in revoked else
         "在用" if number == found.issue else "旧版，仍能用", by_issue[number])
        for number in range(found.issue, 0, -1)
    ]


def _paper(connection: Connection, found: Unit) -> dict[str, object]:
    """Return what was printed of a unit, and what patrols saw of it."""
    campaign = service().campaign.id
    spotted = patrol_log.last_seen(connection, campaign, {found.id})
    visits: dict[int, tuple[Instant, Counter[str]]] = {}
    for row in patrol_log.latest_of(connection, campaign, found.id):
        visits.setdefault(row["visit"], (row["at"], Counter()))[1][row["state"]] += 1
    return {
        "prints": paper.prints_of(connection, campaign, found.id)[:LATEST],
        "spotted": {placement: at for (_, placement), at in spotted.items()},
        "visits": [Visit(id, at, dict(told)) for id, (at, told) in visits.items()][:LATEST],
    }


def _history(id: str) -> list[UnitDeed]:
    """Return how the unit came to be what it is, the newest first."""
    names = {key: unit.name for key, unit in access.snapshot().units.items()}
    today = day_of(instants.now())
    return [
        UnitDeed(
            row["at"], row["by_whom"], row["since"], row["since"] > today,
            change_words.DEEDS.get(row["note"], str(row["note"])),
            change_words.unit_changes(json.loads(row["before"]), json.loads(row["after"]), names),
        )
        for row in reversed(units.history(service().ledger, id))
    ]
