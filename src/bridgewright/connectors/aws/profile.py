"""AWS as the engine needs to know it. Sources: README.md."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.connectors.aws import answers
from bridgewright.core.model.call import Operation, Response, Safety
from bridgewright.core.policy.numbers import BreakerNumbers, CallNumbers
from bridgewright.core.policy.profile import CallProfile
from bridgewright.core.timing.pushback import Form, PushbackRule

if TYPE_CHECKING:
    from bridgewright.core.model.call import Request

PACKAGES = ("boto3", "botocore", "s3transfer")
"""Where the SDK's objects and exceptions come from."""

QUOTA_SPENT_FOR_S = 3_600
"""How long mails stay away when SES says that the quota of 24 hours is spent: it counts a sliding
window, so some of it comes back within the hour, none of it within seconds."""

ERROR_IN_A_200 = 500
"""What a 200 of S3 that carries an error counts as: the status that botocore gives it, too."""


def classify(request: Request) -> Operation:
    """A request that comes without its operation: unsafe, but for reads by HTTP's own word."""
    target = (request.header("x-amz-target") or "").rpartition(".")[2]
    reads = request.method in ("GET", "HEAD")
    return Operation(target or request.method, Safety.SAFE if reads else Safety.UNSAFE)


def understood(response: Response, service: str) -> Response:
    """An answer as the engine can read it: what AWS hides in a body, said as HTTP says it."""
    if service == "s3" and response.stream is None and answers.is_hidden_error(response):
        return replace(response, status=ERROR_IN_A_200)
    if service in ("ses", "sesv2") and response.status >= 400 and answers.quota_is_spent(response):  # noqa: PLR2004 - an error
        wait = ("retry-after", str(QUOTA_SPENT_FOR_S))
        return replace(response, headers=(wait, *response.headers))
    return response


NUMBERS = CallNumbers(
    deadline_s=120.0,
    attempt_s=60.0,
    idle_s=30.0,
    breaker=BreakerNumbers(window_s=60.0, slow_s=30.0),
)
"""Longer than other providers': a long poll of SQS is silent for up to 20 s and neither slow nor
dead, and an attempt may carry a part of 8 MiB uphill. botocore's own are 60 s a receive, without
any end."""

PROFILE = CallProfile(
    provider="aws",
    base_url="",
    classify=classify,
    numbers=NUMBERS,
    throttles=answers.throttles,
    should_retry=answers.should_retry,
    error_code=answers.code_of,
    pushback=(PushbackRule("x-amz-retry-after", Form.MILLISECONDS),),
    request_id_headers=answers.REQUEST_IDS,
    log_headers=frozenset(
        {
            "x-amz-bucket-region",
            "x-amz-retry-after",
            "x-amz-target",
            "x-amzn-errortype",
            "x-amzn-requestid",
            "x-amz-request-id",
        }
    ),
    secret_fields=frozenset(
        {
            "Plaintext",
            "SecretAccessKey",
            "SecretBinary",
            "SecretString",
            "SessionToken",
        }
    ),
)
