"""The header field that carries a signature: there is one, and it has an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import Reason, Rejected

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Headers

MAX_FIELD_BYTES = 8_192
"""The longest signature field that is read at all. A dozen signatures, more than any rotation
sends, take less than 1,200 bytes."""

MAX_CANDIDATES = 32
"""The most signatures in one field that are compared. Senders keep at most about ten old keys."""


def sole(headers: Headers, name: bytes) -> bytes | Rejected:
    """The only value of the field `name`, or why there is none to rely on.

    Two fields of one name are refused: which one counts is the kind of question on which a proxy
    and an application disagree.
    """
    values = headers.every(name)
    if len(values) == 1 and 0 < len(values[0]) <= MAX_FIELD_BYTES:
        return values[0]
    label = name.decode("ascii")
    if not any(values):
        return Rejected(Reason.MISSING, f"no {label}")
    if len(values) > 1:
        return Rejected(Reason.DUPLICATE_HEADER, f"{len(values)} fields {label}")
    return Rejected(Reason.MALFORMED, f"{label} is longer than {MAX_FIELD_BYTES} bytes")
