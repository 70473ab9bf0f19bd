"""The poster and the resident's page as the draft would have them."""
import threading

from flask import Response, abort, request

from attribution.resident import user_agents
from attribution.resident.scans import OpenedCode
from attribution.store import registry
from attribution.web import style
from attribution.web.public import landing
from attribution.web.setup.common import pages, setting
from qrgen.campaign import Campaign, Unit
from qrgen.codes import Code
from qrgen.faults import Fault
from qrgen.plan import plan_posters
from qrgen.preview import draw_poster

# A phone as most who scan have it.
_PHONE = user_agents.Client("wechat", "android")

# One at a time: who types on waits for the newest only.
_press = threading.Lock()
_newest: list[tuple[int, bytes]] = []


@pages.get("/poster.png")
def poster() -> Response:
    """Draw the poster of one unit of the draft."""
    here = setting()
    with _press:
        revision = here.drafts.read().revision
        if not _newest or _newest[0][0] != revision:
            address = here.filled().address or request.host_url.rstrip("/")
            campaign = here.campaign()
            # Signed by the trial's key: what somebody photographs off the screen is no code.
            (one,) = plan_posters([example(campaign)], address, here.settings.code_keys)
            try:
                _newest[:] = [(revision, draw_poster(campaign, one))]
            except Fault:
                abort(404)  # a letter that no font has; the form says which
        picture = _newest[0][1]
    return Response(picture, mimetype="image/png")


@pages.get("/page")
def page() -> Response:
    """Show what a resident sees who scans it."""
    campaign = setting().campaign()
    unit = example(campaign)
    known = registry.Unit(
        unit.id, 0, unit.kind, unit.name, unit.target, None, unit.area, unit.bank, unit.branch,
        unit.sector, None, None, 1,
    )
    made = Response(landing.landing_page(
        OpenedCode(Code(unit.id, 1, None), known, 0), "", client=_PHONE,
        at_form=request.args.get("form") == "1",
    ))
    # It may stand in a frame of this page of ours, which lets no script and no form of it run.
    policy = style.policy_of(campaign.design)
    made.headers["Content-Security-Policy"] = policy.replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
    made.headers["X-Frame-Options"] = "SAMEORIGIN"
    return made


def example(campaign: Campaign) -> Unit:
    """Return a unit to show: a branch if there is one, else whoever is first."""
    lines = [unit for unit in campaign.units if unit.kind == "line"]
    return next(iter([*lines, *campaign.units]), Unit("A01", "area", "某某镇", 100))
