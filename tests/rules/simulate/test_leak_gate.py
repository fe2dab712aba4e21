"""What must not be in a file is refused, its place named and itself never."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import quote

import pytest

from bridgewright.core.model.secret import Secret
from bridgewright.simulate.cassettes.leaks import leaks
from bridgewright.simulate.cassettes.masks import masks
from bridgewright.simulate.cassettes.placeholders import Placeholders
from bridgewright.simulate.cassettes.trouble import LeakError
from bridgewright.simulate.wire import Heard, Reply

NONE = Placeholders()
OWN = Placeholders({"own": Secret("canary value/7")})
HEX = "0123456789abcdef"
LONG = "Ab3Cd5Ef7Gh9Ij1Kl3Mn5Op7Qr9St1Uv3Wx5Yz7"

# Put together here, so that no scanner takes this file for a leak.
TOKENS = {
    "sk_" + "live_" + LONG: "Stripe",
    "sk_" + "test_" + LONG: "Stripe",
    "rk_" + "live_" + LONG: "Stripe",
    "wh" + "sec_" + LONG: "webhook signing secret",
    "gh" + "p_" + LONG[:36]: "GitHub",
    "gh" + "s_" + LONG[:36]: "GitHub",
    "github" + "_pat_" + LONG: "GitHub",
    "gl" + "pat-" + LONG[:20]: "GitLab",
    "xo" + "xb-1234567890-" + LONG[:24]: "Slack",
    "https://hooks.slack" + ".com/services/T0000/B0000/" + LONG[:24]: "Slack",
    "AK" + "IA" + "Z3QWERTYUIOPASDF": "AWS",
    "AS" + "IA" + "Z3QWERTYUIOPASDF": "AWS",
    "S" + "G." + LONG[:22] + "." + LONG: "SendGrid",
    "S" + "K" + HEX * 2: "Twilio",
    "AI" + "za" + LONG[:35]: "Google",
    "sk" + "-proj-" + LONG: "OpenAI",
    "ey" + "JhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0." + LONG: "JSON Web Token",
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE": "private key",
    "postgres://ada:" + "lovelace" + "@db/app": "URL with a password",
    "45395" + "78763621486": "payment card",
    "4539-5787-" + "6362-1486": "payment card",
    "ada" + "@" + "lovelace.dev": "e-mail",
}
COVERS: list[Any] = [
    str,
    lambda text: f"before {text} after",
    lambda text: quote(text, safe=""),
    lambda text: json.dumps({"inside": text}),
]
ENCODED: list[Any] = [
    *COVERS,
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(b"user:" + text.encode()).decode().rstrip("="),
    lambda text: base64.encodebytes(b"x" * 50 + b" " + text.encode()).decode(),
    lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    lambda text: text.encode().hex(),
    lambda text: quote(base64.b64encode(text.encode())),
    lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    lambda text: "".join(f"%{ord(character):02x}" for character in text),
    "\0".join,
]


def found(
    place: dict[str, Any], known: Placeholders = NONE, *allowed: str
) -> list[tuple[str, str]]:
    return [(leak.pointer, leak.kind) for leak in leaks(place, known, allowed)]


@pytest.mark.parametrize("token", TOKENS)
def test_a_token_is_refused_wherever_it_stands_and_is_not_repeated(token: str) -> None:
    covers = COVERS if TOKENS[token] in {"payment card", "e-mail"} else ENCODED
    for cover in covers:
        text = cover(token)
        for content, pointer in (
            ({"response": {"body": {"json": {"a": [{"b": text}]}}}}, "/response/body/json/a/0/b"),
            ({"response": {"body": {"text": text}}}, "/response/body/text"),
            ({"response": {"headers": [f"x-say: {text}"]}}, "/response/headers/0"),
            ({"request": {"query": [f"q={text}"]}}, "/request/query/0"),
            ({"request": {"body": {"form": [f"q={text}"]}}}, "/request/body/form/0"),
            ({"request": {"path": f"/v1/{text}"}}, "/request/path"),
        ):
            places = leaks(content, NONE)
            assert [leak.pointer for leak in places] == [pointer], text
            assert TOKENS[token] in places[0].kind
            assert token not in str(LeakError("tape.json", places))
            assert places[0].remedy


@pytest.mark.parametrize("cover", [*ENCODED, str.upper])
def test_a_secret_of_the_tests_own_is_refused_in_any_encoding_even_where_all_is_allowed(
    cover: Any,
) -> None:
    content = {"response": {"body": {"json": {"note": cover("canary value/7")}}}}
    (leak,) = leaks(content, OWN, ("note", "/"))
    assert "one of the test's own secrets" in leak.kind


@pytest.mark.parametrize(
    "place",
    [
        {"json": {"client_secret": "pi_1_" + LONG}},
        {"json": {"auth_token": HEX * 2}},
        {"json": {"data": {"accessKey": {"SecretAccessKey": LONG + "/"}}}},
        {"text": f"<Key><SecretAccessKey>{LONG}/</SecretAccessKey></Key>"},
        {"text": f"access_token={LONG}&token_type=bearer"},
        {"headers": [f"set-cookie: session={LONG}; Path=/"]},
        {"headers": [f"authorization: Bearer {LONG}"]},
        {"query": [f"X-Amz-Signature={HEX * 4}"]},
    ],
)
def test_what_looks_drawn_by_dice_is_refused_in_a_place_for_secrets(place: dict[str, Any]) -> None:
    assert len(found(place)) == 1


@pytest.mark.parametrize(
    "place",
    [
        {"json": {"id": "cus_" + LONG, "etag": HEX * 2, "NextToken": LONG, "token_type": "bearer"}},
        {"json": {"email": "ada@example.com", "from": "a@b.test", "number": "42" * 8}},
        {"json": {"created": 1_800_000_000_123, "amount": 4_900, "ok": True, "none": None}},
        {"json": {"client_secret": "masked-0123456789ab", "secret": "{{secret:stripe.key}}"}},
        {"headers": ["authorization: Bearer {{secret:stripe.key}}", "date: Sun, 29 Nov 2026"]},
        {"text": "The password is wrong, ask for a new token."},
    ],
)
def test_what_is_no_secret_is_written(place: dict[str, Any]) -> None:
    assert found(place) == []


def test_a_field_is_allowed_by_its_name_or_by_its_place() -> None:
    place = {"json": {"card_token": LONG, "other_token": LONG}}
    assert len(found(place)) == 2
    assert found(place, NONE, "cardToken", "/json/other_token") == []


def test_what_the_provider_makes_gets_the_same_stand_in_wherever_it_stands() -> None:
    heard = Heard("POST", "/", (), b"client_secret=second+secret", 1, 1, 0.0)
    made = {"client_secret": "first secret", "deep": [{"clientSecret": "second secret", "n": "no"}]}
    reply = Reply(200, (("x-token", "third secret"),), json.dumps(made).encode())
    stand_ins = masks([(heard, reply)], ("client_secret", "X-Token"), "tape.json")
    assert sorted(stand_ins) == ["first secret", "second secret", "third secret"]
    hidden = Placeholders({}, stand_ins).hide("it is second secret.")
    assert hidden == f"it is {stand_ins['second secret']}."
    assert masks([(heard, reply)], (), "tape.json") == {}
