"""How the console names who did something: an account with its real name, the shell, a partner."""
from flask import g, has_request_context

from attribution.store import staff
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


def _real_names() -> dict[str, str]:
    """Return the real names of accounts, read once a request."""
    if not has_request_context():
        return {}
    if "real_names" not in g:
        with service().store.read() as connection:
            g.real_names = staff.real_names(connection)
    found: dict[str, str] = g.real_names
    return found
