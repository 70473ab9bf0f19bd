"""
Who did what, by day and person, in the office's words.

The office sees the office's deeds and downloads, the checker everybody's, the shell's and the
partners' too, and everybody else their own: whoever is watched may look at what is kept of them.
"""
from collections.abc import Iterable
from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from attribution.deeds import Entry, Kind
from attribution.office import accounts, telling
from attribution.rule.instants import DAY, day_of, day_start, parse_instant
from attribution.store import notices, staff
from attribution.store.engine.database import Connection, Row
from attribution.store.ids import first_id_at
from attribution.web.console import access, audit_words, people
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import whole_number
from attribution.web.current import service

PAGE = 200
# A download that began is a line; that it ended is told with it.
_LEFT_OUT = (Kind.SIGN_IN.value, Kind.SIGN_OUT.value, Kind.EXPORT_DONE.value)


class DeedLine(NamedTuple):
    """One deed: when, its title, and what the entry says."""

    at: int
    title: str
    text: str


class PersonsDay(NamedTuple):
    """What one person did on one day."""

    who: str
    lines: list[DeedLine]


@pages.get("/deeds", endpoint="deeds")
@allow(*access.SIGNED_IN)
def deed_list() -> str:
    """Show the newest deeds of whom one may see, or those of a day or a person."""
    asked = {name: request.args.get(name, "").strip() for name in ("who", "day", "below")}
    try:
        day = day_of(parse_instant(asked["day"])) if asked["day"] else None
    except ValueError:
        day = None
    below = whole_number(asked["below"], 10**15) if asked["below"] else None
    with service().store.read() as connection:
        seen = _seen(connection, access.account())
        who = seen
        if asked["who"] and (seen is None or asked["who"] in seen):
            who = [asked["who"]]
        start = day_start(day) if day else None
        rows = notices.of_people(
            connection, who, but=_LEFT_OUT,
            since=first_id_at(start) if start is not None else None,
            until=first_id_at(start + DAY) if start is not None else None,
            below=below, limit=PAGE,
        )
        done = notices.of_people(
            connection, who, but=[kind.value for kind in Kind if kind != Kind.EXPORT_DONE],
            since=rows[-1]["id"] if rows else None, until=None, below=None, limit=PAGE,
        )
        listed = [row["name"] for row in staff.accounts(connection)] if seen is None else seen
    return render_template(
        "admin/deeds.html", days=_by_day(rows, _rows_given(done)), asked=asked, listed=listed,
        below=rows[-1]["n"] if len(rows) == PAGE else None, everybody=seen is None,
        own=seen == [access.account().name], person=people.person,
    )


@pages.post("/news")
@allow(*access.SIGNED_IN)
def read_news() -> Response:
    """Note that what stood in the strip was read; what came since is told on the next page."""
    upto = whole_number(request.form.get("upto", ""), 10**15)
    telling.read(service().store, access.account().name, upto)
    back = access.local_target(request.form.get("back", "").rstrip("?"))
    return redirect(back or url_for("admin.overview"))


def _seen(connection: Connection, account: accounts.Account) -> list[str] | None:
    """Return whose deeds *account* may see; None for everybody's."""
    if account.role == "checker":
        return None
    if account.role != "office":
        return [account.name]
    return [row["name"] for row in staff.accounts(connection) if row["role"] == "office"]


def _rows_given(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many rows each download gave out, by its number."""
    told = (dict(Entry.from_text(row["detail"]).more) for row in rows)
    return {str(one.get("export")): one["rows"] for one in told if isinstance(one.get("rows"), int)}


def _by_day(rows: Iterable[Row], given: dict[str, int]) -> list[tuple[int, list[PersonsDay]]]:
    days: dict[int, dict[str, list[DeedLine]]] = {}
    names = {id: unit.name for id, unit in access.snapshot().units.items()}
    for row in rows:
        text = audit_words.plain(row["what"], row["detail"], names)
        number = f"E{row['n']:06}"
        if row["what"] == Kind.EXPORT.value:
            text += f"，编号 {number}"
            text += f"，给出 {given[number]:,} 行" if number in given else "，没有给完"
        line = DeedLine(row["at"], audit_words.title(row["what"]), text)
        days.setdefault(day_of(row["at"]), {}).setdefault(row["who"], []).append(line)
    return [
        (day, [PersonsDay(who, lines) for who, lines in persons.items()])
        for day, persons in days.items()
    ]
