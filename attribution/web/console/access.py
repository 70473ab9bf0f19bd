"""
Who may do what: sessions, roles, and the units a role is for.

Every view names the roles it is for with `allow`; one that names none is closed.
A page a role may not have answers 403; a unit outside an account's scope answers
404, as if it did not exist.
"""
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_login import UserMixin, current_user, login_user, logout_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from attribution import deeds, two_people
from attribution.deeds import Actor, Kind
from attribution.facts import intake
from attribution.facts.row_numbers import line_text
from attribution.office import accounts, sessions, telling
from attribution.office.periods import day_text
from attribution.office.turnstile import Full
from attribution.proof import clocks, heads, publishing, signed_notes
from attribution.resident import user_agents
from attribution.rule import instants
from attribution.rule.instants import MINUTE, SECOND, Instant, local_text
from attribution.store import registry, staff
from attribution.web import limits
from attribution.web.console import page_help, people, proving, told_words, words
from attribution.web.console.devices import device_of as device_of
from attribution.web.console.devices import remember_device as remember_device
from attribution.web.console.menu import MENU
from attribution.web.console.proving import name_key as name_key
from attribution.web.console.proving import proven as proven
from attribution.web.current import service
from qrgen.faults import Fault
from qrgen.texts import clean

pages = Blueprint("admin", __name__, url_prefix="/admin")

# Where the counter's pages are, which are staff's as well (`web.counter`).
COUNTER = "/counter"
BLUEPRINTS = frozenset({"admin", "counter"})

# All there is for who has not chosen a password yet: two people know the one that was made,
# so what was done with it could be either's.
_OWN_PASSWORD = frozenset({"admin.me", "admin.change_password", "admin.sign_out"})

# All there is for who has to sign in with a second step and has none yet.
_SECOND_STEP = _OWN_PASSWORD | {"admin.second_step"}

View = TypeVar("View", bound=Callable[..., Any])

ANYONE = "anyone"  # also without a session
SIGNED_IN = accounts.ROLES
# Whoever makes accounts sees no figures.
EVERYBODY = tuple(role for role in accounts.ROLES if role != "accounts")

class User(UserMixin):
    """A signed-in account, in one session."""

    def __init__(self, account: accounts.Account, session_id: str, proved_at: Instant):
        self.account = account
        self.session_id = session_id
        self.proved_at = proved_at

    def get_id(self) -> str:
        return f"{self.account.epoch}:{self.account.name}"


def allow(*roles: str) -> Callable[[View], View]:
    """Open a view to *roles*."""

    def mark(view: View) -> View:
        view.roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def roles_of(endpoint: str) -> frozenset[str]:
    """Return the roles that the view *endpoint* is open to."""
    view = current_app.view_functions[endpoint]
    found: frozenset[str] = getattr(view, "roles", frozenset())
    return found


def unit_names() -> dict[str, str]:
    """Return what each unit is called, by its id."""
    return {id: unit.name for id, unit in snapshot().units.items()}


def two_needed() -> bool:
    """Whether what counts takes two people; asked once a request."""
    if "two_needed" not in g:
        here = service()
        with here.store.read() as connection:
            g.two_needed = two_people.is_on(connection, here.campaign.id)
    found = g.two_needed
    assert isinstance(found, bool)
    return found


def _is_for(role: str, endpoint: str) -> bool:
    roles = roles_of(endpoint)
    # In a demonstration one person does all, so that a newcomer needs one password.
    return role in roles or (role == "office" and "accounts" in roles and not two_needed())


def may(endpoint: str) -> bool:
    """Whether the signed-in account may open *endpoint*."""
    if not current_user.is_authenticated:
        return False
    account: accounts.Account = current_user.account
    return _is_for(account.role, endpoint) and _first(endpoint) is None


def needs_second_step() -> bool:
    """Whether the account's role has to sign in with a second step, and it has none."""
    account: accounts.Account = current_user.account
    return not account.totp and account.role in service().settings.second_step_roles


def _first(endpoint: str) -> str | None:
    """Return the page on which something has to be done before *endpoint*; None for nothing."""
    if current_user.account.handed_over:
        return None if endpoint in _OWN_PASSWORD else "admin.me"
    if needs_second_step():
        return None if endpoint in _SECOND_STEP else "admin.second_step"
    return None


@pages.before_request
def guard() -> Response | proving.AskedAgain | None:
    """Let in whom the view is for; where it matters, only who has just proved to be there."""
    roles = roles_of(request.endpoint or "")
    if ANYONE in roles:
        return None
    if not current_user.is_authenticated:
        back = request.full_path.rstrip("?") if request.method == "GET" else ""
        return redirect(url_for("admin.sign_in", next=back or None))
    if first := _first(request.endpoint or ""):
        return redirect(url_for(first))
    if not _is_for(current_user.account.role, request.endpoint or ""):
        abort(403)
    view = current_app.view_functions[request.endpoint or ""]
    if request.method == "POST" and proving.is_proven(view):
        return proving.ask(actor())
    return None


