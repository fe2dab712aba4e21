"""What GitHub takes and gives, in both directions. Sources: README.md."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.connectors.github.paths import named, words
from bridgewright.core.model.call import Operation, Safety
from bridgewright.core.model.inbound import WebhookProfile
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.policy.profile import CallProfile
from bridgewright.core.timing.pushback import Form, PushbackRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Request, Response

WEBHOOK_PROFILE = WebhookProfile(max_body_bytes=25 * 1_048_576, deadline_s=10.0)
"""GitHub caps payloads at 25 MB and delivers nothing for a larger one. Any 2xx is success; nothing
is sent again by itself."""

PACKAGES = ("githubkit", "githubkit_schemas")

_WRITE_POINTS = 5
_BY_METHOD = {
    "GET": Safety.SAFE,
    "HEAD": Safety.SAFE,
    "OPTIONS": Safety.SAFE,
    "PUT": Safety.IDEMPOTENT,
    "DELETE": Safety.IDEMPOTENT,
}
_SETS_FIELDS = frozenset(
    {"comments", "issues", "labels", "milestones", "pulls", "releases", "repos"}
)
"""What PATCH gives the values it is sent, whatever they were: twice is once."""
_CONTENT = frozenset(
    """
    collaborators comments discussions invitations issues merge pulls releases replies
    requested_reviewers reviews sub_issues
    """.split()
)
"""What people are told of when it is made: it counts as creating content."""
_PLAIN = frozenset({"markdown", "octocat", "raw", "zen"})
"""The last words of paths that answer with text, whatever is asked for."""
_QUERY = re.compile(r"(?:[\s,\ufeff]|#[^\n\r]*)*(?:\{|query\b|fragment\b)")
_WRITES = re.compile(r"\b(?:mutation|subscription)\b")
_LIMITED = frozenset({"RATE_LIMIT", "RATE_LIMITED"})
_SECONDARY = (b"secondary rate limit", b"abuse detection")
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_PARSED_BYTES = 1_048_576
_ERROR_BYTES = 65_536
_OK, _FORBIDDEN, _TOO_MANY = 200, 403, 429
_WITHOUT_BODY = frozenset({202, 204, 205, 304})


def classify(request: Request) -> Operation:
    """The operation that a request asks for, and what sending it twice would do.

    GitHub knows no idempotency key, so a POST is UNSAFE: an issue sent twice is two issues. A query
    of GraphQL's is SAFE, and so is making an installation's token: the one that is lost dies by itself.
    """
    method, path = request.method.upper(), urlsplit(request.url).path
    if method == "POST" and path.endswith("/graphql"):
        return _graphql(request)
    kept = words(path)
    last = kept[-1] if kept else ""
    safety = _safety(method, last)
    return Operation(
        named(method, path),
        safety,
        _group(method, kept),
        accepts=_shape(request, last),
        cost=1 if safety is Safety.SAFE else _WRITE_POINTS,
    )


def _safety(method: str, last: str) -> Safety:
    if method == "PATCH" and last in _SETS_FIELDS:
        return Safety.IDEMPOTENT
    if method == "POST" and last == "access_tokens":
        return Safety.IDEMPOTENT
    if method == "POST" and last in ("markdown", "raw"):
        return Safety.SAFE
    return _BY_METHOD.get(method, Safety.UNSAFE)


def _group(method: str, kept: list[str]) -> str:
    if kept[:1] == ["search"]:
        return "code search" if kept[1:2] == ["code"] else "search"
    if kept[:1] == ["app"]:
        return "app"  # tokens are made there: what ails the rest must not keep them back
    if method in ("POST", "PUT") and kept and kept[-1] in _CONTENT:
        return "content"
    return ""


def _graphql(request: Request) -> Operation:
    """A document whose first word is `query` and that holds no other kind of operation reads; which of
    several is run stands elsewhere, so one mutation among them makes it a write."""
    document = _document(request)
    reads = _QUERY.match(document) is not None and _WRITES.search(document) is None
    return Operation(
        "graphql.query" if reads else "graphql.mutate",
        Safety.SAFE if reads else Safety.UNSAFE,
        "graphql",
        accepts=wrong_graphql,
        cost=1 if reads else _WRITE_POINTS,
    )


def _document(request: Request) -> str:
    if not isinstance(request.body, bytes):
        return ""
    found = _object(request.body)
    document = None if found is None else found.get("query")
    return document if isinstance(document, str) else ""


def _shape(request: Request, last: str) -> Callable[[Response], str | None]:
    asked = (request.header("accept") or "application/json").lower()
    if last in _PLAIN or not ("json" in asked or "*/*" in asked):
        return wrong_page if "html" not in asked and last not in _PLAIN else anything
    return wrong_json


def anything(response: Response) -> None:
    """Pages and texts that were asked for."""
    del response


def wrong_page(response: Response) -> str | None:
    """What is wrong with an answer in another media type (a diff, a raw file): it is no page for
    people, which is what a proxy puts in its place."""
    return "it is a page of HTML" if _kind(response) == "text/html" else None


def wrong_json(response: Response) -> str | None:
    """What is wrong with a success where JSON was asked for; where nothing is told, nothing is."""
    if response.status in _WITHOUT_BODY and not response.body and response.stream is None:
        return None
    if "json" not in _kind(response):
        return "its content is not JSON"
    if response.stream is not None or len(response.body) > _PARSED_BYTES:
        return None
    return None if _parses(response.body) else "its body is no JSON"


def wrong_graphql(response: Response) -> str | None:
    """What is wrong with an answer of GraphQL's: it has neither data nor errors, or was throttled."""
    if "json" not in _kind(response):
        return "its content is not JSON"
    found = _object(response.body)
    if found is None or not ("data" in found or "errors" in found):
        return "its JSON has neither data nor errors"
    return "it was throttled" if _types(found) & _LIMITED else None


