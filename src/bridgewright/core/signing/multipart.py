"""Small fields out of a body of `multipart/form-data` (RFC 7578): files are passed over, and nothing
is copied but the fields themselves. What is no such body has no fields."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery

MAX_PARTS = 1_000
"""More parts than any provider sends: some dozens of fields, and the files of a mail."""

MAX_HEAD_BYTES = 4_096
"""The longest header of one part that is looked at."""

_KIND = b"multipart/form-data"
_BOUNDARY = re.compile(rb';\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb';\s*name="([^"\r\n]{1,255})"', re.IGNORECASE)
_FILE = re.compile(rb";\s*filename\*?=", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"


def is_multipart(delivery: Delivery) -> bool:
    """Whether the delivery says that its body is one."""
    content_type = delivery.headers.first(b"content-type") or b""
    return content_type.partition(b";")[0].strip().lower() == _KIND


def fields(delivery: Delivery) -> list[tuple[bytes, bytes]]:
    """The names and values of the fields, in order."""
    content_type = delivery.headers.first(b"content-type") or b""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None or not is_multipart(delivery):
        return []
    body, mark = delivery.body, b"--" + (boundary[1] or boundary[2])
    start, found = (len(mark) if body.startswith(mark) else -1), []
    mark = b"\r\n" + mark
    for _ in range(MAX_PARTS):
        end = body.find(mark, start) if start >= 0 else -1
        if end < 0:
            break
        field = _field(body, start, end)
        if field is not None:
            found.append(field)
        start = end + len(mark)
    return found


def _field(body: bytes, start: int, end: int) -> tuple[bytes, bytes] | None:
    blank = body.find(_END_OF_HEAD, start, min(end, start + MAX_HEAD_BYTES))
    if blank < 0:
        return None
    head = body[start:blank]
    name = _NAME.search(head)
    if name is None or _FILE.search(head):
        return None
    return name[1], body[blank + len(_END_OF_HEAD) : end]
