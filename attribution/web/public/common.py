"""What the resident's pages share: the blueprint, who asks, and words for what went wrong."""
from dataclasses import dataclass, field

from flask import Blueprint, current_app, render_template, request, session

from attribution.resident import user_agents
from attribution.resident.crowds import Crowds
from attribution.resident.lookups import Lookups
from attribution.resident.one_time import OneTime
from attribution.web import limits
from attribution.web.current import PageAndStatus, service

pages = Blueprint("public", __name__)

# What the session of a browser holds.
DECLINED = "declined"  # unit ids whose form this person did not want, newest last
MADE = "made"  # claims this browser made: [[claim, unit, receipt], …], newest last


# After these another password may be typed on the same page.
TRY_AGAIN = ("wrong", "unread")


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
    return "试的次数多了，请过1小时再来，或找工作人员。"


def wait_page(wait_s: int) -> PageAndStatus:
    """Ask to come back for another password after *wait_s* seconds."""
    minutes = -(-wait_s // 60)
    text = "请等1分钟再发验证码。"
    if minutes > 1:
        text = "验证码发得太多了，请过一阵再来，或找工作人员。"
    page = render_template("public/notice.html", title="请等一等", text=text)
    return page, 429, {"Retry-After": str(wait_s)}


def made() -> list[list[object]]:
    """Return the claims this browser made, as its session says."""
    kept = session.get(MADE)
    return [claim for claim in kept if isinstance(claim, list)] if isinstance(kept, list) else []


def network() -> str:
    """Return the digest of where the request comes from."""
    return service().scans.network(limits.address())


def client() -> user_agents.Client:
    """Return the app and the system the request comes from."""
    return user_agents.read(request.headers.get("User-Agent", ""))
