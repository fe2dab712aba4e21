"""What AWS answers look like: where an error says its code, and when a 200 is none of AWS's.

Every rule looks at bytes and headers only. A body is looked at, not read in full: its form, its
first words and its last; botocore reads the rest.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.core.model.call import Response

THROTTLES = frozenset(
    "BandwidthLimitExceeded EC2ThrottledException ProvisionedThroughputExceeded"
    " ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled"
    " RequestThrottledException SlowDown ThrottledException Throttling ThrottlingException"
    " ThrottlingError TooManyRequestsException".split()
)
"""Codes that mean "too fast, nothing was done", under any status (400, 429, 503)."""

PASSING = frozenset(
    "PriorRequestNotComplete RequestTimeout RequestTimeoutException"
    " TransactionInProgressException".split()
)
"""Codes of 400 answers to requests that were not carried out, and may be sent again."""

REQUEST_IDS = ("x-amzn-requestid", "x-amz-request-id", "x-amz-id-2")
"""Fields by which AWS names a request, in the order in which its support asks for them."""

A_DAY = re.compile(rb"daily (?:message|sending)? ?quota", re.IGNORECASE)
"""What SES says when the quota of 24 hours is spent; the same code means "too many a second"."""

_LOOKED_AT = 4_096
_CBOR_MAP = 5
"""RFC 8949, section 3.1: the major type of a map."""
_EMPTY_ERRORS = {
    "ec2": b"<Response><Errors><Error><Code>CODE</Code></Error></Errors></Response>",
    "query": b"<ErrorResponse><Error><Code>CODE</Code></Error></ErrorResponse>",
    "smithy-rpc-v2-cbor": b"\xa0",
}
_JSON_CODE = re.compile(rb'"(?:__type|code|Code)"\s*:\s*"([^"\\]{1,200})"')
_XML_CODE = re.compile(rb"<Code>([^<]{1,200})</Code>")
_CBOR_CODE = re.compile(rb"__type[\x60-\x7b]?(?:\x78.)?([A-Za-z0-9_.#]{1,200})", re.DOTALL)
_NAMESPACE = re.compile(r"[#/]")
_ROOT = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?(?:<\?xml[^>]*\?>\s*)?(?:<!--.*?-->\s*)*<([A-Za-z_][\w.:-]*)([^>]*)>",
    re.DOTALL,
)


def code_of(response: Response) -> str | None:
    """The code in an error answer, without its namespace; None when it names none."""
    head = response.body[:_LOOKED_AT]
    named = response.header("x-amzn-errortype")
    if named is None:
        patterns = (_XML_CODE,) if head.lstrip()[:1] == b"<" else (_JSON_CODE, _CBOR_CODE)
        found = next((hit for each in patterns if (hit := each.search(head))), None)
        if found is None:
            return None
        named = found[1].decode("ascii", "replace")
    return _NAMESPACE.split(named.partition(":")[0])[-1][:100] or None


def throttles(response: Response) -> bool:
    """Whether an error answer means "too fast"."""
    return code_of(response) in THROTTLES


def should_retry(response: Response) -> bool | None:
    """True where the code says that nothing was done, whatever the status; None otherwise."""
    code = code_of(response)
    return True if code in THROTTLES or code in PASSING else None


def quota_is_spent(response: Response) -> bool:
    """Whether SES says that the mails of 24 hours are sent."""
    return A_DAY.search(response.body[:_LOOKED_AT]) is not None


def is_hidden_error(response: Response) -> bool:
    """Whether a 200 of S3 carries an error: it answers before a copy is done, and may fail after."""
    return response.status == 200 and _root(response.body) == b"Error"  # noqa: PLR2004 - as S3 does it


def readable(response: Response, protocol: str) -> Response:
    """An error answer that botocore can parse, and whose exception repeats nothing foreign: a body
    that is none of the protocol's (a proxy's page) becomes an empty error."""
    body = response.body
    if response.status < 300 or response.stream is not None or not body:  # noqa: PLR2004 - a success
        return response
    if protocol == "smithy-rpc-v2-cbor":
        fits = body[0] >> 5 == _CBOR_MAP
    elif protocol in ("json", "rest-json"):
        fits = body.lstrip()[:1] == b"{"
    else:
        fits = (_root(body) or b"html").lower() != b"html"
    if fits:
        return response
    empty = _EMPTY_ERRORS.get(protocol, b"").replace(b"CODE", str(response.status).encode())
    return replace(response, body=empty)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a good answer to an operation looks like.

    `protocol` is botocore's word for it. `members` are the names that may stand in the body, and
    `needed` those of which one must; `headers` are those of which one must be there. `free` says that
    the body is the user's own (an object, a stream) and may be anything.
    """

    protocol: str
    members: frozenset[str] = frozenset()
    needed: tuple[str, ...] = ()
    headers: tuple[str, ...] = field(default=())
    free: bool = False

    def __call__(self, response: Response) -> str | None:
        """What is wrong with a 2xx answer; None when it is one of this operation."""
        if self.headers and not any(response.header(name) for name in self.headers):
            return f"none of the headers {', '.join(self.headers)} is there"
        if self.free:
            vouched = self.headers or _vouched(response)
            return None if vouched else "no request id of AWS is there"
        return _FORMS.get(self.protocol, _json_form)(self, response)


