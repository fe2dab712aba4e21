"""Secrets and placeholders: never in the file, and for each test exactly its own bytes."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from bridgewright.core.model.secret import Secret
from bridgewright.simulate.cassettes.document import Tape, content_of, tape_of, text_of
from bridgewright.simulate.cassettes.exchange import Exchange, asked_of, reply_of, told_of
from bridgewright.simulate.cassettes.leaks import leaks
from bridgewright.simulate.cassettes.matching import matching
from bridgewright.simulate.cassettes.placeholders import Placeholders, stripped
from bridgewright.simulate.cassettes.spellings import spellings, spelt
from bridgewright.simulate.cassettes.trouble import CassetteError
from bridgewright.simulate.wire import Heard, Reply
from tests.tries import tries

AT = datetime(2026, 11, 29, tzinfo=UTC)
WORDS = st.sampled_from(
    [b"{{secret:", b"{{literal:", b"{{", b"}}", b"{", b"{{base64:", b"{{close}}", b"{{secret:a}}"]
)
WAYS = ["", "url", "form", "json", "json-php", "html", "json+json", "url+url", "json+form"]
WRAPS = [
    *WAYS,
    "base64",
    "base64url",
    "base64-nopad",
    "base64|url",
    "base64 twice",
    "base64 of json",
]
secret_values = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=6, max_size=24)
pieces = st.lists(
    st.one_of(
        st.binary(max_size=20), WORDS, st.tuples(st.sampled_from(WRAPS), st.binary(max_size=9))
    ),
    max_size=8,
)


def wrapped(value: str, how: str, around: bytes) -> bytes:
    """A secret as it may stand in a message."""
    raw = around + value.encode() + around
    encoded = {
        "base64": base64.b64encode(raw).decode(),
        "base64url": base64.urlsafe_b64encode(raw).decode(),
        "base64-nopad": base64.b64encode(raw).decode().rstrip("="),
        "base64|url": quote(base64.b64encode(raw), safe=""),
        "base64 twice": base64.b64encode(around + base64.b64encode(raw)).decode(),
        "base64 of json": base64.b64encode(json.dumps({"key": value}).encode()).decode(),
    }
    text = f" {encoded[how]} " if how in encoded else spelt(value, how)
    return text.encode("utf-8", "surrogateescape")


def placeholders(value: str) -> Placeholders:
    try:
        return Placeholders({"a": Secret(value)})
    except CassetteError:
        return reject()


def joined(parts: list[Any], value: str) -> bytes:
    return b"".join(part if isinstance(part, bytes) else wrapped(value, *part) for part in parts)


def values_of(content: Any) -> list[str]:
    """Every text of a file, without its placeholders."""
    if isinstance(content, dict):
        return [text for pair in content.items() for each in pair for text in values_of(each)]
    if isinstance(content, list):
        return [text for each in content for text in values_of(each)]
    return [stripped(content)] if isinstance(content, str) else []


@pytest.mark.slow
@settings(max_examples=tries(200))
@given(secret_values, secret_values, pieces, st.sampled_from(["", "json", "form", "html", "url"]))
@example("sk_1234", "sk_98765", [("base64", b"")], "")
def test_what_is_hidden_is_revealed_and_holds_no_spelling_of_the_secret(
    value: str, another: str, parts: list[Any], preferred: str
) -> None:
    known, others = placeholders(value), placeholders(another)
    text = joined(parts, value).decode("utf-8", "surrogateescape")
    hidden = known.hide(text, preferred)
    assert known.reveal(hidden) == text
    rest = stripped(hidden)
    assert not any(spelling in rest for spelling, _ in spellings(value))
    others.reveal(hidden)


def json_with(value: str) -> st.SearchStrategy[Any]:
    texts = st.lists(st.one_of(st.text(max_size=8), st.just(value)), max_size=3).map("".join)
    leaves = st.one_of(texts, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=12,
    )


LAYS: list[dict[str, Any]] = [
    {},
    {"separators": (",", ":")},
    {"indent": 2},
    {"ensure_ascii": False},
    {"indent": 1},
    {"separators": (" ,", " :")},
]


@st.composite
def responses(draw: st.DrawFn, value: str) -> Reply:
    """Answers with secrets in their header and body."""
    kind = draw(st.sampled_from(["application/json", "text/html", "application/octet-stream", ""]))
    if kind == "application/json" and draw(st.booleans()):
        body = json.dumps(draw(json_with(value)), **draw(st.sampled_from(LAYS))).encode(
            "utf-8", "surrogatepass"
        )
    else:
        body = joined(draw(pieces), value)
    headers = [("content-type", kind), ("x-say", f"it is {quote(value)}, {base64_of(value)}")]
    return Reply(draw(st.sampled_from([200, 204, 301, 500])), tuple(headers), body)


def base64_of(value: str) -> str:
    return base64.b64encode(f"user:{value}".encode()).decode()


@pytest.mark.slow
@settings(max_examples=tries(150))
@given(st.data(), secret_values)
def test_a_file_gives_back_each_byte_of_an_answer_and_never_holds_the_secret(
    data: st.DataObject, value: str
) -> None:
    known = placeholders(value)
    reply = data.draw(responses(value))
    asked = asked_of(heard(value, reply.body), known)
    exchange = Exchange(asked, told_of(reply, known), 1, AT)
    content = content_of(Tape("http://127.0.0.1:1", (exchange,)))
    if leaks(content, known):
        reject()  # for what it looks like; what is written is what counts
    text = text_of(content)
    read = tape_of(text, "tape.json").exchanges[0]
    assert reply_of(read.told, known) == reply
    assert matching(()).key(read.asked) == matching(()).key(asked)
    for line in values_of(json.loads(text)["exchanges"]):
        assert not any(spelling in line for spelling, _ in spellings(value))
        assert not known.betrayed(line)


def heard(value: str, body: bytes = b"", kind: str = "application/json") -> Heard:
    """A request with a secret in every place that requests have."""
    target = f"/v1/{quote(value, safe='')}?key={quote(value, safe='')}&plain=1"
    headers = (("authorization", f"Basic {base64_of(value)}"), ("content-type", kind))
    return Heard("POST", target, headers, body, 1, 1, 0.0)


@pytest.mark.slow
@settings(max_examples=tries(100))
@given(secret_values, secret_values, st.sampled_from(["json", "form", "text", "multipart", "gzip"]))
@example("plain1", "a+b/c=d&", "form")
def test_tests_with_different_secrets_ask_the_same(mine: str, theirs: str, how: str) -> None:
    def key(value: str) -> object:
        bodies = {
            "json": (json.dumps({"k": [value], value: 1}).encode(), "application/json"),
            "gzip": (gzip.compress(json.dumps([value]).encode()), "application/json"),
            "form": (f"a={quote(value)}&b=1".encode(), "application/x-www-form-urlencoded"),
            "text": (f"it is {value}.".encode(), "text/plain"),
            "multipart": (
                f"--marked-{len(value)}\r\n\r\n{value}".encode(),
                f"multipart/form-data; boundary=marked-{len(value)}",
            ),
        }
        body, kind = bodies[how]
        made = heard(value, body, kind)
        if how == "gzip":
            made = Heard(
                "POST", made.target, (*made.headers, ("content-encoding", "gzip")), body, 1, 1, 0.0
            )
        return matching(()).key(asked_of(made, placeholders(value)))

    assert key(mine) == key(theirs)


def test_placeholders_of_basic_credentials_read_like_what_they_say() -> None:
    known = Placeholders({"stripe.key": Secret("sk_test_1234")})
    hidden = known.hide(f"Basic {base64.b64encode(b'sk_test_1234:').decode()}")
    assert hidden == "Basic {{base64:{{secret:stripe.key}}:}}"
    shorter = Placeholders({"stripe.key": Secret("sk_123")})
    assert shorter.reveal(hidden) == f"Basic {base64.b64encode(b'sk_123:').decode()}"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("a", "short", "fewer than 6 characters"),
        ("a b", "long enough", "cannot name a secret"),
        ("a", "secret", "a word that placeholders are made of"),
        ("password1", "password1", "a word that placeholders are made of"),
    ],
)
def test_a_secret_that_cannot_be_told_apart_is_refused_without_being_shown(
    name: str, value: str, why: str
) -> None:
    with pytest.raises(CassetteError, match=why) as refused:
        Placeholders({name: Secret(value)})
    assert value == name or value not in str(refused.value).replace("secret '", "").replace(
        "name a secret", ""
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{secret:b}}", "the secret 'b' was not given"),
        ("{{secret:a", "a placeholder is broken"),
        ("{{secret:a|rot13}}", "no spelling 'rot13'"),
        ("{{base64:abc", "does not end"),
    ],
)
def test_a_placeholder_that_cannot_be_filled_says_so(text: str, why: str) -> None:
    with pytest.raises(CassetteError, match=why):
        Placeholders({"a": Secret("long enough")}).reveal(text)
