"""Which URLs may have been signed: a small closed set, and none that a stranger steers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Rejected, Verified
from bridgewright.core.signing.urls import variants, written
from bridgewright.core.signing.webhook import Terms
from tests.signed import delivery, way_of

PUBLIC = "https://hooks.example.com/webhooks/square"


@pytest.mark.parametrize(
    ("url", "among"),
    [
        ("https://h.example/a", "https://h.example:443/a"),
        ("https://h.example:443/a", "https://h.example/a"),
        ("http://h.example/a", "http://h.example:80/a"),
        ("https://h.example/a", "https://h.example/a/"),
        ("https://h.example/a/", "https://h.example/a"),
        ("https://h.example/a?b=c", "https://h.example:443/a/?b=c"),
        ("https://[::1]/a", "https://[::1]:443/a"),
    ],
)
def test_port_and_slash_are_tried_both_ways(url: str, among: str) -> None:
    found = written(url)
    assert found[0] == url
    assert among in found


def test_another_port_or_scheme_is_never_tried() -> None:
    assert written("https://h.example:8443/a") == (
        "https://h.example:8443/a",
        "https://h.example:8443/a/",
    )
    assert not any(url.startswith("http://") for url in written("https://h.example/a"))


@given(st.text(max_size=60))
def test_any_text_has_few_variants(url: str) -> None:
    assert len(written(url)) <= 5
    assert written("") == ()


def test_the_configured_url_counts_and_not_what_the_request_says() -> None:
    sent = replace(delivery(b"{}", ()), url="https://evil.example/x", query=b"a=1")
    assert next(iter(variants(PUBLIC)(sent))) == PUBLIC.encode() + b"?a=1"
    assert not any(b"evil" in url for url in variants(PUBLIC)(sent))
    assert next(iter(variants("")(sent))) == b"https://evil.example/x"
    assert not list(variants("")(replace(sent, url="")))


@given(query=st.binary(min_size=1, max_size=40))
def test_a_query_is_signed_byte_for_byte_as_it_came(query: bytes) -> None:
    sent = replace(delivery(b"{}", ()), query=query)
    assert next(iter(variants(PUBLIC)(sent))) == PUBLIC.encode() + b"?" + query


@given(url=st.text(st.characters(codec=None), max_size=40))
def test_any_text_for_a_url_is_bytes(url: str) -> None:
    assert all(variants("")(replace(delivery(b"{}", ()), url=url)))


def test_a_delivery_is_verified_behind_a_proxy_that_changed_its_url() -> None:
    way = replace(way_of("square"), url=PUBLIC, terms=Terms(public_url=PUBLIC))
    inside = replace(way.sent(b"{}"), url="http://inside:8085/square")
    assert isinstance(way.verify(inside), Verified)
    without = replace(way, terms=Terms())
    assert isinstance(without.verify(inside), Rejected)
    assert isinstance(way.verify(inside, now=NOW), Verified)
