"""
A new campaign as an office fills it in: fields of text, days as documents write them.

A document says "1 September to 31 December"; a campaign is two instants, the second of them the
first that counts no more. That step from the last day to the instant after it is made here and
nowhere else, so that nobody has to think of it. What is wrong is told field by field, by a code
whose words the page has; what a county's own texts and colours must hold is asked of
`qrgen.registry`, the same as for a folder.
"""
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qrgen import instance as instances
from qrgen.artwork import COLOURS, LOOKS
from qrgen.campaign import SHANGHAI, Problem, Unit
from qrgen.fault_codes import Code
from qrgen.faults import Fault, Said
from qrgen.registry import RegistryError, check_values
from qrgen.settings_file import default_texts
from qrgen.setup.draft import Draft
from qrgen.setup.folder import new_values
from qrgen.setup.understanding import Understood, understand

FormText = Mapping[str, str]

NEEDED = ("title", "short_title", "document", "issuer", "first_day", "last_day")

# Words of a poster that a county may want to be its own; the others are the packaged ones.
TEXTS = ("headline", "benefit", "use", "scan", "scan_why", "voluntary", "fraud")
COLOUR_FIELDS = tuple(f"design.{name}" for name in COLOURS)

# So many rows a page has of each.
STAGES, GOALS, LINKS = 6, 4, 5
LINK_KEYS = ("ios", "android", "download", "platform", "more")


# How long after the last day bindings and payments are waited for, unless somebody says so.
SETTLING = timedelta(days=7)

_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


@dataclass
class Filled:
    """
    What a form comes to.

    Args:
        values: Settings, as `qrgen.campaign_values` has them.
        wrong: What is to be mended, by field; "" for what is no field's.
        address: What is printed in codes, in its one form.
        fields: Rows of the form by their place among the settings: ``stages.0``, ``links.ios``.
    """

    values: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str | Said] = field(default_factory=dict)
    address: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def read(
    form: FormText, table: Understood | None, folder: Path, *, lenient: bool = False
) -> Filled:
    """
    Return the settings that *form* says, and what is wrong with it.

    Args:
        table: Whose units it is for; None before there is one.
        folder: Where the logo lies.
        lenient: Put something in the place of whatever is missing or wrong, to be looked at.
    """
    made = Filled()
    values = made.values
    for name in NEEDED:
        text = _text(form, name)
        if not text:
            made.wrong[name] = "needed"
        values[name] = text or f"（{name}）"
    if lenient:
        values.update({n: STANDINS[n] for n in STANDINS if n in made.wrong})
    values["basis"] = _text(form, "basis") or values["document"]
    _days(form, made)
    values["id"] = f"campaign-{values['start'][:4]}"
    values.update(policy="last_claim", mode="page", demo=False)
    if hotline := _text(form, "hotline"):
        values["hotline"] = hotline
    _links(form, made)
    _stages(form, made)
    _goals(form, made)
    _looks(form, made)
    _address(form, made)
    begun = new_values(table or understand(Draft()))
    values.update({key: begun[key] for key in begun if key.startswith("expect.")})
    _ask(made, table.units if table else (), folder)
    if lenient:
        for name in made.wrong:
            if name.startswith(("texts.", "design.")) or name == "hotline":
                values.pop(name, None)
    return made


# What a poster shows of a field that nobody filled in yet.
STANDINS = {
    "title": "活动全称", "short_title": "活动简称", "document": "文号",
    "issuer": "发文单位",
}


def day_of(text: str) -> date | None:
    """Return the day that *text* says: 2026-09-01, 2026年9月1日, 2026/9/1; None for none."""
    found = _DAY.fullmatch(text.strip())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def usual(made: Understood | None) -> dict[str, str]:
    """Return what a form begins with: the platform's own links, and what the table says."""
    values = new_values(made or understand(Draft()))
    links = [(key, values.get(f"links.{key}")) for key in LINK_KEYS]
    texts = default_texts()
    told = {
        "hosts": "\n".join(values["allowed_hosts"]), "look": LOOKS[0],
        **{f"texts.{key}": texts[key] for key in TEXTS},
        **{f"design.{name}": colour for name, colour in COLOURS.items()},
    }
    for n, (_, link) in enumerate(links):
        if link:
            told |= {f"link.{n}.label": link["label"], f"link.{n}.url": link["url"]}
    if made is not None and made.total:
        told |= {"goal.0.label": "新增注册用户", "goal.0.number": str(made.total)}
    return told


def _text(form: FormText, name: str) -> str:
    return " ".join(form.get(name, "").split())


def _days(form: FormText, made: Filled) -> None:
    today = datetime.now(SHANGHAI).date()
    first = _day(form, "first_day", made) or today
    last = _day(form, "last_day", made) or first + timedelta(days=90)
    if last < first:
        made.wrong.setdefault("last_day", "before_first")
        last = first
    elif last < today and "last_day" not in made.wrong:
        made.wrong["last_day"] = "over"
    settled = _day(form, "settle_day", made) or last + SETTLING
    if settled < last:
        made.wrong.setdefault("settle_day", "before_last")
        settled = last
    made.values.update(
        start=_midnight(first), mark_time=_midnight(first),
        end=_midnight(last + timedelta(days=1)),
        settle_end=_midnight(settled + timedelta(days=1)),
    )
    for name in ("first_day", "last_day"):
        del made.values[name]


