"""
The page behind the code of a survey point (融资需求调查点).

It says what the point is for, that it is free, and which bank docks with it; one way leads out
to the platform, where people say themselves what they need, another to the hotline. Nothing is
asked for here: there is no form, no cookie, and of a scan is kept what is of every scan.
"""
import re

from flask import render_template

from attribution.resident import user_agents
from attribution.resident.scans import OpenedCode
from attribution.service import Service
from attribution.store.registry import Unit
from attribution.web.current import service
from qrgen.campaign import Link
from qrgen.points import docking


def has_page(here: Service, unit: Unit) -> bool:
    """Whether *unit* is a point that leads to one of the campaign's links."""
    return unit.is_point and unit.link in here.campaign.links


def page_of(opened: OpenedCode, client: user_agents.Client, *, closed: bool = False) -> str:
    """
    Return the page of the point behind *opened*.

    Args:
        closed: It takes part no more, or not yet; whoever goes on counts for no point.
    """
    here, unit = service(), opened.unit
    units = here.scans.snapshot().units
    active = [one for one in units.values() if one.closed_at is None]
    banks = [units[bank].name for bank in docking(unit, active) if bank in units]
    return render_template(
        "public/point.html", opened=opened, closed=closed, client=client, banks=banks,
        link=here.campaign.links[unit.link or ""], dial=_dial(here.campaign.hotline or ""),
        signed=here.scans.sign(opened.code),
    )


def others(here: Service) -> list[Link]:
    """Return the campaign's links that no survey point leads to: those to the app."""
    led_to = {unit.link for unit in here.scans.snapshot().units.values() if unit.is_point}
    return [link for key, link in here.campaign.links.items() if key not in led_to]


def _dial(hotline: str) -> str:
    """Return what a phone can dial of *hotline*; '' where it is not one number alone."""
    digits = re.sub(r"[\s()（）—-]", "", hotline)
    return digits if re.fullmatch(r"[0-9]{3,12}", digits) else ""
