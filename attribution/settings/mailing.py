"""
By which ways notices leave: `[mail]` and `[notices]` of config.toml, each with its reason.

Only who runs the machine names a mail server: a console that could would reach into the network
that the machine stands in. The password stands in `keys/mail.keys`, never in the ledger.
"""
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attribution.faults import Code
from qrgen.faults import Fault
from qrgen.shapes import shape_of, word_or_shape

TABLES = ("mail", "notices")
TLS = ("starttls", "tls", "none")
PORTS = {"starttls": 587, "tls": 465, "none": 25}

# Enough to refuse a slip, and whatever could end a header; the code that is sent proves the rest.
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}"
)
_HOST = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?")
_QUIET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True)
class MailServer:
    """
    Where mail is handed in. *user* is empty where the server asks for none.

    Args:
        tls: ``starttls``, ``tls`` from the first byte, or ``none``, on this machine alone.
        ca: PEM file of a certificate authority of one's own; None: those of the system.
    """

    host: str
    port: int
    sender: str
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca: Path | None = None


@dataclass(frozen=True)
class NoticeSettings:
    """
    What may differ between two installations.

    Args:
        robot_hosts: Hosts, with their port where it is not 443, that a robot may be at besides
            the three platforms'.
        quiet: Minutes of the day from which to which nothing is sent; None: at any hour.
        copies: The addresses that files of the day go to.
    """

    mail: MailServer | None = None
    robot_hosts: tuple[str, ...] = ()
    quiet: tuple[int, int] | None = None
    copies: tuple[str, ...] = ()


def is_address(text: str) -> bool:
    """Whether *text* looks like the address of one mailbox."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def read_notices(values: Mapping[str, Any], instance: Path) -> NoticeSettings:
    """
    Return the settings in *values*, the content of config.toml.

    Raises:
        Fault: something is missing or wrong; the hint says what to do.
    """
    mail, rest = _table(values, "mail"), _table(values, "notices")
    server = _server(mail, instance) if mail else None
    hosts, copies = _texts(rest, "robot_hosts"), _texts(rest, "copies")
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise Fault(Code.NOTICE_HOST, shape=shape_of(host))
    for address in copies:
        if not is_address(address):
            raise Fault(Code.NOTICE_ADDRESS_TYPED, shape=shape_of(address))
    quiet = _quiet(rest.pop("quiet", ""))
    _nothing_else(rest, "notices", "robot_hosts, quiet, copies")
    return NoticeSettings(server, hosts, quiet, copies)


def _server(table: dict[str, Any], instance: Path) -> MailServer:
    tls = table.pop("tls", "starttls")
    if tls not in TLS:
        raise Fault(
            Code.OPTION_CHOICE, option="mail.tls", shape=shape_of(str(tls)), choices=list(TLS)
        )
    port = table.pop("port", PORTS[tls])
    if type(port) is not int or not 0 < port < 65_536:
        raise Fault(Code.OPTION_NO_NUMBER, option="mail.port", shape=shape_of(str(port)), usual=465)
    text = {name: table.pop(name, "") for name in ("host", "sender", "user", "ca")}
    _nothing_else(table, "mail", "host, port, tls, sender, user, ca")
    for name, value in text.items():
        if not isinstance(value, str) or (not value and name in ("host", "sender")):
            raise Fault(Code.MAIL_NEEDS, option=f"mail.{name}")
    if not is_address(text["sender"]):
        raise Fault(Code.NOTICE_ADDRESS_TYPED, shape=shape_of(text["sender"]))
    if tls == "none" and not _is_here(text["host"]):
        raise Fault(Code.MAIL_PLAIN)
    ca = instance / text["ca"] if text["ca"] else None
    if ca is not None and not ca.is_file():
        raise Fault(Code.SETTING_FILE_MISSING, name="mail.ca", file=ca)
    password = _password(instance) if text["user"] else ""
    return MailServer(text["host"], port, text["sender"], tls, text["user"], password, ca)


def _password(instance: Path) -> str:
    """Return what the mail server gave us; theirs to choose, so no length is asked."""
    path = instance / "keys" / "mail.keys"
    text = os.environ.get("ZHUANMA_MAIL_KEYS")
    if text is None and path.is_file():
        text = path.read_text(encoding="utf-8")
    lines = [line.strip() for line in (text or "").splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:
        raise Fault(Code.OPTION_NO_KEY, file=path)
    return keys[-1]


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _quiet(text: object) -> tuple[int, int] | None:
    if text == "":
        return None
    found = _QUIET.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Fault(Code.NOTICE_QUIET)
    first, first_minute, last, last_minute = map(int, found.groups())
    return first * 60 + first_minute, last * 60 + last_minute


def _texts(table: dict[str, Any], name: str) -> tuple[str, ...]:
    found = table.pop(name, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Fault(Code.OPTION_NO_LIST, option=f"notices.{name}")
    return tuple(found)


def _table(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name, {})
    if not isinstance(table, dict):
        raise Fault(Code.OPTION_NO_TABLE, table=name)
    return dict(table)


def _nothing_else(table: Mapping[str, Any], name: str, known: str) -> None:
    if table:
        raise Fault(
            Code.OPTION_UNKNOWN, table=name, option=word_or_shape(min(table)), known=known
        )
