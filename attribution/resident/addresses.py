"""
Who asks, from the texts that servers and proxies write for an address.

Every proxy writes it in its own way: mapped into IPv6, with a port, with a zone. A way that
is not read makes one visitor of all who come by it, and their limits one limit for a county;
so there is one reader, for the log, the limits and the console.
"""
import ipaddress
import re

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Longer is no address in any of the forms below.
_LONGEST = 80

# [2001:db8::1]:443, and the same in the quotes of RFC 7239.
_BRACKETS = re.compile(r'"?\[([^\[\]]+)\](?::\d{1,5})?"?', re.ASCII)
# 1.2.3.4:5123. An IPv6 address without brackets has two colons at least.
_PORT = re.compile(r'"?([0-9.]+):\d{1,5}"?', re.ASCII)

# How telephones without IPv4 are shown to a service that has nothing else; the last 32 bits
# are their own (RFC 6052 2.1, RFC 8215).
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


def read(text: str) -> Address | None:
    """
    Return the address in *text*, IPv4 where it is one in disguise; None where there is none.

    A port, brackets and a zone are passed over.
    """
    if len(text) > _LONGEST:
        return None
    text = text.strip()
    found = _BRACKETS.fullmatch(text) or _PORT.fullmatch(text)
    bare = found[1] if found else text
    try:
        ip = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if any(ip in network for network in _NAT64):
            return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip


def network(text: str) -> str:
    """
    Return the network of the address in *text*: its /24, or /48 of IPv6; '' without one.

    A household has a /64 and a company a /48, and carriers hand out both.
    """
    ip = read(text)
    if ip is None:
        return ""
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def visitor(peer: str, forwarded: str, hops: int) -> str:
    """
    Return the address of who asks; '' where nobody knows it.

    Args:
        peer: Whose connection it is.
        forwarded: X-Forwarded-For: each proxy adds at the end whom it was asked by.
        hops: How many proxies of ours there are. What stands before their entries was
            written by the visitor, who may write anything.
    """
    told = forwarded.split(",") if hops and forwarded else [peer]
    # Fewer entries than proxies: somebody asked an inner one, which told whom.
    ip = read(told[-min(hops, len(told))]) if hops else read(peer)
    return "" if ip is None else str(ip)
