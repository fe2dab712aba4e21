"""Bytes that nobody sends by mistake, and those that some do."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.moment import later
from tests.keys import certificate, ec_key, jwk, pem, rsa_key
from tests.signed import VECTORS, WAYS

TEXTS = (
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe\x00",
    "\N{LATIN SMALL LETTER E WITH ACUTE}".encode(),
    "\N{LATIN SMALL LETTER E WITH ACUTE}".encode("latin-1"),
    b"=",
    b",",
    b".",
    b"t=",
    b"t=,v1=",
    b"t=1,t=2,v1=" + b"0" * 64,
    b"t=1,v1=" + "\N{ARABIC-INDIC DIGIT ONE}".encode() * 32,
    b"t=" + b"9" * 18 + b",v1=" + b"f" * 64,
    b"t=" + b"9" * 5_000 + b",v1=" + b"f" * 64,
    b"t=-1,v1=" + b"f" * 64,
    b"t=1e9,v1=" + b"f" * 64,
    b"t=1_0,v1=" + b"f" * 64,
    b"t=1" + b",v1=" + b",v1=".join([b"f" * 64] * 40),
    b"," * 8_192,
    b"sha256=",
    b"sha256=" + b"z" * 64,
    b"sha256=" + b"f" * 64,
    b"sha256=" + b"\xe9" * 64,
    b"sha1=" + b"f" * 40,
    b"v1",
    b"v1,",
    b"v1,a,b",
    b"v1,=",
    b"v1," + b"A" * 43 + b"=",
    b"v1," + b"A" * 43 + b"\n",
    b"v1,\xe9",
    b"v1a," + b"A" * 86 + b"==",
    b"v1a," + b"A" * 85 + b"B==",
    b" ".join([b"v1a," + b"A" * 86 + b"=="] * 20),
    b" ".join([b"v1," + b"A" * 43 + b"="] * 40),
    b" " * 8_192,
    b"v2,AAAA v3,BBBB",
    b"9" * 19,
    b"1" * 4_400,
    b"-1",
    b"+1",
    b" 1",
    b"1.5",
    b"NaN",
    "\N{ARABIC-INDIC DIGIT ONE}".encode(),
    b"msg.1",
    b"a" * 1_048_576,
    b"Bearer ",
    b"Bearer a.b.c",
    b"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
    b"eyJhbGciOiJub25lIiwia2lkIjoiYSJ9.e30.",
    b"eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2V0YyJ9.e30." + b"A" * 43,
    b"eyJhbGciOlsiUlMyNTYiXX0.W10." + b"A" * 342,
    b"." * 8_000,
    b"Basic " + b"=" * 8,
    b"Basic \xff",
    b"MEUCIQ" + b"=" * 90,
    b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    b"https://sns.us-east-1.amazonaws.com.evil.example/a.pem",
    b"2027-01-15T08:00:00Z",
    b"9999-12-31T23:59:59.999999999-23:59",
    b"0001-01-01T00:00:00+23:59",
    b"9" * 4_300,
    b"0x1",
)

BODIES = (
    b"",
    b"{",
    b"{}",
    b"[]",
    b"null",
    b"NaN",
    b'"text"',
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b'{"id":' + b"9" * 100_000 + b"}",
    b'{"id": 1e999, "type": NaN}',
    b'{"id": "\\ud800", "type": "\\u0000"}',
    b'{"id": "\\u0000", "type": "a"}',
    b'{"id": "evt", "type": "a\\nb", "action": "\\ud800"}',
    b'{"id": "evt", "type": "' + b"a" * 256 + b'", "action": "' + b"a" * 256 + b'"}',
    b'{"id": "evt", "type": "a", "created": 1' + b"0" * 300 + b"}",
    b'{"id": "evt", "type": "a", "created": -1, "timestamp": true}',
    b'{"id": "evt", "type": "a", "created": "9999-12-31T23:59:59-23:59"}',
    b'{"id": "evt", "type": "a", "timestamp": "0001-01-01T00:00:00+23:59"}',
    b'{"id": ["evt"], "type": {"a": 1}, "action": 7}',
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    '{"id": "evt", "type": "a"}'.encode("utf-16"),
    '{"id": "evt", "type": "a"}'.encode("utf-32"),
    b"\x80",
    b"payload=",
    b"payload=%7B%7D",
    b"payload=%7B%7D&payload=%7B%7D",
    b"payload=%ff%fe",
    b"payload",
    b"other=%7B%7D",
    b"&" * 10_000,
    b"%" * 10_000,
    b"payload=%7B%22type%22%3A7%7D&payload=1",
    b"ssl_check=1",
    b'{"type": "url_verification", "challenge": "\\ud800"}',
    b'{"event": "endpoint.url_validation", "payload": {"plainToken": [1]}}',
    b'{"events": [{"id": 1}, [], null, {"id": "a", "resource_type": 7, "action": {}}]}',
    b'{"object": "page", "entry": [{"id": 1, "changes": [null, {"field": []}], "messaging": {}}]}',
    b'{"notificationItems": [{"NotificationRequestItem": {"amount": []}}, {}, null]}',
    b'{"value": [{"clientState": 7, "subscriptionId": {}}, null, []]}',
    (
        b'{"Type": "Notification", "SigningCertURL": "https://sns.us-east-1.amazonaws.com/x.pem", '
        b'"Signature": "AAAA", "SignatureVersion": "9", "Message": 7}'
    ),
    b'{"signature": {"timestamp": "\\ud800", "token": [], "signature": 1}, "event-data": null}',
    b'{"message": {"data": "!!!!", "messageId": 7, "attributes": []}}',
    b'{"update_id": 9' + b"9" * 400 + b', "message": []}',
    b"[" + b"{}," * 200 + b"{}]",
    b'[{"eventId": null, "subscriptionType": []}, 7]',
    b'[{"sg_event_id": "a\\u0000", "event": "open", "timestamp": -1}]',
    b"--x\r\nContent-Disposition: form-data; name=headers\r\n\r\nMessage-ID: <\xff>\r\n--x--",
)

_JWK = jwk(rsa_key(1), "made-for-tests")
_POINT = jwk(ec_key(7), "00000000-0000-4000-8000-000000000000")
_SNS = "sns.amazonaws.com"

KEYS = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"\x00",
    b"\xff" * 99,
    b"<html>",
    b"[" * 100_000,
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\n\xff\xff\n-----END CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----BEGIN CERTIFICATE-----\n" * 9_000,
    certificate(_SNS, rsa_key(1)),
    certificate(_SNS, rsa_key(1))[:-90],
    certificate(_SNS, rsa_key(1)).replace(b"M", b"N", 1),
    certificate(_SNS, rsa_key(1, 1_024)),
    certificate(_SNS, ec_key(7)),
    certificate(_SNS, rsa_key(1), ends=later(NOW, -1)),
    certificate(_SNS, rsa_key(1), begins=later(NOW, 1)),
    certificate("evil.example", rsa_key(1)),
    pem(rsa_key(1)).encode(),
    *(
        json.dumps(document).encode()
        for key in (
            _JWK,
            _POINT,
            _JWK | {"n": ""},
            _JWK | {"n": "AQ"},
            _JWK | {"n": "!!!!"},
            _JWK | {"n": 7},
            _JWK | {"n": "A" * 90_000},
            _JWK | {"e": "AA"},
            _JWK | {"e": "Ag"},
            _JWK | {"e": "_" * 600},
            _JWK | {"e": None},
            _JWK | {"kid": ["made-for-tests"]},
            _JWK | {"alg": "none"},
            _JWK | {"alg": "HS256"},
            _JWK | {"kty": "oct", "k": "AAAA"},
            _JWK | {"kty": ["RSA"]},
            _JWK | {"d": "AQ"},
            _JWK | {"use": "enc"},
            _POINT | {"x": _POINT["y"]},
            _POINT | {"x": "AA"},
            _POINT | {"y": "\ud800"},
            _POINT | {"y": "A" * 90_000},
            _POINT | {"crv": "P-521"},
            _POINT | {"crv": {}},
            _POINT | {"expired_at": "never"},
            _POINT | {"expired_at": 1e999},
            None,
            [],
            {},
        )
        for document in ({"keys": [key]}, {"key": key})
    ),
    b'{"keys": {}}',
    b'{"keys": [' + b"{}," * 9_000 + b"{}]}",
    json.dumps({"keys": [_JWK, _JWK]}).encode(),
)
"""What may be found in the place of a provider's key: no key at all, or somebody else's."""

texts = st.one_of(st.sampled_from(TEXTS), st.binary(max_size=200))
BESIDE = (
    b"x-github-event",
    b"x-github-delivery",
    b"twitch-eventsub-message-type",
    b"authorization",
    b"content-type",
    b"user-agent",
)
"""Fields that are read beside those that sign."""

header_names = st.sampled_from(
    sorted(
        {
            *BESIDE,
            *(name for way in WAYS for name, _ in way.fields(b"{}")),
            *(name.lower() for vector in VECTORS for name, _ in vector.headers),
        }
    )
)
"""Every name under which somebody in the catalogue signs."""
header_values = st.one_of(
    texts,
    st.sampled_from((b"application/x-www-form-urlencoded", b"push", b"1", b"msg_1", b"1800000000")),
)
headers = st.lists(st.tuples(st.one_of(header_names, texts), header_values), max_size=8)

words = st.one_of(st.text(max_size=20), st.sampled_from(("\ud800", "\0", "a" * 300, "evt_1")))
times = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(timezones=st.timezones()).map(lambda when: when.isoformat()),
    words,
)
values = st.recursive(
    st.one_of(st.none(), times), lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
objects = st.fixed_dictionaries(
    {},
    optional={
        "id": st.one_of(words, values),
        "type": st.one_of(words, values),
        "action": st.one_of(words, values),
        "created": st.one_of(times, values),
        "timestamp": st.one_of(times, values),
    },
)
