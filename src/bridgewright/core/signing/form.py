"""Reading a body of the kind that HTML forms send (`application/x-www-form-urlencoded`)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery

MAX_FIELDS = 1_000
"""More fields than any provider sends in a form."""

_FORM = b"application/x-www-form-urlencoded"


def is_form(delivery: Delivery) -> bool:
    """Whether the delivery says that its body is a form."""
    content_type = delivery.headers.first(b"content-type") or b""
    return content_type.partition(b";")[0].strip().lower() == _FORM


def pairs(body: bytes) -> list[tuple[bytes, bytes]] | None:
    """The fields of a form in their order, decoded; None for more than any provider sends."""
    if not body:
        return []
    if body.count(b"&") >= MAX_FIELDS:
        return None
    found = []
    for part in body.split(b"&"):
        if part:
            name, _, value = part.partition(b"=")
            found.append((_decoded(name), _decoded(value)))
    return found


def _decoded(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def sole(fields: list[tuple[bytes, bytes]] | None, name: bytes) -> bytes | None:
    """The value of the only field `name`, or None."""
    found = [value for key, value in fields or () if key == name]
    return found[0] if len(found) == 1 else None
