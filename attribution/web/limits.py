"""
How often: counts that cost a resident a message or a second look, and never the way.

Nothing counts before what it is counted for is known to be genuine: a form by its token, a
partner's request by its signature. Else a stranger closes a unit's code to its visitors, or a
village's network, with tokens of his own making. And a claim beyond its limit is taken and
held for review, for the limit cannot tell a list being typed from a market day; a person can.
Refused is only guessing: receipts, and requests to the API that nobody signed.

Flask-Limiter keeps the counts and chooses where: in this process's memory unless `redis_url`
or `limits.storage` names a Redis. With several worker processes and no Redis each counts for
itself, so the limits are up to that many times wider. None of its limits hangs on a view, where it
would count before anything is verified. A Redis that is down or silent lets people through
and says so in the log: a limit is no reason to turn a village away.

Loopback is no network: behind a proxy that `trusted_proxies` does not name, everybody
comes from there, and one limit would count the whole county.
"""
import logging
import math
import secrets
import time
from functools import lru_cache

from flask import Flask, abort, current_app, request, session
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many

from attribution.resident import addresses
from attribution.resident.form_tokens import Form
from attribution.settings.resident_options import Limits
from attribution.web import counts
from attribution.web.current import service

log = logging.getLogger("attribution")

# A browser's own number, for limits and quotas; it dies with the browser session.
VISITOR = "v"


def visitor() -> str:
    """Return this browser's number, giving it one if it has none yet."""
    found = session.get(VISITOR)
    if not isinstance(found, str):
        found = session[VISITOR] = secrets.token_hex(8)
    return found


def address() -> str:
    """Return the address of who asks in one way of writing; '' where nobody knows it."""
    ip = addresses.read(request.remote_addr or "")
    return "" if ip is None else str(ip)


def install(app: Flask, limits: Limits, redis_url: str) -> Limiter:
    """
    Return the keeper of *app*'s counts.

    Args:
        redis_url: Where all nodes count; empty where there is only this one, which then
            counts where *limits* say.
    """
    storage = redis_url or limits.storage
    own = storage.startswith("memory:")
    app.extensions["zhuanma.limiter"] = limiter = Limiter(
        address, app=app, strategy="fixed-window", headers_enabled=False,
        storage_uri=f"{counts.SCHEMES[0]}://" if own else storage,
        # Claims wait for a Redis that hangs no longer than for one that is gone.
        storage_options={} if own else {"socket_timeout": 1, "socket_connect_timeout": 1},
    )
    return limiter


def crowded(form: Form) -> bool:
    """
    Count one claim by *form*; return whether its network, code or browser made too many.

    The same form sent again counts nothing, or whoever repeats one would use up his neighbours'.
    """
    if spend("claim", form.key, "1 per hour"):
        return False
    rates = service().settings.resident.limits
    over = [spend("claim-visitor", visitor(), rates.claims_per_visitor)]
    if not _is_loopback():
        over += [
            spend("claim-network", _network(), rates.claims_per_network),
            spend("claim-code", f"{form.code.unit}-{form.code.issue}", rates.claims_per_code),
        ]
    return any(over)


def counter_crowded(form: Form, account: str) -> bool:
    """Count one customer of *account*'s counter; return whether it registered too many."""
    if spend("claim", form.key, "1 per hour"):
        return False
    rate = service().settings.resident.limits.claims_per_counter
    return bool(spend("claim-counter", account, rate))


def may_send(form: Form) -> bool:
    """Count one password asked for by *form*; return whether it may still be sent."""
    return not spend("claim-form", form.key, service().settings.resident.limits.claims_per_form)


def check_guesses(known: bool) -> None:
    """
    Refuse with 429 who has guessed wrong too often.

    Args:
        known: The browser has a receipt of its own, and does not wait for its network's guesses.
    """
    rates = service().settings.resident.limits
    if _is_over("rights-visitor", visitor(), rates.rights_per_visitor) or (
        not known and not _is_loopback()
        and _is_over("rights-network", _network(), rates.rights_per_network)
    ):
        abort(429)


def count_guess() -> None:
    """Count one wrong guess."""
    rates = service().settings.resident.limits
    spend("rights-visitor", visitor(), rates.rights_per_visitor)
    spend("rights-network", _network(), rates.rights_per_network)


def count_unsigned() -> None:
    """Count one request that no partner signed, and refuse with 429 what is too much."""
    rate = service().settings.resident.limits.api_per_network
    if not _is_loopback() and spend("api-network", _network(), rate):
        abort(429)


def count_proof() -> None:
    """Count one question about the public log, and refuse with 429 what is too much."""
    rate = service().settings.resident.limits.api_per_network
    if not _is_loopback() and spend("log-network", _network(), rate):
        abort(429)


def spend(scope: str, name: str, rate: str) -> int:
    """Count one more for *name*; return 0, or after how many seconds it may come again."""
    strategy = current_app.extensions["zhuanma.limiter"].limiter
    wait_s = 0
    try:
        for limit in _parsed(rate):
            if not strategy.hit(limit, scope, name):
                reset: float = strategy.get_window_stats(limit, scope, name).reset_time
                wait_s = max(1, wait_s, math.ceil(reset - time.time()))
    except Exception as error:  # of whichever client the storage has
        log.error("limits: not counted: %s", type(error).__name__)
    return wait_s


def _is_over(scope: str, name: str, rate: str) -> bool:
    strategy = current_app.extensions["zhuanma.limiter"].limiter
    try:
        return not all(strategy.test(limit, scope, name) for limit in _parsed(rate))
    except Exception as error:
        log.error("limits: not counted: %s", type(error).__name__)
        return False


@lru_cache(maxsize=64)
def _parsed(rate: str) -> list[RateLimitItem]:
    return parse_many(rate)


def _network() -> str:
    return addresses.network(address()) or "?"


def _is_loopback() -> bool:
    ip = addresses.read(address())
    return ip is None or ip.is_loopback  # what is no address is no network either