def throttles(response: Response) -> bool:
    """Whether an answer says "too fast": 403 with a time to wait, with nothing remaining, or in words;
    and 200 of GraphQL's with an error of that type."""
    if response.status == _OK:
        found = _object(response.body)
        return found is not None and bool(_types(found) & _LIMITED)
    if response.status not in (_FORBIDDEN, _TOO_MANY):
        return False
    if response.status == _TOO_MANY or response.header("retry-after") is not None:
        return True
    if (response.header("x-ratelimit-remaining") or "").strip() == "0":
        return True
    text = response.body[:_ERROR_BYTES].lower()
    return any(each in text for each in _SECONDARY)


def error_code(response: Response) -> str | None:
    """The first code among the errors of a body (`missing_field`), or its GraphQL type."""
    if len(response.body) > _ERROR_BYTES:
        return None
    errors = (_object(response.body) or {}).get("errors")
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, dict):
        return None
    code = first.get("code") or first.get("type")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _types(found: dict[str, Any]) -> set[object]:
    errors = found.get("errors")
    if not isinstance(errors, list):
        return set()
    types = (each.get("type") for each in errors if isinstance(each, dict))
    return {each for each in types if isinstance(each, str)}


def _kind(response: Response) -> str:
    return (response.header("content-type") or "").partition(";")[0].strip().lower()


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _parses(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


CALL_PROFILE = CallProfile(
    provider="github",
    base_url="https://api.github.com",
    classify=classify,
    quotas={
        "": (Quota(900, 60.0),),
        "content": (Quota(80 * _WRITE_POINTS, 60.0),),
        "search": (Quota(30, 60.0),),
        "code search": (Quota(10, 60.0),),
    },
    throttles=throttles,
    error_code=error_code,
    pushback=(
        PushbackRule("retry-after", Form.RETRY_AFTER),
        PushbackRule("x-ratelimit-reset", Form.EPOCH, when_empty="x-ratelimit-remaining"),
    ),
    throttled_for_s=60.0,
    request_id_headers=("x-github-request-id",),
    log_headers=frozenset(
        {
            "x-github-api-version-selected",
            "x-github-media-type",
            "x-github-request-id",
            "x-ratelimit-limit",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "x-ratelimit-resource",
            "x-ratelimit-used",
        }
    ),
    secret_fields=frozenset(
        {
            "client_secret",
            "encrypted_value",
            "pem",
            "private_key",
            "remote_password",
            "secret",
            "token",
            "webhook_secret",
        }
    ),
)
"""900 points a minute, a read being 1 and a write 5; creating content is a write, so its 80 a minute are
400 points. Its 500 an hour are left to GitHub, which says when it is time to stay away: spaced over an
hour, a new process's second issue would wait for 14 seconds. GraphQL has 2,000 a minute of its own and
is held to the 900 all the same, for one gate is kept for the account. GitHub allows 100 requests at
once: the engine's own 50 leave room for a second process."""
