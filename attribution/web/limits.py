"""
How often: Flask-Limiter, generous to a network and strict to one browser, form or code.

Counts lie in this process's memory unless `redis_url` or `limits.storage` names a Redis;
with several worker processes and no Redis each counts for itself, so the limits are up to
that many times wider. A Redis that is down lets people through and says so in the log: a limit
is no reason to turn a village away.

Loopback is no network: behind a proxy that `trusted_proxies` does not name, everybody
comes from there, and one limit would count the whole county.
"""
import logging
import math
import secrets
import time
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, request, session
from flask_limiter import Limiter
from limits import parse_many

from attribution import addresses
from attribution.resident import Limits

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
    Return the limiter of *app*; limits of claims, rights and the API hang on views by name.

    The API's other limit, by key, is spent where the signature is known to hold (`spend`):
    else a stranger could use up a partner's by naming its key.

    Args:
        redis_url: Where all nodes count; empty where there is only this one, which then
            counts where *limits* say.
    """
    limiter = Limiter(
        address, app=app, storage_uri=redis_url or limits.storage, strategy="moving-window",
        swallow_errors=True, in_memory_fallback_enabled=True,
        in_memory_fallback=[], headers_enabled=False,
    )

    def limited(
        view: str, scope: str, rate: str, key: Callable[[], str], *, network: bool = False
    ) -> None:
        decorate: Any = limiter.shared_limit(
            rate, scope, key_func=key, exempt_when=_is_loopback if network else None,
            methods=["POST"],
        )
        app.view_functions[view] = decorate(app.view_functions[view])

    for view in ("public.claim",):
        limited(view, "claim-network", limits.claims_per_network, _network, network=True)
        limited(view, "claim-code", limits.claims_per_code, _code, network=True)
        limited(view, "claim-visitor", limits.claims_per_visitor, visitor)
        limited(view, "claim-form", limits.claims_per_form, _form)
    for view in ("public.prove", "public.my", "public.my_prove", "public.my_act"):
        limited(view, "rights-network", limits.rights_per_network, _network, network=True)
        limited(view, "rights-visitor", limits.rights_per_visitor, visitor)
    for view in ("api.facts", "api.lookups"):
        limited(view, "api-network", limits.api_per_network, _network, network=True)
    app.extensions["zhuanma.limiter"] = limiter
    return limiter


def spend(scope: str, name: str, rate: str) -> int:
    """Count one more for *name*; return 0, or after how many seconds it may come again."""
    strategy = current_app.extensions["zhuanma.limiter"].limiter
    try:
        for limit in parse_many(rate):
            if not strategy.hit(limit, scope, name):
                reset: float = strategy.get_window_stats(limit, scope, name).reset_time
                return max(1, math.ceil(reset - time.time()))
    except Exception as error:  # of whichever client the storage has
        log.error("limits: not counted: %s", type(error).__name__)
    return 0


def _network() -> str:
    return addresses.network(address()) or "?"


def _is_loopback() -> bool:
    ip = addresses.read(address())
    return ip is None or ip.is_loopback  # what is no address is no network either


def _form() -> str:
    # The number of the scan the form came with; what is no form shares one count.
    return request.form.get("token", "")[:32].partition(":")[0] or "?"


def _code() -> str:
    parts = request.form.get("token", "")[:128].split(":")
    return "-".join(parts[2:4]) if len(parts) > 3 else "?"
