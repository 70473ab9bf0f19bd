"""What the resident's pages share: the blueprint, who asks, and words for what went wrong."""
from dataclasses import dataclass, field

from flask import Blueprint, current_app, request

from attribution.resident import user_agents
from attribution.resident.crowds import Crowds
from attribution.resident.lookups import Lookups
from attribution.resident.one_time import OneTime
from attribution.web import limits
from attribution.web.current import service

pages = Blueprint("public", __name__)

@dataclass
class Side:
    """What only the resident's pages need, made once for each application."""

    lookups: Lookups
    one_time: OneTime | None
    pages: dict[tuple[object, ...], str]
    ways: Crowds[tuple[str, str, str]] = field(default_factory=Crowds)  # network, app, link


def side() -> Side:
    found = current_app.extensions["zhuanma.side"]
    assert isinstance(found, Side)
    return found


@pages.app_context_processor
def common() -> dict[str, object]:
    """What every page may name."""
    return {"campaign": service().campaign}


def phone_help(digits: int) -> str:
    if digits == 11:
        return "这个号码不像手机号，请再看看。"
    return f"手机号是11位，您填了{digits}位，请再看看。"


def password_help(why: str, left: int) -> str:
    if why == "wrong":
        return f"验证码不对，还能再试{left}次。"
    if why == "unread":
        return "没有看到6位数字，请照短信再填一次。这次不算。"
    if why == "expired":
        return "验证码过期了，请再发一次。"
    return ""


@pages.app_template_filter()
def spoken(seconds: int) -> str:
    """Return a wait as people say it; rounded up, for nobody comes back too early twice."""
    if seconds <= 90:
        return f"{max(seconds, 1)}秒"
    if seconds <= 5400:
        return f"{-(-seconds // 60)}分钟"
    return f"{-(-seconds // 3600)}小时"


def network() -> str:
    """Return the digest of where the request comes from."""
    return service().scans.network(limits.address())


def client() -> user_agents.Client:
    """Return the app and the system the request comes from."""
    return user_agents.read(request.headers.get("User-Agent", ""))
