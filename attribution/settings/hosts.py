"""
Under which names this service is asked: ours, not the request's.

Whatever a request says its host is could come back in a redirect, so a name that is not ours
is refused. Flask's TRUSTED_HOSTS is not the answer: it minds case, never matches IPv6, and
lets every port pass.
"""
import ipaddress
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

# A name or an IPv6 address in brackets, a dot that means nothing, a port.
_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253}?)\.?(?::([0-9]{1,5}))?", re.ASCII)

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_WILDCARDS = ("", "0.0.0.0", "::")  # noqa: S104 (compared with, not listened on)


class Hosts:
    """
    The set of names, each with its port, that are ours.

    Args:
        public_url: What posters say.
        others: More names, ``host`` or ``host:port``: say of posters printed before.
        listens: Host and port of the socket; None where somebody else listens for us, who
            is then on this computer (a test).
    """

    def __init__(
        self, public_url: str, others: Sequence[str] = (), listens: tuple[str, int] | None = None
    ):
        url = urlsplit(public_url)
        self._known = {*_named(url.netloc, "443" if url.scheme == "https" else "80")}
        for other in others:
            self._known |= {*_named(other, "80"), *_named(other, "443")}
        host, port = listens or ("127.0.0.1", 0)
        host = host.strip("[]").lower()
        wildcard = host in _WILDCARDS
        here = (f"[{host}]" if ":" in host else host,)
        for name in _LOOPBACK if wildcard or here[0] in _LOOPBACK else here:
            self._known |= {*_named(f"{name}:{port}", "80"), *_named(f"{name}:{port}", "443")}
        # Who listens everywhere is found by any of the machine's addresses, and in a
        # container by another port.
        self._addresses = wildcard
        self._loopback = wildcard or listens is None

    def __contains__(self, host: str) -> bool:
        """Whether *host*, a request's Host, is one of ours: nearly always one look-up."""
        return host in self._known or self._is_ours(host)

    def _is_ours(self, host: str) -> bool:
        name, port = _parts(host)
        if not name:
            return False
        if self._loopback and name in _LOOPBACK:
            return True
        return f"{name}:{port}" in self._known or (self._addresses and _is_address(name))


def is_host(text: str) -> bool:
    """Whether *text* can stand among `known_hosts`."""
    return bool(_parts(text)[0])


def _named(host: str, default: str) -> Iterator[str]:
    """Yield *host* with its port, and without one where it is *default*."""
    name, port = _parts(host)
    yield f"{name}:{port or default}"
    if port in ("", default):
        yield name
        yield f"{name}:"  # as a name without a port is looked up


def _parts(host: str) -> tuple[str, str]:
    """Return name and port in one way of writing; nothing of what is no host."""
    found = _HOST.fullmatch(host.lower())
    if found is None:
        return "", ""
    name, port = found[1], found[2] or ""
    if name.startswith("["):
        try:
            name = f"[{ipaddress.IPv6Address(name[1:-1])}]"
        except ValueError:
            return "", ""
    return name, port.lstrip("0") if port else ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