def _day(form: FormText, name: str, made: Filled) -> date | None:
    text = _text(form, name)
    day = day_of(text)
    if text and day is None:
        made.wrong[name] = "no_day"
    return day


def _midnight(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).isoformat()


def _links(form: FormText, made: Filled) -> None:
    hosts = [host.lower() for host in re.split(r"[\s,;，；、]+", form.get("hosts", "")) if host]
    made.values["allowed_hosts"] = hosts
    for n in range(LINKS):
        label, url = _text(form, f"link.{n}.label"), _text(form, f"link.{n}.url")
        if not label and not url:
            continue
        if not label:
            made.wrong[f"link.{n}.label"] = "needed"
            continue
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            parts, host = urlsplit(""), ""
        if parts.scheme != "https" or not host or not url.isascii() or "@" in parts.netloc:
            made.wrong[f"link.{n}.url"] = "no_https"
        elif host not in hosts:
            made.wrong[f"link.{n}.url"] = "host_not_allowed"
        else:
            made.fields[f"links.{LINK_KEYS[n]}"] = f"link.{n}"
            made.values[f"links.{LINK_KEYS[n]}"] = {"label": label, "url": url}


def _stages(form: FormText, made: Filled) -> None:
    stages: list[dict[str, str]] = []
    start, end = made.values["start"][:10], made.values["end"][:10]
    for n in range(STAGES):
        told = {key: _text(form, f"stage.{n}.{key}") for key in _STAGE}
        if not any(told.values()):
            continue
        first, last = (_day(form, f"stage.{n}.{key}", made) for key in ("start", "last"))
        for key in _STAGE:
            if not told[key]:
                made.wrong[f"stage.{n}.{key}"] = "needed"
        if first is None or last is None:
            continue
        if last < first:
            made.wrong[f"stage.{n}.last"] = "before_first"
        elif not start <= first.isoformat() <= last.isoformat() < end:
            made.wrong[f"stage.{n}.last"] = "outside"
        elif all(told.values()):
            made.fields[f"stages.{len(stages)}"] = f"stage.{n}"
            stages.append({**told, "start": first.isoformat(), "last": last.isoformat()})
    if stages:
        made.values["stages"] = stages


_STAGE = ("name", "start", "last", "lead", "duty")


def _goals(form: FormText, made: Filled) -> None:
    goals: list[dict[str, Any]] = []
    for n in range(GOALS):
        told = {key: _text(form, f"goal.{n}.{key}") for key in ("label", "number", "by")}
        if not any(told.values()):
            continue
        end = datetime.fromisoformat(made.values["end"]).date() - timedelta(days=1)
        by = end if not told["by"] else _day(form, f"goal.{n}.by", made)
        number = told["number"].replace(",", "").replace("，", "")
        for key, text in told.items():
            if not text and key != "by":
                made.wrong[f"goal.{n}.{key}"] = "needed"
        if number and not re.fullmatch("[0-9]{1,7}", number):
            made.wrong[f"goal.{n}.number"] = "no_number"
        elif number and by and told["label"]:
            made.fields[f"goals.{len(goals)}"] = f"goal.{n}"
            goals.append({
                "key": f"goal_{n + 1}", "label": told["label"], "number": int(number),
                "by": by.isoformat(),
            })
    if goals:
        made.values["goals"] = goals


def _looks(form: FormText, made: Filled) -> None:
    ours = default_texts()
    for key in TEXTS:
        text = _text(form, f"texts.{key}")
        if text and text != ours[key]:
            made.values[f"texts.{key}"] = text
    for name, usual in COLOURS.items():
        colour = _text(form, f"design.{name}").lower()
        if colour and colour != usual:
            made.values[f"design.{name}"] = colour
    if form.get("look") in LOOKS[1:]:
        made.values["design.look"] = form["look"]
    if form.get("logo"):
        made.values["design.logo"] = form["logo"]


def _address(form: FormText, made: Filled) -> None:
    text = _text(form, "address")
    if not text:
        made.wrong["address"] = "needed"
        return
    try:
        made.address = instances.public_url(Path(), text)
    except Fault:
        made.wrong["address"] = "no_address"


def _ask(made: Filled, units: Sequence[Unit], folder: Path) -> None:
    """Ask the rules of every campaign, and lay what they find at its field."""
    try:
        check_values(made.values, units, (), folder, datetime.now(SHANGHAI))
    except RegistryError as error:
        for problem in error.problems:
            made.wrong.setdefault(_field_of(problem, made), problem)


def _field_of(problem: Problem, made: Filled) -> str:
    """Return the field that *problem* is about; "" for none, or for units of the table."""
    if problem.file != "campaign.toml":
        return ""
    if problem.code is Code.WINDOW_ENDED:
        return "last_day"
    if key := str(problem.data.get("key", "")):
        own = (*NEEDED, "basis", "hotline", *COLOUR_FIELDS, *(f"texts.{name}" for name in TEXTS))
        row, _, name = key.rpartition(".")
        return key if key in own else f"{made.fields[row]}.{name}" if row in made.fields else ""
    pair = [f"design.{problem.data.get(name)}" for name in ("text", "ground")]
    changed = [name for name in pair if name in made.values]
    if changed:
        return changed[0]
    return "logo" if "file" in problem.data or "name" in problem.data else ""
