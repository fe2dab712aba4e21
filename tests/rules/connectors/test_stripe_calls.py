"""What the Stripe connector knows of outgoing calls."""

from __future__ import annotations

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.connectors.stripe.paths import NOUNS, SINGLE, VERBS, named
from bridgewright.connectors.stripe.profile import CALL_PROFILE, classify, minted_by_sdk
from bridgewright.core.model.call import Outcome, Request, Response, Safety, Verdict
from bridgewright.core.model.moment import Moment
from bridgewright.core.policy.verdict import Judgement, judge_answer

API = "https://api.stripe.com"
KEY = ("idempotency-key", "order-17")
PAYMENT = b'{"id": "pi_1", "object": "payment_intent"}'


def asked(method: str, path: str, *headers: tuple[str, str], streamed: bool = False) -> Request:
    return Request(method, API + path, headers, streamed=streamed)


def judged(response: Response, request: Request | None = None) -> Judgement:
    operation = classify(request or asked("POST", "/v1/payment_intents", KEY))
    return judge_answer(response, operation, operation.safety, CALL_PROFILE, Moment(0))


def error(status: int, headers: tuple[tuple[str, str], ...] = (), **content: str) -> Response:
    return Response(status, headers, json.dumps({"error": content}).encode())


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/payment_intents", "payment_intents.create"),
        ("POST", "/v1/payment_intents/pi_3Nx/confirm", "payment_intents.confirm"),
        ("POST", "/v1/payment_intents/pi_3Nx", "payment_intents.update"),
        ("GET", "/v1/payment_intents/pi_3Nx", "payment_intents.retrieve"),
        ("GET", "/v1/customers", "customers.list"),
        ("GET", "/v1/customers/search", "customers.search"),
        ("GET", "/v1/balance", "balance.retrieve"),
        ("POST", "/v1/checkout/sessions/cs_test_a1/expire", "checkout.sessions.expire"),
        ("DELETE", "/v1/coupons/SUMMER-jo@example.com", "coupons.delete"),
        ("POST", "/v1/tax/settings", "tax.settings.update"),
        ("GET", "/v1/customers/cus_1/sources/card_1", "customers.sources.retrieve"),
        ("POST", "/v2/billing/meter_events", "billing.meter_events.create"),
        ("POST", "/oauth/token", "oauth.token"),
        ("GET", "/", "retrieve"),
        ("POST", "/v1/never_heard_of", "update"),
    ],
)
def test_an_operation_is_called_as_the_sdk_calls_it(method: str, path: str, name: str) -> None:
    assert classify(asked(method, path)).name == name


@pytest.mark.slow
@given(st.sampled_from(["GET", "POST", "DELETE"]), st.text(max_size=60))
def test_no_text_of_anybodys_gets_into_a_name(method: str, path: str) -> None:
    words = set(named(method, path).split("."))
    done = {"create", "update", "delete", "list", "retrieve"}
    assert words <= NOUNS | VERBS | SINGLE | done
    assert len(named(method, f"/v1/{path}").split(".")) <= 6


@pytest.mark.parametrize(
    ("request_", "safety"),
    [
        (asked("GET", "/v1/charges"), Safety.SAFE),
        (asked("POST", "/v1/charges"), Safety.KEYED),
        (asked("POST", "/v1/files"), Safety.KEYED),
        (asked("DELETE", "/v1/customers/cus_1"), Safety.IDEMPOTENT),
        (asked("DELETE", "/v2/core/event_destinations/ed_1", KEY), Safety.KEYED),
        (asked("POST", "/oauth/token", KEY), Safety.UNSAFE),
    ],
)
def test_a_write_is_safe_to_repeat_by_its_key_and_oauth_is_not(
    request_: Request, safety: Safety
) -> None:
    assert classify(request_).safety is safety


