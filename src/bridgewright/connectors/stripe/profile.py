"""What Stripe takes and gives, in both directions. Sources: README.md."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.connectors.stripe.paths import named
from bridgewright.core.model.call import Operation, Safety
from bridgewright.core.model.inbound import WebhookProfile
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.policy.profile import CallProfile, Idempotency

if TYPE_CHECKING:
    from bridgewright.core.model.call import Request, Response

WEBHOOK_PROFILE = WebhookProfile()
"""No maximum size is published. Any 2xx is success; what is not is sent again for up to 3 days."""

PACKAGES = ("stripe",)
"""The SDK's packages: exceptions from them are looked at by this connector."""

IDEMPOTENCY_HEADER = "idempotency-key"
_KEY_OF_THE_SDK = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_CODE = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_A_DAY_S = 86_400.0
_TOO_MANY, _BAD_REQUEST, _SERVER_ERROR = 429, 400, 500
_ONE_OBJECT = frozenset({"lock_timeout", "resource-specific"})
"""Why one object, and not the account, is asked to slow down."""
_OAUTH_CODES = frozenset(
    "invalid_client invalid_grant invalid_request invalid_scope unsupported_grant_type"
    " unsupported_response_type".split()
)
"""Those that the SDK has an exception for; on another it would stumble."""
_SANDBOX_KEYS = ("Bearer sk_test_", "Bearer rk_test_")


def classify(request: Request) -> Operation:
    """The operation that a request asks for, and what sending it twice would do."""
    parts = urlsplit(request.url)
    method, path = request.method.upper(), parts.path
    return Operation(
        named(method, path),
        _safety(request, method, path),
        _group(request, path, parts.hostname or ""),
        accepts=_accepts(request, path),
    )


def _safety(request: Request, method: str, path: str) -> Safety:
    if method == "GET":
        return Safety.SAFE
    if path.startswith("/oauth/"):
        return Safety.UNSAFE  # keys are promised for the API, and this is beside it
    if method == "DELETE" and request.header(IDEMPOTENCY_HEADER) is None:
        return Safety.IDEMPOTENT
    return Safety.KEYED


def _group(request: Request, path: str, host: str) -> str:
    """Searches and files have limits of their own, and so have sandboxes, at Stripe's own hosts."""
    kind = ""
    if path.endswith("/search"):
        kind = "search"
    elif path == "/v1/files" or path.startswith("/v1/files/"):
        kind = "files"
    authorization = request.header("authorization") or ""
    if host.endswith(".stripe.com") and authorization.startswith(_SANDBOX_KEYS):
        return f"sandbox {kind}" if kind else "sandbox"
    return kind


def _accepts(request: Request, path: str) -> Any:
    if request.streamed:
        return wrong_file
    return wrong_object if path.startswith("/v1/") else wrong_json


def wrong_object(response: Response) -> str | None:
    """What is wrong with a success of API v1, which is one JSON object that names its kind."""
    found = _parsed(response)
    if found is None:
        return "its body is no JSON object"
    if isinstance(found.get("object"), str) or isinstance(found.get("id"), str):
        return None
    return "its JSON has neither object nor id"


def wrong_json(response: Response) -> str | None:
    """What is wrong with a success of API v2 or OAuth, which is a JSON object of any shape."""
    return "its body is no JSON object" if _parsed(response) is None else None


def wrong_file(response: Response) -> str | None:
    """What is wrong with the head of a file: a page for people stands in for no file of Stripe's."""
    kind = (response.header("content-type") or "").partition(";")[0].strip().lower()
    return "it is a page of HTML" if kind == "text/html" else None


def error_code(response: Response) -> str | None:
    """Why Stripe said no: the issuer's `decline_code`, else `code`, else `type`."""
    found = _parsed(response)
    error = None if found is None else found.get("error")
    if isinstance(error, dict):
        for name in ("decline_code", "code", "type"):
            value = error.get(name)
            if isinstance(value, str) and _CODE.fullmatch(value):
                return value
    return error if isinstance(error, str) and _CODE.fullmatch(error) else None


def is_error(response: Response) -> bool:
    """Whether the body of an answer is an error as Stripe writes them, OAuth's among them."""
    found = _parsed(response)
    error = None if found is None else found.get("error")
    return isinstance(error, dict) or (isinstance(error, str) and error in _OAUTH_CODES)


def throttles(response: Response) -> bool:
    """Whether the account is too fast. A lock on one object, or a limit of one object's own, is 429
    as well, and nobody else has to wait for it: those are sent again, and close no gate."""
    if response.status == _TOO_MANY:
        reason = response.header("stripe-rate-limited-reason") or error_code(response)
        return reason not in _ONE_OBJECT
    return response.status == _BAD_REQUEST and error_code(response) == "rate_limit"


def should_retry(response: Response) -> bool | None:
    """Stripe's own word. A replayed failure stays what it is for as long as its key lives."""
    said = (response.header("stripe-should-retry") or "").strip().lower()
    if said in ("true", "false"):
        return said == "true"
    replayed = (response.header("idempotent-replayed") or "").strip().lower() == "true"
    return False if replayed and response.status >= _SERVER_ERROR else None


def minted_by_sdk(key: str) -> bool:
    """Whether the SDK made this key up for one call. Whoever chooses UUIDs as keys has them taken for
    that too: their own are then not relied upon from call to call, which errs towards caution."""
    return _KEY_OF_THE_SDK.fullmatch(key) is not None


def _parsed(response: Response) -> dict[str, Any] | None:
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


_SLOWER = (Quota(20),)

CALL_PROFILE = CallProfile(
    provider="stripe",
    base_url="https://api.stripe.com",
    classify=classify,
    quotas={
        "": (Quota(100),),
        "search": _SLOWER,
        "files": _SLOWER,
        "sandbox": (Quota(25),),
        "sandbox search": _SLOWER,
        "sandbox files": _SLOWER,
    },
    idempotency=Idempotency(IDEMPOTENCY_HEADER, _A_DAY_S, minted_by_sdk),
    throttles=throttles,
    unprocessed=frozenset(),  # 429 is told apart by `throttles`; what it leaves is in `refusals`
    refusals=frozenset({409, 429}),
    should_retry=should_retry,
    error_code=error_code,
    request_id_headers=("request-id",),
    log_headers=frozenset(
        {
            "idempotent-replayed",
            "stripe-rate-limited-reason",
            "stripe-should-retry",
            "stripe-version",
        }
    ),
    secret_fields=frozenset({"client_secret", "cvc", "number", "secret"}),
)
"""100 requests a second for an account, 25 for a sandbox, 20 for searches and for files. Keys live for
24 hours (v2 keeps them longer; the shorter holds for both)."""