def load(text: str) -> User | None:
    """Return the user of the session cookie, if its session is still open."""
    epoch, _, name = text.partition(":")
    key = session.get("key")
    if not isinstance(key, str):
        return None
    here, now, id = service(), instants.now(), _digest(key)
    with here.store.read() as connection:
        row = staff.session(connection, id)
        account = accounts.read(connection, name)
    if row is None or account is None or row["account"] != name or row["ended_at"] is not None:
        return None
    idle = now - row["seen_at"] > here.settings.session_idle_s * SECOND
    old = now - row["created_at"] > here.settings.session_max_s * SECOND
    if idle or old or str(account.epoch) != epoch:
        return None
    if now - row["seen_at"] > MINUTE:
        here.store.write(lambda c: staff.see_session(c, id, now))
    return User(account, id, row["proved_at"])


def begin_session(account: accounts.Account, now: Instant) -> None:
    """Sign *account* in: a new session, whatever the browser brought with it."""
    key = secrets.token_urlsafe(32)
    id = _digest(key)
    sessions.begin(
        service().store, Actor(account.name, network()), id, now,
        client=user_agents.name_of(request.headers.get("User-Agent", "")), earlier=session_id(),
    )
    leave()
    session["key"] = key
    login_user(User(account, id, now))


def first_page(account: accounts.Account) -> str:
    """Return the address where *account* begins its day."""
    return url_for("admin.users" if account.role == "accounts" else "admin.overview")


def session_id() -> str:
    """Return the session of the browser's cookie, be it open or not; '' for none."""
    key = session.get("key")
    return _digest(key) if isinstance(key, str) else ""


def leave() -> None:
    """Let the browser forget its session, which has ended in the ledger."""
    logout_user()
    session.clear()


def network() -> str:
    """Return the digest of where the request comes from."""
    return service().scans.network(limits.address())


def account() -> accounts.Account:
    """Return the signed-in account."""
    found = current_user.account
    assert isinstance(found, accounts.Account)
    return found


def snapshot() -> registry.Registry:
    """Return the registry, read once a request."""
    if "snapshot" not in g:
        here = service()
        with here.store.read() as connection:
            g.snapshot = registry.read(connection, here.campaign.id)
    found = g.snapshot
    assert isinstance(found, registry.Registry)
    return found


def visible() -> frozenset[str] | None:
    """Return the ids of the units the account may see; None for all."""
    return accounts.visible(account(), snapshot())


def unit_or_404(id: str) -> registry.Unit:
    """Return the unit *id* if the account may see it."""
    unit, seen = snapshot().units.get(id), visible()
    if unit is None or (seen is not None and id not in seen):
        abort(404)
    return unit


def actor() -> Actor:
    """Return who acts in this request."""
    return Actor(account().name if current_user.is_authenticated else "-", network())


def note(kind: Kind, subject: str, **more: Any) -> int:
    """
    Enter a deed that changes nothing in the ledger; return the entry's number.

    0, and no entry, where only the head of an answer is asked for: nothing leaves the house.
    """
    if request.method == "HEAD":
        return 0
    return deeds.note(service().store, actor(), instants.now(), kind, subject, **more)


# Of what was chosen on a page: what stays for the next session, and what only until this one ends.
_KEPT = {
    "sort": re.compile("[a-z0-9_]{1,20}"), "dir": re.compile("asc|desc"),
    "size": re.compile("50|100|500"),
}
_NONE = re.compile("(?!)")
_IN_SESSION = ("view", "what", "period")


def remembered(page: str, names: tuple[str, ...]) -> dict[str, str]:
    """
    Return the filters of *page* in the request, with the order and the page size used last.

    A text that was looked for, a unit or days are never kept: whoever came back on Monday read
    last week's days, or one bank's line, as if they were all. Which table of a page one looks
    at stays until one signs out.

    Args:
        names: The filters there are. Others in the request are left alone.
    """
    here, who = service(), account().name
    chosen = {name: clean(request.args[name]) for name in names if request.args.get(name)}
    with here.store.read() as connection:
        before = staff.preference(connection, who, page)
    kept = {n: v for n, v in parse_qsl(before) if n in names and _KEPT.get(n, _NONE).fullmatch(v)}
    for name, fit in _KEPT.items():
        if "reset" in request.args or name in request.args:
            kept.pop(name, None)
        if name in chosen and fit.fullmatch(chosen[name]):
            kept[name] = chosen[name]
    query = urlencode(kept)
    if query != before and request.method != "HEAD":
        here.store.write(lambda c: staff.set_preference(c, who, page, query))
    if any(name in request.args for name in names) or "reset" in request.args:
        session[f"at.{page}"] = {n: v for n, v in chosen.items() if n in _IN_SESSION}
        return {**kept, **chosen}
    at: dict[str, str] = session.get(f"at.{page}", {})
    return {**kept, **{name: value for name, value in at.items() if name in names}}


def local_target(text: str) -> str | None:
    """Return *text* if it is a page of the console; None for any other address."""
    if not text.startswith(("/admin/", f"{COUNTER}/")) or "//" in text or "\\" in text:
        return None
    path = text.partition("?")[0]
    adapter = current_app.create_url_adapter(request)
    try:
        assert adapter is not None
        endpoint, _ = adapter.match(path, method="GET")
    except HTTPException:
        return None
    ours = endpoint.partition(".")[0] in BLUEPRINTS and endpoint != "admin.sign_in"
    return text if ours else None


