"""
The fields that take a unit or an account: found by name, by initials, or by id; told at the field.

A text that means one thing is that thing. One that means several, or nothing, ends in `Unpicked`:
the page comes again with everything that was typed, and says at the field what is wrong with it
and what may have been meant. The templates' half is ``admin/picker.html``, the browser's
``static/picker.js``, which does without asking: the names and initials are on the page.

What an account may not see is not found, as if it did not exist.
"""
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import current_app, g, request
from werkzeug.exceptions import HTTPException

from attribution.office import initials, naming
from attribution.store import staff
from attribution.store.engine.database import Row
from attribution.store.registry import Unit
from attribution.web.console import access
from attribution.web.console.access import pages
from attribution.web.current import service
from qrgen.texts import clean, fold

# So many of what may be meant are shown; more take more letters.
MOST = 12
LONGEST = 400
KINDS = ("area", "line", "department", "bank")

# What a form's page is, where it is at another address than its answer.
_PAGES = {
    "admin.ask_correction": "admin.corrections", "admin.file_appeal": "admin.appeals",
    "admin.decide_appeal": "admin.appeal", "admin.add_user": "admin.users",
    "admin.change_user": "admin.user", "admin.order_posters": "admin.posters",
    "admin.record_patrol": "admin.inspect", "admin.download": "admin.downloads",
    "admin.preview_unit_change": "admin.unit_change",
    "admin.do_unit_change": "admin.unit_change", "admin.add_robot": "admin.notice_list",
}


class Choice(NamedTuple):
    """One that may be meant: what the form sends for it, and how it is called."""

    value: str
    text: str


@dataclass(frozen=True)
class Pick:
    """
    What came of a field.

    Args:
        ids: What was meant, in the order of the text.
        text: What stands in the field now: the names where they are known, else as it was typed.
        wrong: The part of the text that is none or several; '' where all is well.
        choices: What that part may mean. *count* of them there are, at most MOST are here.
    """

    ids: tuple[str, ...] = ()
    text: str = ""
    wrong: str = ""
    choices: tuple[Choice, ...] = ()
    count: int = 0
    empty: bool = False

    @property
    def bad(self) -> bool:
        return bool(self.wrong) or self.empty


class Unpicked(Exception):
    """A field names nothing, or more than one thing; the page says so at the field."""


def unit(
    field: str, source: Mapping[str, str] | None = None, *, required: bool = False,
    kinds: Iterable[str] = KINDS, typed: str | None = None,
) -> str:
    """
    Return the id of the unit that *field* names; '' for an empty one.

    Args:
        source: Where the field is; the form by default.
        required: An empty one is wrong too.
        kinds: Of which it may be.
        typed: The text, where it is not what stands in *source* under that name.

    Raises:
        Unpicked: it names none that the account may see, or several.
    """
    return next(iter(_units(field, source, required, kinds, typed, several=False)), "")


