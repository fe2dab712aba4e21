"""The URL of a request, and whose word on it counts."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.adapters.web.origin import url_of
from bridgewright.core.model.inbound import Headers
from bridgewright.core.model.network import networks

OURS = networks("10.0.0.0/8, fd00::/8")
FORWARDED = {
    "host": "inside:8085",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "hooks.example.com",
}


def url(
    headers: dict[str, str] | None = None,
    path: bytes = b"/webhooks/twilio",
    query: bytes = b"",
    peer: str | None = "203.0.113.9",
) -> str:
    fields = Headers.of({"host": "hooks.example.com"} if headers is None else headers)
    return url_of("http", fields, path, query, peer, OURS)


def test_without_a_proxy_the_request_says_where_it_came() -> None:
    assert url() == "http://hooks.example.com/webhooks/twilio"
    assert url(query=b"a=1&b=%20") == "http://hooks.example.com/webhooks/twilio?a=1&b=%20"


@pytest.mark.parametrize("peer", ["10.1.2.3", "fd00::1"])
def test_a_proxy_of_ours_is_believed(peer: str) -> None:
    assert url(FORWARDED, peer=peer) == "https://hooks.example.com/webhooks/twilio"
    port = FORWARDED | {"x-forwarded-port": "8443"}
    assert url(port, peer=peer) == "https://hooks.example.com:8443/webhooks/twilio"


@pytest.mark.parametrize("peer", ["203.0.113.9", "11.0.0.1", "fe80::1", "unix:", "", None])
def test_nobody_else_is(peer: str | None) -> None:
    assert url(FORWARDED, peer=peer) == "http://inside:8085/webhooks/twilio"


def test_of_several_hops_the_one_connected_to_us_is_believed() -> None:
    headers = FORWARDED | {"x-forwarded-host": "evil.example.com, hooks.example.com"}
    assert url(headers, peer="10.0.0.1") == "https://hooks.example.com/webhooks/twilio"


@pytest.mark.parametrize(
    "host", ["", "a b", "a/b", "a@b", "a?b", "a#b", "h:port", "h:123456", "[::1", "h\x00", "\xe9"]
)
def test_what_is_no_host_makes_no_url(host: str) -> None:
    assert url({"host": host}) == ""


@pytest.mark.parametrize("scheme", ["javascript", "ftp", "", "https://x"])
def test_what_is_no_scheme_of_the_web_makes_no_url(scheme: str) -> None:
    assert url(FORWARDED | {"x-forwarded-proto": scheme or "-"}, peer="10.0.0.1") == ""


@given(path=st.binary(max_size=60), query=st.binary(max_size=60), host=st.text(max_size=60))
def test_any_bytes_make_a_url_of_that_host_or_none(path: bytes, query: bytes, host: str) -> None:
    made = url({"host": host}, b"/" + path, query)
    if made:
        parts = urlsplit(made)
        assert (parts.scheme, parts.netloc) == ("http", host)
        assert made.isascii()
        assert made.isprintable()
