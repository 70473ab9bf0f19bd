"""Persons whom two units claimed: by units for all, one by one for the office, which may ask."""
from dataclasses import dataclass

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.office import corrections, together
from attribution.reports import takeovers as reports
from attribution.rule import instants
from attribution.rule.instants import HOUR
from attribution.rule.terms import POLICIES
from attribution.store import person_history, takeover_rows
from attribution.store.takeover_rows import Which
from attribution.web.console import access, evidence, typed
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import PAGE, page_of, whole_number
from attribution.web.console.together_pages import preview
from attribution.web.current import service

FILTERS = ("unit", "other", "offset")


@dataclass(frozen=True)
class Proof:
    """How many claims a unit has, and how many of these no password proved."""

    claims: int
    unproved: int

    @property
    def share(self) -> int:
        return (200 * self.unproved + self.claims) // (2 * self.claims) if self.claims else 0


def proofs(unit: str = "") -> dict[str, Proof]:
    """Return of each unit (or one) how many of its claims are unproved."""
    here = service()
    with here.store.read() as connection:
        found = takeover_rows.proved(connection, here.campaign.id, unit)
    return {id: Proof(*numbers) for id, numbers in found.items()}


@pages.get("/takeovers", endpoint="takeovers")
@allow("office", "checker")
def takeover_list() -> str:
    """Show who took over how many from whom, and the single claims, to be held by two people."""
    here = service()
    chosen = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    which = _which(chosen)
    policy, offset = POLICIES[here.campaign.policy], whole_number(chosen.get("offset", "0"))
    with here.store.read() as connection:
        seen = reports.find(here.ledger, connection)
        rows = takeover_rows.page(
            connection, here.campaign.id, policy, which, offset=offset, limit=PAGE
        )
        total = takeover_rows.count(connection, here.campaign.id, policy, which)
        newest = takeover_rows.page(
            connection, here.campaign.id, policy, which, offset=0, limit=1
        )
    found = sorted(seen.values(), key=lambda one: (-one.taken_persons, one.unit))
    return render_template(
        "admin/takeovers.html", seen=found, rows=rows, chosen=chosen,
        page=page_of(offset, len(rows), total), newest=newest[0]["claim"] if newest else 0,
        names={id: unit.name for id, unit in access.snapshot().units.items()},
        proofs=proofs(), hours=lambda gap: f"{gap / HOUR:.1f}", most=together.MOST,
    )


@pages.post("/takeovers")
@allow("office", "checker")
def ask_holds() -> Response | str:
    """
    Ask that claims be held, the ticked ones or all that are shown; somebody else approves.

    What it comes to is shown first.
    """
    here, form, now = service(), request.form, instants.now()
    chosen = {name: form[name] for name in ("unit", "other") if form.get(name)}
    note = typed.text("note", 200)
    if form.get("deed") == "all":
        with here.store.read() as connection:
            claims = takeover_rows.claims(
                connection, here.campaign.id, POLICIES[here.campaign.policy], _which(chosen),
                whole_number(form.get("until", ""), 2**63 - 1),
            )[: together.MOST]
    else:
        claims = [whole_number(text, 2**63 - 1) for text in form.getlist("id")][: together.MOST]
    if not claims:
        access.told("请先勾选要暂缓的登记。", "problem")
        return redirect(_back(chosen))
    corrections.refuse_note(note)
    if not form.get("sure"):
        return _preview(claims, note, chosen)
    done = together.ask_all(
        here.ledger, "hold", claims, reason="review", note=note, asked_by=access.actor(), now=now
    )
    access.told(f"已提出暂缓 {done.done} 条登记，请另一个人在“更正”里批准；批准之前照常计算。")
    tell_faults(done)
    return redirect(_back(chosen))


def _preview(claims: list[int], note: str, chosen: dict[str, str]) -> str:
    here = service()
    with here.store.read() as connection:
        rows = [
            row for id in claims
            if (row := person_history.claim(connection, here.campaign.id, id)) is not None
        ]
    return preview(
        "提出暂缓", rows, deed="", note=note,
        would=evidence.of_claims(rows, "hold", evidence.tables()), still="",
        button=f"提出暂缓（{len(rows)} 条）", carried=chosen,
        hint="另一个人在“更正”里批准以后，才会有下面的影响；批准之前照常计算。",
        action=url_for("admin.ask_holds"), back=_back(chosen),
    )


def tell_faults(done: together.Together) -> None:
    """Show what could not be done, each cause once."""
    if done.faults:
        causes = list(dict.fromkeys(fault.shown() for fault in done.faults))
        more = "" if len(causes) <= 3 else "等"
        access.told(f"{len(done.faults)} 条没有做成：{'；'.join(causes[:3])}{more}", "problem")


def _back(chosen: dict[str, str]) -> str:
    return url_for("admin.takeovers", unit=chosen.get("unit"), other=chosen.get("other"))


def _which(chosen: dict[str, str]) -> Which:
    units = access.snapshot().units
    if any(chosen[name] not in units for name in ("unit", "other") if name in chosen):
        abort(404)
    return Which(chosen.get("unit", ""), chosen.get("other", ""))
