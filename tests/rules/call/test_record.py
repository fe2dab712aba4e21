"""What is told of a call: everything that happened, and nothing that must not leave."""

from __future__ import annotations

import threading
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import (
    Operation,
    Outcome,
    Phase,
    Request,
    Response,
    Safety,
    Trouble,
    Verdict,
)
from bridgewright.core.model.fact import CallAttempted, CallEnded, Fact
from bridgewright.core.model.secret import Secret
from bridgewright.core.policy.profile import CallProfile
from bridgewright.core.redact.redaction import redaction
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.record import BUSY
from bridgewright.engine.drive.calling import Timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Limits

KEY = "key-that-no-pattern-knows"
URL = f"https://api.example.com/v1/charges?limit=3&api_key={KEY}"
HEADERS = (
    ("authorization", f"Bearer {KEY}"),
    ("content-type", "application/json"),
    ("x-region", "eu"),
    ("idempotency-key", "order-17"),
)
BODY = b'{"email":"jane@example.com","card":{"number":"4242424242424242"},"amount":17}'
REFUSAL = Response(
    503,
    (("request-id", f"req_{KEY}"), ("set-cookie", "a=b"), ("content-type", "application/json")),
    b'{"error":"no such customer jane@example.com","echo":"' + KEY.encode() + b'"}',
)
DONE = Response(
    200, (("request-id", "req_2"), ("content-type", "application/json")), b'{"ok":true}'
)
PROFILE = CallProfile(
    "acme",
    "https://api.example.com",
    lambda _: Operation("charges.create", Safety.IDEMPOTENT),
    log_headers=frozenset({"x-region", "authorization"}),
)


class Script:
    """A transport whose answers are written beforehand."""

    def __init__(self, *answers: Response | TransportError) -> None:
        self._answers = list(answers)

    def send(self, request: Request, limits: Limits) -> Response:
        answer = self._answers.pop(0)
        if isinstance(answer, TransportError):
            raise answer
        return answer

    def close(self) -> None:
        """Nothing is open."""


def told(
    *answers: Response | TransportError,
    bodies: bool = False,
    observer: Callable[[Fact], None] | None = None,
) -> list[Fact]:
    """The facts of one call."""
    facts: list[Fact] = []
    ticks = count(0, 1_000_000)
    caller = Caller(
        PROFILE,
        transport=Script(*answers),
        observer=observer or facts.append,
        redaction=redaction(b"k", (), [Secret(KEY)]),
        bodies=bodies,
        timing=Timing(ticks=lambda: next(ticks), sleep=lambda _: None),
    )
    caller.call(Request("POST", URL, HEADERS, BODY))
    caller.finish_telling()
    return facts


def test_each_attempt_is_told_and_then_the_end_under_one_id() -> None:
    first, second, end = told(REFUSAL, DONE)
    assert isinstance(first, CallAttempted)
    assert isinstance(second, CallAttempted)
    assert isinstance(end, CallEnded)
    assert first.attempt.verdict is Verdict.TRANSIENT
    assert first.attempt.wait_s is not None
    assert (second.attempt.number, second.attempt.verdict) == (2, Verdict.SUCCESS)
    assert end.outcome is Outcome.PROCESSED
    assert end.attempts == 2
    assert first.call_id == second.call_id == end.call_id != ""


def test_an_attempt_tells_method_url_headers_and_sizes_without_secrets() -> None:
    first = told(REFUSAL, DONE)[0]
    assert isinstance(first, CallAttempted)
    assert first.method == "POST"
    assert first.url == "https://api.example.com/v1/charges?limit=3&api_key=REDACTED"
    assert first.request_headers == (
        ("authorization", None),
        ("content-type", "application/json"),
        ("x-region", "eu"),
        ("idempotency-key", None),
    )
    assert first.request_bytes == len(BODY)
    assert first.response_bytes == len(REFUSAL.body)
    assert first.response_headers[0] == ("request-id", "req_****")
    assert first.response_headers[1] == ("set-cookie", None)
    assert first.request_body is first.response_body is None


def test_bodies_are_told_when_asked_for_cut_and_redacted() -> None:
    facts = told(REFUSAL, DONE, bodies=True)
    attempt = next(fact for fact in facts if isinstance(fact, CallAttempted))
    assert attempt.request_body is not None
    assert attempt.request_body.endswith('"card":{"number":"****"},"amount":17}')
    assert attempt.response_body is not None
    assert attempt.response_body.endswith('"echo":"****"}')


def test_no_fact_holds_a_secret_or_personal_data() -> None:
    trouble = TransportError(Phase.MAYBE_SENT, Trouble.RESET)
    for answers in ((DONE,), (REFUSAL, REFUSAL, REFUSAL), (trouble, trouble, trouble)):
        for bodies in (False, True):
            text = repr([asdict(fact) for fact in told(*answers, bodies=bodies)])
            for canary in (KEY, "jane@example.com", "4242424242424242"):
                assert canary not in text


def test_bodies_that_come_quicker_than_they_are_redacted_are_withheld_and_nobody_waits() -> None:
    facts: list[Fact] = []
    hold = threading.Event()

    def slow(fact: Fact) -> None:
        facts.append(fact)
        if threading.current_thread() is not threading.main_thread():
            hold.wait(10)

    ticks = count(0, 1_000_000)
    caller = Caller(
        PROFILE,
        transport=Script(*[DONE] * 200),
        observer=slow,
        bodies=True,
        timing=Timing(ticks=lambda: next(ticks), sleep=lambda _: None),
    )
    for _ in range(200):
        caller.call(Request("POST", URL, HEADERS, BODY))
    attempts = [fact for fact in facts if isinstance(fact, CallAttempted)]
    assert attempts[-1].request_body == BUSY
    hold.set()
    caller.finish_telling()
    assert sum(isinstance(fact, CallAttempted) for fact in facts) == 200


def test_a_body_that_is_a_stream_or_too_large_is_not_kept() -> None:
    large = Response(200, (("content-type", "text/plain"),), b"x" * 300_000)
    attempt = next(fact for fact in told(large, bodies=True) if isinstance(fact, CallAttempted))
    assert attempt.response_body == "withheld: too large, 300000 bytes"
