"""Tokens that say they are signed: none, with the wrong algorithm, by another key, or too late."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import replace
from typing import Any

import jwt as library
import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Delivery, Headers, NeedsKey, Reason, Rejected
from bridgewright.core.model.moment import as_datetime, later
from tests.keys import ec_key, jwk, pem
from tests.signed import Way, resolved, way_of
from tests.ways.plaid import answer

PLAID, PUBSUB = way_of("plaid"), way_of("pubsub")
FIELDS = {"plaid": b"plaid-verification", "pubsub": b"authorization"}
both = pytest.mark.parametrize("way", [PLAID, PUBSUB], ids=str)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token_of(sent: Delivery, way: Way) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Header, claims and signature of an honest token."""
    held = dict(sent.headers.items())[FIELDS[way.provider]].decode().removeprefix("Bearer ")
    header, claims, signature = held.split(".")
    opened = [
        json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        for text in (header, claims)
    ]
    return opened[0], opened[1], signature


def with_token(sent: Delivery, way: Way, token: str) -> Delivery:
    prefix = "Bearer " if way is PUBSUB else ""
    field = (FIELDS[way.provider], (prefix + token).encode())
    rest = [each for each in sent.headers.items() if each[0] != field[0]]
    return replace(sent, headers=Headers((*rest, field)))


@both
@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS512", "", None, ["RS256"]])
@pytest.mark.parametrize("signed", [True, False])
def test_another_algorithm_is_refused_before_any_key_is_asked_for(
    way: Way, algorithm: object, *, signed: bool
) -> None:
    sent = way.sent(b"{}")
    header, claims, signature = token_of(sent, way)
    token = f"{part(header | {'alg': algorithm})}.{part(claims)}.{signature if signed else ''}"
    found = way.scheme().verify(with_token(sent, way, token), NOW)
    assert isinstance(found, Rejected)


@both
def test_a_public_key_is_never_the_secret_of_an_hmac(way: Way) -> None:
    sent = way.sent(b"{}")
    header, claims, _ = token_of(sent, way)
    text = f"{part(header | {'alg': 'HS256'})}.{part(claims)}"
    for public in (json.dumps(jwk(ec_key(), header["kid"])), "", "k"):
        mac = hmac.new(public.encode(), text.encode(), "sha256").digest()
        token = f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert isinstance(way.scheme().verify(with_token(sent, way, token), NOW), Rejected)


@both
@pytest.mark.parametrize("kid", ["../../etc/passwd", "", 7, None, ["a"], "a" * 5_000, "\0"])
def test_a_key_name_that_is_none_is_no_place_to_ask(way: Way, kid: object) -> None:
    sent = way.sent(b"{}")
    header, claims, signature = token_of(sent, way)
    token = f"{part(header | {'kid': kid})}.{part(claims)}.{signature}"
    found = way.scheme().verify(with_token(sent, way, token), NOW)
    if isinstance(found, NeedsKey):
        assert str(kid) not in found.url
        found = resolved(found, way.publish)
    assert isinstance(found, Rejected)


@both
@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "." * 4_000, "e30.e30.", "W10.W10.AA"]
)
def test_what_is_no_token_is_rejected(way: Way, token: str) -> None:
    found = way.scheme().verify(with_token(way.sent(b"{}"), way, token), NOW)
    assert isinstance(found, Rejected)


@both
def test_a_critical_extension_that_we_do_not_know_is_refused(way: Way) -> None:
    sent = way.sent(b"{}")
    header, claims, signature = token_of(sent, way)
    token = f"{part(header | {'crit': ['exp2'], 'exp2': 1})}.{part(claims)}.{signature}"
    found = way.verify(with_token(sent, way, token))
    assert isinstance(found, Rejected)


def plaid_token(claims: dict[str, Any], number: int = 0) -> str:
    header, _, _ = token_of(PLAID.sent(b"{}"), PLAID)
    return library.encode(claims, pem(ec_key(number)), "ES256", headers={"kid": header["kid"]})


def test_a_token_of_plaids_for_another_body_is_rejected() -> None:
    sent = PLAID.sent(b'{"a": 1}')
    other = replace(sent, body=b'{"a": 2}')
    found = PLAID.verify(other)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISMATCH


@pytest.mark.parametrize("digest", [None, "", 7, "A" * 64, ["x"]])
def test_a_token_without_a_digest_of_the_body_is_rejected(digest: object) -> None:
    sent = PLAID.sent(b"{}")
    _, claims, _ = token_of(sent, PLAID)
    token = plaid_token(claims | {"request_body_sha256": digest})
    assert isinstance(PLAID.verify(with_token(sent, PLAID, token)), Rejected)


def test_a_key_that_plaid_has_withdrawn_counts_no_more() -> None:
    sent = PLAID.sent(b"{}")
    for expired_s, counts in ((-10, False), (10, True)):

        def publish(need: NeedsKey, ends: float = expired_s) -> bytes:
            kid = json.loads(need.body)["key_id"]
            at = int(as_datetime(later(NOW, ends)).timestamp())
            return answer(jwk(ec_key(), kid) | {"expired_at": at})

        found = replace(PLAID, publish=publish).verify(sent)
        assert isinstance(found, Rejected) is not counts


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://evil.example"),
        ("aud", "https://elsewhere.example.com/in"),
        ("email", "stranger@my-project.iam.gserviceaccount.com"),
        ("email_verified", False),
        ("email_verified", "true"),
    ],
)
def test_a_token_of_googles_about_somebody_else_is_rejected(claim: str, value: object) -> None:
    sent = PUBSUB.sent(b"{}")
    header, claims, _ = token_of(sent, PUBSUB)
    pem_text = PUBSUB.keys(0)[0].reveal().partition("\n")[2]
    honest = library.encode(claims, pem_text, "RS256", headers={"kid": header["kid"]})
    assert not isinstance(PUBSUB.verify(with_token(sent, PUBSUB, honest)), Rejected)
    token = library.encode(
        claims | {claim: value}, pem_text, "RS256", headers={"kid": header["kid"]}
    )
    assert isinstance(PUBSUB.verify(with_token(sent, PUBSUB, token)), Rejected)
