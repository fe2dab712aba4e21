"""What the engine is told of Twilio."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.twilio.profile import PROFILE, classify, error_code, throttles
from bridgewright.connectors.twilio.resources import named, shown
from bridgewright.core.model.call import Request, Response, Safety

AC, SM, CA = "AC" + "0f" * 16, "SM" + "1e" * 16, "CA" + "2d" * 16
REST = f"https://api.twilio.com/2010-04-01/Accounts/{AC}"
JSON = (("content-type", "application/json;charset=utf-8"),)

OPERATIONS = [
    ("POST", f"{REST}/Messages.json", "messages.create", Safety.UNSAFE, "api"),
    ("GET", f"{REST}/Messages.json?To=%2B1500", "messages.list", Safety.SAFE, "api"),
    ("GET", f"{REST}/Messages/{SM}.json", "messages.fetch", Safety.SAFE, "api"),
    ("POST", f"{REST}/Messages/{SM}.json", "messages.update", Safety.IDEMPOTENT, "api"),
    ("DELETE", f"{REST}/Messages/{SM}.json", "messages.delete", Safety.IDEMPOTENT, "api"),
    ("POST", f"{REST}/Calls/{CA}.json", "calls.update", Safety.UNSAFE, "api"),
    ("GET", f"{REST}/Balance.json", "balance.fetch", Safety.SAFE, "api"),
    ("GET", f"{REST}.json", "accounts.fetch", Safety.SAFE, "api"),
    (
        "POST",
        f"https://conversations.twilio.com/v1/Conversations/CH1/Messages/{SM}",
        "conversations.messages.update",
        Safety.UNSAFE,
        "conversations",
    ),
    (
        "POST",
        "https://verify.twilio.com/v2/Services/VA1/VerificationCheck",
        "services.verification_check.create",
        Safety.UNSAFE,
        "verify",
    ),
    (
        "GET",
        "https://lookups.dublin.ie1.twilio.com/v2/PhoneNumbers/+15005550006",
        "phone_numbers.fetch",
        Safety.SAFE,
        "lookups",
    ),
    (
        "PUT",
        "https://content.twilio.com/v1/Content/HX1",
        "content.update",
        Safety.IDEMPOTENT,
        "content",
    ),
    (
        "PATCH",
        "https://preview-iam.twilio.com/Organizations/OR1/scim/Users/U1",
        "scim.users.patch",
        Safety.UNSAFE,
        "preview-iam",
    ),
    (
        "POST",
        "http://127.0.0.1:9/2010-04-01/Accounts/x/Calls.json",
        "calls.create",
        Safety.UNSAFE,
        "",
    ),
]


@pytest.mark.parametrize(("method", "url", "name", "safety", "group"), OPERATIONS)
def test_a_request_is_known_by_its_method_and_path(
    method: str, url: str, name: str, safety: Safety, group: str
) -> None:
    operation = classify(Request(method, url))
    assert (operation.name, operation.safety, operation.group) == (name, safety, group)


@given(st.sampled_from(["GET", "POST", "DELETE"]), st.lists(st.text(max_size=20), max_size=6))
def test_names_and_shown_paths_hold_nothing_that_is_somebodys(
    method: str, segments: list[str]
) -> None:
    path = "/".join(("", "v1", "Services", *(f"+49171{each}" for each in segments)))
    assert "+49171" not in named(method, path)
    assert "+49171" not in shown(path)


def test_a_shown_path_keeps_what_helps_to_find_the_request() -> None:
    path = f"/2010-04-01/Accounts/{AC}/Messages/{SM}.json"
    assert shown(path) == path
    assert shown("/v2/PhoneNumbers/+15005550006") == "/v2/PhoneNumbers/****"


@pytest.mark.parametrize(
    ("method", "url", "status", "body", "right"),
    [
        ("POST", f"{REST}/Messages.json", 201, b'{"sid": "SM1"}', True),
        ("POST", f"{REST}/Messages.json", 201, b'{"sid": null}', False),
        ("POST", f"{REST}/Messages.json", 204, b"", False),
        ("POST", f"{REST}/Tokens.json", 201, b'{"ice_servers": []}', True),
        ("GET", f"{REST}/Messages.json", 200, b'{"messages": []}', True),
        ("GET", f"{REST}/Messages.json", 200, b"[]", False),
        ("GET", f"{REST}/Messages.json", 200, b"", False),
        ("GET", f"{REST}/Messages.json", 200, b"[" * 100_000, False),
        ("DELETE", f"{REST}/Messages/{SM}.json", 204, b"", True),
        ("DELETE", f"{REST}/Messages/{SM}.json", 200, b"", False),
        ("DELETE", "https://memory.twilio.com/v1/Stores/x", 202, b'{"statusUrl": "x"}', True),
        ("POST", "https://messaging.twilio.com/v2/Indicators/Typing", 202, b"", True),
        ("GET", "https://verify.twilio.com/v2/Services", 204, b"", False),
    ],
)
def test_a_success_has_the_shape_that_its_operation_promises(
    method: str, url: str, status: int, body: bytes, *, right: bool
) -> None:
    accepts = classify(Request(method, url)).accepts
    assert accepts is not None
    assert (accepts(Response(status, JSON, body)) is None) is right
    if body:
        html = (("content-type", "text/html"),)
        assert accepts(Response(status, html, body)) is not None
        assert accepts(Response(status, (), body)) is not None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"code": 20429, "message": "Too Many Requests", "status": 429}', "20429"),
        (b'{"type": "u", "title": "t", "status": 400, "code": 20001}', "20001"),
        (b'{"code": true}', None),
        (b'{"code": "20429"}', None),
        (b'{"code": 20429, "pad": "' + b"x" * 70_000 + b'"}', None),
        (b"[1]", None),
        (b"", None),
    ],
)
def test_the_code_of_an_error_is_read_from_either_of_its_forms(
    body: bytes, code: str | None
) -> None:
    assert error_code(Response(400, JSON, body)) == code


@given(st.binary(max_size=200))
def test_whatever_an_error_says_reading_its_code_never_raises(body: bytes) -> None:
    found = error_code(Response(400, (), body))
    assert found is None or found == str(json.loads(body)["code"])


@pytest.mark.parametrize(
    ("status", "body", "throttled"),
    [
        (429, b'{"code": 20429}', True),
        (429, b"", True),
        (429, b"<html>", True),
        (403, b'{"code": 20429}', True),
        (403, b'{"code": 20403}', False),
        (429, b'{"code": 60203}', False),
        (429, b'{"code": 60202}', False),
    ],
)
def test_too_fast_is_said_of_the_account_and_not_of_one_persons_tries(
    status: int, body: bytes, *, throttled: bool
) -> None:
    assert throttles(Response(status, JSON, body)) is throttled


def test_there_is_no_idempotency_key_and_no_status_that_is_always_unprocessed() -> None:
    assert PROFILE.idempotency is None
    assert PROFILE.unprocessed == frozenset()
