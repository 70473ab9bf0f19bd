"""
The robots of groups in WeCom, DingTalk and Feishu: where they are, what they read, what they say.

Each has an address that is its secret: whoever has it can speak in the group. So none is shown,
logged or told. Only the three platforms' own hosts are asked, and those that the settings name:
a console that could name any address would reach into the network of the server.

Formats as of 2026-11: 企业微信 developer.work.weixin.qq.com/document/path/91770, 钉钉
open.dingtalk.com/document/robots/custom-robot-access, 飞书 open.feishu.cn (custom bot). The body's
code is judged: they answer 200 to what they did not take.
"""
import base64
import hmac
import http.client
import json
import ssl
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from attribution.faults import Code
from attribution.office.sending import Unsent, Unsure
from attribution.rule.instants import MINUTE, SECOND, Instant
from qrgen.faults import Fault

TIMEOUT_S = 8.0
LONGEST_ANSWER = 64 * 1024

# 企业微信 takes 4 096 bytes of markdown, the others more.
MOST_BYTES = 3_800
# They take 20 a minute, and 钉钉 shuts for ten minutes beyond.
PER_MINUTE = 15
SHUT = 10 * MINUTE


@dataclass(frozen=True)
class RobotPlatform:
    """One platform: what people call it, its host, and how its addresses go on."""

    name: str
    host: str
    path: str


PLATFORMS = {
    "wecom": RobotPlatform("企业微信", "qyapi.weixin.qq.com", "/cgi-bin/webhook/send"),
    "dingtalk": RobotPlatform("钉钉", "oapi.dingtalk.com", "/robot/send"),
    "feishu": RobotPlatform("飞书", "open.feishu.cn", "/open-apis/bot/v2/hook/"),
}

# What the body's code says, where it says something that somebody can mend.
_CODES: dict[int, Code] = {
    93000: Code.ROBOT_KEY, 93004: Code.ROBOT_KEY, 300001: Code.ROBOT_KEY, 400101: Code.ROBOT_KEY,
    19001: Code.ROBOT_KEY, 19021: Code.ROBOT_SIGNATURE, 19022: Code.ROBOT_NETWORK,
    19024: Code.ROBOT_KEYWORD, 45009: Code.ROBOT_TOO_OFTEN, 130101: Code.ROBOT_TOO_OFTEN,
    11232: Code.ROBOT_TOO_OFTEN, 9499: Code.ROBOT_TOO_OFTEN,
}
# 钉钉 has one code for all of its locks, and says only in words which it was.
_LOCKED = 310000
_LOCKS = (
    ("sign", Code.ROBOT_SIGNATURE), ("keyword", Code.ROBOT_KEYWORD), ("ip", Code.ROBOT_NETWORK),
)


@dataclass(frozen=True)
class RobotAddress:
    """Where a robot is, and what it signs with; '' where it does not."""

    platform: str
    url: str
    secret: str = ""


