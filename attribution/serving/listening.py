"""
The one socket of a service: made once, in the parent, and shared by all its workers.

One socket and not one a worker (SO_REUSEPORT, as granian has it): with that option a
second start on the same port takes half of the visitors in silence, and what waits at a
worker that ends is reset. Here a second start is refused, and who comes while workers
change waits in the one queue.
"""
import contextlib
import errno
import ipaddress
import socket

from attribution.faults import Code
from qrgen.faults import Fault

# Who may wait to be accepted, as granian has it. The system may allow less (net.core.somaxconn).
BACKLOG = 1024

# On Windows anybody who asks for it (SO_REUSEADDR) may take a port that is in use, unless its
# first holder has said with this option that it is his alone. No other system has it.
EXCLUSIVE: int | None = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)

# Windows has numbers of its own; its 10013 is no matter of rights, for no port asks for any
# there: another program holds the port alone, or the system keeps it (Hyper-V does).
_FAULTS = {
    errno.EADDRINUSE: Code.PORT_TAKEN,
    10048: Code.PORT_TAKEN,
    10013: Code.PORT_TAKEN,
    errno.EACCES: Code.PORT_PRIVILEGED,
    errno.EADDRNOTAVAIL: Code.ADDRESS_ELSEWHERE,
    10049: Code.ADDRESS_ELSEWHERE,
}


def listen(host: str, port: int) -> socket.socket:
    """
    Return a socket that listens on *host*:*port*; ``::`` takes visitors by IPv4 too.

    Raises:
        Fault: another program listens there, or nobody may.
    """
    try:
        if not 0 <= port <= 65535:  # the resolver takes it modulo 65536, silently
            raise OverflowError("no such port")
        family, _, _, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        both = family == socket.AF_INET6 and _is_any(str(address[0]))
        return _bound(family, address[:2], both and socket.has_dualstack_ipv6())
    except (OSError, OverflowError) as error:
        number = error.errno if isinstance(error, OSError) else None
        code = _FAULTS.get(number or 0, Code.CANNOT_LISTEN)
        # Python puts the address into the text; said once is enough.
        reason = str(getattr(error, "strerror", None) or error).partition(" (while ")[0]
        raise Fault(
            code, address=_joined(host, port), reason=reason, other=port + 1
        ) from None


def _bound(family: int, address: tuple[object, ...], both: bool) -> socket.socket:
    if EXCLUSIVE is None:
        return socket.create_server(
            address, family=family, backlog=BACKLOG, reuse_port=False, dualstack_ipv6=both
        )
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, EXCLUSIVE, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not both)
        listener.bind(address)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def address_of(host: str, port: int, *, tls: bool = False) -> str:
    """
    Return an address that a browser on this machine can open: that of a service which
    listens everywhere is the loopback's, and one by IPv6 stands in brackets.
    """
    if _is_any(host):
        host = "::1" if ":" in host else "127.0.0.1"
    return f"{'https' if tls else 'http'}://{_joined(host, port)}"


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_any(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_unspecified
    return not host
