"""Facts of calls as records of the standard library's logging."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from bridgewright.adapters.exporters.logs import LOGGER, LogExporter
from bridgewright.cli.records import JsonLines, Lines
from bridgewright.core.model.call import Attempt, Outcome, Phase, Trouble, Verdict
from bridgewright.core.model.fact import BreakerMoved, CallAttempted, CallEnded, ThrottleClosed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.fact import Fact


class Kept(logging.Handler):
    """Keeps records."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Iterator[list[logging.LogRecord]]:
    handler, level = Kept(), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)
    yield handler.records
    LOGGER.removeHandler(handler)
    LOGGER.setLevel(level)


def attempted(attempt: Attempt, **more: str | None) -> CallAttempted:
    return CallAttempted(
        connector="stripe",
        account="stripe",
        operation="charges.create",
        call_id="c1",
        method="POST",
        url="https://api.stripe.com/v1/charges",
        attempt=attempt,
        request_headers=(("authorization", None), ("accept", "a"), ("accept", "b")),
        request_bytes=231,
        response_bytes=None if attempt.status is None else 12,
        **more,  # type: ignore[arg-type]
    )


SUCCESS = Attempt(1, Phase.ANSWERED, Verdict.SUCCESS, 0.25, "success", 200)
RETRIED = Attempt(1, Phase.ANSWERED, Verdict.TRANSIENT, 0.25, "status", 503, wait_s=0.5)
CUT = Attempt(3, Phase.MAYBE_SENT, Verdict.AMBIGUOUS, 0.25, "reset", trouble=Trouble.RESET)


def ended(outcome: Outcome, refused_by: str = "") -> CallEnded:
    return CallEnded(
        "stripe", "acct_1", "charges.create", "c1", outcome, 2, 1.5, 402, "req_1", refused_by
    )


@pytest.mark.parametrize(
    ("fact", "level", "text"),
    [
        (
            attempted(SUCCESS),
            logging.DEBUG,
            (
                "call attempted stripe charges.create attempt 1: success, 200;"
                " POST https://api.stripe.com/v1/charges (231 bytes, 12 bytes) in 0.250 s; call=c1"
            ),
        ),
        (
            attempted(RETRIED, request_body="a=1", response_body="b"),
            logging.WARNING,
            (
                "call attempted stripe charges.create attempt 1: transient, 503 by status;"
                " again in 0.500 s;"
                " POST https://api.stripe.com/v1/charges (231 bytes, 12 bytes) in 0.250 s;"
                " sent a=1; got b; call=c1"
            ),
        ),
        (
            attempted(CUT),
            logging.INFO,
            (
                "call attempted stripe charges.create attempt 3: ambiguous, connection_reset by reset;"
                " POST https://api.stripe.com/v1/charges (231 bytes, no answer) in 0.250 s; call=c1"
            ),
        ),
        (
            ended(Outcome.PROCESSED),
            logging.DEBUG,
            (
                "call ended stripe (acct_1) charges.create: processed after 2 attempts in 1.500 s;"
                " status 402; request req_1; call=c1"
            ),
        ),
        (ended(Outcome.REJECTED), logging.WARNING, "rejected after 2 attempts"),
        (ended(Outcome.UNKNOWN), logging.ERROR, "unknown after 2 attempts"),
        (ended(Outcome.NOT_SENT), logging.ERROR, "not_sent after 2 attempts"),
        (ended(Outcome.NOT_SENT, "breaker"), logging.WARNING, "kept back by breaker"),
        (
            BreakerMoved("stripe", "a", "h", "", "closed", "open", "5 in a row", 5.0),
            logging.WARNING,
            "breaker moved connector=stripe",
        ),
        (ThrottleClosed("stripe", "a", "h", "", 2.0, "retry-after"), logging.WARNING, "for_s=2.0"),
    ],
)
def test_a_fact_of_a_call_has_its_level_and_reads_as_a_sentence(
    kept: list[logging.LogRecord], fact: Fact, level: int, text: str
) -> None:
    LogExporter()(fact)
    (record,) = kept
    assert record.levelno == level
    assert text in record.getMessage()
    assert "\n" not in Lines().format(record)
    assert record.__dict__["fact"] is fact


def test_a_json_line_has_headers_by_name_and_leaves_out_what_is_not_there(
    kept: list[logging.LogRecord],
) -> None:
    LogExporter()(attempted(RETRIED))
    fact = json.loads(JsonLines().format(kept[0]))["fact"]
    assert fact["name"] == "CallAttempted"
    assert fact["request_headers"] == {"authorization": None, "accept": "a, b"}
    assert fact["attempt"]["verdict"] == "transient"
    assert "response_headers" not in fact
    assert "request_body" not in fact