def check(address: RobotAddress, more_hosts: Collection[str] = ()) -> None:
    """
    Refuse an address that is not one of the platform's robots.

    Args:
        more_hosts: Hosts that the settings name, ``host`` or ``host:port``; at this machine's own
            they may speak plainly.

    Raises:
        Fault: it is none. The fault does not repeat it.
    """
    platform = PLATFORMS.get(address.platform)
    if platform is None:
        raise Fault(Code.ROBOT_PLATFORM, platforms=list(PLATFORMS))
    wrong = Fault(Code.ROBOT_ADDRESS, host=platform.host, path=platform.path)
    # An address is one line of printable ASCII: what is not could end a header.
    if not address.url.isascii() or not address.url.isprintable() or " " in address.url:
        raise wrong
    try:
        parts = urlsplit(address.url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise wrong from None
    place = host if port in (None, 443) else f"{host}:{port}"
    ours = place in more_hosts
    plain_here = ours and host in ("127.0.0.1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and plain_here):
        raise wrong
    if "@" in parts.netloc or parts.fragment or (place != platform.host and not ours):
        raise wrong
    secret = _secret_of(address)
    if not parts.path.startswith(platform.path) or len(secret) < 8:
        raise wrong


def shown(address: RobotAddress) -> str:
    """Return the address masked: its host, and the last four characters of its secret."""
    return f"{urlsplit(address.url).hostname or ''} …{_secret_of(address)[-4:]}"


def _secret_of(address: RobotAddress) -> str:
    parts = urlsplit(address.url)
    return parts.path.rpartition("/")[2] if address.platform == "feishu" else (
        parts.query.partition("=")[2].partition("&")[0]
    )


def say(
    address: RobotAddress, title: str, lines: Sequence[str], link: str, now: Instant,
    more_hosts: Collection[str] = (),
) -> None:
    """
    Let the robot say *title*, the *lines* and the *link*.

    Raises:
        Unsent: it did not, and why.
        Unsure: it may have.
    """
    try:
        check(address, more_hosts)  # whatever the settings say by now
    except Fault as fault:
        raise Unsent(fault, final=True) from None
    url, body = request_of(address, title, lines, link, now)
    status, answer = _post(url, json.dumps(body, ensure_ascii=False).encode())
    _judge(status, answer)


def request_of(
    address: RobotAddress, title: str, lines: Sequence[str], link: str, now: Instant
) -> tuple[str, dict[str, Any]]:
    """Return where to post, and what, signed for *now* where the robot has a secret."""
    url, secret = address.url, address.secret
    if address.platform == "wecom":
        text = _cut(f"**{title}**", [f"> {line}" for line in lines], f"[打开专码]({link})")
        return url, {"msgtype": "markdown", "markdown": {"content": text}}
    if address.platform == "dingtalk":
        text = _cut(f"### {title}", [f"- {line}" for line in lines], f"\n[打开专码]({link})")
        if secret:
            stamp = str(now // 1000)  # milliseconds
            key = hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), "sha256")
            sign = quote(base64.b64encode(key), safe="")
            url = f"{url}&timestamp={stamp}&sign={sign}"
        return url, {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
    body: dict[str, Any] = {
        "msg_type": "text", "content": {"text": _cut(title, list(lines), link)},
    }
    if secret:
        stamp = str(now // SECOND)
        # The text to sign is the key here, and what is signed is empty: so they want it.
        key = hmac.digest(f"{stamp}\n{secret}".encode(), b"", "sha256")
        body = {"timestamp": stamp, "sign": base64.b64encode(key).decode("ascii"), **body}
    return url, body


def _cut(title: str, lines: Sequence[str], end: str) -> str:
    """Join them, without the lines that do not fit any more."""
    kept: list[str] = []
    room = MOST_BYTES - len(f"{title}\n{end}\n……".encode())
    for line in lines:
        room -= len(f"{line}\n".encode())
        if room < 0:
            kept.append("……")
            break
        kept.append(line)
    return "\n".join((title, *kept, end))


def _post(url: str, body: bytes) -> tuple[int, bytes]:
    """Send *body*, once and to no other place than *url*; return status and answer."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=TIMEOUT_S, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=TIMEOUT_S)
    try:
        try:
            connection.request(
                "POST", f"{parts.path}?{parts.query}" if parts.query else parts.path, body,
                {"Content-Type": "application/json; charset=utf-8"},
            )
        except (OSError, http.client.HTTPException) as error:
            raise Unsent(
                Fault(Code.SEND_UNREACHABLE, host=host, problem=type(error).__name__)
            ) from None
        try:
            response = connection.getresponse()
            return response.status, response.read(LONGEST_ANSWER)
        except (OSError, http.client.HTTPException):
            raise Unsure(Fault(Code.SEND_UNSURE, host=host)) from None
    finally:
        connection.close()


def _judge(status: int, answer: bytes) -> None:
    """
    Return where the robot took it.

    Raises:
        Unsent: it did not.
    """
    if status == 429:
        raise Unsent(Fault(Code.ROBOT_TOO_OFTEN, number=status), pause=SHUT)
    if status != 200:
        raise Unsent(Fault(Code.ROBOT_HTTP, number=status), final=300 <= status < 500)
    try:
        told = json.loads(answer)
        number = told.get("errcode", told.get("code", told.get("StatusCode")))
    except (ValueError, AttributeError):
        raise Unsent(Fault(Code.ROBOT_NO_ANSWER)) from None
    if type(number) is not int:
        raise Unsent(Fault(Code.ROBOT_NO_ANSWER))
    if number == 0:
        return
    code = _CODES.get(number, Code.ROBOT_REFUSED)
    if number == _LOCKED:
        words = str(told.get("errmsg", "")).lower()
        code = next((found for word, found in _LOCKS if word in words), Code.ROBOT_REFUSED)
    # A code that we do not know may be a passing trouble of theirs.
    passing = code in (Code.ROBOT_TOO_OFTEN, Code.ROBOT_REFUSED)
    pause = SHUT if code is Code.ROBOT_TOO_OFTEN else 0
    raise Unsent(Fault(code, number=number), final=not passing, pause=pause)
