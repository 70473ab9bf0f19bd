"""One visitor is one address, however the proxies on the way wrote it."""
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.resident import addresses
from attribution.service import Service

ipv4 = st.ip_addresses(v=4)
ports = st.integers(0, 65535)
# Those of IPv6 that hide nobody's IPv4.
ipv6 = st.ip_addresses(v=6, network="2001:db8::/32")


@given(ipv4, ports)
def test_an_ipv4_visitor_is_one_network_in_every_way_of_writing(
    ip: ipaddress.IPv4Address, port: int
) -> None:
    """Else everybody behind a carrier's translation is one, and a county has one limit."""
    plain = str(ip)
    expected = str(ipaddress.ip_network((plain, 24), strict=False))
    packed = f"{int(ip) >> 16:x}:{int(ip) & 0xFFFF:x}"
    for text in (
        plain, f" {plain} ", f"{plain}:{port}", f'"{plain}:{port}"', f"::ffff:{plain}",
        f"::FFFF:{packed}", f"[::ffff:{plain}]:{port}", f"[::ffff:{plain}]", f"64:ff9b::{plain}",
        f"64:ff9b::{packed}", f"[64:ff9b::{packed}]:{port}", f"64:ff9b:1::{packed}",
        f"::ffff:{plain}%eth0",
    ):
        assert expected == addresses.network(text), text
        assert ip == addresses.read(text)


@given(ipv6, ports)
def test_an_ipv6_visitor_is_one_network_in_every_way_of_writing(
    ip: ipaddress.IPv6Address, port: int
) -> None:
    expected = str(ipaddress.ip_network((ip, 48), strict=False))
    for text in (
        str(ip), ip.exploded, str(ip).upper(), f"[{ip}]", f"[{ip}]:{port}", f'"[{ip}]:{port}"',
        f"{ip}%eth0", f"[{ip}%25wlan0]:{port}",
    ):
        assert expected == addresses.network(text), text


@given(ipv4, ipv4)
def test_two_networks_stay_two_behind_a_translator(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address
) -> None:
    same = addresses.network(str(one)) == addresses.network(str(other))
    for prefix in ("::ffff:", "64:ff9b::"):
        told = [addresses.network(f"{prefix}{ip}") for ip in (one, other)]
        assert same == (told[0] == told[1])


@given(st.text(max_size=100))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    """It is a header: a stranger writes it."""
    ip = addresses.read(text)
    assert (ip is None) == ("" == addresses.network(text))
    assert ip is None or ip == addresses.read(str(ip))


@pytest.mark.parametrize("text", [
    "", "unknown", "-", "unix:", "1.2.3", "1.2.3.4.5", "1.2.3.4:port", "256.1.1.1", "[::1", "::1]",
    "[1.2.3.4", "localhost", "１.2.3.4", "1.2.3.4, 5.6.7.8", "0" * 100_000,
])  # fmt: skip
def test_what_is_no_address_is_none(text: str) -> None:
    assert "" == addresses.network(text)


@pytest.mark.parametrize(("hops", "forwarded", "expected"), [
    pytest.param(0, "198.51.100.1", "203.0.113.9", id="nobody is trusted"),
    pytest.param(1, "198.51.100.1", "198.51.100.1", id="one proxy"),
    pytest.param(1, "6.6.6.6, 198.51.100.1", "198.51.100.1", id="the visitor lied"),
    pytest.param(2, "6.6.6.6,198.51.100.1,10.0.0.2", "198.51.100.1", id="two proxies"),
    pytest.param(2, "198.51.100.1", "198.51.100.1", id="the inner one was asked"),
    pytest.param(1, "", "203.0.113.9", id="it says nothing"),
    pytest.param(1, "198.51.100.1:5123", "198.51.100.1", id="with a port"),
    pytest.param(1, "unknown", "", id="it does not know"),
])
def test_visitor_is_whom_the_outermost_proxy_of_ours_saw(
    hops: int, forwarded: str, expected: str
) -> None:
    assert expected == addresses.visitor("203.0.113.9", forwarded, hops)


def test_the_log_knows_one_network_by_one_digest(service: Service) -> None:
    texts = ("1.2.3.4", "::ffff:1.2.3.77", "1.2.3.9:5123", "64:ff9b::1.2.3.5")
    assert 1 == len({service.scans.network(text) for text in texts})
    assert service.scans.network("1.2.3.4") != service.scans.network("64:ff9b::1.2.4.4")
    assert service.scans.network("[2001:db8::1]:443") == service.scans.network("2001:db8::2")
    assert "" == service.scans.network("unknown")
