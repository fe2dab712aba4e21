"""Reading what a verified delivery carries: text a store can keep, or the reason it cannot be read.

A signature proves who sent the bytes, not that they make sense. What passes here is safe to store,
to index and to show; what does not is kept whole, as one unreadable notice.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.inbound import Notice, Unreadable
from bridgewright.core.model.moment import Moment, from_datetime, from_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.core.model.inbound import Delivery, Headers

MAX_TEXT = 255
"""The longest id or type that is taken, in characters; four bytes each at most."""

UNREADABLE = "unreadable"
"""The type of what is kept whole because it is not what its provider sends."""
MAX_KEPT = 512
"""The longest header value that is kept, in characters; the rest is cut off."""

_LATEST = from_seconds(253_402_300_799)  # the end of the year 9999, the last that has a date
_MAX_DATE_TEXT = 64


def parsed(body: bytes) -> dict[str, Any] | str:
    """The JSON object in `body`, or why there is none, in words that quote nothing of it.

    UTF-8 only (RFC 8259, section 8.1). Nesting too deep to parse and numbers too long to hold are
    reasons like any other.
    """
    try:
        value = json.loads(body.decode())
    except UnicodeDecodeError:
        return "the body is not UTF-8"
    except json.JSONDecodeError as error:
        return f"the body is not JSON: {error.msg} at character {error.pos}"
    except ValueError:  # sys.set_int_max_str_digits
        return "the body holds a number with too many digits"
    except RecursionError:
        return "the body is nested too deep"
    if not isinstance(value, dict):
        return "the body is JSON, but not an object"
    return value


def written(value: object) -> bytes | None:
    """A part of a delivery as JSON of its own; None where it is nested too deep to be written, though
    it could be read."""
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return None


def clean(value: object) -> str | None:
    """`value` if it is text that can be an id or a type: 1 to 255 printable characters; or None.

    Refuses NUL, line ends and other control characters, and halves of surrogate pairs, which JSON
    can spell and no store can encode.
    """
    if isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable():
        return value
    return None


def sole_text(headers: Headers, name: bytes) -> str | None:
    """The only value of the field `name` as clean text, or None."""
    values = headers.every(name)
    if len(values) != 1:
        return None
    return clean(values[0].decode("utf-8", "surrogateescape"))


def occurred_at(value: object) -> Moment | None:
    """The moment that a field of the body gives, in whole seconds or as RFC 3339 text; or None.

    Never a reason to refuse an event: when something happened is worth less than that it did.
    """
    moment = _of_seconds(value) if isinstance(value, int) else _of_text(value)
    return moment if moment is not None and 0 <= moment <= _LATEST else None


def _of_seconds(value: int) -> Moment | None:
    return None if isinstance(value, bool) else from_seconds(value)


def _of_text(value: object) -> Moment | None:
    if not isinstance(value, str) or len(value) > _MAX_DATE_TEXT:
        return None
    try:
        return from_datetime(datetime.fromisoformat(value))
    except ValueError:  # not a date, or one without a zone
        return None


def kept(headers: Headers, allowed: Iterable[bytes]) -> tuple[tuple[str, str], ...]:
    """The fields on the list `allowed`, as text that can be stored and shown; all others are left.

    Of several fields of one name the first is kept.
    """
    found = [(name, headers.first(name)) for name in allowed]
    return tuple((name.decode(), _shown(value)) for name, value in found if value is not None)


def _shown(value: bytes) -> str:
    text = value[: 4 * MAX_KEPT].decode("utf-8", "replace")[:MAX_KEPT]
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def fingerprint(body: bytes) -> str:
    """The key of a delivery that has no id to rely on: the digest of what was signed."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def unreadable(delivery: Delivery, why: str, allowed: Iterable[bytes]) -> Unreadable:
    """The delivery as one unreadable notice, its bytes unchanged. `why` quotes nothing of them."""
    notice = Notice(
        key=fingerprint(delivery.body),
        event_type=UNREADABLE,
        body=delivery.body,
        headers=kept(delivery.headers, allowed),
    )
    return Unreadable(notice, why)