@pages.errorhandler(Fault)
def fault(error: Fault) -> tuple[str, int]:
    """Show what was wrong with the data."""
    return notice("没有做成", error.shown(), 400, (one.shown() for one in error.more[:200]))


@pages.errorhandler(Full)
def busy(error: Full) -> tuple[str, int, dict[str, str]]:
    """Say when to come again; nothing was changed, and no try is lost."""
    text = "现在办理的人太多，什么都没有改，也不算试错一次。请过半分钟再试。"
    return *notice("请等一等", text, 503), {"Retry-After": "30"}


@pages.errorhandler(403)
def forbidden(error: HTTPException) -> tuple[str, int]:
    """Say that the page is for another role."""
    return notice("没有权限", "您的账号不能打开这一页。需要的话，请联系县专班。", 403)


@pages.errorhandler(404)
def missing(error: HTTPException) -> tuple[str, int]:
    """Say that there is no such page, or that it is not for this account."""
    if not current_user.is_authenticated:
        return notice("没有这一页", "地址不对。", 404)
    return notice("没有这一页", "地址不对，或者这个单位不归您的账号看。", 404)


def is_here() -> bool:
    """Whether the address is the console's, be there a page or not."""
    return f"{request.path}/".startswith((f"{pages.url_prefix}/", f"{COUNTER}/"))


def notice(title: str, text: str, status: int, more: Iterable[str] = ()) -> tuple[str, int]:
    """Return a page that says what went wrong, and the way back."""
    # Named here as well: at an address that has no view, the blueprint is not asked.
    return render_template(
        "admin/notice.html", title=title, text=text, more=list(more),
        **{**common(), "page_help": None},  # what was asked for is not what stands here
    ), status


@pages.context_processor
def common() -> dict[str, object]:
    """What every page of the console may name."""
    menu = [
        (group, [entry for entry in entries if may(entry.endpoint)]) for group, entries in MENU
    ]
    return {
        "menu": [(group, entries) for group, entries in menu if entries],
        "may": may, "role_names": accounts.ROLE_NAMES,
        "here": (request.endpoint or ""), "page_help": page_help.of_page(request.endpoint or ""),
        "word_help": page_help.WORDS, "printed_at": local_text(instants.now()),
        "two_needed": two_needed, "one_alone": one_alone,
        "latest_seal": lambda: heads.latest_text(service().ledger),
        "log_trouble": _log_trouble, "clock_trouble": _clock_trouble, "log_note": log_note,
        "taken_in": lambda: intake.being_taken_in(service().ledger), "news": _news,
        "person": people.person, "asker": people.asker, "is_mine": people.is_mine,
    }


def _log_trouble() -> str:
    """Return why no head of the public log is shown any more; '' while all is well."""
    return published()[1]


def _clock_trouble() -> str:
    """Return why this machine's clock cannot be right, for the office; '' where it may be."""
    if account().role not in ("office", "checker"):
        return ""
    wrong = clocks.fault(service().ledger)
    return wrong.shown() if wrong else ""


def log_note() -> str:
    """Return the published head, signed, on one line; '' before the first."""
    note = published()[0]
    return signed_notes.on_one_line(note) if note else ""


def published() -> tuple[str, str]:
    """Return the published head and why there is none any more; asked once a request."""
    if "published" not in g:
        here = service()
        try:
            found = publishing.current(here.ledger, here.settings)
            g.published = (found.note if found else "", "")
        except Fault as fault:
            g.published = ("", fault.shown())
    told: tuple[str, str] = g.published
    return told


def one_alone() -> bool:
    """Whether the rule of two holds, and there are no two people who could keep it."""
    if not two_needed() or not current_user.is_authenticated:
        return False
    if account().role not in two_people.RANKED:
        return False
    if "one_alone" not in g:
        with service().store.read() as connection:
            g.one_alone = not accounts.has_two(connection, instants.now())
    return bool(g.one_alone)


def _news() -> told_words.News | None:
    """Return what others did that the account has still to read; None for nothing."""
    # Not above what answers a form: to say that it was read would leave the answer, and what
    # the page that asks again carries along.
    if request.method == "POST" or not may("admin.read_news"):
        return None
    with service().store.read() as connection:
        return told_words.news(telling.unread(connection, account()), unit_names())


def told(text: str, kind: str = "done") -> None:
    """Show *text* on the next page."""
    flash(text, kind)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


FILTERS: dict[str, Callable[..., object]] = {
    "day": day_text,
    "local": local_text, "stated": words.step,
    "note": words.note,
    "client": words.client,
    "flag": words.flag,
    "line": lambda line: line_text(int(line)),
    "thousands": lambda number: "—" if number is None else f"{number:,}",
    "signed": lambda number: f"{number:+,}" if number else "0",
    # A number that an entry kept as text; what is none (of old entries) is shown as it is.
    "whole": lambda text: f"{int(text):,}" if str(text).isdecimal() else text,
}
