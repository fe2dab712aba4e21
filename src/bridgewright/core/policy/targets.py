"""Where nothing is sent on the word of a URL: addresses that lead inside, to a machine's own keys, or
nowhere (server-side request forgery).

Sources: IANA's registries of special-purpose addresses (RFC 6890, and the RFC beside each network), as
Python's `ipaddress` and the guard of Svix' server hold them; addresses of metadata by the clouds'
documentation (Azure, Alibaba) and SDKs (AWS), the others as public lists for testing such guards name
them. All read 2026-11-28.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.network import Address, Network

_RESERVED = tuple(
    (ipaddress.ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "unspecified, RFC 791"),
        ("10.0.0.0/8", "private, RFC 1918"),
        ("100.64.0.0/10", "shared by a carrier's customers, RFC 6598"),
        ("127.0.0.0/8", "loopback, RFC 1122"),
        ("169.254.0.0/16", "link-local, RFC 3927"),
        ("172.16.0.0/12", "private, RFC 1918"),
        ("192.0.0.0/24", "of protocols, RFC 6890"),
        ("192.0.2.0/24", "for documentation, RFC 5737"),
        ("192.31.196.0/24", "a sink of the DNS, RFC 7535"),
        ("192.52.193.0/24", "a relay of multicast, RFC 7450"),
        ("192.88.99.0/24", "a relay of 6to4, RFC 7526"),
        ("192.168.0.0/16", "private, RFC 1918"),
        ("192.175.48.0/24", "a sink of the DNS, RFC 7534"),
        ("198.18.0.0/15", "for benchmarks, RFC 2544"),
        ("198.51.100.0/24", "for documentation, RFC 5737"),
        ("203.0.113.0/24", "for documentation, RFC 5737"),
        ("224.0.0.0/4", "multicast, RFC 5771"),
        ("255.255.255.255/32", "broadcast, RFC 919"),
        ("240.0.0.0/4", "reserved, RFC 1112"),
        ("::/128", "unspecified, RFC 4291"),
        ("::1/128", "loopback, RFC 4291"),
        ("64:ff9b:1::/48", "translated inside a network, RFC 8215"),
        ("2001::/32", "a tunnel of Teredo, RFC 4380"),
        ("2001:db8::/32", "for documentation, RFC 3849"),
        ("2001::/23", "of protocols, RFC 2928"),
        ("2002::/16", "a tunnel of 6to4, RFC 3056"),
        ("2620:4f:8000::/48", "a sink of the DNS, RFC 7534"),
        ("3fff::/20", "for documentation, RFC 9637"),
        ("fc00::/7", "private, RFC 4193"),
        ("fe80::/10", "link-local, RFC 4291"),
        ("ff00::/8", "multicast, RFC 4291"),
    )
)
METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure, in the midst of public addresses
        "169.254.169.254",
        "169.254.170.2",  # AWS: containers
        "169.254.170.23",
        "169.254.42.42",  # Scaleway
        "192.0.0.192",  # Oracle
        "fd00:42::42",
        "fd00:ec2::254",  # AWS
        "fd00:ec2::23",
        "fd20:ce::254",  # Google
    )
)
"""Where a machine in a cloud asks for its own credentials."""

_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA gives out for the internet; the rest of IPv6 is special, or nobody's."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def why_refused(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """Why nothing is sent to an address, in words that do not repeat it; None where it may be.

    An address of IPv6 that stands for one of IPv4 (mapped, or translated by NAT64) is judged as that
    one. `allowed` networks are excepted, metadata only by a network that holds that address alone:
    who opens 169.254.0.0/16 for a neighbour does not mean the machine's own credentials.
    """
    reached = _reached(address)
    excepted = [network for network in allowed if reached in network]
    if reached in METADATA:
        alone = any(network.num_addresses == 1 for network in excepted)
        return None if alone else "that of a cloud's metadata"
    if excepted:
        return None
    for network, what in _RESERVED:
        if reached in network:
            return f"in {network} ({what})"
    if isinstance(reached, ipaddress.IPv6Address) and reached not in _UNICAST:
        return f"outside of {_UNICAST}, the unicast addresses of the internet"
    return None


def _reached(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def named(host: str) -> Address | None:
    """The address that a URL's host names by itself: a literal, or `localhost` (RFC 6761, 6.3)."""
    if host == "localhost" or host.endswith(".localhost"):
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
