"""
What is typed into the forms of the campaign's settings, read as the settings' own values.

Days are typed as people say them: the last one itself. What stands at another instant than a
day's beginning is shown and kept as it is, unless somebody types a day over it. A field that was
left as it stands is no change.
"""
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flask import request

from attribution.faults import Code
from attribution.web.console import change_words, unit_forms
from qrgen.artwork import COLOURS
from qrgen.campaign import GRADES, SHANGHAI, TOLD_WHERE
from qrgen.faults import Fault
from qrgen.settings_file import default_texts
from qrgen.texts import clean, squeeze

INSTANTS = ("start", "end", "mark_time", "settle_end")
_NAMED = ("title", "short_title", "document", "basis", "issuer", "hotline")
_OWN: Mapping[str, tuple[str, ...]] = {
    "dates": (*INSTANTS, "stages", "goals"), "rule": ("policy", "mode", "grades"),
    "papers": ("naming", "ranking"), "names": _NAMED, "links": ("allowed_hosts",),
}
_TABLES = {"links": "links", "texts": "texts", "design": "design"}
# Empty rows below those that are there, to be filled in.
MORE = 2
_STAGE = ("name", "start", "last", "lead", "duty")
_GOAL = ("key", "label", "number", "by")


class SettingsPage(NamedTuple):
    """A page of settings: what it is called, and what a change of it does."""

    title: str
    aim: str


GROUPS: Mapping[str, SettingsPage] = {
    "dates": SettingsPage("时间和阶段", "延长、缩短。改时间会把每个人重算一遍，先看谁的归属会变。"),
    "rule": SettingsPage("归属规则", "一个版本判所有人，没有“从哪天起”。"),
    "papers": SettingsPage(
        "点名和排位",
        "进度包、通报这些材料里，要不要点单位的名、排位次。不点名的，只写各档有几个单位。",
    ),
    "names": SettingsPage("名称、文号和电话", "印在海报上、写在居民页面上的字。"),
    "links": SettingsPage("下载链接", "居民页面上的下载入口，只能到“允许跳转的网站”。"),
    "texts": SettingsPage("海报文字", "不填的用系统原来的字（灰色）。"),
    "design": SettingsPage("海报颜色", "不填的用系统原来的颜色，写成 #0d4a5a。"),
}

Values = Mapping[str, Any]


def values(group: str, settings: Values) -> dict[str, Any]:
    """
    Return what the form of *group* changes of *settings*; None takes a setting away.

    Raises:
        Fault: a day or a number is none.
    """
    typed = _READERS[group](settings)
    return {name: value for name, value in typed.items() if settings.get(name) != value}


def belongs(group: str, name: str) -> bool:
    """Whether the setting *name* is one that the form of *group* changes."""
    return name in _OWN.get(group, ()) or name.partition(".")[0] == _TABLES.get(group)


def day_field(settings: Values, name: str) -> str:
    """Return the setting *name* as a field holds it: a day, the last one itself, or its instant."""
    text = str(settings.get(name, ""))
    try:
        moment = datetime.fromisoformat(text).astimezone(SHANGHAI)
    except ValueError:
        return text
    if moment.time() != moment.min.time():
        return text
    return f"{moment - timedelta(days=name in change_words.LAST_DAYS):%Y-%m-%d}"


def rows(settings: Values, name: str) -> list[dict[str, Any]]:
    """Return the rows of a list of tables as they are or were typed, with some to fill in."""
    fields = _STAGE if name == "stages" else _GOAL
    if f"{name}.{fields[0]}" in request.form:
        columns = (request.form.getlist(f"{name}.{field}") for field in fields)
        return [dict(zip(fields, cells, strict=True)) for cells in zip(*columns, strict=False)]
    return [*settings.get(name, []), *({} for _ in range(MORE))]


def links(settings: Values) -> list[tuple[str, str, str]]:
    """Return key, label and address of each link as it is or was typed, with rows to fill in."""
    if "url" in request.form:
        return list(zip(*(request.form.getlist(n) for n in ("key", "label", "url")), strict=False))
    found = [
        (name.removeprefix("links."), value.get("label", ""), value.get("url", ""))
        for name, value in sorted(settings.items()) if name.startswith("links.")
    ]
    return [*found, *(("", "", "") for _ in range(MORE))]


