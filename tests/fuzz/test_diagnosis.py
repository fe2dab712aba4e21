"""Any bytes that are rejected are diagnosed: a finding in words of ours, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Headers, Reason, Rejected
from bridgewright.core.signing.diagnosis import Party, Surroundings, diagnose
from tests.fuzz import hostile
from tests.signed import WAYS, Fields, Way, delivery

if TYPE_CHECKING:
    from bridgewright.core.model.finding import Finding
    from bridgewright.core.model.inbound import Delivery

CANARY = "can4ry"
pytestmark = pytest.mark.slow
every_way = pytest.mark.parametrize("way", WAYS, ids=str)
rejections = st.builds(Rejected, st.sampled_from(Reason))
urls = st.one_of(
    st.just(""),
    st.text(max_size=60),
    st.sampled_from(
        (
            "https://[",
            "http://a:99999/",
            "//x",
            "https://user:pw@h/",
            "https://h:x/",
            "http://\0/?a",
        )
    ),
)


@cache
def others() -> tuple[Party, ...]:
    """A source of every provider beside the one that rejects."""
    return tuple(party(one, f"s{n}", 3, 4) for n, one in enumerate(WAYS))


@cache
def own(name: str) -> Party:
    return party(next(way for way in WAYS if str(way) == name), "own", 0, 1)


def party(way: Way, source: str, *numbers: int) -> Party:
    keys = tuple(way.keys(number)[1] for number in numbers)
    names = tuple(f"env:{source.upper()}_{number}" for number in numbers)
    spares = ((f"env:{source.upper()}_SPARE", way.keys(9)[1]),)
    return Party(source, connectors.webhook(way.provider), keys, names, way.terms, spares)


def found(way: Way, sent: Delivery, rejected: Rejected) -> Finding:
    around = Surroundings(others(), connectors.signature_fields(), {"s0": NOW})
    finding = diagnose(own(str(way)), sent, rejected, around)
    texts = (finding.wrong, finding.matched, finding.step)
    assert all(text.isprintable() and len(text) < 400 for text in texts)
    return finding


@every_way
@given(
    fields=hostile.headers,
    body=st.one_of(st.sampled_from(hostile.BODIES), st.binary()),
    url=urls,
    query=st.binary(max_size=30),
    rejected=rejections,
)
def test_any_bytes_are_diagnosed_and_nothing_is_raised(  # noqa: PLR0913 - what a delivery is made of
    way: Way, fields: Fields, body: bytes, url: str, query: bytes, rejected: Rejected
) -> None:
    sent = replace(delivery(body, fields), url=url, query=query)
    assert found(way, sent, rejected) == found(way, sent, rejected)


@every_way
def test_every_hostile_text_in_every_field_is_diagnosed_whatever_the_reason(way: Way) -> None:
    names = [name for name, _ in way.fields(b"{}")]
    for text in hostile.TEXTS:
        sent = delivery(b"{}", [(name, text) for name in names])
        for reason in Reason:
            found(way, sent, Rejected(reason))


@every_way
@given(text=st.sampled_from(hostile.TEXTS), reason=st.sampled_from(Reason))
def test_a_hostile_text_in_every_field_is_diagnosed(way: Way, text: bytes, reason: Reason) -> None:
    sent = delivery(b"{}", [(name, text) for name, _ in way.fields(b"{}")])
    found(way, sent, Rejected(reason))


@pytest.mark.parametrize("body", hostile.BODIES, ids=lambda body: repr(body[:20]))
def test_a_hostile_body_is_diagnosed(body: bytes) -> None:
    way = WAYS[0]
    signed = Headers(way.signed(b"{}").headers)
    for reason in Reason:
        found(way, replace(delivery(body, ()), headers=signed), Rejected(reason))


@every_way
@given(data=st.data())
def test_no_finding_repeats_what_was_sent_or_a_key(way: Way, data: st.DataObject) -> None:
    """Every place of a delivery holds a canary; its keys are told by their references alone."""
    places = data.draw(st.sets(st.sampled_from(("url", "query", "body", "fields", "names"))))
    signer = data.draw(st.sampled_from((0, 3, 4, 9)))
    sent = way.sent(b'{"id": "%s", "type": "a"}' % CANARY.encode(), signer)
    fields = list(sent.headers.items())
    if "fields" in places:
        fields += [(b"user-agent", f"{way.provider} {CANARY}".encode()), (b"via", CANARY.encode())]
    if "names" in places:
        fields = [(f"x-{CANARY}-{way.provider}".encode(), CANARY.encode()), *fields[1:]]
    if "body" in places:
        sent = replace(sent, body=sent.body + CANARY.encode())
    if "url" in places:
        sent = replace(sent, url=f"https://{CANARY}.example.com:8443/{CANARY}")
    if "query" in places:
        sent = replace(sent, query=CANARY.encode())
    reason = data.draw(rejections)
    finding = found(way, replace(sent, headers=Headers(fields)), reason)
    told = f"{finding.wrong} {finding.matched} {finding.step}"
    assert CANARY not in told
    for number in (0, 1, 3, 4, 9):
        for secret in way.keys(number):
            text = secret.reveal()
            assert all(text[n : n + 8] not in told for n in range(max(1, len(text) - 7)))
