"""
What keeps a campaign from being begun, though it can be read and served.

A county that copied the sample printed another county's name, and nothing said so. These rules
are asked where a campaign is made (``qrgen check``, ``attribution init``, publishing in the
browser) and never where one is served: a release of ours must not take a page off the air.
"""
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from qrgen.campaign import SHANGHAI, Campaign, Problem, Unit
from qrgen.campaign_values import flat
from qrgen.fault_codes import Code, UnitWord
from qrgen.faults import FaultCode
from qrgen.files import read_toml
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.settings_file import Settings
from qrgen.setup.damage import damage_of
from qrgen.setup.fault_codes import Damage
from qrgen.shapes import shape_of
from qrgen.units_file import read_units_file

_TOML = "campaign.toml"
_CSV = "units.csv"

# What the sample's document alone may say.
_ITS_OWN = ("id", "title", "short_title", "document", "basis", "issuer")


def unready(campaign: Campaign, settings: Settings, now: datetime) -> Iterator[Problem]:
    """
    Yield what keeps *campaign* from being begun at *now*.

    The sample as it is may be begun, to be looked at; so may what is marked 演示, whatever it says.
    """
    yield from _damaged(campaign)
    yield from _stages(campaign, settings)
    if campaign.demo or _is_sample(campaign):
        return
    if campaign.end <= now and "end" not in settings.wrong:
        last = (campaign.end - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
        yield _toml(settings, "end", Code.WINDOW_ENDED, last=last.isoformat())
    yield from _of_the_sample(campaign, settings)


def _damaged(campaign: Campaign) -> Iterator[Problem]:
    for unit in (*campaign.units, *campaign.former):
        for text in dict.fromkeys((unit.name, unit.branch or "")):
            damage = damage_of(text)
            # A lost letter is told by the rules, in whatever campaign.
            if damage is not None and damage is not Damage.LOST:
                yield Problem(
                    Code.NAME_DAMAGED, _CSV, unit.line_no, text=_shown(text), damage=damage
                )


def _shown(text: str) -> Any:
    """Return a damaged name as it stands; a long number is perhaps somebody's."""
    return text if len(text) <= 12 and not re.search("[0-9]{7}", text) else shape_of(text)


def _stages(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    if not {"start", "end"}.isdisjoint(settings.wrong) or campaign.start >= campaign.end:
        return
    first = campaign.start.astimezone(SHANGHAI).date()
    last = (campaign.end - timedelta(microseconds=1)).astimezone(SHANGHAI).date()
    for place, stage in enumerate(campaign.stages):
        for key, day in (("start", stage.start), ("last", stage.last)):
            full = f"stages.{place}.{key}"
            if full not in settings.wrong and not first <= day <= last:
                yield _toml(
                    settings, full, Code.STAGE_OUTSIDE, key=full, day=day.isoformat(),
                    first=first.isoformat(), last=last.isoformat(),
                )
                break


def _is_sample(campaign: Campaign) -> bool:
    """Whether *campaign* says all that the sample does: a copy to be looked at."""
    values, units = _sample()
    return all(getattr(campaign, key) == values[key] for key in _ITS_OWN) and (
        [(u.id, u.name, u.target) for u in campaign.units]
        == [(u.id, u.name, u.target) for u in units]
    )


def _of_the_sample(campaign: Campaign, settings: Settings) -> Iterator[Problem]:
    values, units = _sample()
    place = _place(values["issuer"])
    areas = {unit.name for unit in units if unit.kind == "area"}
    own = [unit for unit in campaign.units if unit.kind == "area"]
    same = [unit for unit in own if unit.name in areas]
    its_units = bool(own) and len(same) * 2 >= len(own)
    says_place = place in campaign.issuer
    if its_units and says_place and campaign.document != values["document"]:
        return  # the county of the sample, with another document
    for key in _ITS_OWN:
        told = getattr(campaign, key)
        if key not in settings.wrong and (told == values[key] or place in told):
            yield _toml(settings, key, Code.SAMPLE_SAYS, key=key)
    for full, text in _texts(campaign):
        if place in text:
            yield _toml(settings, full, Code.SAMPLE_SAYS, key=full)
    numbers = {goal["key"]: goal["number"] for goal in values["goals"]}
    total = sum(unit.target or 0 for unit in own)
    for at, goal in enumerate(campaign.goals):
        if numbers.get(goal.key) == goal.number != total:
            full = f"goals.{at}.number"
            yield _toml(settings, full, Code.SAMPLE_SAYS, key=full)
    if its_units:
        yield Problem(Code.SAMPLE_UNITS, _CSV, same[0].line_no, count=len(same))
        return
    prefix = values["expect.official_code_prefix"]
    if settings.expect.get("official_code_prefix") == prefix:
        full = "expect.official_code_prefix"
        yield _toml(settings, full, Code.SAMPLE_SAYS, key=full)
    if coded := [u for u in own if (u.official_code or "").startswith(prefix)]:
        yield Problem(Code.SAMPLE_CODES, _CSV, coded[0].line_no, count=len(coded))
    branches = {unit.branch for unit in units if unit.branch}
    if lines := [u for u in campaign.units if u.kind == "line" and u.branch in branches
                 and place in (u.branch or "")]:
        yield Problem(
            Code.SAMPLE_BRANCHES, _CSV, lines[0].line_no, count=len(lines),
            kind=UnitWord.BRANCH,
        )


def _texts(campaign: Campaign) -> Iterator[tuple[str, str]]:
    """Yield what else is printed or shown, by its key."""
    yield from ((f"texts.{key}", text) for key, text in campaign.texts.items())
    for at, stage in enumerate(campaign.stages):
        yield from ((f"stages.{at}.{key}", getattr(stage, key)) for key in ("name", "lead", "duty"))
    yield from ((f"goals.{at}.label", goal.label) for at, goal in enumerate(campaign.goals))
    yield from ((f"links.{key}.label", link.label) for key, link in campaign.links.items())


def _place(issuer: str) -> str:
    """Return the county that *issuer* begins with: 兴国县人民政府办公室 is of 兴国县."""
    found = re.match(r".{1,8}?[县市区旗]", issuer)
    return found[0] if found else issuer


@cache
def _sample() -> tuple[dict[str, Any], tuple[Unit, ...]]:
    values = flat(read_toml(PACKAGED_CAMPAIGN / _TOML))
    return values, tuple(read_units_file(PACKAGED_CAMPAIGN / _CSV, []))


def _toml(settings: Settings, at: str, code: FaultCode, /, **data: Any) -> Problem:
    return Problem(code, _TOML, settings.line(at), **data)