def texts(settings: Values) -> list[tuple[str, str, str]]:
    """Return key, own words and the packaged words of each text on posters."""
    return [
        (key, settings.get(f"texts.{key}", ""), usual) for key, usual in default_texts().items()
    ]


def colours(settings: Values) -> list[tuple[str, str, str, str]]:
    """Return key, name, own colour and the packaged one."""
    return [
        (key, change_words.SETTINGS[f"design.{key}"], settings.get(f"design.{key}", ""), usual)
        for key, usual in COLOURS.items()
    ]


def _dates(settings: Values) -> dict[str, Any]:
    made: dict[str, Any] = {
        name: _instant(name, settings) for name in INSTANTS if name in request.form
    }
    for name, fields in (("stages", _STAGE), ("goals", _GOAL)):
        if f"{name}.{fields[0]}" in request.form:
            made[name] = _rows(name, fields) or ([] if settings.get(name) else None)
    return made


def _rule(settings: Values) -> dict[str, Any]:
    made: dict[str, Any] = {
        name: request.form[name] for name in ("policy", "mode") if name in request.form
    }
    grades = [grade for grade in GRADES if grade in request.form.getlist("grades")]
    made["grades"] = grades if "grades" in settings or grades != list(GRADES[:1]) else None
    return made


def _papers(settings: Values) -> dict[str, Any]:
    # What nobody set is as usual: sent back so, it stays unset.
    return {
        name: None if request.form[name] == TOLD_WHERE[0] and name not in settings
        else request.form[name]
        for name in _OWN["papers"] if name in request.form
    }


def _names(settings: Values) -> dict[str, Any]:
    return {name: _text(request.form[name]) for name in _NAMED if name in request.form}


def _links(settings: Values) -> dict[str, Any]:
    form = request.form
    given = zip(
        form.getlist("key"), form.getlist("label"), form.getlist("url"), strict=False
    )
    made: dict[str, Any] = {
        f"links.{squeeze(key)}": {"label": clean(label), "url": squeeze(url)}
        for key, label, url in given if squeeze(key) and squeeze(url)
    }
    gone = (name for name in settings if name.startswith("links.") and name not in made)
    hosts = [squeeze(line) for line in form.get("allowed_hosts", "").splitlines()]
    return {**made, **dict.fromkeys(gone), "allowed_hosts": [host for host in hosts if host]}


def _texts(settings: Values) -> dict[str, Any]:
    names = (f"texts.{key}" for key in default_texts())
    return {name: _text(request.form[name]) for name in names if name in request.form}


def _design(settings: Values) -> dict[str, Any]:
    names = ("look", *COLOURS)
    return {
        f"design.{name}": squeeze(request.form[name]) or None for name in names
        if name in request.form
    }


_READERS: Mapping[str, Callable[[Values], dict[str, Any]]] = {
    "dates": _dates, "rule": _rule, "papers": _papers, "names": _names, "links": _links,
    "texts": _texts, "design": _design,
}


def _text(typed: str) -> str | None:
    return clean(typed) or None


def _instant(name: str, settings: Values) -> str:
    typed = squeeze(request.form[name])
    if typed == day_field(settings, name):
        return str(settings.get(name, ""))
    day = _day(typed, name) + timedelta(days=name in change_words.LAST_DAYS)
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).isoformat()


def _day(typed: str, name: str) -> date:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", typed):
            raise ValueError(name)
        year, month, day = map(int, typed.split("-"))
        return date(year, month, day)
    except ValueError:
        field = change_words.SETTINGS.get(name, name)
        raise Fault(Code.TYPED_NO_DAY, status=2, field=field) from None


def _rows(name: str, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    columns = [request.form.getlist(f"{name}.{field}") for field in fields]
    made = []
    for number, cells in enumerate(zip(*columns, strict=False), 1):
        row: dict[str, Any] = {
            field: clean(cell) for field, cell in zip(fields, cells, strict=True)
        }
        if not any(value for field, value in row.items() if field != "key"):
            continue
        for field in ("start", "last", "by"):
            if field in row:
                row[field] = f"{_day(squeeze(row[field]), name):%Y-%m-%d}"
        if name == "goals":
            row["number"] = unit_forms.number(row["number"]) or 0
            row["key"] = row["key"] or f"goal_{number}"
        made.append(row)
    return made
