"""How the console names who did something: an account with its real name, the shell, a partner."""
from flask import g, has_request_context
from flask_login import current_user

from attribution.rule.instants import Instant
from attribution.store import handovers, staff
from attribution.store.engine.database import Row
from attribution.web.current import service

_OTHERS = {"-": "没有登录的人", "init": "安装程序", "shell": "服务器命令行"}


def person(name: str) -> str:
    """Return what *name*, as deeds keep it, is called: the account's name first, it is unique."""
    if real := _real_names().get(name, ""):
        return f"{name}（{real}）"
    if name in _OTHERS:
        return _OTHERS[name]
    kind, _, rest = name.partition(":")
    if kind == "shell" and rest:
        return f"服务器命令行（{rest}）"
    if kind == "partner" and rest:
        return f"合作方 {rest}"
    return name


def asker(name: str, at: Instant) -> str:
    """Return who asked for something at *at*, and who has taken it over since."""
    held = handovers.chain(_handovers(), name, at)
    later = f"，现由 {person(held[-1])} 负责" if len(held) > 1 else ""
    return person(name) + later


def is_mine(name: str, at: Instant) -> bool:
    """Whether the account asked for what *name* asked for at *at*, or took it over."""
    return current_user.account.name in handovers.chain(_handovers(), name, at)


def holds(name: str, at: Instant) -> bool:
    """Whether what *name* made at *at* is the account's now."""
    return bool(handovers.chain(_handovers(), name, at)[-1] == current_user.account.name)


def may_hold() -> list[str]:
    """Return whose things the account may have now (`handovers.may_hold`)."""
    return handovers.may_hold(_handovers(), current_user.account.name)


def _handovers() -> list[Row]:
    """Return all handovers, read once a request."""
    if "handovers" not in g:
        with service().store.read() as connection:
            g.handovers = handovers.everything(connection)
    found: list[Row] = g.handovers
    return found


def _real_names() -> dict[str, str]:
    """Return the real names of accounts, read once a request."""
    if not has_request_context():
        return {}
    if "real_names" not in g:
        with service().store.read() as connection:
            g.real_names = staff.real_names(connection)
    found: dict[str, str] = g.real_names
    return found
