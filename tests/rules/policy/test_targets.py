"""Where nothing is sent, and the exceptions an operator makes."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bridgewright.core.model.network import networks
from bridgewright.core.policy.targets import METADATA, named, why_refused

REFUSED = {
    # From the tests of Svix' server (as read 2026-11-28), which took most from Rust's `is_global`.
    "10.254.0.0": "private",
    "192.168.10.65": "private",
    "172.16.10.65": "private",
    "0.1.2.3": "unspecified",
    "0.0.0.0": "unspecified",  # noqa: S104 - nobody binds here
    "127.0.0.1": "loopback",
    "169.254.45.1": "link-local",
    "255.255.255.255": "broadcast",
    "192.0.2.255": "documentation",
    "198.51.100.65": "documentation",
    "203.0.113.6": "documentation",
    "100.100.0.0": "carrier",
    "192.0.0.0": "protocols",
    "192.0.0.255": "protocols",
    "250.10.20.30": "reserved",
    "198.18.0.0": "benchmarks",
    "::1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:0.0.0.1": "unspecified",
    # Edges and what that list leaves out.
    "10.0.0.0": "private",
    "10.255.255.255": "private",
    "100.64.0.0": "carrier",
    "100.127.255.255": "carrier",
    "127.255.255.255": "loopback",
    "172.31.255.255": "private",
    "192.88.99.1": "6to4",
    "192.31.196.1": "DNS",
    "192.175.48.1": "DNS",
    "192.52.193.1": "multicast",
    "198.19.255.255": "benchmarks",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "240.0.0.0": "reserved",
    "::": "unspecified",
    "::127.0.0.1": "outside",
    "::ffff:0:127.0.0.1": "outside",
    "::ffff:10.0.0.1": "private",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b::a00:1": "private",
    "64:ff9b:1::1": "translated",
    "100::1": "outside",
    "2001::1": "Teredo",
    "2001:0:7f00:1::1": "Teredo",
    "2001:2::1": "protocols",
    "2001:20::1": "protocols",
    "2001:db8::1": "documentation",
    "2002:7f00:1::": "6to4",
    "2002:a00:1::1": "6to4",
    "3fff::1": "documentation",
    "4000::1": "outside",
    "5f00::1": "outside",
    "fc00::1": "private",
    "fdff::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "outside",
    "ff02::1": "multicast",
    # Metadata of clouds.
    "169.254.169.254": "metadata",
    "::ffff:169.254.169.254": "metadata",
    "64:ff9b::a9fe:a9fe": "metadata",
    "169.254.170.2": "metadata",
    "100.100.100.200": "metadata",
    "168.63.129.16": "metadata",
    "192.0.0.192": "metadata",
    "fd00:ec2::254": "metadata",
    "fd20:ce::254": "metadata",
}
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
ADDRESSES = st.ip_addresses()


@pytest.mark.parametrize(("text", "word"), REFUSED.items())
def test_nothing_is_sent_inside_or_nowhere(text: str, word: str) -> None:
    why = why_refused(ipaddress.ip_address(text))
    assert why is not None
    assert word in why
    assert text not in why.replace("::/128", "").replace("::1/128", "").split()


@pytest.mark.parametrize("text", OPEN)
def test_the_public_internet_is_open(text: str) -> None:
    assert why_refused(ipaddress.ip_address(text)) is None


@given(address=ADDRESSES)
def test_what_the_standard_library_calls_special_is_refused(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assume(getattr(address, "ipv4_mapped", None) is None)
    special = not address.is_global or address.is_multicast or address.is_reserved
    # NAT64 is where it says special and we look at the address inside.
    assume(address not in ipaddress.ip_network("64:ff9b::/96"))
    assert not special or why_refused(address) is not None


@given(inside=st.ip_addresses(v=4))
@example(inside=ipaddress.IPv4Address("10.0.0.1"))
@example(inside=ipaddress.IPv4Address("169.254.169.254"))
def test_an_address_in_another_is_judged_as_itself(inside: ipaddress.IPv4Address) -> None:
    why = why_refused(inside)
    assert why_refused(ipaddress.ip_address(f"::ffff:{inside}")) == why
    assert why_refused(ipaddress.ip_address(f"64:ff9b::{inside}")) == why


@given(address=ADDRESSES, length=st.integers(0, 32))
@example(address=ipaddress.IPv4Address("127.0.0.1"), length=8)
@example(address=ipaddress.IPv6Address("::1"), length=0)
def test_an_allowed_network_is_excepted_and_nothing_else(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int
) -> None:
    assume(address not in METADATA)
    network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    mapped = getattr(address, "ipv4_mapped", None) is not None
    assume(not mapped and address not in ipaddress.ip_network("64:ff9b::/96"))
    assert why_refused(address, [network]) is None
    beyond = ipaddress.ip_address("fe80::1" if address.version == 4 else "10.0.0.1")
    assert why_refused(beyond, [network]) == why_refused(beyond)


@pytest.mark.parametrize("address", sorted(METADATA, key=str))
def test_metadata_is_excepted_only_by_its_own_address(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert why_refused(address, networks("0.0.0.0/0, ::/0")) is not None
    assert why_refused(address, networks("169.254.0.0/16, fd00::/8")) is not None
    assert why_refused(address, networks(str(address))) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("localhost", "127.0.0.1"),
        ("shop.localhost", "127.0.0.1"),
        ("example.com", None),
        ("127.1", None),
        ("", None),
    ],
)
def test_a_host_that_names_an_address_by_itself_is_known(host: str, address: str | None) -> None:
    assert named(host) == (None if address is None else ipaddress.ip_address(address))
