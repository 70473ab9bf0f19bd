"""
Which browsers an account was signed in with: a signed cookie, asked before the password.

Somebody who guesses passwords shuts out whoever comes from elsewhere, not the browser that
the account is known by.
"""
import secrets

from flask import request
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from attribution.web.current import service
from attribution.web.headers import cookie_name

DEVICE_COOKIE = "zhuanma_device"
DEVICE_MAX_AGE_S = 180 * 86_400


def device_of(name: str) -> str | None:
    """Return what names this browser, if *name* was signed in with it before."""
    try:
        known = _devices().loads(request.cookies.get(_device_cookie(), ""), DEVICE_MAX_AGE_S)
    except BadSignature:
        return None
    found = known.get(name) if isinstance(known, dict) else None
    return found if isinstance(found, str) else None


def remember_device(response: Response, name: str) -> None:
    """Let *response* tell the browser that *name* was signed in with it."""
    try:
        known = _devices().loads(request.cookies.get(_device_cookie(), ""), DEVICE_MAX_AGE_S)
    except BadSignature:
        known = {}
    known = dict(list(known.items())[-4:]) if isinstance(known, dict) else {}
    known[name] = known.get(name) or secrets.token_hex(8)
    response.set_cookie(
        _device_cookie(), _devices().dumps(known), max_age=DEVICE_MAX_AGE_S, path="/",
        httponly=True, samesite="Lax", secure=service().settings.secure,
    )


def _device_cookie() -> str:
    return cookie_name(DEVICE_COOKIE, service().settings.secure)


def _devices() -> URLSafeTimedSerializer:
    keys = list(service().settings.session_keys)
    return URLSafeTimedSerializer(keys, salt="console.device")