def test_a_sandbox_a_search_and_files_have_limits_of_their_own() -> None:
    live = ("authorization", "Bearer sk_live_1")
    sandbox = ("authorization", "Bearer rk_test_1")
    assert classify(asked("POST", "/v1/charges", live)).group == ""
    assert classify(asked("GET", "/v1/charges/search", live)).group == "search"
    assert classify(asked("POST", "/v1/files", live)).group == "files"
    assert classify(asked("GET", "/v1/files/f_1/contents", sandbox)).group == "sandbox files"
    assert classify(asked("POST", "/v1/charges", sandbox)).group == "sandbox"
    elsewhere = Request("POST", "http://127.0.0.1:4010/v1/charges", (sandbox,))
    assert classify(elsewhere).group == ""
    limits = {group: [each.limit for each in kept] for group, kept in CALL_PROFILE.quotas.items()}
    assert limits == {
        "": [100],
        "search": [20],
        "files": [20],
        "sandbox": [25],
        "sandbox search": [20],
        "sandbox files": [20],
    }


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"id": "pi_1"', b"[]", b"{}", b"null", b'{"object": 1}', b"[" * 9999]
)
def test_a_success_that_is_no_object_of_stripes_is_none(body: bytes) -> None:
    found = judged(Response(200, (), body))
    assert not found.honest
    assert (found.verdict, found.again) == (Verdict.TRANSIENT, True)
    assert judged(Response(200, (), PAYMENT)).verdict is Verdict.SUCCESS


def test_api_v2_and_oauth_answer_with_any_object_and_files_with_no_page() -> None:
    stream = asked("POST", "/v2/billing/meter_event_stream", KEY)
    assert judged(Response(200, (), b"{}"), stream).verdict is Verdict.SUCCESS
    assert judged(Response(200, (), b"[]"), stream).verdict is Verdict.TRANSIENT
    token = asked("POST", "/oauth/token")
    assert judged(Response(200, (), b'{"access_token": "x"}'), token).verdict is Verdict.SUCCESS
    assert judged(Response(200, (), b"<html>"), token).verdict is Verdict.AMBIGUOUS
    pdf = asked("GET", "/v1/quotes/qt_1/pdf", streamed=True)
    kind = "content-type"
    assert judged(Response(200, ((kind, "application/pdf"),)), pdf).verdict is Verdict.SUCCESS
    page = Response(200, ((kind, "Text/HTML; charset=utf-8"),))
    assert judged(page, pdf).verdict is Verdict.TRANSIENT


def test_an_account_that_is_too_fast_is_throttled() -> None:
    for answer in (
        error(429, code="rate_limit"),
        error(400, code="rate_limit"),
        error(429, (("stripe-rate-limited-reason", "global-rate"),), code="rate_limit"),
        Response(429, (), b"<html>slow down</html>"),
    ):
        assert judged(answer).verdict is Verdict.THROTTLED


def test_a_lock_on_one_object_is_waited_for_and_stops_nobody_else() -> None:
    for answer in (
        error(429, code="lock_timeout"),
        error(429, (("stripe-rate-limited-reason", "resource-specific"),), code="rate_limit"),
        error(409, code="idempotency_key_in_use"),
    ):
        found = judged(answer)
        assert (found.verdict, found.again) == (Verdict.TRANSIENT, True)


def test_stripes_own_word_is_heeded_both_ways() -> None:
    says = "stripe-should-retry"
    assert not judged(error(500, ((says, "false"),))).again
    assert not judged(error(409, ((says, "false"),))).again
    assert judged(error(402, ((says, "true"),), code="card_declined")).again
    assert judged(error(500)).again
    assert judged(error(500, ((says, "perhaps"),))).again


def test_a_replayed_failure_is_not_asked_for_again() -> None:
    found = judged(error(500, (("idempotent-replayed", "true"),)))
    assert (found.again, found.outcome) == (False, Outcome.UNKNOWN)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"error": {"code": "card_declined", "decline_code": "stolen_card"}}, "stolen_card"),
        ({"error": {"code": "resource_missing", "type": "x"}}, "resource_missing"),
        ({"error": {"type": "api_error"}}, "api_error"),
        ({"error": {"type": "api_error", "code": "Jo's card 4242"}}, "api_error"),
        ({"error": "invalid_grant"}, "invalid_grant"),
        ({"error": ["x"]}, None),
        ({"error": {}}, None),
        ([], None),
    ],
)
def test_the_reason_is_a_code_and_never_a_text(body: object, code: str | None) -> None:
    assert CALL_PROFILE.error_code(Response(402, (), json.dumps(body).encode())) == code


def test_a_key_that_the_sdk_made_up_is_told_from_a_chosen_one() -> None:
    assert minted_by_sdk("0f0f0f0f-1a1a-2b2b-3c3c-4d4d4d4d4d4d")
    assert minted_by_sdk(str(uuid.UUID(int=7)))
    assert not minted_by_sdk("order-17")
    assert not minted_by_sdk("0f0f0f0f-1a1a-2b2b-3c3c-4d4d4d4d4d4d-again")
