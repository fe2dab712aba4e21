"""Bodies as bounded previews: read by their content type, redacted, cut; withheld when in doubt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.core.redact.markup import markup_without_secrets
from bridgewright.core.redact.printable import printable
from bridgewright.core.redact.tree import Unreadable, form_without_secrets, json_without_secrets
from bridgewright.core.redact.values import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.redact.redaction import Redaction

MAX_BODY_BYTES = 262_144
"""A body beyond this (256 KiB) is withheld: half of it cannot be parsed, and so not redacted."""

PREVIEW_CHARS = 4_096
"""What is shown of a body, after redaction."""

_JSON = frozenset(
    "application/json text/json application/x-amz-json-1.0 application/x-amz-json-1.1".split()
)
_MARKUP = frozenset({"application/xml", "text/xml", "text/html"})
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1"})
_CHARSET = re.compile(r"charset\s{0,4}=\s{0,4}\"?([\w.\-]{1,40})", re.IGNORECASE)
_FORM_LIKE = re.compile(r"[\w.\-\[\]%]{1,256}+=[^\s&=<>]*+(?:&[\w.\-\[\]%]{1,256}+=[^\s&=<>]*+)*+")


def preview(
    body: bytes, content_type: str | None, redaction: Redaction, limit_chars: int = PREVIEW_CHARS
) -> str:
    """What may be told of a body, in one line. Never raises, whatever bytes come.

    What was cut says so; a body that is too large, not text, or not what its type says is withheld,
    and the text says why. JSON, forms, XML, HTML and plain text are read; all else is withheld.
    """
    if not body:
        return ""
    if len(body) > MAX_BODY_BYTES:
        return withheld("too large", body)
    try:
        text = _without_secrets(body, content_type or "", redaction)
    except Unreadable:
        return withheld("not what its type says", body)
    except Exception:  # noqa: BLE001 - whatever goes wrong here, the body is not shown
        return withheld("it could not be redacted", body)
    if text is None:
        return withheld(_kind(content_type or "") or "no type", body)
    shown = printable(text[: limit_chars + 1])
    return shown if len(text) <= limit_chars else f"{shown[:limit_chars]}… (cut)"


def withheld(reason: str, body: bytes | None = None) -> str:
    """What stands in the place of a body that is not told."""
    size = "" if body is None else f", {len(body)} bytes"
    return f"withheld: {reason}{size}"


def _without_secrets(body: bytes, content_type: str, redaction: Redaction) -> str | None:
    text = _decoded(body, content_type)
    if text is None:
        return None
    kind = _kind(content_type) or _guessed(text)
    reader = _reader(kind)
    if kind == "text/plain" and (guess := _reader(_guessed(text))) is not None:
        try:
            return guess(text, redaction)
        except Unreadable:
            reader = _plain  # it only looked like that
    return None if reader is None else reader(text, redaction)


def _reader(kind: str) -> Callable[[str, Redaction], str] | None:
    """What reads content of a kind; None for what is not read."""
    if kind.endswith("+json") or kind in _JSON:
        return json_without_secrets
    if kind.endswith("+xml") or kind in _MARKUP:
        return markup_without_secrets
    return {"text/plain": _plain, "application/x-www-form-urlencoded": form_without_secrets}.get(
        kind
    )


def _plain(text: str, redaction: Redaction) -> str:
    return redacted(text, redaction, named=True)


def _kind(content_type: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    return kind if re.fullmatch(r"[a-z0-9.+\-]{1,64}/[a-z0-9.+\-]{1,64}", kind) else ""


def _decoded(body: bytes, content_type: str) -> str | None:
    """The text, if it is text: one in another charset could hold what no pattern recognises."""
    charset = _CHARSET.search(content_type)
    name = charset[1].lower() if charset else "utf-8"
    if name not in _CHARSETS or b"\0" in body:
        return None
    return body.decode(name, "replace").removeprefix("\ufeff")


def _guessed(text: str) -> str:
    start = text.lstrip()[:1]
    if start and start in "{[":
        return "application/json"
    if start == "<":
        return "text/html"
    return "application/x-www-form-urlencoded" if _FORM_LIKE.fullmatch(text) else "text/plain"
