"""Bytes that nobody sends by mistake, and those that some do."""

from __future__ import annotations

from hypothesis import strategies as st

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
)

texts = st.one_of(st.sampled_from(TEXTS), st.binary(max_size=200))
header_names = st.sampled_from(
    (
        b"stripe-signature",
        b"x-hub-signature-256",
        b"x-hub-signature",
        b"webhook-id",
        b"webhook-timestamp",
        b"webhook-signature",
        b"svix-id",
        b"svix-timestamp",
        b"svix-signature",
        b"x-github-event",
        b"x-github-delivery",
        b"x-github-hook-id",
        b"content-type",
        b"user-agent",
    )
)
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