def units(field: str, source: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """
    Return the ids of the units that *field* names, with commas or the like between.

    Raises:
        Unpicked: one of them is none, or several.
    """
    return _units(field, source, False, KINDS, None, several=True)


def account(field: str, source: Mapping[str, str]) -> str:
    """
    Return the name of the account that *field* names, by its name or its person's; '' for none.

    Raises:
        Unpicked: it names none, or several.
    """
    every = _accounts()

    def read(part: str) -> tuple[list[Choice], bool]:
        found = naming.accounts(every, part)
        return [_account_choice(row) for row in found.found], found.one is not None

    return next(iter(_read(field, source, read)), "")


def show(field: str, ids: Iterable[str]) -> str:
    """Return what stands in *field*: what was typed if it was wrong, else the names of *ids*."""
    pick = picked(field)
    if pick.bad or pick.text:
        return pick.text
    known = access.snapshot().units
    return "、".join(_unit_choice(known[id]).text if id in known else id for id in ids if id)


def picked(field: str) -> Pick:
    """Return what came of *field* in this request."""
    found: Pick = _picks().get(field, Pick())
    return found


def kept(field: str, usual: str = "") -> str:
    """Return what was typed into another field of a form that comes again; else *usual*."""
    return request.form.get(field, usual) if _picks() and request.method == "POST" else usual


@pages.errorhandler(Unpicked)
def again(error: Unpicked) -> tuple[str, int]:
    """Show the form's page again, with what was typed and what is wrong with it."""
    endpoint = request.endpoint or ""
    values: Mapping[str, Any] = request.view_args or {}
    endpoint = _PAGES.get(endpoint, endpoint)
    adapter = current_app.create_url_adapter(request)
    if back := access.local_target(request.form.get("back", "")):
        try:
            assert adapter is not None
            endpoint, values = adapter.match(back.partition("?")[0], method="GET")
        except HTTPException:
            pass
    view: Callable[..., Any] = current_app.view_functions[endpoint]
    if not access.may(endpoint):
        return access.notice("没有做成", "填的单位或账号不对，请回到上一页再填。", 400)
    if endpoint == "admin.downloads":
        values = {}
    return current_app.ensure_sync(view)(**values), 400


class Listed(NamedTuple):
    """A line of the lists on the page: what is put into the field, and the initials of its name."""

    text: str
    initials: str


def list_of(kinds: Iterable[str] = KINDS) -> str:
    """Return the id of the list of units of *kinds*, which the page has at its foot then."""
    wanted = tuple(kind for kind in KINDS if kind in set(kinds)) or KINDS
    name = "units-" + "-".join(wanted) if wanted != KINDS else "units-all"
    _lists().setdefault(name, wanted)
    return name


def list_of_accounts() -> str:
    """Return the id of the list of accounts, which the page has at its foot then."""
    _lists().setdefault("accounts-all", ())
    return "accounts-all"


def lists() -> list[tuple[str, list[Listed]]]:
    """Return the lists that the fields of this page asked for."""
    found = []
    for name, kinds in _lists().items():
        if kinds:
            entries = [
                Listed(_unit_choice(unit).text, initials.written(unit.name))
                for unit in _among(kinds) if unit.closed_at is None
            ]
        else:
            entries = [
                Listed(
                    _account_choice(row).text,
                    initials.written(row["name"] + (row["real_name"] or "")),
                )
                for row in _accounts() if row["closed_at"] is None
            ]
        found.append((name, entries))
    return found


def _units(
    field: str, source: Mapping[str, str] | None, required: bool, kinds: Iterable[str],
    typed: str | None, *, several: bool,
) -> tuple[str, ...]:
    among = _among(kinds)

    def read(part: str) -> tuple[list[Choice], bool]:
        found = naming.units(among, part)
        return [_unit_choice(unit) for unit in found.found], found.one is not None

    if typed is not None:
        source = {**(request.form if source is None else source), field: typed}
    return _read(field, source, read, required=required, several=several)


# What a part of a text may mean, and whether that is one thing alone.
PartReader = Callable[[str], tuple[list[Choice], bool]]


def _read(
    field: str, source: Mapping[str, str] | None, read: PartReader, *, required: bool = False,
    several: bool = False,
) -> tuple[str, ...]:
    """Read the parts of *field*, note what came of it, and return what they name."""
    given = request.form if source is None else source
    text = clean(given.get(field, ""))[:LONGEST]
    # Of what was shown beside a text that meant several, if that text still stands there.
    was, chosen = clean(given.get(f"{field}-was", "")), given.get(f"{field}-is", "")
    ids: list[str] = []
    texts: list[str] = []
    wrong: tuple[str, list[Choice]] | None = None
    for part in _parts(text, read) if several else [text] if text else []:
        choices, one = read(chosen if chosen and part == was else part)
        if one:
            ids.append(choices[0].value)
            texts.append(choices[0].text)
            continue
        # Somebody's number, pasted into the wrong field, is never shown again.
        shown = _DIGITS.sub("…", part)
        texts.append(shown)
        wrong = wrong or (shown, choices)
    empty = required and not text
    _picks()[field] = Pick(
        tuple(dict.fromkeys(ids)), "、".join(dict.fromkeys(texts)),
        wrong[0] if wrong else "", tuple(wrong[1][:MOST]) if wrong else (),
        len(wrong[1]) if wrong else 0, empty,
    )
    if wrong or empty:
        raise Unpicked
    return tuple(dict.fromkeys(ids))


_BETWEEN = re.compile("[,;、，；\n]+")
_DIGITS = re.compile(r"[0-9０-９][0-9０-９ -]{5,}[0-9０-９]")


def _parts(text: str, read: PartReader) -> list[str]:
    """Return the parts of *text*; where only blanks stand between, those if they are many."""
    parts = []
    for part in (clean(one) for one in _BETWEEN.split(text)):
        blanks = fold(part).split(" ")
        if len(blanks) > 1 and not read(part)[1]:
            parts += blanks
        elif part:
            parts.append(part)
    return parts


def _among(kinds: Iterable[str]) -> list[Unit]:
    only, wanted = access.visible(), set(kinds)
    if access.account().role == "accounts":
        only = None  # it sees no figures, and makes accounts for every unit
    return [
        unit for unit in access.snapshot().units.values()
        if unit.kind in wanted and (only is None or unit.id in only)
    ]


def _unit_choice(unit: Unit) -> Choice:
    return Choice(unit.id, f"{unit.id} {unit.name}")


def _account_choice(row: Row) -> Choice:
    return Choice(row["name"], row["name"] + (f" {row['real_name']}" if row["real_name"] else ""))


def _accounts() -> list[Row]:
    if "accounts" not in g:
        with service().store.read() as connection:
            g.accounts = staff.accounts(connection)
    found: list[Row] = g.accounts
    return found


def also(names: Iterable[str], called: Callable[[str], str]) -> None:
    """Let fields of this request name those as well who did something and are no account."""
    known = {row["name"] for row in _accounts()}
    g.accounts = _accounts() + [
        {"name": name, "real_name": called(name), "closed_at": None}
        for name in names if name not in known
    ]


def _picks() -> dict[str, Pick]:
    found: dict[str, Pick] = g.setdefault("picks", {})
    return found


def _lists() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = g.setdefault("pick_lists", {})
    return found


# What templates name.
GLOBALS: dict[str, Callable[..., Any]] = {
    "kept": kept, "picked": picked, "pick_list": list_of, "account_list": list_of_accounts,
    "pick_lists": lists, "pick_shown": show,
}
