"""Header fields by allow-list: what is not known to be harmless is told by its name alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.core.redact.printable import printable
from bridgewright.core.redact.values import redacted, unsuspicious

if TYPE_CHECKING:
    from bridgewright.core.model.call import Pairs
    from bridgewright.core.redact.redaction import Redaction

Shown = tuple[tuple[str, str | None], ...]
"""Header fields as they may be told: `None` stands for a value that is withheld."""

HARMLESS = frozenset(
    "accept accept-encoding age allow cache-control connection content-encoding content-language"
    " content-length content-type date expires retry-after retry-after-ms server transfer-encoding"
    " user-agent vary"
    " request-id x-request-id x-correlation-id x-amzn-requestid x-amz-request-id x-amz-id-2"
    " x-amz-retry-after x-amzn-errortype twilio-request-id twilio-concurrent-requests"
    " x-github-request-id x-message-id cf-ray"
    " stripe-version stripe-should-retry stripe-rate-limited-reason idempotent-replayed"
    " x-github-api-version x-github-media-type".split()
)
"""Fields whose values say how, not what: type, length, time, server, the ids of requests."""

FAMILIES = ("ratelimit", "x-ratelimit-", "x-rate-limit-")
"""Fields of rate limits, by how their names begin."""

NEVER = re.compile(
    "authorization|authenticate|cookie|api-?key|signature|token|secret|password|credential"
)
"""Fields whose values are never told, whoever allows them."""

MAX_FIELDS = 100
MAX_VALUE_CHARS = 512


def shown(headers: Pairs, redaction: Redaction, allowed: frozenset[str] = frozenset()) -> Shown:
    """The fields (names in lower case) as they may be told, in their order.

    `allowed` are fields of one provider, allowed beside the usual ones; names that tell of a
    credential are withheld all the same. Values that are allowed are still searched for secrets,
    and cut to 512 characters; after 100 fields the rest is left out.
    """
    told = [
        (name, value if name in HARMLESS or _is_allowed(name, allowed) else None)
        for name, value in headers[:MAX_FIELDS]
    ]
    names = "".join([name for name, _ in told])
    values = "|".join([value for _, value in told if value is not None])
    if (
        _ODD_NAME.search(names) is None
        and len(values) <= MAX_VALUE_CHARS
        and values.isascii()
        and values.isprintable()
        and unsuspicious(values, redaction)
    ):
        return tuple(told)
    return tuple((_name(name, redaction), _value(value, redaction)) for name, value in told)


_ODD_NAME = re.compile(r"[^a-z0-9\-]|[0-9]{6}")
_MAX_NAME_CHARS = 64


def _is_allowed(name: str, allowed: frozenset[str]) -> bool:
    return (name in allowed or name.startswith(FAMILIES)) and NEVER.search(name) is None


def _name(name: str, redaction: Redaction) -> str:
    return printable(redacted(name, redaction))[:_MAX_NAME_CHARS]


def _value(value: str | None, redaction: Redaction) -> str | None:
    if value is None:
        return None
    text = printable(redacted(value, redaction, named=True))
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}… (cut)"
