"""Twilio as the engine needs to know it. Pure; sources and dates: README.md."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.connectors.twilio.resources import named, segments
from bridgewright.core.model.call import Operation, Safety
from bridgewright.core.model.inbound import Answer, WebhookProfile
from bridgewright.core.policy.profile import CallProfile

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Request, Response

_BY_METHOD = {
    "GET": Safety.SAFE,
    "HEAD": Safety.SAFE,
    "PUT": Safety.IDEMPOTENT,
    "DELETE": Safety.IDEMPOTENT,
}
_WITH_SID = frozenset({"calls.create", "messages.create", "services.verifications.create"})
_REST = "2010-04-01"
_MESSAGE_UPDATE = 4
_NO_CONTENT, _ACCEPTED = 204, 202
_TOO_MANY_REQUESTS, _TOO_MANY = 429, "20429"
_OF_ONE_PERSON = frozenset({"60202", "60203", "60212", "60308"})
_ERROR_BYTES = 65_536


def classify(request: Request) -> Operation:
    """The operation of a request, by its method and path, and what sending it twice would do.

    Twilio knows no idempotency key, so a POST is UNSAFE: a message sent twice is read twice, a call
    updated twice plays twice. One is not: updating a Message only redacts or cancels it.
    """
    method, parts = request.method.upper(), urlsplit(request.url)
    name = named(method, parts.path)
    safety = _BY_METHOD.get(method, Safety.UNSAFE)
    if name == "messages.update" and _of_the_rest_api(parts.path):
        safety = Safety.IDEMPOTENT
    empty = method == "DELETE" or (safety is not Safety.SAFE and f"/{_REST}/" not in parts.path)
    return Operation(
        name,
        safety,
        group=product(parts.hostname or ""),
        accepts=_shape(empty=empty, with_sid=name in _WITH_SID),
    )


def product(host: str) -> str:
    """What of Twilio a host serves: `api`, `verify`, `lookups`; each fails and is limited apart."""
    return host.partition(".")[0] if host.endswith(".twilio.com") else ""


def error_code(response: Response) -> str | None:
    """Twilio's number for an error (`20429`, `21211`), from either of its two forms of body."""
    if len(response.body) > _ERROR_BYTES:
        return None
    code = (_object(response.body) or {}).get("code")
    return str(code) if isinstance(code, int) and not isinstance(code, bool) else None


def throttles(response: Response) -> bool:
    """Whether an error says "too fast" of the account.

    Verify answers 429 also when one person had too many tries. That is a refusal, which no wait
    inside a call's deadline mends, and which concerns nobody else's calls.
    """
    code = error_code(response)
    if response.status == _TOO_MANY_REQUESTS:
        return code not in _OF_ONE_PERSON
    return code == _TOO_MANY


def _of_the_rest_api(path: str) -> bool:
    found = segments(path)
    return f"/{_REST}/" in path and len(found) == _MESSAGE_UPDATE and found[2] == "Messages"


@cache  # four shapes in all
def _shape(*, empty: bool, with_sid: bool) -> Callable[[Response], str | None]:
    """What a success looks like: a JSON object, named by a SID where something was made; or nothing
    at all, where `empty` says that there may be nothing to tell."""

    def accepts(response: Response) -> str | None:
        if empty and not response.body and response.status in (_NO_CONTENT, _ACCEPTED):
            return None
        kind = response.header("content-type") or ""
        if "json" not in kind.lower():
            return "its content is not JSON"
        found = _object(response.body)
        if found is None:
            return "its body is no JSON object"
        if with_sid and not isinstance(found.get("sid"), str):
            return "it names no SID"
        return None

    return accepts


def _object(body: bytes) -> dict[str, object] | None:
    """The JSON object that a body holds, if it holds one."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


PROFILE = CallProfile(
    provider="twilio",
    base_url="https://api.twilio.com",
    classify=classify,
    throttles=throttles,
    unprocessed=frozenset(),  # 429 is, unless it is about one person: `throttles` tells them apart
    error_code=error_code,
    request_id_headers=("twilio-request-id",),
    log_headers=frozenset(
        {
            "twilio-concurrent-requests",
            "twilio-request-duration",
            "twilio-request-id",
            "x-home-region",
            "x-twilio-client",
        }
    ),
    secret_fields=frozenset(
        {"authtoken", "auth_token", "client_secret", "code", "password", "secret"}
    ),
)
"""Twilio publishes no number of requests a second, and none of concurrent ones: it answers 429 when an
account runs too many at once. So no quota is assumed; the engine's own 50 at once in one process keep
one process from taking an account's whole concurrency."""

PACKAGES = ("twilio",)
"""The packages of the SDK."""

WEBHOOK_PROFILE = WebhookProfile(
    accepted=Answer(
        200, b'<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8"
    ),
    rejected=Answer(403),
    deadline_s=15.0,
)
"""The answer is what Twilio does next: an empty `<Response/>` is nothing. 403 is what its own
libraries answer to a wrong signature. No maximum size is published."""
