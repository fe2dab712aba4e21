"""What an endpoint means by saying no: by its status, its code, its words.

Sources, read 2026-11-29: platform.claude.com/docs/en/api/errors (types and statuses of Anthropic),
openrouter.ai/docs/api/reference/errors-and-debugging (402, 408, 502, and errors inside a stream with a
status as their code), portkey.ai/error-library (OpenAI's codes).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from bridgewright.engineer.models.ends import Failure, ModelError

MOST_SAID = 600
"""Characters of what an endpoint complains of that are passed on."""
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|prompt is too long|maximum context|request_too_large"
    r"|too many (?:input )?tokens|input is too long|reduce the length",
    re.IGNORECASE,
)
_NO_CREDIT = re.compile(
    r"insufficient[ _](?:quota|credits?|balance|funds)|credit balance|billing|out of credits",
    re.IGNORECASE,
)
_NO_MODEL = re.compile(
    r"model_not_found|model[^.]{0,120}(?:not found|not exist)|^\W*(?:\w+ )?model \S+ (?:is )?not supported"
    r"|(?:unknown|unsupported|no such|invalid) model",
    re.IGNORECASE,
)
_BY_TYPE = {
    "authentication_error": Failure.NO_KEY,
    "permission_error": Failure.NO_KEY,
    "invalid_api_key": Failure.NO_KEY,
    "not_found_error": Failure.NO_MODEL,
    "rate_limit_error": Failure.TOO_FAST,
    "rate_limit_exceeded": Failure.TOO_FAST,
    "billing_error": Failure.NO_CREDIT,
    "overloaded_error": Failure.AILING,
    "api_error": Failure.AILING,
    "server_error": Failure.AILING,
    "timeout_error": Failure.AILING,
    "invalid_request_error": Failure.REFUSED,
}
_BY_STATUS = {
    401: Failure.NO_KEY,
    402: Failure.NO_CREDIT,
    403: Failure.NO_KEY,
    404: Failure.NO_MODEL,
    408: Failure.AILING,
    413: Failure.TOO_LONG,
    429: Failure.TOO_FAST,
}
_SERVERS = 500
_FORBIDDEN, _TOO_MANY = 403, 429
_CLIENTS = 400


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error says of itself: its sentence, and its words for machines."""

    said: str = field(default="", repr=False)
    words: tuple[str, ...] = ()
    status: int | None = None


def complaint(body: bytes | str) -> Complaint:
    """What the body of a refusal complains of; nothing where it is no JSON."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return Complaint()
    return _complaint(content) if isinstance(content, dict) else Complaint()


def told_inside(content: dict[str, Any]) -> None:
    """Raise what a stream tells of in place of a piece: `{"error": …}`, in both dialects."""
    if not content.get("error"):
        return
    found = _complaint(content)
    failure = judged(found.status, found)
    said = found.said or "no reason given"
    raise ModelError(
        failure or Failure.AILING,
        f"the endpoint gave up in the middle: {said[:MOST_SAID]}",
        status=found.status,
    )


def judged(status: int | None, found: Complaint) -> Failure | None:
    """What a refusal means, with the HTTP status or without; None for one that says nothing."""
    if status is not None and status >= _SERVERS:
        return Failure.AILING
    spoken = _by_words(status, " ".join((*found.words, found.said)))
    if spoken is not None or status in _BY_STATUS:
        return spoken or _BY_STATUS.get(status or 0)
    typed = [_BY_TYPE[word] for word in found.words if word in _BY_TYPE]
    if typed:
        return typed[0]
    return None if status is None else Failure.REFUSED


def _by_words(status: int | None, words: str) -> Failure | None:
    """What one status has in common for several reasons, such as 400."""
    if _NO_CREDIT.search(words):
        return Failure.NO_CREDIT
    if status != _TOO_MANY and _TOO_LONG.search(words):
        return Failure.TOO_LONG
    if status not in (_FORBIDDEN, _TOO_MANY) and _NO_MODEL.search(words):
        return Failure.NO_MODEL
    return None


def _complaint(content: dict[str, Any]) -> Complaint:
    error = content.get("error")
    if not isinstance(error, dict):
        said = (
            error if isinstance(error, str) else content.get("message", content.get("detail", ""))
        )
        return Complaint(_line(said))
    words = tuple(str(error[name]) for name in ("code", "type") if error.get(name))
    code = error.get("code")
    told = code if isinstance(code, int) else None
    status = told if told is not None and _CLIENTS <= told < 600 else None  # noqa: PLR2004 - an HTTP status
    return Complaint(_line(error.get("message", "")), words, status)


def _line(said: object) -> str:
    """What was said, in one line that a terminal may be shown."""
    words = " ".join(said.split())[:MOST_SAID] if isinstance(said, str) else ""
    return "".join(each if each.isprintable() else "?" for each in words)
