"""The steps, the rules, the ways out to the app, and what stands at the address itself."""
import logging
import re

from flask import redirect, render_template, request, session
from werkzeug.wrappers import Response

from attribution.resident import lapsing, user_agents
from attribution.resident.crowds import PER_LINK
from attribution.resident.scans import BadCode, ClosedCode, OpenedCode
from attribution.rule import headway, instants
from attribution.service import Service
from attribution.store import StoreError, residents
from attribution.web.current import service
from attribution.web.public import common, points
from attribution.web.public.common import pages, side
from attribution.web.public.kept import DECLINED
from qrgen.campaign import Link

log = logging.getLogger("attribution")


@pages.get("/guide/<code>")
def guide(code: str) -> str:
    """Show the four steps to whoever does not want to register here, and remember that."""
    here = service()
    opened = here.scans.open(code)
    if points.has_page(here, opened.unit):
        return points.page_of(opened, common.client())
    # HEAD and browsers that look ahead change no session (`edges`): nobody has chosen yet.
    # Who said no is not asked again in this session (PIPL 24).
    declined = [unit for unit in session.get(DECLINED, []) if unit != opened.unit.id]
    session[DECLINED] = [*declined, opened.unit.id][-20:]
    return guide_page(here, opened, common.client())


@pages.get("/guide")
def guide_alone() -> str:
    """Show the four steps to who came without a code."""
    return guide_page(service(), None, common.client())


@pages.get("/rules")
def rules() -> str:
    """The whole notice: who, what for, how long, and the rights."""
    return render_template(
        "public/rules.html", otp=side().one_time is not None,
        lesser=len(service().campaign.grades) > 1,
        kept=instants.to_datetime(lapsing.earliest(service().campaign)),
    )


@pages.get("/go/<key>")
def go(key: str) -> Response:
    """
    Lead out to one of the campaign's links; never to an address from the request.

    Counted, up to so many a minute of one network and app: the way out is for the resident,
    the count for us.
    """
    here = service()
    link = here.campaign.links.get(key)
    if link is None:
        raise BadCode(key)
    now = instants.now()
    unit = request.args.get("u", "")
    if side().ways.enter((common.network(), common.client().name, link.key), now) > PER_LINK:
        return redirect(link.url, 302)
    try:
        known = unit if unit in here.scans.snapshot().units else None
        way = residents.WayOut(
            here.store.next_id(now), here.campaign.id, now, link.key, known, common.client().name,
            user_agents.flag_of(request.method, request.headers),
        )
        here.store.write(lambda c: residents.add_way_out(c, way))
    except StoreError as error:
        log.error("way out not counted: %s", error)
    return redirect(link.url, 302)


@pages.get("/")
def home() -> str:
    """Say what this is to whoever types the address printed on a poster."""
    return render_template("public/home.html")


@pages.get("/<name>.txt")
def verification(name: str) -> Response:
    """
    A file that a platform asks for as proof of the domain (WeChat's ``MP_verify_….txt``).

    Taken from ``verify/`` in the instance folder.
    """
    path = service().settings.instance / "verify" / f"{name}.txt"
    if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) or not path.is_file():
        raise BadCode(name)
    return Response(path.read_bytes()[:4096], mimetype="text/plain")


def guide_page(
    here: Service, opened: OpenedCode | None, client: user_agents.Client, broken: str = "",
    gone: bool = False,
) -> str:
    """
    Return the four steps.

    Args:
        broken: Why nobody can register now, in words.
        gone: They stand in place of a page that is no more.
    """
    return render_template(
        "public/steps.html", kind="guide", unit=opened.unit if opened else None,
        signed=here.scans.sign(opened.code) if opened else "", progress=headway.READING,
        client=client, links=links(here, client), broken=broken, gone=gone,
    )


_BROKEN = "系统正在维护，登记请晚点再来。下载和使用不受影响。"


def guide_instead(
    opened: OpenedCode | None, client: user_agents.Client, broken: str = _BROKEN
) -> str:
    """The steps, and the honest word that nobody can register now."""
    return guide_page(service(), opened, client, broken)


def guide_of_closed(error: ClosedCode) -> str:
    """Return the steps, and the word that the unit of this code takes part no more, or not yet."""
    opened = error.opened
    if points.has_page(service(), opened.unit):
        return points.page_of(opened, common.client(), closed=True)
    why = "的登记还没有开始" if opened.unit.closed_at == 0 else "已不再办理登记"
    broken = f"{opened.unit.name}{why}。下载和使用不受影响。"
    return guide_page(service(), opened, common.client(), broken)


def guide_when_broken(broken: str = _BROKEN) -> str:
    """Return the page for a request that the database could not serve."""
    return guide_instead(None, common.client(), broken)


def links(here: Service, client: user_agents.Client) -> list[Link]:
    """
    Return all links to the app, the likeliest for this phone first. None is ever left out.

    Where survey points lead is on their pages. Apple's store is the last for every other phone:
    it says that the app is not for them.
    """
    own = "android" if client.system == "harmony" else client.system
    return sorted(
        points.others(here),
        key=lambda link: (link.key != own, link.key == "ios" and own != "ios"),
    )
