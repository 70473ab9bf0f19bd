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
        return socket.create_server(
            address[:2], family=family, backlog=BACKLOG, reuse_port=False,
            dualstack_ipv6=_is_any(str(address[0])) and family == socket.AF_INET6
            and socket.has_dualstack_ipv6(),
        )
    except (OSError, OverflowError) as error:
        number = error.errno if isinstance(error, OSError) else None
        code = {
            errno.EADDRINUSE: Code.PORT_TAKEN,
            errno.EACCES: Code.PORT_PRIVILEGED,
            errno.EADDRNOTAVAIL: Code.ADDRESS_ELSEWHERE,
        }.get(number or 0, Code.CANNOT_LISTEN)
        # Python puts the address into the text; said once is enough.
        reason = str(getattr(error, "strerror", None) or error).partition(" (while ")[0]
        raise Fault(
            code, address=_joined(host, port), reason=reason, other=port + 1
        ) from None


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
