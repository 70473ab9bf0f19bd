"""
Proving once more that it is you, before what matters: an open browser is nobody's signature.

A view marked with `proven` takes a form only from who gave their password or second step within
the last ten minutes. Whoever has not is asked on a page that carries the very form along: its
answer goes to where the form was going, so nothing typed is lost, no deed is kept waiting on the
server, and it works without script. Such a view takes no file, which no page could carry.
"""
from collections.abc import Callable
from typing import Any, TypeVar

from flask import render_template, request
from flask_login import current_user

from attribution.deeds import Actor
from attribution.office import accounts, second_steps, sessions, signing_in
from attribution.rule import instants
from attribution.rule.instants import MINUTE, Instant
from attribution.web.console.devices import device_of
from attribution.web.current import service

View = TypeVar("View", bound=Callable[..., Any])
AskedAgain = tuple[str, int] | tuple[str, int, dict[str, str]]

# OWASP and GitHub's "sudo mode" say minutes, not hours; long enough to answer a list.
FRESH = 10 * MINUTE
PASSWORD, STEP = "proved_password", "proved_step"
_TOO_MANY = "试的次数太多了，请15分钟后再试。填过的内容没有保存。"


def proven(view: View) -> View:
    """Take forms of *view* only from who has just proved to be the account's owner."""
    view.proven = True  # type: ignore[attr-defined]
    return view


def is_proven(view: Callable[..., Any]) -> bool:
    return bool(getattr(view, "proven", False))


def name_key() -> str:
    """Return what names are digested under where failures are counted."""
    return service().settings.session_keys[-1]


def ask(by: Actor) -> AskedAgain | None:
    """Return the page that asks for password or second step; None where that is fresh."""
    now = instants.now()
    if PASSWORD not in request.form and STEP not in request.form:
        return None if _is_fresh(now) else (_page(""), 200)
    account: accounts.Account = current_user.account
    try:
        right = signing_in.prove(
            service().store, account, now, network=by.network,
            password=request.form.get(PASSWORD, ""), step=request.form.get(STEP, "").strip(),
            device=device_of(account.name), second_keys=service().settings.second_keys,
            name_key=name_key(),
        )
    except second_steps.Lost:
        return _page("这台服务器上没有核对动态码的密钥，请只填密码。"), 400
    except signing_in.Blocked as blocked:
        if blocked.first:
            sessions.unproved(service().store, by, now, blocked=True)
        return _page(_TOO_MANY), 429, {"Retry-After": "900"}
    if not right:
        sessions.unproved(service().store, by, now)
        return _page("密码或动态码不对，请再试。填过的内容都还在。"), 400
    sessions.prove(service().store, current_user.session_id, now)
    return None


def _is_fresh(now: Instant) -> bool:
    proved_at: Instant = current_user.proved_at
    return now - proved_at <= FRESH


def _page(problem: str) -> str:
    carried = [
        (name, value) for name, value in request.form.items(multi=True)
        if name not in (PASSWORD, STEP, "csrf_token")
    ]
    return render_template(
        "admin/proving.html", problem=problem, carried=carried,
        target=request.full_path.rstrip("?"), names=(PASSWORD, STEP), minutes=FRESH // MINUTE,
    )
