"""Errors of the whole service as AWS words them, in each of its protocols: botocore reads the code from
the body, and the SDK's retries go by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bridgewright.simulate.aws.operations import signed_for
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Heard

REQUEST = "7a62c49f-347e-4fc4-9331-6e8e00000000"
_CODES = {
    400: "ThrottlingException",
    429: "ThrottlingException",
    500: "InternalFailure",
    501: "NotSimulated",
    503: "ServiceUnavailable",
}
_S3_CODES = _CODES | {429: "SlowDown", 500: "InternalError", 503: "SlowDown"}
_NOT_SIMULATED = "It may be right at AWS; it is not simulated here, and nothing is made up."
_XML = frozenset({"s3", "ses", "sns", "sqs", "sts"})


def refused(status: int) -> Reply:
    """A refusal by a JSON service."""
    code = _CODES.get(status, "InternalFailure")
    body = json.dumps({"__type": code, "message": _message(status)}).encode()
    headers = (
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amzn-errortype", code),
        ("x-amzn-requestid", REQUEST),
    )
    return Reply(status, headers, body)


def refused_to(heard: Heard, status: int) -> Reply:
    """A refusal in the protocol of the request."""
    service = signed_for(heard)
    as_json = heard.header("x-amz-target") is not None or heard.path.startswith("/v2/")
    if service not in _XML or (as_json and service != "s3"):
        return refused(status)
    code = (_S3_CODES if service == "s3" else _CODES).get(status, "InternalFailure")
    told = f"<Code>{code}</Code><Message>{_message(status)}</Message>"
    if service == "s3":
        text = f"<Error>{told}<RequestId>{REQUEST}</RequestId></Error>"
    else:
        error = f"<Error><Type>Receiver</Type>{told}</Error>"
        text = f"<ErrorResponse>{error}<RequestId>{REQUEST}</RequestId></ErrorResponse>"
    declared = f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()
    return Reply(status, (("content-type", "text/xml"), ("x-amzn-requestid", REQUEST)), declared)


def _message(status: int) -> str:
    return _NOT_SIMULATED if status == 501 else "Please try again."  # noqa: PLR2004 - Not Implemented