def _vouched(response: Response) -> bool:
    """Whether AWS names the request: nobody else who answers with nothing does."""
    return any(response.header(name) for name in REQUEST_IDS)


def _json_form(expected: Expected, response: Response) -> str | None:
    body = response.body.strip()
    if not body:
        if expected.needed:
            return "an empty body"
        return None if _vouched(response) else "an empty body, and no request id of AWS"
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return "the body is not JSON"
    if not isinstance(found, dict):
        return None if not expected.members else "the body is not a JSON object"
    return _names(expected, frozenset(name for name in found if not name.startswith("__")))


def _names(expected: Expected, found: frozenset[str]) -> str | None:
    if expected.needed and found.isdisjoint(expected.needed):
        return f"{' or '.join(expected.needed)} is missing"
    if found and expected.members and found.isdisjoint(expected.members):
        return "none of its members is one of this operation's"
    return None


def _query_form(expected: Expected, response: Response) -> str | None:
    root = _root(response.body)
    if root is None:
        return "the body is not XML"
    if not root.endswith(b"Response"):
        return "the XML is not a response of this API"
    return _tags(expected, response.body)


def _rest_xml_form(expected: Expected, response: Response) -> str | None:
    if not response.body.strip():
        return "an empty body" if expected.needed else None
    root = _root(response.body)
    if root is None:
        return "the body is not XML"
    if root.lower() == b"html":
        return "the body is HTML"
    return _tags(expected, response.body)


def _tags(expected: Expected, body: bytes) -> str | None:
    if expected.needed and not any(f"<{name}".encode() in body for name in expected.needed):
        return f"{' or '.join(expected.needed)} is missing"
    return None


def _cbor_form(expected: Expected, response: Response) -> str | None:
    if response.header("smithy-protocol") != "rpc-v2-cbor":
        return "the header smithy-protocol is not there"
    if not response.body:
        return "an empty body" if expected.members else None
    if response.body[0] >> 5 != _CBOR_MAP:
        return "the body is not a CBOR map"
    needed = expected.needed
    if needed and not any(name.encode() in response.body for name in needed):
        return f"{' or '.join(needed)} is missing"
    return None


def _root(body: bytes) -> bytes | None:
    """The name of an XML document's outermost element, which must also be the last that closes."""
    opened = _ROOT.match(body[:_LOOKED_AT])
    if opened is None:
        return None
    name = opened[1]
    tail = body[-_LOOKED_AT:].rstrip()
    if opened[2].endswith(b"/") or tail.endswith(b"</" + name + b">"):
        return name.rpartition(b":")[2]
    return None


_FORMS = {
    "ec2": _query_form,
    "json": _json_form,
    "query": _query_form,
    "rest-json": _json_form,
    "rest-xml": _rest_xml_form,
    "smithy-rpc-v2-cbor": _cbor_form,
}
